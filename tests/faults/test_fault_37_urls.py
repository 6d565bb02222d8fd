"""Addresses in every disguise: one article is one key, anything odd is refused, and no key leaves its folder."""

import re
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_newspaper import HOST, SITE

from news.site import Network, Site
from news.url import ArticleKey, UrlKind, UrlRules
from storage.spool_meta import SpoolMeta

RULES = UrlRules(Network.of([Site(id=SITE, name="Koran Uji", host=HOST, aliases=("koran-uji.example",))]))
SAME = (
    f"https://{HOST}/read/7/x",
    f"http://{HOST}/read/7/x",
    f"https://www.{HOST}/read/7/x",
    f"https://{HOST.upper()}/read/7/x",
    f"https://{HOST}./read/7/x",
    f"https://{HOST}:443/read/7/x",
    f"https://{HOST}/read/7/x?utm_source=a&b=c",
    f"https://{HOST}/read/7/x#bagian",
    f"https://{HOST}/read/7/x/15",
    f"https://{HOST}//read//7//x",
    f"https://{HOST}/lokal/read/7/lain",
    f"https://{HOST}/amp/7/x",
    f"https://{HOST}/read/7",
    f"https://{HOST}/read/007/x",
    f"https://{HOST}/read/7/x;jsessionid=1",
    f"https://{HOST}/../read/7/x",
    f"https://{HOST}/./read/7/x",
    f"https://{HOST}/read/7/..",
    "https://koran-uji.example/read/7/x",
)
NOTHING = (
    f"https://user@{HOST}/read/7/x",
    f"https://{HOST}@127.0.0.1/read/7/x",
    f"https://127.0.0.1\\@{HOST}/read/7/x",
    f"https:\\\\{HOST}\\read\\7\\x",
    f"https://{HOST}/read/7/x\t",
    f"https://{HOST}/read/7/\nx",
    f"https://{HOST}/read/7/\0x",
    f"https://{HOST}:8443/read/7/x",
    f"https://{HOST}:99999/read/7/x",
    f"ftp://{HOST}/read/7/x",
    f"javascript://{HOST}/read/7/x",
    f"https://{HOST.replace('o', 'о', 1)}/read/7/x",
    f"https://{HOST}/read/7/" + "x" * 100_000,
    f"https://{HOST}.koran-lain.example/read/7/x",
    f"//{HOST}/read/7/x",
    "/read/7/x",
    "",
)
OTHER = (
    f"https://{HOST}/%2e%2e/%2e%2e/etc/passwd",
    f"https://{HOST}/a/../read/7/x",
    f"https://{HOST}/read/%37/x",
    f"https://{HOST}/read/7x/x",
    f"https://{HOST}/read/-7/x",
    f"https://{HOST}/read/{'9' * 40}/x",
    f"https://{HOST}/read/٧/x",
)


@pytest.mark.parametrize("url", SAME)
def test_fault_37_all_spellings_of_an_article_are_one(url: str):
    target = RULES.read(url)
    assert target is not None
    assert target.key == ArticleKey(SITE, 7)
    assert target.url.startswith(f"https://{HOST}/")
    assert "#" not in target.url
    assert "?" not in target.url
    assert "/." not in target.url


@pytest.mark.parametrize("url", NOTHING, ids=range(len(NOTHING)))
def test_fault_37_disguises_are_none_of_the_network(url: str):
    assert RULES.read(url) is None


@pytest.mark.parametrize("url", OTHER)
def test_fault_37_no_article_is_made_of_what_is_none(url: str):
    target = RULES.read(url)
    assert target is None or (target.key is None and target.kind is UrlKind.OTHER)


_URLS = st.text(st.sampled_from(string.printable + "\\\0\u202e%/"), max_size=60)


@given(_URLS)
def test_fault_37_whatever_the_address_its_canonical_form_stays_on_the_host(tail: str):
    for url in (
        f"https://{HOST}/{tail}",
        f"https://{HOST}/read/7/{tail}",
        f"https://{HOST}{tail}",
        quote(tail, safe=":/"),
    ):
        target = RULES.read(url)
        if target is None:
            continue
        assert target.url.startswith(f"https://{HOST}/")
        assert not re.search(r"[\x00-\x20\x7f\\]", target.url)
        again = RULES.read(target.url)
        assert again is not None
        assert (again.url, again.key) == (target.url, target.key), "the canonical form is its own"


@given(st.from_regex(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}", fullmatch=True), st.integers(1, 10**6))
def test_fault_37_keys_of_objects_are_made_of_our_own_words(run_id: str, number: int):
    key = SpoolMeta("0" * 16, run_id, "a").warc_key(number)
    assert re.fullmatch(r"warc/[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9TZa-f-]+-[0-9]{6,}\.warc\.gz", key, re.ASCII)
    assert ".." not in key
    assert len(key) < 100
