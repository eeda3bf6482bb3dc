"""The characters of a number: what was written, and the keys one presses for it."""

from __future__ import annotations

import re
import unicodedata

__all__ = [
    "LONGEST",
    "extensions_in",
    "is_number",
    "keys",
    "tail",
    "typed",
    "without_separators",
]

LONGEST = 64
"""Characters of a number; more is none, whatever it holds."""

_TAIL = 20
"""Digits that are compared; the longest number of the world has 15, and prefixes come on top."""

_SEPARATORS = str.maketrans("", "", " -.()/[]")

_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")

_KEYS = re.compile(r"\+[0-9]+|[0-9*#]+")

_VANITY = re.compile(r"(?=.{7})\+?[0-9]{3}[0-9A-Za-z]*")
"""Three digits at least, so that a name is none, and as many keys as a number outside has."""

_EXTENSION = re.compile(r"(?<=[0-9) .,;])[ ,;]*(ext(ension|n)?|x)[ .:=]*[0-9]{1,8}$", re.IGNORECASE)
"""What is keyed in after the other side has answered: "x7", "ext. 7", ";ext=7"."""


def typed(text: str) -> str:
    """What somebody typed or pasted, in the characters of a keyboard.

    Blanks around it and characters that cannot be seen go, such as the direction marks that come
    with a number copied from a web page. Blanks, dashes and digits of any kind become the plain
    ones. Every other printable character stays.
    """
    return text.strip() if _is_plain(text) else "".join(map(_plain, text)).strip()


def keys(text: str) -> str:
    """The keys one presses for a number: digits, `*`, `#`, or digits behind a `+`.

    Separators go, letters become their digits ("1-800-FLOWERS"), an extension behind the number
    is left out. Empty where the text is not a number.
    """
    text = typed(text)
    if len(text) > LONGEST:
        return ""
    text = without_separators(_EXTENSION.sub("", text))
    if _VANITY.fullmatch(text):
        text = text.upper().translate(_KEYPAD)
    return text if _KEYS.fullmatch(text) and _digits(text) else ""


def extensions_in(text: str) -> tuple[str, ...]:
    """Extensions that somebody typed with blanks or commas between; each once, in that order."""
    return tuple(dict.fromkeys(typed(text).replace(",", " ").replace(";", " ").split()))


def without_separators(text: str) -> str:
    """The text without what only parts it for the eye."""
    return text.translate(_SEPARATORS)


def is_number(text: str) -> bool:
    """Whether one could dial this: what `keys` finds keys for."""
    return bool(keys(text))


def tail(text: str) -> str:
    """The digits of a number from the last to the first, up to 20; empty where there are none.

    Two numbers of any `likeness` begin alike here: by six digits, or, where the shorter has no
    more than six, by all that follow its prefixes.
    """
    return _digits(keys(text) or typed(text))[: -_TAIL - 1 : -1]


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _plain(char: str) -> str:
    """The character of a keyboard that is meant; empty where none can be seen."""
    if _is_plain(char):
        return char
    category = unicodedata.category(char)
    if char.isspace():
        return " "
    if category[0] == "C":
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Pd" or char == "\N{MINUS SIGN}":
        return "-"
    if "\N{FULLWIDTH EXCLAMATION MARK}" <= char <= "\N{FULLWIDTH TILDE}":
        return unicodedata.normalize("NFKC", char)
    return char
