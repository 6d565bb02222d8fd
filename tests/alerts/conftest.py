"""Hypothesis without deadlines: books sync to disk. A webhook for each test."""

from collections.abc import Iterator

import pytest
from fixtures.webhook import Webhook
from hypothesis import settings

settings.register_profile("alerts", deadline=None)
settings.load_profile("alerts")


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A service on loopback that takes alerts."""
    with Webhook() as hook:
        yield hook
