"""Folders beside the spools that live as long as the process that made them."""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRATCH = ".scratch-"
_OWNER = "owner.lock"


@contextmanager
def scratch_folder(beside: Path) -> Iterator[Path]:
    """A folder for large temporary files, on the disk of the spools. A killed process leaves it to `clear`."""
    folder = beside / f"{SCRATCH}{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    with (folder / _OWNER).open("w") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def forgotten(beside: Path, prefixes: tuple[str, ...], older_than_s: float) -> list[Path]:
    """Folders with such names that no living process owns, untouched for so many seconds."""
    found = (path for prefix in prefixes for path in beside.glob(f"{prefix}*/"))
    return sorted(path for path in found if _age_s(path) >= older_than_s and not _is_owned(path))


def clear(folder: Path) -> None:
    """Remove a forgotten folder with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def _age_s(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return -1.0


def _is_owned(folder: Path) -> bool:
    try:
        handle = os.open(folder / _OWNER, os.O_RDWR)
    except FileNotFoundError:
        return False  # killed before it was locked, or being made right now: age decides
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(handle)
