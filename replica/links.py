"""BACA JUGA links as editors paste them: plain, to a sister site, AMP, http, with campaign parameters, an old slug."""

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

from replica.draft import Draft
from replica.world import Related

_ON_THE_SITE = 0.85
"""Share of BACA JUGA links that stay on the site; our choice, the facts name no figure."""
_FORMS = {"plain": 13, "amp": 1, "repeat": 1, "short": 1, "campaign": 2, "campaign_http": 1, "http": 1}
"""How a link is pasted, and how many in twenty are pasted so. `repeat` and `short` have another slug."""
_CAMPAIGNS = (
    "?utm_source=whatsapp&utm_medium=share",
    "?utm_source=facebook&utm_campaign=bacajuga&fbclid=IwAR0replika",
    "?utm_source=terkait_bawah",
)


class Shelf:
    """All drafts of a network by time, of which an article may link to the earlier ones, to each at most once."""

    def __init__(self, drafts: Iterable[Draft]) -> None:
        self._all = sorted(drafts, key=lambda d: (d.published, d.profile.host, d.id))
        self._own: dict[str, list[Draft]] = defaultdict(list)
        for draft in self._all:
            self._own[draft.profile.host].append(draft)

    def related_link(self, at: Draft, linked: set[Draft]) -> Related | None:
        """A link for `at`, mostly within its site; notes the target in `linked`. None when there is none."""
        drafts = self._own[at.profile.host] if at.rng.random() < _ON_THE_SITE else self._all
        earlier = bisect_left(drafts, at.published, key=lambda d: d.published)
        if not earlier:
            return None
        target = drafts[at.rng.randrange(earlier)]
        if target in linked:
            return None
        linked.add(target)
        return _pasted(at.rng, target)


def _pasted(rng: random.Random, target: Draft) -> Related:
    path = target.path
    stem, _, slug = path.rpartition("/")
    host = target.profile.host
    form = rng.choices(tuple(_FORMS), tuple(_FORMS.values()))[0]
    match form:
        case "amp":
            path = f"/amp/{target.id}/{slug}"
        case "repeat":
            path = f"{stem}/{slug}-1"
        case "short":
            path = f"{stem}/{'-'.join(slug.split('-')[:4])}"
    query = rng.choice(_CAMPAIGNS) if form.startswith("campaign") else ""
    scheme = "http" if form.endswith("http") else "https"
    canonical = path.replace("/amp/", "/read/", 1)
    return Related(
        title=target.title,
        href=f"{scheme}://{host}{path}{query}",
        url=f"https://{host}{canonical}",
        host=host,
        article_id=target.id,
    )
