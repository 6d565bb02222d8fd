"""The pages that stand in the way: consent, captcha, and the short texts of refusals."""

from html import escape
from urllib.parse import quote, urlencode

from replica.google.kinds import CONSENT_HOST, SORRY_HOSTS


def sorry_url(url: str) -> str:
    """Where a program that asks for `url` is sent."""
    return f"https://{SORRY_HOSTS[0]}/sorry/index?continue={quote(url, safe='')}"


def consent_url(url: str, path: str) -> str:
    """Where a European visitor of `url` is sent: first to the path `/ml`, from there to `/m`."""
    asked = {"continue": url, "gl": "DE", "m": 0, "pc": "n", "cm": 2, "hl": "id", "src": 1}
    return f"https://{CONSENT_HOST}{path}?{urlencode(asked)}"


def sorry_page(url: str) -> bytes:
    """A captcha page of less than 2 KB."""
    form = f'<form action="/sorry/index?continue={quote(url, safe="")}" method="post"><input type="submit"></form>'
    return _page("Sorry...", f"<h1>Sorry...</h1><p>Automated queries come from your network.</p>{form}")


def consent_page(url: str) -> bytes:
    """The page that asks for consent before `url` is shown."""
    form = f'<form action="https://{CONSENT_HOST}/save"><input name="continue" value="{escape(url)}"></form>'
    return _page("Before you continue", f"<h1>Before you continue to Google</h1>{form}")


def refusal(status: int) -> bytes:
    """The body of an answer with an error status."""
    return _page(f"Error {status}", f"<p><b>{status}.</b> That is an error.</p>")


def shell() -> bytes:
    """A page where a feed was expected, and at the addresses that are for browsers."""
    return _page("Google News", "<c-wiz></c-wiz><noscript>Google News</noscript>")


def _page(title: str, main: str) -> bytes:
    return (
        f'<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body>{main}</body></html>"
    ).encode()
