from collections.abc import Iterator

import pytest
from replica_client import Browser

from replica.network import Network
from replica.server import ReplicaServer


@pytest.fixture(scope="session")
def world() -> Network:
    return Network.generate(1)


@pytest.fixture(scope="module")
def big(world: Network) -> Iterator[ReplicaServer]:
    with ReplicaServer.start(world) as server:
        yield server


@pytest.fixture(scope="module")
def small() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(Network.generate(3, sites=4, articles=6)) as server:
        yield server


@pytest.fixture
def replica(small: ReplicaServer) -> ReplicaServer:
    small.control.clear_faults()
    small.control.clear_log()
    return small


@pytest.fixture
def browser(replica: ReplicaServer) -> Iterator[Browser]:
    with Browser(replica) as made:
        yield made
