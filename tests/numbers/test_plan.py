from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callctrl.numbers import EMERGENCY, DialPlan, Kind, countries, examples, shown
from callctrl.numbers.text import keys

NEW_YORK = DialPlan(True, "US", "212", "9", "1")
TORONTO = replace(NEW_YORK, country="ca", area_code="416")
LONDON = DialPlan(True, "GB", "20", "9")
BERLIN = DialPlan(True, "DE", "030", "0")
GERMANY = DialPlan(True, "DE", "", "0", internal_length=3)
PARIS = DialPlan(True, "FR", "", "0")
ROME = DialPlan(True, "IT", "06", "0")
ZURICH = DialPlan(True, "CH", "044", "0")
NOWHERE = DialPlan(True, "", "", "9")
SAO_PAULO = DialPlan(True, "BR", "11", "0")
BUENOS_AIRES = DialPlan(True, "AR", "11", "9")
MOSCOW = DialPlan(True, "RU", "495", "9")
SYDNEY = DialPlan(True, "AU", "2", "0")
SINGAPORE = DialPlan(True, "SG", "", "9")

DESKS = {name: plan for name, plan in globals().items() if isinstance(plan, DialPlan)}
anywhere = st.sampled_from(list(DESKS.values()))

UNCHANGED, EMERGENCY_CALL, INTERNAL, CODE, LOCAL, NATIONAL, INTERNATIONAL = Kind

