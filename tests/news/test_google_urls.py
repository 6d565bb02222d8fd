"""What belongs to Google is never a publisher's page, however its address is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.google import GoogleAnswerRefused, GoogleRefusal, is_google, publisher_url

OF_GOOGLE = [
    "https://google.com",
    "https://news.google.com/rss/articles/CBMi",
    "https://www.google.com/sorry/index?continue=https://radartegal.disway.id/",
    "https://consent.google.com/m?continue=x",
    "https://consent.google.de/ml",
    "https://www.google.co.id/url?q=https://radartegal.disway.id/read/1/x",
    "https://google.com.au/",
    "http://lh3.googleusercontent.com/abc",
    "https://NEWS.GOOGLE.COM./",
    "https://news.google.com:443/",
    "https://radartegal.disway.id@news.google.com/",
    "https://news.google.com\\@radartegal.disway.id/",
    "https:\\\\news.google.com/x",
    "https://news%2Egoogle%2ecom/",
    "https://news\u3002google\uff61com/",
    "//news.google.com/x",
]

OF_OTHERS = [
    "https://radartegal.disway.id/read/1/google.com",
    "https://notgoogle.com/",
    "https://google.com.disway.id/",
    "https://google.disway.id/read/1/x?u=https://news.google.com",
    "https://mygoogleusercontent.com/",
]


@pytest.mark.parametrize("url", OF_GOOGLE)
def test_google_is_known_by_its_host(url):
    assert is_google(url)
    assert publisher_url(url) is None


@pytest.mark.parametrize("url", OF_OTHERS)
def test_its_name_elsewhere_is_not_google(url):
    assert not is_google(url)
    assert publisher_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "radartegal.disway.id/read/1/x",
        "//radartegal.disway.id/read/1/x",
        "ftp://radartegal.disway.id/",
        "javascript:alert(1)",
        "https://",
        "https://localhost/",
        "https://[::1/",
        "https://radartegal.disway.id:x/",
        "https://user@radartegal.disway.id/",
        "https://radartegal.disway.id/a b",
        "https://radartegal.disway.id/a\nb",
        "https://radartegal.disway.id/\\x",
        "https://radartegal.disway.id/" + chr(0xD800),
        "https://radartegal.disway.id/\ufffd",
        "https://radartegal.disway.id/" + "x" * 2048,
    ],
    ids=ascii,
)
def test_what_is_no_web_address_is_no_publisher(url):
    assert publisher_url(url) is None


@given(st.text())
def test_any_text_is_judged(text):
    assert publisher_url(text) in (None, text)
    assert not (is_google(text) and publisher_url(text))


@given(st.from_regex(r"([a-z0-9-]{1,10}\.){0,3}google\.(com|de|id|co\.id|com\.sg)", fullmatch=True))
def test_every_subdomain_is_google(host):
    assert is_google(f"https://{host}/read/1/x")


def test_the_error_names_its_reason():
    error = GoogleAnswerRefused(GoogleRefusal.SORRY, "page of 900 bytes")
    assert (error.reason, str(error)) == (GoogleRefusal.SORRY, "sorry: page of 900 bytes")
    assert str(GoogleAnswerRefused(GoogleRefusal.EMPTY)) == "empty"
