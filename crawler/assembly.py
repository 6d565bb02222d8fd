"""The parts of one article as they come in."""

from news.item import PartRead
from news.url import UrlRules


class Assembly:
    """Complete when every part that any captured part links is captured."""

    def __init__(self) -> None:
        self._parts: dict[int, PartRead] = {}
        self._expected = {1}

    def add(self, part: PartRead, rules: UrlRules) -> None:
        """Take a part, and from its pagination the numbers of its siblings."""
        self._parts[part.part] = part
        for url in part.reading.part_urls:
            target = rules.read(url)
            if target is not None and target.key == part.key:
                self._expected.add(target.part)

    @property
    def complete(self) -> bool:
        """Whether nothing that is linked is missing."""
        return self._expected <= self._parts.keys()

    @property
    def parts(self) -> list[PartRead]:
        """What came, in order."""
        return [self._parts[number] for number in sorted(self._parts)]
