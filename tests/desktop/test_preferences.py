"""The preferences by keyboard: each works at once, and survives."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop, until
from tests.desktop.programs import CallCtrl, PhoneSystem, ready

pytestmark = pytest.mark.desktop

PREFERENCES = "Preferences — Call Ctrl"


def test_debugging_is_switched_on_and_stays_on(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password, "--expires=4")
    program = ready(lxqt, profile, phone_system, password)
    log_file = profile / "logs" / "callctrl.log"
    assert not log_file.exists()

    lxqt.keys("alt+e", "p")
    lxqt.window(PREFERENCES)
    program.screen.wait_for_focus(PREFERENCES, "Show a card when the phone rings")
    lxqt.keys("alt+i")
    program.screen.wait_for(PREFERENCES, "Write a debug log")
    assert not _debug(program)
    lxqt.keys("alt+d")
    until(lambda: _debug(program), "the switch being on")
    until(lambda: "Authorization: Digest" in _read(log_file), "a refresh in the log")
    lxqt.keys("Return")
    until(lambda: not lxqt.windows(PREFERENCES), "the preferences closed")

    log = _read(log_file)
    assert "CSeq: " in log
    answers = re.findall(r'\b(?:response|cnonce)="?([^",\s]*)', log)
    assert answers
    assert set(answers) == {"***"}
    assert tomllib.loads(_read(profile / "settings.toml"))["preferences"]["debug"] is True

    program.end()
    assert program.exit_code() == 0
    size = log_file.stat().st_size
    again = CallCtrl(lxqt, profile)
    again.screen.wait_for("Call Ctrl", "Ready")
    assert log_file.stat().st_size > size
    assert log_file.stat().st_mode & 0o077 == 0, "callers' numbers are nobody else's business"


def _debug(program: CallCtrl) -> bool:
    parts = program.screen.parts(PREFERENCES)
    return any(part.name == "Write a debug log" and part.is_checked for part in parts)


def _read(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""
