"""docs/faults.md is what the tests give, and no fault is without a test or a reason."""

import pytest
from fault_table import FAULTS, PAGE, covering, page

FOUND = covering()


def test_the_page_is_up_to_date():
    assert PAGE.read_text("utf-8") == page(), "make it anew: python tests/faults/fault_table.py > docs/faults.md"


def test_the_faults_are_numbered_without_a_gap():
    assert list(FAULTS) == list(range(1, len(FAULTS) + 1))


@pytest.mark.parametrize("number", FAULTS)
def test_a_fault_has_a_test_or_a_reason(number):
    assert FOUND[number] or FAULTS[number].not_covered
