"""Redirects of pages."""

from typing import Self
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.guard import count_refusal
from crawler.refused import Refusal, RequestRefused
from crawler.wire import EXCHANGE_META
from news.url import UrlKind, UrlRules

_REDIRECTS = range(300, 400)


class Redirects(RedirectMiddleware):
    """Scrapy's redirects at 600, without Referer, and with a word for what cannot be followed."""

    _rules: UrlRules

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the settings, without the look-out for a Referer middleware, which would warn that there is none."""
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        middleware._rules = UrlRules(crawler.settings["DISWAY_NETWORK"])
        return middleware

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # without the deprecated spider
        """Follow a redirect. Raises RequestRefused after too many, and for a Location that is no URL."""
        try:
            self._stay_on_the_web(request, response)
            result = super().process_response(request, response)
        except RequestRefused:
            raise
        except IgnoreRequest as error:
            raise RequestRefused(Refusal.REDIRECT_LOOP, request.url) from error
        except ValueError as error:
            raise RequestRefused(Refusal.REDIRECT_INVALID, request.url) from error
        if isinstance(result, Request):
            if self._leads_home(request, result):
                raise RequestRefused(Refusal.REDIRECT_HOME, request.url)
            result.meta.pop(EXCHANGE_META, None)  # the body need not wait in the queue with the next request
        return result

    def _stay_on_the_web(self, request: Request, response: Response) -> None:
        """Raises RequestRefused for a redirect to file:, ftp:, javascript: or the like; ValueError for no URL."""
        location = response.headers.get("Location")
        if location is None or response.status not in _REDIRECTS or request.meta.get("dont_redirect"):
            return
        scheme = urlsplit(urljoin(request.url, location.decode("utf-8", "replace").strip())).scheme
        if scheme not in ("http", "https"):
            count_refusal(self.crawler.stats, Refusal.SCHEME)
            raise RequestRefused(Refusal.SCHEME, request.url)

    def _leads_home(self, request: Request, following: Request) -> bool:
        """Whether an article's address redirects to the home page, which says all: there is nothing to fetch."""
        asked, target = self._rules.read(request.url), self._rules.read(following.url)
        if asked is None or target is None:
            return False
        return asked.kind is UrlKind.ARTICLE and target.kind is UrlKind.HOME
