"""A request that the crawler itself does not send, and why."""

from enum import StrEnum

from scrapy.exceptions import IgnoreRequest


class Refusal(StrEnum):
    """Why a request was not sent."""

    SCHEME = "scheme"
    """Neither http nor https."""
    PORT = "port"
    """Not the default port of its scheme."""
    USERINFO = "userinfo"
    """Carries a user name or password."""
    OFF_NETWORK = "off_network"
    """The host is in no site file, or its site is not active."""
    PROXY = "proxy"
    """Asks for a proxy that the environment does not name."""
    ADDRESS = "address"
    """The name resolves to an address that is not public."""
    ROBOTS_FORBIDDEN = "robots_forbidden"
    ROBOTS_UNAVAILABLE = "robots_unavailable"
    """Whether the URL may be fetched cannot be known now."""
    BACKED_OFF = "backed_off"
    """The server asked for a longer pause than a run waits; try in a later run."""
    BUDGET = "budget"
    """The run has spent one of its limits; try in a later run."""
    SPOOL_FULL = "spool_full"
    """There is no room to keep an answer; try in a later run."""
    NO_BROWSER = "no_browser"
    """The page needs a browser, and there is none; try when one is installed."""
    STOPPING = "stopping"
    """The run ends; try in a later run."""
    REDIRECT_LOOP = "redirect_loop"
    """More redirects than allowed."""
    REDIRECT_HOME = "redirect_home"
    """An article's address redirects to the home page, which is not fetched for it."""
    REDIRECT_INVALID = "redirect_invalid"
    """Redirected to what is no URL."""


class RequestRefused(IgnoreRequest):
    """The request was dropped before (or instead of) being sent; `reason` says why."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
