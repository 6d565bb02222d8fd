"""What makes `scrapy crawl` a whole run."""

import os
import sys

from scrapy.settings import BaseSettings

from crawler.config import load_config
from crawler.run import choose_sites, open_run, run_settings
from news.errors import DiswayError


class Configuration:
    """Scrapy add-on: makes `scrapy crawl sections` a whole run, as `disway crawl` is, over all active sites.

    `-a site=radartegal,palpos` narrows it.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Open a run and put its settings below those of the command line. Ends the process on a user's mistake."""
        try:
            config = load_config()
            network = config.site_network()
            run = open_run(config, network, choose_sites(network, ()), os.environ)
        except DiswayError as error:
            sys.stderr.write(f"disway: {error}\n")
            raise SystemExit(2) from error
        for name, value in run_settings(run).items():
            settings.set(name, value, priority="addon")
