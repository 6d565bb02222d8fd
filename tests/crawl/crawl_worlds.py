"""The networks that the crawls of this folder meet."""

ASKED = (
    "radartegal.disway.id",  # section URLs, no charset
    "rakyatbengkulu.disway.id",  # curly quotes, lower-case header names
    "palpos.disway.id",  # articles in chunks, no robots.txt
    "jateng.disway.id",  # text in spans, JSON-LD
    "disway.id",  # column, inline tag links
    "radarlampung.disway.id",  # numbered sections, no pubdate
    "nomorsatukaltim.disway.id",  # the look of 2022
)
UNASKED = "radarkaur.disway.id"
CANDIDATE = "radarseluma.disway.id"
SMALL = ASKED[:3]


def is_listing(path: str) -> bool:
    """Whether a site lists articles there: home, sections, feeds, sitemaps."""
    return path == "/" or path.startswith(("/kategori/", "/rss", "/feed", "/sitemap"))


PROBED = ("/rss", "/feed", "/sitemap.xml", "/sitemap_index.xml", "/sitemap-news.xml")
"""Looked for on every site, where they are and where they are not."""


def site_ids(hosts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(host.split(".")[0] for host in hosts)
