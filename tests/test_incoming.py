"""The texts of an incoming call, which somebody else wrote."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.incoming import one_line


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Anna Lee", "Anna Lee"),
        ("  Anna \t\n Lee\x00", "Anna Lee"),
        ("5551234\u202e", "5551234"),
        ("\u2067Anna\u2069", "Anna"),
        ("क्\u200dष", "क्\u200dष"),
        ("", ""),
    ],
    ids=["plain", "blanks", "override", "isolate", "joiner", "nothing"],
)
def test_what_steers_a_terminal_or_turns_text_round_goes(written: str, shown: str) -> None:
    assert one_line(written) == shown


def test_what_is_too_long_ends_in_dots() -> None:
    assert one_line("x" * 500, 10) == "xxxxxxxxx…"
    assert one_line("x" * 10, 10) == "x" * 10


@given(st.text(), st.integers(1, 50))
def test_it_is_short_and_one_line_whatever_comes(text: str, most: int) -> None:
    line = one_line(text, most)
    assert len(line) <= most
    assert one_line(line, most) == line
    assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in line)
