"""A password store that is locked, as after an automatic log-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desktop.desktop import KEYRING_PASSWORD, Desktop
from tests.desktop.programs import FIELD, CallCtrl, PhoneSystem, set_up

pytestmark = pytest.mark.desktop

PROMPT = "Unlock Login Keyring"


def test_it_is_unlocked_at_the_second_try(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    set_up(lxqt, profile, phone_system, password)
    lxqt.lock_passwords()
    program = CallCtrl(lxqt, profile, "--minimized")

    lxqt.window(PROMPT)
    lxqt.keys("Escape")
    program.screen.wait_for_focus("Call Ctrl", "Try again")
    lxqt.window("Call Ctrl")
    lxqt.keys("Return")
    lxqt.window(PROMPT)
    lxqt.type(KEYRING_PASSWORD)
    lxqt.keys("Return")
    phone_system.wait_for(".* unregistered", "RECEPTION registered .*", "RECEPTION watches .*")


def test_it_stays_locked(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    set_up(lxqt, profile, phone_system, password)
    lxqt.lock_passwords()
    program = CallCtrl(lxqt, profile)
    lxqt.window(PROMPT)
    lxqt.keys("Escape")
    program.screen.wait_for_focus("Call Ctrl", "Try again")
    lxqt.keys("Escape")
    program.screen.wait_for_focus("Call Ctrl", FIELD)
    assert not any(name.startswith("Connecting") for name in program.screen.names("Call Ctrl"))
