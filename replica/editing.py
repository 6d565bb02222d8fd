"""What an editor does to an article that is out: one `Change` makes one more version."""

from dataclasses import replace
from datetime import datetime

from news.url import WEB_PART_BLOCKS
from replica.byline import Desk, caption
from replica.draft import Draft, TagBook
from replica.fate import Change
from replica.links import Shelf
from replica.slugs import slug_of
from replica.world import Article, Paragraph, Version
from replica.writing import first_version, paragraph_text

_LONGEST_MORE = 4
"""Blocks of the part that MORE_PARTS adds, at most."""


class Editor:
    """Edits the articles of one site."""

    def __init__(self, desk: Desk, book: TagBook, shelf: Shelf) -> None:
        self._desk = desk
        self._book = book
        self._shelf = shelf

    def edit(self, article: Article, draft: Draft, change: Change, at: datetime) -> Article:
        """`article` with one more version from `at` on, never equal to the one before."""
        new = self._revised(article.versions, draft, change)
        return replace(article, versions=(*article.versions, replace(new, at=at, change=change)))

    def _revised(self, versions: tuple[Version, ...], draft: Draft, change: Change) -> Version:
        if change is Change.REVERT:
            return versions[-2]
        edits = {
            Change.HEADLINE: _headed,
            Change.CAPTION: self._captioned,
            Change.TAGS: self._tagged,
            Change.BYLINE: self._signed,
            Change.MORE_PARTS: _with_more_parts,
            Change.REPLACED: self._rewritten,
        }
        return edits[change](versions[-1], draft) if change in edits else _reworded(versions[-1], draft, change)

    def _rewritten(self, _: Version, draft: Draft) -> Version:
        return _headed(first_version(draft, self._desk, self._book, self._shelf), draft)

    def _captioned(self, old: Version, draft: Draft) -> Version:
        while (new := caption(draft.rng, draft.profile, self._desk, draft.prose.caption())).text == old.caption.text:
            pass
        return replace(old, caption=new)

    def _tagged(self, old: Version, draft: Draft) -> Version:
        known = {t.name for t in old.tags}
        name = next(n for n in draft.prose.tags(len(known) + 1) if n not in known)
        return replace(old, tags=(*old.tags[1:], self._book.tag(name)))

    def _signed(self, old: Version, draft: Draft) -> Version:
        if draft.rng.choice((True, False)):
            return replace(old, reporter=draft.rng.choice([r for r in self._desk.reporters if r != old.reporter]))
        return replace(old, editor=draft.rng.choice([e for e in self._desk.editors if e != old.editor]))


def _headed(old: Version, draft: Draft) -> Version:
    title = draft.prose.headline()
    return replace(old, title=title, slug=slug_of(title))


def _reworded(old: Version, draft: Draft, change: Change) -> Version:
    """One paragraph otherwise, or one more: never the first, which bears the dateline. A headline where there is none
    to change.
    """
    first = WEB_PART_BLOCKS if change is Change.LATER_PART else 1
    places = [i for i, b in enumerate(old.blocks) if isinstance(b, Paragraph) and i >= first]
    if not places:
        return _headed(old, draft)
    text = paragraph_text(draft)
    place = draft.rng.choice(places)
    keep = place + 1 if change is Change.LONGER else place
    return replace(old, blocks=(*old.blocks[:keep], Paragraph(text), *old.blocks[place + 1 :]))


def _with_more_parts(old: Version, draft: Draft) -> Version:
    fill = WEB_PART_BLOCKS * len(old.parts()) - len(old.blocks)
    more = [Paragraph(paragraph_text(draft)) for _ in range(fill + draft.rng.randint(1, _LONGEST_MORE))]
    return replace(old, blocks=(*old.blocks[:-1], *more, old.blocks[-1]))
