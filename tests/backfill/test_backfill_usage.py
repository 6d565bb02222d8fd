"""What `disway backfill` is not to be asked for: exit code 2 and one line that says what to mend."""

import pytest

from cli.main import run

CASES = {
    "the end before the begin": (("radartegal", "2026-03-05", "2026-03-04"), "must not come before"),
    "an unknown site": (("radarbulan", "2026-03-01", "2026-03-04"), "--site radarbulan: no such site"),
    "a candidate": (("radarseluma", "2026-03-01", "2026-03-04"), "its status is candidate"),
    "no date": (("radartegal", "kemarin", "2026-03-04"), "--from 'kemarin'"),
    "no day of any month": (("radartegal", "2026-02-01", "2026-02-30"), "--to '2026-02-30'"),
    "the future": (("radartegal", "9999-12-30", "9999-12-31"), "still to come"),
    "a begin after a default end": (("radartegal", "9999-12-31", None), "still to come"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_refused_in_one_line(case, capsys, tmp_path, monkeypatch):
    (site, begin, end), said = case
    monkeypatch.chdir(tmp_path)
    last_day = ("--to", end) if end else ()
    assert run(["backfill", "--site", site, "--from", begin, *last_day]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert said in told.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "2026-03-01"),
        ("--site", "radartegal"),
        ("--site", "radartegal", "--from", "2026-03-01", "--budget", "5"),
        ("--site", "radartegal", "--from", "2026-03-01", "--gaps", "--budget", "-1"),
    ],
    ids=["no site", "no begin", "a budget for nothing", "a budget below zero"],
)
def test_what_is_missing_or_means_nothing_is_said(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["backfill", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
