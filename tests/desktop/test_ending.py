"""Ways to end: each says good-bye to the phone system and to the tray."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop
from tests.desktop.programs import CallCtrl, PhoneSystem, ready, set_up

pytestmark = pytest.mark.desktop

GOOD_BYE = ("RECEPTION watches no longer: .*", "RECEPTION unregistered")


def test_at_the_end_of_the_session(lxqt: Desktop, profile: Path, password: str) -> None:
    """Without a screen reader, as most desktops are."""
    phone_system = PhoneSystem(lxqt, password)
    set_up(lxqt, profile, phone_system, password)
    told = len(phone_system.lines)
    program = CallCtrl(lxqt, profile, screen_reader=False)
    told = phone_system.wait_for_more(told, "RECEPTION watches .*")
    lxqt.window("Call Ctrl")
    program.end()
    assert program.exit_code() == 0
    phone_system.wait_for_more(told, *GOOD_BYE)


def test_by_the_menu(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    told = len(phone_system.lines)
    lxqt.keys("alt+c", "q")
    assert program.exit_code() == 0
    phone_system.wait_for_more(told, *GOOD_BYE)


def test_while_the_phone_system_is_silent(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    phone_system.say("silence on")
    program.end()
    assert program.exit_code() == 0
