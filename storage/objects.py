"""The object store: bytes under keys, written once. In a folder (`storage.local`) or on S3 (`storage.s3`), alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from news.errors import DiswayError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ObjectMissing(DiswayError):
    """There is no object under the key."""


class ObjectExists(DiswayError):
    """Another object, with other bytes, is under the key already."""


class ObjectInfo(NamedTuple):
    """What is known of an object without reading it."""

    key: str
    size: int
    """Bytes."""
    checksum: str | None
    """`sha256:<hex>` when the store keeps it: S3 by `stat` of an object written here, never in a list or a folder."""


class Tagged(NamedTuple):
    """An object that may be replaced, as it was read."""

    data: bytes
    tag: str
    """Another one whenever the bytes are others: the ETag on S3, a digest in a folder."""


class ObjectStore(Protocol):
    """Every method raises StoreUnavailable when the store does not answer (after retries) or is full, StoreRefused when
    it answers and will not serve us, and ValueError for a key that `storage.keys.check_key` does not accept.
    """

    def put_file(self, key: str, path: Path, *, checksum: str | None = None) -> bool:
        """Store the file's bytes under `key`, durable and proved when this returns; a reader sees all of them or none.

        False when the same bytes are there already: repeating is safe. Raises ObjectExists when other bytes are, and
        ArchiveDamaged when the file's digest is not `checksum` (`sha256:<hex>`).
        """

    def put_bytes(self, key: str, data: bytes, *, if_absent: bool = True) -> bool:
        """As `put_file`; with `if_absent=False` it replaces what is there and returns True."""

    def get(self, key: str) -> bytes:
        """All bytes. Raises ObjectMissing."""

    def get_tagged(self, key: str) -> Tagged:
        """All bytes, with the tag that `swap` asks for. Raises ObjectMissing."""

    def swap(self, key: str, data: bytes, tag: str | None) -> str | None:
        """Put `data` in place of what was read under `tag`; of nothing, when that is None. Returns its own tag.

        None when something else is there: of many that swap the same at once one gets a tag, unless the store cannot
        compare (it answers 501, which is logged): then it writes all the same.
        """

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset`. Raises ObjectMissing, or ArchiveDamaged when the object ends before."""

    def fetch_file(self, key: str, path: Path) -> None:
        """Write all bytes to `path`, replacing it. Raises ObjectMissing."""

    def stat(self, key: str) -> ObjectInfo | None:
        """None when there is no such object."""

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose key starts with `prefix`, in no promised order; none when there is none."""

    def delete(self, key: str) -> None:
        """Nothing happens when there is no such object."""

    def check_place(self) -> None:
        """Raise StoreRefused when the bucket or folder cannot hold an archive."""
