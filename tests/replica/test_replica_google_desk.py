"""Whatever is asked, an answer of the right shape comes back."""

import json
from functools import cache
from urllib.parse import quote, urlencode

from google_client import LOCALE, form_of, items_of, rows_of, rows_of_chunks
from hypothesis import given
from hypothesis import strategies as st

from replica.google.desk import GoogleDesk
from replica.google.kinds import HOSTS
from replica.incoming import Request
from replica.network import Network

_BATCH = "/_/DotsSplashUi/data/batchexecute"
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("Fbv4je"),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@cache
def _network() -> Network:
    return Network.generate(5, sites=2, articles=10)


def _asked(target: str, method: str = "GET", body: bytes = b"", host: str = "news.google.com"):
    answer = GoogleDesk(_network()).answer(Request(method, "https", host, target, (), body=body), _network().start)
    assert answer.head.startswith(b"HTTP/1.1 %d " % answer.status)
    return answer


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_every_query_gives_a_well_formed_feed_of_one_line(text):
    answer = _asked(f"/rss/search?q={quote(text, safe='')}&{LOCALE}")
    assert answer.status == 200
    assert len(answer.entity.splitlines()) == 1
    items_of(answer.entity)


@given(_JSON, st.booleans())
def test_any_json_is_refused_whole_or_row_by_row(value, chunked):
    answer = _asked(f"{_BATCH}{'?rt=c' if chunked else ''}", "POST", urlencode({"f.req": json.dumps(value)}).encode())
    assert answer.status == 200
    assert {row.code == [3] for row in (rows_of_chunks if chunked else rows_of)(answer.entity.decode())} <= {True}


@given(st.lists(st.tuples(_JSON, _JSON, _JSON), min_size=1, max_size=4))
def test_calls_with_any_values_get_a_refusal_each(signed):
    rows = rows_of(_asked(_BATCH, "POST", form_of(signed)).entity.decode())
    assert sorted((row.tag, *row.code) for row in rows) == [(str(n), 3) for n in range(len(signed))]


@given(st.binary(max_size=60))
def test_any_body_is_answered(body):
    rows_of(_asked(_BATCH, "POST", body).entity.decode())


@given(st.sampled_from(sorted(HOSTS)), st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=40))
def test_every_address_is_answered(host, rest):
    for prefix in ("/", "/rss/", "/rss/articles/", "/rss/topics/CAAq", "/rss/headlines/section/", "/ml?continue="):
        assert _asked(f"{prefix}{rest}", host=host).status in (200, 302, 404, 429)
