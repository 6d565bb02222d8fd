"""The sum over the ledger: what was discovered is archived, refused for a reason, or pending."""

from access_archive import Segment

from access.archive import Archive
from access.ledger import check_ledger
from cli.main import run


def test_it_adds_up(local_options, capsys):
    segment = Segment(local_options)
    segment.article(1)
    segment.event("radartegal/1", "archived", 1)
    segment.sighting(1)
    segment.sighting(2)
    segment.event("radartegal/2", "sighted", 0)
    segment.event("radartegal/3", "refused", 0, reason="not_found")
    segment.sighting(4)
    segment.commit()
    with Archive.open(local_options) as archive:
        checked = check_ledger(archive)
    assert checked.adds_up
    assert (checked.discovered, checked.states) == (4, {"archived": 1, "refused": 1, "pending": 2})
    assert run(["verify", "--ledger", "--archive", local_options.uri]) == 0
    assert "4 discovered = 1 archived + 1 refused + 2 pending" in capsys.readouterr().err


def test_what_does_not_add_up_is_named(local_options, capsys):
    segment = Segment(local_options)
    segment.event("radartegal/3", "refused", 0)
    segment.commit()
    assert run(["verify", "--ledger", "--archive", local_options.uri]) == 1
    told = capsys.readouterr()
    assert told.out == "radartegal/3 is refused without a reason\n"
    assert "1 discovered is not" in told.err
