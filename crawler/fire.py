"""What a schedule tells the run that it starts: which run it is, of which job, and what it stands for."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from crawler.rows import instant
from news.errors import ConfigError
from storage.schema import Row

FIRE_VARIABLE = "DISWAY_FIRE"
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
"""As `storage.spool.new_run_id` makes them: it becomes part of object keys."""
_JOB = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Fire:
    """One start that a schedule meant to happen. Instants are aware, UTC."""

    run_id: str
    job: str
    """poll, recheck, google_news, ..."""
    fired_at: datetime
    """When it was due."""
    covers_from: datetime | None = None
    """The first of the missed fires that this one makes up for."""
    note: str | None = None
    """What its row must say beside how it went: the clock had been set back, ..."""

    @property
    def columns(self) -> Row:
        """The columns of `runs` that a run of a schedule has beside those of any run."""
        covers_from = instant(self.covers_from) if self.covers_from else None
        return {"job": self.job, "fired_at": instant(self.fired_at), "covers_from": covers_from}

    def to_environ(self) -> dict[str, str]:
        """The variable to start the run with."""
        return {FIRE_VARIABLE: json.dumps({"run_id": self.run_id, **self.columns, "note": self.note})}

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """The inverse of `to_environ`; None for a run that no schedule started. Raises ConfigError."""
        text = environ.get(FIRE_VARIABLE)
        if not text:
            return None
        try:
            given = json.loads(text)
            covers_from, note = given.get("covers_from"), given.get("note")
            return cls(
                _matching(_RUN_ID, given["run_id"]),
                _matching(_JOB, given["job"]),
                _instant(given["fired_at"]),
                _instant(covers_from) if covers_from else None,
                str(note) if note else None,
            )
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            said = f"environment: {FIRE_VARIABLE} = {text!r}: {error}: only `disway serve` sets it"
            raise ConfigError(said) from error


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{text!r} is no such name")
    return text


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without a zone")
    return at.astimezone(UTC)
