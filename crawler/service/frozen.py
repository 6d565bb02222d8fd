"""A configuration as environment variables: what a run reads cannot change while the service goes on."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import time, timedelta
from typing import Any

from pydantic import SecretStr

from crawler.config import FILE_VARIABLE, KEY_PREFIX, Config


def frozen_environ(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with every key of `config` in it, and no configuration file left to be read."""
    kept = {name: text for name, text in environ.items() if not (name.startswith(KEY_PREFIX) and "__" in name)}
    for section in type(config).model_fields:
        for key, value in getattr(config, section):
            kept[f"{KEY_PREFIX}{section}__{key}".upper()] = _spelled(value)
    return kept | {FILE_VARIABLE: os.devnull}


def _spelled(value: object) -> str:
    """`value` as `crawler.config` reads it."""
    return next(spell for kind, spell in _SPELLINGS if isinstance(value, kind))(value)


def _items(values: tuple[object, ...]) -> str:
    return json.dumps([_spelled(item) for item in values])


def _span(span: timedelta) -> str:
    return f"P{span.days}DT{span.seconds}.{span.microseconds:06d}S"


_SPELLINGS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (type(None), lambda _: ""),
    (bool, lambda value: str(value).lower()),
    (timedelta, _span),
    (time, lambda value: f"{value:%H:%M}"),
    (SecretStr, SecretStr.get_secret_value),
    (tuple, _items),
    (object, str),
)
