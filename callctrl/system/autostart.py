"""Autostart: whether the program is started at log-in."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Protocol

from callctrl import PRODUCT
from callctrl.store.files import replace
from callctrl.system.desktopentry import (
    entry_text,
    exec_line,
    is_installed,
    launches,
    list_of,
    read_group,
    read_text,
)
from callctrl.system.registry import Handle, Registry, delete_value, read, write_text
from callctrl.system.registry import read_text as read_value
from callctrl.system.xdg import Folders

__all__ = ["AtLogin", "Autostart", "NoAutostart", "WindowsAutostart", "XdgAutostart"]


class AtLogin(Enum):
    """What will happen at the next log-in, and who can change it."""

    STARTS = "on"
    STARTS_FOR_ALL = "on for all users"
    """An administrator has arranged it; only the system's own settings switch it off."""
    ABSENT = "off"
    """Nothing says that it is to start."""
    SWITCHED_OFF = "switched off"
    """Something says that it is not to start."""
    KEPT_OFF = "switched off in the system's settings"
    """It is to start, but the system does not start it; only there it is switched on again."""
    IMPOSSIBLE = "not possible here"

    @property
    def is_on(self) -> bool:
        """Whether the program will be started."""
        return self in (AtLogin.STARTS, AtLogin.STARTS_FOR_ALL)


class Autostart(Protocol):
    """What the desktop does at log-in."""

    def state(self) -> AtLogin:
        """What will happen; may raise OSError."""

    def switch_on(self, *, minimized: bool) -> None:
        """Have it started, in the tray without a window if `minimized`; may raise OSError."""

    def switch_off(self) -> None:
        """Have it started no more; may raise OSError."""


class NoAutostart:
    """Where nothing is known to start a program."""

    def state(self) -> AtLogin:
        """It cannot be told."""
        return AtLogin.IMPOSSIBLE

    def switch_on(self, *, minimized: bool) -> None:
        """Fail."""
        raise OSError("Nothing is known here that starts a program at log-in.")

    def switch_off(self) -> None:
        """Nothing is on."""


class XdgAutostart:
    """By a desktop entry in an autostart folder (Desktop Application Autostart 0.5)."""

    _FILE = Path("autostart", "callctrl.desktop")

    def __init__(self, folders: Folders, command: Sequence[str]) -> None:
        """`command` starts the program; its first word is an absolute path."""
        self._folders = folders
        self._command = command

    def state(self) -> AtLogin:
        """What the first entry of that name says; those behind it do not count."""
        return self._state_by(self._first_in(*self._folders.all_config))

    def switch_on(self, *, minimized: bool) -> None:
        """Write the user's own entry, or leave it to one for all users that says the same."""
        command = [*self._command, *_options(minimized=minimized)]
        for_all = self._first_in(*self._folders.config_dirs)
        if self._state_by(for_all) is AtLogin.STARTS and launches(for_all, command):
            (self._folders.config_home / self._FILE).unlink(missing_ok=True)
            return
        self._write(
            {
                "Type": "Application",
                "Name": PRODUCT,
                "Comment": "Answer, hold, divert and dial on the desk phone beside you",
                "Exec": exec_line(command),
                "TryExec": command[0],
                "Icon": "callctrl",
                "Terminal": "false",
                "StartupNotify": "false",
                _GNOME: "true",
            }
        )

    def switch_off(self) -> None:
        """Delete the user's own entry; one for all users is outdone by a hidden one instead."""
        if any((folder / self._FILE).exists() for folder in self._folders.config_dirs):
            self._write({"Type": "Application", "Name": PRODUCT, "Hidden": "true"})
        else:
            (self._folders.config_home / self._FILE).unlink(missing_ok=True)

    def _first_in(self, *folders: Path) -> dict[str, str]:
        """The first entry of that name; an empty one where there is none."""
        texts = (read_text(folder / self._FILE) for folder in folders)
        return next((read_group(text) for text in texts if text is not None), {})

    def _state_by(self, entry: dict[str, str]) -> AtLogin:
        if entry.get("Hidden") == "true" or entry.get(_GNOME) == "false":
            return AtLogin.SWITCHED_OFF
        is_meant = entry and self._is_for_this_desktop(entry) and is_installed(entry)
        return AtLogin.STARTS if is_meant else AtLogin.ABSENT

    def _is_for_this_desktop(self, entry: dict[str, str]) -> bool:
        desktops = set(self._folders.desktops)
        only, never = (entry.get(key) for key in ("OnlyShowIn", "NotShowIn"))
        if only is not None and desktops.isdisjoint(list_of(only)):
            return False
        return desktops.isdisjoint(list_of(never or ""))

    def _write(self, fields: dict[str, str]) -> None:
        file = self._folders.config_home / self._FILE
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(file, entry_text(fields).encode("utf-8", "surrogateescape"))


_GNOME = "X-GNOME-Autostart-enabled"
"""How GNOME and its kin switch an entry off."""


class WindowsAutostart:
    """By a value below Windows' Run key; Task Manager keeps beside it what the user allows."""

    _WINDOWS = r"Software\Microsoft\Windows\CurrentVersion"
    _RUN = rf"{_WINDOWS}\Run"
    _APPROVED = rf"{_WINDOWS}\Explorer\StartupApproved\Run"

    def __init__(self, winreg: Registry, command: Sequence[str]) -> None:
        """`command` starts the program; its first word is an absolute path."""
        self._winreg = winreg
        self._command = command

    def state(self) -> AtLogin:
        """What the user's own value or that for all users leads to."""
        found = AtLogin.ABSENT
        for hive, starts in (
            (self._winreg.HKEY_CURRENT_USER, AtLogin.STARTS),
            (self._winreg.HKEY_LOCAL_MACHINE, AtLogin.STARTS_FOR_ALL),
        ):
            line = read_value(self._winreg, hive, self._RUN, PRODUCT)
            if not line or not Path(program_of(line)).is_file():
                continue
            if not self._is_disabled(hive):
                return starts
            found = AtLogin.KEPT_OFF
        return found

    def switch_on(self, *, minimized: bool) -> None:
        """Write the user's own value; what Task Manager keeps is the user's alone."""
        line = command_line([*self._command, *_options(minimized=minimized)])
        write_text(self._winreg, self._winreg.HKEY_CURRENT_USER, self._RUN, PRODUCT, line)

    def switch_off(self) -> None:
        """Delete the user's own value."""
        delete_value(self._winreg, self._winreg.HKEY_CURRENT_USER, self._RUN, PRODUCT)

    def _is_disabled(self, hive: Handle) -> bool:
        """Whether Task Manager, or the page "Startup", keeps it from starting.

        Microsoft has not written down what the value means: twelve bytes, of which the first is
        odd for what is switched off; the rest is when that was. Inferred from what it writes.
        """
        value = read(self._winreg, hive, self._APPROVED, PRODUCT)
        return isinstance(value, bytes) and value[:1] != b"" and value[0] % 2 == 1


def _options(*, minimized: bool) -> list[str]:
    return ["--minimized"] if minimized else []


def command_line(words: Sequence[str]) -> str:
    """Words as one line, as Windows' programs take it apart; the program always in quotes."""
    program, *rest = words
    return " ".join(filter(None, (f'"{program}"', subprocess.list2cmdline(rest))))


def program_of(line: str) -> str:
    """The program that a command line of Windows starts."""
    if line.startswith('"'):
        return line[1:].partition('"')[0]
    return line.partition(" ")[0]
