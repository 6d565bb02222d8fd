"""Errors of the store: those that pass are borne, those that the operator must end are named, with no secret."""

from uuid import uuid4

import pytest
from fixtures.crawls import ALL_TIME, Ended, Operator, network_of
from fixtures.kills import Undisturbed, spools
from s3_faults import Kind, always, answered, nothing

from replica.server import ReplicaServer

HOST, SITE = "palpos.disway.id", "palpos"
FATAL = {
    "ExpiredToken": (403, "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"),
    "RequestTimeTooSkewed": (403, "the clock of this machine is too far"),
    "NoSuchBucket": (404, "there is no bucket"),
    "AccessDenied": (403, "grant list, get, put and delete"),
}


@pytest.fixture(scope="module")
def network():
    return network_of(HOST, seed=4, articles=6)


@pytest.fixture
def operator(network, proxy, seaweed, tmp_path):
    with ReplicaServer.start(network) as replica:
        yield Operator(tmp_path / "desk", replica, f"{seaweed.uri}/{uuid4().hex}", proxy.environ)


def assert_tells_no_secret(done: Ended, environ: dict[str, str]) -> None:
    told = done.out + done.err
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert environ[name] not in told


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "SlowDown")])
def test_fault_09_what_passes_is_borne(operator, proxy, status, code):
    """Each request fails at first; none needs the operator."""
    failed = set()

    def once_each(method, path):
        if (method, path) in failed:
            return None
        failed.add((method, path))
        return answered(status, code)

    proxy.rule = once_each
    done = operator.crawl([SITE], *ALL_TIME)
    assert done.code == 0, done
    assert proxy.met(Kind.ANSWER) == len(failed) > 20
    assert_tells_no_secret(done, proxy.environ)


@pytest.mark.parametrize("code", FATAL)
def test_fault_09_what_the_operator_must_end_ends_the_command_before_it_begins(operator, proxy, code):
    status, advice = FATAL[code]
    proxy.rule = always(answered(status, code))
    for command in (["crawl", "--site", SITE], ["recover"], ["verify"], ["sql", "SELECT 1 FROM articles"]):
        done = operator.run(*command)
        assert done.code == 2, (command, done)
        assert advice in done.err, (command, done)
        assert "Traceback" not in done.err
        assert_tells_no_secret(done, proxy.environ)
    assert proxy.met(Kind.ANSWER) < 30, "such an answer is not asked for again and again"
    assert operator.replica.control.log() == []


def test_fault_09_a_token_that_expires_in_the_midst(operator, proxy, network, tmp_path):
    """Nothing is lost: with a token that holds the next run delivers."""
    control = Undisturbed.crawled(network, [SITE], tmp_path / "control")
    expired = False

    def expires_at_the_upload(method, path):
        nonlocal expired
        expired = expired or (method == "PUT" and "/warc/" in path)
        return answered(403, "ExpiredToken") if expired else None

    proxy.rule = expires_at_the_upload
    operator.further["DISWAY_DEBUG"] = "1"  # all that is ever said
    done = operator.crawl([SITE], *ALL_TIME)
    assert (done.code, done.facts["undelivered"]) == (3, 1), done
    assert FATAL["ExpiredToken"][1] in done.err
    assert_tells_no_secret(done, proxy.environ)
    proxy.rule = nothing
    assert operator.run("recover").code == 0
    assert operator.stock().essence() == control.stock.essence()
    assert not spools(operator)
