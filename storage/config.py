"""Where the archive lies and how to reach it: resolved once, and handed alike to boto3, deltalake and DuckDB.

Left to themselves the three read different variables (boto3 ignores AWS_REGION) and all obey http_proxy.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from news.errors import ConfigError
from storage.account import resolve_account
from storage.keys import check_key

if TYPE_CHECKING:
    from collections.abc import Mapping

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""The S3 naming rule, without its exceptions of before 2018."""
_PREFIX = re.compile(r"[A-Za-z0-9/._+=-]*")
"""Clients sign and encode other characters in different ways."""
_NOT_IN_FOLDERS = frozenset("%*?[]\\^|")
"""What Delta Lake refuses in a path or DuckDB takes for a pattern."""
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
DELTA_RETRIES = {"max_retries": "4", "retry_timeout": "60s", "connect_timeout": "10s", "timeout": "60s"}
"""As bounded as `storage.s3`; deltalake's own default is 10 retries within 3 minutes."""
UNUSED_PROXY = {"proxy_url": "http://127.0.0.1:9", "proxy_excludes": "*,0.0.0.0/0,::/0"}
"""A proxy that every host is exempt from: the only way to keep deltalake from reading http_proxy."""


class ArchiveSettings(BaseModel):
    """`[archive]` of the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uri: str = "./archive"
    """A folder, or s3://bucket/prefix."""
    proxy: str | None = None
    """http://[user:password@]host:port for requests to the store; the crawler's http_proxy is never used for them."""
    single_writer: bool = False
    """Nobody else ever writes: a store that ignores the condition of a conditional PUT is accepted."""


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """All that a client of the store needs. Secrets are in no repr; `to_json` holds them: pass it by stdin only.

    For DuckDB's `CREATE SECRET (TYPE s3, ...)`: KEY_ID, SECRET, SESSION_TOKEN, REGION as the fields are named, ENDPOINT
    `endpoint_host`, URL_STYLE `url_style`, USE_SSL `not allow_http`; `SET ca_cert_file` to `ca_file`. DuckDB's client
    takes its proxy from the environment alone: call `forget_proxies` first.
    """

    uri: str
    """`s3://bucket/prefix` without a trailing slash, or the absolute folder."""
    root: Path | None = None
    """The folder of a local archive."""
    bucket: str = ""
    prefix: str = ""
    """Without slashes around it; may be empty."""
    endpoint: str | None = None
    """http(s)://host[:port]; None means Amazon's own."""
    region: str = "us-east-1"
    access_key_id: str = field(default="", repr=False)
    secret_access_key: str = field(default="", repr=False)
    session_token: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    """PEM bundle that the store's certificate is checked with; None means the public authorities."""
    proxy: str | None = field(default=None, repr=False)
    single_writer: bool = False

    @property
    def is_s3(self) -> bool:
        return self.root is None

    @property
    def allow_http(self) -> bool:
        """The endpoint speaks plain HTTP."""
        return self.endpoint is not None and self.endpoint.startswith("http://")

    @property
    def endpoint_host(self) -> str:
        """host[:port] of the endpoint, Amazon's own for the region when none is set."""
        if self.endpoint:
            return urlsplit(self.endpoint).netloc
        return f"s3.{self.region}.amazonaws.com{'.cn' if self.region.startswith('cn-') else ''}"

    @property
    def url_style(self) -> str:
        """`vhost` (bucket in the host name) at Amazon, `path` elsewhere."""
        return "path" if self.endpoint else "vhost"

    def object_uri(self, key: str) -> str:
        """The URI of `key`: an absolute file path, or s3://..."""
        return str(self.root / key) if self.root is not None else f"{self.uri}/{key}"

    def table_uri(self, name: str) -> str:
        """The URI of Delta table `name`."""
        return self.object_uri(f"tables/{name}")

    def delta_options(self) -> dict[str, str]:
        """`storage_options` of deltalake; empty for a folder."""
        if not self.is_s3:
            return {}
        endpoint = self.endpoint or f"https://{self.endpoint_host}"
        options = {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
            "aws_region": self.region,
            # Under the first name it keeps the AWS SDK from looking for a profile and asking 169.254.169.254 for the
            # region; under the second no variable of the environment overrules it. Path style, also at Amazon.
            "aws_endpoint_url": endpoint,
            "aws_endpoint_url_s3": endpoint,
            "aws_virtual_hosted_style_request": "false",
            "allow_http": str(self.allow_http).lower(),
            **DELTA_RETRIES,
            **({"proxy_url": self.proxy} if self.proxy else UNUSED_PROXY),
        }
        if self.session_token:
            options["aws_session_token"] = self.session_token
        if self.ca_file:
            options["certificate_path"] = str(self.ca_file)
        return options

    def to_json(self) -> str:
        """For a child process, over stdin: it holds the credentials."""
        return json.dumps({k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()})

    @classmethod
    def from_json(cls, text: str) -> StoreOptions:
        """The inverse of `to_json`."""
        fields = json.loads(text)
        for name in ("root", "ca_file"):
            fields[name] = Path(fields[name]) if fields[name] is not None else None
        return cls(**fields)


