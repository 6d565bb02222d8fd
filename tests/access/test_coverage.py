"""`disway coverage`: every figure of a site's day, against archives whose history is known."""

import csv
import io
import json
import random
from bisect import bisect_left
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

import pytest
from access_archive import START, Segment, at

from access.archive import Archive
from access.coverage import COLUMNS, CoveredSite, Days, coverage, covered_sites
from access.coverage_sql import COVERAGE
from access.pruning import unwanted_columns
from access.statement import check_statement
from cli.main import run
from news.errors import UsageError
from news.site import Network, Site, SiteStatus

NOW = datetime(2026, 3, 8, 5, tzinfo=UTC)
WEEK = Days(date(2026, 3, 1), None, NOW)
SITES = [CoveredSite("radartegal", "Asia/Jakarta", always=True), CoveredSite("sumeks", "Asia/Jakarta", always=True)]


def listing(segment, hours, site="radartegal", status=200, url=None):
    pointer = segment.record(url or f"https://{site}.disway.id/", b"x", hours, site=site)
    segment.rows["captures"][-1]["status"] = status
    return pointer


def held(segment, number, hours, *kinds, after=1.0, **given):
    """An article published at `hours` and captured `after` hours later, sighted by `kinds` in that order."""
    for late, kind in enumerate(kinds):
        segment.sighting(number, hours + after / 10 + late / 100, kind=kind, via_url=f"https://x.disway.id/{kind}")
    row = segment.article(number, hours=hours + after, published_at=at(hours), **given)
    segment.event(row["article_key"], "archived", hours + after)
    return row


@pytest.fixture
def known(store_options):
    """Two days of one site, with everything that can be said of them; another site of which nothing is known."""
    segment = Segment(store_options)
    # 5 March 2026 begins at START - 7 h, in Jakarta.
    held(segment, 100, 0, "section", "feed", after=0.5)
    edited = held(segment, 101, 1, "feed", "section", "baca_juga", after=1)
    held(segment, 104, 4, "section", after=3)
    held(segment, 109, 24, "home")
    segment.article(101, hours=40, published_at=at(1), title="Kedua", supersedes=edited["row_id"])
    gone = held(segment, 105, 5)
    segment.event(gone["article_key"], "gone", 50, reason="not_found")
    for number, reason in ((102, "not_found"), (103, "soft_404"), (106, "not_found")):
        segment.sighting(number, 100)
        segment.event(f"radartegal/{number}", "refused", 100, reason=reason, attempt=1)
    segment.sighting(110, 30)
    segment.event("radartegal/110", "failed", 31, reason="timeout", attempt=1)
    segment.sighting(7, 30)
    segment.event("radartegal/7", "refused", 31, reason="not_found", attempt=1)
    listing(segment, 3)
    listing(segment, 6, status=503)
    listing(segment, 7, url="https://radartegal.disway.id/robots.txt")
    segment.add("events", site="radartegal", kind="unchanged", url="https://radartegal.disway.id/", at=at(30))
    for kind, finding in (("section", "alive"), ("sitemap", "alive"), ("feed", "absent")):
        url = f"https://radartegal.disway.id/{kind}"
        segment.add("sources", url=url, site="radartegal", kind=kind, at=at(-200), finding=finding)
    stretch = {"site": "radartegal", "stretch_id": "h1", "from_at": at(10), "to_at": at(20)}
    segment.add("backfill", **stretch, kind="hole", state="open", at=at(21))
    segment.add("backfill", **stretch, kind="hole", state="open", at=at(21), source_url="https://radartegal.disway.id/")
    segment.add("backfill", **stretch | {"stretch_id": "h2"}, kind="hole", state="open", at=at(21))
    segment.add("backfill", **stretch | {"stretch_id": "h2"}, kind="hole", state="done", at=at(22))
    segment.add("backfill", **stretch | {"stretch_id": "b1"}, kind="asked", state="open", at=at(21))
    segment.add("leads", lead_id="l1", site="radartegal", published_at=at(2), at=at(3), state="pending")
    segment.add("leads", lead_id="l2", site="radartegal", published_at=at(2), at=at(3), state="pending")
    segment.add("leads", lead_id="l2", site="radartegal", published_at=at(2), at=at(4), state="decoded")
    segment.commit()
    with Archive.open(store_options) as archive:
        yield coverage(archive, SITES, WEEK)


def day_of(found, day, site="radartegal"):
    return next(row for row in found.rows if (row["site"], row["day"]) == (site, date(2026, 3, day)))


def test_every_figure_of_a_day(known):
    assert day_of(known, 5) == {
        "site": "radartegal",
        "day": date(2026, 3, 5),
        "known": 7,
        "held": 4,
        # 107 and 108 stand between 105 (12:00) and 109 (7:00 on the next day): at 21:30 and at 02:15.
        "missing": 1,
        "pending": 0,
        "refused": {"not_found": 2, "soft_404": 1},
        "gone": 1,
        "holes": 1,
        "leads": 1,
        "looked": True,
        "last_look": START + timedelta(hours=3),
        "freshness_median_s": 3600.0,
        "freshness_p95_s": pytest.approx(3600 * (1 + 2 * 0.85)),
        "first_seen_by": {"section": 2, "feed": 1, "unsighted": 1},
        "never_seen_by": {"home": 4, "sitemap": 4, "section": 1},
    }


