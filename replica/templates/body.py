"""The blocks of a body as markup, in each look."""

import re
from collections.abc import Sequence
from html import escape

from replica.edition import Edition
from replica.slugs import slug_of
from replica.world import Article, Block, Dateline, Gap, Look, Paragraph, Profile, Related, Subhead

_SPAN = '<span style="font-size:16px;font-family:Arial,sans-serif">'
_ADVERT_AFTER = {2: "slot", 6: "banner", 11: "slot"}
"""Advertisement behind the block of this number in a part; the splitting does not count it."""


def blocks_html(edition: Edition, article: Article, blocks: Sequence[Block], dateline: Dateline | None) -> str:
    """The blocks of one part with the advertisements between them; `dateline` opens the first paragraph."""
    lines: list[str] = []
    for number, block in enumerate(blocks, 1):
        opening = _dateline(article, dateline) if dateline and number == 1 else ""
        lines.append(block_html(edition.profile, block, opening))
        if number in _ADVERT_AFTER:
            lines.append(_advert(edition, _ADVERT_AFTER[number]))
    return "\n".join(lines) + "\n"


def block_html(profile: Profile, block: Block, opening: str = "") -> str:
    """One block; `opening` is the markup of a dateline."""
    wrap = _spanned if profile.look is Look.SPANS else _plain
    match block:
        case Paragraph():
            return wrap(opening + _inner(profile, block))
        case Subhead(text=text, markup="p"):
            return wrap(escape(text, quote=False))
        case Subhead(text=text, markup="strong"):
            return wrap(f"<strong>{escape(text, quote=False)}</strong>")
        case Subhead(text=text, markup=markup):
            return f"<{markup}>{escape(text, quote=False)}</{markup}>"
        case Related():
            return _related(profile, block)
        case Gap(filler=filler):
            return f"<p>{filler}</p>"


def _plain(inner: str) -> str:
    return f"<p>{inner}</p>"


def _spanned(inner: str) -> str:
    return f"<p>{_SPAN}{inner}</span></p>"


def _inner(profile: Profile, paragraph: Paragraph) -> str:
    html = escape(paragraph.text, quote=False)
    if paragraph.loose:
        html = html.replace(". ", ".&nbsp; ", 1).replace(", ", ",  ", 1) + "&nbsp;"
    tag = paragraph.linked
    if tag is None:
        return html
    target = f"https://{profile.host}{tag.path}"
    return re.sub(f"({re.escape(tag.name)})", rf'<a href="{target}">\1</a>', html, count=1, flags=re.IGNORECASE)


def _dateline(article: Article, dateline: Dateline) -> str:
    """The place and brand in strong; the dash inside it or behind it, as reporters happen to mark it."""
    printed = escape(dateline.printed, quote=False)
    if article.id % 3 == 0:
        return f"<strong>{printed}</strong>"
    name = printed.rstrip(" -\u2013\u2014")
    return f"<strong>{name}</strong>{printed[len(name) :]}"


def _related(profile: Profile, block: Related) -> str:
    link = f'<a href="{escape(block.href)}">{escape(block.title, quote=False)}</a>'
    if profile.look is Look.TEMPLATE_2022:
        strong = f'<span class="blue-color"><strong>{link}</strong></span>'
        return f'<p class="blue-color">Baca Juga: {strong}</p>'
    return f"<p><strong>BACA JUGA:{link}</strong></p>"


def _advert(edition: Edition, kind: str) -> str:
    advertiser = edition.advertiser
    image = f"{edition.root}/upload/iklan-{kind}-{slug_of(advertiser)}.jpg"
    if kind == "slot":
        return f'<div class="ads-slot"><p>Advertisement</p><img src="{image}" alt="{advertiser}"></div>'
    return (
        '<div class="text-center" style="background-color:#f2f2f2;padding:10px;margin-bottom:15px">'
        f'<small>Advertisement</small><br><img src="{image}" alt="Awards Disway"></div>'
    )
