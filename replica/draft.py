"""An article before its body: who, where, when and under which headline. Bodies come after, so that they can link."""

import hashlib
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from replica.byline import Desk, desk_of
from replica.chance import happens, repeatable
from replica.life import DAY_MINUTES, Life
from replica.prose import Prose
from replica.slugs import slug_of
from replica.world import Profile, Section, Tag, article_path

_EARLIEST_MINUTES_AHEAD = 5
_TAG_IDS_FROM = 37_505


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """What other articles may link to, and the random stream and writer that its body will be drawn from."""

    profile: Profile
    id: int
    section: Section
    published: datetime
    title: str
    slug: str
    region: str
    reporter: str
    editor: str
    rng: random.Random
    prose: Prose

    @property
    def path(self) -> str:
        """Path of the article in its site's own form."""
        return article_path(self.profile, self.id, self.section, self.slug)

    @property
    def image_url(self) -> str:
        """Where the lead image lies; the name is a digest, as the CMS gives."""
        digest = hashlib.md5(f"{self.profile.host}/{self.id}".encode(), usedforsecurity=False).hexdigest()
        if self.profile.image_host:
            return f"https://{self.profile.image_host}/uploads/large/{digest}.jpg"
        return f"https://{self.profile.host}/upload/{digest}.jpg"


class TagBook:
    """Numbers the tags of one site in the order of their first use."""

    def __init__(self) -> None:
        self._by_name: dict[str, Tag] = {}

    def tag(self, name: str) -> Tag:
        """The site's tag called `name`, made when new."""
        if name not in self._by_name:
            self._by_name[name] = Tag(_TAG_IDS_FROM + 17 * len(self._by_name), name, slug_of(name))
        return self._by_name[name]

    @property
    def all(self) -> tuple[Tag, ...]:
        """Every tag made so far."""
        return tuple(self._by_name.values())


def drafts_of(
    profile: Profile, seed: int, *, count: int, start: datetime, days: float, written: set[str], life: Life
) -> tuple[Desk, list[Draft]]:
    """`count` articles of one site published in the `days` before `start`, and those that `life` brings after it."""
    rng = repeatable(seed, profile.host)
    desk = desk_of(Prose(rng, profile.regions[0], written, start.date()), profile)
    times = [start - timedelta(minutes=int(_past_minutes(rng, days))) for _ in range(count)]
    last = len(life.open_days) * DAY_MINUTES
    ahead = (rng.randint(_EARLIEST_MINUTES_AHEAD, last) for _ in range(life.coming(count, days)))
    times += [start + timedelta(minutes=life.moved(minute)) for minute in ahead]
    ids = _ids(rng, profile.first_id, times)
    return desk, [
        _draft(profile, seed, number, at, desk=desk, written=written) for number, at in zip(ids, times, strict=True)
    ]


def _past_minutes(rng: random.Random, days: float) -> float:
    recent = happens(rng, 0.25)  # a quarter within the last day, so that home pages are fresh
    return rng.uniform(1, min(days, 1.0) * 1440 if recent else days * 1440)


def _ids(rng: random.Random, first: int, times: list[datetime]) -> list[int]:
    """Dense ids that follow the time of first saving: 11 of 91 stood out of publication order (FACTS, section 1)."""
    saved = [t - timedelta(hours=rng.uniform(3, 30) if happens(rng, 0.11) else 0) for t in times]
    ids = [0] * len(times)
    number = first
    for index in sorted(range(len(times)), key=saved.__getitem__):
        ids[index] = number
        number += rng.choice((1, 1, 1, 2, 3, 5))
    return ids


def _draft(profile: Profile, seed: int, number: int, published: datetime, *, desk: Desk, written: set[str]) -> Draft:
    rng = repeatable(seed, profile.host, number)
    region = rng.choice(profile.regions)
    prose = Prose(rng, region, written, published.date())
    title = prose.headline()
    weights = [len(profile.sections) * 2.5, *[1.0] * (len(profile.sections) - 1)]
    reporter = rng.choice(desk.reporters)
    return Draft(
        profile=profile,
        id=number,
        section=rng.choices(profile.sections, weights)[0],
        published=published,
        title=title,
        slug=slug_of(title),
        region=region,
        reporter=reporter,
        editor=reporter if happens(rng, 0.35) else rng.choice(desk.editors),
        rng=rng,
        prose=prose,
    )
