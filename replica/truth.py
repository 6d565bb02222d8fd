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
    """What the article said from `at` on."""

    version: int
    at: AwareDatetime
    url: str
    title: str
    body: tuple[str, ...]


class TruthArticle(_Value):
    """One article that has been published; `vanished_at` is set once it answers 404.

    `body`: clean paragraphs and sub-heads in order, sign-offs included. `caption_printed`: the line under the image; of
    a given article it is `caption` too, since nobody has told its credit apart. `published_at` carries the offset of
    the printed zone. `listed_under`: names of the sections that list it.
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
    vanished_at: AwareDatetime | None

    @property
    def key(self) -> str:
        """The article key, `site/id`."""
        return f"{self.site}/{self.id}"


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
    version = article.version_at(now)
    gone = article.vanished_at if article.vanished_at is not None and article.vanished_at <= now else None
    past = [v for v in article.versions if v.at <= now and (gone is None or v.at < gone)]
    return TruthArticle(
        site=profile.id,
        host=profile.host,
        id=article.id,
        url=_url(profile, article, version),
        title=clean(version.title),
        reporter=article.reporter,
        editor=article.editor,
        published_at=wall(article.published, profile),
        published_raw=date_line(article.published, profile),
        section=article.section.name,
        listed_under=tuple(s.name for s in (article.section, *article.also_in)),
        place=version.dateline.place if version.dateline else None,
        body=_body(version),
        caption=clean(version.caption.text),
        credit=version.caption.credit,
        caption_printed=version.caption.printed,
        image_url=article.image_url,
        tags=tuple(t.name for t in version.tags),
        source=article.source,
        related=tuple(
            TruthRelated(title=r.title, url=r.url, href=r.href, site=r.host.split(".")[0], id=r.article_id)
            for r in related_of(version)
        ),
        parts=len(version.parts()),
        amp_parts=len(version.parts(amp=True)),
        versions=tuple(
            TruthVersion(version=n, at=v.at, url=_url(profile, article, v), title=clean(v.title), body=_body(v))
            for n, v in enumerate(past, 1)
        ),
        vanished_at=gone,
    )


def _body(version: Version) -> tuple[str, ...]:
    return tuple(clean(text) for text in version.body)


def _url(profile: Profile, article: Article, version: Version) -> str:
    return f"https://{profile.host}{article_path(profile, article.id, article.section, version.slug)}"
