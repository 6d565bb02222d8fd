"""Moving the clock: articles appear, change and vanish, in the pages and in the truth alike."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from replica_client import Browser

from replica.network import Network
from replica.server import ReplicaServer


@pytest.fixture
def moving() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(Network.generate(7, sites=2, articles=30)) as server:
        yield server


def test_the_clock_stands_still_until_it_is_moved(moving):
    start = moving.control.health()["now"]
    assert moving.control.health()["now"] == start
    moved = moving.control.advance(3600)
    assert moved.isoformat() == moving.control.health()["now"] != start
    assert moving.control.move_to(moved - timedelta(hours=1)).isoformat() == start


def test_pages_follow_the_clock_as_the_truth_says(moving):
    before = {a.key: a for a in moving.control.truth().articles}
    with Browser(moving) as browser:
        assert all(browser.get(a.url).status == 200 for a in before.values())
        moving.control.advance(5 * 86_400)
        after = {a.key: a for a in moving.control.truth().articles}
        new = after.keys() - before.keys()
        gone = {k for k, a in after.items() if a.vanished_at}
        edited = {k for k, a in after.items() if len(a.versions) > 1}
        assert len(new) == 12
        assert len(gone) >= 2
        assert len(edited) >= 4
        for key, article in after.items():
            got = browser.get(article.url)
            assert got.status == (404 if key in gone else 200)
            if key in edited:
                old, current = article.versions
                assert current.title in got.visible
                assert article.body == current.body != old.body or current.title != old.title
                assert browser.get(old.url).body == got.body
        assert any(after[k].url != before[k].url for k in edited)
        listed = {u for h in {a.host for a in after.values()} for u in browser.get(f"https://{h}/").links("/read/")}
        assert not listed & {after[k].url for k in gone}


def test_a_clock_move_that_says_nothing_or_both_is_refused(moving):
    for body in ({}, {"advance_s": 1, "to": "2026-03-05T07:00:00+07:00"}, {"to": "2026-03-05T07:00:00"}, {"jam": 1}):
        with pytest.raises(ValueError, match="validation error"):
            moving.control._clock(body)
    with pytest.raises(ValueError, match="no verb"):
        moving.control._ask("GET", "/tidak-ada")
    with pytest.raises(ValueError, match="no exchange"):
        moving.control.exchange(12_345)
