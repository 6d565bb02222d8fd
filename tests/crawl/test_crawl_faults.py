"""Servers that misbehave: the right word for each, bytes kept as far as they came, and never an article row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from fixtures.crawls import ALL_TIME, Operator, Step, Story, network_of
from truth_check import differences, show

from replica.network import Network
from replica.server import ReplicaServer
from replica.truth import TruthArticle
from replica.world import Site

TEGAL, BENGKULU, PALPOS, LAMPUNG = (
    "radartegal.disway.id",
    "rakyatbengkulu.disway.id",
    "palpos.disway.id",
    "radarlampung.disway.id",
)
ALIAS = "radartegal.com"
SITES = ("radartegal", "rakyatbengkulu", "palpos", "radarlampung")
MIB = 1 << 20
SETTINGS = {
    "DISWAY_NETWORK__TIMEOUT_S": "3",
    "DISWAY_NETWORK__RETRIES": "1",
    "DISWAY_NETWORK__MAX_BODY_BYTES": str(MIB),
    "DISWAY_POLITENESS__BACKOFF_START_S": "0.2",
}
CHALLENGE = (
    "<html><head><title>Just a moment...</title></head><body><div id='challenge-form'></div>"
    "<script>window._cf_chl_opt={cvId:'3'};</script></body></html>"
)
LOGIN = "<html><head><title>Masuk</title></head><body><form><input type='password'></form></body></html>"


class Case(NamedTuple):
    """A fault on one article's pages, and what is to become of the article."""

    name: str
    host: str
    fault: dict[str, Any]
    state: str
    reason: str | None
    parts: int = 1


def status(code: int, **more: Any) -> dict[str, Any]:
    return {"kind": "status", "status": code, **more}


CASES = (
    Case("not found", TEGAL, status(404), "refused", "not_found"),
    Case("gone", TEGAL, status(410), "refused", "gone"),
    Case("other client error", TEGAL, status(451), "refused", "http_error"),
    Case("not found, said with 200", TEGAL, {"kind": "soft_404"}, "refused", "soft_404"),
    Case("maintenance, said with 200", TEGAL, {"kind": "html"}, "pending", "maintenance"),
    Case("challenge, said with 200", TEGAL, status(200, body=CHALLENGE), "pending", "challenge"),
    Case("login wall", TEGAL, status(200, body=LOGIN), "pending", "login_wall"),
    Case("forbidden", TEGAL, status(403), "pending", "http_403"),
    Case("server error", TEGAL, status(500), "pending", "http_500"),
    Case("to the home page", TEGAL, {"kind": "redirect_home"}, "refused", "redirect_home"),
    Case("off the network", TEGAL, {"kind": "redirect"}, "refused", "redirect_offsite"),
    Case("in a circle", TEGAL, {"kind": "redirect_loop"}, "refused", "redirect_loop"),
    Case("to another article", TEGAL, {"kind": "redirect", "location": "other"}, "refused", "redirect_other"),
    Case("to http and back", TEGAL, {"kind": "redirect", "location": "http", "count": 1}, "archived", None),
    Case("to www and back", TEGAL, {"kind": "redirect", "location": "www", "count": 1}, "archived", None),
    Case("to an alias of the host", TEGAL, {"kind": "redirect", "location": "alias"}, "archived", None),
    Case("garbage", BENGKULU, {"kind": "garbage"}, "pending", "malformed"),
    Case("reset", BENGKULU, {"kind": "reset"}, "pending", "disconnected"),
    Case("cut", BENGKULU, {"kind": "cut"}, "pending", "disconnected"),
    Case("cut in chunks", BENGKULU, {"kind": "cut", "chunked": True}, "pending", "disconnected"),
    Case("cut in part 2", BENGKULU, {"kind": "cut", "path_prefix": "/15"}, "pending", "part_2_disconnected", parts=2),
    Case("part 2 not found", PALPOS, status(404, path_prefix="/15"), "pending", "part_2_not_found", parts=2),
    Case("too long", BENGKULU, {"kind": "overlong", "megabytes": 2}, "refused", "too_large"),
    Case("too long in chunks", BENGKULU, {"kind": "overlong", "megabytes": 2, "chunked": True}, "refused", "too_large"),
    Case("too long when unpacked", BENGKULU, {"kind": "bomb", "megabytes": 8}, "refused", "bomb"),
    Case("busy for a moment", BENGKULU, status(503, count=1, headers={"Retry-After": "1"}), "archived", None),
    Case("never answered", PALPOS, {"kind": "stall"}, "pending", "timeout"),
    Case("too slow", LAMPUNG, {"kind": "slow", "bytes_per_s": 600}, "pending", "timeout"),
)
TRUNCATED = {
    "cut": "disconnect",
    "cut in chunks": "disconnect",
    "cut in part 2": "disconnect",
    "too long": "length",
    "too long in chunks": "length",
    "too slow": "time",
}


