"""On PYTHONPATH this gives every process a page class for the look that the replica's sites change to."""

import re
from dataclasses import dataclass

from pages import registry
from pages.base import Family
from pages.disway import LOOK_OF_2022, LOOK_OF_2023, DiswayArticle
from pages.document import Document
from pages.markup import parse

_OLD_FOR_NEW = (
    (r'<p class="tim-redaksi">Oleh <b>(.*?)</b>, disunting (.*?)</p>',
     r'<div id="author"><strong>\1</strong></div><div id="editor"><strong>\2</strong></div>'),
    (r'<time class="terbit">([^<]*)', r'<span class="date">\1</span><time>'),
    (r'<main class="berita">', '<div class="post">'),
    (r"</main>", "</div>"),
    (r'<nav class="jejak">', '<ul class="breadcrumb">'),
    (r"</nav>", "</ul>"),
    (r'<div class="news-tags"></div>', ""),
)  # fmt: skip


@dataclass(frozen=True)
class LookOf2026(DiswayArticle):
    """Reads either look, as a class of a day on which a site changes must."""

    def read(self, page):
        html = page.tree.html or ""
        for new, old in _OLD_FOR_NEW:
            html = re.sub(new, old, html, flags=re.DOTALL)
        tree = parse(html.encode(), "text/html; charset=utf-8")
        return super().read(
            Document(tree, url=page.url, address=page.address, captured_at=page.captured_at, rules=page.rules)
        )


registry.WEB_PAGES = Family((LOOK_OF_2022, LookOf2026("disway-2026", 1, LOOK_OF_2023.valid_from, None)))
