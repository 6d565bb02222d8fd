"""The proxies that the environment names for the crawl."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from news.errors import ConfigError

_NAMES = ("http_proxy", "https_proxy")


def check_proxies(environ: Mapping[str, str]) -> None:
    """Raise ConfigError for a proxy that no request could go through; it is not shown, for it may hold a password."""
    for name in _NAMES:
        for spelt in (name, name.upper()):
            value = environ.get(spelt, "")
            # Scrapy takes the scheme of what is asked for where none is given, and speaks plain HTTP to proxies.
            url = f"http://{value}" if spelt.lower() == "http_proxy" and "://" not in value else value
            if value and not _is_proxy(url):
                raise ConfigError(f"{spelt} is no proxy that a crawl can use: write http://host:port, or unset it")


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
