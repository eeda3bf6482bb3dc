"""The programs under test: Call Ctrl itself, and the make-believe phone system it talks to."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from callctrl.people import Person
from callctrl.store import contacts, history
from callctrl.store.contacts import Contacts
from callctrl.store.database import open_database
from callctrl.store.history import History, Record
from tests.desktop.accessible import Screen, screen_reader_env
from tests.desktop.desktop import Desktop, until

__all__ = [
    "FIELD",
    "FORBIDDEN",
    "OWN",
    "WIZARD",
    "CallCtrl",
    "PhoneSystem",
    "fill_in",
    "furnish",
    "places_of",
    "processes_telling",
    "ready",
    "set_up",
    "type_port",
]

FIELD = "Find people or type a number"
"""Where the caret is in the main window."""
OWN = Path()
"""Instead of a profile: the user's own folders."""
WIZARD = "Settings Wizard — Call Ctrl"
"""The title of the window that asks for everything."""
FORBIDDEN = (
    "The error '403 Forbidden' was received from SPA-STATUS and will prevent Call Ctrl from "
    "functioning properly. Please enable Debugging and restart Call Ctrl to diagnose the problem."
)
"""The documented sentence."""


class PhoneSystem:
    """`callctrl simulate`, driven by its console."""

    def __init__(self, desktop: Desktop, password: str, *options: str) -> None:
        self.lines: list[str] = []
        """What it said."""
        self.is_sip = "--kind=sip" in options
        """Whether it is a SIP PBX with colleagues, and not a SPA9000."""
        self._process = desktop.start(
            *desktop.place.callctrl,
            "simulate",
            "--port=0",
            "--password-stdin",
            *options,
            out=subprocess.PIPE,
            stdin=subprocess.PIPE,
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.say(password)
        self.host, port = self._told(r"(?:SPA9000|SIP PBX .*) at ([\d.]+):(\d+)[,;] .*")
        self.port = int(port)

    def say(self, command: str) -> None:
        """Type a command at its console."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n".encode())
        self._process.stdin.flush()

    def wait_for(self, *pattern: str) -> int:
        """Wait until it has said these lines in this order; how many lines it has said by then."""
        return self.wait_for_more(0, *pattern)

    def wait_for_more(self, at: int, *pattern: str) -> int:
        """The same, among the lines after the first so many."""
        for each in pattern:
            at = self._line(each, at) + 1
        return at

    def quit(self) -> None:
        """End it, without a word to anybody."""
        self.say("quit")
        self._process.wait(10)

    def web_address(self, device: str) -> str:
        """Host and port of a device's web pages."""
        (address,) = self._told(rf"web pages of the {device} at http://(.*)/")
        return address

    @property
    def account(self) -> tuple[str, ...]:
        """Who is who at it, as options of the command line."""
        if self.is_sip:  # over TCP, where the end of a PBX is known at once
            return "--kind=sip", "--extension=callctrl", "--my-phone=1001", "--transport=tcp"
        return "--extension=200", "--station=FrontDesk"

    @property
    def watching(self) -> tuple[str, ...]:
        """What it says when Call Ctrl has connected."""
        if self.is_sip:
            return (r"callctrl watches 1001 \(dialog\) for .*",)
        return "RECEPTION registered .*", "RECEPTION watches .*"

    def _told(self, pattern: str) -> tuple[str, ...]:
        line = self.lines[self._line(pattern)]
        match = re.fullmatch(pattern, line)
        assert match is not None
        return match.groups()

    def _line(self, pattern: str, start: int = 0) -> int:
        def look() -> list[int]:
            return [
                at
                for at, line in enumerate(list(self.lines))
                if at >= start and re.fullmatch(pattern, line)
            ]

        try:
            return until(look, f"the phone system saying {pattern!r}")[0]
        except AssertionError as error:
            raise AssertionError(f"{error}; it said {self.lines}") from None

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(ValueError):  # closed with the desktop
            for line in self._process.stdout:
                self.lines.append(line.decode().rstrip("\n"))


class CallCtrl:
    """The desktop program, as a rule with a screen reader looking on."""

    def __init__(
        self,
        desktop: Desktop,
        profile: Path | None,
        *options: str,
        screen_reader: bool = True,
    ) -> None:
        """Without a profile it is the demo's, which has its own."""
        where = ("demo",) if profile is None else (f"--profile={profile}",)
        self._process = desktop.start(
            *desktop.place.callctrl,
            *(() if profile == OWN else where),
            *options,
            env=screen_reader_env(desktop) if screen_reader else {},
        )
        self.pid = self._process.pid
        self.screen = Screen(desktop, self.pid)

    def end(self) -> None:
        """Ask it to end, as a log-out does."""
        self._process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """Wait for its end."""
        until(lambda: not self.is_running(), "the program's end")
        return self._process.wait()

    def is_running(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None


def ready(
    desktop: Desktop, profile: Path, phone_system: PhoneSystem, password: str, *options: str
) -> CallCtrl:
    """Call Ctrl, set up and connected, with its window active and the caret in the field."""
    set_up(desktop, profile, phone_system, password)
    told = len(phone_system.lines)
    program = CallCtrl(desktop, profile, *options)
    phone_system.wait_for_more(told, *phone_system.watching)
    desktop.window("Call Ctrl")
    program.screen.wait_for("Call Ctrl", "Ready")
    # Keys sent before the window manager has made it the active window go nowhere.
    program.screen.wait_for_focus("Call Ctrl", FIELD)
    return program


def set_up(
    desktop: Desktop, profile: Path, phone_system: PhoneSystem, password: str, *options: str
) -> None:
    """What the wizard does, by the command line: settings in the profile, password in the store."""
    desktop.run(
        *desktop.place.callctrl,
        "setup",
        f"--profile={profile}",
        f"--pbx={phone_system.host}:{phone_system.port}",
        *phone_system.account,
        "--computer=RECEPTION",
        "--local-port=0",
        "--password-stdin",
        *options,
        given=f"{password}\n",
    )


def fill_in(desktop: Desktop, program: CallCtrl, phone_system: PhoneSystem, password: str) -> None:
    """Go through the wizard as it comes up at the first start, up to the test's good result."""
    screen = program.screen
    desktop.window(WIZARD)
    screen.wait_for_focus(WIZARD, "Linksys or Cisco SPA9000")
    desktop.keys("Return")
    screen.wait_for_focus(WIZARD, "SPA9000's address")
    desktop.type(phone_system.host)
    desktop.keys("alt+t")
    screen.wait_for_focus(WIZARD, "Extension")
    desktop.type("200")
    desktop.keys("Tab")
    screen.wait_for_focus(WIZARD, "Station name")
    desktop.type("FrontDesk")
    desktop.keys("Tab")
    screen.wait_for_focus(WIZARD, "Password")
    desktop.type(password)
    type_port(desktop, program, phone_system.port)
    desktop.keys("Return")
    screen.wait_for(WIZARD, "Everything works")
    screen.wait_for_focus(WIZARD, "Finish")


def type_port(desktop: Desktop, program: CallCtrl, port: int) -> None:
    """Tell the wizard the phone system's port, which one has to look for."""
    desktop.keys("alt+v")
    program.screen.wait_for(WIZARD, "SPA9000's port")
    desktop.keys("alt+o")
    program.screen.wait_for_focus(WIZARD, "SPA9000's port")
    desktop.keys("ctrl+a")
    desktop.type(str(port))


def furnish(profile: Path, people: Iterable[Person], calls: Iterable[Record] = ()) -> None:
    """Put people and calls of the past into a profile; favourites are those with a place."""
    profile.mkdir(parents=True, exist_ok=True)
    for schema in (contacts.SCHEMA, history.SCHEMA):
        opened = open_database(profile / f"{schema.name}.sqlite3", schema)
        with contextlib.closing(opened.connection) as connection:
            if schema is contacts.SCHEMA:
                kept = Contacts(connection)
                places = {kept.add(person).id: person.favourite for person in people}
                favourites = [(place, id_) for id_, place in places.items() if place and id_]
                kept.set_favourites([id_ for _, id_ in sorted(favourites)])
            else:
                History(connection, now=lambda: datetime.now().astimezone()).restore(calls)


def places_of(secret: str, folder: Path) -> list[Path]:
    """The files below a folder in which a text stands, as `grep -r` would find them."""
    spellings = [secret.encode(), secret.encode("utf-16-le"), secret.encode().hex().encode()]
    found = []
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            found += [file for each in spellings if each in data]
    return found


def processes_telling(secret: str, desktop: Desktop) -> list[str]:
    """Where lists of processes show a text, in arguments or environments, as `ps` prints them."""
    found = []
    for folder in desktop.processes():
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                data = (folder / name).read_bytes()
                if secret.encode() in data:
                    found.append(f"{folder.name}/{name}")
    return found
