"""A hole that a crawl left is closed by a backfill over its days."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from backfill_worlds import NOW, SECTIONS, SITEMAPS, TEGAL, Desk, newspapers

from replica.life import Life
from replica.server import ReplicaServer

AWAY = timedelta(days=4)


@pytest.fixture
def holed_desk(desk) -> Iterator[Desk]:
    """Nobody looked for four days; then only a feed was there, which shows the last hours, and the server was busy."""
    with ReplicaServer.start(newspapers(TEGAL, articles=20, days=3, life=Life(after_days=5, per_day=30))) as replica:
        holed = Desk(desk(), replica)
        holed.crawl()
        holed.now = NOW + AWAY
        replica.control.move_to(holed.now)
        holed.without(*SECTIONS, *SITEMAPS)
        replica.control.fault("status", TEGAL, "/read/", status=429, headers={"Retry-After": "86400"})
        holed.operator.crawl([holed.site])
        replica.control.clear_faults()
        yield holed


def holes(desk: Desk) -> list[dict]:
    return desk.operator.ask("SELECT state, reason, from_at, to_at FROM backfill WHERE kind = 'hole'")


def test_a_backfill_over_a_hole_closes_it(holed_desk: Desk):
    desk = holed_desk
    (hole,) = holes(desk)
    assert hole["state"] == "open"
    desk.backfill(stretch=("--from", "2026-03-07", "--to", "2026-03-09"))
    assert holes(desk) == [hole]  # it began before these days
    desk.backfill(stretch=("--from", "2026-03-05", "--to", "2026-03-09"))
    (closed,) = holes(desk)
    assert (closed["state"], closed["reason"]) == ("done", "backfilled")
    articles = [a for a in desk.replica.control.truth().articles if a.published_at >= NOW]
    public = {a.key for a in articles if a.is_live}
    held = {row["article_key"] for row in desk.operator.stock().articles if row["published_at"] >= NOW}
    assert len(public) > 100
    assert public <= held <= {a.key for a in articles}
