"""A body behind its content-encodings: had in full, or refused."""

import gzip
import zlib
from contextlib import suppress

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from news.errors import BodyUndecodable
from storage.decoding import decoded_body, decoded_part

LIMIT = 1 << 16


def _bare_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeeze.compress(data) + squeeze.flush()


ENCODERS = {
    "gzip": lambda data: gzip.compress(data, 1),
    "x-gzip": lambda data: gzip.compress(data[: len(data) // 2], 1) + gzip.compress(data[len(data) // 2 :], 1),
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=1),
    "zstd": zstd.compress,
    "identity": bytes,
}


@given(data=st.binary(max_size=3000), names=st.lists(st.sampled_from(sorted(ENCODERS)), max_size=3))
def test_encodings_are_undone_last_first(data: bytes, names: list[str]) -> None:
    entity = data
    for name in names:
        entity = ENCODERS[name](entity)
    assert decoded_body(entity, ", ".join(name.upper() for name in names) or None, LIMIT) == data


@given(data=st.binary(min_size=1, max_size=3000))
def test_deflate_without_its_zlib_header_is_read_too(data: bytes) -> None:
    assert decoded_body(_bare_deflate(data), "deflate", LIMIT) == data


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_refused_within_the_limit(name: str) -> None:
    bomb = ENCODERS[name](bytes(64 << 20))
    with pytest.raises(BodyUndecodable, match="more than"):
        decoded_body(bomb, name, LIMIT)
    with pytest.raises(BodyUndecodable, match="more than"):
        decoded_body(ENCODERS["gzip"](bomb), f"{name}, gzip", LIMIT << 2)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_exactly_the_limit_is_let_through(name: str) -> None:
    assert decoded_body(ENCODERS[name](bytes(LIMIT)), name, LIMIT) == bytes(LIMIT)
    with pytest.raises(BodyUndecodable, match="more than"):
        decoded_body(ENCODERS[name](bytes(LIMIT + 1)), name, LIMIT)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
@given(cut=st.integers(min_value=1))
def test_a_body_that_ends_too_soon_is_damage(name: str, cut: int) -> None:
    data = bytes(range(256)) * 8
    whole = ENCODERS[name](data)
    there = whole[: len(whole) - 1 - cut % (len(whole) - 1)]
    with pytest.raises(BodyUndecodable, match="ends too soon"):
        decoded_body(there, name, LIMIT)
    part = decoded_part(there, name, LIMIT)
    assert not part.is_whole
    assert data.startswith(part.data)


@pytest.mark.parametrize(("name", "entity"), [("gzip", b"plain"), ("br", b"\xff\xff\xff"), ("zstd", b"x")])
def test_what_is_not_encoded_as_it_says_is_damage(name: str, entity: bytes) -> None:
    with pytest.raises(BodyUndecodable):
        decoded_body(entity, name, LIMIT)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
@given(at=st.integers(min_value=12), bit=st.integers(min_value=0, max_value=7))
def test_a_flipped_bit_never_makes_another_body(name: str, at: int, bit: int) -> None:
    data = bytes(range(256)) * 8
    body = bytearray(ENCODERS[name](data) if name == "gzip" else _checked_zstd(data))
    body[at % (len(body) - 12) + 12] ^= 1 << bit  # behind the fields of gzip's header that say nothing of the content
    with suppress(BodyUndecodable):
        assert decoded_body(bytes(body), name, LIMIT) == data


def _checked_zstd(data: bytes) -> bytes:
    return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})


@pytest.mark.parametrize("noise", [b"\0", b"\r\n", b"<!-- cached -->" * 9_000])
@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd"])  # brotli's library takes it for damage
def test_noise_behind_the_end_is_passed_over(name: str, noise: bytes) -> None:
    assert decoded_body(ENCODERS[name](b"berita") + noise, name, LIMIT) == b"berita"


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_nothing_is_nothing_however_it_is_encoded(name: str) -> None:
    assert decoded_body(b"", name, LIMIT) == b""


@pytest.mark.parametrize("name", ["utf-8", "none", "aws-chunked", "UTF-8, identity", ",,"])
def test_what_is_no_coding_is_passed_over(name: str) -> None:
    assert decoded_body(b"berita", name, LIMIT) == b"berita"
    assert decoded_body(gzip.compress(b"berita"), f"gzip, {name}", LIMIT) == b"berita"


def test_codings_are_counted_before_they_are_undone() -> None:
    entity = b"berita"
    for _ in range(4):
        entity = gzip.compress(entity)
    with pytest.raises(BodyUndecodable, match="4 content-encodings") as caught:
        decoded_body(entity, ",".join(["gzip"] * 4), LIMIT)
    assert caught.value.reason == "bomb"


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_members_without_end_are_a_bomb(name: str) -> None:
    empty = ENCODERS[name](b"")
    assert decoded_body(empty * 999 + ENCODERS[name](b"berita"), name, LIMIT) == b"berita"
    with pytest.raises(BodyUndecodable, match="members") as caught:
        decoded_body(empty * 1_001, name, LIMIT)
    assert caught.value.reason == "bomb"


def test_a_window_larger_than_http_allows_is_refused() -> None:
    vast = zstd.compress(bytes(LIMIT), options={zstd.CompressionParameter.window_log: 27})
    wide = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    streamed = wide.compress(bytes(LIMIT)) + wide.flush()
    assert decoded_body(vast, "zstd", LIMIT) == bytes(LIMIT), "a frame that says its size needs no more than that"
    with pytest.raises(BodyUndecodable, match="broken zstd"):
        decoded_body(streamed, "zstd", LIMIT)
