"""The units of systemd are sound, give few rights, and run commands that exist."""

import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
from dockerfile import ROOT
from fixtures.crawls import BIN
from typer.main import get_command

from cli.main import app
from crawler.config import load_config

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
TIMERS = [unit for unit in UNITS if unit.suffix == ".timer"]
MOST_EXPOSED = 1.5
"""Of 10. A service with the network and a folder to write to cannot have much less."""


def by_name(path: Path) -> str:
    return path.name


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The units, with the program where it lies here: systemd looks for it."""
    assert shutil.which("systemd-analyze"), "Debian's package systemd has what checks units"
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS:
        (folder / unit.name).write_text(unit.read_text("utf-8").replace("/opt/disway/bin", str(BIN)))
    return folder


def fields(unit: Path) -> dict[str, list[str]]:
    """All values of each key of [Service] or [Timer]."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", unit.read_text("utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def test_systemd_finds_nothing_to_complain_of(installed):
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *installed.iterdir()], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=by_name)
def test_a_service_has_few_rights(unit):
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure, done
    assert float(exposure[1]) <= MOST_EXPOSED, done.stdout


@pytest.mark.parametrize("unit", SERVICES, ids=by_name)
def test_a_service_runs_a_verb_with_options_that_it_has(unit):
    program, verb, *arguments = shlex.split(fields(unit)["ExecStart"][0])
    assert program == "/opt/disway/bin/disway"
    command = get_command(app).commands[verb]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in arguments if word.startswith("--")} <= options


@pytest.mark.parametrize("unit", SERVICES, ids=by_name)
def test_a_service_has_time_to_drain_and_variables_that_are_keys(unit):
    found = fields(unit)
    environ = dict(pair.partition("=")[::2] for pair in found["Environment"][0].split())
    config = load_config(None, environ={name: value for name, value in environ.items() if name.startswith("DISWAY_")})
    assert str(config.spool.dir) == "/var/lib/disway/spool"
    assert int(found["TimeoutStopSec"][0]) >= 2 * config.schedule.drain.total_seconds()
    assert found["KillMode"] == ["mixed"], "SIGTERM to the program alone: it stops what it started"


@pytest.mark.parametrize("unit", TIMERS, ids=by_name)
def test_a_timer_makes_up_for_what_it_missed_and_has_its_service(unit):
    assert unit.with_suffix(".service") in SERVICES
    found = fields(unit)
    assert found["Persistent"] == ["yes"]
    subprocess.run(["systemd-analyze", "calendar", *found["OnCalendar"]], capture_output=True, check=True)
    parser = ConfigParser(strict=False, interpolation=None)
    parser.read_string(unit.read_text("utf-8"))
    assert parser["Install"]["wantedby"] == "timers.target"