def test_the_day_after_and_days_of_silence(known):
    after = day_of(known, 6)
    assert (after["known"], after["held"], after["missing"], after["pending"], after["holes"]) == (2, 1, 1, 1, 1)
    assert after["first_seen_by"] == {"home": 1}
    assert after["last_look"] == START + timedelta(hours=30)
    silent = day_of(known, 7)
    assert (silent["known"], silent["looked"], silent["last_look"]) == (0, False, START + timedelta(hours=30))
    other = [row for row in known.rows if row["site"] == "sumeks"]
    assert [row["day"] for row in other] == [date(2026, 3, day) for day in range(8, 0, -1)]
    assert {(row["known"], row["looked"], row["last_look"]) for row in other} == {(0, False, None)}


def test_the_total_counts_nothing_twice(known):
    total = known.total
    assert [total[name] for name in ("known", "held", "missing", "pending", "gone", "leads")] == [9, 5, 2, 1, 1, 1]
    assert (total["holes"], total["undated"]) == (1, 1)
    assert total["refused"] == {"not_found": 2, "soft_404": 1}
    assert total["first_seen_by"] == {"section": 2, "feed": 1, "home": 1, "unsighted": 1}
    assert (total["site"], total["day"], total["looked"]) == (None, None, None)


ZONES = ("Asia/Jakarta", "Asia/Jayapura", "America/New_York")
"""The last has a day of 23 hours on 8 March 2026."""


