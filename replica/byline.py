"""The small printed forms around a body: datelines, captions with their credit, sign-offs, names."""

import random
from typing import NamedTuple

from replica.chance import happens
from replica.prose import Prose
from replica.world import Caption, Dateline, Profile

_DASHES = (" - ", " \u2013 ", " \u2014 ", "- ", "\u2013 ", " -")


_WITHOUT_DATELINE = 0.12
_BARE_BRAND = 0.2
"""Shares of our own choice; the facts name the forms, not how common each is."""


class Desk(NamedTuple):
    """The people of a newsroom and the name that they share in credits."""

    reporters: tuple[str, ...]
    editors: tuple[str, ...]
    group: str


def desk_of(prose: Prose, profile: Profile) -> Desk:
    """A newsroom of six reporters and three editors."""
    return Desk(
        tuple(prose.person() for _ in range(6)),
        tuple(prose.person() for _ in range(3)),
        f"{profile.name} Grup",
    )


def dateline(rng: random.Random, profile: Profile, region: str) -> Dateline | None:
    """A dateline in one of the observed forms (FACTS-disway.md, section 2.3), or none."""
    if happens(rng, _WITHOUT_DATELINE):
        return None
    if profile.brand.isupper() and happens(rng, _BARE_BRAND):
        return Dateline(profile.brand + rng.choice((*_DASHES, "-")), None)
    place = region.upper()
    return Dateline(f"{place}, {profile.brand}{rng.choice(_DASHES)}", place)


def caption(rng: random.Random, profile: Profile, desk: Desk, text: str) -> Caption:
    """A caption in one of the observed forms: `caption-A-B` with empty parts left as dashes, free text, no credit."""
    who, house = rng.choice(desk.reporters), f"{profile.id}.co"
    brand = profile.brand.lower()
    forms = (
        (f"--{who}/{brand}", f"{who}/{brand}"),
        ("--Net", "Net"),
        ("--", None),
        (f"-{who}-", who),
        (f"-{who}/{desk.group}-", f"{who}/{desk.group}"),
        (f"-{who}-{house}", f"{who}-{house}"),
        (f"-Foto: {who}/{house}-", f"Foto: {who}/{house}"),
        (f"--(dokumen/{house})", f"(dokumen/{house})"),
        (f"---{house}", house),
    )
    in_free_text = ((" (Istimewa)", "Istimewa"), ("", None))
    # In free text a hyphen cannot be told from the dashes of the other forms.
    ending, credit = rng.choice(forms if "-" in text else (*forms, *in_free_text))
    return Caption(text + ending, text, credit)


def sign_off(rng: random.Random, reporter: str) -> str | None:
    """The mark that ends a body in about one article of three."""
    return rng.choice((f"({reporter})", "(*)", "***", "**", "*", *[None] * 10))
