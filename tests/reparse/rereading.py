"""Archives made a visit at a time, and what a reading again makes of them, in this process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from kept import SITES, Desk, at, delivery, event, exchange

from crawler.config import Config
from crawler.delivery import DeliveryOrder
from crawler.preparing import archive_name
from crawler.reparse import Onlooker, _Work
from crawler.reparse_keeping import DryKeeping
from crawler.reparse_report import ReparseReport
from crawler.reread import reread
from crawler.rows import article_row
from crawler.sighted import Sighted
from news.item import PartRead
from news.site import load_network
from news.url import ArticleKey, UrlRules
from pages.join import join_parts
from pages.registry import read_article
from replica.pages import Pages
from storage.config import StoreOptions
from storage.deliver import deliver
from storage.rebuild_items import Scope
from storage.schema import Row
from storage.scratch import scratch_folder

NETWORK = load_network(Path(SITES))
RULES = UrlRules(NETWORK)
LIMIT = 1 << 20
ALL = Scope()


def pages_of(count: int) -> list[bytes]:
    """Article pages of one site as its server sends them."""
    from fixtures.crawls import network_of  # noqa: PLC0415  a replica is needed by few

    host = "radartegal.disway.id"
    network = network_of(host, articles=count)
    world = Pages(network, network.start)
    found = [world.render(host, f"/read/{article.id}/slug", "") for article in network.sites[0].articles[:count]]
    return [page.body for page in found if page is not None]


class Noting(DryKeeping):
    """Holds what a reading keeps."""

    def __init__(self) -> None:
        self.kept: list[dict[str, list[Row]]] = []

    def keep(self, rows, kept) -> None:
        self.kept.append(rows)
        kept()


@dataclass
class Archive:
    """An archive of one site, and the machine that fills it. Each `run` is one crawl."""

    options: StoreOptions
    folder: Path
    runs: int = 0
    told: list[tuple[str, str]] = field(default_factory=list)
    """What the last reading said that it could not read."""

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    @property
    def seen(self) -> Path:
        return self.spool / "seen.sqlite"

    def run(self) -> "Visits":
        self.runs += 1
        return Visits(self, Desk(self.spool, "a", f"202603{self.runs:02d}T010000Z-abcdef"), self.runs)

    def deliver(self, desk: Desk) -> None:
        def again(key: ArticleKey, head):
            return reread(work.store, RULES, LIMIT, key, head)

        desk.writer.close()
        work = delivery(self.options, self.seen, again)
        deliver(desk.spool, work)
        desk.spool.release()

    def read_again(self, scope: Scope = ALL, *, dry_run: bool = False) -> ReparseReport:
        """Read with today's classes, and deliver what differs."""
        self.runs += 1
        self.told = []
        order = DeliveryOrder(
            self.options.to_json(), archive_name(self.options), str(self.spool), str(self.seen), (SITES,), LIMIT
        )
        report = ReparseReport(f"202603{self.runs:02d}T010000Z-fedcba", dry_run)
        onlooker = Onlooker(lambda _: None, lambda: None, lambda where, why: self.told.append((where, why)))
        keeping = Noting()
        self.spool.mkdir(parents=True, exist_ok=True)
        work = _Work(Config(), RULES, scope, order, report, onlooker)
        with scratch_folder(self.spool) as scratch:
            work.plan(scratch)
            work.read(scratch, keeping)
        if not dry_run:
            desk = Desk(self.spool, "a", report.run_id)
            for rows in keeping.kept:
                desk.note(**rows)
            self.deliver(desk)
        return report


@dataclass
class Visits:
    """What one crawl fetches, keeps and says."""

    archive: Archive
    desk: Desk
    minute: float

    def __post_init__(self) -> None:
        self.minute *= 60

    @property
    def run_id(self) -> str:
        return self.desk.run_id

    def archived(self, number: int, pages: Sequence[bytes], **fields) -> Row:
        """Fetched, and read by the page classes of the moment."""
        row = self._row(number, pages, fields)
        done = event("archived", number, self.minute, row_id=row["row_id"], run_id=self.run_id)
        self.desk.note(articles=[row], events=[done])
        return row

    def refused(self, number: int, page: bytes, kind: str = "refused", reason: str = "no_body") -> None:
        """Fetched, and no article to the readers of the day."""
        self._keep(number, page, 1)
        said = event(kind, number, self.minute + 0.5, reason=reason, run_id=self.run_id)
        self.desk.note(events=[said])

    def cut(self, number: int, page: bytes, part: int = 1) -> None:
        """Fetched by a run that was killed before it said what it was."""
        self._keep(number, page, part)

    def end(self) -> None:
        self.archive.deliver(self.desk)

    def _keep(self, number: int, page: bytes, part: int):
        kept = exchange(number, page, self.minute + (part - 1) / 60, part=part)
        if part > 1:
            kept = exchange(number, page, self.minute, part=part, url=f"{kept.url}/{15 * (part - 1)}")
        pointer = self.desk.writer.append(kept).result()
        assert pointer is not None
        return kept, pointer

    def _row(self, number: int, pages: Sequence[bytes], fields) -> Row:
        parts = []
        for part, page in enumerate(pages, start=1):
            kept, pointer = self._keep(number, page, part)
            reading = read_article(
                page, url=kept.url, content_type="text/html", captured_at=kept.fetched_at, rules=RULES
            )
            parts.append(PartRead(ArticleKey("radartegal", number), part, reading, pointer, kept.fetched_at))
        site = NETWORK.sites["radartegal"]
        article = join_parts([part.reading for part in parts], site)
        return article_row(article, parts, site, Sighted(None, ("section",)), self.run_id) | fields


def moment(minute: float) -> datetime:
    return at(minute)


HOUR = timedelta(hours=1)
