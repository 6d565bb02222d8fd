"""`disway demo`: the whole path on one machine, offline."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from news.errors import DiswayError

SITES = 8
ARTICLES_PER_SITE = 30
LATER_S = 86_400
"""How far the replica's clock moves between the two crawls."""
QUERIES = (
    """
    SELECT site, count(*) AS articles, sum(parts) AS parts, max(published_at) AS newest
    FROM articles GROUP BY site ORDER BY articles DESC, site
    """,
    """
    SELECT kind, count(*) AS sightings, count(DISTINCT (site, article_id)) AS articles
    FROM sightings WHERE article_id IS NOT NULL GROUP BY kind ORDER BY sightings DESC
    """,
    """
    SELECT article_key, place, left(title, 60) AS title, len(related) AS baca_juga, warc_offset, warc_length
    FROM articles WHERE place IS NOT NULL ORDER BY published_at DESC LIMIT 5
    """,
)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("demo")(demo)


def demo(
    *,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where store and spool are kept; emptied first.")
    ] = Path(".demo"),
) -> None:
    """Crawl a replica of the network into an embedded S3 store, twice, and ask the archive three questions. Offline.

    Example: disway demo
    """
    from replica.network import Network  # noqa: PLC0415  no other verb needs the replica and the store
    from replica.seaweed import EmbeddedStore  # noqa: PLC0415
    from replica.server import ReplicaServer  # noqa: PLC0415

    _empty(folder)
    _say(f"a replica of {SITES} sites, and SeaweedFS as the S3 store, on loopback")
    network = Network.generate(sites=SITES, articles=ARTICLES_PER_SITE, start=datetime.now(UTC))
    with EmbeddedStore(folder / "store") as store, ReplicaServer.start(network) as replica:
        environ = {
            **os.environ,
            **replica.environment(),
            **store.environ,
            "DISWAY_ARCHIVE__URI": f"{store.uri}/archive",
            "DISWAY_SPOOL__DIR": str(folder / "spool"),
            "DISWAY_POLITENESS__SITE_DELAY_S": "0",
            "DISWAY_POLITENESS__BACKEND_RATE_PER_S": "0",
        }
        sites = [word for site in network.sites for word in ("--site", site.profile.id)]
        first = _crawl([*sites, "--since", "60d"], environ)
        now = replica.control.advance(LATER_S)
        _say(f"the replica's clock moves to {now:%Y-%m-%d %H:%M} UTC")
        second = _crawl(sites, environ)
        for query in QUERIES:
            _disway(["sql", " ".join(query.split())], environ)
        _disway(["runs"], environ)
        _disway(["verify"], environ)
    _say(f"first crawl: {_brought(first)}")
    _say(f"second crawl: {_brought(second)}")


def _empty(folder: Path) -> None:
    """Remove what an earlier demo left; a folder that holds anything else is not touched."""
    left = {path.name for path in folder.glob("*")} if folder.exists() else set()
    if left - {"store", "spool"}:
        raise typer.BadParameter(f"{folder} holds other things than a demo; name another folder with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _crawl(arguments: list[str], environ: Mapping[str, str]) -> Mapping[str, Any]:
    report: dict[str, Any] = json.loads(_disway(["crawl", *arguments, "--json"], environ, keep=True))
    return report


def _disway(arguments: list[str], environ: Mapping[str, str], *, keep: bool = False) -> str:
    """Run a command as a user would, and say which. Raises DiswayError when it fails."""
    _say(f"$ disway {shlex.join(arguments)}")
    command = [sys.executable, "-m", "cli.main", *arguments]
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE if keep else None, text=True, check=False)  # noqa: S603  our own module
    if done.returncode:
        raise DiswayError(f"`disway {arguments[0]}` ended with {done.returncode}")
    return done.stdout or ""


def _brought(report: Mapping[str, Any]) -> str:
    counts = report["counts"]
    return (
        f"{counts.get('fetched', 0)} pages fetched, {counts.get('articles_new', 0)} new articles, "
        f"{counts.get('articles_changed', 0)} changed, {counts.get('listings_unchanged', 0)} listings unchanged"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")
    sys.stdout.flush()
