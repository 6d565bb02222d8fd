"""An archive that began two days ago, made once a session; each test takes a copy of it to a replica of its own."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from replica.client import Logged
from replica.network import Network
from replica.server import ReplicaServer

sys.path.append(str(Path(__file__).parents[1] / "crawl"))  # its truth_check serves here as well
from backfill_worlds import BENGKULU, TEGAL, Desk, newspapers


@pytest.fixture(scope="session")
def network() -> Network:
    return newspapers(TEGAL, BENGKULU)


@pytest.fixture(scope="session")
def began(network: Network, desk: Callable[[], Path]) -> tuple[Path, list[Logged]]:
    """The folder of an operator whose first crawl has ended, and what the replica saw of it."""
    with ReplicaServer.start(network) as replica:
        first = Desk(desk(), replica)
        log = first.crawl()
        return first.folder, log


@pytest.fixture
def began_log(began: tuple[Path, list[Logged]]) -> list[Logged]:
    return began[1]


@pytest.fixture
def operator_desk(network: Network, began: tuple[Path, list[Logged]], tmp_path: Path) -> Iterator[Desk]:
    with ReplicaServer.start(network) as replica:
        shutil.copytree(began[0], tmp_path / "desk")
        yield Desk(tmp_path / "desk", replica)
