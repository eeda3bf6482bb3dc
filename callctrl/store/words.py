"""Words as people hear and mistype them: folded, sounded out, and one slip of the finger away.

A text is indexed under its folded words. Two words sound alike if their sound keys are equal, and
are a slip apart if they share a form with one letter left out (the idea of SymSpell). Both are
made for European names in Latin letters; other scripts are found by what is typed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = [
    "VERSION",
    "digits",
    "folded",
    "is_slip",
    "slips",
    "sound",
    "spelt",
    "typed_words",
    "words",
]

VERSION = f"1, Unicode {unicodedata.unidata_version}"
"""Changes when the same text may give other words or keys than before."""

_LONGEST = 40
"""Letters that count of one word."""
_MOST = 64
"""Words that count of one text."""
_SLIP_LETTERS = 8
"""Letters of a word that are looked at for slips; later ones hardly matter."""


# Folding


_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ð": "d", "þ": "th"}
    | {"æ": "ae", "œ": "oe", "\N{LATIN SMALL LETTER DOTLESS I}": "i"}
)
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans(dict.fromkeys("'`\u00b4\u02bc\u2018\u2019"))


_UNSPACED = [("\u0e00", "\u0eff"), ("\u1100", "\u11ff"), ("\u2e80", "\u9fff")]


def typed_words(text: str) -> list[tuple[str, ...]]:
    """The words of a text as it is typed, each in its spellings: "müller" is muller and mueller.

    A hyphen parts words, an apostrophe does not. What has no letter or digit, such as an emoji,
    is a word where it stands alone.
    """
    plain, spelt_out = _spellings(text)
    return [
        tuple(dict.fromkeys(spellings))
        for spellings in zip(_parts(plain), _parts(spelt_out), strict=True)
    ]


@lru_cache(1024)
def words(text: str) -> frozenset[str]:
    """The words a text is indexed under: each that may be typed, and more.

    Those are the parts around an apostrophe, neighbours written as one ("Anne-Marie", "de Luca"),
    and all ends of a word in a script without spaces.
    """
    found: set[str] = set()
    for spelling in dict.fromkeys(_spellings(text)):
        found.update(_parts(spelling))
        before = ""
        for chunk in spelling.split()[:_MOST]:
            parts = _split(chunk)
            joined = "".join(parts)
            found.update(part[:_LONGEST] for part in (*parts, joined) if part)
            if before:
                found.add((before + joined)[:_LONGEST])
            before = joined if len(joined) <= 3 and joined.isalpha() else ""
    for word in tuple(found):
        if _is_unspaced(word):
            found.update(word[start:] for start in range(1, len(word)))
    return frozenset(found)


def folded(text: str) -> str:
    """The text without case and accents, to sort and compare by."""
    return _spellings(text)[0]


def spelt(text: str, word: str) -> str:
    """How the text spells a word it is indexed under; the word where that cannot be told."""
    pieces = [*_WORD.findall(text), *text.split()]
    return next((piece for piece in pieces if word in words(piece)), word)


def digits(text: str) -> str:
    """The digits of a text, those of other scripts as ours."""
    if text.isascii():
        return "".join(filter(str.isdecimal, text))
    return "".join(str(unicodedata.decimal(each)) for each in text if each.isdecimal())


def _spellings(text: str) -> tuple[str, str]:
    """The folded text, and with the umlauts spelt out; both have the same words."""
    text = unicodedata.normalize("NFC", text).casefold()
    return _fold(text), _fold(text.translate(_SPELT_OUT))


def _fold(text: str) -> str:
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold()
    return "".join(_fold_character(each) for each in text)


@lru_cache(4096)
def _fold_character(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    # Marks, signs of direction and halves of characters count for nothing.
    return " " if category == "Cc" else "" if category in ("Mn", "Me", "Cf", "Cs") else character


def _parts(folded: str) -> list[str]:
    chunks = folded.translate(_APOSTROPHES).split()
    parts = [part[:_LONGEST] for chunk in chunks for part in _split(chunk)]
    return (parts or folded.split())[:_MOST]


def _split(chunk: str) -> list[str]:
    """The runs of letters and digits; what has none is a word by itself where it is no ASCII."""
    if chunk.isalnum():
        return [chunk]
    parts = "".join(each if each.isalnum() else " " for each in chunk).split()
    return parts if parts or chunk.isascii() else [chunk]


def _is_unspaced(word: str) -> bool:
    """Whether the word is of Thai, Han, Kana, Hangul or the like."""
    return any(first <= word[0] <= last for first, last in _UNSPACED)


# Sound


_SOUNDS = {
    "eie": "AI", "aie": "AI", "eye": "AI", "aye": "AI", "ieh": "I", "aeu": "OI",
    "ai": "AI", "ay": "AI", "ei": "AI", "ey": "AI", "eu": "OI", "oi": "OI", "oy": "OI",
    "aa": "A", "ae": "E", "ah": "A", "ee": "E", "eh": "E", "ie": "I", "ih": "I",
    "oe": "O", "oh": "O", "oo": "U", "ou": "U", "ue": "U", "uh": "U", "y": "I", "j": "I",
    "sch": "S", "sh": "S", "tz": "TS", "z": "TS", "ce": "SE", "ci": "SI", "cy": "SI",
    "ch": "K", "ck": "K", "c": "K", "qu": "KF", "q": "K", "x": "KS",
    "ph": "F", "v": "F", "w": "F", "dt": "T", "th": "T", "d": "T", "h": "",
}  # fmt: skip
_SOUNDS_AT_START = {"h": "H", "kn": "N", "mac": "MK", "pf": "F", "wr": "R"}
_SOUND = re.compile(
    "|".join(
        [f"^{letters}" for letters in sorted(_SOUNDS_AT_START, key=len, reverse=True)]
        + sorted(_SOUNDS, key=len, reverse=True)
        + ["[a-z]"]
    )
)
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(4096)
def sound(word: str) -> str:
    """The sound key of a folded word, in capitals; empty where it has none.

    Letters typed on only add to it, save those that belong to one sound ("s", "sc", "sch"), so
    that a word is found by its sound before it is complete.
    """
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return ""
    key = _REPEATED.sub(r"\1", _SOUND.sub(_sound_of, word))
    return key if len(key) > 1 else ""


def _sound_of(match: re.Match[str]) -> str:
    letters = match[0]
    if match.start() == 0 and letters in _SOUNDS_AT_START:
        return _SOUNDS_AT_START[letters]
    return _SOUNDS.get(letters, letters.upper())


# Slips


def slips(word: str) -> set[str]:
    """The word's beginning, and that with one letter left out.

    Two words that are one slip apart share one of these; not all that share one are.
    """
    word = word[:_SLIP_LETTERS]
    if len(word) < 3:
        return set()
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def is_slip(typed: str, word: str) -> bool:
    """Whether one letter too many, too few or wrong, or two swapped, are the difference.

    Of a word longer than what `slips` looks at, the beginning is enough.
    """
    if len(typed) >= _SLIP_LETTERS:
        # One more or less, whichever it takes to compare letter by letter.
        return any(_is_slip(typed, word[: len(typed) + more]) for more in (-1, 0, 1))
    return _is_slip(typed, word)


def _is_slip(one: str, other: str) -> bool:
    at = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    one, other = one[at:], other[at:]
    swapped = one[1::-1] + one[2:]
    return one[1:] in (other, other[1:]) or one == other[1:] or swapped == other
