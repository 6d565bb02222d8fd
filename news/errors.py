"""Errors that the whole project shares.

DiswayError
 +-- UsageError            wrong flag, configuration, archive URI, credentials or SQL: exit 2, nothing done
 |    +-- ConfigError      a bad value; the message names file, key and value
 |    +-- StoreRefused     the store cannot hold an archive (credentials, bucket, no conditional PUT)
 +-- StoreUnavailable      the store did not answer; what is undelivered stays in the spool: exit 3
 +-- ArchiveDamaged        bytes or rows that are not what their digest or pointer says
 +-- PageError
      +-- NotAnArticle     the page is readable and is no article; `reason` is a RefusalReason
      +-- NotASource       what answered at the address of a feed or sitemap is neither
      +-- PageUnreadable   no page class could read the bytes; raw is kept, the article is refused
"""

from enum import StrEnum


class RefusalReason(StrEnum):
    """Why an article link ended as refused. The value is what `ledger.reason` holds."""

    NOT_FOUND = "not_found"
    GONE = "gone"
    HTTP_ERROR = "http_error"
    REDIRECT_HOME = "redirect_home"
    REDIRECT_OFFSITE = "redirect_offsite"
    REDIRECT_LOOP = "redirect_loop"
    REDIRECT_OTHER = "redirect_other"
    """Redirected to another article, which is archived under its own key."""
    ROBOTS = "robots"
    SOFT_404 = "soft_404"
    NO_TITLE = "no_title"
    NO_BODY = "no_body"
    NOT_HTML = "not_html"
    LOGIN_WALL = "login_wall"
    CHALLENGE = "challenge"
    MAINTENANCE = "maintenance"
    HOMEPAGE = "homepage"
    """The page says that it is the home page."""
    LISTING = "listing"
    """It has the rows of a listing, and no article that a reader knows."""
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    BOMB = "bomb"
    """Small as sent and too large unpacked."""
    TRAP = "trap"
    """Its pagination has no end."""
    POISON = "poison"
    """Its reader took too long, or the process died over it."""


ABSENCES = frozenset(
    {
        RefusalReason.NOT_FOUND,
        RefusalReason.GONE,
        RefusalReason.REDIRECT_HOME,
        RefusalReason.REDIRECT_OTHER,
        RefusalReason.SOFT_404,
        RefusalReason.HOMEPAGE,
    }
)
"""Answers that say that there is no such article; all others say that it cannot be had or read."""


class DiswayError(Exception):
    """Root of every error that this project raises on purpose."""


class UsageError(DiswayError):
    """The user asked for something that cannot be done; the message says what to do instead."""


class ConfigError(UsageError):
    """A configuration or site file holds a bad value."""


class StoreRefused(UsageError):
    """The store answered and cannot be used as an archive."""


class StoreUnavailable(DiswayError):
    """The store did not answer, after retries."""


class ArchiveDamaged(DiswayError):
    """A record or row is not what its pointer or digest says."""


class BodyUndecodable(DiswayError):
    """A body does not follow its Content-Encoding (`reason`: undecodable), or is too much when decoded (bomb)."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class PageError(DiswayError):
    """A page could not become an article."""


class NotAnArticle(PageError):
    """The page was read and is no article."""

    def __init__(self, reason: RefusalReason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason


class NotASource(PageError):
    """What should be a feed or sitemap is something else: a page, a notice, data of another kind, nothing."""


class PageUnreadable(PageError):
    """No page class could make sense of the bytes."""
