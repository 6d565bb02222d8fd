"""Writes one article: its body in blocks, and the small things around it."""

from collections.abc import Callable
from dataclasses import replace

from replica.byline import Desk, caption, dateline, sign_off
from replica.chance import happens
from replica.draft import Draft, TagBook
from replica.links import Shelf
from replica.words import OFFICES
from replica.world import Article, Block, Gap, Paragraph, Profile, Subhead, Version

_SPLITS = ((0.57, 7, 15), (0.95, 16, 30), (0.985, 31, 45), (1.0, 46, 58))
"""Share of articles up to here, and their blocks: 52, 35, 3 and 1 of 91 stood in 1 to 4 parts (FACTS, section 1)."""


def write(draft: Draft, desk: Desk, book: TagBook, shelf: Shelf) -> Article:
    """The article of `draft` with its first version."""
    rng, profile = draft.rng, draft.profile
    version = first_version(draft, desk, book, shelf)
    return Article(
        host=profile.host,
        id=draft.id,
        section=draft.section,
        also_in=tuple(s for s in profile.sections if s not in (draft.section, profile.column) and happens(rng, 0.1)),
        published=draft.published,
        source=f"{rng.choice(OFFICES)} {draft.region}" if happens(rng, 0.25) else None,
        image_url=draft.image_url,
        versions=(version,),
        caption_on_all_parts=happens(rng, 36 / 39),  # repeated in 36 of 39 split articles (FACTS, 2.3)
    )


def first_version(draft: Draft, desk: Desk, book: TagBook, shelf: Shelf) -> Version:
    """A text for `draft`; another one at each call."""
    rng, prose, profile = draft.rng, draft.prose, draft.profile
    tags = tuple(book.tag(name) for name in prose.tags(rng.choice((2, 3, 4, 5, 6, 6, 6, 7, 8, 9))))
    return Version(
        at=draft.published,
        title=draft.title,
        slug=draft.slug,
        reporter=draft.reporter,
        editor=draft.editor,
        blocks=tuple(_blocks(draft, book, shelf)),
        caption=caption(rng, profile, desk, draft.title if happens(rng, 0.2) else prose.caption()),
        dateline=dateline(rng, profile, draft.region),
        tags=tags,
    )


def paragraph_text(draft: Draft) -> str:
    """The text of a paragraph that nobody has written before, with the site's quotation marks."""
    return _quoted(draft.profile, draft.prose.paragraph())


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
    text = paragraph_text(draft)
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
