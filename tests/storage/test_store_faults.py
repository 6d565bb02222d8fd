"""What a store that is wrong, unwilling, slow or lying makes of us. The faults stand in front of a real server."""

import datetime as dt
import logging
import socket
from uuid import uuid4

import botocore.auth
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from fixtures.loopback import Answer, FaultFront, s3_error

from news.errors import StoreRefused, StoreUnavailable
from storage.config import ArchiveSettings, resolve_store
from storage.objects import ObjectExists, ObjectMissing
from storage.opening import open_store
from storage.probe import check_store
from storage.s3 import S3Store
from storage.s3_client import Patience, s3_client

SMALL_PART = 5 << 20
"""The least that S3 allows of a part."""


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr("storage.s3_upload.PART", SMALL_PART)


HURRIED = Patience(attempts=1, connect_s=2, read_s=2)


def options_of(environ, uri="s3://disway-test/faults", **settings):
    return resolve_store(ArchiveSettings(uri=f"{uri}/{uuid4().hex}", **settings), environ)


def store_of(environ, patience=HURRIED, **settings):
    return S3Store(options_of(environ, **settings), patience)


@pytest.fixture
def front(seaweed):
    with FaultFront(seaweed.environ) as front:
        yield front


def check_says(message, environ, error=StoreRefused, **settings):
    """The check and every single request end in the one error, which shows no secret."""
    options = options_of(environ, **settings)
    store = S3Store(options, HURRIED)
    for ask in (
        lambda: check_store(store, options),
        lambda: store.put_bytes("k", b"1"),
        lambda: store.get("k"),
        lambda: store.get_range("k", 0, 1),
        lambda: store.stat("k"),
        lambda: list(store.list()),
    ):
        with pytest.raises(error, match=message) as caught:
            ask()
        said = str(caught.value)
        assert "\n" not in said
        assert environ["AWS_ACCESS_KEY_ID"] not in said
        assert environ["AWS_SECRET_ACCESS_KEY"] not in said
        assert caught.value.__cause__ is None


def test_a_bucket_that_is_not_there(seaweed):
    check_says(
        r"there is no bucket 'no-such-bucket' at http://127.0.0.1:\d+: make it, or correct \[archive\] uri",
        seaweed.environ,
        uri="s3://no-such-bucket",
    )


def test_a_wrong_secret(seaweed):
    check_says(
        r"does not accept the credentials \(SignatureDoesNotMatch\): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
        seaweed.environ | {"AWS_SECRET_ACCESS_KEY": "wrong"},
    )


def test_a_wrong_key_id(seaweed):
    check_says(
        r"does not accept the credentials \(InvalidAccessKeyId\): check AWS_ACCESS_KEY_ID",
        seaweed.environ | {"AWS_ACCESS_KEY_ID": "wrong-id"},
    )


def test_a_session_token_that_the_store_does_not_know(seaweed):
    check_says("does not accept the credentials", seaweed.environ | {"AWS_SESSION_TOKEN": "wrong"})


def test_a_clock_that_is_wrong(seaweed, monkeypatch):
    real = botocore.auth.get_current_datetime
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *a, **k: real(*a, **k) - dt.timedelta(hours=1))
    check_says("the clock of this machine is too far from that of http://127.0.0.1", seaweed.environ)


def test_rights_that_do_not_suffice(front):
    front.rule = lambda asked: s3_error(403, "AccessDenied")
    check_says(
        r"these credentials may not do that in bucket 'disway-test' \(\w+: AccessDenied\): grant list", front.environ
    )


def test_another_region(front):
    front.edit = lambda asked, answer: answer._replace(headers=answer.headers | {"x-amz-bucket-region": "eu-west-3"})
    options = options_of(front.environ)
    with pytest.raises(
        StoreRefused, match="'disway-test' is in region eu-west-3, not us-east-1: set AWS_REGION=eu-west-3"
    ):
        check_store(S3Store(options, HURRIED), options)


