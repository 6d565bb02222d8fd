"""Listings: home, section, tag, search, and the rows that the block of related articles shares with them."""

from collections.abc import Sequence
from html import escape

from replica.edition import HOME_ROWS, LISTING_ROWS, Edition
from replica.printed import age
from replica.templates.frame import PageUrl, page, pagination
from replica.world import Article


def rows(edition: Edition, articles: Sequence[Article]) -> str:
    """One row an article: headline, section label, age, thumbnail; no absolute date."""
    return "".join(_row(edition, a) for a in articles)


def home(edition: Edition) -> str:
    """The home page: the newest articles."""
    name = edition.profile.name
    newest = rows(edition, edition.live[:HOME_ROWS])
    return page(edition, f"{name} - Berita Terkini", "", f"<section>\n{newest}</section>\n")


def listing(
    edition: Edition, heading: str, at: PageUrl, articles: Sequence[Article], offset: int, *, metas: str = ""
) -> str:
    """Rows from `offset` on; `at` gives the URL of the page at an offset. No rows past the end, as CodeIgniter does."""
    pages = -(-len(articles) // LISTING_ROWS)
    shown = articles[offset : offset + LISTING_ROWS]
    main = (
        f'<div class="label-to"><h2>{escape(heading)}</h2></div>\n<section>\n{rows(edition, shown)}</section>\n'
        + pagination(at, pages, offset // LISTING_ROWS + 1, LISTING_ROWS)
    )
    return page(edition, f"{heading} - {edition.profile.name}", metas, main)


def _row(edition: Edition, article: Article) -> str:
    url, section = edition.url(article), article.section
    title = escape(edition.version(article).title)
    return f"""<div class="bottom-15"><div class="media-body media-content media-middle">
<p class="text-uppercase red-color labelkanal"><a href="{edition.root}{section.path}"><span>{escape(section.name)}\
</span></a></p>
<h2 class="media-heading"><a href="{url}">{title}</a></h2>
<p class="date">{age(article.published, edition.now)}</p></div>
<div class="media-right thumb-post"><a href="{url}"><img class="media-object" src="{article.image_url}" \
alt="{title}"></a></div></div>
"""