DIALLED = {
    "NEW_YORK": [
        ("0", "0", INTERNAL),
        ("200", "200", INTERNAL),
        ("20-00", "2000", INTERNAL),
        ("411", "411", INTERNAL),
        ("*72 555-1234", "*725551234", CODE),
        ("#31#", "#31#", CODE),
        ("911", "911", EMERGENCY_CALL),
        ("9-1-1", "911", EMERGENCY_CALL),
        ("9911", "9911", EMERGENCY_CALL),
        ("112", "112", EMERGENCY_CALL),
        ("555-1234", "92125551234", LOCAL),
        ("(212) 555-0100", "92125550100", LOCAL),
        ("1 212 555 0100", "92125550100", LOCAL),
        ("+1 212 555 0100", "92125550100", LOCAL),
        ("212 555 0100 ext. 7", "92125550100", LOCAL),
        ("(646) 555-0100", "916465550100", NATIONAL),
        ("1-646-555-0100", "916465550100", NATIONAL),
        ("+1 416 555 0100", "914165550100", NATIONAL),
        ("1-800-FLOWERS", "918003569377", NATIONAL),
        ("917 555 0100", "919175550100", NATIONAL),
        ("+44 (0)20 7946 0958", "9011442079460958", INTERNATIONAL),
        ("011 44 20 7946 0958", "9011442079460958", INTERNATIONAL),
        ("0044 20 7946 0958", "9011442079460958", INTERNATIONAL),
        ("+39 06 1234 5678", "9011390612345678", INTERNATIONAL),
        # She dialled the outside digit herself:
        ("9 555-1234", "95551234", LOCAL),
        ("9 212 555 0100", "92125550100", LOCAL),
        ("9 1 646 555 0100", "916465550100", NATIONAL),
        ("9 646 555 0100", "96465550100", NATIONAL),
        ("9 011 44 20 7946 0958", "9011442079460958", INTERNATIONAL),
        # What this could mean nobody knows:
        ("12345", "12345", UNCHANGED),
        ("55512", "55512", UNCHANGED),
        ("44 20 7946 0958", "44 20 7946 0958", UNCHANGED),
        ("+12 34", "+12 34", UNCHANGED),
        ("9 +1 212 555 0100", "9 +1 212 555 0100", UNCHANGED),
        ("555 1234 #2", "555 1234 #2", UNCHANGED),
        ("99999 99999 99999", "99999 99999 99999", UNCHANGED),
        (" anna ", " anna ", UNCHANGED),
        ("", "", UNCHANGED),
    ],
    "TORONTO": [
        ("416 555 0100", "94165550100", LOCAL),
        ("+1 212 555 0100", "912125550100", NATIONAL),
        ("911", "911", EMERGENCY_CALL),
    ],
    "LONDON": [
        ("7946 0958", "902079460958", LOCAL),
        ("020 7946 0958", "902079460958", LOCAL),
        ("20 7946 0958", "902079460958", LOCAL),
        ("+44 20 7946 0958", "902079460958", LOCAL),
        ("0121 234 5678", "901212345678", NATIONAL),
        ("07400 123456", "907400123456", NATIONAL),
        ("0800 1111", "908001111", NATIONAL),
        ("00 1 212 555 0100", "90012125550100", INTERNATIONAL),
        ("+1 212 555 0100", "90012125550100", INTERNATIONAL),
        ("999", "999", EMERGENCY_CALL),
        ("9999", "9999", EMERGENCY_CALL),
        ("116123", "9116123", LOCAL),
        ("9 116123", "9116123", LOCAL),
        ("9 0121 234 5678", "901212345678", NATIONAL),
        ("9 00 1 212 555 0100", "90012125550100", INTERNATIONAL),
    ],
    "BERLIN": [
        ("014177763", "0014177763", NATIONAL),
        ("123456", "0030123456", LOCAL),
        ("030/123456", "0030123456", LOCAL),
        ("+49 (0)30 123456", "0030123456", LOCAL),
        ("040 1234567", "00401234567", NATIONAL),
        ("+49 40 1234567", "00401234567", NATIONAL),
        ("0049 40 1234567", "00401234567", NATIONAL),
        ("01512 3456789", "0015123456789", NATIONAL),
        ("+41 44 668 18 00", "00041446681800", INTERNATIONAL),
        ("0041 44 668 18 00", "00041446681800", INTERNATIONAL),
        ("011 44 20 7946 0958", "000442079460958", INTERNATIONAL),
        ("112", "112", EMERGENCY_CALL),
        ("0112", "0112", EMERGENCY_CALL),
        ("0 110", "0110", EMERGENCY_CALL),
        ("116117", "0116117", LOCAL),
        ("0 040 1234567", "00401234567", NATIONAL),
        ("0 030 123456", "0030123456", LOCAL),
        ("0 0041 44 668 18 00", "00041446681800", INTERNATIONAL),
    ],
    "GERMANY": [
        ("1234", "01234", LOCAL),
        ("30 123456", "030123456", LOCAL),
        ("030 123456", "0030123456", NATIONAL),
        ("115", "115", EMERGENCY_CALL),
    ],
    "PARIS": [
        ("01 23 45 67 89", "00123456789", NATIONAL),
        ("+33 1 23 45 67 89", "00123456789", NATIONAL),
        ("1 23 45 67 89", "00123456789", NATIONAL),
        ("06 12 34 56 78", "00612345678", NATIONAL),
        ("0 01 23 45 67 89", "00123456789", NATIONAL),
        ("+39 06 1234 5678", "000390612345678", INTERNATIONAL),
        ("17", "17", EMERGENCY_CALL),
        ("0 15", "015", EMERGENCY_CALL),
        ("3637", "3637", INTERNAL),
        ("23 45 67 89", "23 45 67 89", UNCHANGED),
    ],
    "ROME": [
        ("1234 5678", "00612345678", LOCAL),
        ("06 1234 5678", "00612345678", LOCAL),
        ("+39 06 1234 5678", "00612345678", LOCAL),
        ("02 1234 5678", "00212345678", NATIONAL),
        ("312 345 6789", "03123456789", NATIONAL),
        ("+39 312 345 6789", "03123456789", NATIONAL),
        ("+41 44 668 18 00", "00041446681800", INTERNATIONAL),
        ("118", "118", EMERGENCY_CALL),
        ("0 06 1234 5678", "00612345678", LOCAL),
    ],
    "ZURICH": [
        ("668 18 00", "00446681800", LOCAL),
        ("044 668 18 00", "00446681800", LOCAL),
        ("+41 44 668 18 00", "00446681800", LOCAL),
        ("021 234 56 78", "00212345678", NATIONAL),
        ("21 234 56 78", "00212345678", NATIONAL),
        ("+49 30 123456", "0004930123456", INTERNATIONAL),
        ("144", "144", EMERGENCY_CALL),
        ("0144", "0144", EMERGENCY_CALL),
    ],
    "NOWHERE": [
        ("200", "200", INTERNAL),
        ("555-1234", "95551234", LOCAL),
        ("0044 20 7946 0958", "900442079460958", INTERNATIONAL),
        ("+44 20 7946 0958", "+44 20 7946 0958", UNCHANGED),
        ("*69", "*69", CODE),
        ("112", "112", EMERGENCY_CALL),
    ],
    "SAO_PAULO": [
        # Who dials a carrier has chosen it.
        ("0 15 21 2345 6789", "00152123456789", NATIONAL),
        ("0021 1 212 555 0100", "0002112125550100", INTERNATIONAL),
        ("+1 212 555 0100", "+1 212 555 0100", UNCHANGED),
    ],
    "BUENOS_AIRES": [("+54 9 11 2345 6789", "90111523456789", NATIONAL)],
    "MOSCOW": [
        ("123 45 67", "984951234567", LOCAL),
        ("8 812 123 45 67", "988121234567", NATIONAL),
        ("+1 212 555 0100", "981012125550100", INTERNATIONAL),
    ],
    "SYDNEY": [
        ("9374 4000", "00293744000", LOCAL),
        ("1300 123 456", "01300123456", NATIONAL),
        ("000", "000", EMERGENCY_CALL),
        ("0000", "0000", EMERGENCY_CALL),
    ],
    "SINGAPORE": [
        ("6123 4567", "961234567", NATIONAL),
        ("001 1 212 555 0100", "900112125550100", INTERNATIONAL),
    ],
}


