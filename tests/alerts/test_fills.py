"""What a run counts of the pages that it reads."""

from datetime import date

from crawler.fills import DECIDED, NO_CLASS, NOT_READ, REFUSED, Fills
from news.watched import ARTICLE_FIELDS, EXPECTED, FULL_BODY, GENERAL_CLASS, LINKS, PAGE_CLASS
from pages.generic import GENERIC
from storage.schema import STRUCTS, TABLES

URL = "https://radartegal.disway.id/read/{}/judul"


def row(number: int, **fields):
    whole = dict.fromkeys(ARTICLE_FIELDS, "ada")
    return (
        {"site": "radartegal", "page_class": "disway-2023", "url": URL.format(number), "word_count": 200}
        | whole
        | fields
    )


def counted(fills: Fills) -> dict[tuple[str, str], tuple[int, int, str | None]]:
    return {(fill.page_class, fill.field): (fill.articles, fill.filled, fill.example_url) for fill in fills.fills()}


def test_fields_are_columns_of_articles_and_a_fill_is_a_struct_of_runs():
    assert {column.name for column in TABLES["articles"]} >= set(ARTICLE_FIELDS)
    fills = Fills()
    fills.article(row(1))
    assert list(next(fills.fills())._fields) == [column.name for column in STRUCTS["fills"]]
    assert set(EXPECTED) == {*ARTICLE_FIELDS, FULL_BODY, PAGE_CLASS, LINKS}


def test_the_general_class_has_the_name_that_is_watched():
    assert GENERIC.name == GENERAL_CLASS


def test_a_field_is_counted_by_class_with_the_first_page_that_lacks_it():
    fills = Fills()
    for number in range(5):
        fills.article(row(number, reporter=None if number in (1, 3) else "A", tags=[]))
    fills.article(row(9, page_class="amp", caption=None))
    found = counted(fills)
    assert found["disway-2023", "reporter"] == (5, 3, URL.format(1))
    assert found["disway-2023", "tags"] == (5, 0, URL.format(0))
    assert found["disway-2023", "title"] == (5, 5, None)
    assert found["amp", "caption"] == (1, 0, URL.format(9))
    assert found[NO_CLASS, DECIDED] == (6, 6, None)


def test_a_short_text_is_a_body_and_no_full_one():
    fills = Fills()
    fills.article(row(1, word_count=39))
    fills.article(row(2, word_count=40))
    assert counted(fills)["disway-2023", "body"] == (2, 2, None)
    assert counted(fills)["disway-2023", FULL_BODY] == (2, 1, URL.format(1))


def test_a_page_of_the_general_class_is_read_by_no_class_of_its_layout():
    fills = Fills()
    fills.article(row(1, page_class=GENERAL_CLASS))
    assert counted(fills)[GENERAL_CLASS, PAGE_CLASS] == (1, 0, URL.format(1))


def test_a_page_that_nobody_can_read_has_nothing():
    fills = Fills()
    for reason in sorted(NOT_READ):
        fills.not_had("radartegal", reason, URL.format(reason))
    found = counted(fills)
    for field in (*ARTICLE_FIELDS, PAGE_CLASS):
        assert found[NO_CLASS, field] == (len(NOT_READ), 0, URL.format(min(NOT_READ)))


def test_reasons_are_counted_among_all_that_was_decided():
    fills = Fills()
    fills.article(row(1))
    fills.not_had("radartegal", "challenge", URL.format(2))
    fills.not_had("radartegal", "challenge", URL.format(3))
    fills.not_had("radartegal", "not_found", URL.format(4))
    found = counted(fills)
    assert found[NO_CLASS, DECIDED] == (4, 1, URL.format(2))
    assert found[NO_CLASS, f"{REFUSED}challenge"] == (4, 2, URL.format(2))
    assert found[NO_CLASS, f"{REFUSED}not_found"] == (4, 3, URL.format(4))
    assert (NO_CLASS, "title") not in found, "an answer that is no article says nothing of the layout"


def test_listings_and_births():
    fills = Fills()
    assert not fills.asked_listings("radartegal")
    fills.listing("radartegal", "https://radartegal.disway.id/", links=True)
    fills.listing("radartegal", "https://radartegal.disway.id/kategori/lokal", links=False)
    assert fills.asked_listings("radartegal")
    assert counted(fills)[NO_CLASS, LINKS] == (2, 1, "https://radartegal.disway.id/kategori/lokal")
    day = date(2026, 11, 23)
    fills.born("radartegal", day)
    fills.born("radartegal", day)
    assert (fills.born_on("radartegal", day), fills.born_on("palpos", day)) == (2, 0)
    assert fills.has_new("radartegal", day)
    assert not fills.has_new("radartegal", date(2026, 11, 24))
