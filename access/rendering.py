"""An article as readable text."""

from zoneinfo import ZoneInfo

from access.lookup import Row

_HEAD = 7
"""Lines before the body, of which those that say nothing are left out."""


def article_text(row: Row) -> str:
    """Title, byline, date, URL, version and where the bytes lie; an empty line; the body.

    Before all that a line says so when the article is gone.
    """
    lines = [
        _absence(row),
        row["title"] or "",
        " · ".join(filter(None, (_named("Reporter", row["reporter"]), _named("Editor", row["editor"])))),
        _when(row),
        row["url"] or "",
        f"{row['article_key']}, version {row['version']}, {row['status']}, captured {row['captured_at'].isoformat()}",
        f"{row['warc_key']} at {row['warc_offset']}, {row['warc_length']} bytes, {row['payload_digest']}",
        "",
        row["body"] or "",
    ]
    if row["related"]:
        lines += ["", "Baca juga:", *(f"- {link['title']} <{link['url']}>" for link in row["related"])]
    if row["tags"]:
        lines += ["", " ".join(f"#{tag}" for tag in row["tags"])]
    head = [line for line in lines[:_HEAD] if line]
    return "\n".join([*head, *lines[_HEAD:]]) + "\n"


def _absence(row: Row) -> str:
    if row["status"] != "gone":
        return ""
    return f"GONE from the site since {row['gone_at'].isoformat()}; last seen there {row['last_seen_at'].isoformat()}"


def _named(role: str, name: str | None) -> str | None:
    return f"{role}: {name}" if name else None


def _when(row: Row) -> str:
    if row["published_at"] is None:
        return row["published_raw"] or ""
    local = row["published_at"].astimezone(ZoneInfo(row["timezone"] or "UTC"))
    return " · ".join(filter(None, (local.isoformat(), row["section"], row["place"])))
