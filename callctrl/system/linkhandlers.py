"""Link handlers: which program opens links to telephone numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PureWindowsPath
from typing import Protocol

from callctrl import PRODUCT
from callctrl.store.files import replace
from callctrl.system.autostart import command_line, program_of
from callctrl.system.desktopentry import entry_text, exec_line, launches, read_text
from callctrl.system.mimeapps import ADDED, DEFAULTS, REMOVED, Associations, edited
from callctrl.system.registry import Registry, delete_tree, delete_value, write_text
from callctrl.system.registry import read_text as read_value
from callctrl.system.xdg import Folders

__all__ = [
    "SCHEMES",
    "Choosing",
    "Holder",
    "LinkHandlers",
    "NoLinkHandlers",
    "WindowsLinkHandlers",
    "XdgLinkHandlers",
]

SCHEMES = ("tel", "sip", "callto")
"""The links to telephones that are opened here."""

_DIAL = ("dial", "--")
"""What is asked of the program. Behind `--` nothing in a link can pass for an option."""


class Choosing(Enum):
    """Who can choose another program."""

    HERE = "here"
    IN_SYSTEM_SETTINGS = "in the system's settings"
    """Only a person, and only there."""
    IMPOSSIBLE = "not possible here"


@dataclass(frozen=True, slots=True)
class Holder:
    """A program that opens links."""

    name: str
    """As its people call it."""
    is_ours: bool = False


class LinkHandlers(Protocol):
    """Which program the desktop opens links with."""

    choosing: Choosing

    def holders(self) -> Mapping[str, Holder | None]:
        """Who opens the links of each scheme, None where nobody does; may raise OSError."""

    def take(self) -> None:
        """Have links opened by us, or have us offered for it; may raise OSError."""

    def give_back(self) -> None:
        """Leave all links to whoever had them; may raise OSError."""


class NoLinkHandlers:
    """Where nothing is known of links."""

    choosing = Choosing.IMPOSSIBLE

    def holders(self) -> Mapping[str, Holder | None]:
        """Nothing is known."""
        return {}

    def take(self) -> None:
        """Fail."""
        raise OSError("Nothing is known here that opens links.")

    def give_back(self) -> None:
        """Nothing was taken."""


class XdgLinkHandlers:
    """By a desktop entry of our own, and by mimeapps.list."""

    choosing = Choosing.HERE
    _NAME = "callctrl-links.desktop"
    """A package brings an entry of this name, too. What starts the program takes no links."""

    def __init__(self, folders: Folders, command: Sequence[str]) -> None:
        """`command` starts the program; its first word is an absolute path."""
        self._command = [*command, *_DIAL]
        self._associations = Associations(folders)
        self._own_entry = folders.data_home / "applications" / self._NAME
        self._packaged = [folder / "applications" / self._NAME for folder in folders.data_dirs]

    def holders(self) -> Mapping[str, Holder | None]:
        """As mimeapps.list and the desktop entries say."""
        openers = self._associations.openers([_mime(scheme) for scheme in SCHEMES])
        return {scheme: self._holder(openers[_mime(scheme)]) for scheme in SCHEMES}

    def take(self) -> None:
        """Come before whoever has the links now, who stays next in the list."""
        mimes = [_mime(scheme) for scheme in SCHEMES]
        *for_this_desktop, for_any = self._associations.user_lists
        for file in for_this_desktop:  # they count before the other; none is begun here
            self._edit(file, DEFAULTS, mimes, lambda names: self._first(names) if names else [])
        self._edit(for_any, DEFAULTS, mimes, self._first)
        self._edit(for_any, REMOVED, mimes, self._without)
        # At last, so that what could not be chosen is not offered either.
        if not self._is_packaged():
            self._own_entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace(self._own_entry, self._entry().encode("utf-8", "surrogateescape"))

    def give_back(self) -> None:
        """Take our name out of the lists, and our entry away."""
        mimes = [_mime(scheme) for scheme in SCHEMES]
        for file in self._associations.user_lists:
            self._edit(file, DEFAULTS, mimes, self._without)
            self._edit(
                file, ADDED, mimes, self._without
            )  # desktops keep there what once was chosen
        if any(file.exists() for file in self._packaged):
            # What it says of itself would make it the next in turn.
            self._edit(self._associations.user_lists[-1], REMOVED, mimes, self._first)
        self._own_entry.unlink(missing_ok=True)

    def _first(self, names: list[str]) -> list[str]:
        return [self._NAME, *self._without(names)]

    def _without(self, names: list[str]) -> list[str]:
        return [name for name in names if name != self._NAME]

    def _edit(
        self,
        file: Path,
        group: str,
        mimes: Iterable[str],
        change: Callable[[list[str]], list[str]],
    ) -> None:
        before = after = read_text(file) or ""
        for mime in mimes:
            after = edited(after, group, mime, change)
        if after != before:
            file = file.resolve()  # it may be a link into a collection of such files
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace(file, after.encode("utf-8", "surrogateescape"))

    def _holder(self, name: str | None) -> Holder | None:
        if name is None:
            return None
        entry = self._associations.entry(name) or {}
        return Holder(entry.get("Name") or name, is_ours=name == self._NAME)

    def _is_packaged(self) -> bool:
        """Whether the package's entry starts this very program, so that no other is needed."""
        if self._own_entry.exists():
            return False
        return launches(self._associations.entry(self._NAME) or {}, self._command)

    def _entry(self) -> str:
        return entry_text(
            {
                "Type": "Application",
                "Name": PRODUCT,
                "Comment": "Show the number in a link, to be called on the desk phone",
                "Exec": f"{exec_line(self._command)} %u",
                "TryExec": self._command[0],
                "Icon": "callctrl",
                "Terminal": "false",
                "NoDisplay": "true",
                "MimeType": "".join(f"{_mime(scheme)};" for scheme in SCHEMES),
                "StartupNotify": "false",
            }
        )


