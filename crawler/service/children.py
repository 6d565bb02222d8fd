"""The processes of runs: the `disway` command, one configuration, a pipe that ends when the service does."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from crawler.fire import FIRE_VARIABLE, Fire

PROGRAM = (sys.executable, "-P", "-m", "cli.main")
"""`-P`: a folder `cli` where the service happens to be started is not ours."""
_LAST_WORDS = 8 * 1024 * 1024
"""Bytes from the end of what a run printed, among which its last line is looked for."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended. `code` is negative after a signal, None when nobody can know it.

    `facts` is the JSON object that it printed last; `said`, of a quiet one, the last line on its stderr.
    """

    code: int | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""


class Process(Protocol):
    """A run under way."""

    def poll(self) -> Ended | None:
        """How it ended; None while it goes on."""

    def stop(self) -> None:
        """Ask it to finish what is under way, deliver, and end."""

    def kill(self) -> None:
        """End it at once."""


class Child:
    """A process of our own. What it prints on stdout, and a quiet one on stderr, is kept in files without a name."""

    def __init__(self, process: "subprocess.Popen[bytes]", out: IO[bytes], err: IO[bytes] | None) -> None:
        self._process = process
        self._out = out
        self._err = err

    def poll(self) -> Ended | None:
        code = self._process.poll()
        if code is None:
            return None
        if self._process.stdin is not None:
            self._process.stdin.close()
        with self._out, self._err or nullcontext():
            said = _last_line(self._err).decode(errors="replace") if self._err else ""
            return Ended(code, _object(_last_line(self._out)), said)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait for its end."""
        self._process.wait(timeout_s)


class Orphan:
    """The processes of a run that a service started which was killed since: nobody will learn their exit code."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def poll(self) -> Ended | None:
        return None if processes_of(self._run_id) else Ended(None)

    def stop(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        for pid in processes_of(self._run_id):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)


@dataclass(frozen=True)
class Launcher:
    """Starts commands of `disway` with one environment, in one folder."""

    environ: Mapping[str, str]
    folder: Path
    program: Sequence[str] = PROGRAM

    def start(self, argv: Sequence[str], fire: Fire | None = None, *, quiet: bool = False) -> Child:
        """Start a command, for `fire` if there is one; `quiet`: what it says on stderr is kept. Raises OSError."""
        with ExitStack() as files:
            out = files.enter_context(tempfile.TemporaryFile())
            err = files.enter_context(tempfile.TemporaryFile()) if quiet else None
            process = subprocess.Popen(  # noqa: S603  our own command
                [*self.program, *argv],
                cwd=self.folder,
                env={**self.environ, **(fire.to_environ() if fire else {})},
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                start_new_session=True,  # a Ctrl-C in the terminal is for the service, which tells its children
            )
            files.pop_all()  # the child closes them when it has ended
        return Child(process, out, err)


def processes_of(run_id: str) -> list[int]:
    """Ids of the processes that were started for the run: its command, and what that started in turn."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it ended meanwhile, or belongs to somebody else
            variables = path.read_bytes().split(b"\0")
            if any(v.startswith(FIRE_VARIABLE.encode() + b"=") and run_id.encode() in v for v in variables):
                found.append(int(path.parent.name))
    return found


def _last_line(file: IO[bytes]) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LAST_WORDS))
    lines = file.read().splitlines()
    return lines[-1] if lines else b""


def _object(line: bytes) -> dict[str, Any]:
    """The JSON object on the line; empty when there is none."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
