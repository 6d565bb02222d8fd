"""The article page of the network's CMS, from the look of 2022 on.

Selectors: FACTS of the front-end template of 2022 and of scrapers that others ran until 2026. Both looks share their
frame and differ in the date line and in the markup of BACA JUGA; either form is read whatever the day, for a site may
keep an old look. The class that the day of capture picks says whose rules were applied.
"""

import re
from dataclasses import dataclass
from datetime import date

from selectolax.lexbor import LexborNode

from news.article import ArticlePart
from news.errors import NotAnArticle, RefusalReason
from news.text import clean
from pages.blocks import blocks
from pages.body import Body, read_body
from pages.document import Document
from pages.fields import image_url, name_or_none, part_urls, section
from pages.links import article_links
from pages.printed import Caption, split_caption
from pages.published import published
from pages.refusal import refuse_disguised

_NOT_BODY = (
    "h1, .post-info, ul.breadcrumb, .ads-slot, .nkt__stick--left, .nkt__stick--right, ul.pagination, .sharing-box,"
    ' div.text-center[style*="background-color"], div.bottom-15:has(img), p.text-grey:has(small), .label-to,'
    " .media-body, .media, figcaption"
)
_AFTER_BODY = "p.bottom-15, .news-tags"
_SOURCE = re.compile(r"sumber\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class DiswayArticle:
    """One look of the web article page."""

    name: str
    revision: int
    valid_from: date | None
    valid_until: date | None

    def read(self, page: Document) -> ArticlePart | None:
        """The article part; None without a body container that has a headline in it.

        Raises NotAnArticle when title or body is empty, or the page only looks like an article.
        """
        container = _container(page)
        if container is None:
            return None
        title = _text(container, "h1")
        if title is None:
            raise NotAnArticle(RefusalReason.NO_TITLE, page.url)
        body = _body(container, page)
        when = published(page, _text(container, ".post-info .date") or _text(container, "span.date"))
        refuse_disguised(page, title, body, dated=when.instant is not None)
        caption = _caption(container)
        return ArticlePart(
            url=page.url,
            article_id=page.address.article_id or 0,
            part=page.address.part,
            title=title,
            reporter=name_or_none(_text(container, "#author strong")),
            editor=name_or_none(_text(container, "#editor strong")),
            published_at=when.instant.at if when.instant else None,
            published_raw=when.raw,
            timezone=when.instant.zone if when.instant else page.address.site.timezone,
            section=section(page),
            place=body.place,
            paragraphs=tuple(body.paragraphs),
            caption=caption.text,
            credit=caption.credit,
            image_url=image_url(page, container.css_first("div.bottom-15 img")),
            tags=_tags(page),
            source=_source(container),
            related=tuple(body.related),
            part_urls=part_urls(page),
            language=page.language,
            links=article_links(page, body.related_nodes),
            page_class=self.name,
            reader_revision=self.revision,
            canonical_url=page.canonical_url,
        )


LOOK_OF_2022 = DiswayArticle("disway-2022", 1, None, date(2023, 1, 1))
LOOK_OF_2023 = DiswayArticle("disway-2023", 1, date(2023, 1, 1), None)


def _container(page: Document) -> LexborNode | None:
    return page.tree.css_first("div.post:has(h1)")


def _text(node: LexborNode | None, selector: str) -> str | None:
    found = node.css_first(selector) if node is not None else None
    return clean(found.text()) or None if found is not None else None


def _body(container: LexborNode, page: Document) -> Body:
    skip = {node.mem_id for node in container.css(_NOT_BODY)}
    stop = {node.mem_id for node in container.css(_AFTER_BODY) if not _is_lead(node)}
    return read_body(blocks(container, skip=skip, stop=stop), page)


def _is_lead(node: LexborNode) -> bool:
    """Whether a `p.bottom-15` is something else than the Sumber line."""
    return node.tag == "p" and _SOURCE.match(clean(node.text())) is None


def _caption(container: LexborNode) -> Caption:
    for node in container.css("p.text-grey small, .bottom-15 small, figcaption"):
        text = clean(node.text())
        if text and _SOURCE.match(text) is None:
            return split_caption(text)
    return Caption(None, None)


def _source(container: LexborNode) -> str | None:
    for node in container.css("p.bottom-15"):
        if match := _SOURCE.match(clean(node.text())):
            return name_or_none(match[1])
    return None


def _tags(page: Document) -> tuple[str, ...]:
    texts = (clean(a.text()).lstrip("# ") for a in page.tree.css(".news-tags a[href]"))
    return tuple(dict.fromkeys(t for t in texts if t))
