"""Makes the pictures of the documentation: `python -m tests.desktop.screenshots DIR [LOOK…]`.

LOOK is light, dark or light-1.5x; all of them unless named. What is pictured is the program as it
runs on a real desktop. For addresses as in an office, give it a network of its own:

    unshare -rn sh -c 'ip link set lo up; ip addr add 192.168.1.10/24 dev lo
                       exec .venv/bin/python -m tests.desktop.screenshots docs/screenshots'
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from tests.desktop.desktop import Desktop, Panel, Window, missing_tool, until
from tests.desktop.programs import CallCtrl, PhoneSystem, ready, set_up

_PASSWORD = "make-believe"
_WIZARD = "Settings Wizard — Call Ctrl"
_PREFERENCES = "Preferences — Call Ctrl"


_NO_DATES = ("-strip", "-define", "png:exclude-chunk=date,time")
"""What shows the same is the same file."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the desktop is set up, and what of it is kept; nothing named means all."""

    name: str
    dark: bool = False
    scale: float = 1.0
    kept: frozenset[str] = frozenset()


_SOME = frozenset(
    {"wizard-names", "wizard-test-failed", "status-ringing", "preferences", "refusal"}
)
LOOKS = (
    Look("light"),
    Look("dark", dark=True, kept=_SOME),
    Look("light-1.5x", scale=1.5, kept=_SOME),
)


