"""Servers that do their worst: slow, endless, exploding, leading astray. One crawl meets all of them."""

from collections.abc import Iterator

import pytest
from hostile_origin import BOMBS, CALM, DEEDS, HOSTS, LENGTHS, MUTE, OTHER, SEALED, SLOW, TURNS, Deed, Siege, besiege

MIB = 1 << 20
MOST_BYTES = 250 * MIB
REDIRECTS = 5


@pytest.fixture(scope="module")
def siege(desk) -> Iterator[Siege]:
    return besiege(desk())


def of_host(host: str) -> list[Deed]:
    return [deed for deed in DEEDS if deed.host == host]


def id_of(host: str) -> str:
    return host.split(".", maxsplit=1)[0]


def assert_words(siege: Siege, host: str) -> None:
    """Each deed has its own word in the ledger, and no article of it is in the archive unless it should be."""
    assert {d.name: siege.of(d.name) for d in of_host(host)} == {d.name: (d.state, d.reason) for d in of_host(host)}
    for deed in of_host(host):
        assert (siege.victims[deed.name].key in siege.stock.by_key) == (deed.state == "archived"), deed.name


def test_fault_21_slow_answers_end_at_the_deadline_of_the_whole_exchange(siege: Siege):
    """Silence, a byte now and then, a tunnel that never opens, and a handshake that nobody answers."""
    assert_words(siege, SLOW)
    (slow,) = siege.captures("a byte now and then")
    assert (slow["error"], slow["truncated"]) == ("timeout", "time")
    for host in (MUTE, SEALED):
        assert siege.ended.facts["degraded"][id_of(host)] == "robots_timeout"
        assert siege.counts[id_of(host), "fetch_failed.timeout"] == 1
    assert siege.counts[id_of(SLOW), "fetch_failed.timeout"] == 1
    assert siege.counts[id_of(SLOW), "truncated.timeout"] == 1
    assert {host: siege.archived_share(host) for host in (SLOW, CALM)} == {SLOW: 1.0, CALM: 1.0}


def test_fault_22_redirects_lead_nowhere_but_inside_the_network(siege: Siege):
    assert_words(siege, TURNS)
    assert {line.host for line in siege.log} <= {*HOSTS}, "nobody else was asked, at whatever address"
    circle = siege.victims["round and round"].url.removeprefix(f"https://{TURNS}")
    assert sum(line.path.startswith(circle) for line in siege.log) == REDIRECTS + 1
    chain = [r["location"] for r in siege.captures("round and round")]
    assert len(chain) == REDIRECTS + 1
    assert all(chain), "each hop is on record with where it led"
    assert siege.counts[None, "guard_refused.off_network"] == 3
    assert siege.counts[None, "guard_refused.port"] == 1
    assert siege.counts[None, "guard_refused.scheme"] == 3
    assert siege.captures("by a page")[0]["status"] == 200
    other = next(a for a in siege.truth if a.host == OTHER and a.parts == 1)
    assert siege.stock.by_key[other.key]["site"] == id_of(OTHER), "under its own identity"


def test_fault_23_lengths_are_cut_where_they_must(siege: Siege):
    assert_words(siege, LENGTHS)
    for name in ("120 MB", "120 MB in chunks"):
        (cut,) = siege.captures(name)
        assert (cut["truncated"], cut["bytes"], cut["error"]) == ("length", 32 * MIB, "too_large")
    for name in ("headers without end", "a header of 1 GB"):
        (cut,) = siege.captures(name)
        assert (cut["truncated"], cut["bytes"], cut["error"]) == ("length", 0, "headers_too_long")
    assert siege.counts[id_of(LENGTHS), "truncated.too_large"] == 2
    assert siege.counts[id_of(LENGTHS), "truncated.headers_too_long"] == 2
    assert siege.archived_share(LENGTHS) == 1.0


def test_fault_24_bombs_are_kept_as_they_came_and_not_unpacked(siege: Siege):
    assert_words(siege, BOMBS)
    for deed in of_host(BOMBS):
        (kept,) = siege.captures(deed.name)
        assert kept["warc_key"], deed.name
        assert 0 < kept["bytes"] < 2 * MIB, deed.name
    assert siege.counts[id_of(BOMBS), "articles_refused.bomb"] == 6
    assert siege.counts[id_of(BOMBS), "bodies_bombed"] == 6
    assert siege.counts[id_of(BOMBS), "bodies_undecodable"] == 4
    assert siege.archived_share(BOMBS) == 1.0


def test_memory_stays_below_its_bound_through_all_of_it(siege: Siege):
    assert siege.peak_bytes < MOST_BYTES, f"{siege.peak_bytes / MIB:.0f} MiB"


def test_only_the_hosts_that_could_not_be_asked_degrade_the_run(siege: Siege):
    assert siege.ended.code == 1
    assert set(siege.ended.facts["degraded"]) == {id_of(MUTE), id_of(SEALED)}
    assert "Traceback" not in siege.ended.err
    for host in (CALM, OTHER):
        assert siege.archived_share(host) == 1.0


def test_the_archive_is_whole(siege: Siege):
    for arguments in (("verify", "--json"), ("verify", "--ledger", "--json")):
        assert siege.operator.run(*arguments).facts["findings"] == 0
