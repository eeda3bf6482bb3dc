"""Keys that work from any window: which can be had, and how each system is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.keystrokes import keystroke_from


@pytest.mark.parametrize(
    ("text", "hot_key", "trigger"),
    [
        ("Ctrl+Shift+F6", (0x6, 0x75), "CTRL+SHIFT+F6"),
        ("Alt+Shift+A", (0x5, 0x41), "ALT+SHIFT+a"),
        ("Ctrl+Alt+Shift+F24", (0x7, 0x87), "CTRL+ALT+SHIFT+F24"),
        ("Ctrl+Shift+7", (0x6, 0x37), "CTRL+SHIFT+7"),
        ("Ctrl+Alt+Ins", (0x3, 0x2D), "CTRL+ALT+Insert"),
        ("Pause", (0x0, 0x13), "Pause"),
        ("Shift+ScrollLock", (0x4, 0x91), "SHIFT+Scroll_Lock"),
        ("F13", (0x0, 0x7C), "F13"),
    ],
)
def test_each_system_is_told_in_its_own_way(
    text: str, hot_key: tuple[int, int], trigger: str
) -> None:
    """Windows: winuser.h; freedesktop.org: shortcuts specification and keysyms."""
    keystroke = keystroke_from(text)
    assert keystroke.as_hot_key == hot_key
    assert keystroke.as_trigger == trigger
    assert str(keystroke) == text


def test_the_order_of_what_is_held_down_does_not_matter() -> None:
    assert str(keystroke_from("Shift+Ctrl+F6")) == "Ctrl+Shift+F6"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "expected Ctrl, Alt or Shift with"),
        ("Ctrl+", "expected Ctrl, Alt or Shift with"),
        ("Meta+Shift+A", "expected Ctrl, Alt or Shift with"),
        ("Ctrl+Ctrl+A", "expected Ctrl, Alt or Shift with"),
        ("Ctrl+Shift+Ä", "expected Ctrl, Alt or Shift with"),
        ("Ctrl+Shift+Left", "expected Ctrl, Alt or Shift with"),
        ("ctrl+shift+f6", "expected Ctrl, Alt or Shift with"),
        ("Ctrl+Shift+F6, A", "expected Ctrl, Alt or Shift with"),
        ("A", "expected two of"),
        ("Ctrl+C", "expected two of"),
        ("Alt+F4", "expected two of"),
        ("F12", "expected two of"),
        ("Ctrl+Alt+E", "AltGr"),
        ("Ctrl+Alt+Shift+7", "AltGr"),
    ],
)
def test_what_others_want_cannot_be_had(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        keystroke_from(text)


@given(st.text())
def test_whatever_stands_there_is_read_or_refused(text: str) -> None:
    try:
        keystroke = keystroke_from(text)
    except ValueError:
        return
    assert keystroke_from(str(keystroke)) == keystroke
