"""Stores for the tests of the lease."""

import pytest

from storage.objects import ObjectStore
from storage.opening import open_store


@pytest.fixture
def store(store_options) -> ObjectStore:
    """The test runs twice: on a folder and on the S3 server."""
    return open_store(store_options)
