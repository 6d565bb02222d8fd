"""What must never be read in a log: gathered from the configuration and the environment."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.config import Config
from news.errors import ConfigError
from storage.config import PROXY_VARIABLES, ArchiveSettings, resolve_store

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_SHORTEST = 4
"""Characters: hiding shorter ones would blacken every other word."""
_SHORTEST_TOKEN = 8
"""Of the parts of an alert's URL, some of which are names and others tokens."""


def secrets_of(config: Config | None, environ: Mapping[str, str]) -> frozenset[str]:
    """Keys, passwords and tokens; with no configuration those of the environment alone."""
    found = [environ.get(name, "") for name in _KEYS]
    proxies = [environ.get(spelt, "") for name in PROXY_VARIABLES for spelt in (name, name.upper())]
    if config is not None:
        found += _of_store(config, environ)
        proxies += [config.archive.proxy or "", config.alerts.proxy or ""]
        for alert in config.alerts.urls:
            found += _of_alert(alert.get_secret_value())
    for url in proxies:
        found += _of_proxy(url)
    return frozenset(secret for secret in found if len(secret) >= _SHORTEST)


def _of_store(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    """Those of a profile in ~/.aws too."""
    try:
        options = resolve_store(ArchiveSettings(**config.archive.model_dump()), environ)
    except ConfigError:
        return
    yield from (options.access_key_id, options.secret_access_key, options.session_token or "")


def _of_proxy(url: str) -> Iterator[str]:
    """The password, as it is written and as it is sent."""
    credentials, found, _ = url.partition("://")[2].rpartition("@")
    if found and ":" in credentials:
        user, _, password = credentials.partition(":")
        yield from (password, unquote(password), credentials)
        yield b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()


def _of_alert(url: str) -> Iterator[str]:
    """The whole URL, and each part of it that may be a token: services put them anywhere."""
    yield url
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    login, _, host = parts.netloc.rpartition("@")
    pieces = [*login.split(":"), *parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    if "." not in host:
        pieces += [host, *host.split(":")]
    for piece in pieces:
        if len(piece) >= _SHORTEST_TOKEN or piece in login.split(":"):
            yield from (piece, unquote(piece))