@dataclass(frozen=True)
class Trouble:
    """The story, whom each case met, the crawl with the faults and the one after them."""

    story: Story
    victims: dict[str, TruthArticle]
    step: Step
    after: Step


def with_alias(network: Network) -> Network:
    """The network, its first site under an alias as well."""
    site = network.sites[0]
    twin = Site(replace(site.profile, host=ALIAS), site.articles, site.tags)
    return Network(network.start, (*network.sites, twin))


def path_of(article: TruthArticle) -> str:
    return article.url.removeprefix(f"https://{article.host}")


@pytest.fixture(scope="module")
def trouble(desk) -> Iterator[Trouble]:
    with ReplicaServer.start(with_alias(network_of(TEGAL, BENGKULU, PALPOS, LAMPUNG, articles=40))) as replica:
        victims = inflict(replica)
        story = Story(Operator(desk(), replica, further=SETTINGS), replica, SITES)
        step = story.step(*ALL_TIME)
        replica.control.clear_faults()
        yield Trouble(story, victims, step, story.step())


def inflict(replica: ReplicaServer) -> dict[str, TruthArticle]:
    """Put each case on an article of its own."""
    articles = list(replica.control.truth().articles)
    victims = {}
    for case in CASES:
        victim = next(a for a in articles if a.host == case.host and a.parts == case.parts)
        articles.remove(victim)
        victims[case.name] = victim
        path = path_of(victim)
        places = {
            "http": f"http://{case.host}{path}",
            "www": f"https://www.{case.host}{path}",
            "alias": f"https://{ALIAS}{path}",
            "other": next(a.url for a in articles if a.host == case.host and a.parts > 1),
        }
        fault = dict(case.fault)
        prefix = path + fault.pop("path_prefix", "")
        if "location" in fault:
            fault["location"] = places[fault["location"]]
        replica.control.fault(fault.pop("kind"), case.host, prefix, **fault)
    return victims


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_fault_has_its_word(trouble: Trouble, case: Case):
    key = trouble.victims[case.name].key
    assert trouble.step.stock.states[key] == (case.state, case.reason)
    assert (key in trouble.step.stock.by_key) == (case.state == "archived")


def test_the_rest_is_archived_and_the_run_is_well(trouble: Trouble):
    assert trouble.step.ended.code == 0, trouble.step.ended.err
    assert "Traceback" not in trouble.step.ended.err
    lost = {trouble.victims[c.name].key for c in CASES if c.state != "archived"}
    found = differences((a for a in public(trouble.step) if a.key not in lost), trouble.step.stock.articles)
    assert not found, show(found)


def public(step: Step) -> list[TruthArticle]:
    return [a for a in step.truth.articles if a.host != ALIAS]


def test_nobody_off_the_network_is_asked(trouble: Trouble):
    hosts = {line.host for line in trouble.step.log}
    assert hosts == {TEGAL, BENGKULU, PALPOS, LAMPUNG, f"www.{TEGAL}", ALIAS}


