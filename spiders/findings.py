"""What is found about sources, and when each is asked again: one that is dead ever more rarely, but always again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from news.article import LinkKind
from news.item import Finding, SourceFound
from news.plan import CrawlPlan
from news.site import Site
from storage.seen_state import SeenSource, SeenState

_FIRST_PAUSE = {
    Finding.ABSENT: timedelta(days=7),
    Finding.FAILING: timedelta(minutes=15),
    Finding.REFUSED: timedelta(days=1),
}
_LONGEST_PAUSE = {
    Finding.ABSENT: timedelta(days=90),  # as CC-NEWS asks dead feeds
    Finding.FAILING: timedelta(days=7),
    Finding.REFUSED: timedelta(days=30),
}
_TRIES_AT_ONCE = 3
"""A source that was alive is asked by the next runs all the same until it failed as often."""


class Findings:
    """The findings of one run over those of the archive. A row is due when something is new."""

    def __init__(self, state: SeenState, plan: CrawlPlan) -> None:
        self._state = state
        self._plan = plan
        self._found: dict[str, SeenSource | SourceFound] = {}

    def of(self, url: str) -> SeenSource | SourceFound | None:
        """The newest finding about the source at canonical `url`."""
        if url not in self._found and (known := self._state.source(url)):
            self._found[url] = known
        return self._found.get(url)

    def is_due(self, url: str) -> bool:
        """Whether the source may be asked in this run."""
        known = self.of(url)
        return known is None or known.next_check is None or known.next_check <= self._plan.started_at

    def alive(
        self,
        url: str,
        kind: LinkKind,
        site: Site | None,
        *,
        learned_from: str | None = None,
        modified_at: datetime | None = None,
        reason: str | None = None,
        next_check: datetime | None = None,
    ) -> Iterator[SourceFound]:
        """The source answered as what it is. `modified_at`: what a sitemap index states of it."""
        known = self.of(url)
        is_news = known is None or (known.finding, known.modified_at, known.reason, known.next_check) != (
            Finding.ALIVE,
            modified_at,
            reason,
            next_check,
        )
        if is_news:
            yield self._note(
                SourceFound(
                    url=url,
                    site=site.id if site else None,
                    kind=kind,
                    at=datetime.now(UTC),
                    finding=Finding.ALIVE,
                    reason=reason,
                    learned_from=learned_from or (known.learned_from if known else None),
                    next_check=next_check,
                    modified_at=modified_at,
                )
            )

    def remark(self, url: str) -> str | None:
        """What is remembered of a source that is alive."""
        known = self.of(url)
        return known.reason if known is not None and known.finding == Finding.ALIVE else None

    def remarked(self, url: str, reason: str | None) -> Iterator[SourceFound]:
        """The source is alive, and `reason` is what is to be remembered of it."""
        known = self.of(url)
        if known is not None and known.finding == Finding.ALIVE and known.reason != reason:
            yield self._note(
                SourceFound(
                    url=url,
                    site=known.site,
                    kind=LinkKind(known.kind),
                    at=datetime.now(UTC),
                    finding=Finding.ALIVE,
                    reason=reason,
                    learned_from=known.learned_from,
                    next_check=known.next_check,
                    modified_at=known.modified_at,
                )
            )

    def absence_of(self, url: str) -> Finding:
        """What it means that there is no such source: FAILING when there was one, which may come back."""
        known = self.of(url)
        return Finding.FAILING if known and known.finding in (Finding.ALIVE, Finding.FAILING) else Finding.ABSENT

    def asked(self, url: str, site: Site, reason: str | None, next_check: datetime) -> SourceFound:
        """Google News was asked for the site's host; not again before `next_check`."""
        return self._note(
            SourceFound(
                url=url,
                site=site.id,
                kind=LinkKind.GOOGLE_NEWS,
                at=datetime.now(UTC),
                finding=Finding.ALIVE,
                reason=reason,
                next_check=next_check,
            )
        )

    def not_alive(
        self,
        url: str,
        kind: LinkKind,
        site: Site | None,
        finding: Finding,
        reason: str,
        *,
        learned_from: str | None = None,
    ) -> Iterator[SourceFound]:
        """The source did not answer as what it is; it is asked again after a pause that doubles each time."""
        known = self.of(url)
        failures = (known.failures if known else 0) + 1
        was_alive = known is not None and known.finding in (Finding.ALIVE, Finding.FAILING)
        at_once = finding is Finding.FAILING and was_alive and failures <= _TRIES_AT_ONCE
        now = datetime.now(UTC)
        yield self._note(
            SourceFound(
                url=url,
                site=site.id if site else None,
                kind=kind,
                at=now,
                finding=finding,
                reason=reason,
                learned_from=learned_from or (known.learned_from if known else None),
                failures=failures,
                next_check=now if at_once else now + pause(finding, failures),
                modified_at=known.modified_at if known else None,
            )
        )

    def _note(self, found: SourceFound) -> SourceFound:
        self._found[found.url] = found
        return found


def pause(finding: Finding, failures: int) -> timedelta:
    """How long a source that is not alive is left alone after `failures` findings in a row."""
    return min(_FIRST_PAUSE[finding] * (1 << min(failures - 1, 16)), _LONGEST_PAUSE[finding])