def resolve_store(settings: ArchiveSettings, environ: Mapping[str, str]) -> StoreOptions:
    """What `settings` and the AWS variables of `environ` mean together. Contacts nobody.

    Raises ConfigError, naming the key or variable and never showing a secret.
    """
    uri = settings.uri
    if "://" not in uri and not uri.lower().startswith("s3:"):
        root = _local_root(uri, environ)
        return StoreOptions(uri=str(root), root=root, single_writer=settings.single_writer)
    bucket, prefix = _split_s3(uri)
    account = resolve_account(environ)
    return StoreOptions(
        uri=f"s3://{bucket}/{prefix}".rstrip("/"),
        bucket=bucket,
        prefix=prefix,
        endpoint=account.endpoint,
        region=account.region,
        access_key_id=account.access_key_id,
        secret_access_key=account.secret_access_key,
        session_token=account.session_token,
        ca_file=account.ca_file,
        proxy=_proxy(settings.proxy),
        single_writer=settings.single_writer,
    )


def forget_proxies(options: StoreOptions) -> None:
    """Make this process's environment say what `options` say of proxies; call it before any client is made.

    Only for processes that talk to nobody but the store. DuckDB's HTTP client (libcurl) reads these variables and no
    setting of DuckDB's overrules them; boto3 and deltalake are told by their options too. A session token of other
    credentials goes with them: deltalake would send it.
    """
    for name in PROXY_VARIABLES:
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)
    if not options.session_token:
        os.environ.pop("AWS_SESSION_TOKEN", None)
    if options.proxy:
        os.environ["http_proxy"] = os.environ["https_proxy"] = options.proxy


def _local_root(uri: str, environ: Mapping[str, str]) -> Path:
    if not uri or not uri.isprintable():
        raise ConfigError(
            "[archive] uri is empty or unprintable: give a folder such as ./archive, or s3://bucket/prefix"
        )
    if uri == "~" or uri.startswith("~/"):
        uri = environ.get("HOME", "~") + uri[1:]
    root = Path(os.path.abspath(uri))  # noqa: PTH100  resolves `..` by text: a folder that does not exist yet is fine
    if found := sorted(set(str(root)) & _NOT_IN_FOLDERS):
        raise ConfigError(
            f"[archive] uri = {uri!r}: the path holds {' '.join(found)}, which a table's cannot: choose another"
        )
    if root.exists() and not root.is_dir():
        raise ConfigError(f"[archive] uri = {uri!r} is a file: give a folder")
    return root


def _split_s3(uri: str) -> tuple[str, str]:
    scheme, found, rest = uri.partition("://")
    if not found:
        raise ConfigError(f"[archive] uri = {uri!r} has one slash too few: write s3://bucket/prefix")
    if scheme != "s3":
        known = scheme if scheme.isalnum() else "?"
        raise ConfigError(f"[archive] uri: cannot keep an archive at {known}://; give a folder or s3://bucket/prefix")
    if "@" in rest:
        raise ConfigError(
            "[archive] uri holds credentials: take them out, "
            "and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment"
        )
    bucket, _, prefix = rest.partition("/")
    if not BUCKET.fullmatch(bucket):
        raise ConfigError(
            f"[archive] uri = {uri!r}: {bucket!r} is no bucket name (3 to 63 of a-z, 0-9, dot and hyphen); "
            "write s3://bucket/prefix"
        )
    prefix = prefix.rstrip("/")
    if "?" in prefix or "#" in prefix:
        raise ConfigError(f"[archive] uri = {uri!r}: settings go into the environment, such as AWS_ENDPOINT_URL_S3")
    if prefix:
        try:
            check_key(prefix)
        except ValueError as error:
            raise ConfigError(f"[archive] uri = {uri!r}: {error}") from None
    if not _PREFIX.fullmatch(prefix):
        raise ConfigError(f"[archive] uri = {uri!r}: a prefix may hold a-z, A-Z, 0-9 and / . _ - + = only")
    return bucket, prefix


def _proxy(url: str | None) -> str | None:
    if not url:
        return None
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and parts.hostname and parts.port and parts.path in {"", "/"}
    except ValueError:
        fine = False
    if not fine:
        raise ConfigError("[archive] proxy: write http://host:port")
    return url.rstrip("/")
