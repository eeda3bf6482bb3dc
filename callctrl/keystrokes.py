"""A key with what is held down meanwhile, such as Ctrl+Shift+F6, as it works from any window.

    "Ctrl+Shift+F6"  ->  Keystroke  ->  MOD_CONTROL | MOD_SHIFT, VK_F6   (RegisterHotKey)
                                    ->  "CTRL+SHIFT+F6"                  (XDG shortcuts)

The text is the one Qt calls portable, so that the settings file reads the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Keystroke", "keystroke_from"]

_MODIFIERS = {"Ctrl": ("CTRL", 0x2), "Alt": ("ALT", 0x1), "Shift": ("SHIFT", 0x4)}
"""By Qt's name: that of XDG, and the bit of RegisterHotKey. The Windows key is Windows' own."""

_NAMED = {"Ins": ("Insert", 0x2D), "Pause": ("Pause", 0x13), "ScrollLock": ("Scroll_Lock", 0x91)}
"""By Qt's name: the keysym, and Windows' virtual-key code."""
_FUNCTION = {f"F{number}": (f"F{number}", 0x6F + number) for number in range(1, 25)}
_WRITING = {char: (char.lower(), ord(char)) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}
_KEYS = _NAMED | _FUNCTION | _WRITING
"""Not those that move the caret: with Ctrl and Shift they mark words in every program."""

_ALONE = frozenset({"Pause", "ScrollLock", *(f"F{number}" for number in range(13, 25))})
"""No program misses these: nothing need be held down with them."""


@dataclass(frozen=True, slots=True)
class Keystroke:
    """One that `keystroke_from` made."""

    modifiers: frozenset[str]
    """Of Ctrl, Alt and Shift."""
    key: str

    def __str__(self) -> str:
        return "+".join([*(each for each in _MODIFIERS if each in self.modifiers), self.key])

    @property
    def as_hot_key(self) -> tuple[int, int]:
        """`fsModifiers` and `vk` of RegisterHotKey (Windows, winuser.h)."""
        bits = sum(_MODIFIERS[each][1] for each in self.modifiers)
        return bits, _KEYS[self.key][1]

    @property
    def as_trigger(self) -> str:
        """The same as freedesktop.org's shortcuts specification writes it."""
        held = [name for each, (name, _) in _MODIFIERS.items() if each in self.modifiers]
        return "+".join([*held, _KEYS[self.key][0]])


def keystroke_from(text: str) -> Keystroke:
    """Read a keystroke; the order of what is held down does not matter.

    Raises ValueError, fit to be shown, for keys that cannot be had everywhere, and for those that
    somebody at work in another program would miss.
    """
    *held, key = text.split("+")
    modifiers = frozenset(held)
    if key not in _KEYS or not modifiers <= _MODIFIERS.keys() or len(modifiers) < len(held):
        raise ValueError(
            "expected Ctrl, Alt or Shift with a letter, a digit, a function key, Ins, Pause or "
            "ScrollLock"
        )
    if len(modifiers) < 2 and key not in _ALONE:
        raise ValueError("expected two of Ctrl, Alt and Shift, as other programs want the rest")
    if key in _WRITING and {"Ctrl", "Alt"} <= modifiers:
        raise ValueError("expected no Ctrl+Alt with a letter or digit: it is AltGr, and writes")
    return Keystroke(modifiers, key)
