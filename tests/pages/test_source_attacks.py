"""Feeds and sitemaps made to hurt: nothing is opened or fetched, and time and memory stay within bounds."""

import gzip
import socket
import subprocess
import sys
import time

import pytest
from source_texts import SITE, article, ids, item, read, read_sitemap, rss, urlset

from news.errors import PageError
from pages.sources import XmlLimits

SECRET = "isi-berkas-rahasia"
SECONDS = 30
"""Of CPU: many times what the slowest takes alone (3 s: a million links)."""

OUTSIDE = {
    "external entity": "<!DOCTYPE rss [<!ENTITY x SYSTEM '{0}'>]><rss><channel><item><title>&x;</title>{1}</item></channel></rss>",
    "parameter entity": "<!DOCTYPE rss [<!ENTITY % x SYSTEM '{0}'> %x;]><rss><channel><item><title>a</title>{1}</item></channel></rss>",
    "parameter entity that makes one": (
        "<!DOCTYPE rss [<!ENTITY % f SYSTEM '{0}'><!ENTITY % e \"<!ENTITY &#37; s SYSTEM '{0}?%f;'>\">%e;%s;]>"
        "<rss><channel><item>{1}</item></channel></rss>"
    ),
    "external subset": "<!DOCTYPE rss SYSTEM '{0}'><rss><channel><item><title>&x;</title>{1}</item></channel></rss>",
    "public subset": "<!DOCTYPE rss PUBLIC '-//N//DTD RSS 0.91//EN' '{0}'><rss><channel><item>{1}</item></channel></rss>",
    "quoted bracket": "<!DOCTYPE rss SYSTEM 'a>[b' [<!ENTITY x SYSTEM '{0}'>]><rss><channel><item><title>&x;</title>{1}</item></channel></rss>",
    "notation": "<!DOCTYPE rss [<!NOTATION n SYSTEM '{0}'><!ENTITY x SYSTEM '{0}' NDATA n>]><rss><item>{1}</item></rss>",
    "default attribute": "<!DOCTYPE rss [<!ENTITY x SYSTEM '{0}'><!ATTLIST title a CDATA '&x;'>]><rss><item><title/>{1}</item></rss>",
    "xinclude": (
        "<rss xmlns:xi='http://www.w3.org/2001/XInclude'><channel><item>"
        "<title><xi:include href='{0}' parse='text'/></title>{1}</item></channel></rss>"
    ),
    "stylesheet": "<?xml-stylesheet type='text/xsl' href='{0}'?><rss><channel><item>{1}</item></channel></rss>",
    "schema": (
        "<rss xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:noNamespaceSchemaLocation='{0}' "
        "xsi:schemaLocation='x {0}' xml:base='{0}'><channel><item>{1}</item></channel></rss>"
    ),
    "late entity": "<rss><item>{1}</item><!DOCTYPE x [<!ENTITY x SYSTEM '{0}'>]><item><title>&x;</title></item></rss>",
}


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("name", sorted(OUTSIDE))
def test_no_file_is_read_and_nobody_is_called(name, tmp_path, listener):
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    addresses = [f"http://127.0.0.1:{listener.getsockname()[1]}/x.dtd", secret.as_uri(), str(secret)]
    for address in addresses:
        document = read(OUTSIDE[name].format(address, f"<link>{article(1)}</link>"))
        assert SECRET not in repr(document)
        declares = "[<!" in OUTSIDE[name]
        assert document.cut == ("entity" if declares else None)
        assert ids(document) == ([1] if not declares or name == "late entity" else [])


def laughs(levels: int, root: str) -> bytes:
    entities = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, levels))
    start = f"<!DOCTYPE {root} [<!ENTITY a0 'ha'>{entities}]>"
    return f"{start}<{root} a='&a{levels - 1};'><item><title>&a{levels - 1};</title></item></{root}>".encode()


def slugs(count: int) -> bytes:
    return urlset(*(f"<url><loc>{SITE}/read/7/s{n}</loc></url>" for n in range(count))).encode()


