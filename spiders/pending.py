"""Articles that earlier runs sighted and did not come to an end with."""

from collections.abc import Iterator

from news.site import Site
from spiders.source import Source, Yield


class Pending(Source):
    """Asks for what is pending and due, the oldest sighting first."""

    def open_site(self, site: Site) -> Iterator[Yield]:
        """Requests for the site's pending articles."""
        for article in self.seen.pending([site.id], self.plan.started_at):
            target = self.rules.read(article.url)
            if target is not None and (request := self.spider.article_request(target)):
                yield request
