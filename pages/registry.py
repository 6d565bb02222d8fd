"""The door of the package: which page class reads a page, by the shape of its URL and the day of its capture."""

from datetime import datetime

from news.article import ArticlePart, Listing
from news.errors import NotAnArticle, PageUnreadable, RefusalReason
from news.url import NetworkUrl, UrlKind, UrlRules
from pages.amp import AMP
from pages.base import Family
from pages.disway import LOOK_OF_2022, LOOK_OF_2023
from pages.document import Document
from pages.generic import GENERIC
from pages.listing import link_set_digest, listing_class
from pages.markup import parse
from pages.refusal import refuse_foreign

__all__ = ["AMP_PAGES", "WEB_PAGES", "link_set_digest", "read_article", "read_listing"]

WEB_PAGES = Family((LOOK_OF_2022, LOOK_OF_2023))
AMP_PAGES = Family((AMP,))


def read_article(
    body: bytes, *, url: str, content_type: str | None, captured_at: datetime, rules: UrlRules
) -> ArticlePart:
    """Read one page of an article.

    `body` is free of content-encoding; its charset is found here. `url` is the one that answered, absolute;
    `captured_at` is aware. Raises NotAnArticle when the page is readable and no article, PageUnreadable when not.
    """
    address = _article_address(url, rules)
    page = Document(parse(body, content_type), url=url, address=address, captured_at=captured_at, rules=rules)
    families = (AMP_PAGES, WEB_PAGES) if address.amp else (WEB_PAGES, AMP_PAGES)
    for family in families:
        layout = family.at(captured_at)
        part = layout.read(page) if layout is not None else None
        if part is not None:
            return part
    return GENERIC.read(page)


def read_listing(body: bytes, *, url: str, content_type: str | None, captured_at: datetime, rules: UrlRules) -> Listing:
    """Read a home, section, tag or search page; arguments as for `read_article`.

    A listing past its end has no rows and is no error. Raises NotAnArticle when a page without a single link of the
    network is something else (a challenge, a notice, no HTML), PageUnreadable when the URL leaves the network.
    """
    address = rules.read(url)
    if address is None:
        raise PageUnreadable(f"{url} is outside the network")
    page = Document(parse(body, content_type), url=url, address=address, captured_at=captured_at, rules=rules)
    listing = listing_class(page).read(page)
    if not listing.links:
        refuse_foreign(page, stated=False)
    return listing


def _article_address(url: str, rules: UrlRules) -> NetworkUrl:
    address = rules.read(url)
    if address is None:
        raise NotAnArticle(RefusalReason.REDIRECT_OFFSITE, url)
    if address.kind is UrlKind.HOME:
        raise NotAnArticle(RefusalReason.REDIRECT_HOME, url)
    if address.kind is not UrlKind.ARTICLE:
        raise PageUnreadable(f"{url} has no shape of an article; read it as a listing")
    return address
