"""A site whose pages are made in the browser: what the server sends is a shell, and a script asks for the rest.

No site of the network is known to be one. The markup that the script makes is that of every other site, so that only a
reader that runs scripts finds it.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from replica.edition import Edition
from replica.page import Page, PageKind
from replica.world import Scripted

SCRIPT_PATH = "/js/halaman.js"
DATA_PATH = "/data/halaman"
_MADE = {Scripted.LISTINGS: (PageKind.LISTING,), Scripted.ALL: (PageKind.LISTING, PageKind.ARTICLE)}
_ADVERTS = "https://iklan.contoh.invalid/iklan.js"
_SCRIPT = """(async () => {
  const answer = await fetch("%s?alamat=" + encodeURIComponent(location.pathname + location.search));
  const page = new DOMParser().parseFromString((await answer.json()).html, "text/html");
  document.head.replaceChildren(...page.head.childNodes);
  document.body.replaceChildren(...page.body.childNodes);
})();
"""


def scripted(edition: Edition, path: str, query: str, answer: Callable[[str, str], Page]) -> Page:
    """The page at `path?query` of a scripted site; `answer` gives the pages as they are once they are made."""
    if path == SCRIPT_PATH:
        return Page(PageKind.SCRIPT, 200, "application/javascript", (_SCRIPT % DATA_PATH).encode())
    if path == DATA_PATH:
        wanted = urlsplit(parse_qs(query).get("alamat", ["/"])[0])
        made = answer(wanted.path, wanted.query)
        return Page(PageKind.DATA, 200, "application/json", json.dumps({"html": made.body.decode()}).encode())
    made = answer(path, query)
    if made.status != 200 or made.kind not in _MADE[edition.profile.scripted or Scripted.ALL]:  # noqa: PLR2004
        return made
    return replace(made, body=_shell(edition, path).encode())


def _shell(edition: Edition, path: str) -> str:
    """What the server sends: no links, but an address that no page of the site has."""
    return f"""<!DOCTYPE html>
<html lang="id">
<head><meta charset="utf-8"><title>{escape(edition.profile.name)}</title>
<link rel="shortcut icon" href="/assets/favicon.ico"></head>
<body><div id="halaman" data-alamat="{quote(path)}"><img src="/upload/memuat.gif" alt="Memuat..."></div>
<script src="{SCRIPT_PATH}"></script>
<script async src="{_ADVERTS}"></script>
</body>
</html>
"""
