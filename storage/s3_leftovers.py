"""Uploads in parts that were never finished: their parts are stored, and billed, and seen by nobody."""

from datetime import datetime

from storage.config import StoreOptions
from storage.s3_client import PATIENCE, s3_client
from storage.s3_errors import store_errors


def end_uploads(options: StoreOptions, before: datetime, *, dry_run: bool) -> int:
    """Abort those below the archive's prefix that were begun `before`; how many there were.

    Raises StoreUnavailable, StoreRefused.
    """
    prefix = f"{options.prefix}/" if options.prefix else ""
    with store_errors(options):
        client = s3_client(options, PATIENCE)
        pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=options.bucket, Prefix=prefix)
        uploads = [upload for page in pages for upload in page.get("Uploads", []) if upload["Initiated"] < before]
        mine = [upload for upload in uploads if upload["Key"].startswith(prefix)]
        for upload in () if dry_run else mine:
            client.abort_multipart_upload(Bucket=options.bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return len(mine)
