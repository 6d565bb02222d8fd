"""The replica as a process of its own, and the life of the server."""

import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from replica.client import ReplicaControl
from replica.network import Network
from replica.server import ReplicaServer

_RUN = """
from pathlib import Path
from replica.server import ReplicaOptions, serve
serve(ReplicaOptions(sites=1, articles_per_site=2, ca_dir=Path({folder!r})))
"""


@contextmanager
def started(folder, *command: object) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    run = command or (sys.executable, "-c", _RUN.format(folder=str(folder)))
    with subprocess.Popen([str(word) for word in run], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, _announcement(process)
        finally:
            process.kill()


def _announcement(process: "subprocess.Popen[str]") -> dict[str, str]:
    assert process.stdout is not None
    told = {}
    for line in process.stdout:
        name, _, value = line.strip().partition(" ")
        told[name] = value.strip()
        if name == "Ctrl-C":
            break
    return told


def test_it_says_where_it_listens_and_stops_on_request(tmp_path):
    with started(tmp_path) as (process, told):
        control = ReplicaControl(told["control"])
        assert control.health()["sites"] == 1
        assert told["CA"] == str(tmp_path / "replica-ca.pem")
        assert f"https_proxy={told['proxy']}" in told["crawl"]
        control.stop()
        assert process.wait(20) == 0


def test_the_command_can_be_given_more_days(tmp_path):
    few = ("--sites", 1, "--articles-per-site", 24, "--after-days", 10)
    with started(tmp_path, Path(sys.executable).parent / "disway", "replica", *few) as (process, told):
        control = ReplicaControl(told["control"])
        control.advance(10 * 86_400)
        assert len(control.truth().articles) == 44
        control.stop()
        assert process.wait(20) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_traceback(tmp_path, number):
    with started(tmp_path) as (process, _):
        process.send_signal(number)
        assert process.wait(20) == 0


def test_the_environment_is_all_that_a_client_needs(monkeypatch, tmp_path):
    with ReplicaServer.start(Network.generate(1, sites=1, articles=2)) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("NO_PROXY", "*")
        with urllib.request.urlopen("http://radartegal.disway.id/") as got:
            assert got.url == "https://radartegal.disway.id/"
            assert b"Radar Tegal" in got.read()


def test_the_authority_survives_a_restart_in_its_folder(tmp_path):
    network = Network.generate(1, sites=1, articles=1)
    pems = []
    for _ in range(2):
        with ReplicaServer.start(network, ca_dir=tmp_path) as server:
            pems.append(server.ca_file.read_bytes())
    assert pems[0] == pems[1]


def test_a_taken_port_is_an_error_and_leaves_nothing_running():
    network = Network.generate(1, sites=1, articles=1)
    with ReplicaServer.start(network) as first:
        port = int(first.proxy_url.rpartition(":")[2])
        with pytest.raises(OSError, match="did not start"):
            ReplicaServer.start(network, port)
        assert first.control.health()["ok"]


def test_its_own_folder_goes_away_and_stopping_twice_is_harmless():
    server = ReplicaServer.start(Network.generate(1, sites=1, articles=1))
    ca_file = server.ca_file
    assert ca_file.exists()
    server.stop()
    server.stop()
    assert server.wait(0)
    assert not ca_file.exists()