@pytest.mark.parametrize(
    ("desk", "number", "dialled", "kind"),
    [(desk, *row) for desk, rows in DIALLED.items() for row in rows],
)
def test_the_phone_gets_what_one_dials_at_that_desk(
    desk: str, number: str, dialled: str, kind: Kind
) -> None:
    preview = DESKS[desk].preview(number)
    assert (preview.typed, preview.dialled, preview.kind) == (number, dialled, kind)
    assert DESKS[desk].apply(number) == dialled


# Off


@given(st.text(), anywhere)
@example("  (212) 555-0100;*#\N{NO-BREAK SPACE}", NEW_YORK)
def test_without_a_plan_every_character_is_passed_on(number: str, plan: DialPlan) -> None:
    """As the documented program does (S46)."""
    assert replace(plan, enabled=False).apply(number) == number


def test_a_plan_is_off_by_itself() -> None:
    assert DialPlan().preview("+1 (212) 555-0100").kind is Kind.UNCHANGED


# Calls for help

odd_plans = st.builds(
    DialPlan,
    enabled=st.just(True),
    country=st.sampled_from(["", "XX", "US", "DE", "IT", "BR", "us"]),
    area_code=st.text(string.digits + "+*x ", max_size=4),
    outside_digit=st.text(string.digits + "*#+x", max_size=3),
    long_distance_digit=st.text(string.digits, max_size=2),
    internal_length=st.integers(-1, 20),
)


@given(st.sampled_from(sorted(EMERGENCY)), odd_plans)
def test_a_call_for_help_is_never_rewritten(number: str, plan: DialPlan) -> None:
    assert plan.apply(number) == number
    if plan.outside_digit.isdigit():
        preview = plan.preview(plan.outside_digit + number)
        assert preview.dialled == plan.outside_digit + number
        assert preview.kind is Kind.EMERGENCY


@pytest.mark.parametrize("country", countries())
def test_a_countrys_own_emergency_number_is_never_rewritten(country: str) -> None:
    number = examples(country)[-1]
    preview = DialPlan(True, country, "1", "0", "1", internal_length=0).preview(number)
    assert (preview.dialled, preview.kind) == (number, Kind.EMERGENCY)


# All numbers


@given(st.text(max_size=80) | st.text(string.digits + "+ ", max_size=20), odd_plans)
def test_no_text_and_no_plan_is_too_odd(number: str, plan: DialPlan) -> None:
    preview = plan.preview(number)
    assert preview.typed == number
    if preview.kind is Kind.UNCHANGED:
        assert preview.dialled == number
    elif preview.kind in (Kind.LOCAL, Kind.NATIONAL, Kind.INTERNATIONAL):
        assert preview.dialled.startswith(plan.outside_digit)


