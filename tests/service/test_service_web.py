"""What the service answers over HTTP, and what it is made of when nobody asks."""

import json
from http.client import HTTPConnection
from typing import Any

import pytest
from fixtures.crawls import NOBODY
from fixtures.schedules import SimulatedClocks

from crawler.config import load_config
from crawler.service.board import Board
from crawler.service.health import LOOP_S
from crawler.service.serve import Office, make_office
from crawler.service.web import serving
from storage.run_rows import keep_run_rows


class Moment:
    """A traveller that stays where it is: only the monotonic clock goes on."""

    def shift(self, _: Any) -> None:
        pass


@pytest.fixture
def clocks() -> SimulatedClocks:
    return SimulatedClocks(Moment())


@pytest.fixture
def office(tmp_path, clocks, monkeypatch) -> Office:
    environ = {"DISWAY_ARCHIVE__URI": str(tmp_path / "archive"), "DISWAY_SPOOL__DIR": str(tmp_path / "spool")}
    monkeypatch.setenv("http_proxy", NOBODY)
    return make_office(load_config(environ=environ), environ, clocks, ("/no/such/program",))


def ask(office: Office, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
    with serving("127.0.0.1", 0, office.viewer) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(method, path)
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
    return found


def test_livez_answers_only_while_the_loop_turns(office, clocks, tmp_path):
    office.service.start()
    office.service.look()
    clocks.awake_s += LOOP_S
    assert ask(office, "GET", "/livez")[0] == 200
    clocks.awake_s += 1
    status, _, body = ask(office, "GET", "/livez")
    assert (status, json.loads(body)) == (503, {"alive": False})
    assert json.loads(ask(office, "GET", "/healthz")[2])["red"][0]["what"] == "loop"
    office.service.look()
    assert ask(office, "GET", "/livez")[0] == 200
    (tmp_path / "spool").rename(tmp_path / "away")
    (tmp_path / "spool").symlink_to(tmp_path / "spool")  # a folder that cannot be read
    assert ask(office, "GET", "/healthz")[0] == 500
    assert ask(office, "GET", "/livez")[0] == 200, "whatever the disk does"


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/metrics", "/"])
def test_head_is_answered_as_get_without_a_body(office, path):
    status, headers, body = ask(office, "GET", path)
    assert body
    headed, its_headers, nothing = ask(office, "HEAD", path)
    assert (headed, nothing) == (status, b"")
    kept = ("Content-Type", "Content-Length", "Cache-Control")
    assert {name: its_headers.get(name) for name in kept[:1]} == {name: headers.get(name) for name in kept[:1]}
    if path != "/metrics":  # which counts what was asked of it
        assert its_headers["Content-Length"] == headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_else_can_be_asked(office, method):
    for path in ("/metrics", "/healthz"):
        status, headers, _ = ask(office, method, path)
        assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_what_runs_fetched_is_counted_though_nobody_asks(office, tmp_path):
    """What waits for its delivery is remembered by run, and forgotten when the spool is gone."""
    telemetry = office.viewer.telemetry
    folder = keep_run_rows(tmp_path / "spool", "a", [])
    waiting = json.loads((folder / "spool.json").read_text())["run_id"]
    office.service.start()
    for run_id in (waiting, *map(str, range(50))):
        counts = [{"site": "palpos", "counter": "articles_new", "count": 2}]
        telemetry.ran({"run_id": run_id, "job": "poll", "outcome": "ok", "counts": counts, "sites": []}, 1.0)
    office.service.look()
    assert telemetry.committed == {"palpos": 100}
    assert list(telemetry._uncommitted) == [waiting]


def test_a_service_that_has_not_begun_is_alive(office):
    assert office.service.board == Board(office.clocks.read().awake_s, is_ready=False)
    assert office.viewer.is_alive()
