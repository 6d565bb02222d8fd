"""An archive in a place whose name is not plain: all commands find it there again."""

from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of

from replica.server import ReplicaServer

HOST, SITE = "radartegal.disway.id", "radartegal"


@pytest.fixture(scope="module")
def replica():
    with ReplicaServer.start(network_of(HOST, articles=3)) as server:
        yield server


def assert_usable(operator: Operator) -> None:
    for _ in range(2):  # the second one finds tables there
        done = operator.crawl([SITE], *ALL_TIME)
        assert done.code == 0, done.err
    assert operator.ask("SELECT count(*) AS n FROM articles") == [{"n": len(operator.stock().by_key)}]
    assert operator.stock().by_key
    for command in (("verify",), ("maintain",), ("verify", "--ledger"), ("reparse", "--dry-run")):
        done = operator.run(*command)
        assert done.code == 0, done


@pytest.mark.parametrize("name", ["arsip koran", "\u00e9 (2)", "env=uji+x", "a#b{c}", "~$&;,!@'"], ids=ascii)
def test_a_folder(name: str, replica: ReplicaServer, tmp_path: Path) -> None:
    assert_usable(Operator(tmp_path / "desk", replica, str(tmp_path / name / "arsip")))


def test_a_prefix(replica: ReplicaServer, seaweed, tmp_path: Path) -> None:
    uri = f"{seaweed.uri}/env=uji/{uuid4().hex}/v1.0_a+b-c"
    assert_usable(Operator(tmp_path / "desk", replica, uri, seaweed.environ))


@pytest.mark.parametrize(
    "uri",
    ["./a%20b", "./a[1]", "./a*", "./a|b", "s3://koran/spasi baru", "s3://koran/\u00e9", "s3://koran/a%20b"],
    ids=ascii,
)
def test_where_tables_cannot_be_is_refused_before_anything_is_fetched(
    uri: str, replica: ReplicaServer, tmp_path: Path
) -> None:
    operator = Operator(tmp_path / "desk", replica, uri)
    replica.control.clear_log()
    done = operator.crawl([SITE])
    assert (done.code, "uri" in done.err, "Traceback" in done.err) == (2, True, False), done.err
    assert operator.run("sites", "--check").code == 2
    assert not replica.control.log()
