"""On PYTHONPATH this gives a crawl a disk that refuses with errno DISK_ERRNO from the DISK_AFTER-th sync on."""

import os
import sys
from itertools import count

if sys.argv[1:2] == ["crawl"] and "DISK_ERRNO" in os.environ:
    _errno, _after = int(os.environ["DISK_ERRNO"]), int(os.environ["DISK_AFTER"])
    _syncs, _real = count(1), os.fdatasync

    def _fdatasync(handle: int) -> None:
        if next(_syncs) >= _after:
            raise OSError(_errno, os.strerror(_errno))
        _real(handle)

    os.fdatasync = _fdatasync
