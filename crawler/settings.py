"""Scrapy's settings, hardened, from the operator's configuration.

`scrapy.cfg` names this module, so that `scrapy list` and `scrapy crawl` work; the configuration is read by the add-on
when a crawler is made, not by importing this module.
"""

from typing import Any

from crawler.config import Config
from crawler.render_chromium import playwright_settings
from crawler.wire import CONNECT_TIMEOUT
from news.site import Network

BOT_NAME = "disway-archive"
SPIDER_MODULES = ["spiders"]
ADDONS = {"crawler.addon.Configuration": 0}

_LEAST_UNDER_WAY = 16
_MOST_UNDER_WAY = 128
"""Requests under way at once: one of each host can wait its turn, but the queue is not emptied into memory."""

_SCRAPYS = "scrapy.downloadermiddlewares."
_DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    "crawler.guard.Guard": 50,
    "crawler.robots.Robots": 100,
    "crawler.redirects.Redirects": 600,
    "crawler.tap.ListingTap": 580,
    "crawler.decompression.Decompression": 590,
    "crawler.room.RoomGate": 850,
    "crawler.budget.Budget": 860,
    "crawler.politeness.Politeness": 870,
    "crawler.tap.Tap": 880,
    f"{_SCRAPYS}httpcompression.HttpCompressionMiddleware": None,
    f"{_SCRAPYS}offsite.OffsiteMiddleware": None,
    f"{_SCRAPYS}robotstxt.RobotsTxtMiddleware": None,
    f"{_SCRAPYS}httpauth.HttpAuthMiddleware": None,
    f"{_SCRAPYS}redirect.MetaRefreshMiddleware": None,
    f"{_SCRAPYS}redirect.RedirectMiddleware": None,
    f"{_SCRAPYS}cookies.CookiesMiddleware": None,
    f"{_SCRAPYS}httpcache.HttpCacheMiddleware": None,
    f"{_SCRAPYS}stats.DownloaderStats": None,  # counts bytes that nobody asks for; news.counters has what is told
}
_SPIDER_MIDDLEWARES = {
    f"scrapy.spidermiddlewares.{name}": None
    for name in (
        "httperror.HttpErrorMiddleware",
        "referer.RefererMiddleware",
        "urllength.UrlLengthMiddleware",
        "depth.DepthMiddleware",
        "metacopy.MetaCopyDetectionMiddleware",
    )
}
_EXTENSIONS: dict[str, int | None] = {
    "crawler.custody.Custody": 0,
    "crawler.progress.Progress": 10,
    "crawler.tenure.Tenure": 20,
} | {
    f"scrapy.extensions.{name}": None
    for name in (
        "telnet.TelnetConsole",
        "memusage.MemoryUsage",
        "memdebug.MemoryDebugger",
        "closespider.CloseSpider",
        "feedexport.FeedExporter",
        "spiderstate.SpiderState",
        "throttle.AutoThrottle",
        "remote_control.RemoteControl",
        "logstats.LogStats",
    )
}


def scrapy_settings(config: Config, network: Network) -> dict[str, Any]:
    """The settings of one crawl. Every status reaches the spiders: there is no HttpErrorMiddleware."""
    wire = "crawler.wire.WireDownloadHandler"
    middlewares, browser = dict(_DOWNLOADER_MIDDLEWARES), dict[str, Any]()
    if any(site.render for site in network.active):
        middlewares["crawler.render.Render"] = 585
        browser = playwright_settings(config)
    under_way = min(max(_LEAST_UNDER_WAY, 2 * len(network.active)), _MOST_UNDER_WAY)
    return {
        "BOT_NAME": BOT_NAME,
        "SPIDER_MODULES": SPIDER_MODULES,
        "DISWAY_CONFIG": config,
        "DISWAY_NETWORK": network,
        # what is sent, and to whom
        "USER_AGENT": config.network.user_agent_header,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "id,en;q=0.5",
        },
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": config.network.max_redirects,
        "RETRY_TIMES": config.network.retries,
        "RETRY_GIVE_UP_LOG_LEVEL": "WARNING",
        "ROBOTSTXT_OBEY": False,  # crawler.robots obeys
        "HTTPPROXY_ENABLED": True,
        # what is accepted
        "DOWNLOAD_HANDLERS": {"http": wire, "https": wire, "data": None, "file": None, "ftp": None, "s3": None},
        "DOWNLOAD_VERIFY_CERTIFICATES": config.network.verify_tls,
        "DOWNLOAD_TIMEOUT": config.network.timeout_s,
        CONNECT_TIMEOUT: config.network.connect_timeout_s,
        "DOWNLOAD_MAXSIZE": config.network.max_body_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        # pace: crawler.politeness decides, Scrapy's slots only keep one transfer per host
        "CONCURRENT_REQUESTS": under_way,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,
        "AUTOTHROTTLE_ENABLED": False,
        "SCHEDULER_PRIORITY_QUEUE": "crawler.fairness.FairQueue",
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",  # spiders deduplicate by article key
        "CONCURRENT_ITEMS": 1,  # measured: 25 % faster than 100, items are cheap
        # Scrapy parses the source of a generator callback for each response, bound methods being new each time.
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
        # nothing that listens, stores or reports on the side
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "STATS_DUMP": False,
        "LOG_LEVEL": "INFO",
        "LOG_VERSIONS": [],
        "DOWNLOADER_MIDDLEWARES": middlewares,
        "SPIDER_MIDDLEWARES": dict(_SPIDER_MIDDLEWARES),
        "EXTENSIONS": dict(_EXTENSIONS),
        "ITEM_PIPELINES": {"crawler.pipelines.SightingsPipeline": 100, "crawler.pipelines.ArticlesPipeline": 200},
        **browser,
    }
