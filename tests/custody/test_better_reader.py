"""A better reader over an unchanged page makes no version; over an edited one it makes exactly one."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of
from kept import SITES, Desk, at, delivery, event, exchange, reading_row, rows_of

from crawler.reread import reread
from news.errors import ArchiveDamaged
from news.site import load_network
from news.url import ArticleKey, UrlRules
from pages import registry
from pages.base import Family
from pages.disway import LOOK_OF_2022, LOOK_OF_2023
from pages.join import join_parts
from replica.pages import Pages
from replica.server import ReplicaServer
from storage.config import StoreOptions
from storage.deliver import deliver
from storage.follow import follow
from storage.objects import ObjectStore
from storage.seen import Head, Seen
from storage.tables import Tables
from storage.verify import VerifyCounts, findings

HOST = "radartegal.disway.id"
BETTER = str(Path(__file__).parent / "better_reader")
RULES = UrlRules(load_network(Path(SITES)))
EDIT_AFTER_S = 3 * 86_400


class TestOverStoredPages:
    """Settled at delivery, where the stored pages are read again from their WARC records."""

    @pytest.fixture
    def page(self) -> bytes:
        network = network_of(HOST, articles=3)
        article = network.sites[0].articles[0]
        rendered = Pages(network, network.start).render(HOST, f"/read/{article.id}/slug", "")
        assert rendered is not None
        return rendered.body

    @pytest.fixture
    def improved(self, monkeypatch) -> None:
        """The next revision of the page class finds more: its headlines differ from those read before."""

        class Better(type(LOOK_OF_2023)):
            def read(self, page):
                part = super().read(page)
                return part and replace(part, title=part.title.upper())

        better = Better(LOOK_OF_2023.name, LOOK_OF_2023.revision + 1, LOOK_OF_2023.valid_from, None)
        monkeypatch.setattr(registry, "WEB_PAGES", Family((LOOK_OF_2022, better)))

    def keep(self, options: StoreOptions, folder: Path, page: bytes, minute: float) -> None:
        """Fetch, read with the page classes of the moment, deliver."""
        desk = Desk(folder / "spool", "a", f"2026030{int(minute)}T010000Z-abcdef")
        kept = exchange(1, page, minute)
        pointer = desk.writer.append(kept).result()
        part = registry.read_article(page, url=kept.url, content_type="text/html", captured_at=at(minute), rules=RULES)
        article = join_parts([part], RULES.network.sites["radartegal"])
        row = reading_row(
            1,
            [pointer],
            minute,
            article.title,
            content_digest=article.content_digest,
            page_class=article.page_class,
            reader_revision=article.reader_revision,
        )
        desk.note(articles=[row], events=[event("archived", 1, minute, row_id=row["row_id"])])
        desk.writer.close()
        work = delivery(options, folder / "seen.sqlite", self.rereader(options))
        deliver(desk.spool, work)
        desk.spool.release()
        assert list(findings(work.store, work.tables, VerifyCounts())) == []

    def rereader(self, options: StoreOptions):
        store: ObjectStore = delivery(options, Path()).store
        return lambda key, head: reread(store, RULES, 1 << 20, key, head)

    def titles(self, options: StoreOptions) -> list[str]:
        return [row["title"] for row in rows_of(options, "articles")]

    def test_no_version_when_only_the_reader_changed(self, store_options, tmp_path: Path, page: bytes, request) -> None:
        self.keep(store_options, tmp_path, page, 1)
        before = self.titles(store_options)
        request.getfixturevalue("improved")
        self.keep(store_options, tmp_path, page + b"<!-- another sidebar -->", 2)
        assert self.titles(store_options) == before
        assert [r["kind"] for r in rows_of(store_options, "events")].count("unchanged") == 1

    def test_one_version_when_the_article_changed_too(
        self, local_options, tmp_path: Path, page: bytes, request
    ) -> None:
        self.keep(local_options, tmp_path, page, 1)
        request.getfixturevalue("improved")
        edited = page.replace(b"</h1>", b" (diralat)</h1>")
        assert edited != page
        self.keep(local_options, tmp_path, edited, 2)
        assert len(self.titles(local_options)) == 2
        self.keep(local_options, tmp_path, edited + b"<!-- -->", 3)
        assert len(self.titles(local_options)) == 2

    def test_a_record_that_cannot_be_read_again_is_damage(self, local_options, tmp_path: Path, page: bytes) -> None:
        self.keep(local_options, tmp_path, page, 1)
        follow(tmp_path / "seen.sqlite", Tables(local_options))
        seen = Seen(tmp_path / "seen.sqlite")
        head = seen.head(ArticleKey("radartegal", 1))
        seen.close()
        assert head is not None
        again = self.rereader(local_options)
        assert again(ArticleKey("radartegal", 1), head) == head.reading
        (pointer,) = head.captures
        lost = (
            pointer._replace(warc_key="warc/2026/03/05/gone.warc.gz"),
            pointer._replace(warc_offset=pointer.warc_offset + 1),
            pointer._replace(warc_length=1 << 30),
            pointer._replace(warc_length=pointer.warc_length - 1),
        )
        for wrong in lost:
            with pytest.raises(ArchiveDamaged):
                again(ArticleKey("radartegal", 1), Head(head.row_id, head.reading, head.captured_at, (wrong,)))


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(HOST, articles=10)) as server:
        yield server


def test_a_whole_crawl_with_a_better_reader(replica: ReplicaServer, tmp_path: Path) -> None:
    """Articles that the archive has are asked for once more, with the next revision of their page class.

    Nothing in the archive makes them due; the local index, a cache, is told that they are.
    """
    operator = Operator(tmp_path, replica)
    assert operator.crawl(["radartegal"], *ALL_TIME).code == 0
    before = operator.stock()
    replica.control.advance(EDIT_AFTER_S)
    assert operator.run("recover").code == 0, "the index follows what the crawl delivered last"
    (index,) = operator.spool.glob("seen-*.sqlite")
    with closing(sqlite3.connect(index)) as db, db:
        db.execute("UPDATE article SET state = 'pending', next_check = NULL")
    operator.further["PYTHONPATH"] = os.pathsep.join(filter(None, [BETTER, os.environ.get("PYTHONPATH")]))
    done = operator.crawl(["radartegal"])
    assert done.code == 0, done.err
    after = operator.stock()
    truth = {a.key: a for a in replica.control.truth().articles}
    old = before.by_key
    edited = {k for k in old if len(truth[k].versions) > 1 and truth[k].vanished_at is None}
    fetched = [r for r in after.captures if r["run_id"] == done.facts["run_id"] and r["article_id"] is not None]
    assert old.keys() <= {f"{r['site']}/{r['article_id']}" for r in fetched}
    moved = {f"{r['site']}/{r['article_id']}" for r in fetched if r["kind"] == "response" and r["status"] == 200}
    assert moved & (old.keys() - edited), "pages that were not edited came with other bytes"
    versions = {k: [v for v in after.versions if v["article_key"] == k] for k in old}
    assert {k for k, v in versions.items() if len(v) > 1} == edited
    assert operator.run("verify").code == 0
