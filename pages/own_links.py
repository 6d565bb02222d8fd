"""Links that a document of one site states, and which of them stay on that site."""

import re
from urllib.parse import urljoin, urlsplit

from news.site import Site
from news.url import NetworkUrl, UrlRules

_PLAIN_HOST = re.compile(r"https?://([a-z0-9.-]+)(?:/|\Z)")
"""Nearly every link; to take a million others apart would take ten seconds."""

_SCHEMES = ("https://", "http://")


class OwnLinks:
    """Reads links as the document at `url` of `site` states them."""

    def __init__(self, url: str, site: Site, rules: UrlRules) -> None:
        self.url = url
        self.site = site
        self._rules = rules

    def target(self, stated: str) -> NetworkUrl | None:
        """What `stated`, absolute or relative, names on this site; None elsewhere and when it cannot be read."""
        url = stated if stated.startswith(_SCHEMES) else self.absolute(stated)
        found = self._rules.classify(url) if url else None
        return found if found is not None and found.site is self.site else None

    def absolute(self, stated: str) -> str | None:
        """`stated` as an absolute http(s) URL without fragment; None when that is impossible."""
        try:
            url = urljoin(self.url, stated.strip()).partition("#")[0]
        except ValueError:
            return None
        return url if url.startswith(_SCHEMES) else None

    def own(self, stated: str) -> str | None:
        """`stated` as `absolute` gives it when it stays on this site."""
        return self.absolute(stated) if self.target(stated) is not None else None

    def leaves(self, stated: str) -> bool:
        """Whether a link that has no target here is a sound one to elsewhere."""
        if plain := _PLAIN_HOST.match(stated):
            host: str | None = plain[1]
        else:
            url = self.absolute(stated)
            try:
                host = urlsplit(url).hostname if url else None
            except ValueError:
                return False
        return bool(host) and self._rules.network.of_host(host or "") is not self.site


def after_host(url: str) -> str:
    """Path and query of an absolute URL: what tells documents of one site apart, whatever alias or scheme."""
    return url.partition("://")[2].partition("/")[2]