class Tour:
    """One walk through the program, with a camera."""

    def __init__(self, folder: Path, look: Look) -> None:
        self._folder = folder
        self._look = look
        self._host = "192.168.1.10"
        with socket() as probe:
            try:
                probe.bind((self._host, 0))
            except OSError:
                self._host = "127.0.0.1"

    def go(self) -> None:
        """Take all pictures of one look."""
        for walk in (self._wizard, self._windows, self._refusal):
            with self._desktop(Panel.LXQT) as desktop:
                walk(desktop)
        if self._look.scale == 1:
            for panel in (Panel.LXQT, Panel.TRAYER):
                with self._desktop(panel) as desktop:
                    self._tray(desktop)

    @contextmanager
    def _desktop(self, panel: Panel) -> Iterator[Desktop]:
        """A desktop below a folder whose name may be seen."""
        size = "1920x1200" if self._look.scale > 1 else "1280x800"
        folder = Path(tempfile.gettempdir(), "call-ctrl")
        folder.mkdir()
        try:
            with Desktop(folder, panel, dark=self._look.dark, size=size) as desktop:
                desktop.env["QT_SCALE_FACTOR"] = f"{self._look.scale:g}"
                yield desktop
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _phone_system(self, desktop: Desktop, *options: str) -> PhoneSystem:
        return PhoneSystem(
            desktop, _PASSWORD, f"--bind={self._host}", "--port=6060", "--expires=6", *options
        )

    def _wizard(self, desktop: Desktop) -> None:
        http_port = 8080 if self._host.startswith("127.") else 80
        phone_system = self._phone_system(desktop, f"--http-port={http_port}")
        screen = CallCtrl(desktop, desktop.folder / "profile").screen
        screen.wait_for_focus(_WIZARD, "Linksys or Cisco SPA9000")
        self._take(desktop, _WIZARD, "wizard-kind")
        desktop.keys("Return")
        screen.wait_for_focus(_WIZARD, "SPA9000's address")
        desktop.type(phone_system.web_address("SPA9000").removesuffix(":80"))
        desktop.keys("Tab")
        desktop.type(phone_system.web_address("SPA942"))
        desktop.keys("Return")
        screen.wait_for(_WIZARD, "Station name FrontDesk read")
        self._take(desktop, _WIZARD, "wizard-address")
        desktop.keys("Return")
        screen.wait_for_focus(_WIZARD, "Test the connection")
        desktop.keys("alt+p")
        desktop.type("RECEPTION")
        desktop.keys("alt+w", "End")
        self._take(desktop, _WIZARD, "wizard-names")
        desktop.keys("Return")
        screen.wait_for_focus(_WIZARD, "Finish")
        self._take(desktop, _WIZARD, "wizard-test")
        phone_system.say("password another")
        desktop.keys("alt+b")
        screen.wait_for(_WIZARD, "Test the connection")
        desktop.keys("alt+t")
        screen.wait_for_focus(_WIZARD, "Test again")
        self._take(desktop, _WIZARD, "wizard-test-failed")

    def _windows(self, desktop: Desktop) -> None:
        phone_system = self._phone_system(desktop)
        program = ready(desktop, desktop.folder / "profile", phone_system, _PASSWORD)
        screen = program.screen
        self._take(desktop, "Call Ctrl", "status-ready")
        for command, words, name in (
            ('ring 5551234 "Anna Lee"', "Ringing", "status-ringing"),
            ("answer", "On a call", "status-on-a-call"),
            ("hold", "On hold", "status-held"),
        ):
            phone_system.say(command)
            screen.wait_for("Call Ctrl", words)
            self._take(desktop, "Call Ctrl", name)
        desktop.keys("alt+p")
        screen.wait_for_focus(_PREFERENCES, "Write a debug log")
        desktop.keys("space")
        self._take(desktop, _PREFERENCES, "preferences")
        desktop.keys("Return")
        phone_system.quit()
        screen.wait_for("Call Ctrl", "No connection")
        self._take(desktop, "Call Ctrl", "status-trouble")
        desktop.keys("alt+a")
        screen.wait_for("About Call Ctrl", "Version")
        self._take(desktop, "About Call Ctrl", "about")

    def _refusal(self, desktop: Desktop) -> None:
        phone_system = self._phone_system(desktop)
        profile = desktop.folder / "profile"
        set_up(desktop, profile, phone_system, "wrong", "--save-anyway")
        program = CallCtrl(desktop, profile, "--minimized")
        program.screen.wait_for_focus("Call Ctrl", "Close Call Ctrl")
        self._take(desktop, "Call Ctrl", "refusal")

    def _tray(self, desktop: Desktop) -> None:
        """The six states side by side."""
        phone_system = self._phone_system(desktop)
        profile = desktop.folder / "profile"
        set_up(desktop, profile, phone_system, _PASSWORD)
        phone_system.say("silence on")
        screen = CallCtrl(desktop, profile).screen
        states: list[str] = []
        for command, words in (
            ("", "Connecting"),
            ("silence off", "Ready"),
            ('ring 5551234 "Anna Lee"', "Ringing"),
            ("answer", "On a call"),
            ("hold", "On hold"),
            ("quit", "No connection"),
        ):
            phone_system.say(command)
            screen.wait_for("Call Ctrl", words)
            file = desktop.folder / f"{len(states)}.png"
            settle(desktop, desktop.tray)
            desktop.save_picture(file, desktop.tray)
            states.append(str(file))
        room = []
        if desktop.panel is Panel.TRAYER:  # which leaves none around an icon
            room = ["-bordercolor", "#26282d" if self._look.dark else "#eef0f2", "-border", "5x1"]
        file = self._folder / f"tray-{desktop.panel.value}-{self._look.name}.png"
        desktop.run("convert", *states, *room, "+append", *_NO_DATES, str(file))

    def _take(self, desktop: Desktop, title: str, name: str) -> None:
        """Keep what a window shows, once it has come to rest."""
        if self._look.kept and name not in self._look.kept:
            return
        window = desktop.window(title)
        settle(desktop, window)
        window = desktop.window(title)
        file = self._folder / f"{name}-{self._look.name}.png"
        desktop.save_picture(file, window)
        edge = ["-bordercolor", "#b9bec7", "-border", "1"]
        few = ["+dither", "-colors", "256"]
        desktop.run("convert", str(file), *edge, *few, *_NO_DATES, f"PNG8:{file}")


def settle(desktop: Desktop, area: Window) -> None:
    """Wait until nothing moves; a caret that blinks may."""
    shown: list[bytes] = []

    def is_still() -> bool:
        shown.append(desktop.picture(area).pixels)
        return len(shown) > 2 and shown[-1] == shown[-2] == shown[-3]

    until(is_still, "the screen at rest")


def main() -> None:
    """The command line."""
    if missing := missing_tool():
        sys.exit(f"needs {missing}")
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, *names = Path(sys.argv[1]), *sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    for look in LOOKS:
        if not names or look.name in names:
            Tour(folder, look).go()


if __name__ == "__main__":
    main()
