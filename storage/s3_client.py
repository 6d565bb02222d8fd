"""boto3's client for the store, told everything: it looks for no profile, proxy or endpoint of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from storage.config import StoreOptions


class Patience(NamedTuple):
    """How long a request is tried: attempts in all, seconds to connect and between bytes."""

    attempts: int = 5
    """With botocore's standard mode: exponential backoff with jitter, 8 s on average over five attempts."""
    connect_s: float = 10
    read_s: float = 60


PATIENCE = Patience()
FIRST_QUESTION = Patience(attempts=3, connect_s=5, read_s=10)
"""Some 33 s: a store that takes connections and says nothing is away, and the crawl need not wait for it."""
NOTHING_ELSE: dict[str, tuple[str | None, list[str], Any, Any]] = {
    "ignore_configured_endpoint_urls": (None, [], True, None),
    "profile": (None, [], None, None),
    "config_file": (None, [], os.devnull, None),
    "credentials_file": (None, [], os.devnull, None),
}
"""botocore's session variables: (name in a file, names in the environment, default, conversion)."""


def s3_client(options: StoreOptions, patience: Patience) -> S3Client:
    """A client that may be shared by threads. Raises botocore's errors for an endpoint or region it cannot use."""
    session = boto3.session.Session(
        aws_access_key_id=options.access_key_id,
        aws_secret_access_key=options.secret_access_key,
        aws_session_token=options.session_token,
        region_name=options.region,
        botocore_session=botocore.session.Session(session_vars=NOTHING_ELSE),
    )
    return session.client(
        "s3",
        endpoint_url=options.endpoint,
        verify=str(options.ca_file) if options.ca_file else True,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if options.url_style == "path" else "virtual"},
            # None would mean: those of the environment.
            proxies={"http": options.proxy, "https": options.proxy} if options.proxy else {},
            retries={"mode": "standard", "total_max_attempts": patience.attempts},
            connect_timeout=patience.connect_s,
            read_timeout=patience.read_s,
            # Other stores do not know the checksums that boto3 adds by default; `storage.s3_upload` sends Content-MD5.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            user_agent_extra="disway-archive",
        ),
    )
