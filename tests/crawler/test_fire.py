"""What a schedule tells a run crosses the environment whole, and anything else is refused."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import load_config
from crawler.fire import FIRE_VARIABLE, Fire
from crawler.report import run_row
from news.errors import ConfigError
from storage.spool import new_run_id

GIVEN = {
    "run_id": "20260305T010000Z-abcdef",
    "job": "poll",
    "fired_at": "2026-03-05T01:00:00+00:00",
    "covers_from": None,
}
seconds = st.integers(0, 4_000_000_000)
zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
instants = st.builds(datetime.fromtimestamp, seconds, zones)
jobs = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)


@given(instants.map(new_run_id), jobs, instants, st.none() | instants, st.none() | st.text(min_size=1))
def test_it_crosses_the_environment(run_id, job, fired_at, covers_from, note):
    fire = Fire(run_id, job, fired_at, covers_from, note)
    assert Fire.from_environ({"PATH": "/bin", **fire.to_environ()}) == fire


def test_a_run_of_no_schedule_has_none():
    assert Fire.from_environ({}) is None
    assert Fire.from_environ({FIRE_VARIABLE: ""}) is None


@pytest.mark.parametrize(
    "text",
    [
        "poll",
        "null",
        "[]",
        json.dumps(GIVEN | {"run_id": "../../etc"}),
        json.dumps(GIVEN | {"run_id": 7}),
        json.dumps(GIVEN | {"job": "poll; rm"}),
        json.dumps(GIVEN | {"fired_at": "2026-03-05T01:00:00"}),
        json.dumps(GIVEN | {"covers_from": "yesterday"}),
        json.dumps({"run_id": GIVEN["run_id"], "job": "poll"}),
    ],
    ids=["no JSON", "null", "a list", "a path", "a number", "a command", "no zone", "no instant", "no time"],
)
def test_anything_else_is_a_mistake_of_the_environment(text):
    with pytest.raises(ConfigError, match=f"environment: {FIRE_VARIABLE} = "):
        Fire.from_environ({FIRE_VARIABLE: text})


def test_what_a_later_version_adds_is_passed_over():
    assert Fire.from_environ({FIRE_VARIABLE: json.dumps(GIVEN | {"pace": 2})}).job == "poll"


def test_it_is_no_key_of_the_configuration():
    fire = Fire(GIVEN["run_id"], "poll", datetime(2026, 3, 5, 1, tzinfo=UTC))
    assert load_config(environ=fire.to_environ()) == load_config(environ={})


def test_the_row_of_a_run_says_what_started_it():
    fire = Fire(GIVEN["run_id"], "poll", datetime(2026, 3, 5, 1, tzinfo=UTC))
    at = datetime(2026, 3, 5, 1, 0, 2, tzinfo=UTC)
    assert run_row(fire.run_id, "crawl", at, fire) == {
        "run_id": fire.run_id,
        "command": "crawl",
        "started_at": "2026-03-05T01:00:02.000000+00:00",
        "job": "poll",
        "fired_at": "2026-03-05T01:00:00.000000+00:00",
        "covers_from": None,
        "reason": None,
    }
    assert "job" not in run_row(fire.run_id, "crawl", at)
