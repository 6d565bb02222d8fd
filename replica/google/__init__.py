"""Google News as a crawler meets it, about the articles of the replica's own network.

`index` is what Google News knows of each article, `ids` and `tokens` are its opaque ids, `query` and `feeds` choose
what a feed holds, `feed` writes it, `article_page` and `batch` are the two steps in which an id becomes an address,
`gate` and `walls` are its refusals, `switches` says how it is disposed, `desk` routes and counts.
The grammar and its evidence: FACTS-google-news.md, sections 1 and 2.
"""
