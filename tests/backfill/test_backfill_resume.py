"""A backfill that is stopped goes on where it was."""

import signal
from collections.abc import Callable

import pytest
from backfill_worlds import FEEDS, SEARCH, SITEMAPS, STRETCH, TAGS, Desk, asked, wrong
from fixtures.crawls import Ended, ended, interrupted, once

WAYS: dict[str, Callable] = {
    "SIGKILL": lambda process: (process.kill(), ended(process))[1],
    "Ctrl-C": lambda process: interrupted(process, signal.SIGINT),
}
SLOW = "/kategori/lokal/90"
CODES = {"SIGKILL": -signal.SIGKILL, "Ctrl-C": 130}


@pytest.mark.parametrize("way", WAYS)
def test_it_goes_on_at_the_cursor_and_comes_to_the_same_archive(operator_desk: Desk, way):
    desk = operator_desk
    desk.without(*SITEMAPS, *FEEDS, *TAGS, *SEARCH)
    # The fourth page takes so long that the run cannot end before the signal.
    desk.replica.control.fault("slow", desk.host, SLOW, count=1, delay_s=3)
    process = desk.operator.start("backfill", "--site", desk.site, "--json", *STRETCH)
    once(lambda: any(line.path == SLOW for line in desk.replica.control.log()), process)
    cut: Ended = WAYS[way](process)
    assert cut.code == CODES[way], cut
    first = asked(desk.replica.control.log(), "listing")
    assert {"/kategori/lokal", "/kategori/lokal/30", "/kategori/lokal/60"} <= set(first)

    done, log = desk.backfill()
    assert done.code in (0, 1), done.err
    again = set(asked(log, "listing")) & set(first) - {"/"}
    assert again <= {"/kategori/lokal/60", SLOW}, again  # the last that was read, and the one that was under way
    assert SLOW in asked(log)
    assert not wrong(desk)
    assert set(desk.stretches("/kategori/").values()) == {"done"}
    if way == "SIGKILL":
        once_more(desk)


def once_more(desk: Desk) -> None:
    """A backfill that is done asks for next to nothing."""
    done, log = desk.backfill()
    assert {path for path in asked(log) if not path.startswith(SITEMAPS)} == {"/"}
    assert done.facts["counts"].get("articles_new", 0) == 0
