"""The batch call: every row finds its call by its tag, and no wrong URL comes out."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.google import GoogleAnswerRefused, GoogleRefusal
from pages.google_batch import NotDecoded, batch_body, read_batch
from pages.google_page import Signature

URL = "https://radartegal.disway.id/read/{}/x"
GUARD = ")]}'\n\n"
TAIL: list[Any] = [["di", 22], ["af.httprm", 22, "-3096564523984356080", 33]]


def row(tag: Any, payload: str | None, code: Any = None) -> list[Any]:
    return ["wrb.fr", "Fbv4je", payload, None, None, code, tag]


def answer(tag: Any, url: str, *amp: str) -> list[Any]:
    return row(tag, json.dumps(["garturlres", url, 1, *amp]))


def plain(*rows: Any) -> bytes:
    return (GUARD + json.dumps([*rows, *TAIL])).encode()


def chunked(*pieces: Any) -> bytes:
    texts = [json.dumps(piece) for piece in (*pieces, [["e", 4, None, None, 225]])]
    return (GUARD + "".join(f"{len(text) + 1}\n{text}\n" for text in texts)).encode()


def test_the_body_holds_the_calls_and_nothing_else():
    signed = [Signature("CBMia", 1790722000, "AZ5r3e"), Signature("CBMib", 5, 'q"=&+')]
    form = parse_qs(batch_body(signed).decode("ascii"), strict_parsing=True)
    assert list(form) == ["f.req"]
    (calls,) = (json.loads(text) for text in form["f.req"])
    assert len(calls) == 1
    assert [(name, nothing, tag) for name, _, nothing, tag in calls[0]] == [
        ("Fbv4je", None, "0"),
        ("Fbv4je", None, "1"),
    ]
    for (_, inner, _, _), signature in zip(calls[0], signed, strict=True):
        request, context, *values = json.loads(inner)
        assert request == "garturlreq"
        assert (len(context), len(context[0]), context[0][7]) == (12, 17, "US:en")
        assert values == list(signature)


@given(st.lists(st.builds(Signature, st.text(), st.integers(0, 10**12), st.text()), min_size=1, max_size=20))
def test_any_signature_comes_through_the_form(signed):
    calls = json.loads(parse_qs(batch_body(signed).decode("ascii"))["f.req"][0])[0]
    assert [Signature(*json.loads(call[1])[2:]) for call in calls] == signed


def test_nothing_to_ask_is_no_call():
    with pytest.raises(ValueError, match="nothing"):
        batch_body([])


@given(st.permutations(range(12)), st.booleans())
def test_rows_come_in_any_order(order, in_chunks):
    rows = [answer(str(n), URL.format(n)) for n in order]
    body = chunked(*([one] for one in rows)) if in_chunks else plain(*rows)
    assert read_batch(body, 12) == {n: URL.format(n) for n in range(12)}


def test_urls_are_escaped_twice_over():
    inner = r'["garturlres","https://radartegal.disway.id/read?idxno\u003d85080\u0026x\u003d1",1]'
    wire = plain(row("0", inner))
    assert rb"idxno\\u003d85080" in wire
    assert read_batch(wire, 1) == {0: "https://radartegal.disway.id/read?idxno=85080&x=1"}


@given(st.integers(0, 2000))
def test_long_urls_come_back_whole(length):
    url = "https://radartegal.disway.id/" + "x" * length + "r"
    assert read_batch(plain(answer("0", url, url.replace("read", "amp"))), 1) == {0: url}


@pytest.mark.parametrize(
    ("given_row", "code"),
    [
        (row("0", None, [3]), 3),
        (row("0", None, [13]), 13),
        (row("0", None), None),
        (row("0", None, "x"), None),
        (row("0", None, []), None),
        (row("0", "[", [3]), 3),
        (row("0", "[" * 100_000), None),
        (row("0", '["garturlres"]'), None),
        (row("0", '["garturlres",null,1]'), None),
        (row("0", '["another","https://radartegal.disway.id/read/1/x"]'), None),
        (row("0", '"https://radartegal.disway.id/read/1/x"'), None),
        (answer("0", "https://news.google.com/rss/articles/CBMi"), None),
        (answer("0", "https://consent.google.com/m?continue=https://radartegal.disway.id/"), None),
        (answer("0", "radartegal.disway.id/read/1/x"), None),
        (row("0", r'["garturlres","https://radartegal.disway.id/\ud800",1]'), None),
    ],
    ids=range(15),
)
def test_one_refusal_does_not_harm_the_others(given_row, code):
    assert read_batch(plain(given_row, answer("1", URL)), 2) == {0: NotDecoded(code), 1: URL}


@pytest.mark.parametrize("tag", ["2", "-1", "00", "01", " 0", "", "generic", None, 0, ["0"], "\u0660"], ids=ascii)
def test_a_row_with_no_tag_of_ours_is_nobodys(tag):
    assert read_batch(plain(answer(tag, URL)), 2) == {}


def test_a_missing_row_is_absent():
    assert read_batch(plain(answer("2", URL)), 3) == {2: URL}
    assert read_batch(plain(), 3) == {}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([answer("0", URL), answer("0", URL)], URL),
        ([answer("0", URL), answer("0", URL + "y")], NotDecoded(None)),
        ([row("0", None, [3]), answer("0", URL)], URL),
        ([row("0", None, [3]), row("0", None, [7])], NotDecoded(3)),
    ],
    ids=["equal", "different", "answered after all", "refused twice"],
)
def test_two_rows_of_one_call(rows, said):
    assert read_batch(plain(*rows), 1) == {0: said}


def test_rows_of_other_calls_and_strange_rows_are_passed_over():
    others = [
        ["wrb.fr", "Other", json.dumps(["garturlres", URL]), None, None, None, "0"],
        ["wrb.fr"],
        [],
        "x",
        None,
        [[]],
    ]
    assert read_batch(plain(*others, answer("0", URL)), 1) == {0: URL}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, GoogleRefusal.HTTP_ERROR),
        (429, GoogleRefusal.TOO_MANY_REQUESTS),
        (503, GoogleRefusal.UNAVAILABLE),
        (None, GoogleRefusal.HTTP_ERROR),
    ],
)
@pytest.mark.parametrize("form", [plain, lambda row_: chunked([row_])], ids=["plain", "chunked"])
def test_an_error_of_the_whole_call(form, status, reason):
    with pytest.raises(GoogleAnswerRefused) as caught:
        read_batch(form(["er", None, None, None, None, status, None, None, None, 3]), 2)
    assert caught.value.reason is reason


def test_an_error_beside_rows_does_not_take_them_away():
    assert read_batch(chunked([answer("0", URL)], [["er", None, None, None, None, 500]]), 2) == {0: URL}


def test_lengths_between_chunks_need_not_be_right():
    body = GUARD.encode() + b"7\n" + json.dumps([answer("0", URL)]).encode() + b"\n99999\n[]"
    assert read_batch(body, 1) == {0: URL}


def test_what_came_before_a_chunk_that_broke_off_stands():
    body = chunked([answer("0", URL)], [answer("1", URL)])
    assert read_batch(body[: body.rindex(b"garturlres")], 2) == {0: URL}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", GoogleRefusal.EMPTY),
        (b"\n", GoogleRefusal.EMPTY),
        (b")]}'", GoogleRefusal.MALFORMED),
        (b")]}'\n\n", GoogleRefusal.MALFORMED),
        (plain(answer("0", URL))[:-9], GoogleRefusal.MALFORMED),
        (b"105\n", GoogleRefusal.MALFORMED),
        (b'{"a": 1}', GoogleRefusal.MALFORMED),
        (b"[" * 100_000, GoogleRefusal.MALFORMED),
        (b"9" * 10_000, GoogleRefusal.MALFORMED),
        (b"<!doctype html><html><body>Error 400</body></html>", GoogleRefusal.MALFORMED),
        (b"<html><body><a href='/sorry/index'>x</a></body></html>", GoogleRefusal.SORRY),
        (b"<html><head><title>Before you continue</title></head></html>", GoogleRefusal.CONSENT),
    ],
    ids=range(12),
)
def test_what_is_no_answer_is_refused_by_its_kind(body, reason):
    with pytest.raises(GoogleAnswerRefused) as caught:
        read_batch(body, 1)
    assert caught.value.reason is reason


def test_an_answer_without_its_guard_is_read():
    assert read_batch(json.dumps([answer("0", URL)]).encode(), 1) == {0: URL}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["wrb.fr", "Fbv4je", "er", "0", "garturlres"]),
    lambda inner: st.lists(inner, max_size=8),
    max_leaves=30,
)


@given(st.binary(max_size=200) | JSON.map(plain) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body):
    try:
        said = read_batch(body, 2)
    except GoogleAnswerRefused:
        return
    assert set(said) <= {0, 1}
    assert all(isinstance(decoded, NotDecoded) for decoded in said.values())