def _mime(scheme: str) -> str:
    return f"x-scheme-handler/{scheme}"


class WindowsLinkHandlers:
    """By a ProgID, and the capabilities that Windows' settings read.

    Windows lets no program choose for its user: the choice, `UserChoice`, is only read here.
    """

    choosing = Choosing.IN_SYSTEM_SETTINGS
    _PROG_ID = "CallCtrl.Link"
    _CLASSES = r"Software\Classes"
    _OURS = rf"Software\{PRODUCT}"
    _REGISTERED = r"Software\RegisteredApplications"
    _CHOICES = r"Software\Microsoft\Windows\Shell\Associations\UrlAssociations"

    def __init__(self, winreg: Registry, command: Sequence[str]) -> None:
        """`command` starts the program; its first word is an absolute path."""
        self._winreg = winreg
        self._command = [*command, *_DIAL]
        self._hives = winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE

    def holders(self) -> Mapping[str, Holder | None]:
        """As the user has chosen, else as the programs have settled it among themselves."""
        return {scheme: self._holder(scheme) for scheme in SCHEMES}

    def take(self) -> None:
        """Tell Windows what we can open, so that its settings offer us."""
        for path, name, text in (
            (self._class(self._PROG_ID), "", PRODUCT),
            (self._class(self._PROG_ID), "URL Protocol", ""),
            (self._class(self._PROG_ID, "Application"), "ApplicationName", PRODUCT),
            (self._class(self._PROG_ID, "DefaultIcon"), "", f'"{self._command[0]}",0'),
            (
                self._class(self._PROG_ID, r"shell\open\command"),
                "",
                f'{command_line(self._command)} "%1"',
            ),
            (rf"{self._OURS}\Capabilities", "ApplicationName", PRODUCT),
            (
                rf"{self._OURS}\Capabilities",
                "ApplicationDescription",
                "Answer, hold, divert and dial on the desk phone beside you",
            ),
            *(
                (rf"{self._OURS}\Capabilities\URLAssociations", scheme, self._PROG_ID)
                for scheme in SCHEMES
            ),
            (self._REGISTERED, PRODUCT, rf"{self._OURS}\Capabilities"),
        ):
            write_text(self._winreg, self._winreg.HKEY_CURRENT_USER, path, name, text)

    def give_back(self) -> None:
        """Have Windows' settings offer us no more; what an installer wrote for all users stays."""
        user = self._winreg.HKEY_CURRENT_USER
        delete_value(self._winreg, user, self._REGISTERED, PRODUCT)
        delete_tree(self._winreg, user, rf"{self._OURS}\Capabilities")
        delete_tree(self._winreg, user, self._class(self._PROG_ID))

    def _holder(self, scheme: str) -> Holder | None:
        chosen = read_value(
            self._winreg,
            self._winreg.HKEY_CURRENT_USER,
            rf"{self._CHOICES}\{scheme}\UserChoice",
            "ProgId",
        )
        prog_id = chosen or scheme
        line = self._class_value(prog_id, r"shell\open\command")
        name = self._class_value(prog_id, "Application", "ApplicationName")
        if not line and not (chosen and name):
            return None  # what is chosen may have gone since
        if prog_id.lower() == self._PROG_ID.lower() or self._is_own(line):
            return Holder(PRODUCT, is_ours=True)
        if name.startswith("@{"):  # an app of the Store: its package, for its name is a resource
            name = name[2:].partition("_")[0]
        return Holder(name or PureWindowsPath(program_of(line)).stem)

    def _is_own(self, line: str) -> bool:
        return PureWindowsPath(program_of(line)) == PureWindowsPath(self._command[0])

    def _class(self, name: str, below: str = "") -> str:
        return "\\".join(filter(None, (self._CLASSES, name, below)))

    def _class_value(self, prog_id: str, below: str = "", name: str = "") -> str:
        path = self._class(prog_id, below)
        values = (read_value(self._winreg, hive, path, name) for hive in self._hives)
        return next(filter(None, values), "")
