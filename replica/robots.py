"""The robots.txt of each kind of site."""

from replica.world import RobotsKind

_TEXTS: dict[RobotsKind, bytes | None] = {
    RobotsKind.ALLOW: b"User-agent: *\nAllow: /\n",
    RobotsKind.DISALLOW_SEARCH: b"User-agent: *\nDisallow: /search\nDisallow: /admin/\n",
    RobotsKind.MISSING: None,
    RobotsKind.CRAWL_DELAY: b"User-agent: *\nCrawl-delay: 1\nDisallow: /search\n",
    RobotsKind.EMPTY: b"",
    RobotsKind.CRLF_BOM: b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /search\r\n\r\nUser-agent: BadBot\r\nDisallow: /\r\n",
}


def robots_txt(kind: RobotsKind) -> bytes | None:
    """The file's bytes, or None where the site answers 404."""
    return _TEXTS[kind]