def hostile(name: str) -> bytes:
    return {
        "laughs": lambda: laughs(30, "rss"),
        "laughs behind a comment": lambda: b"<!--" + b"[" * 60_000 + b"-->" + laughs(30, "rss"),
        "deep": lambda: b"<rss>" + b"<a>" * 10_000_000,
        "deep items": lambda: b"<rss>" + b"<item>" * 5_000_000,
        "names": lambda: b"<rss>" + b"".join(b"<n%d/>" % n for n in range(2_000_000)),
        "attribute names": lambda: b"<rss>" + b"".join(b"<a n%d=''/>" % n for n in range(2_000_000)),
        "attributes": lambda: b"<rss><a " + b"".join(b"a%d='' " % n for n in range(2_000_000)),
        "attribute": lambda: b"<rss><a b='" + b"x" * 30_000_000,
        "text": lambda: b"<rss><item><title>" + b"x" * 30_000_000,
        "cdata": lambda: b"<rss><item><title><![CDATA[" + b"]]&gt;" * 5_000_000,
        "comment": lambda: b"<rss><!--" + b"x" * 30_000_000,
        "comments": lambda: b"<rss>" + b"<!--x-->" * 3_000_000,
        "instruction": lambda: b"<rss><?x " + b"x" * 30_000_000,
        "name": lambda: b"<" + b"x" * 30_000_000,
        "blanks": lambda: b" " * 30_000_000 + b"<rss/>",
        "faults": lambda: b"<rss>" + b"< <b a=c></d>" * 2_000_000,
        "unfinished tags": lambda: b"<rss>" + b"<a b=c " * 5_000_000,
        "unfinished ends": lambda: b"<rss>" + b"</a " * 5_000_000,
        "references": lambda: b"<rss>" + b"&nbsp;&#0;&x" * 500_000,
        "ampersands": lambda: b"<rss>" + b"&" * 5_000_000,
        "dates": lambda: urlset(f"<url><loc>{article(1)}</loc><lastmod>{'1 ' * 5_000_000}</lastmod></url>").encode(),
        "title": lambda: rss(item(1, "<a " * 20_000 + "&amp" * 20_000)).encode(),
        "link": lambda: rss(f"<item><link>{SITE}/{'a' * 10_000_000}</link></item>").encode(),
        "bomb": lambda: gzip.compress(gzip.compress(b"<rss>" + b" " * 300_000_000)),
        "third layer": lambda: gzip.compress(gzip.compress(gzip.compress(b"<rss/>"))),
        "members": lambda: gzip.compress(b"<rss>") + gzip.compress(b"") * 500_000,
        "lines": lambda: b"https://x.example/\n" * 500_000,
        "line": lambda: b"https://x.example/" + b"x" * 30_000_000,
        "offsite": lambda: urlset("<url><loc>https://x.example/read/1/a</loc></url>" * 200_000).encode(),
    }[name]()


NAMES = """laughs|laughs behind a comment|deep|deep items|names|attribute names|attributes|attribute|text|cdata|comment
comments|instruction|name|blanks|faults|unfinished tags|unfinished ends|references|ampersands|dates|title|link|bomb
third layer|members|lines|line|offsite""".replace("\n", "|").split("|")


@pytest.mark.parametrize("name", NAMES)
def test_bounded_time(name):
    body = hostile(name)
    start = time.process_time()
    try:
        document = read(body)
    except PageError:
        document = None
    assert time.process_time() - start < SECONDS
    assert document is None or len(document.entries) <= 1


def test_a_million_slugs_of_one_article_are_one_article():
    body = slugs(1_000_000)
    start = time.process_time()
    document = read_sitemap(body, XmlLimits(bytes=len(body)))
    assert time.process_time() - start < SECONDS
    assert (len(document.entries), document.repeated, document.cut) == (1, 999_999, None)


CHILD = """
import sys
sys.path[:0] = {folders!r}
from pathlib import Path
from source_texts import read
from test_source_attacks import large

def kibibytes(field):
    status = Path("/proc/self/status").read_text()
    return int(status.partition(field + ":")[2].split()[0])

body = large({name!r})
read(body[:10_000])  # what is loaded on first use
Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here: proc(5)
before = kibibytes("VmRSS")
document = read(body)
print(len(body), len(document.entries), document.repeated, kibibytes("VmHWM") - before)
"""


def large(name: str) -> bytes:
    """A document of over 30 MB: a feed of 45,000 articles, or a sitemap of one article under many slugs."""
    if name == "slugs":
        return slugs(600_000)
    rest = "<pubDate>Thu, 05 Mar 2026 06:50:00 +0700</pubDate><description>" + "isi berita " * 45 + "</description>"
    return rss(*(item(n, f"Judul berita nomor {n} dari Tegal", rest) for n in range(45_000))).encode()


@pytest.mark.parametrize(("name", "entries"), [("feed", 45_000), ("slugs", 1)])
def test_memory_stays_flat(name, entries, pytestconfig):
    folders = [str(pytestconfig.rootpath), str(pytestconfig.rootpath / "tests" / "pages")]
    script = CHILD.format(folders=folders, name=name)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    size, found, _, grown = map(int, done.stdout.split())
    assert size > 30_000_000
    assert found == entries
    assert grown < 40 * 1024
