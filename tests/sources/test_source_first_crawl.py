"""A first crawl takes two days of a site, whatever its sitemaps name and say of it; `--since` takes more."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from source_worlds import HOUR, Desk, Run, answers, desk_of, document, newspapers

from replica.catalogue import profile_for
from replica.pages import Pages
from replica.world import Site

OLD = 120
FIRST_OLD = 500_001
YEARS_AGO = timedelta(days=400)
MOST_TRIED = 50


UNDATED, DATED, TOUCHED = (replace(profile_for(f"{name}.disway.id"), sitemap=None, feed=None, section_urls=False)
                           for name in ("jambiekspres", "papua", "jogja"))  # fmt: skip


@dataclass(frozen=True)
class Beginning:
    """A first crawl of sites with long pasts, one an hour later, one that is to go far back."""

    desk: Desk
    first: Run
    held: set[str]
    second: Run
    since: Run


def old_page(crawler: Desk, site: Site) -> str:
    """An article of one part that came out before all others, as it stands."""
    oldest = min((a for a in site.articles if len(a.versions[0].parts()) == 1), key=lambda a: a.published)
    url = next(a.url for a in crawler.truth() if a.key == f"{site.profile.id}/{oldest.id}")
    page = Pages(crawler.network, crawler.network.start).render(site.profile.host, url.partition(".id")[2], "")
    assert page is not None
    return page.body.decode()


def entry(url: str, modified: str = "") -> str:
    return f"<url><loc>{url}</loc>{f'<lastmod>{modified}</lastmod>' if modified else ''}</url>"


@pytest.fixture(scope="module")
def beginning(desk) -> Iterator[Beginning]:
    with desk_of(desk(), newspapers(UNDATED, DATED, TOUCHED, articles=8, days=YEARS_AGO.days)) as crawler:
        now = crawler.network.start.isoformat()
        for site in crawler.network.sites:
            host = site.profile.host
            long_ago = {DATED.host: "2025-02-01", TOUCHED.host: now}.get(host, "")
            true = [(a.url, "" if host == UNDATED.host else now) for a in crawler.truth() if a.host == host]
            past = [(f"https://{host}/read/{number}/lama", long_ago) for number in range(FIRST_OLD, FIRST_OLD + OLD)]
            answers(crawler, host, "/sitemap.xml", document("urlset", [entry(*named) for named in [*past, *true]]))
            answers(crawler, host, "/read/500", old_page(crawler, site), "text/html")
        first = crawler.crawl()
        held = crawler.held()
        second = crawler.crawl(after=HOUR)
        yield Beginning(crawler, first, held, second, crawler.crawl("--since", "500d", after=HOUR))


def old_ones(run: Run, host: str) -> set[str]:
    return {line.path for line in run.articles(host) if re.match(r"/read/500\d{3}/", line.path)}


def test_what_is_two_days_old_is_held(beginning: Beginning):
    assert beginning.first.ended.code == 0, beginning.first.ended.err
    recent = beginning.desk.network.start - timedelta(days=2)
    assert {key for key in beginning.desk.public(since=recent) if key in beginning.held}
    assert beginning.desk.public(since=recent) <= beginning.desk.held()


def test_what_is_dated_long_ago_is_neither_fetched_nor_sighted(beginning: Beginning):
    assert old_ones(beginning.first, DATED.host) == old_ones(beginning.second, DATED.host) == set()
    rows = beginning.desk.ask(
        "SELECT run_id, count(*) AS n FROM sightings WHERE site = 'papua' AND article_id BETWEEN ? AND ? GROUP BY ALL",
        FIRST_OLD,
        FIRST_OLD + OLD - 1,
    )
    assert rows == [{"run_id": beginning.since.ended.facts["run_id"], "n": OLD}]


@pytest.mark.parametrize("host", [UNDATED.host, TOUCHED.host])
def test_what_has_no_date_or_a_false_one_is_tried_from_the_highest_id_down(beginning: Beginning, host: str):
    """Until a few dozen proved to be old: the dates on the pages are what counts."""
    tried = sorted(int(path.split("/")[2]) for path in old_ones(beginning.first, host))
    assert 0 < len(tried) <= MOST_TRIED
    assert tried == list(range(FIRST_OLD + OLD - len(tried), FIRST_OLD + OLD))


@pytest.mark.parametrize("host", [UNDATED.host, DATED.host, TOUCHED.host])
def test_the_next_run_does_not_creep_on(beginning: Beginning, host: str):
    assert len(old_ones(beginning.second, host)) <= 5


@pytest.mark.parametrize("host", [UNDATED.host, DATED.host, TOUCHED.host])
def test_since_takes_all(beginning: Beginning, host: str):
    assert beginning.since.ended.code == 0, beginning.since.ended.err
    found = {old for run in (beginning.first, beginning.second, beginning.since) for old in old_ones(run, host)}
    assert len(found) == OLD
    held = [key for key in beginning.desk.held() if key.startswith(f"{host.split('.', maxsplit=1)[0]}/500")]
    assert len(held) == OLD
