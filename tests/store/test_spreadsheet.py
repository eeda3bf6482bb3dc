from __future__ import annotations

import csv
import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.store.spreadsheet import number_cell, text_cell, text_of, write_table

FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C'!A0", "\uff1d1+1", "'=1"]
)
def test_what_would_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert text_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ann", "'Ann", "1-2", "a=b", " =1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert text_cell(text) == text


@pytest.mark.parametrize(
    ("number", "cell"),
    [
        ("201", "201"),
        ("020 7946-0123", "020 7946-0123"),
        ("+442079460123", "+442079460123"),
        ("+44 (20) 7946-0123", "+442079460123"),
        ("+1-2+3", "'+1-2+3"),
        ("+1*2", "'+1*2"),
        ("+", "'+"),
        ("++1", "'++1"),
        ("+\N{ARABIC-INDIC DIGIT ONE}", "'+\N{ARABIC-INDIC DIGIT ONE}"),
        ("+1;=cmd|' /C calc'!A0", "'+1;=cmd|' /C calc'!A0"),
        ("-1", "'-1"),
        ("*98", "*98"),
    ],
)
def test_an_international_number_stays_one_and_computes_nothing(number: str, cell: str) -> None:
    assert number_cell(number) == cell


@given(st.text() | st.text("'=+-@\t a", max_size=4))
def test_no_cell_is_a_formula_and_its_text_comes_back(text: str) -> None:
    assert text_of(text_cell(text)) == text
    assert not text_cell(text).startswith(FORMULA)
    number = number_cell(text)
    assert not number.startswith(FORMULA) or (number[0] == "+" and number[1:].isdecimal())


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    rows = [["name", "note"], ['Ann "the" O\'Hara, Ltd', "two\nlines"], ["Müller", ""]]
    write_table(tmp_path / "table.csv", rows)

    assert (tmp_path / "table.csv").read_bytes().startswith(b"\xef\xbb\xbfname,note\r\n")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream)) == rows


def test_a_table_that_cannot_be_written_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    table = tmp_path / "table.csv"
    table.write_text("earlier")
    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(OSError, match="No space"):
        write_table(table, [["name"]])

    assert table.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [table]
