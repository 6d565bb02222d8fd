"""A newspaper whose server sends bytes as they are scripted, crawled by the whole program through its proxy."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from fixtures.crawls import ALL_TIME, Ended, Operator

sys.path.append(str(Path(__file__).parents[1] / "crawler"))  # the scripted network is a tool of the wire's tests

from crawl_once import crawl as ask
from scripted import Script, ScriptedNetwork, page

__all__ = ["HOST", "SITE", "Newspaper", "Script", "article", "ask", "page"]

SITE = "koran-uji"
HOST = "koran-uji.disway.id"
SITE_FILE = """id = "{site}"
name = "Koran Uji"
host = "{host}"
[sources]
off = ["feeds", "sitemaps"]
"""
LEAD = (
    "TEGAL, DISWAY.ID - Warga desa itu bergotong royong memperbaiki jembatan bambu yang rusak pekan lalu. Mereka membawa "
    "bambu dari kebun masing-masing, memotongnya di tepi sungai, lalu mengikatnya dengan tali ijuk. Kepala desa berkata "
    "bahwa anak-anak sekolah tidak perlu lagi memutar sejauh empat kilometer setiap pagi."
)


def article(
    title: str = "Jembatan bambu diperbaiki warga",
    body: str = f"<p>{LEAD}</p><p>Pekerjaan itu selesai dalam tiga hari.</p>",
    date: str = "Kamis 05-03-2026,06:50 WIB",
    head: str = "",
) -> str:
    """The markup of an article in the look of the network."""
    return (
        f'<!DOCTYPE html><html lang="id"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f'<div class="col-sm-8"><div class="post text-black-1"><h1 class="text-black">{title}</h1>'
        '<div class="post-info bottom-15"><div class="text-grey">'
        '<div class="author pull-left" id="author">Reporter: <strong>Sari</strong></div>'
        '<div class="editor pull-left" id="editor">Editor: <strong>Budi</strong></div>'
        f'<span class="date">{date}</span></div></div>{body}'
        '<p class="bottom-15"><small>Sumber: <span class="blue-color"><strong></strong></span></small></p>'
        "</div></div></body></html>"
    )


class Newspaper(ScriptedNetwork):
    """The newspaper and its proxy. A context manager; `publish` before the crawl."""

    def publish(self, pages: Mapping[int, bytes | Script], *fields: str) -> None:
        """Articles by id: their bodies, or what to do instead of answering with one; all are on the home page."""
        rows = "".join(
            f'<div class="bottom-15"><div class="media-body media-content media-middle"><h2 class="media-heading">'
            f'<a href="https://{HOST}/read/{number}/berita-{number}">Berita {number}</a></h2></div></div>'
            for number in pages
        )
        home = f'<!DOCTYPE html><html><body><div class="col-sm-8">{rows}</div></body></html>'
        self.scripts[f"{HOST}/"] = page(home.encode())
        for number, answer in pages.items():
            script = page(answer, *fields) if isinstance(answer, bytes) else answer
            self.scripts[f"{HOST}/read/{number}/berita-{number}"] = script

    def operator(self, folder: Path, **further: str) -> Operator:
        """Someone who knows this newspaper only."""
        operator = Operator(folder, further={**self.environment(), **further})
        sites = folder / "sites"
        sites.mkdir()
        (sites / f"{SITE}.toml").write_text(SITE_FILE.format(site=SITE, host=HOST))
        operator.further["DISWAY_SITES__DIR"] = str(sites)
        return operator


def crawl(operator: Operator, *arguments: str, sites: Sequence[str] = (SITE,)) -> Ended:
    """One crawl, of everything."""
    return operator.crawl(sites, *ALL_TIME, *arguments)
