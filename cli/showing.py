"""`disway show`."""

import sys
from typing import Annotated

import typer

from access.archive import Archive
from access.jsontext import plain
from access.lookup import head, resolve, versions
from access.output import STDOUT, destination
from access.record import read_part
from access.rendering import article_text
from access.table import harmless, write_rows
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json, store_of
from news.errors import UsageError
from news.url import ArticleKey

_VERSION_COLUMNS = (
    "version",
    "captured_at",
    "published_at",
    "title",
    "word_count",
    "parts",
    "content_digest",
    "page_class",
    "reader_revision",
    "warc_key",
    "warc_offset",
    "warc_length",
    "run_id",
)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("show")(show)


def show(
    target: Annotated[str, typer.Argument(metavar="URL|SITE/ID", help="Any URL of the article, or its key.")],
    *,
    raw: Annotated[
        bool, typer.Option("--raw", help="The page as the server sent it, content-encoding undone.")
    ] = False,
    text: Annotated[bool, typer.Option("--text", help="The body only.")] = False,
    all_versions: Annotated[bool, typer.Option("--versions", help="A table of the versions, oldest first.")] = False,
    part: Annotated[int, typer.Option("--part", min=1, help="With --raw: which page of the article.")] = 1,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one article: its newest version to read, as its record holds it, or as the archive's row (--json).

    Example: disway show radartegal/723002

    Example: disway show --raw radartegal/723002 > page.html

    --raw reads the WARC record at the row's pointer and checks its digest. With --versions, --json gives all rows.
    """
    _refuse_together({"--raw": raw, "--text": text, "--versions": all_versions, "--json": as_json and not all_versions})
    if part != 1 and not raw:
        raise UsageError("--part chooses a page of --raw: add --raw")
    settings = configuration(config, archive)
    key = resolve(target, settings.site_network())
    with Archive.open(store_of(settings)) as opened:
        if all_versions:
            _show_versions(opened, key, as_json=as_json)
        elif raw:
            _show_raw(opened, key, part)
        elif as_json:
            print_json(plain(head(opened, key)))
        else:
            row = head(opened, key)
            _print_text(row["body"] or "" if text else article_text(row))


def _show_versions(archive: Archive, key: ArticleKey, *, as_json: bool) -> None:
    rows = versions(archive, key, _VERSION_COLUMNS)
    if as_json:
        print_json({"article_key": str(key), "versions": plain(rows)})
    else:
        write_rows(_VERSION_COLUMNS, [tuple(row.values()) for row in rows], sys.stdout)


def _show_raw(archive: Archive, key: ArticleKey, part: int) -> None:
    body = read_part(archive, head(archive, key), part)
    with destination(STDOUT) as out:
        out.write(body.data)
    if not body.whole:
        typer.echo("the transfer was cut: this is what came of the page", err=True)


def _print_text(text: str) -> None:
    """Print text of a page, which must not steer a terminal."""
    shown = "\n".join(map(harmless, text.split("\n"))) if sys.stdout.isatty() else text
    sys.stdout.write(shown.removesuffix("\n") + "\n")


def _refuse_together(given: dict[str, bool]) -> None:
    chosen = [name for name, is_set in given.items() if is_set]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} exclude each other: choose one")
