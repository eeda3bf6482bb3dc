from __future__ import annotations

import string
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from callctrl.numbers import DialPlan, countries, examples, likeness, tail
from callctrl.numbers.text import keys

NEW_YORK = DialPlan(True, "US", "212", "9", "1")
BERLIN = DialPlan(True, "DE", "030", "0")
GERMANY = DialPlan(True, "DE")
ROME = DialPlan(False, "IT", "06", "0")
NOWHERE = DialPlan()

SAME = [
    # The same keys
    (3, NEW_YORK, "200", "200"),
    (3, NEW_YORK, "(212) 555-0100", "212.555.0100"),
    (3, NEW_YORK, "+1 212 555 0100", "12125550100"),
    (3, NEW_YORK, "1-800-FLOWERS", "18003569377"),
    (3, NEW_YORK, "212 555 0100 x7", "2125550100"),
    (3, NEW_YORK, "*72", "* 7 2"),
    (3, NEW_YORK, "room 12", " room 12 "),
    (3, NOWHERE, "12", "12"),
    # The same number of the world
    (2, NEW_YORK, "2125550100", "+1 212 555 0100"),
    (2, NEW_YORK, "555-1234", "+1 212 555 1234"),
    (2, NEW_YORK, "555-1234", "1 (212) 555-1234"),
    (2, NEW_YORK, "912125550100", "(212) 555-0100"),
    (2, NEW_YORK, "9011442079460958", "+44 (0)20 7946 0958"),
    (2, NEW_YORK, "+44 20 7946 0958", "0044 20 7946 0958"),
    (2, NEW_YORK, "800-FLOWERS", "+1 800 356 9377"),
    (2, BERLIN, "030 123456", "+49 30 123456"),
    (2, BERLIN, "123456", "+49 30 123456"),
    (2, BERLIN, "0030123456", "+49 (0)30 123456"),
    (2, BERLIN, "0049 40 1234567", "040/1234567"),
    (2, ROME, "06 1234 5678", "+39 06 1234 5678"),
    (2, ROME, "1234 5678", "0039 06 1234 5678"),
    (2, ROME, "312 345 6789", "+39 312 345 6789"),
    # The same behind a prefix
    (1, BERLIN, "041 446681800", "0041 446681800"),
    (1, GERMANY, "30 123456", "030 123456"),
    (1, GERMANY, "30 123456", "+49 30 123456"),
    (1, NEW_YORK, "9 0121 555 0100", "0121 555 0100"),
    # The same with the + left out
    (1, NEW_YORK, "442079460958", "011 44 20 7946 0958"),
    (1, BERLIN, "442079460958", "0044 20 7946 0958"),
    # The same in the other's country, where our own is not known
    (1, NOWHERE, "+1 212 555 0100", "212 555 0100"),
    (1, NOWHERE, "0049 30 123456", "030 123456"),
    (1, NOWHERE, "+49 30 123456", "030 123456"),
]

DIFFERENT = [
    (NEW_YORK, "200", "201"),
    (NEW_YORK, "200", "+1 212 555 0200"),
    (NEW_YORK, "0100", "+1 212 555 0100"),
    (NEW_YORK, "200", "9200"),
    (NEW_YORK, "72", "*72"),
    (NEW_YORK, "12", "room 12"),
    (NEW_YORK, "0616*004", "0616004"),
    (NEW_YORK, "555-1234", "+1 646 555 1234"),
    (NEW_YORK, "555-1234", "646 555 1234"),
    (NEW_YORK, "50100", "212 555 0100"),
    (NEW_YORK, "2125550100", "+212 555 0100 00"),
    (NEW_YORK, "+44 20 7946 0958", "20 7946 0958"),
    (NEW_YORK, "9 212 555 0100", "212 555 0101"),
    (NEW_YORK, "8 212 555 0100", "212 555 0100"),
    # With a + it is in Stockholm, without one it is in California.
    (NEW_YORK, "+46 8 234 567 8", "4682345678"),
    (BERLIN, "030 123456", "+41 30 123456"),
    (BERLIN, "030 1234567", "040 1234567"),
    (BERLIN, "123456", "040 123456"),
    (GERMANY, "123456", "030 123456"),
    (ROME, "06 1234 5678", "+39 02 1234 5678"),
    (NOWHERE, "+49 30 123456", "+43 30 123456"),
    (replace(NEW_YORK, internal_length=7), "9 5551234", "+1 5551234"),
    (NOWHERE, "5551234", "+1 212 555 1234"),
    (NOWHERE, "anna", "anna"),
    (NOWHERE, "", ""),
    (NOWHERE, "", "200"),
]

