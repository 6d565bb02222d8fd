"""A store that goes away during a crawl or is away from its start: nothing is lost, and the user is told."""

from collections import Counter

import pytest
from crawl_worlds import SMALL
from fixtures.crawls import ALL_TIME, Operator, ended, once, pages_of
from fixtures.loopback import FaultFront, s3_error
from truth_check import differences, show

from replica.server import ReplicaServer

OUT_OF_SERVICE = s3_error(503, "ServiceUnavailable")


@pytest.fixture(scope="module")
def story(control, desk, seaweed):
    """Three runs: the store goes down during the first, is down for the second, is back for the third."""
    with ReplicaServer.start(control.network) as replica, FaultFront(seaweed.environ) as front:
        operator = Operator(desk(), replica, f"{seaweed.uri}/down", front.environ)
        process = operator.start_crawl(control.sites, *ALL_TIME)
        once(lambda: len(pages_of(replica.control.log())) > len(SMALL), process)
        front.rule = lambda _: OUT_OF_SERVICE
        runs = [ended(process), operator.crawl(control.sites, *ALL_TIME)]
        waiting = sorted(operator.spool.glob("*/*.warc.gz"))
        nothing_yet = operator.run("recover")
        front.rule = lambda _: None
        runs.append(operator.crawl(control.sites))
        yield operator, runs, waiting, nothing_yet, replica.control.truth()


def test_undelivered_is_exit_3_and_says_where_it_is(story):
    _, (during, at_start, _), waiting, _, _ = story
    for done, segments in ((during, 1), (at_start, 2)):
        assert (done.code, done.facts["exit_code"], done.facts["undelivered"]) == (3, 3, segments), done
        assert f"{segments} segment" in done.err
        assert "the next run or `disway recover` delivers" in done.err
        assert "Traceback" not in done.err
    assert len(waiting) == 2


def test_recover_says_that_the_store_does_not_answer(story):
    _, _, _, nothing_yet, _ = story
    assert nothing_yet.code == 3
    assert nothing_yet.err.startswith("disway: the store does not answer: ")
    assert nothing_yet.err.count("\n") == 1


def test_the_next_run_delivers_everything(story, control):
    operator, (_, _, back), _, _, truth = story
    assert (back.code, back.facts["undelivered"]) == (0, 0), back
    assert not list(operator.spool.glob("*/*.warc.gz*"))
    stock = operator.stock()
    found = differences(truth.articles, stock.articles)
    assert not found, show(found)
    assert stock.essence() == control.step.stock.essence()
    assert [r["outcome"] for r in stock.runs] == ["ok"] * 3
    told = Counter((r["target_url"], r["via_url"], r["kind"]) for r in stock.sightings)
    assert told.most_common(1)[0][1] == 1
    assert operator.run("verify", "--json").facts["findings"] == 0


def test_what_waits_for_another_archive_says_for_which(control, seaweed, tmp_path):
    with ReplicaServer.start(control.network) as replica, FaultFront(seaweed.environ) as front:
        one = Operator(tmp_path, replica, f"{seaweed.uri}/one-of-two", front.environ)
        assert one.crawl(control.sites[:1]).code == 0
        front.rule = lambda _: OUT_OF_SERVICE
        assert one.crawl(control.sites[:1]).code == 3
        other = Operator(tmp_path, replica, str(tmp_path / "other"))
        done, nothing = other.crawl(control.sites[:1]), other.run("recover")
        front.rule = lambda _: None
        for command in (done, nothing):
            assert command.code == 3, command
            assert f"1 of them are for {one.uri}: `disway recover --archive {one.uri}` delivers" in command.err
        assert one.run("recover").code == 0
        assert other.crawl(control.sites[:1]).code == 0