def test_passing_errors_are_tried_again_and_final_ones_are_not(trouble: Trouble):
    def tries(step: Step, name: str) -> int:
        path = path_of(trouble.victims[name])
        return sum(line.host != ALIAS and line.path == path for line in step.log)

    assert tries(trouble.step, "server error") == 2
    assert tries(trouble.step, "not found") == 1
    for case in CASES:
        assert (tries(trouble.after, case.name) > 0) == (case.state == "pending"), case.name


def test_what_was_pending_is_archived_by_a_later_run(trouble: Trouble):
    assert trouble.after.ended.code == 0, trouble.after.ended.err
    refused = {trouble.victims[c.name].key for c in CASES if c.state == "refused"}
    found = differences((a for a in public(trouble.after) if a.key not in refused), trouble.after.stock.articles)
    assert not found, show(found)
    assert {key for key, (state, _) in trouble.after.stock.states.items() if state != "archived"} == refused


def test_what_came_is_kept_with_its_end_marked(trouble: Trouble):
    rows = [r for r in trouble.step.stock.captures if r["article_id"] is not None]
    for name, truncated in TRUNCATED.items():
        article = trouble.victims[name]
        part = 2 if name == "cut in part 2" else 1
        mine = [r for r in rows if (r["site"], r["article_id"], r["part"]) == (article.site, article.id, part)]
        assert mine, name
        assert {r["truncated"] for r in mine} == {truncated}, name
        assert all(r["warc_key"] for r in mine), name
    for name in ("reset", "never answered"):
        article = trouble.victims[name]
        mine = [r for r in rows if (r["site"], r["article_id"]) == (article.site, article.id)]
        assert len(mine) == 2, name
        assert {(r["warc_key"], r["status"], r["bytes"]) for r in mine} == {(None, None, 0)}


def test_cut_answers_are_kept_byte_for_byte(trouble: Trouble):
    kept: dict[str, list[tuple[bytes, str | None]]] = {}
    first = min(Path(trouble.story.operator.uri).glob("warc/**/*.warc.gz"))
    with first.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=False):
            fields = {str(name): str(value) for name, value in record.headers.items()}
            kept.setdefault(fields["WARC-Target-URI"], []).append((record.reader.read(), fields.get("WARC-Truncated")))
    compared = 0
    for line in trouble.step.log:
        if line.fault not in ("cut", "overlong", "slow", "garbage"):
            continue
        sent = trouble.story.replica.control.exchange(line.n)
        block, truncated = kept[line.url].pop(0)
        compared += 1
        if line.fault == "garbage":
            assert sent.wire.startswith(block)
            continue
        head, entity = block.split(b"\r\n\r\n", 1)
        assert head.replace(b"X-Archive-Orig-Transfer-Encoding", b"Transfer-Encoding") + b"\r\n\r\n" == sent.head
        body = sent.wire[len(sent.head) :]
        if b"Transfer-Encoding" in sent.head:
            body = unchunked(body)
        # A limit or the clock cuts where it falls; a server that goes away has sent what there is.
        assert body.startswith(entity) if line.fault != "cut" else body == entity
        assert truncated == {"cut": "disconnect", "overlong": "length", "slow": "time"}[line.fault]
        assert len(entity) == MIB or line.fault != "overlong"
    assert compared >= 2 * 3 + 2


def unchunked(body: bytes) -> bytes:
    """The payload of chunks, the last of which may be cut."""
    out = b""
    while size := re.match(rb"([0-9a-f]+)\r\n", body):
        start = size.end()
        length = int(size[1], 16)
        out += body[start : start + length]
        body = body[start + length + 2 :]
    return out


def test_the_archive_verifies(trouble: Trouble):
    ledger = trouble.story.operator.run("verify", "--ledger", "--json")
    assert (ledger.code, ledger.facts["findings"]) == (0, 0), ledger
    assert ledger.facts["refused"] > 0
    assert ledger.facts["discovered"] == sum(ledger.facts[state] for state in ("archived", "refused", "pending"))
    verified = trouble.story.operator.run("verify", "--json")
    assert verified.facts["findings"] == 0, verified.out
