"""What a run may spend, and what it spent."""

from hypothesis import given
from hypothesis import strategies as st

from crawler.budget import Spending
from crawler.config_sections import LimitsSettings

SITES = ("radartegal", "palpos", "malang")
limits = st.builds(
    LimitsSettings, requests=st.integers(0, 12), bytes=st.integers(0, 5_000), site_requests=st.integers(0, 6)
)
asked = st.lists(st.tuples(st.sampled_from(SITES), st.integers(0, 2_000)), max_size=40)


@given(limits, asked)
def test_never_more_than_the_limits(given: LimitsSettings, requests: list[tuple[str, int]]):
    spending, sent = Spending(given), []
    for site, size in requests:
        if spending.over(site) is None:
            spending.sent(site)
            spending.bytes += size
            sent.append((site, size))
    assert not given.requests or len(sent) <= given.requests
    for site in SITES:
        assert not given.site_requests or sum(one == site for one, _ in sent) <= given.site_requests
    assert not given.bytes or sum(size for _, size in sent[:-1]) < given.bytes, "only the last answer went over"
    if not any((given.requests, given.bytes, given.site_requests)):
        assert sent == requests, "0 is no limit"


@given(limits, asked)
def test_what_is_refused_is_over_a_limit_that_is_named(given: LimitsSettings, requests: list[tuple[str, int]]):
    spending = Spending(given)
    for site, size in requests:
        over = spending.over(site)
        if over is None:
            spending.sent(site)
            spending.bytes += size
            continue
        spent = {"requests": spending.requests, "bytes": spending.bytes, "site_requests": spending.of_site.get(site, 0)}
        assert spent[over] >= getattr(given, over) > 0


@given(st.lists(st.sampled_from(SITES), max_size=20))
def test_what_was_not_sent_after_all_is_given_back(sites: list[str]):
    spending = Spending(LimitsSettings(requests=1, site_requests=1))
    for site in sites:
        assert spending.over(site) is None
        spending.sent(site)
        assert spending.over(site) == "requests"
        spending.sent(site, by=-1)
