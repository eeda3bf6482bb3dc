"""The phone system says 403: the documented sentence, and the end of the program."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop, Window
from tests.desktop.programs import (
    FIELD,
    FORBIDDEN,
    WIZARD,
    CallCtrl,
    PhoneSystem,
    ready,
    set_up,
)

pytestmark = pytest.mark.desktop


@pytest.mark.parametrize("key", ["Return", "Escape"])
def test_a_wrong_password_ends_the_program(
    lxqt: Desktop, profile: Path, password: str, key: str
) -> None:
    phone_system = PhoneSystem(lxqt, password)
    set_up(lxqt, profile, phone_system, "wrong", "--save-anyway")
    program = CallCtrl(lxqt, profile)
    phone_system.wait_for("REGISTER .*: wrong credentials", "SUBSCRIBE .* refused with 403")
    _expect_box(lxqt, program)

    lxqt.keys(key)
    assert program.exit_code() == 0


def test_a_registered_one_leaves_politely(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    phone_system.say("expiry 60 4")
    program = ready(lxqt, profile, phone_system, password)
    told = len(phone_system.lines)
    phone_system.say("forbid on")
    _expect_box(lxqt, program)

    lxqt.keys("Return")
    assert program.exit_code() == 0
    phone_system.wait_for_more(told, "SUBSCRIBE .* refused with 403", "RECEPTION unregistered")


def test_a_changed_password_is_found_out(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password, "--expires=4")
    program = ready(lxqt, profile, phone_system, password)
    told = len(phone_system.lines)
    phone_system.say("password another")
    phone_system.say("reboot pbx")
    phone_system.wait_for_more(told, "REGISTER .* wrong credentials", "SUBSCRIBE .* with 403")
    _expect_box(lxqt, program)
    lxqt.keys("Return")
    assert program.exit_code() == 0


def test_debugging_is_on_after_the_restart(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    set_up(lxqt, profile, phone_system, "wrong", "--save-anyway")
    program = CallCtrl(lxqt, profile)
    _expect_box(lxqt, program)
    lxqt.keys("alt+d")
    program.screen.wait_for("Call Ctrl", "Debugging is on")
    program.screen.wait_for_focus("Call Ctrl", "Close Call Ctrl")
    lxqt.keys("Return")
    assert program.exit_code() == 0
    assert tomllib.loads((profile / "settings.toml").read_text("utf-8"))["preferences"]["debug"]

    again = CallCtrl(lxqt, profile)
    _expect_box(lxqt, again)
    log = (profile / "logs" / "callctrl.log").read_text("utf-8")
    assert "403 Forbidden" in log
    assert "REGISTER sip:" in log


def test_a_wizard_closed_without_saving_brings_the_box_back(
    lxqt: Desktop, profile: Path, password: str
) -> None:
    phone_system = PhoneSystem(lxqt, password)
    set_up(lxqt, profile, phone_system, "wrong", "--save-anyway")
    program = CallCtrl(lxqt, profile)
    _expect_box(lxqt, program)
    lxqt.keys("alt+w")
    lxqt.window(WIZARD)
    assert FORBIDDEN not in program.screen.names("Call Ctrl")
    lxqt.keys("Escape")
    _expect_box(lxqt, program)
    assert program.is_running()
    lxqt.keys("Escape")
    assert program.exit_code() == 0


def test_the_wizard_puts_it_right(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    set_up(lxqt, profile, phone_system, "wrong", "--save-anyway")
    program = CallCtrl(lxqt, profile)
    _expect_box(lxqt, program)
    lxqt.run("xdotool", "windowactivate", _main_window(lxqt).id)  # as by the task bar
    program.screen.wait_for_focus("Call Ctrl", FIELD)
    lxqt.keys("alt+e", "w")
    lxqt.window(WIZARD)
    lxqt.keys("Return")
    program.screen.wait_for_focus(WIZARD, "Phone's address")
    lxqt.keys("alt+t")
    program.screen.wait_for_focus(WIZARD, "Test the connection")
    lxqt.keys("alt+w")
    program.screen.wait_for_focus(WIZARD, "Password")
    lxqt.type(password)
    lxqt.keys("Return")
    program.screen.wait_for_focus(WIZARD, "Finish")
    lxqt.keys("Return")
    program.screen.wait_for("Call Ctrl", "Ready")
    assert FORBIDDEN not in program.screen.names("Call Ctrl")


def _main_window(desktop: Desktop) -> Window:
    """The one behind the box, which is wider, but not as high."""
    return max(desktop.windows("Call Ctrl"), key=lambda window: window.height)


def _expect_box(desktop: Desktop, program: CallCtrl) -> None:
    """The box is there, has the keys, and says just that."""
    program.screen.wait_for_focus("Call Ctrl", "Close Call Ctrl")
    assert FORBIDDEN in program.screen.names("Call Ctrl")
    desktop.window("Call Ctrl")
