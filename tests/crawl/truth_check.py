"""Holds an archive's articles against the replica's ground truth, field by field."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from replica.truth import TruthArticle

LISTED = 10


def expected_row(article: TruthArticle) -> dict[str, Any]:
    return {
        "article_key": article.key,
        "site": article.site,
        "host": article.host,
        "article_id": article.id,
        "url": article.url,
        "title": article.title,
        "reporter": article.reporter,
        "editor": article.editor,
        "published_at": article.published_at,
        "published_raw": article.published_raw,
        "section": article.section,
        "place": article.place,
        "body": "\n".join(article.body),
        "caption": article.caption,
        "credit": article.credit,
        "image_url": article.image_url,
        "tags": list(article.tags),
        "source": article.source,
        "related": [{"title": r.title, "url": r.url, "article_key": f"{r.site}/{r.id}"} for r in article.related],
        "language": "id",
        "word_count": len(" ".join(article.body).split()),
        "parts": article.parts,
        "parts_expected": article.parts,
        "version": 1,
        "status": "live",
        "gone_at": None,
    }


def differences(articles: Iterable[TruthArticle], rows: Iterable[dict[str, Any]]) -> list[str]:
    """Every way in which `rows` are not exactly `articles`; empty when they are."""
    held = list(rows)
    by_key = {row["article_key"]: row for row in held}
    found = [f"{key}: {count} rows" for key, count in Counter(r["article_key"] for r in held).items() if count > 1]
    for article in articles:
        row = by_key.pop(article.key, None)
        if row is None:
            found.append(f"{article.key}: missing")
            continue
        found += [
            f"{article.key}: {name}: {row[name]!r} instead of {value!r}"
            for name, value in expected_row(article).items()
            if row[name] != value
        ]
    return [*found, *(f"{key}: not public" for key in by_key)]


def show(found: list[str]) -> str:
    """The first of `found`, for the message of an assertion."""
    return f"{len(found)} differences:\n" + "\n".join(found[:LISTED])


def token_f1(expected: str, got: str) -> float:
    """F1 of the words of two texts as multisets."""
    wanted, found = Counter(expected.split()), Counter(got.split())
    common = (wanted & found).total()
    return 2 * common / (wanted.total() + found.total()) if common else float(wanted == found)
