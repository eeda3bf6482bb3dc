"""The program at home on a Linux desktop: keys from any window, and a log-off during a call.

The desktop's part is played on its real session bus.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop, until
from tests.desktop.privatebus import FakePortal
from tests.desktop.programs import FIELD, CallCtrl, PhoneSystem, ready

pytestmark = pytest.mark.desktop

PREFERENCES = "Preferences — Call Ctrl"


@pytest.fixture
def portal(lxqt: Desktop) -> Iterator[FakePortal]:
    with playing(lxqt) as it:
        yield it


@contextlib.contextmanager
def playing(desktop: Desktop) -> Iterator[FakePortal]:
    it = FakePortal(desktop.env["DBUS_SESSION_BUS_ADDRESS"])
    yield it
    it.end()


def test_keys_that_the_desktop_gives_steer_the_phone(
    lxqt: Desktop, portal: FakePortal, profile: Path, password: str
) -> None:
    """Switched on in the preferences; the window stays hidden all the while."""
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    assert portal.wanted == {}, "nothing is taken unasked"
    lxqt.keys("alt+e", "p")
    lxqt.window(PREFERENCES)
    lxqt.keys("alt+y")
    name = "Answer, hold and hang up with keys in any window"
    program.screen.wait_for(PREFERENCES, name)
    lxqt.keys("alt+u")
    program.screen.wait_for(PREFERENCES, "Press CTRL+SHIFT+F6")
    lxqt.keys("Escape")
    until(lambda: not lxqt.windows(PREFERENCES), "the preferences closed")
    lxqt.window("Call Ctrl")
    lxqt.keys("alt+F4")
    until(lambda: not lxqt.windows("Call Ctrl"), "the window closed")

    phone_system.say('ring 5551234 "Anna Lee"')
    for key, state in (
        ("", "ringing"),
        ("answer", "connected"),
        ("hold", "held"),
        ("hold", "connected"),
    ):
        if key:
            portal.press(key)
        wait_for_call(lxqt, profile, state)
    portal.press("hangup")
    wait_for_call(lxqt, profile, "no calls")

    program.end()
    assert program.exit_code() == 0
    assert portal.sessions == []


def test_a_log_off_is_held_up_with_the_callers_name_until_the_call_is_over(
    lxqt: Desktop, portal: FakePortal, profile: Path, password: str
) -> None:
    phone_system = PhoneSystem(lxqt, password)
    ready(lxqt, profile, phone_system, password)
    assert portal.inhibitions == {}
    phone_system.say('ring 5551234 "Anna Meier"')
    phone_system.say("answer")
    reason = "You are on a call with Anna Meier."
    until(lambda: list(portal.inhibitions.values()) == [(reason, 1)], "the log-off held up")
    phone_system.say("hangup")
    until(lambda: not portal.inhibitions, "the log-off free again")


def test_a_desktop_without_a_portal_is_told_the_commands_which_work(
    lxqt: Desktop, profile: Path, password: str
) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    lxqt.keys("alt+e", "p")
    lxqt.window(PREFERENCES)
    lxqt.keys("alt+y")
    program.screen.wait_for(PREFERENCES, "This desktop gives programs no keys in other windows.")
    copy = program.screen.wait_for(PREFERENCES, "Copy the command: Answer")
    lxqt.click(*program.screen.centre(copy))
    lxqt.keys("Escape")
    lxqt.window("Call Ctrl")
    program.screen.wait_for_focus("Call Ctrl", FIELD)
    lxqt.keys("ctrl+v")
    command = until(lambda: written(lxqt, program), "the command in the field")
    phone_system.say("ring 5551234")
    wait_for_call(lxqt, profile, "ringing")
    lxqt.run("sh", "-c", command)
    wait_for_call(lxqt, profile, "connected")


def wait_for_call(desktop: Desktop, profile: Path, words: str) -> None:
    """Wait until the list of calls says that."""
    command = (sys.executable, "-m", "callctrl", "calls", f"--profile={profile}")
    until(lambda: words in desktop.run(*command).lower(), words)


def written(desktop: Desktop, program: CallCtrl) -> str:
    """What stands in the field."""
    part = program.screen.wait_for("Call Ctrl", FIELD)
    thing = part.thing._replace(interface="org.a11y.atspi.Text")
    return str(desktop.bus.call(thing, "GetText", "ii", 0, -1))
