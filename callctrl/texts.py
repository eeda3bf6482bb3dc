"""Texts that somebody else wrote, made fit to be kept and shown.

What steers a terminal, breaks a line or turns a number round goes. What belongs to how a name is
spelt stays, and so do characters that are newer than this Python.
"""

from __future__ import annotations

import unicodedata

__all__ = ["one_line", "several_lines", "shortened"]

_LINE_LIMIT = 200
"""Longest name, number or heading in characters, unless another limit is given."""
_LINES_LIMIT = 10_000
"""Longest note in characters."""

_INVISIBLE = frozenset("\u200c\u200d").union(map(chr, range(0xE0020, 0xE0080)))
"""Joiners and tags: part of how Persian, Hindi, families of emoji and flags are written."""
_REPLACED = {
    **dict.fromkeys(("Cc", "Zs", "Zl", "Zp"), " "),
    # Marks of direction cling to numbers that were copied from a screen; half a pair is nothing.
    **dict.fromkeys(("Cf", "Cs"), ""),
}
"""What becomes of characters of these Unicode categories."""


def one_line(text: str, limit: int = _LINE_LIMIT) -> str:
    """The text on one line with single blanks, cut after `limit` characters."""
    if len(text) <= limit and text.isprintable() and "  " not in text and text == text.strip():
        return text  # as nearly all are
    # What is far too long is not looked through; some of it may be blanks.
    return " ".join(_visible(text[: 4 * limit]).split())[:limit].rstrip()


def several_lines(text: str, limit: int = _LINES_LIMIT) -> str:
    """The text with its line breaks and the blanks within its lines, cut after `limit`."""
    lines = (_visible(line).rstrip() for line in text[: 2 * limit].splitlines())
    return "\n".join(lines).strip()[:limit].rstrip()


def shortened(text: str, most: int = 120) -> str:
    """The text on one line for a place with little room; one that is cut ends in dots."""
    line = one_line(text, most + 1)
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        char
        if char.isprintable() or char in _INVISIBLE
        else _REPLACED.get(unicodedata.category(char), char)
        for char in text
    )
