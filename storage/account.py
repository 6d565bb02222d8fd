"""The S3 account: endpoint, region, credentials and certificate authority from the AWS SDK's own variables and files.

Read by hand, for all three store clients: the SDK for Python would cost 30 MB in a process that never uploads, and the
clients disagree on what they read.
"""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from news.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
DEFAULT_REGION = "us-east-1"


class Account(NamedTuple):
    """See the fields of the same names in `storage.config.StoreOptions`."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None
    endpoint: str | None
    region: str
    ca_file: Path | None

    def __repr__(self) -> str:
        return f"Account(endpoint={self.endpoint!r}, region={self.region!r})"


def resolve_account(environ: Mapping[str, str]) -> Account:
    """Variables first, then the profile AWS_PROFILE (or `default`) of ~/.aws. Raises ConfigError; shows no secret."""
    profile = _read_profile(environ)
    key, secret, token = _credentials(environ, profile)
    return Account(
        access_key_id=key,
        secret_access_key=secret,
        session_token=token,
        endpoint=_endpoint(environ, profile),
        region=_region(environ, profile),
        ca_file=_ca_file(environ),
    )


def _credentials(environ: Mapping[str, str], profile: Mapping[str, str]) -> tuple[str, str, str | None]:
    key, secret = environ.get("AWS_ACCESS_KEY_ID", ""), environ.get("AWS_SECRET_ACCESS_KEY", "")
    token = environ.get("AWS_SESSION_TOKEN")
    if not key and not secret:
        key, secret = profile.get("aws_access_key_id", ""), profile.get("aws_secret_access_key", "")
        token = profile.get("aws_session_token")
    missing = [name for name, value in (("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret)) if not value]
    if missing:
        raise ConfigError(
            f"no credentials for the S3 store: set {' and '.join(missing)}, or a profile in ~/.aws/credentials"
        )
    for name, value in (
        ("AWS_ACCESS_KEY_ID", key),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_SESSION_TOKEN", token or "x"),
    ):
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise ConfigError(f"{name} holds white space or a character that no key has: set it again")
    return key, secret, token or None


def _endpoint(environ: Mapping[str, str], profile: Mapping[str, str]) -> str | None:
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        if environ.get(name):
            return _checked_endpoint(name, environ[name])
    if profile.get("endpoint_url"):
        return _checked_endpoint("endpoint_url of the AWS profile", profile["endpoint_url"])
    return None


def _checked_endpoint(name: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError(f"{name} is no URL: write http(s)://host:port") from None
    if parts.username or parts.password:
        raise ConfigError(f"{name} holds credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead")
    fine = parts.scheme in {"http", "https"} and parts.hostname and port != 0 and url.isprintable() and " " not in url
    if not fine or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ConfigError(f"{name} = {url!r} is no store address: write http(s)://host:port, with no path")
    return f"{parts.scheme}://{parts.netloc}"


def _region(environ: Mapping[str, str], profile: Mapping[str, str]) -> str:
    found = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or profile.get("region") or DEFAULT_REGION
    if not REGION.fullmatch(found):
        raise ConfigError(f"AWS_REGION = {found!r} is no region: write for instance {DEFAULT_REGION}")
    return found


def _ca_file(environ: Mapping[str, str]) -> Path | None:
    """The SDK's own variable first; then the one that the crawler takes a private authority from."""
    for name in ("AWS_CA_BUNDLE", "SSL_CERT_FILE"):
        if environ.get(name):
            path = Path(environ[name]).absolute()
            try:
                holds_certificate = b"-----BEGIN CERTIFICATE-----" in path.read_bytes()
            except OSError as error:
                raise ConfigError(
                    f"{name} = {str(path)!r} cannot be read ({error.strerror}): name a PEM file"
                ) from None
            if not holds_certificate:
                raise ConfigError(f"{name} = {str(path)!r} holds no certificate: name a PEM file")
            return path
    return None


def _read_profile(environ: Mapping[str, str]) -> dict[str, str]:
    """Both files' section of the profile, as the SDK merges them; empty when there is none and none was asked for."""
    name = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE")
    section = name or "default"
    in_config = section if section == "default" else f"profile {section}"
    config = _read_section(_aws_file(environ, "AWS_CONFIG_FILE", "config"), in_config)
    shared = _read_section(_aws_file(environ, "AWS_SHARED_CREDENTIALS_FILE", "credentials"), section)
    if name and config is None and shared is None:
        raise ConfigError(
            f"AWS_PROFILE = {name!r} is in no AWS configuration file: name a profile that exists, or unset it"
        )
    return (config or {}) | (shared or {})


def _aws_file(environ: Mapping[str, str], variable: str, name: str) -> Path | None:
    if environ.get(variable):
        return Path(environ[variable])
    return Path(environ["HOME"]) / ".aws" / name if environ.get("HOME") else None


def _read_section(path: Path | None, section: str) -> dict[str, str] | None:
    if path is None or not path.is_file():
        return None
    parser = configparser.RawConfigParser(default_section="\0")
    try:
        parser.read_string(path.read_text("utf-8"))
    except (OSError, UnicodeError, configparser.Error):
        raise ConfigError(f"the AWS file {str(path)!r} cannot be read: mend it, or set the AWS_ variables") from None
    return dict(parser[section]) if parser.has_section(section) else None
