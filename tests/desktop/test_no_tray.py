"""A desktop without a tray: the window is never out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop, Panel, until
from tests.desktop.programs import FIELD, CallCtrl, PhoneSystem, set_up

READY = "#199a5c"

pytestmark = pytest.mark.desktop


def test_the_window_appears_and_is_never_lost(bare: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(bare, password)
    set_up(bare, profile, phone_system, password)
    program = CallCtrl(bare, profile, "--minimized")
    window = bare.window("Call Ctrl")
    program.screen.wait_for("Call Ctrl", "Ready")
    program.screen.wait_for_focus("Call Ctrl", FIELD)

    bare.keys("alt+F4")
    until(lambda: not bare.windows("Call Ctrl"), "the window minimised")
    assert "Iconic" in bare.run("xprop", "-id", window.id, "WM_STATE")
    assert program.is_running()


def test_a_tray_that_comes_late_is_found(bare: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(bare, password)
    set_up(bare, profile, phone_system, password)
    told = len(phone_system.lines)
    CallCtrl(bare, profile, "--minimized")
    phone_system.wait_for_more(told, "RECEPTION watches .*")
    bare.start_panel(Panel.TRAYER)
    icon = bare.tray
    until(lambda: bare.picture(icon).count(READY) > 10, "the icon of a phone that is ready")
