"""Options that every verb takes after its name, and what they resolve to."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import DEBUG_VARIABLE
from crawler.config import Config, load_config
from crawler.logs import set_up
from storage.config import ArchiveSettings, StoreOptions, forget_proxies, resolve_store

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration file [default: ./disway.toml if there is one]"),
]
ArchiveOption = Annotated[
    str | None,
    typer.Option(
        "--archive", metavar="URI", help="A folder, or s3://bucket/prefix [default: [archive] uri, ./archive]"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


def configuration(
    path: Path | None, archive: str | None, overrides: Mapping[str, Mapping[str, Any]] | None = None
) -> Config:
    """The configuration with `--archive` and `overrides` of other options over it; logs go as it says from then on.

    Raises ConfigError.
    """
    environ = {name: value for name, value in os.environ.items() if name != DEBUG_VARIABLE}
    given = {"archive": {"uri": archive}} if archive is not None else {}
    config = load_config(path, {**given, **(overrides or {})}, environ)
    set_up(config, os.environ, "WARNING")
    return config


def store_of(config: Config) -> StoreOptions:
    """The archive's store; this process forgets the crawler's proxies, for it talks to nobody else. Raises
    ConfigError.
    """
    options = resolve_store(ArchiveSettings(**config.archive.model_dump()), os.environ)
    forget_proxies(options)
    return options


def print_json(value: dict[str, Any]) -> None:
    """The last line of `--json`."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
