from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.numbers import EMERGENCY, countries, examples, is_emergency
from callctrl.numbers.text import keys
from callctrl.numbers.world import Country, country, country_with_code

digits = st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True)


def test_countries_are_named_by_two_letters_in_order() -> None:
    names = countries()
    assert {"US", "CA", "GB", "DE", "FR", "IT", "CH"} <= set(names)
    assert all(len(name) == 2 and name.isupper() for name in names)
    assert list(names) == sorted(names)


@pytest.mark.parametrize("name", ["de", "DE", "De"])
def test_a_country_is_found_in_any_case(name: str) -> None:
    home = country(name)
    assert (home.name, home.code, home.trunk_prefix) == ("DE", 49, "0")
    assert home.international_prefix == "00"


@pytest.mark.parametrize("name", ["", "XX", "001", "Germany"])
def test_a_country_nobody_knows_has_no_prefixes(name: str) -> None:
    assert country(name) == Country()


@pytest.mark.parametrize(
    ("name", "prefix"), [("US", "011"), ("RU", "810"), ("AU", "0011"), ("SG", ""), ("BR", "")]
)
def test_an_international_prefix_is_digits_one_can_dial(name: str, prefix: str) -> None:
    assert country(name).international_prefix == prefix


def test_the_country_of_a_shared_code_is_the_largest() -> None:
    assert country_with_code(1).name == "US"
    assert country_with_code(44).name == "GB"
    assert country_with_code(800) == Country()  # free of charge all over the world
    assert country_with_code(0) == Country()


@given(digits, st.sampled_from(["", "US", "GB", "DE", "IT", "BR"]), st.sampled_from(["", "30"]))
def test_any_digits_can_be_read(pressed: str, name: str, area: str) -> None:
    reading = country(name).read(pressed, area)
    if reading is not None and reading.number is not None:
        assert reading.country_code > 0
        assert reading.national.isdigit()
        assert reading.abroad.startswith("+")
        assert keys(reading.at_home)


# Calls for help


@pytest.mark.parametrize("number", sorted(EMERGENCY))
@pytest.mark.parametrize("name", ["", "US", "DE", "XX"])
def test_what_calls_for_help_in_many_places_does_so_in_all(number: str, name: str) -> None:
    assert is_emergency(number, name)


@pytest.mark.parametrize(
    ("number", "name"),
    [("17", "FR"), ("144", "ch"), ("995", "SG"), ("102", "UA"), ("9-1-1", "US")],
)
def test_a_country_has_numbers_of_its_own_on_top(number: str, name: str) -> None:
    assert is_emergency(number, name)


@pytest.mark.parametrize("number", ["", "17", "144", "9112", "1", "*112", "+112", "911x", "help"])
def test_other_numbers_do_not_call_for_help(number: str) -> None:
    assert not is_emergency(number, "US")


@pytest.mark.parametrize("name", ["", "XX", *countries()])
def test_every_country_has_examples(name: str) -> None:
    found = examples(name)
    assert len(found) == len(set(found)) >= 3
    assert all(keys(each) for each in found)
    assert is_emergency(found[-1], name)


def test_examples_are_of_every_kind() -> None:
    assert examples("US") == (
        "200", "(201) 555-0123", "+1 201-555-0123", "+44 121 234 5678", "911",
    )  # fmt: skip
    assert examples("gb")[-2:] == ("+1 201-555-0123", "999")
    assert examples("") == ("200", "+44 121 234 5678", "112")
