"""Tables for spreadsheets, as files of comma-separated values that compute nothing.

A spreadsheet takes a cell that begins like a formula for one, also where it came from a caller. An
apostrophe in front makes it text, and whoever reads our files takes it off again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from callctrl.store.files import replace

__all__ = ["number_cell", "text_cell", "text_of", "write_table"]

_FORMULA = re.compile("'*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""How a formula may begin, the wide signs in Japan; behind apostrophes it has been made text."""
_SEPARATORS = frozenset(" -./()")


def write_table(file: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write the rows, the header first: wholly, or not at all. May raise OSError.

    UTF-8, with the byte order mark that Excel needs to know it.
    """
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    replace(file, text.getvalue().encode("utf-8-sig"))


def text_cell(text: str) -> str:
    """Text, with an apostrophe before what would be a formula, or would read as one made text."""
    return f"'{text}" if _FORMULA.match(text) else text


def text_of(cell: str) -> str:
    """The text of which `text_cell` made the cell."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def number_cell(number: str) -> str:
    """A telephone number that is still one: an international number keeps its plus.

    A plus and nothing but digits computes nothing. With separators it might, as "+1-2" does, so
    it is written without them. Anything else is text.
    """
    if number.startswith("+"):
        digits = "".join(char for char in number[1:] if char not in _SEPARATORS)
        if digits.isascii() and digits.isdecimal():
            return f"+{digits}"
    return text_cell(number)
