"""One page as every page class sees it: tree, address, and what its head states."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from news.text import clean
from news.url import NetworkUrl, UrlKind, UrlRules
from pages import jsonld

_DATA_LAYER = re.compile(r"[\"'](published_date|rubrik)[\"']\s*:\s*[\"']([^\"'\\]{1,100})[\"']")
_ELEMENTS = 'a[href], base[href], link[rel="canonical"], meta[content]'
_NO_TARGET = ("#", "javascript:", "mailto:", "tel:", "data:", "whatsapp:")


class Document:
    """A parsed page of the network. Everything but the tree is worked out when first asked for."""

    def __init__(
        self, tree: LexborHTMLParser, *, url: str, address: NetworkUrl, captured_at: datetime, rules: UrlRules
    ) -> None:
        self.tree = tree
        self.url = url
        self.address = address
        self.captured_at = captured_at
        self.rules = rules

    @cached_property
    def _elements(self) -> Mapping[str, list[LexborNode]]:
        """Links and statements of the page about itself, by tag: one search, since each goes through the whole tree."""
        found: dict[str, list[LexborNode]] = defaultdict(list)
        for node in self.tree.css(_ELEMENTS):
            found[node.tag or ""].append(node)
        return found

    def _first_href(self, tag: str) -> str | None:
        nodes = self._elements[tag]
        return nodes[0].attributes.get("href") if nodes else None

    @cached_property
    def _base(self) -> str:
        href = self._first_href("base")
        return self._joined(self.url, href) or self.url if href else self.url

    @cached_property
    def _origin(self) -> str:
        pieces = urlsplit(self._base)
        return f"{pieces.scheme}://{pieces.netloc}"

    def absolute(self, href: str | None) -> str | None:
        """`href` as an absolute http(s) URL without fragment; None for anchors, scripts and malformed ones."""
        if href and href.startswith("https://") and "#" not in href and not href[-1].isspace():
            return href
        href = (href or "").strip().partition("#")[0]
        if not href or href.startswith(_NO_TARGET):
            return None
        if href.startswith(("https://", "http://")):
            return href
        if href[0] == "/" and not href.startswith("//"):
            return self._origin + href
        return self._joined(self._base, href)

    @staticmethod
    def _joined(base: str, href: str) -> str | None:
        try:
            url = urljoin(base, href)
        except ValueError:
            return None
        return url if url.startswith(("https://", "http://")) else None

    def link(self, href: str | None) -> NetworkUrl | None:
        """What `href` names inside the network, or None."""
        url = self.absolute(href)
        return self.rules.read(url) if url else None

    @cached_property
    def links(self) -> Sequence[tuple[LexborNode, NetworkUrl]]:
        """The anchors that lead into the network, in document order, and what they name."""
        anchors = self._elements["a"]
        return [(a, target) for a in anchors if (target := self.link(a.attributes.get("href"))) is not None]

    @cached_property
    def metas(self) -> Mapping[str, str]:
        """Content of `meta` elements by lower-case name, property or itemprop; the first of a name counts."""
        found: dict[str, str] = {}
        for node in self._elements["meta"]:
            attributes = node.attributes
            name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
            if name and (content := clean(attributes.get("content") or "")):
                found.setdefault(name.lower(), content)
        return found

    @cached_property
    def claimed(self) -> NetworkUrl | None:
        """The network page that this page says it is: `link rel=canonical`, else og:url."""
        return self.link(self._first_href("link")) or self.link(self.metas.get("og:url"))

    @cached_property
    def canonical_url(self) -> str:
        """The article's canonical URL: as the page claims it when it names this very article, else as fetched."""
        claimed = self.claimed
        if claimed is not None and claimed.key == self.address.key and not claimed.amp and claimed.slug:
            return claimed.url
        return self.address.url

    @property
    def claims_home(self) -> bool:
        """Whether the page says that it is a home page."""
        return self.claimed is not None and self.claimed.kind is UrlKind.HOME

    @cached_property
    def json_ld(self) -> jsonld.NewsData | None:
        """The first news article among the page's JSON-LD blocks."""
        return jsonld.news_article(self.tree)

    @cached_property
    def data_layer(self) -> Mapping[str, str]:
        """`published_date` and `rubrik` of the tag manager's dataLayer, where the page has them."""
        found: dict[str, str] = {}
        for script in self.tree.css("script:not([src])"):
            text = script.text()
            if "dataLayer" in text:
                for name, value in _DATA_LAYER.findall(text):
                    found.setdefault(name, clean(value))
        return found

    @cached_property
    def language(self) -> str | None:
        """The language that the `html` element names: `id`."""
        root = self.tree.css_first("html[lang]")
        return clean((root.attributes.get("lang") if root is not None else None) or "") or None
