"""A body behind its content-encodings: had in full, or refused."""

import gzip
import zlib

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from news.errors import ArchiveDamaged
from storage.decoding import decoded_body

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
    with pytest.raises(ArchiveDamaged, match="more than"):
        decoded_body(bomb, name, LIMIT)
    with pytest.raises(ArchiveDamaged, match="more than"):
        decoded_body(ENCODERS["gzip"](bomb), f"{name}, gzip", LIMIT << 2)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_exactly_the_limit_is_let_through(name: str) -> None:
    assert decoded_body(ENCODERS[name](bytes(LIMIT)), name, LIMIT) == bytes(LIMIT)
    with pytest.raises(ArchiveDamaged, match="more than"):
        decoded_body(ENCODERS[name](bytes(LIMIT + 1)), name, LIMIT)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
@given(cut=st.integers(min_value=1))
def test_a_body_that_ends_too_soon_is_damage(name: str, cut: int) -> None:
    whole = ENCODERS[name](bytes(range(256)) * 8)
    with pytest.raises(ArchiveDamaged, match="broken"):
        decoded_body(whole[: len(whole) - 1 - cut % (len(whole) - 1)], name, LIMIT)


@pytest.mark.parametrize(
    ("name", "entity"), [("gzip", b"plain"), ("br", b"\xff\xff\xff"), ("zstd", b"x"), ("lzma", b"")]
)
def test_what_is_not_encoded_as_it_says_is_damage(name: str, entity: bytes) -> None:
    with pytest.raises(ArchiveDamaged):
        decoded_body(entity, name, LIMIT)
