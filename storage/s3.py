"""The object store on S3 or anything that speaks it.

What proves an upload: every request carries Content-MD5, which the server must check against what it received (not
every store checks the signed SHA-256 of a body: SeaweedFS takes another one). Then the object's size and ETag must be
those that were computed here; an ETag that is no MD5 (as with SSE-KMS) makes us read the object back. The SHA-256 is
kept in the object's metadata.
"""

from __future__ import annotations

import hashlib
import logging
import random
import time
from contextlib import closing, suppress
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from news.errors import ArchiveDamaged, StoreRefused, StoreUnavailable
from storage.keys import check_key, check_prefix, check_range
from storage.objects import ObjectExists, ObjectInfo, ObjectMissing, Tagged
from storage.s3_client import PATIENCE, Patience, s3_client
from storage.s3_errors import KeyBusy, KeyTaken, Unsupported, not_s3, place, store_errors
from storage.s3_upload import BLOCK, Measured, Upload, measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.response import StreamingBody
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, GetObjectRequestTypeDef

    from storage.config import StoreOptions

log = logging.getLogger(__name__)

T = TypeVar("T")

CUT = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
"""botocore repeats a request that was not answered, never one whose answer was cut."""


class S3Store:
    """See `storage.objects.ObjectStore`. May be shared by threads."""

    def __init__(self, options: StoreOptions, patience: Patience = PATIENCE) -> None:
        self._options = options
        self._patience = patience
        with store_errors(options):
            self._client = s3_client(options, patience)

    def put_file(self, key: str, path: Path, *, checksum: str | None = None) -> bool:
        measured = measure(lambda: path.open("rb"))
        if checksum not in {None, measured.checksum}:
            raise ArchiveDamaged(f"the file for {key} is {measured.checksum}, not {checksum}")
        return self._put(key, measured, if_absent=True)

    def put_bytes(self, key: str, data: bytes, *, if_absent: bool = True) -> bool:
        return self._put(key, measure(lambda: BytesIO(data)), if_absent=if_absent)

    def get(self, key: str) -> bytes:
        return self._download(key, lambda body: body.read())

    def get_tagged(self, key: str) -> Tagged:
        return self._ask(key, lambda answer: Tagged(answer["Body"].read(), answer["ETag"]))

    def swap(self, key: str, data: bytes, tag: str | None) -> str | None:
        try:
            return self._swap(key, data, {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag})
        except Unsupported:
            tag = self._swap(key, data, {})
            log.warning("the store at %s cannot compare before it writes: %s was replaced", self._options.uri, key)
            return tag

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        check_range(offset, length)
        data = self._download(key, lambda body: body.read(), f"bytes={offset}-{offset + length - 1}")
        if len(data) != length:
            raise ArchiveDamaged(f"{key} ends before byte {offset + length}")
        return data

    def fetch_file(self, key: str, path: Path) -> None:
        def write(body: StreamingBody) -> None:
            with path.open("wb") as file:
                for block in body.iter_chunks(BLOCK):
                    file.write(block)

        self._download(key, write)

    def stat(self, key: str) -> ObjectInfo | None:
        found = self._head(key)
        return found[0] if found else None

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        check_prefix(prefix)
        own = f"{self._options.prefix}/" if self._options.prefix else ""
        with store_errors(self._options):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._options.bucket, Prefix=own + prefix):
                for item in page.get("Contents", []):
                    if not item["Key"].endswith("/"):  # a folder's marker, which some tools make
                        yield ObjectInfo(item["Key"].removeprefix(own), item["Size"], None)

    def delete(self, key: str) -> None:
        with store_errors(self._options):
            self._client.delete_object(Bucket=self._options.bucket, Key=self._full(key))

    def check_place(self) -> None:
        options = self._options
        with store_errors(options):
            answer = self._client.list_objects_v2(Bucket=options.bucket, Prefix=options.prefix, MaxKeys=1)
        if "Name" not in answer:
            raise not_s3(options)
        # boto3 follows a bucket into its region; deltalake and DuckDB do not.
        region = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", options.region)
        if region != options.region:
            raise StoreRefused(
                f"bucket {options.bucket!r} is in region {region}, not {options.region}: set AWS_REGION={region}"
            )

    def _full(self, key: str) -> str:
        return f"{self._options.prefix}/{check_key(key)}".removeprefix("/")

    def _swap(self, key: str, data: bytes, condition: dict[str, str]) -> str | None:
        upload = Upload(self._client, self._options.bucket, self._full(key), condition)
        for attempt in range(self._patience.attempts):
            try:
                with store_errors(self._options):
                    return upload.send_small(data)
            except (KeyTaken, ObjectMissing):
                return self._tag_of(key, data)
            except KeyBusy:
                self._pause(attempt)
        raise StoreUnavailable(f"the store at {place(self._options)} is busy with other writes of {key}")

    def _tag_of(self, key: str, data: bytes) -> str | None:
        """The tag of `data`: a write whose answer was lost is sent again, and finds what it wrote itself."""
        try:
            found = self.get_tagged(key)
        except ObjectMissing:
            return None
        return found.tag if found.data == data else None

    def _put(self, key: str, measured: Measured, *, if_absent: bool) -> bool:
        if if_absent and self._options.single_writer and self._head(key):
            return self._same(key, measured)
        condition = {"IfNoneMatch": "*"} if if_absent else {}
        upload = Upload(self._client, self._options.bucket, self._full(key), condition)
        for attempt in range(self._patience.attempts):
            try:
                with store_errors(self._options):
                    upload.send(measured)
            except KeyTaken:
                return self._same(key, measured)
            except KeyBusy:
                self._pause(attempt)
            else:
                self._prove(key, measured)
                return True
        raise StoreUnavailable(f"the store at {place(self._options)} is busy with other writes of {key}")

    def _same(self, key: str, measured: Measured) -> bool:
        """False (nothing was made) when the object has the same bytes; raises ObjectExists when not."""
        if not self._holds(key, measured):
            raise ObjectExists(f"{key} is in {self._options.uri} already, with other bytes")
        return False

    def _prove(self, key: str, measured: Measured) -> None:
        """An object that is not what was sent goes: no row points at it yet, and the next try makes it anew."""
        if not self._holds(key, measured):
            self.delete(key)
            raise StoreUnavailable(
                f"the store at {place(self._options)} did not keep {key} as it was sent: it will be sent again"
            )

    def _holds(self, key: str, measured: Measured) -> bool:
        found = self._head(key)
        if found is None or found[0].size != measured.size:
            return False
        return found[1] == measured.etag or self._download(key, _checksum) == measured.checksum

    def _head(self, key: str) -> tuple[ObjectInfo, str] | None:
        """What is under `key`, and its ETag."""
        try:
            with store_errors(self._options):
                answer = self._client.head_object(Bucket=self._options.bucket, Key=self._full(key))
        except (ObjectMissing, StoreRefused):
            # An answer to HEAD has no body: whether it is the object, the bucket or the credentials, only GET can say.
            with suppress(ObjectMissing), store_errors(self._options):
                self._client.get_object(Bucket=self._options.bucket, Key=self._full(key))["Body"].close()
            return None
        sha256 = answer["Metadata"].get("sha256")
        checksum = f"sha256:{sha256}" if sha256 else None
        return ObjectInfo(key, answer["ContentLength"], checksum), answer.get("ETag", "").strip('"')

    def _download(self, key: str, read: Callable[[StreamingBody], T], byte_range: str = "") -> T:
        """What `read` makes of the body; it is called again, from the start, when the answer was cut."""
        return self._ask(key, lambda answer: read(answer["Body"]), byte_range)

    def _ask(self, key: str, read: Callable[[GetObjectOutputTypeDef], T], byte_range: str = "") -> T:
        wanted: GetObjectRequestTypeDef = {"Bucket": self._options.bucket, "Key": self._full(key)}
        if byte_range:
            wanted["Range"] = byte_range
        for attempt in range(self._patience.attempts):
            with store_errors(self._options, key):
                answer = self._client.get_object(**wanted)
            try:
                with closing(answer["Body"]):
                    return read(answer)
            except CUT:
                self._pause(attempt)
        raise StoreUnavailable(f"the store at {place(self._options)} breaks off its answers")

    def _pause(self, attempt: int) -> None:
        if attempt + 1 < self._patience.attempts:
            time.sleep(random.uniform(0, 0.2 * 2**attempt))  # noqa: S311  jitter is no secret


def _checksum(body: StreamingBody) -> str:
    digest = hashlib.sha256()
    for block in body.iter_chunks(BLOCK):
        digest.update(block)
    return f"sha256:{digest.hexdigest()}"
