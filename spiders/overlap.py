"""Whether a poll meets the poll before: what a document showed then, and still shows. Pure but for the index."""

from collections.abc import Iterator, Sequence

from news.source import SourceEntry
from news.url import NetworkUrl, UrlRules
from storage.seen import Seen, sighting_digest

_AT_ONCE = 500
_NO_ARTICLE = "refused"


def meets_poll_before(
    seen: Seen, rules: UrlRules, via_url: str, entries: Sequence[SourceEntry], known: set[int]
) -> bool:
    """Whether the document at canonical `via_url` names an article that it named before; True when it names none.

    `known` are the ids that the archive knows. What was refused is no ground, nor is the first of several entries: many
    a site pins an article on top for weeks.
    """
    below = entries[1:] or entries
    links = (entry.link for entry in below if entry.article_id in known)
    targets = [target for link in links if (target := rules.read(link.url))]
    return not entries or any(_was_sighted(seen, via_url, some) for some in _batches(targets))


def _was_sighted(seen: Seen, via_url: str, targets: Sequence[NetworkUrl]) -> bool:
    digests = {sighting_digest(target.url, via_url, kind): target for target in targets for kind in ("feed", "sitemap")}
    for digest in seen.sighted(digests):
        key = digests[digest].key
        article = seen.article(key) if key is not None else None
        if article is not None and article.state != _NO_ARTICLE:
            return True
    return False


def _batches(targets: Sequence[NetworkUrl]) -> Iterator[Sequence[NetworkUrl]]:
    for start in range(0, len(targets), _AT_ONCE):
        yield targets[start : start + _AT_ONCE]
