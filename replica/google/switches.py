"""How Google News is disposed: one frozen value that the control sets."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from replica.google.kinds import RequestKind

Share = Annotated[float, Field(ge=0, le=1)]


class Sorry(StrEnum):
    """How the captcha shows itself."""

    REDIRECT = "redirect"
    """302 to www.google.com/sorry/index."""
    PAGE = "page"
    """200 with an HTML page of less than 2 KB that links to /sorry/."""


class BatchError(StrEnum):
    """How every batch is refused."""

    ER = "er"
    """One row for the whole call."""
    REFUSED = "[3]"
    """A row with code 3 for each id."""


class GoogleSwitches(BaseModel):
    """The defaults are a friendly and honest Google.

    A share is the part of all articles, 0 to 1, to which something applies. Which articles these are is fixed: they
    stay the same at each request, and a larger share includes a smaller one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    articles_in_feed: Share = 0.9
    """Articles that Google News takes up at all."""
    p_old: Share = 0.1
    """Articles whose ids hold the address itself."""
    unstable_guid: bool = False
    """Other tokens for the same articles in each feed; all stay good. An old id holds nothing that could differ."""

    page_limit: int | None = Field(default=None, ge=0)
    """GETs of article pages allowed within `window_s`; the next one begins a lock-out of `lock_s`, answered 429."""
    window_s: float = Field(default=3600, gt=0)
    lock_s: float = Field(default=3600, gt=0)
    lock_extends: bool = True
    """Each page asked for during the lock-out begins it anew."""
    wall_clock: bool = False
    """Measure windows and lock-outs by the machine's clock in place of the replica's."""
    retry_after: int | None = Field(default=None, ge=0)
    """Seconds in a Retry-After header of 429 and `rss_status`; None: no header."""

    rss_status: int | None = Field(default=None, ge=400, le=599)
    """Status that feeds are refused with."""
    rss_status_requests: int | None = Field(default=None, ge=1)
    """How many feeds are refused so, counted since the switch was set; None: all."""
    sorry: Sorry | None = None
    sorry_at: tuple[RequestKind, ...] = (RequestKind.PAGE,)
    """Which of feed, page and batch meet it."""
    consent: bool = False
    """Feeds and pages redirect to consent.google.com unless the request has a cookie SOCS."""

    empty_feed: bool = False
    empty_feed_hosts: tuple[str, ...] = ()
    """Hosts whose articles are in no feed for as long."""
    html_instead_of_xml: bool = False
    truncated_xml: bool = False
    unsupported: bool = False
    """Every feed redirects to /rss/unsupported."""
    missing_source: Share = 0
    missing_pubdate: Share = 0

    shuffle: bool = True
    """Rows of a batch in another order than asked."""
    escapes: bool = True
    r"""`=` and `&` of an address as `\u003d` and `\u0026` in the JSON text within a row."""
    drop_rows: int = Field(default=0, ge=0)
    """Rows missing from each batch."""
    batch_error: BatchError | None = None

    amp_target: Share = 0.05
    """Articles whose address leads to the AMP twin."""
    utm_target: Share = 0.05
    long_urls: Share = 0
    """Addresses of more than 256 bytes."""
    other_host: Share = 0
    """Addresses on `other_host_name`, whatever the feed's `<source url>` says."""
    other_host_name: str = "diswayjateng.id"
    gone_target: Share = 0
    """Addresses that the publisher answers with 404."""

    def changed(self, given: dict[str, Any]) -> "GoogleSwitches":
        """These switches with `given` set. Raises pydantic.ValidationError for what is no switch or no value of it."""
        return GoogleSwitches.model_validate(self.model_dump() | given)
