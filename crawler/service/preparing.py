"""What comes before the schedule and after it: what waits is delivered, and what earlier services fired is learnt."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from crawler.service.gauges import runs_in
from crawler.service.service import Waits
from crawler.service.wakeup import STOPS
from news.errors import StoreRefused
from storage.spool import undelivered

if TYPE_CHECKING:
    from crawler.service.serve import Office

logger = logging.getLogger(__name__)

_USAGE = 2
_TICK_S = 1.0
PATIENCE_S = 120.0
"""For each answer of the archive, before the schedule begins without it."""


def prepared(office: "Office", waits: Waits, within_s: float = PATIENCE_S) -> bool:
    """Check the store, deliver what earlier runs left, and learn what they fired; False when told to stop meanwhile.

    A store that does not answer is borne: what is fetched waits in the spool. So is one that takes longer than
    `within_s`: it goes on beside the schedule, and polls leave to it what it delivers. Raises StoreRefused.
    """
    office.service.adopt()
    office.backlog.deliver()
    if not _waited(office, waits, lambda: office.backlog.is_under_way, within_s):
        office.backlog.cut_off()
        return False
    ended = office.backlog.ended
    if ended is None:
        segments = undelivered(office.spool_dir)
        logger.warning("the schedule begins while what waits in the spool is delivered: %d segments", segments)
    elif ended.code == _USAGE:
        raise StoreRefused(ended.said.removeprefix("disway: "))
    elif ended.code != 0:
        return True
    office.learner.ask()
    if not _waited(office, waits, lambda: office.learner.is_asking, within_s):
        return False
    if office.learner.is_asking:
        logger.warning("the schedule begins before the archive has told what was fired: a fire may come twice")
    take_note(office)
    return True


def take_note(office: "Office") -> None:
    """Have no fire twice that the archive has a row of; before the schedule begins.

    A job that never ran in this archive is owed what it missed since the last fire of any.
    """
    records, newest = office.service.dispatch.records, office.learner.knowledge.newest_fires
    for name, job in office.service.dispatch.jobs.items():
        if name in newest:
            records.raise_high(name, newest[name])
        elif newest and records.track(name).high is None:
            records.raise_high(name, job.grid.latest(max(newest.values())))


def deliver_rest(office: "Office", waits: Waits, within_s: float) -> bool:
    """Deliver what the last runs left, the rows of their fires too; whether a signal cut it short."""
    if not runs_in(office.spool_dir):
        return False
    office.backlog.deliver()
    in_peace = _waited(office, waits, lambda: office.backlog.is_under_way, within_s)
    office.backlog.cut_off()
    return not in_peace


def _waited(office: "Office", waits: Waits, goes_on: Callable[[], bool], within_s: float) -> bool:
    """Wait while something goes on, for so long at most; False at a signal to stop."""
    until_s = office.clocks.read().awake_s + within_s
    while goes_on() and office.clocks.read().awake_s < until_s:
        office.service.rest()
        if any(number in STOPS for number in waits.wait(_TICK_S)):
            return False
        office.backlog.look()
        office.learner.look(office.clocks.read())
    return True