def test_a_region_that_the_store_does_not_accept(front):
    front.rule = lambda asked: s3_error(400, "AuthorizationHeaderMalformed")
    check_says("not in region 'us-east-1': set AWS_REGION", front.environ)


@pytest.mark.parametrize("status", [200, 404])
def test_something_that_is_no_s3(front, status):
    front.rule = lambda asked: Answer(status, {"Content-Type": "text/html"}, b"<html><body>Welcome!</body></html>")
    options = options_of(front.environ)
    with pytest.raises(StoreRefused, match=r"check AWS_ENDPOINT_URL_S3|is no S3 store: correct AWS_ENDPOINT_URL_S3"):
        check_store(S3Store(options, HURRIED), options)


def test_nobody_listens(seaweed):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    check_says(
        r"the store at http://127.0.0.1:\d+ does not answer \(EndpointConnectionError\): is the address right\?",
        seaweed.environ | {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}"},
        StoreUnavailable,
    )


def test_somebody_listens_and_never_answers(seaweed):
    with socket.create_server(("127.0.0.1", 0)) as server:
        environ = seaweed.environ | {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{server.getsockname()[1]}"}
        with pytest.raises(StoreUnavailable, match=r"does not answer \(ReadTimeoutError\)"):
            store_of(environ, Patience(attempts=1, read_s=0.1)).get("k")


@pytest.mark.parametrize(
    ("status", "code"), [(500, "InternalError"), (503, "SlowDown"), (503, "x"), (429, "TooManyRequests")]
)
def test_a_store_that_cannot_serve_now(front, status, code):
    front.rule = lambda asked: s3_error(status, code)
    check_says(r"cannot serve now \(\w+: \w+\)", front.environ, StoreUnavailable)


def test_a_store_that_recovers_is_asked_again(front):
    answers = iter([s3_error(503, "SlowDown"), None])
    front.rule = lambda asked: next(answers, None)
    store = store_of(front.environ, Patience(attempts=2))
    assert store.put_bytes("k", b"1") is True
    assert store.get("k") == b"1"


def test_a_lost_acknowledgement_is_no_conflict(front):
    """The write is done, its answer is an error: the repeated write finds its own bytes."""
    lost = iter([True])
    front.edit = lambda asked, answer: (
        s3_error(500, "InternalError") if asked.method == "PUT" and next(lost, False) else answer
    )
    assert store_of(front.environ, Patience(attempts=2)).put_bytes("k", b"1") is False


def test_a_conflicting_write_is_waited_for(front):
    conflicts = iter([s3_error(409, "ConditionalRequestConflict")])
    front.rule = lambda asked: next(conflicts, None) if asked.method == "PUT" else None
    assert store_of(front.environ, Patience(attempts=2)).put_bytes("k", b"1") is True
    front.rule = lambda asked: s3_error(409, "ConditionalRequestConflict") if asked.method == "PUT" else None
    with pytest.raises(StoreUnavailable, match="busy with other writes of k"):
        store_of(front.environ).put_bytes("k", b"1")


def ignore_conditions(asked):
    asked.headers.pop("if-none-match", None)


def refuse_conditions(asked):
    return s3_error(501, "NotImplemented") if "if-none-match" in asked.headers else None


def test_a_store_without_conditional_put_is_refused(front):
    front.rule = ignore_conditions
    options = options_of(front.environ)
    with pytest.raises(
        StoreRefused, match=r"overwrites what exists \(it ignores If-None-Match\).*single_writer = true"
    ):
        check_store(S3Store(options, HURRIED), options)


@pytest.mark.parametrize("single_writer", [False, True])
def test_a_store_that_refuses_conditional_put_is_refused(front, single_writer):
    """A single writer, too, cannot use it: deltalake's commits are conditional whatever it is told."""
    front.rule = refuse_conditions
    options = options_of(front.environ, single_writer=single_writer)
    with pytest.raises(StoreRefused, match=r"cannot do what an archive needs \(PutObject: NotImplemented\)"):
        check_store(S3Store(options, HURRIED), options)


def test_a_single_writer_may_use_a_store_that_ignores_conditions(front):
    front.rule = ignore_conditions
    options = options_of(front.environ, single_writer=True)
    store = S3Store(options, HURRIED)
    check_store(store, options)
    assert store.put_bytes("k", b"1") is True
    assert store.put_bytes("k", b"1") is False
    with pytest.raises(ObjectExists):
        store.put_bytes("k", b"2")
    assert store.get("k") == b"1"
    for _ in range(2):
        rows = pa.table({"a": [1]})
        write_deltalake(options.table_uri("t"), rows, mode="append", storage_options=options.delta_options())
    table = DeltaTable(options.table_uri("t"), storage_options=options.delta_options())
    assert table.version() == 1
    assert table.to_pyarrow_table()["a"].to_pylist() == [1, 1]


def test_the_check_costs_three_requests(front):
    options = options_of(front.environ)
    store = S3Store(options, HURRIED)
    check_store(store, options)
    front.asked.clear()
    check_store(store, options)
    assert [asked.method for asked in front.asked] == ["GET", "PUT", "HEAD"]


def flip_a_bit(asked):
    """As a bad wire or memory would: the body changes, and all that could tell goes missing."""
    if asked.method == "PUT" and asked.body:
        asked.headers.pop("content-md5")
        return asked._replace(body=bytes([asked.body[0] ^ 1]) + asked.body[1:])
    return None


@pytest.mark.parametrize("size", [10, SMALL_PART + 10], ids=["one request", "parts"])
def test_a_store_that_keeps_other_bytes_is_found_out(front, tmp_path, size):
    (tmp_path / "f").write_bytes(b"\0" * size)
    store = store_of(front.environ)
    front.rule = flip_a_bit
    with pytest.raises(StoreUnavailable, match="did not keep k as it was sent: it will be sent again"):
        store.put_file("k", tmp_path / "f")
    front.rule = lambda _: None
    assert store.stat("k") is None
    assert store.put_file("k", tmp_path / "f") is True


def test_a_body_that_changed_on_the_way_is_refused_by_the_server(front):
    """Content-MD5 is what tells it: SeaweedFS takes a body whose signed SHA-256 is another."""
    front.rule = lambda asked: asked._replace(body=b"2") if asked.method == "PUT" else None
    store = store_of(front.environ)
    with pytest.raises(StoreRefused, match=r"refuses \(PutObject: BadDigest\)"):
        store.put_bytes("k", b"1")
    assert store.stat("k") is None


def test_an_etag_that_is_no_md5_makes_us_read_the_object_back(front):
    front.edit = lambda asked, answer: answer._replace(headers=answer.headers | {"ETag": '"of-another-kind"'})
    store = store_of(front.environ)
    assert store.put_bytes("k", b"1") is True
    assert store.put_bytes("k", b"1") is False
    assert any(asked.method == "GET" for asked in front.asked)


def test_an_answer_that_was_cut_is_asked_for_again(front, tmp_path):
    store = store_of(front.environ, Patience(attempts=3))
    store.put_bytes("k", b"1" * 100_000)
    cuts = iter([7, 50_000])

    def cut(asked, answer):
        missing = next(cuts, 0) if asked.method == "GET" else 0
        return answer._replace(body=answer.body[: len(answer.body) - missing], missing=missing)

    front.edit = cut
    store.fetch_file("k", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == b"1" * 100_000
    assert [asked.method for asked in front.asked if asked.path.endswith("/k")].count("GET") == 3


def test_answers_that_are_always_cut(front):
    store = store_of(front.environ)
    store.put_bytes("k", b"12")
    front.edit = lambda asked, answer: answer._replace(body=answer.body[:-1], missing=1)
    with pytest.raises(StoreUnavailable, match="breaks off its answers"):
        store.get("k")


def uploads_under_way(options):
    client = s3_client(options, HURRIED)
    found = client.list_multipart_uploads(Bucket=options.bucket, Prefix=options.prefix)
    return [upload["Key"] for upload in found.get("Uploads", [])]


def test_an_upload_that_fails_leaves_no_parts(front, tmp_path):
    (tmp_path / "f").write_bytes(b"1" * (SMALL_PART + 1))
    options = options_of(front.environ)
    front.rule = lambda asked: s3_error(503, "SlowDown") if "partNumber=2" in asked.path else None
    with pytest.raises(StoreUnavailable):
        S3Store(options, HURRIED).put_file("k", tmp_path / "f")
    assert uploads_under_way(options) == []


def test_parts_of_a_killed_process_go_with_the_next_upload(seaweed, tmp_path):
    (tmp_path / "f").write_bytes(b"1" * (SMALL_PART + 1))
    options = options_of(seaweed.environ)
    client = s3_client(options, HURRIED)
    for key in ("k", "k2"):
        client.create_multipart_upload(Bucket=options.bucket, Key=f"{options.prefix}/{key}")
    store = S3Store(options, HURRIED)
    store.put_file("k", tmp_path / "f")
    assert uploads_under_way(options) == [f"{options.prefix}/k2"]


def test_a_key_that_may_not_list_uploads_still_uploads(front, tmp_path, caplog):
    (tmp_path / "f").write_bytes(b"1" * (SMALL_PART + 1))
    front.rule = lambda asked: (
        s3_error(403, "AccessDenied") if "?uploads" in asked.path and asked.method == "GET" else None
    )
    with caplog.at_level(logging.WARNING, "storage.s3_upload"):
        assert store_of(front.environ).put_file("k", tmp_path / "f") is True
    assert "lifecycle rule" in caplog.text


def test_a_missing_object_is_not_a_missing_bucket(seaweed):
    store = open_store(options_of(seaweed.environ))
    assert store.stat("k") is None
    with pytest.raises(ObjectMissing):
        store.get("k")


def test_a_swap_whose_acknowledgement_is_lost_is_done(front):
    """The write is done, its answer is an error: the repeated write meets its own bytes, and nobody else's."""
    store = store_of(front.environ, Patience(attempts=2))
    for tag in (None, store.swap("other", b"0", None)):
        key = "other" if tag else "k"
        lost = iter([True])
        front.edit = lambda asked, answer, lost=lost: (
            s3_error(500, "InternalError") if asked.method == "PUT" and next(lost, False) else answer
        )
        swapped = store.swap(key, b"1", tag)
        assert store.get_tagged(key) == (b"1", swapped)


def test_a_store_that_cannot_compare_is_written_all_the_same_and_it_is_said(front, caplog):
    def refuse_conditions(asked):
        return s3_error(501, "NotImplemented") if {"if-match", "if-none-match"} & asked.headers.keys() else None

    store = store_of(front.environ)
    first = store.swap("k", b"1", None)
    front.rule = refuse_conditions
    with caplog.at_level(logging.WARNING):
        assert store.swap("k", b"2", first)
    assert store.get("k") == b"2"
    assert [record.message for record in caplog.records] == [
        f"the store at {store._options.uri} cannot compare before it writes: k was replaced"
    ]


def test_a_store_that_refuses_everything_is_no_store_that_cannot_compare(front):
    front.rule = lambda asked: s3_error(501, "NotImplemented")
    with pytest.raises(StoreRefused, match="use another store"):
        store_of(front.environ).swap("k", b"1", None)


def test_a_swap_of_a_busy_key_is_tried_again(front):
    conflicts = iter([s3_error(409, "ConditionalRequestConflict")])
    front.rule = lambda asked: next(conflicts, None) if asked.method == "PUT" else None
    assert store_of(front.environ, Patience(attempts=2)).swap("k", b"1", None)
    front.rule = lambda asked: s3_error(409, "ConditionalRequestConflict") if asked.method == "PUT" else None
    with pytest.raises(StoreUnavailable, match="busy with other writes of k"):
        store_of(front.environ, Patience(attempts=2)).swap("k", b"1", None)
