"""Archived pages, read again: which rows that makes. Writes nothing itself."""

import logging
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from itertools import takewhile

from crawler.article_url import MadeUrls
from crawler.assembly import Assembly
from crawler.reading import Watch
from crawler.reparse_diff import EXAMPLES, ReparseDiff, differing
from crawler.reread import ArchivedPage, Rereader
from crawler.rows import article_row, content_columns, event_row
from crawler.sighted import Sighted
from news.article import Article, ArticlePart
from news.counters import Counter
from news.errors import ArchiveDamaged, NotAnArticle, PageError
from news.item import PartRead
from news.url import ArticleKey
from storage.rebuild_items import Read, Stored, Visit
from storage.rebuild_plan import Plan
from storage.rebuild_records import Records
from storage.schema import Row
from storage.seen import Seen

logger = logging.getLogger(__name__)

_INCOMPLETE = "incomplete"
"""Not every part that is linked was fetched."""
_BROKEN = "reader_error"
"""A page class broke on the page."""
_MOMENT = timedelta(microseconds=1)


class ReparsePages:
    """One run of reading again.

    `keep` is called with rows that differ, and with what counts them once they are kept; `tell` with what cannot be
    read.
    """

    def __init__(
        self,
        plan: Plan,
        rereader: Rereader,
        seen: Seen,
        *,
        run_id: str,
        watch: Watch,
        keep: Callable[[dict[str, list[Row]], Callable[[], None]], None],
        tell: Callable[[str, str], None],
    ) -> None:
        self._plan = plan
        self._rereader = rereader
        self._seen = seen
        self._made_urls = MadeUrls(rereader.rules, seen)
        self._run_id = run_id
        self._watch = watch
        self._keep = keep
        self._tell = tell
        self.diff = ReparseDiff()
        self.counts: Tally[tuple[Counter, str]] = Tally()

    def read(self, item: Stored | Visit, records: Records) -> None:
        """Read an item of the plan. Raises StoreUnavailable."""
        if isinstance(item, Stored):
            self._read_version(item, records)
        else:
            self._read_visit(item, records)

    def decide(self, key: ArticleKey, history: Sequence[Read]) -> None:
        """Keep the visits of an article that tell an edit which no version tells.

        Each differs from what was there before it, and what it says was gone again before a version said the same.
        """
        is_held = any(read.is_version for read in history)
        before: str | None = None
        for number, read in enumerate(history):
            if read.row is not None and read.content_digest != before and not _is_told(history[number:]):
                is_late = any(later.is_version for later in history[number:])
                row = read.row | ({"supersedes": read.row["row_id"]} if is_late else {})
                self._keep_visit(key, read, row, is_new=not is_held and before is None)
            before = read.content_digest or before

    def _read_version(self, item: Stored, records: Records) -> None:
        try:
            pages = self._rereader.pages(item.key, item.pointers, item.captured_at, records.read, item.row["url"])
            parts = [self._part(page) for page in pages]
            article = self._rereader.article(item.key, parts)
        except (PageError, ArchiveDamaged, _ReaderBroke) as error:
            self._fail(item, error)
            return
        if self._plan.has_visits(item.key):
            self._plan.remember(item, article.content_digest)
        if not item.wanted:
            return
        columns = content_columns(article) | {"url": self._url_of(article, parts[0], item.row["url"])}
        self.counts[Counter.VERSIONS_REREAD, item.key.site] += 1
        self.diff.versions += 1
        if differing(item.row, columns):
            rows = {"articles": [self._another_reading(item.row, columns)]}
            self._keep(rows, partial(self._bettered, item, columns))

    def _bettered(self, item: Stored, columns: Row) -> None:
        self.counts[Counter.READINGS_BETTERED, item.key.site] += 1
        self.diff.take(item.key, item.row, columns)

    def _fail(self, item: Stored, error: Exception) -> None:
        """The stored reading stands."""
        self._plan.remember(item, item.row["content_digest"])
        if item.wanted:
            self.diff.unreadable += 1
            self.counts[Counter.READER_ERRORS, item.key.site] += 1
            self._tell(f"{item.key} of {item.row['captured_at']}", str(error))

    def _another_reading(self, old: Row, columns: Row) -> Row:
        reading = (old["reading"] or 1) + 1
        identity = {"row_id": self._row_id(old, columns), "supersedes": old["row_id"], "run_id": self._run_id}
        return old | columns | identity | {"reading": reading}

    def _row_id(self, row: Row, columns: Row) -> str:
        """Of a reading by this run: two runs that read the same must not make one id."""
        made_by = [row["article_key"], row["captured_at"], columns["page_class"], columns["reader_revision"]]
        return blake2b(" ".join(map(str, [*made_by, self._run_id])).encode(), digest_size=16).hexdigest()

    def _read_visit(self, visit: Visit, records: Records) -> None:
        self.diff.visits += visit.unread
        try:
            row = self._article_of(visit, records)
        except NotAnArticle as error:
            self.diff.still_none[error.reason] += visit.unread
        except (PageError, _ReaderBroke):
            self.diff.still_none[_BROKEN] += visit.unread
        except ArchiveDamaged as error:
            self.diff.unreadable += 1
            self._tell(f"{visit.key} of {visit.captured_at.isoformat()}", str(error))
        else:
            if row is None:
                self.diff.still_none[_INCOMPLETE] += visit.unread
                self._reopen(visit)
            else:
                self._plan.remember(visit, row["content_digest"], row)

    def _article_of(self, visit: Visit, records: Records) -> Row | None:
        """The row of a visit; None when parts are missing."""
        assembly = Assembly()
        for page in visit.pages:
            part = self._part(ArchivedPage(records.read(page.pointer), page.url, page.fetched_at))
            assembly.add(PartRead(visit.key, page.part, part, page.pointer, page.fetched_at), self._rereader.rules)
        if not assembly.complete:
            return None
        parts = assembly.parts
        article = self._rereader.article(visit.key, [part.reading for part in parts])
        known = self._seen.article(visit.key)
        sighted = Sighted(known.first_seen_at, known.via) if known else Sighted(None, ())
        site = self._rereader.rules.network.sites[visit.key.site]
        row = article_row(article, parts, site, sighted, self._run_id)
        if self._made_urls.is_made_up(row["url"]):
            row["url"] = self._made_urls.of(article, parts)
        return row | {"row_id": self._row_id(row, row)}

    def _reopen(self, visit: Visit) -> None:
        """Let the next crawl fetch an article that was given up at its first part and is one after all."""
        known = self._seen.article(visit.key)
        if known is None or known.state != "refused":
            return
        event = event_row(visit.key, known.url, datetime.now(UTC), "pending", self._run_id)
        self._keep({"events": [event | {"reason": _INCOMPLETE}]}, self._reopened)

    def _reopened(self) -> None:
        self.diff.reopened += 1

    def _keep_visit(self, key: ArticleKey, read: Read, row: Row, *, is_new: bool) -> None:
        # It takes the place of what was said of the visit then.
        at = datetime.fromisoformat(read.judged_at or read.captured_at) + (_MOMENT if read.judged_at else timedelta())
        event = event_row(key, row["url"], at, "archived", self._run_id) | {"row_id": row["row_id"]}
        self._keep({"articles": [row], "events": [event]}, partial(self._found, key, is_new=is_new))

    def _found(self, key: ArticleKey, *, is_new: bool) -> None:
        self.counts[Counter.ARTICLES_NEW if is_new else Counter.ARTICLES_CHANGED, key.site] += 1
        if not is_new:
            self.diff.new_versions += 1
            return
        self.diff.new_articles += 1
        if len(self.diff.found) < EXAMPLES:
            self.diff.found.append(str(key))

    def _url_of(self, article: Article, first: ArticlePart, known: str) -> str:
        """The page's own canonical URL; where it states none, the one that the archive has."""
        asked = self._rereader.rules.read(first.url)
        return known if asked is not None and article.url == asked.url else article.url

    def _part(self, page: ArchivedPage) -> ArticlePart:
        try:
            return self._watch.read(page.url, lambda: self._rereader.part(page))
        except (PageError, ArchiveDamaged):
            raise
        except Exception as error:
            # One page must not end the run; its reader is to be mended.
            logger.exception("a page class broke on %s", page.url)
            raise _ReaderBroke(f"a page class broke on it: {type(error).__name__}: {error}") from error


def _is_told(history: Sequence[Read]) -> bool:
    """Whether a version says what the first of `history` does, and nothing else was there between."""
    digest = history[0].content_digest
    same = takewhile(lambda read: read.content_digest in (digest, None), history)
    return any(read.is_version for read in same)


class _ReaderBroke(Exception):
    """A page class raised what it must not."""
