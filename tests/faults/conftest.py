"""The worlds of the fault tests: a real store behind a proxy of faults, and networks that a crawl reads in seconds."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from s3_fault_proxy import S3FaultProxy

sys.path.append(str(Path(__file__).parents[1] / "custody"))  # `kept` makes spools without a crawl

settings.register_profile("faults", deadline=None)
settings.load_profile("faults")


@pytest.fixture
def proxy(seaweed) -> Iterator[S3FaultProxy]:
    """A proxy of faults before the session's store, at rest."""
    with S3FaultProxy(seaweed.environ) as front:
        yield front
