"""A desk inside a root where the installed program is used, by keys, as a person would.

The hands and eyes are those of the desktop tests; the program, its make-believe phone system and
everything else of the desktop run inside, by an ordinary user.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from installer.check.report import StepError
from installer.check.root import USER, Root
from tests.desktop.desktop import Desktop, Panel, Place, until
from tests.desktop.programs import (
    FORBIDDEN,
    OWN,
    WIZARD,
    CallCtrl,
    PhoneSystem,
    fill_in,
    places_of,
    processes_telling,
)

__all__ = ["Desk", "desk_in"]

_WINDOW = "Call Ctrl"
_PRACTICE = "Call Ctrl — Practice"
_READY = "#199a5c"
_ENOUGH_PIXELS = 10
_PATH = "/usr/local/bin:/usr/bin:/bin"


class Desk:
    """Somebody at work there. Each method is a thing she does, and raises where it goes wrong."""

    def __init__(self, desktop: Desktop, pictures: Path, name: str) -> None:
        self.desktop = desktop
        self._pictures = pictures
        self._name = name
        self._password = f"Zq7.{secrets.token_hex(5)}"
        self._phones = PhoneSystem(desktop, self._password)
        self._program: CallCtrl | None = None

    def start_for_the_first_time(self) -> str:
        """Start, and fill in the wizard; where the password came to rest."""
        self._program = CallCtrl(self.desktop, OWN)
        fill_in(self.desktop, self._program, self._phones, self._password)
        self._take_picture("wizard")
        told = len(self._phones.lines)
        self.desktop.keys("Return")
        until(lambda: not self.desktop.windows(WIZARD), "the wizard closed")
        self._phones.wait_for_more(told, ".* registered from .*", ".* watches FrontDesk for .*")
        self._program.screen.wait_for(_WINDOW, "Ready")
        until(self._tray_shows_ready, "a green icon in the tray")
        return self._password_is_kept()

    def start_again(self) -> str:
        """Start: nothing is asked, it connects with the password that was kept."""
        told = len(self._phones.lines)
        self._program = CallCtrl(self.desktop, OWN)
        self._phones.wait_for_more(told, ".* registered from .*", ".* watches FrontDesk for .*")
        self._program.screen.wait_for(_WINDOW, "Ready")
        if self.desktop.windows(WIZARD):
            raise StepError("the wizard came up again")
        return self._password_is_kept()

    def take_a_call(self, number: str, name: str) -> None:
        """Be called, see the card, answer by key, and be hung up on."""
        program = self._running()
        self.desktop.window(_WINDOW)
        told = len(self._phones.lines)
        self._phones.say(f'ring {number} "{name}"')
        until(self._card_lies_still, "a card")
        program.screen.wait_for(f"Incoming call from {name}, {number}, line 1", "Answer")
        self._take_picture("card")
        self.desktop.keys("Return")
        self._phones.wait_for_more(told, ".* orders answer call .*", "call .* connected .*")
        until(lambda: not self.desktop.windows("Incoming call"), "the card gone")
        self._phones.say("hangup")
        program.screen.wait_for(_WINDOW, "Ready")
        until(lambda: "Calls now" not in program.screen.names(_WINDOW), "no call left")

    def has_in_history(self, name: str) -> None:
        """Look up who called."""
        program = self._running()
        self.desktop.window(_WINDOW)
        self.desktop.keys("ctrl+2")
        program.screen.wait_for(_WINDOW, name)
        self._take_picture("history")

    def watch_the_demo(self) -> None:
        """See the story begin, and end it."""
        program = CallCtrl(self.desktop, None)
        for words in ("Practice, extension 200", "Ready", "Ringing", "On a call"):
            program.screen.wait_for(_PRACTICE, words)
        self._take_picture("demo")
        program.end()
        _expect_end(program)

    def be_refused(self) -> None:
        """Start at a phone system that says 403, read the box, close it, and the program ends."""
        told = len(self._phones.lines)
        self._phones.say("forbid on")
        program = CallCtrl(self.desktop, OWN)
        program.screen.wait_for_focus(_WINDOW, "Close Call Ctrl")
        if FORBIDDEN not in program.screen.names(_WINDOW):
            raise StepError(f"the box says {program.screen.names(_WINDOW)}")
        self.desktop.window(_WINDOW)
        self._take_picture("403")
        self.desktop.keys("Return")
        _expect_end(program)
        self._phones.wait_for_more(told, "SUBSCRIBE .* refused with 403", ".* unregistered")
        self._phones.say("forbid off")

    def open_link(self, command: Sequence[str], number: str) -> None:
        """Click on a link with a number: it is shown, and dialled by nobody but a person."""
        program = self._running()
        told = len(self._phones.lines)
        self.desktop.run(*command)
        program.screen.wait_for(_WINDOW, f"Call {number}")
        self._take_picture("link")
        if orders := [line for line in self._phones.lines[told:] if " orders " in line]:
            raise StepError(f"it was dialled: {orders}")
        self.desktop.window(_WINDOW)
        self.desktop.keys("Escape")

    def leave(self) -> None:
        """End the program as a log-out does: with a good-bye to the phone system."""
        told = len(self._phones.lines)
        program = self._running()
        program.end()
        _expect_end(program)
        self._phones.wait_for_more(told, ".* watches no longer: .*", ".* unregistered")
        self._program = None

    def replace_the_phone_system(self) -> None:
        """End the phone system's program and start it anew, where it was."""
        self._phones.quit()
        self._phones = PhoneSystem(self.desktop, self._password, f"--port={self._phones.port}")

    def expect_no_trouble(self) -> None:
        """No program printed that something was wrong with it, and nobody told the password."""
        said = self.desktop.log.read_text("utf-8", "replace")
        if "Traceback" in said or "[PYI" in said:
            raise StepError(f"the programs said {said}")
        if places := places_of(self._password, self.desktop.folder):
            raise StepError(f"the password stands in {', '.join(map(str, places))}")
        if told := processes_telling(self._password, self.desktop):
            raise StepError(f"the password is told by processes: {', '.join(told)}")

    def _running(self) -> CallCtrl:
        if self._program is None:
            raise StepError("the program does not run")
        return self._program

    def _card_lies_still(self) -> bool:
        before = self.desktop.windows("Incoming call")
        time.sleep(0.2)
        return bool(before) and before == self.desktop.windows("Incoming call")

    def _tray_shows_ready(self) -> bool:
        return self.desktop.picture(self.desktop.tray).count(_READY) > _ENOUGH_PIXELS

    def _password_is_kept(self) -> str:
        place = f"{self._phones.host}:{self._phones.port}"
        kept = self.desktop.kept_password(f"callctrl:200@{place}", "200")
        if kept != self._password:
            raise StepError("the password store holds another password, or none")
        return "password found by secret-tool"

    def _take_picture(self, what: str) -> None:
        self.desktop.save_picture(self._pictures / f"{self._name}-{what}.png")


@contextlib.contextmanager
def desk_in(
    root: Root, panel: Panel, callctrl: Sequence[str], pictures: Path, name: str
) -> Iterator[Desk]:
    """A desktop inside, with that tray, for the program that command starts."""
    place = Place(
        callctrl=tuple(callctrl),
        path=_PATH,
        enter=root.enter(as_user=True),
        window_manager=("xfwm4", "--compositor=off"),
        root=root.folder,
        user=USER,
    )
    with Desktop(root.shared, panel, place=place) as desktop:
        try:
            yield Desk(desktop, pictures, name)
        except Exception:
            desktop.save_picture(pictures / f"{name}-at-failure.png")
            raise


def _expect_end(program: CallCtrl) -> None:
    if code := program.exit_code():
        raise StepError(f"the program ended with {code}")
