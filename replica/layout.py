"""A site that changes the markup of its article pages: switches of the control, applied to the finished page."""

import re
from dataclasses import replace
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from replica.page import Page, PageKind

_ARTICLE_ID = re.compile(r"/(?:read|catatan-harian-dahlan)/(\d+)/")
_BUCKETS = 1000


class Look(StrEnum):
    """What the new markup has in place of the old."""

    BYLINE = "byline"
    """Reporter, editor and date in elements of other names; the rest as it was."""
    BODY = "body"
    """The text below what looked like its end: the page still begins like the old one, and is empty."""
    WHOLE = "whole"
    """Everything in elements of other names."""


class LayoutChange(BaseModel):
    """From now on, that `share` of the articles of `host` (by id, always the same ones) comes in the new `look`.

    `look` None takes the change back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    look: Look | None
    share: float = Field(default=1.0, ge=0, le=1)


class Layouts:
    """The changes in force, one for each host."""

    def __init__(self) -> None:
        self._changes: dict[str, LayoutChange] = {}

    def change(self, change: LayoutChange) -> None:
        """Put a change in force, in place of an earlier one."""
        self._changes[change.host] = change

    def clear(self) -> None:
        """Every site looks as it did."""
        self._changes.clear()

    def dress(self, host: str, path: str, page: Page) -> Page:
        """The page at `https://host/path` in the look that its site has now."""
        change, article = self._changes.get(host), _ARTICLE_ID.search(path)
        if change is None or change.look is None or article is None or page.kind is not PageKind.ARTICLE:
            return page
        if not _is_met(int(article[1]), change.share):
            return page
        html = page.body.decode()
        for pattern, new in _RULES[change.look]:
            html = pattern.sub(new, html)
        return replace(page, body=html.encode())


def _is_met(article_id: int, share: float) -> bool:
    """Ids are given one after the other, so a share of the residues is a share of any stretch of articles."""
    return article_id * 617 % _BUCKETS < share * _BUCKETS


_BYLINE = (
    (re.compile(r'<div class="author pull-left" id="author">Reporter: <strong>'), '<p class="tim-redaksi">Oleh <b>'),
    (re.compile(r"</strong><span>\|</span></div>\n<div class=\"editor pull-left\" id=\"editor\">Editor: <strong>"),
     "</b>, disunting "),
    (re.compile(r"</strong><span>\|</span></div>\n<span class=\"date\">"), '</p>\n<time class="terbit">'),
)  # fmt: skip
_TITLED = (
    (re.compile(r'<div class="post text-black-1">'), '<main class="berita">'),
    (re.compile(r'<h1 class="text-black">'), '<h1 class="judul-berita">'),
    (re.compile(r'<ul class="breadcrumb">'), '<nav class="jejak">'),
    (re.compile(r'<h2 class="media-heading">'), '<h2 class="judul-terkait">'),
)
_EMPTIED = ((re.compile(r'(<div class="bottom-15"><img)'), r'<div class="news-tags"></div>\n\1'),)
_RULES: dict[Look, tuple[tuple[re.Pattern[str], str], ...]] = {
    Look.BYLINE: _BYLINE,
    Look.BODY: _EMPTIED,
    Look.WHOLE: (*_BYLINE, *_TITLED),
}
