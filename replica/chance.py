"""Chance that repeats: a named stream for each thing that is drawn, and how often something happens."""

import random


def repeatable(seed: int, *names: object) -> random.Random:
    """A random stream of its own for each name, the same for the same seed."""
    return random.Random("/".join(map(str, (seed, *names))))  # noqa: S311 - must repeat, guards nothing


def happens(rng: random.Random, share: float) -> bool:
    """True in `share` (0 to 1) of the draws."""
    return rng.random() < share
