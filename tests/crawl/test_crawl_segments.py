"""Whatever way a crawl is cut into segments and runs, the archive is the same."""

from collections import Counter

from fixtures.crawls import ALL_TIME, Operator, ended

SMALL_SEGMENTS = {"DISWAY_SPOOL__SEGMENT_BYTES": "120000"}
LITTLE_ROOM = {"DISWAY_SPOOL__MAX_BYTES": "150000"}


def test_segments_are_delivered_while_the_crawl_goes_on(fresh, control, tmp_path):
    """Parts of an article lie in several files, rows come before and after them."""
    operator = Operator(tmp_path / "desk", fresh, further=SMALL_SEGMENTS)
    done = operator.crawl(control.sites, *ALL_TIME)
    assert (done.code, done.facts["undelivered"]) == (0, 0), done
    stock = operator.stock()
    assert stock.essence() == control.step.stock.essence()
    assert len({r["warc_key"] for r in stock.captures}) > 3
    assert any(len({c["warc_key"] for c in r["captures"]}) > 1 for r in stock.articles)
    assert [r["outcome"] for r in stock.runs] == ["ok"]
    assert operator.run("verify", "--json").facts["findings"] == 0
    assert not list(operator.spool.glob("*/*"))


def test_a_full_spool_pauses_the_run_until_it_is_delivered(fresh, control, tmp_path):
    operator = Operator(tmp_path / "desk", fresh, further=LITTLE_ROOM)
    done = operator.crawl(control.sites, *ALL_TIME)
    assert (done.code, done.facts["outcome"], done.facts["undelivered"]) == (0, "ok", 0), done
    assert done.facts["counts"]["spool_pauses"] > 0
    assert "max_bytes" in done.err
    assert "crawling goes on" in done.err
    assert "Traceback" not in done.err
    stock = operator.stock()
    assert stock.essence() == control.step.stock.essence()
    assert operator.run("verify", "--json").facts["findings"] == 0


def test_two_crawls_at_once_lose_nothing(fresh, control, tmp_path):
    """As when cron starts one while another goes on: what both fetch is one version."""
    operator = Operator(tmp_path / "desk", fresh, further=SMALL_SEGMENTS)
    both = [operator.start_crawl(control.sites, *ALL_TIME, "--no-lease") for _ in range(2)]
    for done in [ended(one) for one in both]:
        assert (done.code, done.facts["undelivered"]) == (0, 0), done
    stock = operator.stock()
    assert stock.essence() == control.step.stock.essence()
    assert Counter(r["article_key"] for r in stock.articles).most_common(1)[0][1] == 1
    assert [r["outcome"] for r in stock.runs] == ["ok", "ok"]
    assert operator.run("verify", "--json").facts["findings"] == 0
