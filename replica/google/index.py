"""What Google News knows of the network: one entry an article, with the chances that decide its lot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from replica.chance import repeatable
from replica.google.switches import GoogleSwitches
from replica.network import Network
from replica.world import Article, Profile, article_path

_NOTICED_MINUTES = (3, 120)
_FORGOTTEN_AFTER = timedelta(days=1)
_LABELLED_DISWAY = 2
"""Of three sites: many hosts share the label `Disway`, others have one of their own (FACTS, section 1.3)."""
_FILLERS = (0, 0, 30, 150, 480)
"""Bytes that make tokens 92 to 726 long; 86 to 728 have been seen (FACTS, section 2.1)."""
_AMP_TWINS = 0.5


class Chances(NamedTuple):
    """A number from 0 to 1 for each thing that a share decides."""

    listed: float
    old: float
    no_source: float
    no_pubdate: float
    amp: float
    utm: float
    long: float
    other_host: float
    gone: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One article. Headline and slug are those of the version that stood there when Google News noticed it."""

    number: int
    profile: Profile
    article: Article
    publisher: str
    headline: str
    """With ` - host` behind it where Google News shows the host as well."""
    slug: str
    noticed: datetime
    score: float
    """Rank in every feed, highest first; has nothing to do with dates."""
    cluster: int
    filler: int
    amp_twin: bool
    """Whether Google News knows the AMP address as well."""
    chances: Chances

    @property
    def host(self) -> str:
        """The publisher's host."""
        return self.profile.host

    @property
    def path(self) -> str:
        """Path of the article, in the form of its site."""
        return article_path(self.profile, self.article.id, self.article.section, self.slug)

    @property
    def url(self) -> str:
        """The canonical address."""
        return f"https://{self.host}{self.path}"

    def is_listed(self, now: datetime, switches: GoogleSwitches) -> bool:
        """Whether feeds may show it: noticed, and not gone from its site for more than a day."""
        return (
            self.chances.listed < switches.articles_in_feed
            and self.host not in switches.empty_feed_hosts
            and self.noticed <= now
            and (self.article.is_live(now) or self.article.is_live(max(self.noticed, now - _FORGOTTEN_AFTER)))
        )


def entries_of(network: Network) -> tuple[Entry, ...]:
    """All articles of `network`, numbered in its order."""
    found: list[Entry] = []
    for place, site in enumerate(network.sites):
        publisher = "Disway" if place % (_LABELLED_DISWAY + 1) < _LABELLED_DISWAY else site.profile.name
        suffix = f" - {site.profile.host}" if place % 2 == 0 else ""
        found += [
            _entry(number, site.profile, article, publisher, suffix)
            for number, article in enumerate(site.articles, len(found))
        ]
    return tuple(found)


def _entry(number: int, profile: Profile, article: Article, publisher: str, suffix: str) -> Entry:
    rng = repeatable(0, "google", article.host, article.id)
    noticed = article.published + timedelta(minutes=rng.uniform(*_NOTICED_MINUTES))
    version = article.version_at(noticed)
    return Entry(
        number=number,
        profile=profile,
        article=article,
        publisher=publisher,
        headline=" ".join(version.title.split()) + suffix,
        slug=version.slug,
        noticed=noticed,
        score=rng.random(),
        cluster=rng.randrange(24),
        filler=rng.choice(_FILLERS),
        amp_twin=rng.random() < _AMP_TWINS,
        chances=Chances(*(rng.random() for _ in Chances._fields)),
    )
