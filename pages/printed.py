"""The small printed forms around a body: dateline, caption with credit, footer lines, labels."""

import re
from typing import NamedTuple

_DASH = r"\s*[-\u2013\u2014]+\s*"
_CAPITAL_WORDS = r"[A-Z][\w'\u2019/.-]*(?:[ ,/]+\(?[A-Z][\w'\u2019/.-]*\)?){0,5}"
_DOMAIN = r"[A-Za-z0-9][\w-]*(?:\.[\w-]+){0,3}\.(?i:com|co|id|net|org|tv|news|info|online)"
_DATELINE = re.compile(
    rf"(?:(?P<place>{_CAPITAL_WORDS}),\s*)?{_DOMAIN}{_DASH}"
    r"|(?P<upper>[A-Z][A-Z '\u2019/()-]{2,40}),\s*[A-Z][A-Z0-9 ]{2,30}?(?:\s*[\u2013\u2014]\s*|\s+-\s*|-\s+)"
)


class Dateline(NamedTuple):
    """The place of a dateline, None for a bare brand, and the text behind it."""

    place: str | None
    rest: str


def split_dateline(paragraph: str) -> Dateline | None:
    """Split `BENGKULU, RAKYATBENGKULU.COM \u2013 ` off a clean first paragraph; None when it has no dateline.

    The brand is a host name in either case, or upper-case words behind an upper-case place. The dash is -, \u2013 or
    \u2014, with or without blanks.
    """
    match = _DATELINE.match(paragraph)
    return None if match is None else Dateline(match["place"] or match["upper"], paragraph[match.end() :])


_CREDIT_LIMIT = 80
"""Characters; the longest credit seen has 31. What is longer behind a dash is prose."""

_CREDIT_WORDS = r"istimewa|ist\.?|net|internet|dok\b[^()]*|dokumen[^()]*|foto\b[^()]*"
_FREE_CREDIT = re.compile(
    rf"(?P<text>.*?)\s*\((?P<credit>{_CREDIT_WORDS}|[^()\s]*\.(?:com|co|id)[^()]*)\)[.-]*", re.IGNORECASE
)
_CREDIT_WORD = re.compile(rf"(?:{_CREDIT_WORDS}|wikipedia|antara)", re.IGNORECASE)


class Caption(NamedTuple):
    """A caption and who is credited; None where nothing is said."""

    text: str | None
    credit: str | None


def split_caption(printed: str) -> Caption:
    """Split the CMS's one string `caption-A-B`, whose empty parts leave their dashes, or a credit in parentheses.

    `printed` is clean. Both parts given are credited as printed, `A-B`. Hyphens of the caption's own words are told
    from the CMS's by what stands around them: a credit is empty, a name, a host or a word such as Istimewa.
    """
    if printed.count("-") > 1:
        head, a, b = printed.rsplit("-", 2)
        if _are_credits(head, a, b):
            credit = "-".join(part for part in (a.strip(), b.strip()) if part)
            return Caption(head.strip().rstrip("-").rstrip() or None, credit or None)
    if free := _FREE_CREDIT.fullmatch(printed):
        return Caption(free["text"].rstrip(" -") or None, free["credit"])
    return Caption(printed.rstrip("- ") or None, None)


def _are_credits(head: str, a: str, b: str) -> bool:
    if len(a) > _CREDIT_LIMIT or len(b) > _CREDIT_LIMIT:
        return False
    if not a.strip() or not b.strip():
        return True
    spaced = a[0] == " " or a[-1] == " " or b[0] == " "
    if spaced or not (_is_name(a) and _is_name(b)):
        return False
    return head.endswith((".", "!", "?", ")", '"', "\u201d", " ")) or " " in a or _names_source(a) or _names_source(b)


def _is_name(text: str) -> bool:
    return _names_source(text) or all(not word[0].islower() for word in text.split())


def _names_source(text: str) -> bool:
    return bool(_CREDIT_WORD.fullmatch(text)) or (" " not in text and "." in text.strip("."))


_FOOTER_LIMIT = 250
_CALL = re.compile(
    r"(?:cek|temukan|simak|ikuti|dapatkan|gabung|bergabung|join|baca)\b.*"
    r"(?:google news|whatsapp|saluran wa|breaking news|berita terkini|informasi terkini|telegram|channel)",
    re.IGNORECASE | re.DOTALL,
)
_CALL_WITHOUT_CHANNEL = re.compile(
    r"simak breaking news\b"
    r"|(?:dapatkan informasi|temukan berita) terkini(?:\W*$|\s+(?:dari|dan|bersama|lainnya|yang lain|hanya)\b)",
    re.IGNORECASE,
)
"""Lines that sites print with a link, or with nothing behind them (radartegal, disway.id)."""
_CHANNEL = re.compile(r"google news|whatsapp|telegram|channel|disway|klik|kami\b|di sini|hanya di", re.IGNORECASE)
_LEFTOVER = re.compile(r"(?:tags?|share|sumber|whatsapp channel|google news|kategori)\s*:?", re.IGNORECASE)
_CHANNEL_HOSTS = ("news.google.com", "whatsapp.com", "t.me/", "telegram.me")


def is_footer(paragraph: str, targets: tuple[str, ...] = ()) -> bool:
    """Whether a clean line at the end of a body is the site's call to follow it, not the reporter's text.

    `targets` are the links in the line. Ask only about the last lines: the same words may stand in a body.
    """
    if len(paragraph) > _FOOTER_LIMIT:
        return False
    if _LEFTOVER.fullmatch(paragraph) or _CALL_WITHOUT_CHANNEL.match(paragraph):
        return True
    if not _CALL.match(paragraph):
        return False
    return bool(_CHANNEL.search(paragraph)) or any(host in t for t in targets for host in _CHANNEL_HOSTS)


def is_advert_label(line: str) -> bool:
    """Whether a clean line only marks an advertisement."""
    return line.casefold() in ("advertisement", "iklan", "- advertisement -", "scroll to continue with content")


def is_box_title(line: str) -> bool:
    """Whether a clean line is the heading of a box of links."""
    return line.casefold().rstrip(" :") in (
        "catatan dahlan iskan",
        "berita terkait",
        "artikel terkait",
        "berita terkini",
        "berita terpopuler",
        "berita pilihan",
        "terkini",
        "terpopuler",
        "pilihan",
        "baca juga",
        "rekomendasi",
    )
