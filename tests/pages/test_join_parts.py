"""Parts put together."""

from dataclasses import replace

import pytest
from disway_html import LEAD, RULES, TEXT, URL, article_page, pages_of, paragraphs, read, related
from hypothesis import given
from hypothesis import strategies as st

from news.article import ArticlePart
from pages.join import content_digest, join_parts

SITE = RULES.network.sites["radartegal"]
lines = st.lists(st.text("abcdef ,.", min_size=1, max_size=20).map(lambda t: f"x{t.strip()}"), min_size=1, max_size=6)


def part(number: int, body: str, last: int = 3) -> ArticlePart:
    url = URL if number == 1 else f"{URL}/{15 * (number - 1)}"
    return read(article_page(body, pagination=pages_of(URL, number, last)), url=url)


def test_parts_are_joined_in_order_whatever_the_order_of_capture() -> None:
    one = part(1, paragraphs("TEGAL, radartegal.com - " + LEAD) + related())
    two = part(2, related() + paragraphs(TEXT[0]) + related("Lain", "/read/8/lain"))
    three = part(3, paragraphs(TEXT[1], "***"))
    article = join_parts([three, one, two], SITE)
    assert article.body == "\n".join([LEAD, TEXT[0], TEXT[1], "***"])
    assert [link.title for link in article.related] == ["Jalan Desa Diperbaiki", "Lain"]
    assert (article.parts, article.parts_expected, article.place) == (3, 3, "TEGAL")
    assert (article.site, article.article_id, article.url, article.language) == ("radartegal", 723001, URL, "id")
    assert article == join_parts([one, two, three], SITE)


def test_a_missing_part_shows() -> None:
    article = join_parts([part(1, paragraphs(LEAD))], SITE)
    assert (article.parts, article.parts_expected) == (1, 3)


def test_a_server_that_ignores_the_offset_doubles_nothing() -> None:
    article = join_parts([part(1, paragraphs(LEAD, TEXT[0]), 2), part(2, paragraphs(LEAD, TEXT[0]), 2)], SITE)
    assert article.body == f"{LEAD}\n{TEXT[0]}"


def test_nor_does_one_that_ignores_it_below_a_dateline() -> None:
    page = paragraphs("TEGAL, radartegal.com - " + LEAD, TEXT[0])
    article = join_parts([part(1, page, 2), part(2, page, 2)], SITE)
    assert (article.body, article.place) == (f"{LEAD}\n{TEXT[0]}", "TEGAL")


def test_repeated_head_and_foot_are_said_once() -> None:
    foot = "Ditulis oleh tim kami."
    one = replace(part(1, paragraphs(LEAD, TEXT[0], foot), 2), caption="Jembatan")
    two = part(2, paragraphs("Jembatan", TEXT[1], foot), 2)
    assert join_parts([one, two], SITE).body == "\n".join([LEAD, TEXT[0], TEXT[1], foot])


def test_amp_parts_count_by_sixteen() -> None:
    base = part(1, paragraphs(LEAD), 1)
    amp = replace(
        base, part_urls=("https://radartegal.disway.id/amp/723001/x/16", "https://radartegal.disway.id/amp/723001/x/32")
    )
    assert join_parts([amp], SITE).parts_expected == 3


def test_only_parts_of_one_article_are_joined() -> None:
    base = part(1, paragraphs(LEAD), 1)
    for wrong in ([], [base, replace(base, article_id=5, part=2)]):
        with pytest.raises(ValueError, match="parts of one article"):
            join_parts(wrong, SITE)


@given(st.lists(lines, min_size=1, max_size=4), st.randoms())
def test_joining_does_not_depend_on_order_or_repetition(bodies: list[list[str]], rng) -> None:
    base = part(1, paragraphs(LEAD), 1)
    parts = [replace(base, part=n, paragraphs=tuple(body)) for n, body in enumerate(bodies, 1)]
    shuffled = parts + parts
    rng.shuffle(shuffled)
    assert join_parts(shuffled, SITE) == join_parts(parts, SITE)


def test_the_digest_is_of_the_editorial_content_only() -> None:
    base = join_parts([part(1, paragraphs(LEAD, TEXT[0]), 1)], SITE)
    same = replace(base, url="x", related=(), image_url=None, reader_revision=9, page_class="y", tags=base.tags[::-1])
    assert content_digest(same) == base.content_digest
    assert content_digest(replace(base, body=base.body.replace(" ", "\u00a0 ", 3) + "\n ")) == base.content_digest
    for change in (
        {"title": "Lain"},
        {"body": base.body + "\nTambahan"},
        {"body": base.body.replace("\n", " ")},
        {"caption": "Lain"},
        {"credit": "Lain"},
        {"reporter": "Lain"},
        {"editor": None},
        {"tags": ("jembatan",)},
        {"place": "SLAWI"},
    ):
        assert content_digest(replace(base, **change)) != base.content_digest
