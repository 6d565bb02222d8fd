"""Writes the articles of a network: bodies in blocks, and what happens to them after the start."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from replica.byline import Desk, caption, dateline, sign_off
from replica.chance import happens, repeatable
from replica.draft import Draft, TagBook, drafts_of
from replica.links import Shelf
from replica.slugs import slug_of
from replica.words import OFFICES
from replica.world import Article, Block, Gap, Paragraph, Profile, Related, Site, Subhead, Version

_FIRST_EVENT_MINUTES = 20
_LAST_EVENT_MINUTES = 48 * 60
_SPLITS = ((0.57, 7, 15), (0.95, 16, 30), (0.985, 31, 45), (1.0, 46, 58))
"""Share of articles up to here, and their blocks: 52, 35, 3 and 1 of 91 stood in 1 to 4 parts (FACTS, section 1)."""


def write_sites(
    profiles: Sequence[Profile], seed: int, articles: int, start: datetime, days: float
) -> tuple[Site, ...]:
    """All sites with their articles; see `drafts_of` for the times."""
    written: set[str] = set()
    desks = [drafts_of(profile, seed, count=articles, start=start, days=days, written=written) for profile in profiles]
    shelf = Shelf(d for _, drafts in desks for d in drafts)
    return tuple(
        _write_site(profile, desk, drafts, shelf, seed=seed, start=start)
        for profile, (desk, drafts) in zip(profiles, desks, strict=True)
    )


def _write_site(profile: Profile, desk: Desk, drafts: list[Draft], shelf: Shelf, *, seed: int, start: datetime) -> Site:
    book = TagBook()
    articles = [_write(draft, desk, book, shelf) for draft in drafts]
    rng = repeatable(seed, profile.host, "events")
    out = [i for i, a in enumerate(articles) if a.published <= start]
    edited = rng.sample(out, min(len(out), max(2, len(out) // 12)))
    rest = [i for i in out if i not in edited]
    vanishing = rng.sample(rest, min(len(rest), max(1, len(out) // 25)))

    def moment() -> datetime:
        return start + timedelta(minutes=rng.randint(_FIRST_EVENT_MINUTES, _LAST_EVENT_MINUTES))

    for turn, index in enumerate(edited):
        articles[index] = _edit(articles[index], drafts[index], moment(), turn)
    for index in vanishing:
        articles[index] = replace(articles[index], vanished_at=moment())
    return Site(profile, tuple(articles), book.all)


def _write(draft: Draft, desk: Desk, book: TagBook, shelf: Shelf) -> Article:
    rng, prose, profile = draft.rng, draft.prose, draft.profile
    tags = tuple(book.tag(name) for name in prose.tags(rng.choice((2, 3, 4, 5, 6, 6, 6, 7, 8, 9))))
    version = Version(
        at=draft.published,
        title=draft.title,
        slug=draft.slug,
        blocks=tuple(_blocks(draft, book, shelf)),
        caption=caption(rng, profile, desk, draft.title if happens(rng, 0.2) else prose.caption()),
        dateline=dateline(rng, profile, draft.region),
        tags=tags,
    )
    return Article(
        host=profile.host,
        id=draft.id,
        section=draft.section,
        also_in=tuple(s for s in profile.sections if s not in (draft.section, profile.column) and happens(rng, 0.1)),
        published=draft.published,
        reporter=draft.reporter,
        editor=draft.editor,
        source=f"{rng.choice(OFFICES)} {draft.region}" if happens(rng, 0.25) else None,
        image_url=draft.image_url,
        versions=(version,),
        caption_on_all_parts=happens(rng, 36 / 39),  # repeated in 36 of 39 split articles (FACTS, 2.3)
    )


def _blocks(draft: Draft, book: TagBook, shelf: Shelf) -> list[Block]:
    rng, prose = draft.rng, draft.prose
    size = _size(rng.random(), rng.randint)
    links = not happens(rng, 0.12)  # some articles have no BACA JUGA at all
    linked: set[Draft] = set()
    blocks: list[Block] = [_paragraph(draft, book)]
    while len(blocks) < size - 1:
        for _ in range(rng.randint(2, 4)):
            blocks.append(_paragraph(draft, book))
            if happens(rng, 0.07):
                blocks.append(Gap(rng.choice(("&nbsp;", " ", "", "&nbsp;&nbsp;", "<br>"))))
        if links:
            pair = [shelf.related_link(draft, linked) for _ in range(rng.choice((1, 2, 2, 2)))]
            blocks += [link for link in pair if link is not None]
        if happens(rng, 0.18):
            number = len(blocks) // 5 + 1 if happens(rng, 0.5) else None
            blocks.append(Subhead(prose.subhead(number), rng.choice(("p", "p", "strong", "h3", "h4"))))
        if happens(rng, 0.12):
            blocks += [Paragraph(line) for line in prose.list_lines()]
    del blocks[size - 1 :]
    return [*blocks, *_ending(draft, book)]


def _size(share: float, between: Callable[[int, int], int]) -> int:
    low, high = next((low, high) for limit, low, high in _SPLITS if share <= limit)
    return between(low, high)


def _paragraph(draft: Draft, book: TagBook) -> Paragraph:
    text = _quoted(draft.profile, draft.prose.paragraph())
    linked = None
    if draft.profile.inline_tags and draft.region in text and happens(draft.rng, 0.3):
        linked = book.tag(draft.region.lower())
    return Paragraph(text, linked, loose=happens(draft.rng, 0.08))


def _ending(draft: Draft, book: TagBook) -> list[Block]:
    """The last block: a paragraph, a sign-off of its own, or both in one."""
    mark = sign_off(draft.rng, draft.reporter)
    if mark and happens(draft.rng, 0.5):
        return [Paragraph(mark)]
    last = _paragraph(draft, book)
    return [replace(last, text=f"{last.text} {mark}") if mark else last]


def _quoted(profile: Profile, text: str) -> str:
    if not profile.curly_quotes:
        return text
    opened, _, rest = text.partition('"')
    inside, _, after = rest.partition('"')
    return f"{opened}\u201c{inside}\u201d{after}" if rest else text


def _edit(article: Article, draft: Draft, at: datetime, turn: int) -> Article:
    """One editor's change: a new headline (and slug), a corrected paragraph, or one more paragraph, in turn."""
    old = article.versions[-1]
    new = replace(old, at=at)
    places = [i for i, b in enumerate(old.blocks) if isinstance(b, Paragraph) and i > 0]
    text = _quoted(draft.profile, draft.prose.paragraph())
    if turn % 3 == 0 or not places:
        title = draft.prose.headline()
        new = replace(new, title=title, slug=slug_of(title))
    else:
        place = draft.rng.choice(places)
        keep = place if turn % 3 == 1 else place + 1
        new = replace(new, blocks=(*old.blocks[:keep], Paragraph(text), *old.blocks[place + 1 :]))
    return replace(article, versions=(*article.versions, new))


def related_of(version: Version) -> tuple[Related, ...]:
    """The BACA JUGA links of a version, in order."""
    return tuple(b for b in version.blocks if isinstance(b, Related))
