"""RSS 2.0 and its forerunners, RSS 1.0 (RDF) and Atom, as far as they name articles."""

from collections.abc import Mapping

from pages.records import Fields, Grammar

_SLOTS = {
    "title": "title",
    "link": "link",
    "atom:link": "link",
    "guid": "guid",
    "id": "guid",
    "pubdate": "published",
    "published": "published",
    "issued": "published",
    "dc:date": "published",
    "atom:published": "published",
    "updated": "modified",
    "modified": "modified",
    "atom:updated": "modified",
    "dcterms:modified": "modified",
}
"""`id`, `published` and `updated` are Atom's (RFC 4287), `issued` and `modified` those of Atom 0.3."""


def _attributed(slot: str, attributes: Mapping[str, str], fields: Fields) -> str | None:
    """Links by their `href` when they are alternates, HTML ones before others; no guid that says it is no link."""
    stated = {name.casefold(): value.strip() for name, value in attributes.items()}
    if slot == "guid":
        return None if stated.get("ispermalink", "").casefold() == "false" else slot
    if slot != "link":
        return slot
    if stated.get("rel", "alternate").casefold() != "alternate":
        return None
    if "html" not in stated.get("type", "html"):
        slot = "other_link"
    if href := stated.get("href"):
        fields.setdefault(slot, href)
        return None
    return slot


RSS = Grammar("rss", frozenset({"item"}), _SLOTS, attributed=_attributed)
RDF = Grammar("rdf", frozenset({"item"}), _SLOTS, attributed=_attributed)
ATOM = Grammar("atom", frozenset({"entry"}), _SLOTS, attributed=_attributed)
