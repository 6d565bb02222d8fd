"""Whether an archived article is still on its site: a removal is told only when a second visit confirms it. Pure."""

from enum import StrEnum

from news.errors import ABSENCES
from storage.seen import SeenArticle


class Presence(StrEnum):
    """What the visits of an archived article say; the value is an `events.kind` but for LIVE."""

    LIVE = "live"
    MISSING = "missing"
    """One visit found it absent."""
    GONE = "gone"
    """Two visits of different runs did."""


def absence_of(known: SeenArticle, reason: str, *, site_fails: bool) -> Presence | None:
    """What a visit that ended with `reason` says of an archived article; None when it says nothing of its presence.

    While the site itself fails, an absence is believed no more than on a first visit.
    """
    if reason not in ABSENCES:
        return None
    if known.presence == Presence.GONE:
        return Presence.GONE
    return Presence.GONE if known.presence == Presence.MISSING and not site_fails else Presence.MISSING
