"""The AMP page, by its lines, whatever its markup."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from disway_html import LEAD, TEXT, paragraphs, read, related

URL = "https://radartegal.disway.id/amp/723001/warga-bangun-jembatan"
HEADS = {
    "paragraphs": "<p>Senin 08-04-2024,16:02 WIB</p><p>Reporter : Edy Handoko</p><p>Editor : Zen Bae</p>",
    "lines": "<div>Senin 08-04-2024,16:02 WIB<br>Reporter : Edy Handoko<br>Editor : Zen Bae</div>",
    "spans": "<div><span>Senin 08-04-2024,16:02 WIB</span> <span>Reporter : Edy Handoko</span> | <span>Editor : Zen Bae</span></div>",
}


def amp(
    head: str, body: str, tail: str = '<p>Kategori : <a href="/kategori/lokal">Lokal</a></p>', lang: str = "id"
) -> str:
    return f"""<!doctype html><html \u26a1 lang="{lang}"><head><link rel="canonical"
href="https://radartegal.disway.id/lokal/read/723001/warga-bangun-jembatan"></head><body><header><a href="/">Radar Tegal</a></header>
<main><h1>Warga Bangun Jembatan</h1>{head}{body}{tail}</main><amp-ad><p>Iklan</p></amp-ad><footer>Hak cipta</footer></body></html>"""


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("headline_again", ["", "<p>Warga Bangun Jembatan</p>"])
def test_head_in_any_markup(head: str, headline_again: str) -> None:
    body = paragraphs("SUMEKS.CO - " + LEAD, TEXT[0]) + related() + paragraphs(TEXT[1])
    part = read(amp(HEADS[head] + headline_again, body), url=URL)
    assert part.page_class == "disway-amp"
    assert part.published_at == datetime(2024, 4, 8, 16, 2, tzinfo=ZoneInfo("Asia/Jakarta"))
    assert part.published_raw == "Senin 08-04-2024,16:02 WIB"
    assert (part.reporter, part.editor, part.section) == ("Edy Handoko", "Zen Bae", "Lokal")
    assert part.paragraphs == (LEAD, TEXT[0], TEXT[1])
    assert [link.article_key for link in part.related] == ["radartegal/7"]
    assert part.canonical_url == "https://radartegal.disway.id/lokal/read/723001/warga-bangun-jembatan"


@pytest.mark.parametrize("number", [0, 2])
@pytest.mark.parametrize(
    "caption",
    [
        "<amp-img src='/upload/a.jpg'></amp-img><p>Rencana jembatan--Net</p>",
        "<figure><amp-img src='/upload/a.jpg'></amp-img><figcaption>Rencana jembatan--Net</figcaption></figure>",
        "<amp-img src='/upload/a.jpg'></amp-img><p class='text-grey'><small>Rencana jembatan--Net</small></p>",
    ],
)
def test_the_caption_stands_at_the_head_or_amid_the_body(caption: str, number: int) -> None:
    texts = [paragraphs(t) for t in (LEAD, *TEXT)]
    part = read(amp(HEADS["paragraphs"], "".join(texts[:number]) + caption + "".join(texts[number:])), url=URL)
    assert (part.caption, part.credit) == ("Rencana jembatan", "Net")
    assert part.paragraphs == (LEAD, *TEXT)
    assert part.image_url == "https://radartegal.disway.id/upload/a.jpg"


def test_an_empty_category_is_none_and_ends_the_body() -> None:
    part = read(amp(HEADS["lines"], paragraphs(LEAD), "<p>Kategori :</p><p>Berita Lain</p>"), url=f"{URL}/32")
    assert (part.section, part.paragraphs, part.part) == (None, (LEAD,), 3)


def test_parts_keep_their_amp_form() -> None:
    links = "".join(f'<a data-ci-pagination-page="{n}" href="{URL}/{16 * (n - 1)}">{n}</a>' for n in (3, 2))
    part = read(amp(HEADS["lines"], paragraphs(LEAD) + links), url=URL)
    assert part.part_urls == (f"{URL}/16", f"{URL}/32")
