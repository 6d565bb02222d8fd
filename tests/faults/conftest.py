"""The worlds of the fault tests: a real store behind a proxy of faults, and networks that a crawl reads in seconds."""

import subprocess
import sys
from collections.abc import Callable, Iterator
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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a disk of its own, with these options."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"mounting a disk is not allowed here: {done.stderr.strip()}")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", place], check=True)
