"""SIGTERM as Ctrl-C, for work that is undone when it is interrupted."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sigterm_as_sigint() -> Iterator[None]:
    """Within, SIGTERM raises KeyboardInterrupt. In the main thread only."""
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
