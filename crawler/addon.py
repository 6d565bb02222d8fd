"""What makes `scrapy crawl` a whole run."""

import os
import sys
from typing import Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from crawler.config import load_config
from crawler.preparing import RunSkipped
from crawler.run import Run, choose_sites, open_run, run_settings
from news.errors import DiswayError, UsageError


class Configuration:
    """Scrapy add-on: makes `scrapy crawl sections` a whole run, as `disway crawl` is, over all active sites.

    `-a site=radartegal,palpos` narrows it.
    """

    def __init__(self, spider: Spider | None) -> None:
        self._spider = spider

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The spider is made by now, from the arguments of the command line."""
        return cls(crawler.spider)

    def update_settings(self, settings: BaseSettings) -> None:
        """Open a run and put its settings below those of the command line. Ends the process on a user's mistake."""
        try:
            run = self._open_run()
        except RunSkipped as skipped:
            sys.stderr.write(f"disway: {skipped}\n")
            raise SystemExit(0) from skipped
        except DiswayError as error:
            sys.stderr.write(f"disway: {error}\n")
            raise SystemExit(2) from error
        for name, value in run_settings(run).items():
            settings.set(name, value, priority="addon")

    def _open_run(self) -> Run:
        if self._spider is not None and self._spider.name == "backfill":
            raise UsageError("a backfill needs to know which days: use `disway backfill --site ID --from DAY --to DAY`")
        config = load_config()
        network = config.site_network()
        asked = getattr(self._spider, "narrowed_to", ())
        return open_run(config, network, choose_sites(network, asked), os.environ)
