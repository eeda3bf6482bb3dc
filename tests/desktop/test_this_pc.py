"""At home on the desktop: started at log-in, and opener of links, as a session does both."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.desktop.accessible import Screen, screen_reader_env
from tests.desktop.desktop import Desktop, until
from tests.desktop.programs import FIELD, CallCtrl, PhoneSystem, ready, set_up

pytestmark = pytest.mark.desktop

PREFERENCES = "Preferences — Call Ctrl"
START = "Start when I log in"
READY = "#199a5c"


def _open_page(desktop: Desktop, program: CallCtrl) -> None:
    desktop.keys("alt+e", "p")
    desktop.window(PREFERENCES)
    program.screen.wait_for_focus(PREFERENCES, "Show a card when the phone rings")
    desktop.keys("alt+h")
    program.screen.wait_for(PREFERENCES, START)


def _pids(desktop: Desktop, word: str) -> list[int]:
    """The processes of this desktop that were started with a word."""
    found = []
    for folder in desktop.processes():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if word.encode() in words:
            found.append(int(folder.name))
    return found


def _validate(*files: Path) -> None:
    told = subprocess.run(
        ["desktop-file-validate", *map(str, files)], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_the_next_log_in_starts_it_in_the_tray(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    _open_page(lxqt, program)
    entry = Path(lxqt.env["XDG_CONFIG_HOME"]) / "autostart" / "callctrl.desktop"
    assert not entry.exists()
    lxqt.keys("alt+s")
    until(entry.exists, "an entry that starts the program")
    _validate(entry)
    lxqt.keys("alt+s")
    until(lambda: not entry.exists(), "the entry gone again")
    lxqt.keys("alt+s")
    until(entry.exists, "the entry back")

    program.end()
    assert program.exit_code() == 0
    told = len(phone_system.lines)
    lxqt.start("gio", "launch", str(entry))  # as GNOME's session does
    phone_system.wait_for_more(told, *phone_system.watching)
    until(lambda: lxqt.picture(lxqt.tray).count(READY) > 10, "the icon of a phone that is ready")
    assert lxqt.windows("Call Ctrl") == []
    (pid,) = _pids(lxqt, "--minimized")
    os.kill(pid, signal.SIGTERM)  # as the session does when it ends
    phone_system.wait_for_more(told, "RECEPTION unregistered")
    until(lambda: not _pids(lxqt, "--minimized"), "the program's end")


def test_links_come_to_it_and_are_given_back(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    applications = Path(lxqt.env["XDG_DATA_HOME"]) / "applications"
    applications.mkdir()
    (applications / "other.desktop").write_text(_OTHER)
    lists = Path(lxqt.env["XDG_CONFIG_HOME"]) / "mimeapps.list"
    lists.write_text("[Default Applications]\nx-scheme-handler/tel=other.desktop\n")

    _open_page(lxqt, program)
    program.screen.wait_for(PREFERENCES, _told("Links with tel: are opened by Another Phone."))
    lxqt.keys("alt+o")
    program.screen.wait_for(PREFERENCES, "Links with tel:, sip:, callto: are opened by Call Ctrl.")
    _validate(*applications.glob("*.desktop"))
    lxqt.keys("Return")
    until(lambda: not lxqt.windows(PREFERENCES), "the preferences closed")

    lxqt.run("gio", "open", "tel:+4930123")
    program.screen.wait_for("Call Ctrl", "Call +4930123")
    program.screen.wait_for_focus("Call Ctrl", FIELD)
    lxqt.run("xdg-open", "sip:5551234@example.com")
    program.screen.wait_for("Call Ctrl", "Call 5551234")
    assert not any("orders newcall" in line for line in phone_system.lines)
    lxqt.start("xdg-open", "tel:*72,5551234")
    program.screen.wait_for(
        "Call Ctrl", "The link holds * or #. Codes for the phone can only be dialled by hand."
    )

    _open_page(lxqt, program)
    lxqt.keys("alt+b")
    program.screen.wait_for(PREFERENCES, _told("Links with tel: are opened by Another Phone."))
    assert [file.name for file in applications.glob("*.desktop")] == ["other.desktop"]
    assert "callctrl" not in lists.read_text()


def test_a_link_starts_the_program(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    set_up(lxqt, profile, phone_system, password)
    lxqt.env |= screen_reader_env(lxqt)
    taken = lxqt.run(*lxqt.place.callctrl, f"--profile={profile}", "desktop", "links", "on")
    assert taken == "tel: Call Ctrl\nsip: Call Ctrl\ncallto: Call Ctrl\n"
    told = len(phone_system.lines)
    lxqt.run("xdg-open", "tel:+4930123")
    phone_system.wait_for_more(told, *phone_system.watching)
    until(lambda: not _pids(lxqt, "dial"), "the link handed over")
    (pid,) = _pids(lxqt, f"--profile={profile}")
    Screen(lxqt, pid).wait_for("Call Ctrl", "Call +4930123")


def _told(first: str) -> str:
    return f"{first}\nLinks with sip:, callto: are opened by no program."


_OTHER = """\
[Desktop Entry]
Type=Application
Name=Another Phone
Exec=true %u
MimeType=x-scheme-handler/tel;
"""
