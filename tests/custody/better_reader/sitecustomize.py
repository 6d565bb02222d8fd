"""On PYTHONPATH this gives every process of a crawl a better reader: its revision is raised, and it reads more."""

from dataclasses import dataclass, replace

from pages import registry
from pages.base import Family
from pages.disway import LOOK_OF_2022, LOOK_OF_2023, DiswayArticle


@dataclass(frozen=True)
class BetterArticle(DiswayArticle):
    def read(self, page):
        part = super().read(page)
        return part and replace(part, title=f"{part.title} (dibaca lebih baik)")


registry.WEB_PAGES = Family(
    (LOOK_OF_2022, BetterArticle(LOOK_OF_2023.name, LOOK_OF_2023.revision + 1, LOOK_OF_2023.valid_from, None))
)
