"""Autostart: Desktop Application Autostart Specification 0.5, and Windows' Run key."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from callctrl.system.autostart import (
    AtLogin,
    NoAutostart,
    WindowsAutostart,
    XdgAutostart,
    command_line,
    program_of,
)
from callctrl.system.desktopentry import exec_words, read_group
from callctrl.system.registry import Handle, Registry, read_text, write_text
from callctrl.system.xdg import Folders

RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
SYSTEM_WIDE = "[Desktop Entry]\nType=Application\nName=Call Ctrl\nExec=callctrl --minimized\n"


@pytest.fixture(name="autostart")
def xdg_autostart(folders: Folders, program: Path) -> XdgAutostart:
    return XdgAutostart(folders, [str(program), "--profile=/a b"])


def entry_of(folders: Folders) -> Path:
    return folders.config_home / "autostart" / "callctrl.desktop"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def test_nothing_is_there_until_it_is_switched_on(
    autostart: XdgAutostart, folders: Folders
) -> None:
    assert autostart.state() is AtLogin.ABSENT
    autostart.switch_off()
    assert not entry_of(folders).parent.exists()
    autostart.switch_on(minimized=True)
    assert autostart.state() is AtLogin.STARTS
    autostart.switch_off()
    assert autostart.state() is AtLogin.ABSENT
    assert not entry_of(folders).exists()


@pytest.mark.parametrize(("minimized", "options"), [(True, ["--minimized"]), (False, [])])
def test_the_entry_starts_this_program_with_its_profile(
    autostart: XdgAutostart, folders: Folders, program: Path, minimized: bool, options: list[str]
) -> None:
    autostart.switch_on(minimized=minimized)
    entry = read_group(entry_of(folders).read_text("utf-8"))
    assert exec_words(entry["Exec"])[1:] == [str(program), "--profile=/a b", *options]
    assert entry["TryExec"] == str(program)


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="needs desktop-file-utils")
def test_the_entries_are_valid(autostart: XdgAutostart, folders: Folders) -> None:
    write(folders.config_dirs[0] / "autostart" / "callctrl.desktop", SYSTEM_WIDE)
    for on in (True, False):
        if on:
            autostart.switch_on(minimized=True)
        else:
            autostart.switch_off()
        told = subprocess.run(
            ["desktop-file-validate", str(entry_of(folders))],
            capture_output=True,
            text=True,
            check=False,
        )
        # A hidden entry is as good as none, and needs no program.
        assert told.stdout.count("error:") == told.stdout.count('key "Exec"'), told.stdout


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("Hidden=true", AtLogin.SWITCHED_OFF),
        ("Hidden=false", AtLogin.STARTS),
        ("X-GNOME-Autostart-enabled=false", AtLogin.SWITCHED_OFF),
        ("X-GNOME-Autostart-enabled=true", AtLogin.STARTS),
        ("OnlyShowIn=KDE;", AtLogin.ABSENT),
        ("OnlyShowIn=KDE;GNOME;", AtLogin.STARTS),
        ("NotShowIn=GNOME;", AtLogin.ABSENT),
        ("NotShowIn=KDE;", AtLogin.STARTS),
        ("TryExec=/no/such/program", AtLogin.ABSENT),
    ],
)
def test_what_an_entry_says_of_itself(
    autostart: XdgAutostart, folders: Folders, line: str, state: AtLogin
) -> None:
    write(entry_of(folders), f"{SYSTEM_WIDE}{line}\n")
    assert autostart.state() is state
    autostart.switch_on(minimized=True)
    assert autostart.state() is AtLogin.STARTS


def test_one_for_all_users_is_outdone_by_the_users_own(
    autostart: XdgAutostart, folders: Folders
) -> None:
    system_wide = folders.config_dirs[0] / "autostart" / "callctrl.desktop"
    write(system_wide, SYSTEM_WIDE)
    assert autostart.state() is AtLogin.STARTS
    autostart.switch_off()
    assert autostart.state() is AtLogin.SWITCHED_OFF
    assert "Hidden=true" in entry_of(folders).read_text()
    assert system_wide.read_text() == SYSTEM_WIDE
    autostart.switch_on(minimized=False)
    assert autostart.state() is AtLogin.STARTS


@pytest.fixture(name="plain")
def plain_program(tmp_path: Path) -> Path:
    file = tmp_path / "usr" / "callctrl"
    write(file, "#!/bin/sh\n")
    file.chmod(0o700)
    return file


def test_switched_on_again_it_is_the_one_for_all_users_where_that_says_the_same(
    folders: Folders, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(plain.parent))
    write(folders.config_dirs[0] / "autostart" / "callctrl.desktop", SYSTEM_WIDE)
    autostart = XdgAutostart(folders, [str(plain)])
    autostart.switch_off()
    autostart.switch_on(minimized=True)
    assert autostart.state() is AtLogin.STARTS
    assert not entry_of(folders).exists()
    autostart.switch_on(minimized=False)
    assert entry_of(folders).exists()


@pytest.mark.parametrize(
    "line",
    [
        "Hidden=true",
        "X-GNOME-Autostart-enabled=false",
        "OnlyShowIn=KDE;",
        "TryExec=/no/such/program",
        "Exec=callctrl",
        "Exec=callctrl --minimized --profile=/tmp",
        "Exec=true --minimized",
        "Exec=",
    ],
)
def test_switched_on_it_is_the_users_own_where_the_one_for_all_says_otherwise(
    folders: Folders, plain: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("PATH", f"{plain.parent}:/usr/bin")
    write(folders.config_dirs[0] / "autostart" / "callctrl.desktop", f"{SYSTEM_WIDE}{line}\n")
    autostart = XdgAutostart(folders, [str(plain)])
    autostart.switch_on(minimized=True)
    assert autostart.state() is AtLogin.STARTS
    assert entry_of(folders).exists()


def test_a_folder_that_cannot_be_written_is_told(autostart: XdgAutostart, folders: Folders) -> None:
    folders.config_home.write_text("in the way")
    with pytest.raises(OSError, match="config"):
        autostart.switch_on(minimized=True)
    assert autostart.state() is AtLogin.ABSENT


def test_no_desktop_name_means_no_desktops_own_entry(folders: Folders, program: Path) -> None:
    autostart = XdgAutostart(replace(folders, desktops=()), [str(program)])
    write(entry_of(folders), f"{SYSTEM_WIDE}OnlyShowIn=GNOME;\n")
    assert autostart.state() is AtLogin.ABSENT


# Windows


@pytest.fixture(name="exe")
def windows_program(tmp_path: Path) -> Path:
    exe = tmp_path / "a b ü" / "Call Ctrl.exe"
    exe.parent.mkdir()
    exe.touch()
    return exe


@pytest.fixture(name="on_windows")
def windows_autostart(winreg: Registry, exe: Path) -> WindowsAutostart:
    return WindowsAutostart(winreg, [str(exe), "--profile=C:\\a b"])


def approve(winreg: Registry, hive: Handle, first: int) -> None:
    """What Task Manager writes, the time being that of the click."""
    with winreg.CreateKeyEx(hive, APPROVED) as key:
        winreg.SetValueEx(key, "Call Ctrl", 0, 3, bytes([first, 0, 0, 0]) + bytes(8))


def test_a_value_below_run_starts_it(
    on_windows: WindowsAutostart, winreg: Registry, exe: Path
) -> None:
    assert on_windows.state() is AtLogin.ABSENT
    on_windows.switch_off()
    on_windows.switch_on(minimized=True)
    assert on_windows.state() is AtLogin.STARTS
    line = read_text(winreg, winreg.HKEY_CURRENT_USER, RUN, "Call Ctrl")
    assert line == f'"{exe}" "--profile=C:\\a b" --minimized'
    on_windows.switch_on(minimized=False)
    line = read_text(winreg, winreg.HKEY_CURRENT_USER, RUN, "Call Ctrl")
    assert line == f'"{exe}" "--profile=C:\\a b"'
    on_windows.switch_off()
    assert on_windows.state() is AtLogin.ABSENT


def test_task_manager_keeps_it_off(on_windows: WindowsAutostart, winreg: Registry) -> None:
    on_windows.switch_on(minimized=True)
    for first, state in ((3, AtLogin.KEPT_OFF), (2, AtLogin.STARTS), (7, AtLogin.KEPT_OFF)):
        approve(winreg, winreg.HKEY_CURRENT_USER, first)
        assert on_windows.state() is state
    on_windows.switch_on(minimized=True)
    assert on_windows.state() is AtLogin.KEPT_OFF, "only its user may allow it again"
    on_windows.switch_off()
    assert on_windows.state() is AtLogin.ABSENT


def test_an_administrator_starts_it_for_all(
    on_windows: WindowsAutostart, winreg: Registry, exe: Path
) -> None:
    machine = winreg.HKEY_LOCAL_MACHINE
    write_text(winreg, machine, RUN, "Call Ctrl", command_line([str(exe), "--minimized"]))
    assert on_windows.state() is AtLogin.STARTS_FOR_ALL
    on_windows.switch_off()
    assert on_windows.state().is_on
    approve(winreg, machine, 3)
    assert on_windows.state() is AtLogin.KEPT_OFF


def test_switched_off_for_the_user_it_may_start_for_all(
    on_windows: WindowsAutostart, winreg: Registry, exe: Path
) -> None:
    on_windows.switch_on(minimized=True)
    approve(winreg, winreg.HKEY_CURRENT_USER, 3)
    machine = winreg.HKEY_LOCAL_MACHINE
    write_text(winreg, machine, RUN, "Call Ctrl", command_line([str(exe), "--minimized"]))
    assert on_windows.state() is AtLogin.STARTS_FOR_ALL


def test_a_program_that_has_gone_is_not_started(on_windows: WindowsAutostart, exe: Path) -> None:
    on_windows.switch_on(minimized=True)
    exe.unlink()
    assert on_windows.state() is AtLogin.ABSENT


def test_the_program_is_found_in_a_command_line() -> None:
    assert program_of(r'"C:\Call Ctrl\Call Ctrl.exe" --minimized') == r"C:\Call Ctrl\Call Ctrl.exe"
    assert program_of(r"C:\callctrl.exe dial %1") == r"C:\callctrl.exe"
    assert program_of("") == ""


# Elsewhere


def test_elsewhere_it_is_not_possible() -> None:
    autostart = NoAutostart()
    assert autostart.state() is AtLogin.IMPOSSIBLE
    assert not autostart.state().is_on
    autostart.switch_off()
    with pytest.raises(OSError, match="log-in"):
        autostart.switch_on(minimized=True)
