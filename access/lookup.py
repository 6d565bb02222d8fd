"""One article of the archive: which one a user means, its versions, and what the ledger knows when there is
none.
"""

from typing import Any

from access.archive import Archive
from access.sqltext import quoted
from news.errors import UsageError
from news.site import Network
from news.url import ArticleKey, UrlRules

Row = dict[str, Any]


def resolve(target: str, network: Network) -> ArticleKey:
    """The article that a URL of any shape (AMP, part, tracking parameters), or `site/id`, names. Raises
    UsageError.
    """
    target = target.strip()
    if "://" not in target:
        try:
            return ArticleKey.parse(target)
        except ValueError as error:
            raise UsageError(f"{error}, or the whole URL with https://") from error
    found = UrlRules(network).read(target)
    if found is None:
        raise UsageError(f"{target} is no address of the network: `disway sites` lists its hosts")
    if found.key is None:
        raise UsageError(f"{target} is no article but a page of kind {found.kind.value}: give the URL of an article")
    return found.key


def head(archive: Archive, key: ArticleKey) -> Row:
    """The newest version of an article. Raises UsageError saying what the ledger knows when there is none."""
    for row in archive.query("SELECT * FROM articles WHERE article_key = ?", [str(key)]).rows():
        return row
    raise UsageError(_absence(archive, key))


def versions(archive: Archive, key: ArticleKey, columns: tuple[str, ...]) -> list[Row]:
    """`columns` of every version, oldest first. Raises UsageError as `head`."""
    names = ", ".join(map(quoted, columns))
    sql = f"SELECT {names} FROM versions WHERE article_key = ? ORDER BY version"  # noqa: S608  quoted names
    rows = list(archive.query(sql, [str(key)]).rows())
    if not rows:
        raise UsageError(_absence(archive, key))
    return rows


def presence(archive: Archive, key: ArticleKey) -> list[Row]:
    """When an article was found missing (once), gone (confirmed) and back: `at`, `kind`, `reason`, oldest first."""
    sql = """SELECT "at", kind, reason FROM events WHERE article_key = ? AND kind IN ('missing', 'gone', 'back')
        ORDER BY "at", kind"""
    return list(archive.query(sql, [str(key)]).rows())


def _absence(archive: Archive, key: ArticleKey) -> str:
    for entry in archive.query("SELECT * FROM ledger WHERE article_key = ?", [str(key)]).rows():
        because = f" ({entry['reason']})" if entry["reason"] else ""
        due = f", next try after {entry['next_check'].isoformat()}" if entry["next_check"] else ""
        attempts = entry["attempts"]
        tried = f"after {attempts} attempt{'' if attempts == 1 else 's'}" if attempts else "not fetched yet"
        return f"{key} is not in the archive: it is {entry['state']}{because}, {tried}{due}"
    return f"{key} is not in the archive, and no page that was crawled links it"
