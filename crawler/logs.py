"""Logging to stderr: a line for each record whatever its message holds, as text or as JSON, and without secrets."""

import copy
import io
import logging
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

from crawler.config import KEY_PREFIX, Config
from crawler.fire import FIRE_VARIABLE, Fire
from crawler.secrets import secrets_of
from news.errors import ConfigError

LONGEST = 16_384
"""Characters of a message or traceback; what is more is cut, and the line says how much."""
FORMAT_VARIABLE = f"{KEY_PREFIX}LOG__FORMAT"
_HIDDEN = "***"
_URL_CREDENTIALS = re.compile(r"(://)[^/\s@]*@")
_SIGNATURE = re.compile(r"(signature\W{1,4})[0-9a-f]{64}", re.IGNORECASE)
"""Of a request to S3 (AWS Signature Version 4), as a header, a query and botocore's own log have it."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line separators, what turns the direction of writing, and halves of characters."""
_FIELDS = ("time", "level", "logger", "message", "exception", "run_id", "job")


def set_up(config: Config, environ: Mapping[str, str], level: str) -> None:
    """Log as `config` says, and let processes that are started from here do the same."""
    os.environ[FORMAT_VARIABLE] = config.log.format
    _install(config.log.format, secrets_of(config, environ), level, environ)


def set_up_child(environ: Mapping[str, str], level: str) -> None:
    """Log as the process that started this one does."""
    _install(environ.get(FORMAT_VARIABLE, "text"), secrets_of(None, environ), level, environ)


def set_level(level: str) -> None:
    """From which level on records are logged; that of the root alone would let pass loggers with one of their own."""
    root = logging.getLogger()
    root.setLevel(level)
    for handler in root.handlers:
        if isinstance(handler, StderrHandler):
            handler.setLevel(level)


def _install(form: str, secrets: Collection[str], level: str, environ: Mapping[str, str]) -> None:
    root = logging.getLogger()
    for former in [handler for handler in root.handlers if isinstance(handler, StderrHandler)]:
        root.removeHandler(former)
    handler = StderrHandler(secrets)
    handler.setFormatter(JsonLines(_fire_fields(environ)) if form == "json" else TextLines())
    root.addHandler(handler)
    set_level(level)
    if form == "json" and not isinstance(sys.stderr, LoggedLines):
        logging.captureWarnings(capture=True)
        sys.stderr = LoggedLines(sys.stderr)


def _fire_fields(environ: Mapping[str, str]) -> dict[str, Any]:
    try:
        fire = Fire.from_environ({FIRE_VARIABLE: environ.get(FIRE_VARIABLE, "")})
    except ConfigError:
        return {}
    return {"run_id": fire.run_id, "job": fire.job} if fire else {}


def redacted(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of `secrets`, nor credentials in a URL, nor signatures."""
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return _SIGNATURE.sub(rf"\1{_HIDDEN}", _URL_CREDENTIALS.sub(rf"\1{_HIDDEN}@", text))


def one_line(text: str) -> str:
    """`text` with everything escaped that could begin a line, move a cursor or turn the direction of writing."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to what is stderr at that time, without secrets."""

    def __init__(self, secrets: Collection[str]) -> None:
        logging.Handler.__init__(self)
        self._secrets = sorted(secrets, key=len, reverse=True)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # a property, since sys.stderr may be replaced
        return sys.stderr.beneath if isinstance(sys.stderr, LoggedLines) else sys.stderr

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record: other handlers get it as it is."""
        clean = copy.copy(record)
        clean.msg, clean.args = self._clean(record.getMessage()), None
        if record.exc_info:
            clean.exc_text = logging.Formatter().formatException(record.exc_info)
            clean.exc_info = None
        clean.exc_text = self._clean(clean.exc_text) if clean.exc_text else None
        clean.stack_info = None
        return super().format(clean)

    def _clean(self, text: str) -> str:
        clean = redacted(text, self._secrets)
        more = len(clean) - LONGEST
        return clean if more <= 0 else f"{clean[:LONGEST]} ... and {more} characters more"


class TextLines(logging.Formatter):
    """`2026-11-23T07:00:00Z WARNING crawler.tap: message`; lines of a traceback are indented."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and those of its traceback."""
        at = datetime.fromtimestamp(record.created, UTC)
        line = f"{at:%Y-%m-%dT%H:%M:%SZ} {record.levelname} {record.name}: {one_line(record.getMessage())}"
        traceback = "".join(f"\n    {one_line(part)}" for part in (record.exc_text or "").split("\n") if part)
        return line + traceback


class JsonLines(JsonFormatter):
    """One JSON object a line, in ASCII."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
            static_fields=dict(fields),
            timestamp="time",
            json_ensure_ascii=True,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Nothing but what is named above: Scrapy adds its spider, an object."""
        return {name: log_data[name] for name in _FIELDS if name in log_data}


class LoggedLines(io.TextIOBase):
    """What is printed on stderr while logs are JSON: each line becomes a record, whatever the level of the log."""

    def __init__(self, beneath: TextIO) -> None:
        self.beneath = beneath
        self._begun = ""

    def write(self, text: str) -> int:
        """Log every line that is complete."""
        *lines, self._begun = (self._begun + text).split("\n")
        handlers = [handler for handler in logging.getLogger().handlers if isinstance(handler, StderrHandler)]
        for line in _said(lines):
            for handler in handlers:
                handler.handle(logging.LogRecord("disway", logging.INFO, "", 0, line, None, None))
        return len(text)

    def flush(self) -> None:
        """Log what has no end of line yet."""
        if self._begun.strip():
            self.write("\n")

    def fileno(self) -> int:
        """Of the stream beneath."""
        return self.beneath.fileno()

    def isatty(self) -> bool:
        """Never: nobody draws into a log."""
        return False


def _said(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if said := line.rpartition("\r")[2].strip():
            yield said
