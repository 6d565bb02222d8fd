"""The AMP page of an article. Texts as stored AMP pages show them; the markup around them is our reading."""

from html import escape

from news.url import AMP_PART_BLOCKS
from replica.edition import Edition
from replica.printed import amp_date_line
from replica.templates import padding
from replica.templates.body import block_html
from replica.templates.frame import by_path, pagination
from replica.world import Article, Block

_AMP_STYLE_BYTES = 20_000


def amp(edition: Edition, item: Article, offset: int) -> str:
    """The AMP part that begins at block `offset` (steps of 16)."""
    version, profile = edition.version(item), edition.profile
    parts = version.parts(amp=True)
    number = offset // AMP_PART_BLOCKS
    blocks: tuple[Block, ...] = parts[number] if number < len(parts) else ()
    dateline = version.dateline if number == 0 else None
    body = "\n".join(
        block_html(profile, block, f"<strong>{escape(dateline.printed)}</strong>" if dateline and i == 0 else "")
        for i, block in enumerate(blocks)
    )
    url = edition.url(item)
    title = escape(version.title, quote=False)
    links = pagination(
        by_path(f"{edition.root}/amp/{item.id}/{url.rpartition('/')[2]}"), len(parts), number + 1, AMP_PART_BLOCKS
    )
    return f"""<!doctype html>
<html amp lang="id">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="canonical" href="{url}">
<meta name="viewport" content="width=device-width,minimum-scale=1,initial-scale=1">
<style amp-custom>
{padding.style(profile.host)[:_AMP_STYLE_BYTES].rpartition(chr(10))[0]}
</style>
<script async src="https://cdn.ampproject.org/v0.js"></script>
</head>
<body>
<header><a href="{edition.root}/">{escape(profile.name)}</a></header>
<article class="post">
<h1>{title}</h1>
<p class="date">{amp_date_line(item.published, profile)}</p>
<p class="author">Reporter : {escape(version.reporter)}</p>
<p class="editor">Editor : {escape(version.editor)}</p>
<amp-img src="{item.image_url}" width="750" height="500" layout="responsive" alt="{escape(version.title)}"></amp-img>
<p class="text-grey"><small>{escape(version.caption.printed, quote=False)}</small></p>
{body}
{links}\
<p>Kategori : <a href="{edition.root}{item.section.path}">{escape(item.section.name)}</a></p>
</article>
</body>
</html>
"""
