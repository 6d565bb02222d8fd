"""The commands of compose.yaml for store and bucket, by the same program, make a store that the archive accepts."""

import os
import socket
import subprocess
from contextlib import contextmanager, suppress

import pytest
import yaml
from dockerfile import ROOT
from fixtures.crawls import BIN, Operator

SERVICES = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"]
PORTS = ("master", "volume", "filer", "s3")
KEYS = {"AWS_ACCESS_KEY_ID": "a-key-of-tests", "AWS_SECRET_ACCESS_KEY": "a-secret-of-tests"}


def free_ports() -> dict[str, int]:
    held = {name: socket.create_server(("127.0.0.1", 0)) for name in [*PORTS, *(f"{p}.grpc" for p in PORTS)]}
    try:
        return {name: server.getsockname()[1] for name, server in held.items()}
    finally:
        for server in held.values():
            server.close()


@contextmanager
def store(folder, ports):
    """The store as compose starts it, on other ports and in another folder."""
    command = [word.replace("=/data", f"={folder}") for word in SERVICES["store"]["command"]]
    command = [word.replace("-ip=store", "-ip=127.0.0.1").replace("=0.0.0.0", "=127.0.0.1") for word in command]
    command += [f"-{p}.port={ports[p]}" for p in PORTS] + [f"-{p}.port.grpc={ports[f'{p}.grpc']}" for p in PORTS]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    process = subprocess.Popen(
        [BIN / "weed", *command],
        cwd=folder,
        env=os.environ | KEYS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def make_bucket(ports) -> subprocess.CompletedProcess[str]:
    entry, (command,) = SERVICES["bucket"]["entrypoint"], SERVICES["bucket"]["command"]
    command = command.replace("weed", str(BIN / "weed")).replace(
        "store:9333", f"127.0.0.1:{ports['master']}.{ports['master.grpc']}"
    )
    return subprocess.run([*entry, command], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def environ(tmp_path):
    ports = free_ports()
    with store(tmp_path, ports) as process:
        address = ("127.0.0.1", ports["s3"])
        up = False
        while not up:
            assert process.poll() is None, "the store ended"
            with suppress(OSError), socket.create_connection(address, timeout=1):
                up = True
        first = make_bucket(ports)
        while first.returncode != 0:  # as `restart: on-failure` has it
            assert process.poll() is None, first
            first = make_bucket(ports)
        again = make_bucket(ports)
        assert again.returncode == 0, again
        yield KEYS | {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{ports['s3']}", "AWS_REGION": "us-east-1"}


def test_the_store_is_accepted_with_its_keys_and_with_no_others(environ, tmp_path):
    operator = Operator(tmp_path / "desk", uri="s3://disway/archive", store=environ)
    done = operator.run("recover", "--json")
    assert done.code == 0, done
    operator.store = environ | {"AWS_SECRET_ACCESS_KEY": "another"}
    done = operator.run("recover")
    assert (done.code, "does not accept the credentials" in done.err) == (2, True), done
