"""A site's own search, which lists what no section does: newest first, for a word that nearly every text has."""

import re

from news.site import Site
from news.url import NetworkUrl, UrlRules

WORD = "di"
"""The commonest word of Indonesian news: "in, at"."""
_PAGE = re.compile(r"^https://[^/]+/search/kata/(?:(?P<offset>[0-9]{1,6})/[^?]*)?\?")


def search_page(site: Site, rules: UrlRules) -> NetworkUrl:
    """The first page of the search."""
    target = rules.read(f"https://{site.host}/search/kata/?c={WORD}")
    assert target is not None
    return target


def following_page(url: str, next_url: str | None) -> str | None:
    """`next_url` when it is a page of the search further down than `url`; None ends the walk."""
    here, there = _PAGE.match(url), _PAGE.match(next_url or "")
    if here is None or there is None or int(there["offset"] or 0) <= int(here["offset"] or 0):
        return None
    return next_url
