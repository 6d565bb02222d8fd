"""What the configuration says of rechecks and of Google News, as plans of one run. Pure."""

from crawler.config import Config
from news.plan import GooglePlan, RecheckPlan


def recheck_plan(config: Config) -> RecheckPlan:
    """Rechecks keep the backend busy for no longer than [recheck] window, at the paces of [politeness]."""
    window, pace = config.recheck.window.total_seconds(), config.politeness
    return RecheckPlan(
        after=tuple(sorted(config.recheck.after)),
        budget=int(window * pace.backend_rate_per_s) if pace.backend_rate_per_s else None,
        site_budget=int(window / pace.site_delay_s) if pace.site_delay_s else None,
    )


def google_plan(config: Config, *, now: bool) -> GooglePlan | None:
    """None when Google News is not turned on; `now`: whenever a host was asked last."""
    settings = config.google_news
    if not settings.enabled:
        return None
    return GooglePlan(
        rss_delay_s=settings.rss_delay_s,
        decode_delay_s=settings.decode_delay_s,
        every=settings.every,
        decodes=settings.decodes,
        override_robots=settings.override_robots,
        now=now,
    )
