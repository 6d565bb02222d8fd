"""Names of everything that is counted. A counter that is not here does not exist."""

from enum import StrEnum


class Counter(StrEnum):
    """One value a stage of the path; the value is the Scrapy stat and the key of `runs.counts`."""

    SIGHTED = "sighted"
    FETCHED = "fetched"
    FETCH_FAILED = "fetch_failed"
    TRUNCATED = "truncated"
    CAPTURED = "captured"
    REVISITED = "revisited"
    LISTINGS_READ = "listings_read"
    LISTINGS_UNCHANGED = "listings_unchanged"
    PARTS_READ = "parts_read"
    ARTICLES_NEW = "articles_new"
    ARTICLES_CHANGED = "articles_changed"
    ARTICLES_UNCHANGED = "articles_unchanged"
    ARTICLES_REFUSED = "articles_refused"
    ARTICLES_PENDING = "articles_pending"
    READER_ERRORS = "reader_errors"
    OFFSITE_DROPPED = "offsite_dropped"
    ROBOTS_FORBIDDEN = "robots_forbidden"
    ROBOTS_UNAVAILABLE = "robots_unavailable"
    GUARD_REFUSED = "guard_refused"
    BACKED_OFF = "backed_off"
