"""`disway sites`."""

import os
import sys
from typing import Annotated, Any

import typer

from access.table import write_rows
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json
from news.site import Network, Site, SiteStatus
from storage.config import ArchiveSettings, resolve_store


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("sites")(sites)


def sites(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Check every site file and the configuration, contacting nobody.")
    ] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the newspapers that are known, by status; only active ones are crawled.

    Example: disway sites --check
    """
    settings = configuration(config, archive)
    network = settings.site_network()
    by_status = {status.value: sum(s.status is status for s in network.sites.values()) for status in SiteStatus}
    if check:
        _check_store(settings.archive.model_dump())
    if as_json:
        listed = {} if check else {"sites": [site.model_dump(mode="json") for site in _by_status(network)]}
        print_json({"ok": True, "by_status": by_status, **listed})
    elif check:
        counted = ", ".join(f"{number} {status}" for status, number in by_status.items() if number)
        typer.echo(f"{len(network.sites)} site files ({counted}) and the configuration are in order")
    else:
        names = ("status", "id", "host", "name", "province", "timezone")
        write_rows(names, [tuple(_shown(site, name) for name in names) for site in _by_status(network)], sys.stdout)


def _by_status(network: Network) -> list[Site]:
    order = list(SiteStatus)
    return sorted(network.sites.values(), key=lambda site: (order.index(site.status), site.id))


def _shown(site: Site, name: str) -> str | None:
    value = getattr(site, name)
    return value.value if isinstance(value, SiteStatus) else value


def _check_store(values: dict[str, Any]) -> None:
    """Raise ConfigError when the archive's place or account is not stated right; an account that is missing is one."""
    resolve_store(ArchiveSettings(**values), os.environ)
