"""Texts that somebody else wrote."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.texts import one_line, several_lines, shortened


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Anna Lee", "Anna Lee"),
        ("  Anna \t\r\n Lee\N{NO-BREAK SPACE}", "Anna Lee"),
        ("An\x00na\x1b[31m", "An na [31m"),
        ("5551234\N{RIGHT-TO-LEFT OVERRIDE}", "5551234"),
        ("\N{RIGHT-TO-LEFT ISOLATE}Anna\N{POP DIRECTIONAL ISOLATE}", "Anna"),
        ("Mül\N{SOFT HYPHEN}ler", "Müller"),
        ("क्\N{ZERO WIDTH JOINER}ष", "क्\N{ZERO WIDTH JOINER}ष"),
        ("می\N{ZERO WIDTH NON-JOINER}خم", "می\N{ZERO WIDTH NON-JOINER}خم"),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
        ("Anna \U0001fbfe\U0001fadf", "Anna \U0001fbfe\U0001fadf"),
        ("\ud800Anna", "Anna"),
        ("", ""),
    ],
    ids=[
        *("plain", "blanks", "terminal", "override", "isolate", "soft hyphen"),
        *("joiner", "non-joiner", "flag", "too new", "half a pair", "nothing"),
    ],
)
def test_what_steers_a_terminal_or_turns_text_round_goes(written: str, kept: str) -> None:
    assert one_line(written) == kept


def test_a_line_is_cut_at_its_limit() -> None:
    assert one_line("x" * 1000) == "x" * 200
    assert one_line("x" * 9 + " y", 10) == "x" * 9


def test_what_is_cut_for_the_eye_ends_in_dots() -> None:
    assert shortened("x" * 500, 10) == "xxxxxxxxx…"
    assert shortened("x" * 10, 10) == "x" * 10
    assert shortened("xxxx yyyy zzzz", 10) == "xxxx yyyy…"


def test_several_lines_keep_their_breaks_and_indents() -> None:
    assert (
        several_lines("\n one\r\n  two  three \x07\n\n\tfour\n\n") == "one\n  two  three\n\n four"
    )
    assert several_lines("x" * 30_000) == "x" * 10_000


@given(st.text(), st.integers(1, 50))
def test_what_is_fit_stays_as_it_is(text: str, limit: int) -> None:
    for clean in (one_line, several_lines, shortened):
        kept = clean(text, limit)
        assert len(kept) <= limit
        assert clean(kept, limit) == kept
        kept.encode()
        forbidden = {unicodedata.category(char) for char in kept.replace("\n", "")}
        assert forbidden.isdisjoint({"Cc", "Zl", "Zp", "Cs"})
    assert "\n" not in one_line(text, limit)
