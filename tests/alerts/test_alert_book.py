"""The book: an alert opens once and recovers once, on whatever machine, and each service hears of each turn once."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.alerting.alert import OPEN, RECOVERED, AlertKind, Finding
from crawler.alerting.book import AlertBook

START = datetime(2026, 11, 23, 1, tzinfo=UTC)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def finding(subject: str = "reporter", message: str = "pages lack it") -> Finding:
    return Finding(AlertKind.LAYOUT, message, "radartegal", subject, "3/3")


@pytest.fixture
def book(tmp_path) -> AlertBook:
    return AlertBook.beside(tmp_path / "spool" / "seen-1.sqlite")


class TestTurns:
    def test_an_alert_opens_once_and_recovers_once(self, book):
        opened = book.open(finding(), at(1), "r1")
        assert (opened.state, opened.since, opened.at, opened.measure) == (OPEN, at(1), at(1), "3/3")
        assert book.open(finding(message="still"), at(2), "r2") is None
        assert list(book.open_alerts().values()) == [opened]
        recovered = book.recover(finding(), at(3), "r3")
        assert (recovered.state, recovered.since, recovered.at) == (RECOVERED, at(1), at(3))
        assert book.recover(finding(), at(4), "r4") is None
        assert book.open_alerts() == {}

    def test_what_was_never_open_does_not_recover(self, book):
        assert book.recover(finding(), at(1), "r1") is None

    def test_one_that_comes_again_is_opened_anew(self, book):
        book.open(finding(), at(1), "r1")
        book.recover(finding(), at(2), "r2")
        assert book.open(finding(), at(3), "r3").since == at(3)

    def test_kind_site_and_subject_tell_alerts_apart(self, book):
        base = finding()
        others = [
            finding("editor"), Finding(base.kind, "", "palpos", base.subject), Finding(base.kind, "", None, base.subject),
            Finding(AlertKind.REFUSED, "", base.site, base.subject),
        ]  # fmt: skip
        assert len({f.alert_id for f in (base, *others)}) == 5
        assert finding(message="other words").alert_id == base.alert_id


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.booleans()), max_size=12))
def test_each_service_hears_each_turn_once_and_in_order(tmp_path_factory, steps):
    """Whatever opens and recovers, and whenever a service takes messages or not."""
    book = AlertBook(tmp_path_factory.mktemp("book") / "alerts.sqlite")
    heard, turns = [], []
    for minute, (subject, wrong, taken) in enumerate(steps):
        turn = (book.open if wrong else book.recover)(finding(subject), at(minute), None)
        turns += [turn] if turn else []
        if taken and (untold := book.untold("service", "log")):
            heard += [entry.alert for entry in untold]
            book.tell("service", untold[-1].seq)
    assert heard + [entry.alert for entry in book.untold("service", "log")] == turns


class TestClockThatWasAhead:
    """By years, until somebody set it right; the archive and other machines go by `at`."""

    @pytest.fixture
    def opened(self, book):
        return book.open(finding(), at(1) + timedelta(days=5000), "r1")

    def test_what_came_after_it_counts(self, book, opened):
        recovered = book.recover(finding(), at(2), "r2")
        assert (recovered.at > opened.at, recovered.since) == (True, opened.since)
        again = book.open(finding(), at(3), "r3")
        assert (again.at > recovered.at, again.since) == (True, at(3))

    def test_its_recovery_is_told_once_whatever_the_archive_says(self, book, opened, tmp_path):
        """Each run adopts what the index has, and the index takes no row that is older than what it has."""
        archived = [opened]
        for minute in range(2, 5):
            book.adopt(archived)
            recovered = book.recover(finding(), at(minute), f"r{minute}")
            archived = [max([*archived, *([recovered] if recovered else [])], key=lambda alert: alert.at)]
        states = [entry.alert.state for entry in book.untold("service", "log")]
        assert states == [OPEN, RECOVERED]
        elsewhere = AlertBook(tmp_path / "other.sqlite")
        elsewhere.adopt(archived)
        assert elsewhere.open_alerts() == {}

    def test_the_runs_that_came_last_are_kept(self, book):
        for minute in range(20):
            ahead = timedelta(days=5000) if minute < 13 else timedelta(0)
            book.ran(f"r{minute}", at(minute) + ahead, [("radartegal", True)])
        assert [run.run_id for run in book.recent("radartegal")] == [f"r{minute}" for minute in range(19, 7, -1)]


class TestServices:
    def test_one_that_is_added_later_is_not_told_what_is_old(self, book):
        book.open(finding(), at(1), None)
        book.tell("log", book.untold("log", "log")[-1].seq)
        book.open(finding("editor"), at(2), None)
        assert [entry.alert.subject for entry in book.untold("new", "log")] == ["editor"]

    def test_what_is_over_and_told_to_all_is_forgotten_after_two_months(self, book):
        long_ago = datetime.now(UTC) - timedelta(days=90)
        book.open(finding(), long_ago, None)
        book.recover(finding(), long_ago + timedelta(hours=1), None)
        book.noted(book.unnoted())
        for service in ("a", "b"):
            book.tell(service, book.untold(service, "log")[-1].seq)
        book.keep_services(["a", "b"])
        assert len(book.untold("new", "log")) == 1, "the newest state of an alert stays"
        assert book.recover(finding(), at(0), None) is None

    def test_what_one_service_did_not_take_is_kept(self, book):
        long_ago = datetime.now(UTC) - timedelta(days=90)
        book.open(finding(), long_ago, None)
        book.recover(finding(), long_ago, None)
        book.noted(book.unnoted())
        book.tell("a", 2)
        book.tell("b", 0)
        book.keep_services(["a", "b"])
        assert len(book.untold("b", "log")) == 2


class TestOtherMachines:
    def test_what_another_machine_told_is_neither_told_nor_noted(self, book, tmp_path):
        here = AlertBook(tmp_path / "other.sqlite")
        book.open(finding(), at(1), "r1")
        here.adopt(book.open_alerts().values())
        assert here.open(finding(), at(2), "r2") is None
        assert (here.untold("service", "log"), here.unnoted()) == ([], [])
        assert here.recover(finding(), at(3), "r3").since == at(1)
        assert [entry.alert.state for entry in here.untold("service", "log")] == [RECOVERED]

    def test_what_is_known_here_is_not_overruled_by_what_is_older(self, book):
        opened = book.open(finding(), at(1), "r1")
        book.recover(finding(), at(2), "r2")
        book.adopt([opened])
        assert book.open_alerts() == {}


def test_what_is_noted_is_noted_once(book):
    book.open(finding(), at(1), "r1")
    entries = book.unnoted()
    assert [entry.alert.subject for entry in entries] == ["reporter"]
    book.noted(entries)
    assert book.unnoted() == []


def test_the_newest_runs_of_a_site_are_kept(book):
    for minute in range(20):
        book.ran(f"r{minute}", at(minute), [("radartegal", minute % 2 == 0), ("palpos", True)])
    runs = book.recent("radartegal")
    assert [run.run_id for run in runs] == [f"r{minute}" for minute in range(19, 7, -1)]
    assert [run.good for run in runs] == [minute % 2 == 0 for minute in range(19, 7, -1)]


def test_a_day_is_judged_once(book):
    assert book.judged_day("radartegal") is None
    book.judge_day("radartegal", date(2026, 11, 22))
    assert book.judged_day("radartegal") == date(2026, 11, 22)


def test_a_book_that_is_damaged_is_made_anew(tmp_path):
    path = tmp_path / "alerts.sqlite"
    path.write_bytes(b"nothing like a database" * 100)
    book = AlertBook(path)
    assert book.open(finding(), at(1), None) is not None
    assert len(book.open_alerts()) == 1


def test_two_processes_may_write_at_once(tmp_path: Path):
    path = tmp_path / "alerts.sqlite"
    one, other = AlertBook(path), AlertBook(path)
    assert [book.open(finding(), at(1), None) is not None for book in (one, other)] == [True, False]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM said").fetchone() == (1,)
