"""What the home page says of the sections: while it shows all that is new, they need not be asked each time. Pure."""

from collections.abc import Callable, Collection, Sequence

from news.url import ArticleKey

TAIL = 3
"""The last rows of a listing say how deep it reaches; pinned rows stand on top."""


def meets_known_ground(rows: Sequence[ArticleKey], known: Callable[[ArticleKey], bool]) -> bool:
    """Whether a listing, newest first, reaches down to rows that earlier runs saw: nothing new is below them."""
    return len(rows) > TAIL and all(known(row) for row in rows[-TAIL:])


def is_led_by(front: Collection[ArticleKey], section: Sequence[ArticleKey]) -> bool | None:
    """Whether the front page shows the newest rows of a section and no older ones; None when it shows none of them."""
    shown = [row in front for row in section]
    if not any(shown):
        return None
    return all(shown[: sum(shown)])
