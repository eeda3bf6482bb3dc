"""Orders from outside the window: a second start, and the command line beside the program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop, until
from tests.desktop.programs import FIELD, CallCtrl, PhoneSystem, ready, set_up

pytestmark = pytest.mark.desktop


def _callctrl(desktop: Desktop, profile: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `callctrl` to its end, as somebody at a terminal of this desktop would."""
    return subprocess.run(
        [sys.executable, "-m", "callctrl", f"--profile={profile}", *words],
        env=desktop.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_line_makes_calls(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    ready(lxqt, profile, phone_system, password)
    dialled = _callctrl(lxqt, profile, "dial", "5552345")
    assert (dialled.returncode, dialled.stdout) == (0, "dial: taken by the phone\n")

    def calls() -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(
            _callctrl(lxqt, profile, "calls", "--json").stdout
        )
        return found

    (call,) = until(
        lambda: [each for each in calls() if each["state"] == "connected"], "a connected call"
    )
    assert (call["number"], call["direction"]) == ("5552345", "outgoing")
    status = json.loads(_callctrl(lxqt, profile, "status", "--json").stdout)
    assert (status["state"], status["station"], status["calls"]) == ("ready", "FrontDesk", 1)
    resumed = _callctrl(lxqt, profile, "resume")
    assert resumed.returncode == 1
    assert resumed.stderr.startswith("there is no such call now; there is 1 (connected, 5552345)")
    assert _callctrl(lxqt, profile, "hangup").returncode == 0
    until(lambda: calls() == [], "no call")


def test_a_ringing_call_is_answered(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    phone_system.say('ring 5551234 "Anna Lee"')
    program.screen.wait_for("Call Ctrl", "Ringing")
    assert _callctrl(lxqt, profile, "answer").returncode == 0
    program.screen.wait_for("Call Ctrl", "On a call")
    assert _callctrl(lxqt, profile, "hold").returncode == 0
    program.screen.wait_for("Call Ctrl", "On hold")


def test_a_link_is_dialled_by_a_person(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    offered = _callctrl(lxqt, profile, "dial", "tel:+1-212-555-2345")
    assert offered.returncode == 0
    assert offered.stdout.startswith("+1-212-555-2345 is shown in the window")
    assert _callctrl(lxqt, profile, "calls").stdout == "No calls.\n"
    program.screen.wait_for_focus("Call Ctrl", FIELD)
    program.screen.wait_for("Call Ctrl", "Call +12125552345")
    lxqt.keys("Return")
    phone_system.wait_for(r"RECEPTION orders newcall call 1 to \+12125552345")
    refused = _callctrl(lxqt, profile, "dial", "tel:*72,5551234")
    assert refused.returncode == 1
    assert "can only be dialled by hand" in refused.stderr


def test_a_second_start_brings_the_window(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    told = len(phone_system.lines)
    lxqt.keys("alt+F4")
    until(lambda: lxqt.windows("Call Ctrl") == [], "the window closed")
    second = _callctrl(lxqt, profile)
    assert second.returncode == 0
    assert second.stdout == "Call Ctrl is running already; its window was brought forward.\n"
    lxqt.window("Call Ctrl")
    lxqt.keys("alt+F4")
    until(lambda: lxqt.windows("Call Ctrl") == [], "the window closed again")
    assert _callctrl(lxqt, profile, "--minimized").stdout == "Call Ctrl is running already.\n"
    assert lxqt.windows("Call Ctrl") == []
    assert _callctrl(lxqt, profile, "show").returncode == 0
    lxqt.window("Call Ctrl")
    assert program.is_running()
    assert not any("registered" in line for line in phone_system.lines[told:])


def test_two_starts_at_once_are_one_program(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    set_up(lxqt, profile, phone_system, password)
    told = len(phone_system.lines)
    both = [CallCtrl(lxqt, profile, screen_reader=False) for _ in range(2)]
    phone_system.wait_for_more(told, "RECEPTION watches .*")
    lxqt.window("Call Ctrl")
    until(lambda: [each.is_running() for each in both].count(True) == 1, "one of them at work")
    (other,) = (each for each in both if not each.is_running())
    assert other.exit_code() == 0


def test_quit_returns_after_the_good_bye(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    told = len(phone_system.lines)
    assert _callctrl(lxqt, profile, "quit").returncode == 0
    phone_system.wait_for_more(told, "RECEPTION watches no longer: .*", "RECEPTION unregistered")
    assert program.exit_code() == 0
    gone = _callctrl(lxqt, profile, "status")
    assert (gone.returncode, gone.stdout) == (3, "")


def test_what_a_killed_program_left_behind_is_no_hindrance(
    lxqt: Desktop, profile: Path, password: str
) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    os.kill(program.pid, signal.SIGKILL)
    assert program.exit_code() == -signal.SIGKILL
    assert (profile / "callctrl.lock").exists()
    assert _callctrl(lxqt, profile, "status").returncode == 3
    told = len(phone_system.lines)
    CallCtrl(lxqt, profile, screen_reader=False)
    phone_system.wait_for_more(told, "RECEPTION watches .*")
    lxqt.window("Call Ctrl")
    assert json.loads(_callctrl(lxqt, profile, "status", "--json").stdout)["state"] == "ready"
