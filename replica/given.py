"""Articles handed in as JSON lines, served under their own hosts and URLs, part by part as they stand in the file."""

import hashlib
import re
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from news.errors import UsageError
from replica.byline import desk_of
from replica.catalogue import profile_for
from replica.chance import repeatable
from replica.draft import TagBook
from replica.prose import Prose
from replica.slugs import slug_of
from replica.world import Article, Block, Caption, Dateline, Paragraph, Profile, Section, Site, Version

_WIB = timezone(timedelta(hours=7))
_PATH = re.compile(r"^/(?:(?P<section>[^/]+)/)?(?:read/)?(?P<id>\d+)/(?P<slug>[^/]+)$")
_DATE_LINE = re.compile(r"(\d{2}-\d{2}-\d{4}),\s*(\d{2}:\d{2})")
_DATELINE = re.compile(r"^(?P<place>[A-Z][A-Z ]*), [\w.]+\.(?:com|id|co)\s*[-\u2013\u2014]\s*")


class GivenArticle(BaseModel):
    """One line of the file. `parts`: the text lines of each part; the first line of a part is its caption."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    url: str
    title: str
    date_line: str
    tags: tuple[str, ...] = ()
    parts: tuple[tuple[str, ...], ...] = Field(min_length=1)


class _Address(NamedTuple):
    host: str
    section: str | None
    id: int
    slug: str


def read_given(path: Path) -> tuple[GivenArticle, ...]:
    """The articles of a JSON lines file. Raises UsageError naming file and line when one cannot be served."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); --articles wants a JSON lines file") from error
    found: list[GivenArticle] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            article = GivenArticle.model_validate_json(line)
            _address(article.url)
            _published(article.date_line)
        except (ValidationError, ValueError) as error:
            raise UsageError(f"{path}, line {number}: not an article to serve: {_words(error)}") from error
        found.append(article)
    if not found:
        raise UsageError(f"{path}: holds no article; give a JSON lines file with url, title, date_line, parts")
    return tuple(found)


def _words(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'line'}: {e['msg']}" for e in error.errors())


def given_sites(articles: tuple[GivenArticle, ...], seed: int) -> tuple[Site, ...]:
    """One site for each host among `articles`, with the sections that their URLs name."""
    by_host: dict[str, list[GivenArticle]] = defaultdict(list)
    for article in articles:
        by_host[_address(article.url).host].append(article)
    return tuple(_site(host, mine, seed) for host, mine in sorted(by_host.items()))


def _site(host: str, given: list[GivenArticle], seed: int) -> Site:
    base = profile_for(host)
    slugs = dict.fromkeys(_address(a.url).section for a in given)
    sections = tuple(Section(s.replace("-", " ").title(), s) for s in slugs if s) or base.sections[:1]
    profile = Profile(
        host=host,
        name=base.name,
        brand=base.brand,
        regions=base.regions,
        sections=sections,
        first_id=base.first_id,
        section_urls=None not in slugs,
        wire=base.wire,
        charset=base.charset,
    )
    book = TagBook()
    return Site(profile, tuple(_article(a, profile, book, seed) for a in given), book.all)


def _article(given: GivenArticle, profile: Profile, book: TagBook, seed: int) -> Article:
    address, published = _address(given.url), _published(given.date_line)
    rng = repeatable(seed, given.url)
    desk = desk_of(Prose(rng, profile.regions[0], set(), published.date()), profile)
    first_lines = given.parts[0]
    caption = first_lines[0] if first_lines else ""
    parts = [_lines(lines, caption) for lines in given.parts]
    opening = _DATELINE.match(parts[0][0]) if parts[0] else None
    if opening:
        parts[0][0] = parts[0][0][opening.end() :]
    blocks: tuple[tuple[Block, ...], ...] = tuple(tuple(Paragraph(line) for line in part) for part in parts)
    image = hashlib.md5(given.url.encode(), usedforsecurity=False).hexdigest()
    version = Version(
        at=published,
        title=given.title,
        slug=unquote(address.slug),
        reporter=rng.choice(desk.reporters),
        editor=rng.choice(desk.editors),
        blocks=tuple(block for part in blocks for block in part),
        caption=Caption(caption, caption, None),
        dateline=Dateline(opening[0], opening["place"]) if opening else None,
        tags=tuple(book.tag(tag) for tag in given.tags if slug_of(tag)),
        given_parts=blocks,
    )
    section = next((s for s in profile.sections if s.slug == address.section), profile.sections[0])
    return Article(
        host=profile.host,
        id=address.id,
        section=section,
        also_in=(),
        published=published,
        source=None,
        image_url=f"https://{profile.host}/upload/{image}.jpg",
        versions=(version,),
    )


def _lines(lines: tuple[str, ...], caption: str) -> list[str]:
    return list(lines[1:] if lines and lines[0] == caption else lines)


def _address(url: str) -> _Address:
    pieces = urlsplit(url)
    match = _PATH.match(pieces.path)
    if not match or not pieces.hostname:
        raise ValueError(f"{url!r} is no article URL of the network")
    return _Address(pieces.hostname, match["section"], int(match["id"]), match["slug"])


def _published(date_line: str) -> datetime:
    match = _DATE_LINE.search(date_line)
    if not match:
        raise ValueError(f"{date_line!r} is no date line such as 'Kamis 05-03-2026,06:50 WIB'")
    return datetime.strptime(f"{match[1]} {match[2]}", "%d-%m-%Y %H:%M").replace(tzinfo=_WIB)
