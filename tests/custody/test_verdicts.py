"""What a reading means for the archive: `judge` as an algebra."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from news.verdict import Reading, Verdict, judge

readings = st.builds(
    Reading,
    st.sampled_from("ab"),
    st.sampled_from(["disway-2022", "disway-2023"]),
    st.integers(1, 2),
    st.lists(st.sampled_from("xyz"), min_size=1, max_size=2).map(tuple),
)


@given(reading=readings)
def test_what_was_never_archived_is_new(reading: Reading) -> None:
    assert judge(None, reading) is Verdict.NEW


@given(reading=readings)
def test_nothing_differs_from_itself(reading: Reading) -> None:
    assert judge(reading, reading) is Verdict.UNCHANGED


@given(one=readings, other=readings)
def test_it_matters_not_which_came_first(one: Reading, other: Reading) -> None:
    assert judge(one, other) is judge(other, one)


@given(head=readings, reading=readings)
def test_equal_bytes_are_unchanged_whoever_read_them(head: Reading, reading: Reading) -> None:
    assert judge(head, replace(reading, payload_digests=head.payload_digests)) is Verdict.UNCHANGED


@given(head=readings, reading=readings)
def test_only_one_readers_readings_are_compared(head: Reading, reading: Reading) -> None:
    verdict = judge(head, reading)
    same_reader = (head.page_class, head.reader_revision) == (reading.page_class, reading.reader_revision)
    if verdict is Verdict.CHANGED:
        assert same_reader
        assert head.content_digest != reading.content_digest
    if head.payload_digests != reading.payload_digests and not same_reader:
        assert verdict is Verdict.REREAD
