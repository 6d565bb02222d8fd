"""What a document alone names is followed while it proves true: all of an honest one, some dozens of a liar's names."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from news.article import LinkKind, PageLink
from news.site import Site
from news.url import ArticleKey
from spiders.asked import Asked
from spiders.claims import CREDIT_OF_A_LIAR, EARNED, FIRST_CREDIT, Account, Claim, Copy

NOW = datetime(2026, 3, 5, tzinfo=UTC)
SITE = Site(id="uji", name="Uji", host="uji.contoh.id")
FEED = "https://uji.contoh.id/rss"


def a_copy() -> Copy:
    return Copy(Asked(SITE, FEED, None, FEED, 0, None), FEED, NOW, is_whole=True)


def claims(numbers: list[int], copy: Copy) -> list[Claim]:
    links = [PageLink(f"https://uji.contoh.id/read/{n}/x", LinkKind.FEED, "", 0) for n in numbers]
    return [Claim((False, 0.0, -n), ArticleKey("uji", n), link, copy) for n, link in zip(numbers, links, strict=True)]


def nobody(_: ArticleKey) -> bool:
    """Nothing is asked for by others."""
    return False


def followed(account: Account, true: set[int]) -> list[int]:
    """Ids in the order in which they are asked for, each judged as it is."""
    asked: list[int] = []
    while taken := account.take(nobody):
        for claim in taken:
            asked.append(claim.key.article_id)
            account.judge(is_true=claim.key.article_id in true)
    return asked


@given(st.sets(st.integers(1, 10**12), max_size=400))
def test_an_honest_document_is_followed_to_its_end_newest_first(numbers: set[int]):
    account, copy = Account.opened(FEED, 5_000, lied=False), a_copy()
    account.add(claims(sorted(numbers), copy))
    assert followed(account, numbers) == sorted(numbers, reverse=True)
    assert account.close() == copy.left == 0
    assert copy.is_whole
    assert account.lies is (False if numbers else None)


@settings(deadline=None)
@given(
    st.sets(st.integers(1, 3_000), max_size=2_000),
    st.sets(st.integers(1, 3_000), max_size=2_000),
    st.booleans(),
)
def test_false_names_cost_no_more_than_the_credit_and_what_true_ones_earned(
    true: set[int], false: set[int], lied: bool
):
    account = Account.opened(FEED, 5_000, lied=lied)
    named = true | (false - true)
    account.add(claims(sorted(named), a_copy()))
    asked = followed(account, true)
    wrong = [number for number in asked if number not in true]
    credit = CREDIT_OF_A_LIAR if lied else FIRST_CREDIT
    assert len(wrong) <= credit + EARNED * (len(asked) - len(wrong))
    assert len(asked) + account.close() == len(named)
    assert len(set(asked)) == len(asked)


@given(st.integers(0, 30), st.integers(0, 30))
def test_no_more_is_held_than_the_quota(quota: int, number: int):
    account, copy = Account.opened(FEED, quota, lied=False), a_copy()
    account.add(claims(list(range(1, number + 1)), copy))
    assert [claim.key.article_id for claim in account.take(nobody)] == list(range(number, max(0, number - quota), -1))
    assert copy.is_whole == (number <= quota)
    assert account.close() == max(0, number - quota)


def test_what_others_ask_for_costs_nothing():
    account, copy = Account.opened(FEED, 5_000, lied=False), a_copy()
    account.add(claims(list(range(200)), copy))
    free = account.take_asked(lambda key: key.article_id % 2 == 0)
    assert {claim.key.article_id for claim in free} == set(range(0, 200, 2))
    more = account.take(lambda key: key.article_id >= 190)
    assert [claim.key.article_id for claim in more] == list(range(199, 89, -2))
    assert (account.credit, copy.left) == (0, 45)


def test_a_document_is_called_a_liar_for_many_false_names_only():
    account = Account.opened(FEED, 5_000, lied=False)
    for _ in range(19):
        account.judge(is_true=False)
    assert account.lies is None
    account.judge(is_true=False)
    assert account.lies
    for _ in range(21):
        account.judge(is_true=True)
    assert account.lies is False


def test_claims_of_several_copies_share_one_credit():
    account, first, second = Account.opened(FEED, 5_000, lied=False), a_copy(), a_copy()
    account.add(claims(list(range(60)), first))
    account.add(claims(list(range(60, 120)), second))
    assert len(account.take(nobody)) == FIRST_CREDIT
    assert (first.left, second.left) == (60, 10)


def test_an_article_that_several_copies_name_costs_once():
    account, first, second = Account.opened(FEED, 5_000, lied=True), a_copy(), a_copy()
    account.add(claims([1, 2, 3, 4, 5], first))
    account.add(claims([4, 5, 6], second))
    taken = account.take(nobody)
    assert sorted(claim.key.article_id for claim in taken) == [2, 3, 4, 4, 5, 5, 6]
    assert (account.credit, first.left, second.left) == (0, 1, 0)
