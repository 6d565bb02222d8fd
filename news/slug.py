"""The slug of an article's URL, as the CMS makes it of the headline."""

import re

PLACEHOLDER = "berita"
"""Stands for the slug in the URL of an article of which only the id is known; the CMS answers to any."""

_DROPPED = re.compile(r"[^\w\s-]")
_PARTED = re.compile(r"[\s-]+")


def slug_of(headline: str) -> str:
    """Lower case, punctuation dropped and its neighbours joined, words parted by hyphens; letters beyond a-z stay.

    So are 59 of 60 slugs of real articles made; of the other the CMS had dropped a non-breaking space.
    """
    return _PARTED.sub("-", _DROPPED.sub("", headline.lower())).strip("-")