@given(st.integers(0, 10**15).map(str), st.integers(0, 15))
def test_a_number_inside_the_house_is_never_rewritten(number: str, length: int) -> None:
    plan = replace(NEW_YORK, internal_length=length)
    if len(number) <= length:
        assert plan.apply(number) == number


@given(st.integers(10**6, 10**15).map(str))
@example("5551234")
@example("9175550100")
def test_in_north_america_no_number_gets_the_outside_digit_twice(number: str) -> None:
    dialled = NEW_YORK.apply(number)
    assert NEW_YORK.apply(dialled) == dialled


def test_the_outside_digit_is_not_seen_where_the_number_may_be_meant_so() -> None:
    """A number in Elmshorn behind a 0 is one in Zurich as well."""
    assert BERLIN.apply("0 041 44668 1800") == "00041446681800"


@pytest.mark.parametrize("country", countries())
def test_a_number_is_dialled_alike_whether_its_country_is_written_or_not(country: str) -> None:
    plan = DialPlan(True, country, "", "9", "1")
    for at_home, abroad in zip(examples(country)[1:-2:2], examples(country)[2:-2:2], strict=True):
        if not plan.is_internal(keys(at_home)):  # four digits are enough for Niue
            assert plan.apply(at_home) == plan.apply(abroad) != abroad


def test_in_north_america_long_distance_has_the_digit_it_is_given() -> None:
    assert replace(NEW_YORK, long_distance_digit="").apply("646 555 0100") == "96465550100"
    assert replace(NEW_YORK, long_distance_digit="81").apply("646 555 0100") == "9816465550100"
    assert replace(BERLIN, long_distance_digit="1").apply("040 1234567") == "00401234567"


def test_without_an_outside_digit_numbers_are_put_into_shape_only() -> None:
    plan = replace(NEW_YORK, outside_digit="")
    assert plan.apply("+1 646 555 0100") == "16465550100"
    assert plan.apply("+44 20 7946 0958") == "011442079460958"


# Shown

SHOWN = [
    ("NEW_YORK", "2125550100", "(212) 555-0100"),
    ("NEW_YORK", "12125550100", "(212) 555-0100"),
    ("NEW_YORK", "+12125550100", "(212) 555-0100"),
    ("NEW_YORK", "+442079460958", "+44 20 7946 0958"),
    ("NEW_YORK", "011442079460958", "+44 20 7946 0958"),
    ("BERLIN", "030123456", "030 123456"),
    ("BERLIN", "+4930123456", "030 123456"),
    ("ROME", "0612345678", "06 1234 5678"),
    ("BUENOS_AIRES", "+5491123456789", "+54 9 11 2345-6789"),
    ("SAO_PAULO", "0152123456789", "0 15 (21) 2345-6789"),
    ("NOWHERE", "+442079460958", "+44 20 7946 0958"),
]


@pytest.mark.parametrize(("desk", "number", "expected"), SHOWN)
def test_a_number_is_shown_as_people_write_it(desk: str, number: str, expected: str) -> None:
    assert shown(number, DESKS[desk]) == expected
    assert shown(expected, DESKS[desk]) == expected


@pytest.mark.parametrize(
    "number",
    [
        "",
        "200",
        "911",
        "*72",
        "anna",
        "5551234",
        "92125550100",
        "1-800-FLOWERS",
        "2125550100 x7",
        "12345",
        "99999999999999999999",
        " 212-555 ",
    ],
)
def test_other_numbers_are_shown_as_they_are(number: str) -> None:
    assert shown(number, NEW_YORK) == number


@given(st.from_regex(r"\+?[0-9]{1,17}", fullmatch=True), anywhere)
def test_showing_loses_no_digit_but_prefixes(number: str, plan: DialPlan) -> None:
    before, after = keys(number).removeprefix("+"), keys(shown(number, plan)).removeprefix("+")
    reading = plan.reading(number)
    kept = reading.national if reading and reading.number and before != after else before
    assert before.endswith(kept) or plan.country == "AR"
    assert after.endswith(kept)
