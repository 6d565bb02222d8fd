"""Networks with a site whose pages are made in the browser."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fixtures.crawls import Operator

from replica.catalogue import profile_for
from replica.network import DEFAULT_START, Network
from replica.newsroom import write_sites
from replica.scripted import SCRIPT_PATH
from replica.server import ReplicaServer
from replica.truth import TruthArticle
from replica.world import Scripted

SCRIPTED_HOST, PLAIN_HOST = "radarskrip.disway.id", "palpos.disway.id"
SCRIPTED, PLAIN = "radarskrip", "palpos"
QUICK = {"DISWAY_RENDER__SETTLE_S": "0.3"}
"""The replica's script asks for its data at once."""


def scripted_network(kind: Scripted = Scripted.ALL, *, articles: int = 8) -> Network:
    """One site that needs a browser, and one that does not."""
    start = DEFAULT_START.replace(second=0, microsecond=0)
    model = profile_for("radartegal.disway.id")
    profile = replace(
        model,
        host=SCRIPTED_HOST,
        name="Radar Skrip",
        brand="RADARSKRIP.DISWAY.ID",
        sections=model.sections[:2],
        scripted=kind,
    )
    return Network(start, write_sites([profile, profile_for(PLAIN_HOST)], 1, articles, start, 12))


def operator_of(folder: Path, replica: ReplicaServer, further: Mapping[str, str] | None = None) -> Operator:
    """An operator who knows the scripted site."""
    sites = folder / "sites"
    sites.mkdir(parents=True)
    (sites / f"{SCRIPTED}.toml").write_text(
        f'id = "{SCRIPTED}"\nname = "Radar Skrip"\nhost = "{SCRIPTED_HOST}"\nrender = true\n', encoding="utf-8"
    )
    settings = {"DISWAY_SITES__DIR": str(sites), **QUICK, **(further or {})}
    return Operator(folder / "desk", replica, further=settings)


def page_that(replica: ReplicaServer, article: TruthArticle, script: str) -> None:
    """From now on the page of `article` runs `script` beside the site's own."""
    body = (
        '<!DOCTYPE html><html lang="id"><head><meta charset="utf-8"><title>Radar Skrip</title></head>'
        f'<body><script src="{SCRIPT_PATH}"></script><script>{script}</script></body></html>'
    )
    path = article.url.removeprefix(f"https://{article.host}")
    html = {"Content-Type": "text/html; charset=utf-8"}
    replica.control.fault("status", article.host, path, status=200, body=body, headers=html)


def scripted_articles(replica: ReplicaServer) -> list[TruthArticle]:
    """The articles of the scripted site that have one part."""
    return [a for a in replica.control.truth().articles if a.host == SCRIPTED_HOST and a.parts == 1]
