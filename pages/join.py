"""The parts of an article put together."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from news.article import Article, ArticlePart, RelatedLink
from news.site import Site
from news.text import comparable
from news.url import AMP_PART_BLOCKS, WEB_PART_BLOCKS
from pages.printed import split_dateline

Value = TypeVar("Value")

_PART_URL = re.compile(r"/[0-9]+/[^/]+/(?P<offset>[0-9]{1,6})$")


def join_parts(parts: Sequence[ArticlePart], site: Site) -> Article:
    """One article from its captured parts, in any order; of two captures of one part the later in `parts` counts.

    Head fields come from the earliest part that states them. A part with the text of an earlier one (a server that
    ignores the offset) adds nothing, nor do the lines that later parts repeat at their head or foot. `parts_expected`
    is the highest part that any pagination names. Raises ValueError without parts or for parts of several articles.
    """
    if len({part.article_id for part in parts}) != 1:
        raise ValueError(f"parts of one article are joined, not of {sorted({part.article_id for part in parts})}")
    ordered = [part for _, part in sorted({part.part: part for part in parts}.items())]
    first = ordered[0]
    dated = next((part for part in ordered if part.published_at), first)
    article = Article(
        site=site.id,
        article_id=first.article_id,
        url=first.canonical_url or first.url,
        title=first.title,
        reporter=_stated(ordered, lambda p: p.reporter),
        editor=_stated(ordered, lambda p: p.editor),
        published_at=dated.published_at,
        published_raw=dated.published_raw,
        timezone=dated.timezone,
        section=_stated(ordered, lambda p: p.section),
        place=first.place,
        body="\n".join(_paragraphs(ordered)),
        caption=_stated(ordered, lambda p: p.caption),
        credit=_stated(ordered, lambda p: p.credit),
        image_url=_stated(ordered, lambda p: p.image_url),
        tags=_stated(ordered, lambda p: p.tags) or (),
        source=_stated(ordered, lambda p: p.source),
        related=_related(ordered),
        language=_stated(ordered, lambda p: p.language) or site.language,
        parts=len(ordered),
        parts_expected=_expected(ordered),
        page_class=first.page_class,
        reader_revision=first.reader_revision,
    )
    return replace(article, content_digest=content_digest(article))


def content_digest(article: Article) -> str:
    """SHA-256 (hex) of what editors write: title, place, body, caption with credit, byline, tags.

    Independent of white space, Unicode composition, order of tags, URL, related links and reader revision.
    """
    content = {
        "title": comparable(article.title),
        "place": comparable(article.place or ""),
        "body": [text for line in article.body.split("\n") if (text := comparable(line))],
        "caption": comparable(article.caption or ""),
        "credit": comparable(article.credit or ""),
        "byline": [comparable(article.reporter or ""), comparable(article.editor or "")],
        "tags": sorted(map(comparable, article.tags)),
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _stated(parts: Sequence[ArticlePart], field: Callable[[ArticlePart], Value | None]) -> Value | None:
    return next((value for part in parts if (value := field(part))), None)


def _related(parts: Sequence[ArticlePart]) -> tuple[RelatedLink, ...]:
    found: dict[str, RelatedLink] = {}
    for part in parts:
        for link in part.related:
            found.setdefault(link.url, link)
    return tuple(found.values())


def _paragraphs(parts: Sequence[ArticlePart]) -> list[str]:
    texts: list[tuple[str, ...]] = []
    for part in parts:
        text = _without_dateline(part.paragraphs, texts[0]) if texts else part.paragraphs
        if text and text not in texts:
            texts.append(text)
    if not texts:
        return []
    furniture = {parts[0].title, *filter(None, (part.caption for part in parts))}
    foot = _common_foot(texts)
    joined: list[str] = []
    for number, text in enumerate(texts):
        start = _head_length(text, texts[0], furniture) if number else 0
        end = len(text) if number == len(texts) - 1 else len(text) - foot
        joined += text[start:end]
    return joined


def _without_dateline(text: tuple[str, ...], first: tuple[str, ...]) -> tuple[str, ...]:
    """`text` of a later part; where it begins as the first part does, without the dateline, as that was read."""
    dateline = split_dateline(text[0]) if text else None
    return (dateline.rest, *text[1:]) if dateline is not None and dateline.rest == first[0] else text


def _head_length(text: Sequence[str], first: Sequence[str], furniture: set[str]) -> int:
    """Paragraphs at the head of a later part that repeat its first part's, its headline or caption."""
    length = 0
    while length < len(text) and (text[length] in furniture or first[length : length + 1] == (text[length],)):
        length += 1
    return length


def _common_foot(texts: Sequence[Sequence[str]]) -> int:
    """Paragraphs that all parts end with: printed once, behind the last."""
    if len(texts) == 1:
        return 0
    shortest = min(map(len, texts))
    length = 0
    while length < shortest - 1 and len({text[-1 - length] for text in texts}) == 1:
        length += 1
    return length


def _expected(parts: Sequence[ArticlePart]) -> int:
    linked = [_part_number(url) for part in parts for url in part.part_urls]
    return max([part.part for part in parts] + linked)


def _part_number(url: str) -> int:
    match = _PART_URL.search(url)
    if match is None:
        return 1
    return int(match["offset"]) // (AMP_PART_BLOCKS if "/amp/" in url else WEB_PART_BLOCKS) + 1
