"""What a listing comes to, in words: its sections as links, and why it gave nothing."""

from collections.abc import Iterator
from http import HTTPStatus

from scrapy.http import Response
from twisted.python.failure import Failure

from news.article import LinkKind, Listing, PageLink
from news.item import SiteFailed
from news.site import Site
from spiders.outcome import RUN_ENDS, failure_word


def section_links(listing: Listing) -> Iterator[PageLink]:
    """The sections that a listing links."""
    for position, url in enumerate(listing.section_urls):
        yield PageLink(url, LinkKind.SECTION, "", position)


def refusal(page: str, response: Response) -> str:
    """Why `page` gave no listing, as one word."""
    return f"{page}_{response.status}" if response.status != HTTPStatus.OK else f"{page}_unreadable"


def site_failed(site: Site, failure: Failure) -> Iterator[SiteFailed]:
    """What a listing that could not be had says of its site; nothing when the run itself gave up asking."""
    reason = failure_word(failure)
    if reason not in RUN_ENDS:
        yield SiteFailed(site.id, reason)
