"""What the service runs: an entry a job. A further kind of job is a further entry."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from crawler.config import Config
from crawler.service.grid import Daily, Every, Grid

CRAWL_LANE = "crawl"
"""The lane of jobs that take the lease of that name: within a service they wait for each other instead."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command of `disway`, and when it is run. Jobs of one lane run one at a time."""

    name: str
    grid: Grid
    argv: tuple[str, ...]
    lane: str
    begin_at_once: bool = False
    """In an archive that has no run of it: whether it is run as soon as the service starts."""

    @property
    def command(self) -> str:
        """The verb: the value of `runs.command`."""
        return self.argv[0]


def jobs_of(config: Config) -> tuple[Job, ...]:
    """The schedule of `config`."""
    plan = config.schedule
    zone = ZoneInfo(plan.timezone)
    spread = f"{round(plan.spread.total_seconds())}s"
    poll = ("crawl", *_sources("sections", "feeds", "sitemaps"), "--spread", spread, "--json")
    jobs = [
        Job("poll", Every(plan.poll), poll, CRAWL_LANE, begin_at_once=True),
        # Half an interval after the polls, so that neither waits for the other as long as both are short.
        Job("recheck", Every(plan.recheck, plan.recheck / 2), ("crawl", *_sources("recheck"), "--json"), CRAWL_LANE),
        Job("maintain", Daily(plan.maintain, zone), ("maintain", "--json"), "maintain"),
        Job("verify", Daily(plan.verify, zone), ("verify", "--sample", str(plan.verify_sample), "--json"), "verify"),
        Job("coverage", Daily(plan.coverage, zone), ("coverage", "--json"), "coverage"),
    ]
    if config.google_news.enabled:
        # An hour of decoding must not keep polls from running: a crawl of this source alone takes another lease.
        every = config.google_news.every if config.google_news.every > timedelta(0) else plan.poll
        google = ("crawl", *_sources("google_news"), "--json")
        jobs.insert(2, Job("google_news", Every(every), google, "google_news", begin_at_once=True))
    return tuple(jobs)


def _sources(*names: str) -> tuple[str, ...]:
    return tuple(word for name in names for word in ("--source", name))
