"""The window: its keys and its colours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop, until
from tests.desktop.programs import FIELD, PhoneSystem, ready

pytestmark = pytest.mark.desktop


@pytest.mark.parametrize(
    "key",
    ["space", "Return"],
)
def test_a_key_presses_the_button_with_the_focus(
    lxqt: Desktop, profile: Path, password: str, key: str
) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    phone_system.say("ring 5551234")
    while not program.screen.wait_for("Call Ctrl", "Reject").is_focused:
        lxqt.keys("Tab")
    lxqt.keys(key)
    phone_system.wait_for("RECEPTION orders reject call 1")
    program.screen.wait_for("Call Ctrl", "Ready")


def test_the_menus_open_by_their_letters(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    lxqt.keys("alt+h", "a")
    program.screen.wait_for("About Call Ctrl", "Version")
    lxqt.keys("Escape")
    program.screen.wait_for_focus("Call Ctrl", FIELD)
    lxqt.keys("F1")
    lxqt.window("Keys — Call Ctrl")
    lxqt.keys("Escape")
    program.screen.wait_for_focus("Call Ctrl", FIELD)


def test_it_is_light_on_a_light_desktop(lxqt: Desktop, profile: Path, password: str) -> None:
    _expect_ground(lxqt, profile, password, "#f4f5f7")


def test_it_is_dark_on_a_dark_desktop(dark: Desktop, profile: Path, password: str) -> None:
    _expect_ground(dark, profile, password, "#16181c")


def _expect_ground(desktop: Desktop, profile: Path, password: str, colour: str) -> None:
    phone_system = PhoneSystem(desktop, password)
    ready(desktop, profile, phone_system, password)
    picture = desktop.picture(desktop.window("Call Ctrl"))
    assert picture.count(colour, near=2) > picture.width * picture.height / 2


def test_it_becomes_a_strip_at_the_screens_edge_and_comes_back(
    lxqt: Desktop, profile: Path, password: str
) -> None:
    phone_system = PhoneSystem(lxqt, password)
    ready(lxqt, profile, phone_system, password)
    before = lxqt.window("Call Ctrl")
    lxqt.keys("alt+v", "s")
    until(lambda: lxqt.window("Call Ctrl").width < before.width, "a strip")
    lxqt.keys("alt+v", "s")
    until(lambda: lxqt.window("Call Ctrl") == before, f"the window at {before.geometry} again")
