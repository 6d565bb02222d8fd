"""A poll meets the poll before when it shows an article that it showed then: not a pinned one, nor one that was none."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from news.article import LinkKind, PageLink
from news.site import Network, Site
from news.source import SourceEntry
from news.url import UrlRules
from spiders.overlap import meets_poll_before
from storage.follow import index
from storage.seen import Seen
from storage.seen_rows import TAKE

SITE = Site(id="uji", name="Uji", host="uji.contoh.id")
RULES = UrlRules(Network.of([SITE]))
FEED, OTHER = "https://uji.contoh.id/rss", "https://uji.contoh.id/feed"
NOW = datetime(2026, 3, 5, tzinfo=UTC)


def url(number: int) -> str:
    return f"https://uji.contoh.id/read/{number}/kabar"


def sighting(number: int, via: str) -> dict[str, object]:
    return {
        "target_url": url(number), "site": "uji", "article_id": number, "via_url": via, "kind": "feed",
        "first_seen_at": NOW,
    }  # fmt: skip


def decision(number: int, kind: str) -> dict[str, object]:
    return {
        "article_key": f"uji/{number}", "site": "uji", "url": url(number), "at": NOW + timedelta(seconds=1),
        "kind": kind, "reason": "not_found", "attempt": 1, "next_check": None, "row_id": None, "covered_to": None,
    }  # fmt: skip


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> Seen:
    """The feed showed 1 to 5 and 50, another one 6 to 9; 5 is no article."""
    path: Path = tmp_path_factory.mktemp("seen") / "seen.sqlite"
    with index(path) as db:
        shown = [sighting(number, FEED) for number in (1, 2, 3, 4, 5, 50)]
        TAKE["sightings"](db, shown + [sighting(number, OTHER) for number in (6, 7, 8, 9)])
        TAKE["events"](db, [decision(5, "refused"), decision(4, "pending")])
    return Seen(path)


def meets(seen: Seen, numbers: Sequence[int]) -> bool:
    entries = [
        SourceEntry(PageLink(url(n), LinkKind.FEED, "", at), None, None, n) for at, n in enumerate(numbers)
    ]  # fmt: skip
    known = seen.known_ids("uji", 0, 10**18) & set(numbers)
    return meets_poll_before(seen, RULES, FEED, entries, known)


@pytest.mark.parametrize(
    ("numbers", "is_met"),
    [
        ((12, 11, 10, 3), True),
        ((4, 3, 2, 1), True),
        ((12, 4), True),  # that it is still pending does not matter
        ((14, 13, 12, 11), False),
        ((50, 14, 13, 12), False),  # pinned on top
        ((14, 50, 13, 12), True),
        ((14, 13, 5), False),  # it never was an article
        ((14, 13, 6), False),  # this feed never showed it
        ((3,), True),
        ((14,), False),
        ((), True),  # an empty feed shows nothing, and misses nothing
    ],
)
def test_overlap(seen: Seen, numbers: Sequence[int], is_met: bool):
    assert meets(seen, numbers) is is_met


def test_known_ground_is_found_among_thousands(seen: Seen):
    assert meets(seen, [*range(100, 5_000), 1])
