"""Pages that answer 200 and are no article: which they are, and by what one knows."""

from news.errors import NotAnArticle, RefusalReason
from news.text import clean
from pages.body import Body
from pages.document import Document
from pages.notices import asks_for_login, notice

_SHORT = 600
"""Characters of body below which a page may be a notice; shorter real articles are told by their date line."""

_LISTING_ROWS = 5
_HEADINGS = 6
_CHALLENGE_MARKUP = (
    "#challenge-form, #challenge-running, #cf-challenge-running, #cf-wrapper, .cf-browser-verification,"
    " #challenge-error-text"
)


def refuse_disguised(page: Document, title: str, body: Body, *, dated: bool) -> None:
    """Refuse a page in the article's layout that is none. Raises NotAnArticle.

    A dated page with a body is an article, whatever its headline is about. A later part may consist of links only.
    """
    length = sum(map(len, body.paragraphs))
    if not length:
        if page.address.part > 1 and body.related:
            return
        raise NotAnArticle(notice(title) or RefusalReason.NO_BODY, page.url)
    if length < _SHORT and any(asks_for_login(p) for p in body.paragraphs):
        raise NotAnArticle(RefusalReason.LOGIN_WALL, page.url)
    if dated:
        return
    if page.claims_home:
        raise NotAnArticle(RefusalReason.HOMEPAGE, page.url)
    if length < _SHORT and (reason := notice(title) or notice(body.paragraphs[0])):
        raise NotAnArticle(reason, page.url)


def refuse_foreign(page: Document, *, stated: bool) -> None:
    """Refuse a page without the article's layout when one can tell what it is instead. Raises NotAnArticle.

    `stated`: the page's data call it an article; then its headings may say what they like.
    """
    if page.tree.css_first(_CHALLENGE_MARKUP) is not None or _has_challenge_script(page):
        raise NotAnArticle(RefusalReason.CHALLENGE, page.url)
    if not stated:
        for node in page.tree.css("title, h1, h2")[:_HEADINGS]:
            if reason := notice(clean(node.text())):
                raise NotAnArticle(reason, page.url)
    if page.claims_home:
        raise NotAnArticle(RefusalReason.HOMEPAGE, page.url)
    if len(page.tree.css("h2.media-heading")) >= _LISTING_ROWS:
        # An article in a layout that nobody knows has rows of related ones too: it is not said to be absent.
        raise NotAnArticle(RefusalReason.LISTING, page.url)
    if page.tree.css_first('input[type="password"]') is not None:
        raise NotAnArticle(RefusalReason.LOGIN_WALL, page.url)


def _has_challenge_script(page: Document) -> bool:
    """The challenge's own state; the mere `challenge-platform` script stands on ordinary pages too."""
    return any("_cf_chl_opt" in node.text() for node in page.tree.css("script:not([src])"))
