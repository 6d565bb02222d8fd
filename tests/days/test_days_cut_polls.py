"""Days of polls of which one is cut after the home page: what it could not read is read by the next one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of, once

from replica.server import ReplicaServer

HOST, SITE = "radartegal.disway.id", "radartegal"
DAYS = 5
SECTIONS = ("--source", "sections")


def refused(operator: Operator, replica: ReplicaServer) -> None:
    """The home page is there, no section is."""
    fault = replica.control.fault("status", HOST, "/kategori/", status=500)
    assert operator.crawl([SITE], *SECTIONS).code == 1
    replica.control.clear_faults()
    assert fault


def killed(operator: Operator, replica: ReplicaServer) -> None:
    """`kill -9` when the home page was read."""
    replica.control.fault("stall", HOST, "/kategori/")
    process = operator.start_crawl([SITE], *SECTIONS)
    once(lambda: any(line.path.startswith("/kategori/") for line in replica.control.log()), process)
    process.kill()
    process.communicate()
    replica.control.clear_faults()


def sections_of_a_poll(operator: Operator, replica: ReplicaServer) -> set[str]:
    """The pages of sections that a crawl asks for."""
    replica.control.clear_log()
    assert operator.crawl([SITE], *SECTIONS).code == 0
    return {line.path for line in replica.control.log() if line.path.startswith("/kategori/")}


@pytest.mark.parametrize("cut", [refused, killed])
def test_nothing_below_the_home_page_is_missed(tmp_path: Path, cut: Callable[[Operator, ReplicaServer], None]) -> None:
    with ReplicaServer.start(network_of(HOST, seed=7, articles=320)) as replica:
        operator = Operator(tmp_path, replica)
        assert operator.crawl([SITE], *ALL_TIME, *SECTIONS).code == 0
        all_sections, quiet = (sections_of_a_poll(operator, replica) for _ in range(2))
        assert len(quiet) < len(all_sections), "the home page stands for most of them"
        before = operator.stock().by_key
        replica.control.advance(DAYS * 86_400)
        replica.control.clear_log()
        cut(operator, replica)
        assert sections_of_a_poll(operator, replica) >= all_sections
        published = {a.key for a in replica.control.truth().articles if a.is_live} - before.keys()
        stock = operator.stock()
        assert len(published) > 40
        assert published <= stock.by_key.keys(), sorted(published - stock.by_key.keys())
        assert sections_of_a_poll(operator, replica) == quiet, "what was walked then is ground again"
        replica.control.advance(86_400)
        assert sections_of_a_poll(operator, replica) == quiet, "a page that reaches down to ground is ground itself"
        replica.control.advance(86_400)
        assert sections_of_a_poll(operator, replica) == quiet