plans = st.sampled_from(
    [NEW_YORK, BERLIN, GERMANY, ROME, NOWHERE, replace(NEW_YORK, internal_length=8)]
)
numbers = st.one_of(
    st.from_regex(r"(9|0|00|011|\+|)(1|49|44|)0?(212|30|)555[0-9]{1,5}", fullmatch=True),
    st.text(string.digits + "+*# x", max_size=20),
)


@pytest.mark.parametrize(("expected", "plan", "one", "other"), SAME)
def test_the_same_telephone(expected: int, plan: DialPlan, one: str, other: str) -> None:
    assert likeness(one, other, plan) == expected
    assert likeness(other, one, plan) == expected


@pytest.mark.parametrize(("plan", "one", "other"), DIFFERENT)
def test_another_telephone(plan: DialPlan, one: str, other: str) -> None:
    assert likeness(one, other, plan) == 0
    assert likeness(other, one, plan) == 0


@pytest.mark.parametrize(("expected", "plan", "one", "other"), SAME)
def test_a_switched_off_plan_tells_where_the_desk_stands_too(
    expected: int, plan: DialPlan, one: str, other: str
) -> None:
    assert likeness(one, other, replace(plan, enabled=not plan.enabled)) == expected


@given(numbers | st.text(max_size=30), plans)
def test_a_number_is_like_itself(number: str, plan: DialPlan) -> None:
    assert likeness(number, number, plan) == (3 if tail(number) else 0)


@given(numbers, numbers, plans)
@example("+1 212 555 0100", "9555010", NEW_YORK)
def test_the_order_does_not_matter(one: str, other: str, plan: DialPlan) -> None:
    assert likeness(one, other, plan) == likeness(other, one, plan)


@given(st.integers(0, 9999).map(str), numbers, plans)
def test_whoever_is_inside_is_found_by_all_digits_only(
    inside: str, other: str, plan: DialPlan
) -> None:
    if likeness(inside, other, plan):
        assert keys(other).removeprefix("+") == inside


@given(numbers, plans)
def test_the_outside_digit_in_front_changes_nothing(number: str, plan: DialPlan) -> None:
    """A phone system may put it there, so that a missed call can be dialled."""
    pressed = keys(number)
    assume(pressed.isdigit() and len(pressed) > max(6, plan.internal_length))
    assert likeness(number, plan.outside_digit + number, plan) > 0


def starts_alike(one: str, other: str) -> bool:
    length = min(6, len(tail(one)), len(tail(other)))
    return tail(one)[:length] == tail(other)[:length]


@given(numbers, numbers, plans)
def test_numbers_that_are_alike_have_tails_that_start_alike(
    one: str, other: str, plan: DialPlan
) -> None:
    if min(len(tail(one)), len(tail(other))) > 6 and likeness(one, other, plan):
        assert starts_alike(one, other)


@pytest.mark.parametrize("country", countries())
def test_a_number_is_known_in_every_form(country: str) -> None:
    plan = DialPlan(True, country, "", "9", "1")
    for at_home, abroad in zip(examples(country)[1:-2:2], examples(country)[2:-2:2], strict=True):
        if len(keys(at_home)) < 7:  # islands with numbers of four and five digits
            continue
        written = [at_home, abroad, "00" + keys(abroad)[1:], plan.apply(at_home)]
        for one, other in combinations(written, 2):
            assert likeness(one, other, plan) > 0
            assert starts_alike(one, other)
