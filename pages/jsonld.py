"""JSON-LD of a page, read with bounds: broken, huge or endless blocks are passed over."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser

from news.text import clean

_BLOCKS = 32
"""Blocks that are looked at; real pages have 1 to 5."""
_BLOCK_CHARACTERS = 262_144
_NODES = 256
_TYPES = frozenset({"NewsArticle", "Article", "ReportageNewsArticle", "BlogPosting", "Report", "OpinionNewsArticle"})


class NewsData(NamedTuple):
    """What a NewsArticle states about itself; None where it is silent."""

    headline: str | None
    published: str | None
    author: str | None
    section: str | None
    image: str | None


def news_article(tree: LexborHTMLParser) -> NewsData | None:
    """The first article-like node of the page's first 32 JSON-LD blocks, `@graph` and lists included."""
    for script in tree.css('script[type="application/ld+json"]')[:_BLOCKS]:
        text = script.text()
        if len(text) > _BLOCK_CHARACTERS:
            continue
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(data):
            if _is_article(node):
                return _read(node)
    return None


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    queue, seen = [data], 0
    while queue and seen < _NODES:
        node = queue.pop(0)
        seen += 1
        if isinstance(node, list):
            queue.extend(node[:_NODES])
        elif isinstance(node, dict):
            yield node
            queue.extend(node[key] for key in ("@graph", "mainEntity") if key in node)


def _is_article(node: dict[str, Any]) -> bool:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(k, str) and k in _TYPES for k in kinds)


def _read(node: dict[str, Any]) -> NewsData:
    return NewsData(
        _text(node.get("headline")) or _text(node.get("name")),
        _text(node.get("datePublished")),
        _text(node.get("author")),
        _text(node.get("articleSection")),
        _text(node.get("image"), "url"),
    )


def _text(value: Any, key: str = "name") -> str | None:
    """The text of a value that may be a string, a node with `key`, or a list of either."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get(key)
    return clean(value) or None if isinstance(value, str) else None
