"""Feeds of Google News, written by hand after its grammar: one line, escaped descriptions."""

from html import escape

TOKEN = "CBMiAU_yqLexample"
NEWS = "https://news.google.com/rss/articles"


def pair(token: str, title: str, publisher: str) -> str:
    return (
        f'<a href="{NEWS}/{token}?oc=5" target="_blank">{escape(title)}</a>&nbsp;&nbsp;'
        f'<font color="#6f6f6f">{escape(publisher)}</font>'
    )


def cluster(*rows: tuple[str, str, str]) -> str:
    return f"<ol>{''.join(f'<li>{pair(*row)}</li>' for row in rows)}</ol>"


def item(
    title: str = "Jalan rusak - Disway",
    *,
    token: str = TOKEN,
    publisher: str | None = "Disway",
    home: str | None = "https://radartegal.disway.id",
    published: str | None = "Fri, 25 Sep 2026 13:53:48 GMT",
    description: str | None = None,
) -> str:
    url = f' url="{escape(home)}"' if home is not None else ""
    source = f"<source{url}>{escape(publisher)}</source>" if publisher is not None else ""
    date = f"<pubDate>{published}</pubDate>" if published is not None else ""
    text = description if description is not None else pair(token, title, publisher or "")
    return (
        f"<item><title>{escape(title)}</title><link>{NEWS}/{token}?oc=5</link>"
        f'<guid isPermaLink="false">{token}</guid>{date}<description>{escape(text)}</description>{source}</item>'
    )


def feed(*items: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><generator>NFE/5.0</generator>'
        "<title>&quot;site:radartegal.disway.id when:1d&quot; - Google News</title>"
        "<link>https://news.google.com/search?q=site:radartegal.disway.id&amp;hl=id&amp;gl=ID&amp;ceid=ID:id</link>"
        "<language>id</language><image><title>Google News</title><url>https://lh3.googleusercontent.com/x=w256</url>"
        "<link>https://news.google.com/</link></image><description>Google News</description>"
        f"{''.join(items)}</channel></rss>"
    ).encode()
