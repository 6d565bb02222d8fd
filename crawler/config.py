"""The operator's configuration: `disway.toml`, and the environment over it.

Every key can be given by environment too, `DISWAY_<SECTION>__<KEY>`; a list is then written with commas, or as a JSON
array.
docs/configuration.md explains each key. Importing this module is cheap: no Scrapy, no store client.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crawler.config_sections import (
    AlertsSettings,
    GoogleNewsSettings,
    LimitsSettings,
    LogSettings,
    MaintainSettings,
    NetworkSettings,
    PolitenessSettings,
    RecheckSettings,
    RenderSettings,
    ScheduleSettings,
    Section,
    ServiceSettings,
    SitesSettings,
    SpoolSettings,
)
from news.errors import ConfigError
from news.site import Network, load_network
from storage.config import ArchiveSettings

DEFAULT_FILE = Path("disway.toml")
FILE_VARIABLE = "DISWAY_CONFIG"
"""Names the file when the command line does not."""

KEY_PREFIX = "DISWAY_"
_NO_KEYS = frozenset({FILE_VARIABLE, "DISWAY_DEBUG", "DISWAY_FIRE"})
"""Variables of the program that are no keys."""


class Config(Section):
    """Everything that an operator can set."""

    archive: ArchiveSettings = ArchiveSettings()
    network: NetworkSettings = NetworkSettings()
    politeness: PolitenessSettings = PolitenessSettings()
    google_news: GoogleNewsSettings = GoogleNewsSettings()
    recheck: RecheckSettings = RecheckSettings()
    spool: SpoolSettings = SpoolSettings()
    limits: LimitsSettings = LimitsSettings()
    render: RenderSettings = RenderSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    service: ServiceSettings = ServiceSettings()
    alerts: AlertsSettings = AlertsSettings()
    maintain: MaintainSettings = MaintainSettings()
    log: LogSettings = LogSettings()
    sites: SitesSettings = SitesSettings()

    def site_network(self) -> Network:
        """The sites that the program ships and those of `[sites] dir`. Raises ConfigError."""
        return load_network(*self.site_folders())

    def site_folders(self) -> tuple[Path, ...]:
        """Where site files lie: the program's own, then `[sites] dir`."""
        shipped = Path(__file__).parents[1] / "spiders" / "sites"
        return (shipped, self.sites.dir) if self.sites.dir else (shipped,)


def load_config(
    path: Path | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Read the configuration: `overrides` (of the command line) over the environment over the file over the defaults.

    Without `path` the file is the one that DISWAY_CONFIG names, else ./disway.toml if there is one. Raises ConfigError
    naming file or variable, key and value.
    """
    environ = os.environ if environ is None else environ
    if path is None and environ.get(FILE_VARIABLE):
        path = Path(environ[FILE_VARIABLE])
    if path is None and DEFAULT_FILE.exists():
        path = DEFAULT_FILE
    values: dict[str, Any] = _read(path) if path else {}
    for section, keys in (*_of_environment(environ).items(), *(overrides or {}).items()):
        given = values.get(section, {})
        values[section] = {**given, **keys} if isinstance(given, dict) else given
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError("; ".join(_explain(e, path, environ, overrides or {}) for e in error.errors())) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such configuration file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _of_environment(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    for name, text in environ.items():
        if not name.startswith(KEY_PREFIX) or name in _NO_KEYS:
            continue
        section, _, key = name.removeprefix(KEY_PREFIX).lower().partition("__")
        field = Config.model_fields.get(section)
        keys = getattr(field.annotation, "model_fields", {}) if field else {}
        if key not in keys:
            raise ConfigError(f"environment: {name} = {text!r}: no such key, docs/configuration.md lists them")
        value: Any = _listed(name, text) if "tuple" in str(keys[key].annotation) else text
        sections.setdefault(section, {})[key] = None if value == "" else value
    return sections


def _listed(name: str, text: str) -> list[Any]:
    """Items between commas; or a JSON array, for items that hold commas themselves."""
    if not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        items: list[Any] = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"environment: {name} begins with [ and is no JSON array: {error}") from None
    return items


def _explain(
    error: Mapping[str, Any], path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Mapping[str, Any]]
) -> str:
    loc = [str(part) for part in error["loc"]]
    key = ".".join(loc)
    variable = KEY_PREFIX + "__".join(loc[:2]).upper()
    if len(loc) > 1 and loc[1] in overrides.get(loc[0], {}):
        source = "command line"
    elif variable in environ:
        source = f"environment: {variable}"
    else:
        source = str(path)
    if error["type"] == "extra_forbidden":
        return f"{source}: {key} = {error['input']!r}: no such key, docs/configuration.md lists them"
    return f"{source}: {key} = {error['input']!r}: {error['msg'].removeprefix('Value error, ')}"
