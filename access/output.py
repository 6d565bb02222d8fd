"""Where results are written: a file that is whole or not there, or the standard output."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from news.errors import UsageError

STDOUT = "-"


@contextmanager
def destination(path: str, *, binary: bool = False) -> Iterator[IO[bytes]]:
    """The stream to write to: standard output for `-`, else a file that takes its name when everything is
    written.

    `binary` output is refused on a terminal. Raises UsageError when the file cannot be made.
    """
    if path == STDOUT:
        if binary and sys.stdout.isatty():
            raise UsageError("this format is binary: write it to a file with -o PATH, or pipe it on")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    try:
        if target.exists() and not target.is_file():
            with _device(target) as stream:
                yield stream
        else:
            with _replacing(target) as stream:
                yield stream
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def _device(target: Path) -> Iterator[IO[bytes]]:
    with target.open("wb") as stream:
        yield stream


@contextmanager
def _replacing(target: Path) -> Iterator[IO[bytes]]:
    """A temporary file beside `target` that replaces it at the end, with the permissions a new file gets."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(handle)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # noqa: PTH101  mkstemp makes it private; the user asked for a plain file
        os.replace(name, target)  # noqa: PTH105  both are names here
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
