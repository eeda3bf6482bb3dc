"""Desktop entries: text in groups of keys, and the command line in it.

Desktop Entry Specification 1.5. Two layers of escapes lie on each other: that of any value
(section 4), and that of the words in `Exec` (section 7).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = [
    "BLANKS",
    "ENTRY",
    "entry_text",
    "exec_line",
    "exec_words",
    "is_installed",
    "launches",
    "list_of",
    "read_group",
    "read_text",
    "values_in",
]

ENTRY = "Desktop Entry"
"""The name of the group that tells of the program."""

BLANKS = " \t\r"
"""What stands around a key or a value and is no part of it."""

_ESCAPED = re.compile(r"[\\\n\t\r]")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_MEANT = {"s": " ", "n": "\n", "t": "\t", "r": "\r"}

_RESERVED = frozenset(" \t\n\"'\\><~|&;$*?#()`")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^ \t\n]+)', re.DOTALL)
_FIELD_CODE = re.compile(r"%[A-Za-z]")


def exec_line(words: Sequence[str]) -> str:
    """The value of `Exec` that starts exactly these words, without field codes (section 7)."""
    # GLib looks whether the program is there before it takes "%%" for "%".
    by = ["env"] if "%" in words[0] else []
    return " ".join(map(_quoted, [*by, *words]))


def _quoted(word: str) -> str:
    word = word.replace("%", "%%")
    if word and _RESERVED.isdisjoint(word):
        return word
    return '"' + re.sub(r'(["`$\\])', r"\\\1", word) + '"'


def exec_words(line: str) -> list[str]:
    """The words that a value of `Exec` starts; those that are field codes are left out."""
    words = []
    for quoted, plain in _WORD.findall(line):
        if not _FIELD_CODE.fullmatch(plain):
            word = plain or re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
            words.append(word.replace("%%", "%"))
    return words


def entry_text(fields: Mapping[str, str]) -> str:
    """A whole desktop entry of these values; a list is written with `;` behind each item."""
    lines = [f"{key}={_ESCAPED.sub(_escape, value)}" for key, value in fields.items()]
    return "\n".join([f"[{ENTRY}]", *lines, ""])


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]


def read_group(text: str, name: str = ENTRY) -> dict[str, str]:
    """The values in one group; none where there is no such group."""
    return {key: _unescaped(value) for key, value in values_in(text, name).items()}


def values_in(text: str, name: str) -> dict[str, str]:
    """The values in one group as they are written, escapes and all.

    Of what is there twice, which it may not be, the last counts, as to GLib.
    """
    values: dict[str, str] = {}
    is_inside = False
    for line in (each.strip(BLANKS) for each in text.split("\n")):
        if line.startswith("["):
            is_inside = line == f"[{name}]"
        elif is_inside and not line.startswith("#"):
            key, equals, value = line.partition("=")
            if equals:
                values[key.rstrip(BLANKS)] = value.lstrip(BLANKS)
    return values


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: _MEANT.get(found[1], found[1]), value)


def list_of(value: str) -> list[str]:
    """The items of a list; an empty one is none."""
    return [item for each in value.split(";") if (item := each.strip())]


def read_text(file: Path) -> str | None:
    """What is in a file of the desktop, byte for byte; None where there is none.

    Bytes that are not UTF-8 become surrogates, and go back as they were. May raise OSError.
    """
    if not file.is_file():
        return None
    return file.read_bytes().decode("utf-8", "surrogateescape")


def is_installed(entry: Mapping[str, str]) -> bool:
    """Whether the program that an entry says to try is there."""
    program = entry.get("TryExec", "")
    return not program or shutil.which(program) is not None


def launches(entry: Mapping[str, str], command: Sequence[str]) -> bool:
    """Whether an entry starts this very program, and with just these options."""
    program, *options = exec_words(entry.get("Exec", "")) or [""]
    found = shutil.which(program)
    return (
        found is not None
        and os.path.realpath(found) == os.path.realpath(command[0])
        and options == [*command[1:]]
    )
