"""Each way in which Google says no has its own name, and an answer has none."""

import pytest
from google_rss import feed, item
from hypothesis import given
from hypothesis import strategies as st

from news.google import GoogleRefusal
from pages.google_refusal import refusal_of

XML, HTML = "application/xml; charset=utf-8", "text/html; charset=utf-8"
SORRY = b"<html><body>unusual traffic <a href='/sorry/index?continue=x'>x</a></body></html>"
SHELL = b"<!doctype html><html><head></head><body>" + b"x" * 3000 + b"/sorry/ consent.google.com</body></html>"
CONSENT = b"<!doctype html><html lang=de><body><form action='https://consent.google.com/save' method=POST>"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (429, GoogleRefusal.TOO_MANY_REQUESTS),
        (503, GoogleRefusal.UNAVAILABLE),
        (400, GoogleRefusal.HTTP_ERROR),
        (403, GoogleRefusal.HTTP_ERROR),
        (404, GoogleRefusal.HTTP_ERROR),
        (500, GoogleRefusal.HTTP_ERROR),
        (502, GoogleRefusal.HTTP_ERROR),
        (599, GoogleRefusal.HTTP_ERROR),
        (200, None),
        (304, None),
    ],
)
def test_by_status(status, reason):
    body = b"" if status == 304 else feed(item())
    assert refusal_of(status, None, body, XML) is reason


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://www.google.com/sorry/index?continue=https://news.google.com/rss", GoogleRefusal.SORRY),
        ("https://www.google.com/sorry?continue=x", GoogleRefusal.SORRY),
        ("/sorry/index", GoogleRefusal.SORRY),
        ("https://sorry.google.com/?x", GoogleRefusal.SORRY),
        ("https://consent.google.com/m?continue=https://news.google.com/rss&gl=DE", GoogleRefusal.CONSENT),
        ("https://consent.google.com/ml?continue=x", GoogleRefusal.CONSENT),
        ("https://consent.google.de/m", GoogleRefusal.CONSENT),
        ("https://news.google.com/rss/unsupported", GoogleRefusal.UNSUPPORTED),
        ("/rss/unsupported?hl=id", GoogleRefusal.UNSUPPORTED),
        ("https://news.google.com/rss/search?q=x&hl=id&gl=ID&ceid=ID:id", None),
        ("/rss?hl=id&gl=ID&ceid=ID:id", None),
        ("https://radartegal.disway.id/sorry/", GoogleRefusal.HTTP_ERROR),
        ("https://accounts.google.com/ServiceLogin", GoogleRefusal.HTTP_ERROR),
        ("https://[x", GoogleRefusal.HTTP_ERROR),
        ("https:\\\\[x", GoogleRefusal.HTTP_ERROR),
        ("", GoogleRefusal.HTTP_ERROR),
        (None, GoogleRefusal.HTTP_ERROR),
    ],
)
def test_by_where_it_sends_us(status, location, reason):
    assert refusal_of(status, location, b"<html>moved</html>", HTML) is reason


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", XML, GoogleRefusal.EMPTY),
        (b"\n", None, GoogleRefusal.EMPTY),
        (SORRY, HTML, GoogleRefusal.SORRY),
        (SORRY, XML, GoogleRefusal.SORRY),
        (b"<p>/sorry/</p>", HTML, GoogleRefusal.SORRY),
        (CONSENT, HTML, GoogleRefusal.CONSENT),
        (b"\xef\xbb\xbf<!-- x --><HTML><title>Before you continue</title>", None, GoogleRefusal.CONSENT),
        (SHELL, HTML, None),
        (feed(item("Google: /sorry/ Before you continue - Disway")), XML, None),
        (b")]}'\n\n[]", "application/json", None),
    ],
)
def test_by_what_it_shows(body, content_type, reason):
    assert refusal_of(200, None, body, content_type) is reason


def test_a_robot_page_is_known_under_any_status():
    assert refusal_of(403, None, SORRY, HTML) is GoogleRefusal.SORRY


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://consent.google.com/m?continue=x", GoogleRefusal.CONSENT),
        ("https://www.google.com/sorry/index", GoogleRefusal.SORRY),
        ("https://news.google.com/rss/unsupported", GoogleRefusal.UNSUPPORTED),
        ("https://news.google.com/rss/articles/x", None),
    ],
)
def test_by_where_redirects_ended(url, reason):
    assert refusal_of(200, None, SHELL, HTML, url=url) is reason


@given(
    st.integers(100, 599),
    st.none() | st.text(),
    st.binary(max_size=60),
    st.none() | st.text(max_size=20),
    st.none() | st.text(),
)
def test_any_answer_is_judged(status, location, body, content_type, url):
    refusal = refusal_of(status, location, body, content_type, url=url)
    assert refusal is None or refusal in GoogleRefusal
    if status >= 400 or (200 <= status < 300 and not body.strip()):
        assert refusal is not None
