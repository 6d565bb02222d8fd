"""`disway show --diff`: the words that differ between two versions, as people and programs get them."""

import json
import re
import sys
from itertools import pairwise

import pytest
from access_archive import Segment
from hypothesis import given
from hypothesis import strategies as st

from access.changes import FIELDS, changes
from access.marking import COLOURS, CONTEXT, SIGNS, change_lines
from access.wording import PARAGRAPH, Op, differing, words
from cli.main import run

TOKENS = st.lists(st.sampled_from(["satu", "dua", "tiga", "empat", PARAGRAPH]), max_size=40)


def of(stretches, left_out):
    return [token for stretch in stretches if stretch.op is not left_out for token in stretch.tokens]


@given(TOKENS, TOKENS)
def test_both_texts_can_be_told_from_their_difference(old, new):
    stretches = differing(old, new)
    assert of(stretches, Op.INSERT) == old
    assert of(stretches, Op.DELETE) == new
    assert all(one.op is not other.op for one, other in pairwise(stretches))
    assert all(stretch.tokens for stretch in stretches)


@given(TOKENS)
def test_equal_texts_have_no_difference(tokens):
    assert {stretch.op for stretch in differing(tokens, tokens)} <= {Op.EQUAL}


@given(st.text(), st.text())
def test_words_do_not_know_white_space(one, other):
    assert words(f"{one} {other}") == words(f"{one}  \t{other} ")
    assert all(token == PARAGRAPH or not re.search(r"\s", token) for token in words(f"{one}\n{other}"))


def version(number=1, **given):
    row = dict.fromkeys(FIELDS) | {"article_key": "radartegal/1", "version": number, **given}
    return row | {"captured_at": MOMENT}


class Moment:
    def isoformat(self):
        return "2026-03-05T00:00:00+00:00"


MOMENT = Moment()


def shown(old, new, marks=SIGNS):
    one, other = version(1, **old), version(2, **new)
    return list(change_lines(one, other, changes(one, other), marks))[1:]


def test_changed_words_are_marked():
    assert shown({"title": "Banjir di Tegal surut"}, {"title": "Banjir di Kota Tegal"}) == [
        "",
        "title:",
        "  Banjir di {+Kota+} Tegal [-surut-]",
    ]


def test_only_fields_that_differ_are_shown_and_nothing_is_said_of_none():
    same = {"title": "Judul", "reporter": None, "tags": []}
    assert shown(same, same | {"reporter": "", "tags": None})[0].startswith("no difference in title, body")
    assert shown(same, same | {"editor": "Budi"}) == ["", "editor:", "  {+Budi+}"]


def test_unchanged_text_is_collapsed_to_a_few_words():
    before, after = [f"a{n}" for n in range(100)], [f"b{n}" for n in range(100)]
    body = [*before, "lama", *after]
    line = shown({"body": " ".join(body)}, {"body": " ".join(body).replace("lama", "baru")})[-1]
    near = [*before[-CONTEXT:], "[-lama-]", "{+baru+}", *after[:CONTEXT]]
    assert line == f"  … {' '.join(near)} …"


def test_paragraphs_are_lines_and_their_breaks_are_seen():
    assert shown({"body": "satu dua"}, {"body": "satu\ndua"})[2:] == ["  satu {+¶+}", "  dua"]
    assert shown({"body": "satu\ndua"}, {"body": "satu dua"})[2:] == ["  satu [-¶-]", "  dua"]
    long = "\n".join(f"paragraf {n}" for n in range(40))
    lines = shown({"body": f"lama\n{long}\nlama"}, {"body": f"baru\n{long}\nbaru"})[2:]
    assert lines[0] == "  [-lama-] {+baru+}"
    assert lines[-1] == "  [-lama-] {+baru+}"
    assert len(lines) < 12
    assert sum("…" in line for line in lines) == 1


def test_tags_are_whole():
    assert shown({"tags": ["kota tegal", "banjir"]}, {"tags": ["kota tegal", "kota slawi"]}) == [
        "",
        "tags:",
        "  #kota tegal [-#banjir-] {+#kota slawi+}",
    ]


