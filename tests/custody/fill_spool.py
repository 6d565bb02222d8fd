"""Appends to a spool until the disk refuses, within a file size limit; prints what was acknowledged.

Arguments: spool folder, limit in bytes of one file (0 = none; the disk itself is small).
"""

import json
import resource
import signal
import sys
from pathlib import Path

from kept import ROOMY, exchange

from storage.spool import Spool, SpoolFull
from storage.spool_writer import SpoolWriter

folder, limit = Path(sys.argv[1]), int(sys.argv[2])
spool = Spool.create(folder, "20260305T010000Z-abcdef", "a")
writer = SpoolWriter(spool, ROOMY, "tests/1", "", lambda _: None)
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # else the kernel kills instead of refusing
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
acknowledged = {}
refused = None
for number in range(1, 400):
    entity = number.to_bytes(4, "big") * 8192
    try:
        acknowledged[number] = writer.append(
            exchange(number, bytes(i * number % 251 for i in range(9000)) + entity)
        ).result()
    except SpoolFull as error:
        refused = str(error)
        break
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
else:
    (folder / "ballast").unlink()
number += 1
acknowledged[number] = writer.append(exchange(number, b"after")).result()
writer.close()
json.dump({"folder": str(spool.folder), "refused": refused, "acknowledged": acknowledged}, sys.stdout)
