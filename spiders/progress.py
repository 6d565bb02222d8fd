"""How far a backfill is with each listing, sitemap and query: rows of the table `backfill`, a stretch each site."""

from datetime import UTC, datetime

from news.errors import UsageError
from news.item import StretchFound, StretchState
from news.plan import BackfillPlan
from news.site import Site
from spiders.base import NetworkSpider
from storage.seen_state import SeenStretch


class Progress:
    """What earlier runs noted of the stretch that is asked for. Raises UsageError when none is."""

    def __init__(self, spider: NetworkSpider) -> None:
        if spider.plan.backfill is None:
            raise UsageError("a backfill needs its days: run `disway backfill --site ID --from DAY`")
        self.plan: BackfillPlan = spider.plan.backfill
        self._state = spider.seen.state
        self._known: dict[str, dict[str | None, SeenStretch]] = {}

    def known(self, site: Site) -> dict[str | None, SeenStretch]:
        """The rows of the site's stretch, by source URL."""
        if site.id not in self._known:
            self._known[site.id] = self._state.stretch(self.plan.stretch_id(site.id))
        return self._known[site.id]

    def cursor(self, site: Site, url: str) -> str | None:
        """Where to go on with the listing at `url`; None: at its first page."""
        known = self.known(site).get(url)
        return known.cursor if known and known.state == StretchState.OPEN else None

    def open_urls(self, site: Site) -> list[str]:
        """What earlier runs began, or found, and did not end."""
        return [url for url, known in self.known(site).items() if url and known.state == StretchState.OPEN]

    def begin(self, site: Site, url: str) -> datetime:
        """How far down the source is still to be read: the begin of the stretch, or when it was read whole."""
        known = self.known(site).get(url)
        is_read = known is not None and known.state == StretchState.DONE
        return max(self.plan.from_at, known.at) if known and is_read else self.plan.from_at

    def is_done(self, site: Site, url: str) -> bool:
        """Whether the source was read whole after the stretch had ended: nothing can have been added since."""
        return self.begin(site, url) >= self.plan.to_at

    def note(
        self, site: Site, url: str, state: StretchState, *, cursor: str | None = None, reason: str | None = None
    ) -> StretchFound:
        """The row that says how far it is."""
        now = datetime.now(UTC)
        return self.plan.stretch(site.id, url, now).as_of(now, state, cursor=cursor, reason=reason)
