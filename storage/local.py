"""The object store in a folder: temporary name, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from news.errors import ArchiveDamaged, StoreRefused, StoreUnavailable
from storage.keys import PARTIAL, check_key, check_prefix, check_range
from storage.objects import ObjectExists, ObjectInfo, ObjectMissing, Tagged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.config import StoreOptions

BLOCK = 1 << 20
REFUSALS = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ELOOP,
}
"""What trying again does not change. All else (a full disk, an I/O error, a lost mount) may pass."""


class LocalStore:
    """See `storage.objects.ObjectStore`. Readers may be other processes; so may writers."""

    def __init__(self, options: StoreOptions) -> None:
        if options.root is None:
            raise ValueError("the options are not those of a folder")
        self._root = options.root

    def put_file(self, key: str, path: Path, *, checksum: str | None = None) -> bool:
        with path.open("rb") as source:
            return self._put(key, source, checksum=checksum, if_absent=True)

    def put_bytes(self, key: str, data: bytes, *, if_absent: bool = True) -> bool:
        return self._put(key, BytesIO(data), checksum=None, if_absent=if_absent)

    def get(self, key: str) -> bytes:
        with self._open(key) as file:
            return file.read()

    def get_tagged(self, key: str) -> Tagged:
        data = self.get(key)
        return Tagged(data, _tag(data))

    def swap(self, key: str, data: bytes, tag: str | None) -> str | None:
        with self._alone(key):
            try:
                found = self.get_tagged(key).tag
            except ObjectMissing:
                found = None
            if found != tag:
                return None
            self.put_bytes(key, data, if_absent=False)
            return _tag(data)

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        check_range(offset, length)
        with self._open(key) as file:
            file.seek(offset)
            data = file.read(length)
        if len(data) != length:
            raise ArchiveDamaged(f"{key} ends before byte {offset + length}")
        return data

    def fetch_file(self, key: str, path: Path) -> None:
        with self._open(key) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, BLOCK)

    def stat(self, key: str) -> ObjectInfo | None:
        target = self._path(key)
        with self._errors():
            try:
                return ObjectInfo(key, target.stat().st_size, None) if target.is_file() else None
            except FileNotFoundError:
                return None

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        check_prefix(prefix)
        with self._errors():
            # All keys with a prefix lie below the folder that the prefix's last slash names.
            for folder, _, names in os.walk(self._root / prefix.rpartition("/")[0], onerror=_unless_missing):
                for name in names:
                    path = Path(folder, name)
                    key = path.relative_to(self._root).as_posix()
                    if key.startswith(prefix) and PARTIAL not in name:
                        try:
                            yield ObjectInfo(key, path.stat().st_size, None)
                        except FileNotFoundError:
                            continue  # deleted since it was listed

    def delete(self, key: str) -> None:
        target = self._path(key)
        with self._errors():
            if target.is_file():
                target.unlink(missing_ok=True)
                _sync_folder(target.parent)

    def check_place(self) -> None:
        with self._errors():
            _make_folder(self._root)

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    @contextmanager
    def _open(self, key: str) -> Iterator[BinaryIO]:
        target = self._path(key)
        with self._errors():
            try:
                file = target.open("rb")
            except (FileNotFoundError, IsADirectoryError):
                raise ObjectMissing(f"there is no {key} in {self._root}") from None
            with file:
                yield file

    def _put(self, key: str, source: BinaryIO, *, checksum: str | None, if_absent: bool) -> bool:
        target = self._path(key)
        with self._errors():
            _make_folder(target.parent)
            partial = target.with_name(f"{target.name}{PARTIAL}{secrets.token_hex(4)}")
            try:
                digest = _write_durably(partial, source)
                if checksum not in {None, digest}:
                    raise ArchiveDamaged(f"the file for {key} is {digest}, not {checksum}")
                if not if_absent:
                    partial.replace(target)
                elif not self._publish(partial, target):
                    if digest != _digest(target):
                        raise ObjectExists(f"{key} is in {self._root} already, with other bytes")
                    return False
                _sync_folder(target.parent)
                return True
            finally:
                partial.unlink(missing_ok=True)

    def _publish(self, partial: Path, target: Path) -> bool:
        """A hard link is the rename that never replaces; deltalake needs the same of a file system."""
        try:
            target.hardlink_to(partial)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}:
                raise StoreRefused(
                    f"the file system of {self._root} has no hard links: choose another folder"
                ) from error
            raise
        return True

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """Held by one process at a time. The lock is a file that stays: removing one that others wait for is a race."""
        target = self._path(key)
        with self._errors():
            _make_folder(target.parent)
            handle = os.open(target.with_name(f"{target.name}{PARTIAL}lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            with self._errors():
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            place = f"the archive folder {self._root}"
            reason = error.strerror or type(error).__name__
            if error.errno in REFUSALS:
                raise StoreRefused(f"{place} cannot be used ({reason}): correct its rights or [archive] uri") from error
            raise StoreUnavailable(f"{place} does not take or give bytes ({reason})") from error


def _write_durably(path: Path, source: BinaryIO) -> str:
    digest = hashlib.sha256()
    with path.open("xb") as file:
        while block := source.read(BLOCK):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return f"sha256:{digest.hexdigest()}"


def _tag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _make_folder(folder: Path) -> None:
    """Make it and what is above it, each entry durable before something is put into it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
