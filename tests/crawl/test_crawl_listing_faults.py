"""A listing that cannot be had makes its site degraded, and what it would have shown is found by the next run."""

from typing import Any

from crawl_worlds import site_ids
from fixtures.crawls import ALL_TIME, Operator, Story, network_of
from truth_check import differences, show

from replica.server import ReplicaServer

FINE = "radartegal.disway.id"
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "palpos.disway.id": ({"kind": "html", "path_prefix": "/kategori"}, "section_unreadable"),
    "jateng.disway.id": ({"kind": "status", "path_prefix": "/kategori/ekonomi", "status": 404}, "section_404"),
    "malang.disway.id": ({"kind": "cut", "path_prefix": "/kategori/ekonomi"}, "disconnected"),
    "disway.id": ({"kind": "bomb", "path_prefix": "/kategori/51", "megabytes": 4}, "bomb"),
    "jogja.disway.id": ({"kind": "redirect", "path_prefix": "/kategori/kuliner"}, "off_network"),
}


def test_a_missing_listing_is_told_and_made_up_for(tmp_path):
    hosts = (FINE, *FAULTS)
    settings = {"DISWAY_NETWORK__RETRIES": "0", "DISWAY_NETWORK__MAX_BODY_BYTES": str(1 << 20)}
    with ReplicaServer.start(network_of(*hosts, articles=8)) as replica:
        story = Story(Operator(tmp_path / "desk", replica, further=settings), replica, site_ids(hosts))
        for host, (fault, _) in FAULTS.items():
            replica.control.fault(host=host, **fault)
        told = story.step(*ALL_TIME)
        assert told.ended.code == 1
        assert told.ended.facts["degraded"] == {host.split(".")[0]: word for host, (_, word) in FAULTS.items()}
        walked = {r["url"] for r in told.stock.events if r["kind"] == "walked"}
        assert not [url for url in walked if url.startswith("https://palpos") or url.endswith("/51/nasional")]
        assert "https://jateng.disway.id/kategori/ekonomi" not in walked
        assert "https://jateng.disway.id/kategori/wisata" in walked

        replica.control.clear_faults()
        mended = story.step()
        assert mended.ended.code == 0, mended.ended.err
        found = differences(mended.truth.articles, mended.stock.articles)
        assert not found, show(found)
        walked = {r["url"] for r in mended.stock.events if r["kind"] == "walked"}
        # An empty listing tells nothing of what lies below, so it does not count as walked.
        filled = {(a.host, name) for a in mended.truth.articles for name in a.listed_under}
        assert len(walked) == len(filled)
        assert story.operator.run("verify", "--json").facts["findings"] == 0
