"""Which Parquet files each table consists of, at one version a table.

A segment's rows are committed in the order sightings, captures, articles, sources, leads, backfill, alerts, events, and
`runs` at the end of a run. The tables are opened in an order that makes what is read point only at what is read
too, while a crawl commits:

* runs before all else: the rows that a run counts were committed before its own row;
* alerts, backfill, leads and sources before the tables of articles: each of their rows stands alone, and what it
  says was found (a stretch is filled, a lead is a known article, a source is alive) was committed before it;
* articles before captures, captures before sightings: an article's captures, and the sightings that led to it,
  were committed before it, so a snapshot taken later holds them;
* articles before events, although events are committed after them. An event hides a row (`superseded`) that is
  older than a head committed no later than the row itself. Opened in this order, an event never hides a row
  whose successor is missing, and the moment in which a late older row is committed and its event is not is only
  as long as the writer takes.
"""

from dataclasses import dataclass

from deltalake import DeltaTable

from news.errors import ArchiveDamaged, StoreUnavailable, UsageError
from storage.config import StoreOptions
from storage.opening import open_store
from storage.tables import Tables

READING_ORDER = ("runs", "alerts", "backfill", "leads", "sources", "articles", "events", "captures", "sightings")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Paths or `s3://` URIs of each table's files; a table that does not exist yet has none."""

    files: dict[str, tuple[str, ...]]


def take_snapshot(options: StoreOptions) -> Snapshot:
    """The newest version of every table.

    Raises UsageError when there is no archive, StoreRefused or StoreUnavailable when the store keeps it from
    being seen.
    """
    tables = Tables(options)
    try:
        opened = {name: tables.open(name) for name in READING_ORDER}
    except StoreUnavailable:
        _explain_refusal(options)
        raise
    if not any(opened.values()):
        _explain_refusal(options)
        raise UsageError(f"no archive at {options.uri}: run `disway crawl` first")
    return Snapshot({name: _files(options, name, table) if table else () for name, table in opened.items()})


def _files(options: StoreOptions, name: str, table: DeltaTable) -> tuple[str, ...]:
    # Files with deletion vectors hold rows that are deleted; DuckDB would show them.
    if "deletionVectors" in (table.protocol().reader_features or ()):
        raise ArchiveDamaged(f"{table.table_uri} was rewritten with deletion vectors, which this archive never uses")
    # Delta percent-encodes what it hands out as URIs; DuckDB takes paths and keys as they are.
    return tuple(f"{options.table_uri(name)}/{uri.rpartition('/')[2]}" for uri in table.file_uris())


def _explain_refusal(options: StoreOptions) -> None:
    """Raise what the store itself says of a bucket or credentials that are wrong; the tables' errors do not
    tell.
    """
    if options.is_s3:
        open_store(options).check_place()
