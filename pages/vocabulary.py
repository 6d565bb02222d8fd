"""Names of elements as feeds mean them: by namespace where the root declares it, by habit where it does not."""

from collections.abc import Mapping

_NAMESPACES = (
    ("www.sitemaps.org/schemas/sitemap/", ""),
    ("www.google.com/schemas/sitemap/", ""),
    ("www.google.com/schemas/sitemap-news/", "news"),
    ("purl.org/rss/1.0/modules/", "module"),
    ("purl.org/rss/1.0/", ""),
    ("www.w3.org/2005/Atom", "atom"),
    ("purl.org/atom/ns", "atom"),
    ("purl.org/dc/elements/", "dc"),
    ("purl.org/dc/terms/", "dcterms"),
)
"""Beginnings of namespaces without their scheme, and the prefix that each has by habit: none for a document's own."""


class Vocabulary:
    """Turns the names of one document into tokens: lower case, `title` for its own elements, `media:title` for others.

    Elements without a prefix and those with the prefix of the root are the document's own, whatever it declares.
    """

    def __init__(self, root: str, attributes: Mapping[str, str]) -> None:
        prefix, _, local = root.rpartition(":")
        self.root = local.casefold()
        self._habits = {"": ""} if self.root == "rdf" else {"": "", prefix: ""}
        own = "atom" if self.root == "feed" else ""
        for name, uri in attributes.items():
            if name.startswith("xmlns:") and (habit := _habit(uri)) is not None:
                self._habits.setdefault(name.removeprefix("xmlns:"), "" if habit == own else habit)
        self._tokens: dict[str, str] = {}

    def token(self, name: str) -> str:
        """The token of an element's name."""
        return self._tokens.get(name) or self._tokens.setdefault(name, self._token(name))

    def _token(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        habit = self._habits.get(prefix, prefix)
        return (f"{habit}:{local}" if habit else local).casefold()


def _habit(uri: str) -> str | None:
    address = uri.strip().partition("://")[2]
    return next((habit for beginning, habit in _NAMESPACES if address.startswith(beginning)), None)
