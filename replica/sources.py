"""The machine-readable lists of a site: which address answers with which feed or sitemap."""

import gzip
import re

from replica.edition import Edition
from replica.page import Page, PageKind
from replica.syndication import NEWS_SITEMAP_PATH, FeedPlan, SitemapPlan
from replica.templates import sitemap
from replica.templates.feed import feed
from replica.templates.frame import feed_link
from replica.world import Section

_CHILD = re.compile(r"^/sitemap-(\d{4}-\d{2})\.xml(?:\.gz)?$")
_GZIP_LEVEL = 6


def source(edition: Edition, path: str) -> Page | None:
    """The feed or sitemap at `path`; None where the site has none there."""
    profile = edition.profile
    found = _feed(edition, profile.feed, path) if profile.feed else None
    return found or (_sitemap(edition, profile.sitemap, path) if profile.sitemap else None)


def section_feed_link(edition: Edition, section: Section) -> str:
    """The link by which a section's listing names its own feed; empty where there is none to name."""
    plan = edition.profile.feed
    if plan is None or not (plan.by_section and plan.linked):
        return ""
    return feed_link(edition, f"{section.name} - {edition.profile.name}", f"{plan.path}/{section.slug}")


def _feed(edition: Edition, plan: FeedPlan, path: str) -> Page | None:
    head, _, slug = path.rstrip("/").rpartition("/")
    section = edition.section(f"/kategori/{slug}") if plan.by_section and head == plan.path else None
    if section is not None:
        text = feed(edition, plan, path, f"{section.name} - {edition.profile.name}", edition.by_section[section.slug])
    elif path.rstrip("/") == plan.path:
        text = feed(edition, plan, path, edition.profile.name, edition.live)
    else:
        return None
    etag = f'"{edition.profile.id}-feed"' if plan.stale_etag else None
    return Page(PageKind.FEED, 200, plan.content_type, text.encode(), edition.changed_at, etag)


def _sitemap(edition: Edition, plan: SitemapPlan, path: str) -> Page | None:
    if path == plan.path:
        text = sitemap.index(edition, plan) if plan.monthly else sitemap.flat(edition)
    elif plan.news and path == NEWS_SITEMAP_PATH:
        text = sitemap.news(edition)
    elif (month := _month(edition, plan, path)) is not None:
        text = sitemap.child(edition, edition.by_month[month])
    else:
        return None
    body, content_type = text.encode(), "application/xml; charset=UTF-8"
    if path.endswith(".gz"):
        body, content_type = gzip.compress(body, _GZIP_LEVEL, mtime=0), "application/gzip"
    return Page(PageKind.SITEMAP, 200, content_type, body, edition.changed_at)


def _month(edition: Edition, plan: SitemapPlan, path: str) -> str | None:
    match = _CHILD.match(path) if plan.path is not None and plan.monthly else None
    month = match[1] if match else ""
    return month if month in edition.by_month and path == plan.child(month) else None
