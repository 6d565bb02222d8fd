"""Which host's request leaves the scheduler next."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from scrapy.pqueues import DownloaderAwarePriorityQueue, DownloaderInterface


class _UnderWay(DownloaderInterface):
    """Counts every request that is under way, those that wait for robots or politeness too."""

    def stats(self, possible_slots: Iterable[str]) -> list[tuple[int, str]]:
        """Requests under way of each host."""
        under_way = Counter(map(self.get_slot_key, self.downloader.active))
        return [(under_way[slot], slot) for slot in possible_slots]


class FairQueue(DownloaderAwarePriorityQueue):
    """Takes requests of the host with the fewest under way first.

    Scrapy's own queue does not see requests that wait in a middleware, and would fill all places with one slow host.
    """

    def __init__(self, crawler: Any, *args: Any, **options: Any) -> None:
        super().__init__(crawler, *args, **options)
        self._downloader_interface = _UnderWay(crawler)
