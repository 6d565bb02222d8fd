"""A headline that a listing shows under another slug is visited by whatever run reads listings."""

from pathlib import Path

from fixtures.crawls import ALL_TIME, Operator, network_of

from replica.server import ReplicaServer

HOST, SITE = "radartegal.disway.id", "radartegal"
POLL = ("--source", "sections", "--source", "feeds", "--source", "sitemaps")


def test_a_poll_without_rechecks_takes_the_hints_of_its_listings(tmp_path: Path) -> None:
    with ReplicaServer.start(network_of(HOST, seed=5, articles=180)) as replica:
        operator = Operator(tmp_path, replica)
        assert operator.crawl([SITE], *ALL_TIME, *POLL).code == 0
        before = {a.key: a for a in replica.control.truth().articles}
        replica.control.advance(86_400)
        done = operator.crawl([SITE], *POLL)
        assert done.code == 0, done.err
        now = {a.key: a for a in replica.control.truth().articles if a.is_live and a.key in before}
        stock = operator.stock()
        renamed = {key for key, a in now.items() if a.url != before[key].url and key in stock.by_key}
        visited = {key for key in renamed if stock.by_key[key]["version"] == 2}
        assert visited
        assert {stock.by_key[key]["title"] for key in visited} == {now[key].title for key in visited}
        assert done.facts["counts"]["rechecks_hinted"] == len(visited)
        assert "rechecks_planned" not in done.facts["counts"]
        assert {row["article_key"] for row in stock.articles if row["version"] > 1} == visited
