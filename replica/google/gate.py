"""How many article pages Google gives away before it locks a client out."""

from collections import deque
from datetime import datetime, timedelta

from replica.google.switches import GoogleSwitches


class PageGate:
    """One for all clients, which all come from the same address here."""

    def __init__(self) -> None:
        self._asked: deque[datetime] = deque()
        self._locked_until: datetime | None = None

    def refuses(self, now: datetime, switches: GoogleSwitches) -> bool:
        """Count a page asked for at `now`; whether it is refused."""
        if switches.page_limit is None:
            return False
        lock = timedelta(seconds=switches.lock_s)
        if self._locked_until is not None and now < self._locked_until:
            if switches.lock_extends:
                self._locked_until = now + lock
            return True
        window = timedelta(seconds=switches.window_s)
        while self._asked and not now - window < self._asked[0] <= now:
            self._asked.popleft()
        if len(self._asked) >= switches.page_limit:
            self._locked_until = now + lock
            return True
        self._asked.append(now)
        return False
