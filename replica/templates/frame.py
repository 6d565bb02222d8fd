"""What every web page of a site shares: head, banner slots, menu, sidebar, foot."""

from collections.abc import Callable, Sequence
from html import escape

from replica.edition import Edition
from replica.templates import padding
from replica.world import Article

PageUrl = Callable[[int], str]
"""Offset of a page -> its URL."""


def page(edition: Edition, title: str, metas: str, main: str) -> str:
    """A whole web page around `main` (the children of `div.col-sm-8`)."""
    profile = edition.profile
    return f"""<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta http-equiv="X-UA-Compatible" content="IE=edge">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
{metas}{_feed_link(edition)}<link rel="shortcut icon" href="{edition.root}/assets/favicon.ico">
<style>
{padding.style(profile.host)}</style>
</head>
<body>
<div class="nkt__stick--left"><img src="{edition.root}/upload/sticky-kiri.jpg" alt="Iklan"></div>
<header><div class="container"><a href="{edition.root}/"><img src="{edition.root}/assets/logo.png" \
alt="{escape(profile.name)}"></a></div>
<nav class="navbar navbar-default"><ul class="nav navbar-nav">
<li><a href="{edition.root}/">Home</a></li>
{menu(edition)}</ul></nav></header>
<div class="container cont"><div class="row">
<div class="col-sm-8">
{main}</div>
<div class="col-sm-4 sidebar_area">
{sidebar(edition)}</div>
</div></div>
<footer><div class="container"><ul class="list-inline"><li><a href="{edition.root}/page/redaksi">Redaksi</a></li>
<li><a href="{edition.root}/page/pedoman-media-siber">Pedoman Media Siber</a></li>
<li><a href="{edition.root}/network">Lihat Semua</a></li></ul><p>{escape(profile.name)} Network</p></div></footer>
<script>
{padding.script(profile.host)}</script>
</body>
</html>
"""


def feed_link(edition: Edition, title: str, path: str) -> str:
    """The link by which a page names a feed."""
    feed = edition.profile.feed
    assert feed is not None
    href = f"{edition.root}{path}"
    return f'<link rel="alternate" type="application/{feed.form}+xml" title="{escape(title)}" href="{href}">\n'


def _feed_link(edition: Edition) -> str:
    feed = edition.profile.feed
    return feed_link(edition, edition.profile.name, feed.path) if feed and feed.linked else ""


def menu(edition: Edition) -> str:
    """The menu: one link a section."""
    return "".join(
        f'<li><a href="{edition.root}{s.path}">{escape(s.name)}</a></li>\n' for s in edition.profile.sections
    )


def sidebar(edition: Edition) -> str:
    """Terkini, Terpopuler and Pilihan, as the page shows them beside the text."""
    popular = "".join(
        f'<li><a href="{edition.url(a)}"><span class="todo-number">{n}</span> {_title(edition, a)}</a></li>\n'
        for n, a in enumerate(edition.popular, 1)
    )
    return f"""<section><div class="label-to"><h2>Terkini</h2></div>
{_headings(edition, edition.live[:8])}</section>
<section><div class="label-to"><h2>Terpopuler</h2></div>
<ul class="todo">
{popular}</ul></section>
<section><div class="label-to"><h2>Pilihan</h2></div>
{_headings(edition, edition.picked)}</section>
"""


def by_path(url: str) -> PageUrl:
    """Pages of `url` numbered by a last path segment; the first page has none."""
    return lambda offset: f"{url}/{offset}" if offset else url


def pagination(at: PageUrl, pages: int, current: int, step: int) -> str:
    """CodeIgniter's links for page `current` of `pages` (from 1), `step` rows each: two either side, both ends."""
    if pages < 2:  # noqa: PLR2004 - one page needs no links
        return ""

    def link(number: int, label: str, rel: str = "") -> str:
        target = escape(at((number - 1) * step))
        mark = f' rel="{rel}"' if rel else ""
        return f'<li><a href="{target}" data-ci-pagination-page="{number}"{mark}>{label}</a></li>'

    low, high = max(1, current - 2), min(pages, current + 2)
    items = [link(1, "&lsaquo; First", "start")] if low > 1 else []
    items += [link(current - 1, "&lt;", "prev")] if current > 1 else []
    items += [
        f'<li class="active"><a href="#">{n}</a></li>' if n == current else link(n, str(n), "start" if n == 1 else "")
        for n in range(low, high + 1)
    ]
    items += [link(current + 1, "&gt;", "next")] if current < pages else []
    items += [link(pages, "Last &rsaquo;")] if high < pages else []
    return f'<div class="text-center"><ul class="pagination">{"".join(items)}</ul></div>\n'


def _headings(edition: Edition, articles: Sequence[Article]) -> str:
    return "".join(
        f'<div class="media"><div class="media-body"><h4 class="media-heading">'
        f'<a href="{edition.url(a)}">{_title(edition, a)}</a></h4></div></div>\n'
        for a in articles
    )


def _title(edition: Edition, article: Article) -> str:
    return escape(edition.version(article).title, quote=False)
