"""`disway show`."""

import os
import sys
from typing import Annotated

import typer

from access.archive import Archive
from access.changes import changes, is_span, version_pair
from access.jsontext import plain
from access.lookup import head, presence, resolve, versions
from access.marking import COLOURS, SIGNS, change_lines
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
_COMPARED = ("version", "captured_at")
"""What --diff --json says of either version."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("show")(show)


def show(
    target: Annotated[str, typer.Argument(metavar="URL|SITE/ID", help="Any URL of the article, or its key.")],
    span: Annotated[
        str | None, typer.Argument(metavar="A..B", help="With --diff: two versions; B alone is the one before and B.")
    ] = None,
    *,
    raw: Annotated[
        bool, typer.Option("--raw", help="The page as the server sent it, content-encoding undone.")
    ] = False,
    text: Annotated[bool, typer.Option("--text", help="The body only.")] = False,
    all_versions: Annotated[bool, typer.Option("--versions", help="A table of the versions, oldest first.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="The words that differ between two versions [default: the last two].")
    ] = False,
    part: Annotated[int, typer.Option("--part", min=1, help="With --raw: which page of the article.")] = 1,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one article: its newest version to read, as its record holds it, or as the archive's row (--json).

    Example: disway show radartegal/723002

    Example: disway show --raw radartegal/723002 > page.html

    Example: disway show radartegal/723002 --diff 1..3

    --raw reads the WARC record at the row's pointer and checks its digest. --versions says, too, when the article was
    found gone or back; --diff marks words as [-deleted-] and {+inserted+}, or red and green on a terminal. With --json
    both print objects.
    """
    as_row = as_json and not (all_versions or diff)
    _refuse_together({"--raw": raw, "--text": text, "--versions": all_versions, "--diff": diff, "--json": as_row})
    if span is not None and not diff:
        raise UsageError(f"{span}: one article at a time; for two versions of one write {target} --diff {span}")
    if diff and span is not None and is_span(target):
        target, span = span, target
    if part != 1 and not raw:
        raise UsageError("--part chooses a page of --raw: add --raw")
    settings = configuration(config, archive)
    key = resolve(target, settings.site_network())
    with Archive.open(store_of(settings)) as opened:
        if all_versions:
            _show_versions(opened, key, as_json=as_json)
        elif diff:
            _show_changes(opened, key, span, as_json=as_json)
        elif raw:
            _show_raw(opened, key, part)
        elif as_json:
            print_json(plain(head(opened, key)))
        else:
            row = head(opened, key)
            _print_text(row["body"] or "" if text else article_text(row))


def _show_versions(archive: Archive, key: ArticleKey, *, as_json: bool) -> None:
    rows = versions(archive, key, (*_VERSION_COLUMNS, "status", "gone_at"))
    now = {"status": rows[-1]["status"], "gone_at": rows[-1]["gone_at"]}
    listed = [{name: row[name] for name in _VERSION_COLUMNS} for row in rows]
    absences = presence(archive, key)
    if as_json:
        print_json(plain({"article_key": str(key), **now, "versions": listed, "presence": absences}))
        return
    write_rows(_VERSION_COLUMNS, [tuple(row.values()) for row in listed], sys.stdout)
    for event in absences:
        because = f" ({event['reason']})" if event["reason"] else ""
        _print_text(f"{event['at'].isoformat()} {event['kind']}{because}")


def _show_changes(archive: Archive, key: ArticleKey, span: str | None, *, as_json: bool) -> None:
    old, new = version_pair(archive, key, span)
    found = changes(old, new)
    if as_json:
        compared = {end: {name: row[name] for name in _COMPARED} for end, row in (("from", old), ("to", new))}
        by_field = {change.field: change.facts() for change in found}
        print_json(plain({"article_key": str(key), **compared, "changes": by_field}))
        return
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in change_lines(old, new, found, COLOURS if coloured else SIGNS):
        sys.stdout.write(f"{line}\n")


def _show_raw(archive: Archive, key: ArticleKey, part: int) -> None:
    body = read_part(archive, head(archive, key), part)
    with destination(STDOUT) as out:
        out.write(body.data)
    if not body.is_whole:
        typer.echo("the transfer was cut: this is what came of the page", err=True)


def _print_text(text: str) -> None:
    """Print text of a page, which must not steer a terminal."""
    shown = "\n".join(map(harmless, text.split("\n"))) if sys.stdout.isatty() else text
    sys.stdout.write(shown.removesuffix("\n") + "\n")


def _refuse_together(given: dict[str, bool]) -> None:
    chosen = [name for name, is_set in given.items() if is_set]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} exclude each other: choose one")
