"""Uploads in parts that were never finished: their parts are stored, and billed, and seen by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.maintain_leftovers import AREAS
from storage.s3_client import PATIENCE, s3_client
from storage.s3_errors import store_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import MultipartUploadTypeDef

    from storage.config import StoreOptions


def end_uploads(options: StoreOptions, before: datetime, *, dry_run: bool) -> int:
    """Abort those of the archive's keys that were begun `before`; how many there were.

    An archive may have a whole bucket for its place, where others keep things too.

    Raises StoreUnavailable, StoreRefused.
    """
    own = f"{options.prefix}/" if options.prefix else ""
    with store_errors(options):
        client = s3_client(options, PATIENCE)
        found = [upload for area in AREAS for upload in _uploads(client, options.bucket, own + area)]
        old = [upload for upload in found if upload["Initiated"] < before]
        for upload in () if dry_run else old:
            client.abort_multipart_upload(Bucket=options.bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return len(old)


def _uploads(client: S3Client, bucket: str, prefix: str) -> Iterator[MultipartUploadTypeDef]:
    """Those under way of keys that begin with `prefix`, whatever else the store lists."""
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
        yield from (upload for upload in page.get("Uploads", []) if upload["Key"].startswith(prefix))
