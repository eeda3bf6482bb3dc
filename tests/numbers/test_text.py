from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callctrl.numbers import extensions_in, is_number, tail, typed
from callctrl.numbers.text import LONGEST, keys

keyboard = st.text(st.characters(min_codepoint=32, max_codepoint=126))

FULL_WIDTH = {code: code + 0xFEE0 for code in range(33, 127)}
ARABIC = {ord("0") + value: 0x0660 + value for value in range(10)}


def test_importing_numbers_does_not_load_the_library() -> None:
    code = "import callctrl.numbers, sys; print('phonenumbers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# What was typed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  555 1234\t", "555 1234"),
        ("555\N{NO-BREAK SPACE}1234", "555 1234"),
        ("555\N{NARROW NO-BREAK SPACE}1234", "555 1234"),
        ("555\n1234", "555 1234"),
        ("\N{LEFT-TO-RIGHT EMBEDDING}+1 212\N{POP DIRECTIONAL FORMATTING}", "+1 212"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}555\N{ZERO WIDTH SPACE}1234\N{SOFT HYPHEN}", "5551234"),
        ("\N{LEFT-TO-RIGHT MARK} 555 \N{RIGHT-TO-LEFT MARK}", "555"),
        ("555\x001234\x7f", "5551234"),
        ("\ud800555", "555"),
        ("+1 (212) 555-1234 *#".translate(FULL_WIDTH), "+1 (212) 555-1234 *#"),
        ("1234".translate(ARABIC), "1234"),
        ("555\N{EN DASH}1234\N{EM DASH}5\N{NON-BREAKING HYPHEN}6\N{MINUS SIGN}7", "555-1234-5-6-7"),
        ("Zoë's  phone", "Zoë's  phone"),
        ("½·²", "½·²"),
        ("", ""),
    ],
)
def test_a_pasted_number_becomes_one_of_the_keyboard(text: str, expected: str) -> None:
    assert typed(text) == expected


@given(keyboard)
def test_what_a_keyboard_types_stays_as_it_is(text: str) -> None:
    assert typed(text) == text.strip()


@given(st.text())
@example("\N{SOFT HYPHEN} 5")
def test_whatever_is_pasted_ends_as_one_printable_line(text: str) -> None:
    assert typed(text).isprintable()
    assert typed(typed(text)) == typed(text) == typed(text).strip()


# Keys


@pytest.mark.parametrize(
    ("text", "pressed"),
    [
        ("0", "0"),
        ("200", "200"),
        ("(212) 555-0100", "2125550100"),
        ("212.555.0100", "2125550100"),
        ("030/123456", "030123456"),
        ("+49 (0)30 12 34 56", "+49030123456"),
        ("(+44) 20 7946 0958", "+442079460958"),
        ("*72 555-1234", "*725551234"),
        ("#31#", "#31#"),
        ("0616*004", "0616*004"),
        ("1-800-FLOWERS", "18003569377"),
        ("800-go-fedex", "8004633339"),
        ("555-HOME", "5554663"),
        ("+1 800 FLOWERS", "+18003569377"),
        ("1-800-CALL-4-US", "18002255487"),
        ("212 555 0100 x7", "2125550100"),
        ("212 555 0100 ext. 7", "2125550100"),
        ("212 555 0100, Extension: 1234", "2125550100"),
        ("212-555-0100;ext=7", "2125550100"),
        ("(212) 555-0100x7", "2125550100"),
        ("5" * LONGEST, "5" * LONGEST),
    ],
)
def test_a_number_is_the_keys_one_presses(text: str, pressed: str) -> None:
    assert keys(text) == pressed
    assert is_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "+",
        "*",
        "(-)",
        "++49",
        "49+30",
        "+*72",
        "anna",
        "Anna 2",
        "3M Company",
        "200a",  # too short for a vanity number: it would ring at 2002
        "room 12",
        "anna@example.com",
        "555;1234",
        "x7",
        "5" * (LONGEST + 1),
        "1 " * LONGEST,
        "Straße 100",
        "²²²",
        "555 Straße",
    ],
)
def test_other_texts_are_no_numbers(text: str) -> None:
    assert keys(text) == ""
    assert not is_number(text)


@given(st.text(max_size=100))
@example("1" + " " * 62 + "x")
@example("²0000000")
def test_keys_are_keys_whatever_the_text(text: str) -> None:
    pressed = keys(text)
    assert set(pressed) <= set("+0123456789*#")
    assert keys(pressed) == pressed


@given(st.from_regex(r"[0-9]{1,16}", fullmatch=True), st.sampled_from([" ", "-", ".", "/", ") "]))
def test_separators_do_not_matter(number: str, separator: str) -> None:
    assert keys(separator.join(number)) == number


# Tails


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("555-1234", "4321555"),
        ("+1 (212) 555-0100", "00105552121"),
        ("0049 30 123456", "654321039400"),
        ("1-800-FLOWERS", "77396530081"),
        ("212 555 0100 x7", "0010555212"),
        ("0616*004", "4006160"),
        ("12345678901234567890123", "32109876543210987654"),
        ("anna", ""),
        ("+", ""),
        ("", ""),
    ],
)
def test_a_tail_is_the_digits_from_the_last_one(text: str, expected: str) -> None:
    assert tail(text) == expected


@given(st.text())
def test_a_tail_is_short_and_all_digits(text: str) -> None:
    assert set(tail(text)) <= set("0123456789")
    assert len(tail(text)) <= 20


@given(st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True))
def test_a_tail_read_backwards_is_the_number(number: str) -> None:
    assert tail(number)[::-1] == number.removeprefix("+")


@pytest.mark.parametrize(
    "typed_in", ["1003 1004", "1003,1004", " 1003, 1004 ;1003", "1003\t1004\u200e"]
)
def test_extensions_are_typed_with_blanks_or_commas_between(typed_in: str) -> None:
    assert extensions_in(typed_in) == ("1003", "1004")


def test_no_extensions_are_none() -> None:
    assert extensions_in(" , ") == ()
