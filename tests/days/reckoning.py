"""Holds an archive against everything that happened in the network meanwhile. Each gives what is wrong, in words."""

from typing import Any

from days_world import Outcome

from replica.truth import TruthArticle, TruthVersion


def wrong_articles(outcome: Outcome) -> list[str]:
    """Articles that were public at some run and are not held, are held twice, or were never published."""
    held = [row["article_key"] for row in outcome.stock.articles]
    public = {a.key for a in outcome.truth.articles if any(_shown_at(a, day.at) for day in outcome.service.days)}
    found = [f"{key}: missed" for key in sorted(public - set(held))]
    found += [f"{key}: {held.count(key)} heads" for key in sorted({k for k in held if held.count(k) > 1})]
    return found + [f"{key}: never published" for key in sorted(set(held) - {a.key for a in outcome.truth.articles})]


def wrong_versions(outcome: Outcome) -> list[str]:
    """Articles whose versions are not those that the runs were shown, in order, text for text."""
    versions: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(outcome.stock.versions, key=lambda r: r["version"]):
        versions.setdefault(row["article_key"], []).append(row)
    found = []
    for article in outcome.truth.articles:
        told = [_told(row) for row in versions.get(article.key, [])]
        shown = [_said(version) for version in _shown(outcome, article)]
        if told != shown:
            found.append(f"{article.key}: {len(told)} versions, {len(shown)} were shown: {_differ(told, shown)}")
    return found


def wrong_presence(outcome: Outcome) -> list[str]:
    """Articles that are called gone and are live, or the other way round."""
    rows = outcome.stock.by_key
    found = []
    for article in outcome.truth.articles:
        row = rows.get(article.key)
        status = "live" if article.is_live else "gone"
        if row is not None and row["status"] != status:
            found.append(f"{article.key}: {row['status']}, is {status} ({article.vanished_how})")
    return found


def wrong_removals(outcome: Outcome) -> list[str]:
    """Confirmed removals of articles that never vanished."""
    vanished = {a.key for a in outcome.truth.articles if a.vanished_at}
    gone = {row["article_key"] for row in outcome.stock.events if row["kind"] == "gone"}
    return [f"{key}: called gone, never vanished" for key in sorted(gone - vanished)]


def _shown(outcome: Outcome, article: TruthArticle) -> list[TruthVersion]:
    """What its address answered to the runs, one after the other, without repeats."""
    shown: list[TruthVersion] = []
    for day in outcome.service.days:
        number = _shown_at(article, day.at)
        version = next((v for v in article.versions if v.version == number), None)
        if version is not None and (not shown or _said(version) != _said(shown[-1])):
            shown.append(version)
    return shown


def _shown_at(article: TruthArticle, at: Any) -> int | None:
    """The number of the version that the article's address answered at an instant."""
    return next((s.version for s in article.states if s.since <= at and (s.until is None or at < s.until)), None)


def _said(version: TruthVersion) -> dict[str, Any]:
    return {
        "title": version.title,
        "body": "\n".join(version.body),
        "caption": version.caption,
        "reporter": version.reporter,
        "editor": version.editor,
        "tags": list(version.tags),
        "parts": version.parts,
    }


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("title", "body", "caption", "reporter", "editor", "tags", "parts")}


def _differ(told: list[dict[str, Any]], shown: list[dict[str, Any]]) -> str:
    pairs = zip(told, shown, strict=False)
    return "; ".join(f"{name} {a[name]!r} for {b[name]!r}" for a, b in pairs for name in a if a[name] != b[name])[:400]
