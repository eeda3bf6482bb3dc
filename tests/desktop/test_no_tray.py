"""A desktop without a tray: the window is never out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop, Panel, until
from tests.desktop.programs import FIELD, CallCtrl, PhoneSystem, set_up

READY = "#199a5c"

pytestmark = pytest.mark.desktop


def test_the_window_is_listed_minimised_and_never_lost(
    bare: Desktop, profile: Path, password: str
) -> None:
    phone_system = PhoneSystem(bare, password)
    set_up(bare, profile, phone_system, password)
    program = CallCtrl(bare, profile, "--minimized")
    number = until(lambda: _listed(bare), "a window in the list of windows")
    assert _is_iconic(bare, number)
    assert bare.windows("Call Ctrl") == []

    bare.run("xdotool", "windowactivate", number)
    window = bare.window("Call Ctrl")
    program.screen.wait_for("Call Ctrl", "Ready")
    program.screen.wait_for_focus("Call Ctrl", FIELD)

    bare.keys("alt+F4")
    until(lambda: not bare.windows("Call Ctrl"), "the window minimised")
    assert _is_iconic(bare, window.id)
    assert program.is_running()


@pytest.mark.parametrize("panel", [Panel.TRAYER, Panel.LXQT])
def test_a_tray_that_comes_late_is_joined(
    bare: Desktop, profile: Path, password: str, panel: Panel
) -> None:
    """The two take different ways through Qt."""
    phone_system = PhoneSystem(bare, password)
    set_up(bare, profile, phone_system, password)
    told = len(phone_system.lines)
    CallCtrl(bare, profile, "--minimized")
    phone_system.wait_for_more(told, "RECEPTION watches .*")
    until(lambda: _listed(bare), "a window in the list of windows")
    bare.start_panel(panel)
    icon = bare.tray
    until(lambda: bare.picture(icon).count(READY) > 10, "the icon of a phone that is ready")
    until(lambda: not _listed(bare), "the window back in the tray")


@pytest.mark.parametrize("panel", [Panel.TRAYER, Panel.LXQT])
def test_a_tray_that_is_started_anew_is_joined_again(
    bare: Desktop, profile: Path, password: str, panel: Panel
) -> None:
    first = bare.start_panel(panel)
    phone_system = PhoneSystem(bare, password)
    set_up(bare, profile, phone_system, password)
    CallCtrl(bare, profile, "--minimized")
    until(lambda: bare.picture(bare.tray).count(READY) > 10, "the icon of a phone that is ready")
    assert first is not None
    first.terminate()
    first.wait(10)
    bare.start_panel(panel)
    until(lambda: bare.picture(bare.tray).count(READY) > 10, "the icon in the new tray")


def _listed(desktop: Desktop) -> str:
    """The window in the window manager's list, shown or minimised; empty where it is in none."""
    for number in desktop.run("xprop", "-root", "_NET_CLIENT_LIST").partition("#")[2].split(","):
        if number.strip() and "Call Ctrl" in desktop.run("xprop", "-id", number.strip(), "WM_NAME"):
            return number.strip()
    return ""


def _is_iconic(desktop: Desktop, number: str) -> bool:
    return "Iconic" in desktop.run("xprop", "-id", number, "WM_STATE")
