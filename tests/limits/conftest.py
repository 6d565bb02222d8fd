"""What the tests of limits share."""

from datetime import UTC, datetime

import pytest


@pytest.fixture
def at() -> datetime:
    return datetime(2026, 3, 5, 1, tzinfo=UTC)
