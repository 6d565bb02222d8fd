"""The command `disway`: its verbs, and how each failure ends."""

import os
import sys
import traceback
from importlib.metadata import version as distribution_version
from typing import Annotated, Never

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from cli import (
    backfilling,
    coverage,
    crawling,
    demo,
    exporting,
    maintaining,
    querying,
    reparsing,
    replica,
    runs,
    serving,
    showing,
    sites,
    verifying,
)
from cli.errors import DEBUG_OPTION, ExitCode, answer, debugging, report
from crawler.fire import FIRE_VARIABLE


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"disway-archive {distribution_version('disway-archive')}\n")
        raise typer.Exit


app = typer.Typer(
    name="disway",
    help="Crawls the regional news of the Disway network, keeps it, and answers questions about it.",
    epilog="Any verb takes --debug, which prints a traceback when something fails.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_WRITING = (crawling, serving, backfilling, reparsing, maintaining)
_READING = (querying, showing, exporting, coverage, runs, sites, verifying)

for module in (*_WRITING, *_READING, replica, demo):
    module.add_to(app)


@app.callback()
def _about(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> Never:
    """Run the command line and end the process with the exit code of the contract."""
    raise SystemExit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line `arguments` and return its exit code."""
    command = get_command(app)
    try:
        if FIRE_VARIABLE in os.environ:
            _tie_to_service()
        with command.make_context("disway", [a for a in arguments if a != DEBUG_OPTION]) as context:
            command.invoke(context)
        sys.stdout.flush()
    except typer.Exit as error:
        return error.exit_code
    except BrokenPipeError:
        # The reader has had enough, as `| head` does; what Python would still flush at exit has no place to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except TyperException as error:
        return report(ExitCode.USAGE, _usage(error))
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  the last place that can say it in one line
        if debugging(arguments):
            traceback.print_exception(error)
        return report(*answer(error))
    return ExitCode.OK


def _tie_to_service() -> None:
    from crawler.service.lifeline import hold  # noqa: PLC0415  nobody else needs it

    hold(os.environ)


def _usage(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    verb = context.command_path if context else "disway"
    return f"{' '.join(error.format_message().split()).removesuffix('.')} (see `{verb} --help`)"


if __name__ == "__main__":
    main()
