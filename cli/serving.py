"""`disway serve`."""

import os
import sys
from typing import Annotated

import typer

from cli.errors import ExitCode
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json
from crawler.config import Config
from crawler.logs import set_level
from news.errors import UsageError


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("serve")(serve)


def serve(
    *,
    test_alert: Annotated[
        bool, typer.Option("--test-alert", help="Send a test message to all of [alerts] urls, and exit.")
    ] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the schedule: polls, rechecks, Google News if it is on, and at night maintain, verify and coverage.

    Example: disway serve --config /etc/disway.toml

    What runs when is in [schedule]; each run is a `disway` command in a process of its own, and leaves a row in `runs`,
    also when it was skipped. http://127.0.0.1:9911/healthz and /metrics say how it does; [service] has their address.
    SIGTERM or Ctrl-C lets runs under way finish and deliver; a second one ends them at once. Either loses nothing.

    Exit codes: 0 ended as it was told to; 2 nothing done; 3 something waits in the spool; 130 ended at once. With
    --test-alert: 0 all of them took the message; 1 one did not; 2 there are none.
    """
    settings = configuration(config, archive)
    if test_alert:
        raise typer.Exit(_test_alert(settings, as_json=as_json))
    from crawler.service.serve import serve as carry_out  # noqa: PLC0415  other verbs do not need it

    set_level("INFO")
    closing = carry_out(settings, os.environ)
    code = ExitCode.UNDELIVERED if closing.undelivered else ExitCode.INTERRUPTED if closing.forced else ExitCode.OK
    if as_json:
        print_json({"undelivered": closing.undelivered, "forced": closing.forced, "exit_code": code})
    raise typer.Exit(code)


def _test_alert(settings: Config, *, as_json: bool) -> int:
    """Send a test message, say of each service whether it took it; the exit code."""
    from crawler.alerting import send_test_alert  # noqa: PLC0415  as above

    told = send_test_alert(settings)
    if not told:
        raise UsageError("[alerts] urls names nobody: set it to one or more Apprise URLs")
    for one in told:
        sys.stderr.write(f"{one.service}: {'sent' if one.ok else one.problem}\n")
    if as_json:
        print_json({"told": [{"service": one.service, "ok": one.ok, "problem": one.problem} for one in told]})
    return ExitCode.OK if all(one.ok for one in told) else ExitCode.DEGRADED
