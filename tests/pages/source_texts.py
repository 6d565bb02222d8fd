"""Small feeds and sitemaps of one site, and the call that reads them."""

from collections.abc import Sequence
from html import escape

from disway_html import RULES

from news.article import LinkKind
from news.source import SourceDocument
from pages.sources import XmlLimits, read_source

SITE = "https://radartegal.disway.id"
SITEMAP_NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def read(
    body: bytes | str,
    kind: LinkKind = LinkKind.FEED,
    *,
    url: str = f"{SITE}/rss",
    content_type: str | None = "text/xml",
    limits: XmlLimits = XmlLimits(),  # noqa: B008
) -> SourceDocument:
    raw = body if isinstance(body, bytes) else body.encode()
    return read_source(raw, url=url, kind=kind, content_type=content_type, rules=RULES, limits=limits)


def read_sitemap(body: bytes | str, limits: XmlLimits = XmlLimits()) -> SourceDocument:  # noqa: B008
    return read(body, LinkKind.SITEMAP, url=f"{SITE}/sitemap.xml", limits=limits)


def article(number: int, slug: str = "judul") -> str:
    return f"{SITE}/lokal/read/{number}/{slug}"


def ids(document: SourceDocument) -> list[int]:
    found = [RULES.read(entry.link.url) for entry in document.entries]
    return [address.article_id for address in found]


def item(number: int, title: str = "Judul", rest: str = "") -> str:
    return f"<item><title>{escape(title)}</title><link>{article(number)}</link>{rest}</item>"


def rss(*items: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<channel><title>Radar Tegal</title><link>{SITE}/</link>{''.join(items)}</channel></rss>"
    )


def urlset(*entries: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {SITEMAP_NAMESPACES}>{"".join(entries)}</urlset>'


def locations(numbers: Sequence[int]) -> str:
    return urlset(*(f"<url><loc>{article(n)}</loc></url>" for n in numbers))
