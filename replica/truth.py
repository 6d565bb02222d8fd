"""The ground truth of the replica at an instant, to compare an archive with."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict

from news.text import clean
from replica.network import Network
from replica.newsroom import related_of
from replica.printed import date_line, wall
from replica.world import Article, Profile, Version, article_path


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class TruthRelated(_Value):
    """A BACA JUGA line: headline, canonical URL that the link names, the link itself, and whom it means."""

    title: str
    url: str
    href: str
    site: str
    id: int


class TruthVersion(_Value):
    """What the article said from `at` on. `until`: when it was not shown any more, by the next version or by vanishing;
    None while it is shown, and again after the article came back with the same text. `change`: a `fate.Change`, None in
    the first version.
    """

    version: int
    at: AwareDatetime
    until: AwareDatetime | None
    change: str | None
    url: str
    title: str
    reporter: str
    editor: str
    place: str | None
    body: tuple[str, ...]
    caption: str
    credit: str | None
    caption_printed: str
    tags: tuple[str, ...]
    related: tuple[TruthRelated, ...]
    parts: int
    amp_parts: int


class TruthState(_Value):
    """What the article's address answered from `since` to `until` (None: still does): a version by its number, or a
    departure (`fate.Departure`) when `version` is None.
    """

    since: AwareDatetime
    until: AwareDatetime | None
    version: int | None
    departure: str | None


class TruthArticle(_Value):
    """One article that has been published, as its newest version has it.

    `body`: clean paragraphs and sub-heads in order, sign-offs included. `caption_printed`: the line under the image; of
    a given article it is `caption` too, since nobody has told its credit apart. `published_at` carries the offset of
    the printed zone. `listed_under`: names of the sections that list it while it is live. `vanished_at` and
    `vanished_how` (a `fate.Departure`) are set once it vanished, `returned_at` once it came back. `states`: every
    state that it went through, oldest first, without gaps.
    """

    site: str
    host: str
    id: int
    url: str
    title: str
    reporter: str
    editor: str
    published_at: AwareDatetime
    published_raw: str
    section: str
    listed_under: tuple[str, ...]
    place: str | None
    body: tuple[str, ...]
    caption: str
    credit: str | None
    caption_printed: str
    image_url: str
    tags: tuple[str, ...]
    source: str | None
    related: tuple[TruthRelated, ...]
    parts: int
    amp_parts: int
    versions: tuple[TruthVersion, ...]
    states: tuple[TruthState, ...]
    vanished_at: AwareDatetime | None
    vanished_how: str | None
    returned_at: AwareDatetime | None

    @property
    def key(self) -> str:
        """The article key, `site/id`."""
        return f"{self.site}/{self.id}"

    @property
    def is_live(self) -> bool:
        """Whether its address answers with it."""
        return self.states[-1].version is not None


class Truth(_Value):
    """All articles published by `now`, by host and id."""

    now: AwareDatetime
    articles: tuple[TruthArticle, ...]


def truth_of(network: Network, now: datetime) -> Truth:
    """What an archive should hold at `now`."""
    return Truth(
        now=now,
        articles=tuple(
            _article(site.profile, article, now)
            for site in network.sites
            for article in sorted(site.articles, key=lambda a: a.id)
            if article.published <= now
        ),
    )


def _article(profile: Profile, article: Article, now: datetime) -> TruthArticle:
    versions = _versions(profile, article, now)
    newest = versions[-1]
    absence = article.absence if article.absence is not None and article.absence.at <= now else None
    said = newest.model_dump(exclude={"version", "at", "until", "change", "related"})
    return TruthArticle(
        **said,
        related=newest.related,
        site=profile.id,
        host=profile.host,
        id=article.id,
        published_at=wall(article.published, profile),
        published_raw=date_line(article.published, profile),
        section=article.section.name,
        listed_under=tuple(s.name for s in (article.section, *article.also_in)),
        image_url=article.image_url,
        source=article.source,
        versions=versions,
        states=_states(article, now),
        vanished_at=absence and absence.at,
        vanished_how=absence and absence.how,
        returned_at=absence.until if absence is not None and not absence.covers(now) else None,
    )


def _versions(profile: Profile, article: Article, now: datetime) -> tuple[TruthVersion, ...]:
    states = _states(article, now)
    ends = {state.version: state.until for state in states}
    return tuple(
        _version(profile, article, version, number, ends[number])
        for number, version in enumerate(article.versions, 1)
        if number in ends
    )


def _version(profile: Profile, article: Article, version: Version, number: int, until: datetime | None) -> TruthVersion:
    return TruthVersion(
        version=number,
        at=version.at,
        until=until,
        change=version.change,
        url=f"https://{profile.host}{article_path(profile, article.id, article.section, version.slug)}",
        title=clean(version.title),
        reporter=version.reporter,
        editor=version.editor,
        place=version.dateline.place if version.dateline else None,
        body=tuple(clean(text) for text in version.body),
        caption=clean(version.caption.text),
        credit=version.caption.credit,
        caption_printed=version.caption.printed,
        tags=tuple(t.name for t in version.tags),
        related=tuple(
            TruthRelated(title=r.title, url=r.url, href=r.href, site=r.host.split(".")[0], id=r.article_id)
            for r in related_of(version)
        ),
        parts=len(version.parts()),
        amp_parts=len(version.parts(amp=True)),
    )


def _states(article: Article, now: datetime) -> tuple[TruthState, ...]:
    turns = [t for t in article.turns() if t <= now]
    return tuple(_state(article, since, until) for since, until in zip(turns, [*turns[1:], None], strict=True))


def _state(article: Article, since: datetime, until: datetime | None) -> TruthState:
    if article.absence is not None and article.absence.covers(since):
        return TruthState(since=since, until=until, version=None, departure=article.absence.how)
    number = sum(v.at <= since for v in article.versions)
    return TruthState(since=since, until=until, version=number, departure=None)
