"""The slug that the CMS makes of a headline."""

import re

_DROPPED = re.compile(r"[^\w\s-]")
_GAP = re.compile(r"[\s-]+")


def slug_of(headline: str) -> str:
    """Lower case, punctuation dropped and its sides joined (`Kabupaten/Kota` -> `kabupatenkota`).

    Letters beyond a-z stay, as in ten of 7,402 stored slugs (FACTS-disway.md, section 1).
    """
    return _GAP.sub("-", _DROPPED.sub("", headline.lower())).strip("-")
