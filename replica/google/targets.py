"""Where an entry leads: the address that an id is decoded to, and the ids that stand for an entry."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from replica.google.ids import ArticleId, read_id, write_id
from replica.google.index import Entry
from replica.google.switches import GoogleSwitches
from replica.google.tokens import MARK, Tokens
from replica.world import article_path

_UTM = "utm_source=google_news&utm_medium=rss&utm_campaign=berita"
_LONG = 300
"""Bytes; over 256, where a length in one or in two bytes of seven bits no longer looks like its low byte."""
_NO_SUCH_ID = 50_000_000
"""Added to an article id; the network's ids have six digits."""


class Target(NamedTuple):
    """The publisher's address, and that of the AMP twin where Google News knows it."""

    url: str
    amp: str | None


class Targets:
    """Ids to addresses and back. An old id is its own address; a token is looked up by its number."""

    def __init__(self, entries: Sequence[Entry], tokens: Tokens) -> None:
        self._entries = entries
        self._tokens = tokens
        self._hosts = frozenset(e.host for e in entries)

    def id_of(self, entry: Entry, switches: GoogleSwitches, salt: str) -> str:
        """The id of `entry` in a feed. Another `salt` makes another token; an old id has no use for it."""
        if entry.chances.old < switches.p_old:
            target = target_of(entry, switches)
            return write_id(ArticleId(target.url.encode(), (target.amp or "").encode()))
        amp = self._tokens.token(entry.number, f"amp/{salt}").encode() if entry.amp_twin else None
        return write_id(ArticleId(self._tokens.token(entry.number, salt, entry.filler).encode(), amp))

    def target_of_id(self, text: str, switches: GoogleSwitches) -> Target | None:
        """Where the id `text` leads; None when it is none of Google's."""
        try:
            first, second = (part.decode() if part else "" for part in read_id(text))
        except ValueError:
            return None
        if not first.startswith(MARK):
            known = urlsplit(first).hostname in self._hosts | {switches.other_host_name}
            return Target(first, second or None) if known else None
        number = self._tokens.number_of(first)
        if number is None or number >= len(self._entries):
            return None
        return target_of(self._entries[number], switches)


def target_of(entry: Entry, switches: GoogleSwitches) -> Target:
    """The address of `entry` as `switches` bend it."""
    chances, article = entry.chances, entry.article
    number = article.id + (_NO_SUCH_ID if chances.gone < switches.gone_target else 0)
    root = f"https://{switches.other_host_name if chances.other_host < switches.other_host else entry.host}"
    web = root + article_path(entry.profile, number, article.section, entry.slug)
    amp = f"{root}/amp/{number}/{web.rpartition('/')[2]}"
    url = amp if chances.amp < switches.amp_target else web
    if chances.long < switches.long_urls:
        url = f"{url}?{_UTM}-".ljust(_LONG, "x")
    elif chances.utm < switches.utm_target:
        url = f"{url}?{_UTM}"
    return Target(url, amp if entry.amp_twin else None)
