"""An article page whose layout no class knows: machine-readable data and headings, and trafilatura for the body."""

from dataclasses import dataclass
from datetime import date

from news.article import ArticlePart
from news.errors import NotAnArticle, RefusalReason
from news.text import clean
from pages.document import Document
from pages.fields import image_url, part_urls, section
from pages.links import article_links
from pages.mainbody import main_body
from pages.published import Published, published
from pages.refusal import refuse_disguised, refuse_foreign
from pages.visible import loose_instant, visible_date, visible_title


@dataclass(frozen=True)
class GenericArticle:
    """Any article page. Reads title, date, section, image and body; a byline only where JSON-LD names the author."""

    name: str = "generic"
    revision: int = 1
    valid_from: date | None = None
    valid_until: date | None = None

    def read(self, page: Document) -> ArticlePart:
        """The article part. Raises NotAnArticle when the page is something else, or has no title or body."""
        stated = _states_article(page)
        refuse_foreign(page, stated=stated)
        title = visible_title(page)
        if title is None:
            raise NotAnArticle(RefusalReason.NO_TITLE, page.url)
        when = _published(page)
        if when.instant is None and not stated:
            raise NotAnArticle(RefusalReason.NO_BODY, f"{page.url} says neither when nor that it is an article")
        body = main_body(page, title)
        refuse_disguised(page, title, body, dated=when.instant is not None)
        return ArticlePart(
            url=page.url,
            article_id=page.address.article_id or 0,
            part=page.address.part,
            title=title,
            reporter=page.json_ld.author if page.json_ld else None,
            editor=None,
            published_at=when.instant.at if when.instant else None,
            published_raw=when.raw,
            timezone=when.instant.zone if when.instant else page.address.site.timezone,
            section=section(page),
            place=body.place,
            paragraphs=tuple(body.paragraphs),
            caption=None,
            credit=None,
            image_url=page.absolute(page.json_ld.image if page.json_ld else None) or image_url(page, None),
            tags=_tags(page),
            source=None,
            related=tuple(body.related),
            part_urls=part_urls(page),
            language=page.language,
            links=article_links(page, body.related_nodes),
            page_class=self.name,
            reader_revision=self.revision,
            canonical_url=page.canonical_url,
        )


GENERIC = GenericArticle()


def _states_article(page: Document) -> bool:
    metas = page.metas
    return (
        page.json_ld is not None
        or metas.get("og:type", "").casefold() == "article"
        or "pubdate" in metas
        or "article:published_time" in metas
    )


def _published(page: Document) -> Published:
    line = visible_date(page)
    when = published(page, line)
    if when.instant is None and line is not None:
        return when._replace(instant=loose_instant(page, line))
    return when


def _tags(page: Document) -> tuple[str, ...]:
    texts = (clean(a.text()).lstrip("# ") for a in page.tree.css('a[href*="/listtag/"][rel="tag"], .tags a[href]'))
    return tuple(dict.fromkeys(t for t in texts if t))
