"""What is watched of the pages of a site, beside how many there are: a layout that changed shows here first."""

ARTICLE_FIELDS = (
    "title",
    "body",
    "published_at",
    "reporter",
    "editor",
    "section",
    "place",
    "caption",
    "credit",
    "image_url",
    "tags",
)
"""Columns of `articles` that a page may have. `related` and `source` are left out: most articles have neither."""

FULL_BODY = "full_body"
"""The body has FULL_BODY_WORDS or more. Learned only: what a changed layout leaves is a teaser or a caption at most,
but there are newspapers with news as short as that.
"""
FULL_BODY_WORDS = 40

GENERAL_CLASS = "generic"
"""The page class that reads what no other knows, under the name that `articles.page_class` has."""
PAGE_CLASS = "page_class"
"""The page was read, and by a class made for its layout."""
LINKS = "links"
"""A page of the home page or a section links articles."""

EXPECTED = (*ARTICLE_FIELDS, FULL_BODY, PAGE_CLASS, LINKS)
"""What a site file may expect a share of."""

USUAL_SHARES = {"title": 0.9, "body": 0.9, "published_at": 0.9, PAGE_CLASS: 0.9}
"""Least shares of any site, before anything is learned of it: an article has a headline, a text and a date."""
