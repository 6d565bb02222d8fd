"""The robots.txt of a site."""

from replica.world import Profile, RobotsKind

_TEXTS: dict[RobotsKind, bytes | None] = {
    RobotsKind.ALLOW: b"User-agent: *\nAllow: /\n",
    RobotsKind.DISALLOW_SEARCH: b"User-agent: *\nDisallow: /search\nDisallow: /admin/\n",
    RobotsKind.MISSING: None,
    RobotsKind.CRAWL_DELAY: b"User-agent: *\nCrawl-delay: 1\nDisallow: /search\n",
    RobotsKind.EMPTY: b"",
    RobotsKind.CRLF_BOM: b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /search\r\n\r\nUser-agent: BadBot\r\nDisallow: /\r\n",
}


def robots_txt(profile: Profile) -> bytes | None:
    """The file's bytes, with the sitemaps that the site names in it; None where the site answers 404."""
    text = _TEXTS[profile.robots]
    if text is None or profile.sitemap is None:
        return text
    end = "\r\n" if b"\r\n" in text else "\n"
    named = (f"Sitemap: https://{profile.host}{path}{end}" for path in profile.sitemap.robots_paths)
    return text + "".join(named).encode()
