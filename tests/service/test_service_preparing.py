"""The schedule begins within minutes, whatever waits in the spool and however slow the store is."""

import signal
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fixtures.schedules import SimulatedClocks

from crawler.config import load_config
from crawler.service.preparing import PATIENCE_S, deliver_rest, prepared
from crawler.service.serve import Office, make_office
from news.errors import StoreRefused
from storage.run_rows import keep_run_rows

SLOW = "import sys; sys.stdin.read()"
"""Goes on until the service lets go of it."""
ANSWERS = "import sys; print('{\"rows\": []}')"
REFUSED = "import sys; sys.stderr.write('disway: no bucket\\n'); sys.exit(2)"
AWAY = "import sys; sys.stderr.write('disway: no answer\\n'); sys.exit(3)"


class Moment:
    def shift(self, _: Any) -> None:
        pass


@dataclass
class Patience:
    """Waits for whatever ends by itself; else only the clock goes on, until `stop` s are over."""

    office: Office
    clocks: SimulatedClocks
    ends: tuple[Any, ...]
    stop_s: float = float("inf")

    def wait(self, seconds: float) -> list[int]:
        for part in self.ends:
            if part._process is not None:
                part._process.wait()
        self.clocks.advance(timedelta(seconds=seconds))
        return [signal.SIGTERM] if self.clocks.awake_s > 100_000.0 + self.stop_s else []


@pytest.fixture
def clocks() -> SimulatedClocks:
    return SimulatedClocks(Moment())


@pytest.fixture
def office_of(tmp_path, clocks):
    """Makes a service whose commands are these programs."""
    offices = []

    def make(recover: str, sql: str = ANSWERS) -> Office:
        environ = {"DISWAY_ARCHIVE__URI": str(tmp_path / "archive"), "DISWAY_SPOOL__DIR": str(tmp_path / "spool")}
        program = f"import sys\nif sys.argv[1] == 'recover':\n {recover}\nelse:\n {sql}"
        office = make_office(load_config(environ=environ), environ, clocks, (sys.executable, "-c", program))
        offices.append(office)
        return office

    yield make
    for office in offices:
        office.backlog.cut_off()
        if office.learner._process:
            office.learner._process.kill()
            office.learner._process.wait()
            office.learner._process.poll()


def test_a_backlog_that_takes_long_is_delivered_beside_the_schedule(office_of, clocks, caplog):
    office = office_of(SLOW)
    assert prepared(office, Patience(office, clocks, (office.learner,)))
    assert clocks.awake_s - 100_000.0 <= PATIENCE_S + 2
    assert "the schedule begins while what waits in the spool is delivered: 0 segments" in caplog.text
    assert office.backlog.is_under_way, "it is not cut off"
    assert not office.learner.is_asking, "what was fired is learnt all the same"
    first = office.backlog._process
    office.backlog.deliver()
    assert office.backlog._process is first, "not twice beside each other"


def test_an_archive_that_does_not_tell_what_was_fired_is_not_waited_for(office_of, clocks, caplog):
    office = office_of("pass", SLOW)
    assert prepared(office, Patience(office, clocks, (office.backlog,)))
    assert "before the archive has told what was fired" in caplog.text
    assert office.learner.is_asking, "it may still tell how the sites did"


def test_how_a_late_delivery_ended_is_heard_by_the_loop(office_of, clocks, caplog):
    office = office_of(f"{SLOW}; {AWAY}")
    assert prepared(office, Patience(office, clocks, (office.learner,)))
    office.backlog._process._process.stdin.close()
    office.backlog._process._process.stdin = None
    office.backlog._process.wait()
    for chore in office.service._chores:
        chore(clocks.read())
    assert not office.backlog.is_under_way
    assert "the store cannot be used for now: disway: no answer" in caplog.text


def test_a_store_that_is_away_is_borne_and_one_that_refuses_is_not(office_of, clocks):
    office = office_of(AWAY)
    assert prepared(office, Patience(office, clocks, (office.backlog,)))
    office = office_of(REFUSED)
    with pytest.raises(StoreRefused, match="no bucket"):
        prepared(office, Patience(office, clocks, (office.backlog,)))


def test_a_signal_ends_the_preparation(office_of, clocks):
    office = office_of(SLOW)
    assert not prepared(office, Patience(office, clocks, (), stop_s=3))
    assert not office.backlog.is_under_way


def test_the_rest_is_delivered_for_so_long_and_until_a_signal(office_of, clocks, tmp_path):
    office = office_of(SLOW)
    assert not deliver_rest(office, Patience(office, clocks, ()), 60.0), "nothing is there"
    assert office.backlog.ended is None
    keep_run_rows(tmp_path / "spool", "a", [])
    assert not deliver_rest(office, Patience(office, clocks, ()), 60.0), "its time is over"
    assert clocks.awake_s - 100_000.0 == 60.0
    assert not office.backlog.is_under_way
    assert deliver_rest(office, Patience(office, clocks, (), stop_s=70), 60.0), "a signal"
    assert not office.backlog.is_under_way
