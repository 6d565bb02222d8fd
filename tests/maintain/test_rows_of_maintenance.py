"""Whatever ends a maintenance, it leaves exactly one row in `runs`."""

import errno
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fixtures.crawls import Operator
from test_compaction import fill

from access.repairs import Suspects
from crawler.config import load_config
from crawler.fire import Fire
from crawler.maintenance import Maintenance
from news.errors import StoreUnavailable, UsageError
from storage.config import StoreOptions

FIRE = Fire("20260305T193000Z-abcdef", "maintain", datetime(2026, 3, 5, 19, 30, tzinfo=UTC))


def rows_left(operator: Operator) -> list[dict]:
    """The rows of runs, once what waits in the spool is delivered."""
    assert operator.run("recover").code == 0
    return operator.ask("SELECT * FROM runs WHERE command = 'maintain'")


def carry_out(operator: Operator, error: BaseException) -> None:
    """A maintenance of the schedule, which meets `error` once it has begun."""

    def suspects() -> Suspects:
        raise error

    config = load_config(environ=operator.environ)
    Maintenance.begin(config, operator.options(), FIRE.to_environ(), dry_run=False).carry_out(suspects)


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (StoreUnavailable("no answer"), "failed", "no answer"),
        (OSError(errno.EIO, "I/O error"), "failed", "OSError: [Errno 5] I/O error"),
        (RuntimeError("two\nlines \x1b[31m"), "failed", "RuntimeError: two lines \\x1b[31m"),
        (MemoryError(), "failed", "MemoryError:"),
        (KeyboardInterrupt(), "interrupted", "interrupted"),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, BaseException) else "",
)
def test_whatever_is_raised(operator: Operator, error: BaseException, outcome: str, reason: str) -> None:
    fill(operator.options(), 1)
    terminates = signal.getsignal(signal.SIGTERM)
    with pytest.raises(type(error)):
        carry_out(operator, error)
    assert signal.getsignal(signal.SIGTERM) is terminates
    (row,) = rows_left(operator)
    assert (row["run_id"], row["job"], row["fired_at"]) == (FIRE.run_id, FIRE.job, FIRE.fired_at)
    assert (row["outcome"], row["reason"]) == (outcome, reason)


def test_nothing_done_is_no_run(operator: Operator) -> None:
    """As of a crawl that is refused: who started it reads why."""
    with pytest.raises(UsageError):
        carry_out(operator, UsageError("no archive"))
    assert not list(operator.spool.iterdir())


def test_a_disk_that_does_not_even_take_the_row(local_options: StoreOptions, operator: Operator) -> None:
    """The archive gets it at once."""
    fill(local_options, 1)
    operator.uri = local_options.uri
    operator.spool.mkdir(parents=True)
    config = load_config(environ=operator.environ)
    begun = Maintenance.begin(config, local_options, FIRE.to_environ(), dry_run=False)

    def suspects() -> Suspects:
        operator.spool.rmdir()
        operator.spool.touch()
        return Suspects([], [])

    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        begun.carry_out(suspects)
    (row,) = operator.ask("SELECT * FROM runs")
    assert (row["run_id"], row["outcome"]) == (FIRE.run_id, "failed")


def test_damage_is_no_success(operator: Operator) -> None:
    fill(operator.options(), 3)
    cut = min(Path(operator.uri, "tables", "captures").glob("*.parquet"))
    os.truncate(cut, cut.stat().st_size // 2)
    done = operator.run("maintain", "--json")
    assert (done.code, done.facts["outcome"]) == (1, "degraded")
    (row,) = operator.ask("SELECT * FROM runs")
    assert (row["run_id"], row["outcome"], row["reason"]) == (done.facts["run_id"], "degraded", done.facts["reason"])