class History:
    """A random past of one site, and what its days must come to."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.zone = ZONES[seed % len(ZONES)]
        self.site = f"s{seed}"
        self.held, self.refused, self.pending = {}, {}, {}
        moment = START - timedelta(days=4)
        for number in range(1000, 1000 + self.random.choice((0, 1, 5, 60, 60, 60))):
            moment += timedelta(seconds=self.random.choice((0, 600, 30_000, 90_000)))
            disorder = timedelta(seconds=self.random.randrange(-40_000, 40_000) * (self.random.random() < 0.2))
            kinds = (self.held, self.held, self.held, self.refused, self.pending, {})
            self.random.choice(kinds)[number] = moment + disorder

    def write(self, segment):
        for number, moment in self.held.items():
            segment.article(
                number, site=self.site, pointers=[], published_at=moment.isoformat(), captured_at=at(500), captures=[]
            )
        for state, numbers in (("refused", self.refused), ("failed", self.pending)):
            for number, moment in numbers.items():
                segment.event(f"{self.site}/{number}", state, 600, reason="not_found")
                segment.sighting(number, (moment - START) / timedelta(hours=1), site=self.site)

    def day(self, number, heard_of):
        """The day of an article that is not held."""
        ids = sorted(self.held)
        above = bisect_left(ids, number)
        if above == len(ids):
            return heard_of and self.local(heard_of)
        if above == 0:
            return None
        low, high = ids[above - 1], ids[above]
        share = Fraction(number - low, high - low)
        seconds = self.second(low) + share * (self.second(high) - self.second(low))
        return self.local(datetime.fromtimestamp(floor(seconds), UTC))

    def second(self, number):
        return floor(self.held[number].timestamp())

    def local(self, moment):
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def expected(self):
        counts = Counter()
        for moment in self.held.values():
            counts[self.local(moment), "held"] += 1
        for name in ("refused", "pending"):
            for number, moment in getattr(self, name).items():
                counts[self.day(number, moment), name] += 1
        unknown = set(range(min(self.held, default=0), max(self.held, default=0))) - (
            self.held.keys() | self.refused.keys() | self.pending.keys()
        )
        for number in unknown:
            counts[self.day(number, None), "missing"] += 1
        return counts


def test_days_and_gaps_are_those_of_a_plain_count(local_options):
    histories = [History(seed) for seed in range(60)]
    segment = Segment(local_options)
    for history in histories:
        history.write(segment)
    segment.commit()
    days = Days(date(2026, 3, 2), date(2026, 3, 14), START + timedelta(days=60))
    with Archive.open(local_options) as archive:
        found = coverage(archive, [CoveredSite(h.site, h.zone, always=True) for h in histories], days)
    by_day = {(row["site"], row["day"]): row for row in found.rows}
    assert len(by_day) == len(histories) * 12
    undated = 0
    for history in histories:
        expected = history.expected()
        undated += expected[None, "refused"] + expected[None, "pending"]
        for day in (days.first + timedelta(days=n) for n in range(12)):
            row = by_day[history.site, day]
            wanted = {name: expected[day, name] for name in ("held", "refused", "pending", "missing")}
            assert {**wanted, "refused": sum(row["refused"].values())} == {
                **{name: row[name] for name in ("held", "pending", "missing")},
                "refused": expected[day, "refused"],
            }, (history.site, day)
            assert row["known"] == row["held"] + row["pending"] + sum(row["refused"].values())
    assert found.total["undated"] == undated
    for name in ("known", "held", "missing", "pending"):
        assert found.total[name] == sum(row[name] for row in found.rows)
    assert found.total["missing"] > 100


def test_the_statement_asks_for_no_join_that_it_does_not_need(local_options):
    Segment(local_options).commit()
    segment = Segment(local_options)
    segment.sighting(1)
    segment.commit()
    with Archive.open(local_options) as archive:
        tree = check_statement(archive._connection, COVERAGE)
        assert unwanted_columns(tree) == {"version", "gone_at", "last_seen_at"}
        found = coverage(archive, SITES[:1], WEEK)
        assert found.total["known"] == found.total["pending"] == 1


def site(name, **given):
    return Site(id=name, name=name, host=f"{name}.disway.id", **given)


def test_sites_that_are_covered(local_options):
    segment = Segment(local_options)
    segment.article(1, hours=1, site="closed")
    segment.article(1, hours=1, site="removed", timezone="Asia/Makassar")
    segment.commit()
    network = Network.of(
        [site("a", timezone="Asia/Jayapura"), site("closed", status=SiteStatus.GONE), site("idle", status="candidate")]
    )
    with Archive.open(local_options) as archive:
        sites = covered_sites(archive, network, [])
        assert {s.site: s.always for s in sites} == {"a": True, "closed": False, "idle": False, "removed": False}
        assert {s.site: s.zone for s in sites} | {"idle": ""} == {
            "a": "Asia/Jayapura",
            "closed": "Asia/Jakarta",
            "removed": "Asia/Makassar",
            "idle": "",
        }
        assert {row["site"] for row in coverage(archive, sites, WEEK).rows} == {"a", "closed", "removed"}
        assert covered_sites(archive, network, ["idle", "idle"]) == [CoveredSite("idle", "Asia/Jakarta", always=True)]
        with pytest.raises(UsageError, match="--site b: no such site; `disway sites` lists them"):
            covered_sites(archive, network, ["b"])


def test_days_that_are_none():
    Days(date(2026, 3, 8), date(2026, 3, 9), NOW)
    for first, end in ((date(2026, 3, 10), None), (date(2026, 3, 5), date(2026, 3, 5))):
        with pytest.raises(UsageError, match="no day"):
            Days(first, end, NOW)


@pytest.fixture
def disway(local_options, monkeypatch, tmp_path, capfdbinary):
    segment = Segment(local_options)
    held(segment, 100, 0, "section", "feed")
    segment.event("radartegal/101", "refused", 2, reason="not_found", attempt=1)
    segment.event("radartegal/9", "refused", 2, reason="not_found", attempt=1)
    listing(segment, 3)
    segment.commit()
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        given = ("--site", "radartegal", "--since", "2026-03-05", "--until", "2026-03-07")
        code = run(["coverage", *(arguments or given), "--archive", str(local_options.root)])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    call.given = ("--site", "radartegal", "--since", "2026-03-05", "--until", "2026-03-07")
    return call


def test_a_table_for_people(disway):
    code, out, err = disway()
    assert code == 0
    title, _, silent, day, total = out.splitlines()
    assert title.split()[:6] == ["site", "day", "known", "held", "missing", "pending"]
    assert silent.split()[:2] == ["radartegal", "2026-03-06"]
    assert silent.endswith("no article known, nobody looked")
    assert "not_found 1" in day
    assert day.endswith("2026-03-05 10:00+07:00  1.0 h   1.0 h  section 1")
    assert total.split()[:3] == ["total", "2", "1"]
    assert err == (
        "(1 of 2 rows have no known article; known articles on no day: 1, whose ids are below all that are held)\n"
    )


def test_rows_for_programs(disway):
    _, out, _ = disway(*disway.given, "--format", "json")
    rows = json.loads(out)
    assert [list(row) for row in rows] == [list(COLUMNS)] * 2
    assert [(row["day"], row["known"]) for row in rows] == [("2026-03-06", 0), ("2026-03-05", 2)]
    assert rows[1]["refused"] == {"not_found": 1}
    assert rows[1]["last_look"] == "2026-03-05T03:00:00+00:00"
    _, out, _ = disway(*disway.given, "--format", "csv")
    listed = list(csv.DictReader(io.StringIO(out)))
    assert [json.loads(row["first_seen_by"]) for row in listed] == [{}, {"section": 1}]
    _, out, _ = disway(*disway.given, "--json")
    whole = json.loads(out)
    assert whole["rows"] == rows
    assert whole["total"]["known"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--site", "absent"), "--site absent: no such site; `disway sites` lists them"),
        (("--since", "yesterday"), "--since"),
        (("--since", "2026-03-05", "--until", "2026-03-05"), "no day"),
        (("--since", "9999-01-01"), "no day"),
        (("--since", "0001-01-01"), "more than 3660 days"),
        (("--until", ""), "--until"),
        (("--json", "--format", "csv"), "--json and --format"),
    ],
)
def test_mistakes(disway, arguments, said):
    code, out, err = disway(*arguments)
    assert (code, out) == (2, "")
    assert said in err
