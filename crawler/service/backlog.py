"""What earlier runs left in the spool: delivered by `disway recover`, in a process of its own."""

import logging

from crawler.service.children import Child, Ended, Launcher
from crawler.service.clocks import Reading

logger = logging.getLogger(__name__)


class Backlog:
    """A delivery of all that waits, which may take as long as it takes."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._process: Child | None = None
        self.ended: Ended | None = None
        """How the last delivery ended; None while it goes on, or when it was cut off."""

    @property
    def is_under_way(self) -> bool:
        """Whether a delivery goes on."""
        return self._process is not None

    def deliver(self) -> None:
        """Begin, unless a delivery goes on."""
        if self._process is not None:
            return
        self.ended = None
        try:
            self._process = self._launcher.start(("recover", "--json"), quiet=True)
        except OSError as error:
            self.ended = Ended(None, said=f"it cannot be started: {error}")

    def look(self, _: Reading | None = None) -> None:
        """Hear how it ended, if it has."""
        if self._process is not None and (ended := self._process.poll()) is not None:
            self._process, self.ended = None, ended
            if ended.code != 0:
                logger.warning("the store cannot be used for now: %s", ended.said or f"exit {ended.code}")

    def cut_off(self) -> None:
        """End it at once: what it has not delivered waits for the next one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.poll()
            self._process = None