def test_white_space_alone_is_said():
    assert shown({"body": "satu dua"}, {"body": "satu  dua"}) == ["", "body:", "  (only white space differs)"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_page_steers_a_terminal(old, new):
    for marks in (SIGNS, COLOURS):
        for line in shown({"body": old}, {"body": new}, marks):
            bare = re.sub(r"\x1b\[(31|32|0)m", "", line) if marks is COLOURS else line
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", bare)


@pytest.fixture
def disway(local_options, monkeypatch, tmp_path, capsys):
    """Runs `disway` on an archive: article 1 in three versions, 2 in one, 3 gone since hour 9."""
    segment = Segment(local_options)
    first = segment.article(1, hours=1, title="Banjir di Tegal", body="Air naik.\nWarga mengungsi.")
    second = segment.article(
        1, hours=2, title="Banjir di Tegal", body="Air surut.\nWarga mengungsi.", supersedes=first["row_id"]
    )
    segment.article(
        1,
        hours=3,
        title="Banjir \x1b[2Jusai",
        body="Air surut.\nWarga pulang.",
        supersedes=second["row_id"],
        tags=["uji"],
    )
    segment.article(2, hours=1)
    gone = segment.article(3, hours=1)
    segment.event(gone["article_key"], "archived", 1)
    segment.event(gone["article_key"], "missing", 5, reason="not_found")
    segment.event(gone["article_key"], "gone", 9, reason="not_found")
    segment.commit()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISWAY_ARCHIVE__URI", str(local_options.root))

    def call(*arguments):
        code = run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.mark.parametrize(
    "arguments",
    [
        ("radartegal/1", "--diff"),
        ("radartegal/1", "--diff", "2..3"),
        ("radartegal/1", "--diff", "3"),
        ("--diff", "2..3", "https://radartegal.disway.id/amp/1/x"),
    ],
)
def test_two_versions_are_chosen(disway, arguments):
    code, out, _ = disway("show", *arguments)
    assert code == 0
    assert out.splitlines() == [
        "radartegal/1: version 2 (2026-03-05T02:00:00+00:00) -> version 3 (2026-03-05T03:00:00+00:00)",
        "",
        "title:",
        "  Banjir [-di Tegal-] {+\ufffd[2Jusai+}",
        "",
        "body:",
        "  Air surut.",
        "  Warga [-mengungsi.-] {+pulang.+}",
        "",
        "published_at:",
        "  [-2026-03-05T01:00:00+00:00-] {+2026-03-05T02:00:00+00:00+}",
        "",
        "tags:",
        "  [-#tegal-] #uji",
    ]


def test_a_terminal_gets_colours_unless_it_wants_none(disway, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    out = disway("show", "radartegal/1", "--diff", "1..2")[1]
    assert "  Air \x1b[31mnaik.\x1b[0m \x1b[32msurut.\x1b[0m" in out.splitlines()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "  Air [-naik.-] {+surut.+}" in disway("show", "radartegal/1", "--diff", "1..2")[1].splitlines()


def test_a_program_gets_the_changes_by_field(disway):
    found = json.loads(disway("show", "radartegal/1", "--diff", "1..3", "--json")[1])
    assert [found[end]["version"] for end in ("from", "to")] == [1, 3]
    assert list(found["changes"]) == ["title", "body", "published_at", "tags"]
    assert found["changes"]["title"]["new"] == "Banjir \x1b[2Jusai"
    assert found["changes"]["tags"] == {
        "old": ["tegal", "uji"],
        "new": ["uji"],
        "words": [{"op": "delete", "text": "tegal"}, {"op": "equal", "text": "uji"}],
    }
    body = found["changes"]["body"]["words"]
    assert "".join(w["text"] for w in body if w["op"] == "equal") == "Air\nWarga"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("radartegal/1", "--diff", "1..4"), "radartegal/1 has no version 4: it has 1 to 3"),
        (("radartegal/1", "--diff", "1"), "has no version 0: it has 1 to 3"),
        (("radartegal/1", "--diff", "x"), "write two versions as 1..3"),
        (("radartegal/2", "--diff"), "radartegal/2 has one version only"),
        (("radartegal/9", "--diff"), "radartegal/9 is not in the archive"),
        (("radartegal/1", "1..2"), "--diff 1..2"),
        (("radartegal/1", "--diff", "--text"), "--text and --diff exclude each other"),
    ],
)
def test_versions_that_cannot_be_compared(disway, arguments, said):
    code, out, err = disway("show", *arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_an_article_that_is_gone_is_called_so_at_once(disway):
    out = disway("show", "radartegal/3")[1]
    assert out.splitlines()[:2] == [
        "GONE from the site since 2026-03-05T09:00:00+00:00; last seen there 2026-03-05T01:00:00+00:00",
        "Judul 3",
    ]
    assert disway("show", "radartegal/3", "--text")[1] == "Paragraf pertama 3.\nParagraf kedua.\n"
    assert disway("show", "radartegal/3", "--versions")[1].splitlines()[3:] == [
        "2026-03-05T05:00:00+00:00 missing (not_found)",
        "2026-03-05T09:00:00+00:00 gone (not_found)",
    ]
    listed = json.loads(disway("show", "radartegal/3", "--versions", "--json")[1])
    assert (listed["status"], listed["gone_at"]) == ("gone", "2026-03-05T09:00:00+00:00")
    assert [event["kind"] for event in listed["presence"]] == ["missing", "gone"]
