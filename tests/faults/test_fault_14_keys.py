"""Keys of objects are made of dates, ids and numbers of our own: nothing that a server says can get into one."""

import json
import re
from datetime import UTC, datetime

import pytest
from fixtures.crawls import ALL_TIME, Operator
from hypothesis import given
from hypothesis import strategies as st

from replica.network import Network
from replica.server import ReplicaServer
from storage.keys import MAX_KEY_BYTES, check_key
from storage.local import LocalStore
from storage.opening import open_store
from storage.spool import new_run_id
from storage.spool_meta import SpoolMeta

OURS = re.compile(
    r"warc/\d{4}/\d\d/\d\d/\d{8}T\d{6}Z-[0-9a-f]{6}-\d{6}\.(warc\.gz|cdxj)"
    r"|tables/[a-z_]+/(_delta_log/[\w.-]+|(part|compacted)-[\w.-]+\.parquet)"
    r"|state/[\w./-]+|reports/[\w./-]+"
)
HOST = "radartegal.disway.id"
SLUGS = (
    "judul",
    "JUDUL",
    "..%2F..%2Fetc%2Fpasswd",
    "con",
    "judul" * 40,
    "%00",
    "judul%0d%0aX-Evil:%201",
    "ﬁ-ligatur",
    "'; DROP TABLE articles; --",
)


@pytest.fixture
def archive(tmp_path):
    given_articles = [
        {
            "url": f"https://{HOST}/read/{number}/{slug}",
            "title": f"Judul {number} ../../ \\..\\",
            "date_line": "05-03-2026, 08:00",
            "tags": ["../tag", "TAG"],
            "parts": [["Keterangan", "RADARTEGAL, DISWAY.ID - Kalimat pertama.", "Kalimat kedua."]],
        }
        for number, slug in enumerate(SLUGS, 101)
    ]
    path = tmp_path / "given.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in given_articles), encoding="utf-8")
    with ReplicaServer.start(Network.from_articles(path, seed=1)) as replica:
        operator = Operator(tmp_path / "desk", replica)
        done = operator.crawl(["radartegal"], *ALL_TIME)
        assert done.code in (0, 1), done
        yield operator


def test_fault_14_keys_of_hostile_addresses(archive):
    assert len(archive.stock().articles) >= len(SLUGS) - 2, "addresses that are none of the network's may be refused"
    keys = [info.key for info in open_store(archive.options()).list()]
    assert len(keys) > 10
    assert not [key for key in keys if not OURS.fullmatch(key)]
    assert len({key.casefold() for key in keys}) == len(keys), "also where case does not count"
    assert max(len(key.encode()) for key in keys) < 200


@given(st.datetimes(datetime(2000, 1, 1), datetime(2999, 1, 1)), st.integers(1, 999_999))  # noqa: DTZ001  zone below
def test_fault_14_two_runs_of_one_second_share_no_key(moment, number):
    now = moment.replace(tzinfo=UTC)
    one, other = (SpoolMeta("s", new_run_id(now), "a").warc_key(number) for _ in range(2))
    assert one != other
    assert OURS.fullmatch(one)
    assert check_key(one) == one
    assert one.partition("-")[0] == other.partition("-")[0], "they sort by the start of the run"


def test_fault_14_a_key_that_is_too_long_is_refused_alike_everywhere(tmp_path, s3_options, local_options):
    longest = "/".join(["k" * 100] * 10)
    longest += "/" + "k" * (MAX_KEY_BYTES - len(longest) - 1)
    for options in (s3_options, local_options):
        store = open_store(options)
        for key in (longest + "k", "é" * (MAX_KEY_BYTES // 2 + 1)):
            with pytest.raises(ValueError, match="an object key has 1 to 1024 bytes"):
                store.put_bytes(key, b"1")
    assert not list(LocalStore(local_options).list())
