"""Writes the sites of a network: their articles, and what happens to these after the start."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from replica.agenda import Edit, Event, agenda_of
from replica.byline import Desk
from replica.chance import repeatable
from replica.draft import Draft, TagBook, drafts_of
from replica.editing import Editor
from replica.fate import Change
from replica.life import SHORT_LIFE, Life
from replica.links import Shelf
from replica.world import Article, Profile, Related, Site, Version
from replica.writing import write


def write_sites(
    profiles: Sequence[Profile], seed: int, articles: int, start: datetime, days: float, *, life: Life = SHORT_LIFE
) -> tuple[Site, ...]:
    """All sites with `articles` each from the `days` before `start`, and what `life` adds."""
    written: set[str] = set()
    desks = [
        drafts_of(profile, seed, count=articles, start=start, days=days, written=written, life=life)
        for profile in profiles
    ]
    shelf = Shelf(d for _, drafts in desks for d in drafts)
    return tuple(
        _write_site(profile, desk, drafts, shelf, seed=seed, start=start, life=life)
        for profile, (desk, drafts) in zip(profiles, desks, strict=True)
    )


def _write_site(
    profile: Profile, desk: Desk, drafts: list[Draft], shelf: Shelf, *, seed: int, start: datetime, life: Life
) -> Site:
    book = TagBook()
    articles = [write(draft, desk, book, shelf) for draft in drafts]
    editor = Editor(desk, book, shelf)
    for index, events in agenda_of(repeatable(seed, profile.host, "events"), articles, start, life).items():
        for event in events:
            articles[index] = _happened(articles[index], drafts[index], editor, event)
    return Site(profile, tuple(articles), book.all)


def _happened(article: Article, draft: Draft, editor: Editor, event: Event) -> Article:
    if isinstance(event, Edit):
        return editor.edit(article, draft, event.change, event.at)
    absent = replace(article, absence=event.absence)
    if not event.rewritten or event.absence.until is None:
        return absent
    return editor.edit(absent, draft, Change.REPLACED, event.absence.until)


def related_of(version: Version) -> tuple[Related, ...]:
    """The BACA JUGA links of a version, in order."""
    return tuple(b for b in version.blocks if isinstance(b, Related))
