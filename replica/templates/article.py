"""The article page of the web, one part at a time."""

import json
from html import escape

from news.url import WEB_PART_BLOCKS
from replica.edition import Edition
from replica.printed import date_line, readers, wall
from replica.templates.body import blocks_html
from replica.templates.frame import by_path, page, pagination
from replica.templates.listing import rows
from replica.world import Article, Block, Version

_GOOGLE_NEWS = "https://news.google.com/publications/CAAqReplika?hl=id&amp;gl=ID&amp;ceid=ID%3Aid"


def article(edition: Edition, item: Article, offset: int) -> str:
    """The part that begins at block `offset`; past the end a part without a body, as the CMS's slicing gives."""
    version = edition.version(item)
    parts = version.parts()
    number = offset // WEB_PART_BLOCKS
    blocks: tuple[Block, ...] = parts[number] if number < len(parts) else ()
    url = edition.url(item)
    main = f"""<div class="row"><div class="col-xs-6"><img src="{edition.root}/upload/awards.jpg" alt="Awards Disway">\
</div><div class="col-xs-6"><img src="{edition.root}/upload/honda.jpg" alt="HONDA"></div></div>
<section class="entry-box"><div class="entry-content">
<ul class="breadcrumb"><li><a href="{edition.root}/">Home</a></li>\
<li><a href="{edition.root}{item.section.path}">{escape(item.section.name)}</a></li></ul>
<div class="post text-black-1">
<h1 class="text-black">{escape(version.title, quote=False)}</h1>
{_byline(edition, item, version)}{_lead_image(item, version, number)}\
{blocks_html(edition, item, blocks, version.dateline if number == 0 else None)}\
<p class="text-grey"><em>Cek Berita dan Artikel lainnya di <a href="{_GOOGLE_NEWS}">Google News</a></em></p>
{pagination(by_path(url), len(parts), number + 1, WEB_PART_BLOCKS)}{_source(item)}{_column_box(edition)}</div>
{_tags(edition, version)}{_share(url)}<p>Silahkan login untuk berkomentar</p>
</div></section>
<section><div class="label-to"><h2>Berita Terkait</h2></div>
{rows(edition, edition.neighbours(item))}</section>
"""
    return page(edition, f"{version.title} - {edition.profile.name}", _metas(edition, item, version), main)


def _byline(edition: Edition, item: Article, version: Version) -> str:
    return f"""<div class="post-info bottom-15"><div class="text-grey">
<div class="author pull-left" id="author">Reporter: <strong>{escape(version.reporter)}</strong><span>|</span></div>
<div class="editor pull-left" id="editor">Editor: <strong>{escape(version.editor)}</strong><span>|</span></div>
<span class="date">{date_line(item.published, edition.profile)}</span>{_counter(edition, item)}</div></div>
"""


def _counter(edition: Edition, item: Article) -> str:
    if not edition.profile.counter:
        return ""
    return f'<span class="pull-right">dibaca {readers(item.id, item.published, edition.now)} kali</span>'


def _lead_image(item: Article, version: Version, number: int) -> str:
    image = f'<img class="img-responsive img-rounded" src="{item.image_url}" alt="{escape(version.title)}">'
    caption = f'<p class="text-grey"><small>{escape(version.caption.printed, quote=False)}</small></p>'
    shown = caption if number == 0 or item.caption_on_all_parts else ""
    return f'<div class="bottom-15">{image}{shown}</div>\n'


def _source(item: Article) -> str:
    name = f'<span class="blue-color"><strong>{escape(item.source)}</strong></span>' if item.source else ""
    return f'<p class="bottom-15"><small>Sumber: {name}</small></p>\n'


def _column_box(edition: Edition) -> str:
    column = edition.profile.column
    if column is None:
        return ""
    items = "".join(
        f'<li><a href="{edition.url(a)}">{escape(column.name)}</a></li>' for a in edition.by_section[column.slug][:5]
    )
    return f'<div class="box-catatan"><h3>Catatan Dahlan Iskan</h3><ul>{items}</ul></div>\n'


def _tags(edition: Edition, version: Version) -> str:
    items = "".join(
        f'<li><a href="{edition.root}{t.path}">#{escape(t.name, quote=False)}</a></li>\n' for t in version.tags
    )
    return f'<div class="news-tags"><span>Tag:</span><ul class="list-inline">\n{items}</ul></div>\n'


def _share(url: str) -> str:
    return (
        f'<div class="sharing-box"><span>Share:</span> <a href="https://www.facebook.com/sharer.php?u={url}">Facebook</a>'
        f' <a href="https://api.whatsapp.com/send?text={url}">WhatsApp</a></div>\n'
    )


def _metas(edition: Edition, item: Article, version: Version) -> str:
    profile = edition.profile
    at = wall(item.published, profile)
    plain = f"{at:%Y-%m-%d %H:%M:%S}"
    lines = [
        f'<meta name="keywords" content="{escape(", ".join(t.name for t in version.tags))}">',
        f'<meta property="og:image" content="{item.image_url}">',
    ]
    if profile.pubdate_meta:
        lines.append(f'<meta name="pubdate" content="{plain}">')
    if profile.published_time:
        stamp = at.isoformat() if profile.published_time == "offset" else f"{at:%Y-%m-%dT%H:%M:%S}"
        lines.append(f'<meta property="article:published_time" content="{stamp}">')
    if profile.amp_link:
        lines.append(f'<link rel="amphtml" href="{edition.root}/amp/{item.id}/{edition.url(item).rpartition("/")[2]}">')
    if profile.data_layer:
        layer = {"published_date": plain, "rubrik": item.section.name, "content_id": item.id}
        lines.append(f"<script>dataLayer = [{_script_json(layer)}];</script>")
    if profile.json_ld:
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": version.title,
            "image": [item.image_url],
            "datePublished": at.isoformat(),
            "author": {"@type": "Person", "name": version.reporter},
            "publisher": {"@type": "Organization", "name": profile.name},
        }
        lines.append(f'<script type="application/ld+json">{_script_json(data)}</script>')
    return "\n".join(lines) + "\n"


def _script_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
