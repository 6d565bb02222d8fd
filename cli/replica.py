"""`disway replica`."""

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("replica")(replica)


def replica(
    *,
    articles: Annotated[
        Path | None,
        typer.Option("--articles", metavar="FILE.jsonl", help="Serve these articles instead of a generated network."),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Of the proxy; 0 = any free one.")] = 0,
    control_port: Annotated[
        int, typer.Option("--control-port", min=0, max=65535, help="Of the control; 0 = any free one.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same network.")] = 1,
    sites: Annotated[int, typer.Option("--sites", min=1, help="How many sites.")] = 8,
    articles_per_site: Annotated[int, typer.Option("--articles-per-site", min=1, help="Published by the start.")] = 60,
    after_days: Annotated[
        int,
        typer.Option(
            "--after-days", min=1, help="How many days it lives on when the clock moves; from 7 on, with edits."
        ),
    ] = 3,
) -> None:
    """Serve a small Disway network on loopback, through a forward proxy for http and https, until Ctrl-C.

    Example: disway replica --port 8118

    It prints the environment to hand to `disway crawl`, and where its control listens (JSON: /truth, /clock, /log ...).
    """
    from replica.life import Life  # noqa: PLC0415  no other verb needs the replica
    from replica.server import ReplicaOptions, serve  # noqa: PLC0415  the same

    options = ReplicaOptions(
        articles=articles,
        port=port,
        control_port=control_port,
        seed=seed,
        sites=sites,
        articles_per_site=articles_per_site,
        life=Life(after_days),
    )
    serve(options)
