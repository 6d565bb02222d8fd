"""The signature is read from one tag of the page, the right one, however the tag is written."""

import html
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.google import GoogleAnswerRefused
from pages.google_page import Signature, read_article_page

TOKEN = "CBMiAU_yqLabc"
SIGNED = Signature(TOKEN, 1790722000, "AZ5r3eQgUz4DTz0J9FazWGdfF2xD")
FILLER = '<script>var x=["<div data-p=\'", 1<2];</script>' * 4000
URL = "https://radartegal.disway.id/read/1/x?a=1&b=2"


def attributes(signature: Signature = SIGNED) -> list[str]:
    return [
        f'data-n-a-id="{html.escape(signature.token)}"',
        f'data-n-a-ts="{signature.timestamp}"',
        f'data-n-a-sg="{html.escape(signature.signature)}"',
    ]


def page(*tags: str) -> bytes:
    return f"<!doctype html><html><body>{FILLER}{''.join(tags)}</body></html>".encode()


def tag(*parts: str, name: str = "div") -> str:
    return f"<{name} {' '.join(parts)}></{name}>"


def test_the_page_as_google_writes_it():
    body = page('<c-wiz jsrenderer="x">', tag('jscontroller="aLI87"', 'jsmodel=""', *attributes()), "</c-wiz>")
    assert len(body) > 150_000
    assert read_article_page(body, TOKEN) == SIGNED


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("name", ["div", "c-wiz"])
def test_the_order_of_attributes_does_not_matter(order, name):
    parts = [attributes()[n] for n in order]
    assert read_article_page(page(tag('class="a"', *parts, "hidden", name=name)), TOKEN) == SIGNED


@pytest.mark.parametrize(
    "written",
    [
        f"<div data-n-a-id='{TOKEN}'\n\tdata-n-a-ts = '1790722000' data-n-a-sg='{SIGNED.signature}'/>",
        f"<div data-n-a-id={TOKEN} data-n-a-ts=1790722000 data-n-a-sg={SIGNED.signature}>",
        f'<div data-n-a-id="{TOKEN}"data-n-a-ts="1790722000"data-n-a-sg="{SIGNED.signature}">',
        f"<c-wiz data-p=\"%.@.[&quot;a&quot;,1 > 0, '<b>']\" {' '.join(attributes())}>",
        f'<div data-n-a-id="{TOKEN}" data-n-a-ts="1790722000" data-n-a-sg="{SIGNED.signature}" data-n-a-sg="zz">',
    ],
    ids=["apostrophes", "bare", "no space", "angles in a value", "first of two"],
)
def test_however_the_tag_is_written(written):
    assert read_article_page(page(written), TOKEN) == SIGNED


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40))
def test_values_are_unescaped(signature):
    signed = Signature(TOKEN, 1, signature)
    assert read_article_page(page(tag(*attributes(signed))), TOKEN) == signed
    numbered = "".join(f"&#{ord(char)};" for char in signature)
    assert read_article_page(page(tag(*attributes(signed)[:2], f'data-n-a-sg="{numbered}"')), TOKEN) == signed


DECOYS = [
    tag('data-n-a-ts="1"'),
    tag('data-n-a-ts="1"', 'data-n-a-sg="decoy"'),
    tag(f'data-n-a-id="{TOKEN}"', 'data-n-a-sg="decoy"'),
    tag(f'data-n-a-id="{TOKEN}"', 'data-n-a-ts="soon"', 'data-n-a-sg="decoy"'),
    tag(f'data-n-a-id="{TOKEN}"', 'data-n-a-ts="1"', 'data-n-a-sg=""'),
    tag(f'data-n-a-id="{TOKEN}"', 'data-n-a-ts="1"', 'data-n-a-sg="two words"'),
    tag(*attributes(Signature("CBMianother", 1, "decoy"))),
    f"<script>var attributes = ['data-n-a-id={TOKEN}', 'data-n-a-ts', 'data-n-a-sg']</script>",
    "data-n-a-sg",
    tag('data-n-a-sg-old="decoy"'),
    tag(f"data-note='{' '.join(attributes(Signature(TOKEN, 1, 'decoy')))}'"),
]


@pytest.mark.parametrize("decoy", DECOYS, ids=range(len(DECOYS)))
def test_values_of_other_tags_are_never_mixed_in(decoy):
    real = tag(*attributes())
    assert read_article_page(page(decoy, real), TOKEN) == SIGNED
    assert read_article_page(page(real, decoy), TOKEN) == SIGNED
    with pytest.raises(GoogleAnswerRefused, match="malformed"):
        read_article_page(page(decoy), TOKEN)


@pytest.mark.parametrize(
    "parts",
    [[f'data-n-au="{html.escape(URL)}"'], [f'data-n-a-id="{TOKEN}"', f"data-n-au='{html.escape(URL)}'"]],
    ids=["alone", "with the id"],
)
def test_a_page_of_the_old_form_states_the_url(parts):
    assert read_article_page(page(tag(*parts, name="a")), TOKEN) == URL


@pytest.mark.parametrize(
    "tags",
    [
        [tag('data-n-au="https://news.google.com/x"')],
        [tag('data-n-au=""')],
        [tag('data-n-a-id="CBMianother"', f'data-n-au="{URL}"')],
        [tag(f'data-n-au="{URL}"'), tag('data-n-au="https://radartegal.disway.id/read/2/y"')],
    ],
    ids=["of google", "empty", "of another article", "two urls"],
)
def test_a_url_that_may_be_another_articles_is_not_taken(tags):
    with pytest.raises(GoogleAnswerRefused, match="malformed"):
        read_article_page(page(*tags), TOKEN)


def test_the_signature_goes_before_a_stated_url():
    assert read_article_page(page(tag(*attributes()), tag(f'data-n-au="{URL}"')), TOKEN) == SIGNED


@given(
    st.lists(st.sampled_from(["<", ">", '"', "'", "=", " ", "data-n-a-sg", "data-n-a-id", "data-n-au", TOKEN, "\xff"]))
)
def test_any_bytes_are_read_or_refused(pieces):
    body = "".join(pieces).encode("latin-1")
    try:
        found = read_article_page(body, TOKEN)
    except GoogleAnswerRefused:
        return
    assert found


def test_a_page_made_to_be_slow_is_refused_all_the_same():
    with pytest.raises(GoogleAnswerRefused):
        read_article_page(b'<a b="' * 5_000 + b'<a data-n-a-sg data-n-au "' * 5_000, TOKEN)
