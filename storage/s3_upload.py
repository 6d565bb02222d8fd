"""Sending one object: measured first, in parts when it is large, each part with its MD5."""

from __future__ import annotations

import hashlib
import logging
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

log = logging.getLogger(__name__)

PART = 72 << 20
"""Bytes. A 64 MiB segment and its last record go up in one request, streamed: stores bill by the request."""
SENDERS = 1
"""Parts under way at once, each held in memory."""
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes to be stored, and what an object holding them looks like."""

    open: Callable[[], BinaryIO]
    size: int
    checksum: str
    """`sha256:<hex>`"""
    part_md5s: tuple[bytes, ...]

    @property
    def etag(self) -> str:
        """MD5 of the bytes; of several parts, MD5 of their MD5s and their number (S3 API reference, "ETag")."""
        if len(self.part_md5s) == 1:
            return self.part_md5s[0].hex()
        together = hashlib.md5(b"".join(self.part_md5s), usedforsecurity=False).hexdigest()
        return f"{together}-{len(self.part_md5s)}"

    def part(self, index: int) -> bytes:
        """The bytes of part `index`, from 0."""
        with self.open() as file:
            file.seek(index * PART)
            return file.read(PART)


def measure(source: Callable[[], BinaryIO]) -> Measured:
    """Read it once."""
    sha256 = hashlib.sha256()
    size = 0
    md5s: list[bytes] = []
    with source() as file:
        while True:
            md5 = hashlib.md5(usedforsecurity=False)
            read = 0
            while read < PART and (block := file.read(min(BLOCK, PART - read))):
                sha256.update(block)
                md5.update(block)
                read += len(block)
            if read or not md5s:
                md5s.append(md5.digest())
            size += read
            if read < PART:
                return Measured(source, size, f"sha256:{sha256.hexdigest()}", tuple(md5s))


@dataclass(frozen=True, slots=True)
class Upload:
    """One key of one bucket. `condition` is `{"IfNoneMatch": "*"}`, `{"IfMatch": <ETag>}` or empty."""

    client: S3Client
    bucket: str
    key: str
    condition: dict[str, Any]

    def send(self, measured: Measured) -> None:
        """Make the object. Raises botocore's errors, PreconditionFailed among them when the key is taken."""
        metadata = {"sha256": measured.checksum.removeprefix("sha256:")}
        if len(measured.part_md5s) == 1:
            with measured.open() as file:
                self.client.put_object(
                    Bucket=self.bucket,
                    Key=self.key,
                    Body=file,
                    ContentMD5=_header(measured.part_md5s[0]),
                    Metadata=metadata,
                    **self.condition,
                )
            return
        self._abort_orphans()
        upload_id = self.client.create_multipart_upload(Bucket=self.bucket, Key=self.key, Metadata=metadata)["UploadId"]
        try:
            self._send_parts(measured, upload_id)
        except BaseException:
            self._abort(upload_id)
            raise

    def send_small(self, data: bytes) -> str:
        """Make an object of a few bytes, in one request. Returns its ETag."""
        md5 = hashlib.md5(data, usedforsecurity=False).digest()
        answer = self.client.put_object(
            Bucket=self.bucket, Key=self.key, Body=data, ContentMD5=_header(md5), **self.condition
        )
        return answer["ETag"]

    def _send_parts(self, measured: Measured, upload_id: str) -> None:
        def send_part(index: int) -> CompletedPartTypeDef:
            answer = self.client.upload_part(
                Bucket=self.bucket,
                Key=self.key,
                UploadId=upload_id,
                PartNumber=index + 1,
                Body=measured.part(index),
                ContentMD5=_header(measured.part_md5s[index]),
            )
            return {"PartNumber": index + 1, "ETag": answer["ETag"]}

        with ThreadPoolExecutor(SENDERS) as pool:
            futures = [pool.submit(send_part, index) for index in range(len(measured.part_md5s))]
            try:
                parts = [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        self.client.complete_multipart_upload(
            Bucket=self.bucket,
            Key=self.key,
            UploadId=upload_id,
            MultipartUpload={"Parts": parts},
            **self.condition,
        )

    def _abort_orphans(self) -> None:
        """Parts of a killed process cost money unseen. A key has one writer, so any upload under way is an orphan."""
        try:
            found = self.client.list_multipart_uploads(Bucket=self.bucket, Prefix=self.key).get("Uploads", [])
        except ClientError as error:
            log.warning(
                "cannot look for broken uploads (%s): let a lifecycle rule of the bucket end them", _code(error)
            )
            return
        for upload in found:
            if upload["Key"] == self.key:
                self._abort(upload["UploadId"])

    def _abort(self, upload_id: str) -> None:
        try:
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=self.key, UploadId=upload_id)
        except Exception as error:  # noqa: BLE001  the error that led here is the one to raise; the next upload tries again
            log.warning("a broken upload of %s stays until the next one (%s)", self.key, type(error).__name__)


def _header(md5: bytes) -> str:
    return b64encode(md5).decode()


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
