"""Real Chromium makes the pages of a site whose links and texts are made by scripts; what it was made of is on record."""

import io
import json
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from fixtures.crawls import Step, Story
from render_worlds import PLAIN, PLAIN_HOST, SCRIPTED, SCRIPTED_HOST
from truth_check import differences, show
from warcio.checker import Checker

from replica.scripted import DATA_PATH, SCRIPT_PATH


@pytest.fixture(scope="module")
def records(rendered: Step, scripted_story: Story) -> dict[str, dict[str, Any]]:
    """Every record of the first crawl by its id: fields, block, and whether it has HTTP headers."""
    found = {}
    for path in Path(scripted_story.operator.uri).glob("warc/**/*.warc.gz"):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.any_type, parse_http=False):
                fields = {str(name): str(value) for name, value in record.headers.items()}
                found[fields["WARC-Record-ID"]] = {**fields, "block": record.reader.read()}
    return found


def test_the_archive_is_the_truth(rendered: Step):
    assert rendered.ended.code == 0, rendered.ended.err
    assert "Traceback" not in rendered.ended.err
    found = differences(rendered.truth.articles, rendered.stock.articles)
    assert not found, show(found)
    assert {state for state, _ in rendered.stock.states.values()} == {"archived"}


def test_only_pages_of_the_scripted_site_are_rendered(rendered: Step):
    kinds = Counter((row["site"], row["kind"]) for row in rendered.stock.captures)
    assert kinds[SCRIPTED, "rendered"] > 0
    assert kinds[PLAIN, "rendered"] == 0
    counts = rendered.ended.facts["counts"]
    assert counts["rendered"] == kinds[SCRIPTED, "rendered"]
    assert counts["render_offsite"] >= counts["rendered"]
    assert counts["render_blocked"] > counts["rendered"]


def test_each_rendered_page_names_the_bytes_that_the_server_sent(rendered: Step, scripted_story: Story, records):
    sent = {line.url: line.n for line in rendered.log}
    conversions = [record for record in records.values() if record["WARC-Type"] == "conversion"]
    assert len(conversions) == rendered.ended.facts["counts"]["rendered"]
    for conversion in conversions:
        answer = records[conversion["WARC-Refers-To"]]
        assert answer["WARC-Type"] == "response"
        assert [answer[f] for f in ("WARC-Target-URI", "WARC-Date")] == [
            conversion[f] for f in ("WARC-Target-URI", "WARC-Date")
        ]
        wire = scripted_story.replica.control.exchange(sent[answer["WARC-Target-URI"]])
        head = wire.head.replace(b"Transfer-Encoding", b"X-Archive-Orig-Transfer-Encoding")
        assert answer["block"] == head + wire.entity
        assert conversion["Content-Type"] == "text/html; charset=utf-8"
        assert conversion["X-Archive-Renderer"].startswith("Chromium/")
        assert b"</html>" in conversion["block"]


def test_what_the_scripts_asked_for_is_archived_too(rendered: Step, records):
    answers = {r["WARC-Target-URI"] for r in records.values() if r["WARC-Type"] == "response"}
    asked = {line.url for line in rendered.log if line.path.startswith((SCRIPT_PATH, DATA_PATH))}
    assert asked
    assert asked <= answers
    assert sum(line.path == SCRIPT_PATH for line in rendered.log) == 1


def test_an_article_row_points_at_what_was_read(rendered: Step, scripted_story: Story):
    kinds = {(r["warc_key"], r["warc_offset"]): r["kind"] for r in rendered.stock.captures}
    for article in rendered.stock.articles:
        wanted = "rendered" if article["site"] == SCRIPTED else "response"
        assert {kinds[c["warc_key"], c["warc_offset"]] for c in article["captures"]} == {wanted}
    key = next(a["article_key"] for a in rendered.stock.articles if a["site"] == SCRIPTED)
    raw = scripted_story.operator.run("show", "--raw", key)
    assert f'<script src="{SCRIPT_PATH}"></script>' in raw.out
    assert rendered.stock.by_key[key]["title"] not in raw.out


def test_the_index_replays_what_the_server_sent(rendered: Step, scripted_story: Story):
    lines = [
        json.loads(line.split(" ", 2)[2])
        for path in Path(scripted_story.operator.uri).glob("warc/**/*.cdxj")
        for line in path.read_text("utf-8").splitlines()
    ]
    kinds = {
        (r["warc_key"].rpartition("/")[2], r["warc_offset"]): r["kind"]
        for r in rendered.stock.captures
        if r["warc_key"]
    }
    assert {kinds[line["filename"], int(line["offset"])] for line in lines} <= {"response", "revisit"}
    assert {line["url"] for line in lines} >= {f"https://{SCRIPTED_HOST}/", f"https://{SCRIPTED_HOST}{SCRIPT_PATH}"}


def test_others_read_the_files_and_verify_finds_nothing(rendered: Step, scripted_story: Story):
    for path in Path(scripted_story.operator.uri).glob("warc/**/*.warc.gz"):
        told = io.StringIO()
        checked = Checker(SimpleNamespace(inputs=[str(path)], verbose=False))
        with redirect_stdout(told):
            checked.process_all()
        assert checked.exit_value == 0, told.getvalue()
    verified = scripted_story.operator.run("verify", "--json")
    assert (verified.code, verified.facts["findings"]) == (0, 0), verified.out


def test_the_browser_is_who_the_crawler_is_and_brings_nothing_along(rendered: Step):
    assert {line.host for line in rendered.log} == {SCRIPTED_HOST, PLAIN_HOST}
    for line in rendered.log:
        headers = {name.lower(): value for name, value in line.request_headers}
        assert headers["user-agent"].startswith("disway-archive/")
        assert line.method == "GET"
        assert not headers.keys() & {"cookie", "referer", "authorization"}
    assert not [line.path for line in rendered.log if line.path.startswith(("/upload", "/assets"))]


def test_nothing_is_left_behind(rendered: Step, scripted_story: Story):
    assert list(scripted_story.operator.spool.glob(".browser-*")) == []


def test_a_later_run_finds_what_is_new_and_edited(rendered_later: Step, rendered: Step, scripted_story: Story):
    assert rendered_later.ended.code == 0, rendered_later.ended.err
    live = [a for a in rendered_later.truth.articles if a.site == SCRIPTED]
    new = {a.key for a in live} - {a.key for a in rendered.truth.articles}
    assert new
    assert new <= rendered_later.stock.by_key.keys()
    fresh = [row for row in rendered_later.stock.articles if row["article_key"] in new]
    found = differences((a for a in live if a.key in new), fresh)
    assert not found, show(found)
    verified = scripted_story.operator.run("verify", "--json")
    assert verified.facts["findings"] == 0, verified.out


def test_the_warc_file_says_what_its_records_hold(records):
    (info,) = {r["block"] for r in records.values() if r["WARC-Type"] == "warcinfo"}
    assert b"conversion records hold pages as a browser made them" in info
