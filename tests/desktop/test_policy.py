"""What is locked, as somebody meets it by keyboard and with a screen reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desktop.accessible import Part
from tests.desktop.desktop import Desktop, Place, until
from tests.desktop.programs import WIZARD, CallCtrl, PhoneSystem, ready
from tests.policies import PolicyFolder

pytestmark = pytest.mark.desktop

PREFERENCES = "Preferences — Call Ctrl"
DEBUG = "Write a debug log"
SET_BY = "Set by IT department, extension 500."
POLICY = """
by = "IT department, extension 500"
[locked.account]
pbx = "127.0.0.1"
[locked.preferences]
debug = false
"""


@pytest.fixture
def policy(tmp_path: Path, lxqt: Desktop) -> PolicyFolder:
    """Where the administrator of this desktop writes one."""
    folder = PolicyFolder(tmp_path)
    lxqt.place = Place(callctrl=(*folder.enter, *Place().callctrl))
    return folder


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile in whose log errors are to be found."""
    return tmp_path / "administered"


def part(program: CallCtrl, title: str, name: str) -> Part:
    """What is set by that name; its label has the name, too."""
    parts = program.screen.parts(title)
    (found,) = (it for it in parts if it.name == name and it.role != "label")
    return found


def test_what_is_locked_is_met_and_cannot_be_changed(
    lxqt: Desktop, policy: PolicyFolder, profile: Path, password: str
) -> None:
    policy.write(POLICY)
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password, "--debug")

    lxqt.keys("alt+e", "p")
    lxqt.window(PREFERENCES)
    program.screen.wait_for_focus(PREFERENCES, "Show a card when the phone rings")
    lxqt.keys("alt+i", "alt+d")
    program.screen.wait_for_focus(PREFERENCES, f"{DEBUG}: off. {SET_BY}")
    lxqt.keys("space")
    switch = part(program, PREFERENCES, DEBUG)
    assert (switch.is_sensitive, switch.is_checked) == (False, False)
    assert switch.description == SET_BY
    lxqt.keys("Return")
    until(lambda: not lxqt.windows(PREFERENCES), "the preferences closed")

    lxqt.keys("alt+e", "w")
    lxqt.window(WIZARD)
    program.screen.wait_for_focus(WIZARD, "Linksys or Cisco SPA9000")
    lxqt.keys("Return")
    program.screen.wait_for(WIZARD, "SPA9000's address")
    lxqt.keys("alt+s")
    program.screen.wait_for_focus(WIZARD, "SPA9000's address")
    lxqt.keys("ctrl+a")
    lxqt.type("192.0.2.99")
    assert part(program, WIZARD, "SPA9000's address").description == SET_BY
    lxqt.keys("Escape")

    program.end()
    assert program.exit_code() == 0
    log = (profile / "logs" / "callctrl.log").read_text("utf-8")
    assert f"--debug is not obeyed. {SET_BY}" in log
    assert "REGISTER" not in log
    settings = (profile / "settings.toml").read_text("utf-8")
    assert "debug" not in settings
    assert "pbx" not in settings


def test_a_broken_policy_is_told_in_the_window(
    lxqt: Desktop, policy: PolicyFolder, profile: Path, password: str
) -> None:
    policy.write(POLICY + "colour = 'blue'\n")
    program = ready(lxqt, profile, PhoneSystem(lxqt, password), password)

    program.screen.wait_for(
        "Call Ctrl",
        "The administrator's policy file /etc/callctrl/policy.toml is not obeyed: "
        "[locked.preferences] unknown key 'colour'.",
    )
    program.end()
    assert program.exit_code() == 0
