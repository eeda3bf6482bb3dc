"""The incoming-call card on a real screen: in its corner, and not in the way of who is typing."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from tests.desktop.accessible import Screen, screen_reader_env
from tests.desktop.desktop import Desktop, Window, until

pytestmark = pytest.mark.desktop

PANEL_HEIGHT = 32

CARDS = """
import sys
from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication
from callctrl.ui import toast
from callctrl.ui.theme import Scheme, apply_theme
from callctrl.incoming import Incoming
from callctrl.ui.toast import CardStack, Target

if "--shadow" in sys.argv:  # as with a compositor; here it is black
    toast.shows_translucency = lambda: True
app = QApplication(["cards"])
apply_theme(app, Scheme.LIGHT)
stack = CardStack()
calls = [
    Incoming("1", "Anna Lee", "+1 212 555 0134", "Lee & Sons", 2, "FrontDesk"),
    Incoming("2", "", "+44 20 7946 0018", "London, United Kingdom", 1, "FrontDesk"),
]
for name in ("answer_requested", "reject_requested", "divert_requested", "silenced"):
    getattr(stack, name).connect(lambda *said, name=name: print(name, *said, flush=True))

def obey():
    line = sys.stdin.readline()
    if not line:
        app.quit()
    else:
        stack.show_calls(calls[: int(line)], [Target("Andreas", "214")])

notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
notifier.activated.connect(obey)
app.exec()
"""
"""Shows as many calls as it is told, and says what is asked for."""

EDITOR = """
from PySide6.QtWidgets import QApplication, QLineEdit

app = QApplication([])
edit = QLineEdit()
edit.setWindowTitle("Letter")
edit.textChanged.connect(lambda text: print(text, flush=True))
edit.resize(400, 40)
edit.move(100, 100)
edit.show()
app.exec()
"""
"""Somebody's letter, told as it grows."""

BELOW = """
from PySide6.QtWidgets import QApplication, QPushButton

app = QApplication([])
below = QPushButton()
below.setWindowTitle("Below")
below.pressed.connect(lambda: print("pressed", flush=True))
below.showMaximized()
app.exec()
"""
"""What fills the screen, and tells when it is clicked."""


class Script:
    """A small program on the desktop: what it says, and a way to tell it something."""

    def __init__(self, desktop: Desktop, source: str, *options: str) -> None:
        self.lines: list[str] = []
        self._process = desktop.start(
            *(sys.executable, "-c", source, *options),
            out=subprocess.PIPE,
            stdin=subprocess.PIPE,
            env=screen_reader_env(desktop),
        )
        self.screen = Screen(desktop, self._process.pid)
        threading.Thread(target=self._read, daemon=True).start()

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def wait_for(self, line: str) -> None:
        until(lambda: line in self.lines, f"{line!r}, not only {self.lines[-3:]}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.decode().rstrip("\n"))


def cards(desktop: Desktop, count: int) -> list[Window]:
    """So many cards, the lowest first, once they lie still."""
    wide = 1280 - 16

    def look() -> list[Window] | None:
        found = desktop.windows("Incoming call")
        still = all(each.x + each.width == wide for each in found)
        return found if len(found) == count and still else None

    found = until(look, f"{count} cards in their places")
    return sorted(found, key=lambda each: -each.y)


def test_what_is_typed_while_it_appears_arrives_where_it_was_meant(lxqt: Desktop) -> None:
    letter = Script(lxqt, EDITOR)
    lxqt.window("Letter")
    script = Script(lxqt, CARDS)
    lxqt.type("Dear Sir, ")
    letter.wait_for("Dear Sir, ")
    rest = "the quick brown fox jumps over the lazy dog"
    hands = threading.Thread(target=lxqt.type, args=(rest,))
    hands.start()
    script.say("1")
    cards(lxqt, 1)
    script.say("2")
    cards(lxqt, 2)
    hands.join()
    lxqt.type(" and on.")
    letter.wait_for(f"Dear Sir, {rest} and on.")
    whole = letter.lines[-1]
    assert letter.lines == [whole[:end] for end in range(1, len(whole) + 1)], "letter by letter"


def test_a_click_on_it_is_delivered_and_takes_no_focus(lxqt: Desktop) -> None:
    letter = Script(lxqt, EDITOR)
    lxqt.window("Letter")
    script = Script(lxqt, CARDS)
    script.say("2")
    anna, london = cards(lxqt, 2)
    lxqt.click(anna.x + 60, anna.y + anna.height - 40)
    script.wait_for("answer_requested 1")
    lxqt.click(london.x + london.width - 40, london.y + london.height - 40)
    script.wait_for("reject_requested 2")
    lxqt.window("Letter")
    lxqt.type("still here")
    letter.wait_for("still here")
    lxqt.click(anna.x + anna.width - 40, anna.y + 28)
    script.wait_for("silenced 1")
    cards(lxqt, 1)


def test_a_click_on_its_shadow_goes_to_what_lies_below(lxqt: Desktop) -> None:
    below = Script(lxqt, BELOW)
    lxqt.window("Below")
    script = Script(lxqt, CARDS, "--shadow")
    script.say("1")
    (anna,) = cards(lxqt, 1)
    shadow = Window("", anna.x - 20, anna.y + anna.height // 2, 10, 10)
    until(lambda: lxqt.picture(shadow).count("#000000") > 50, "the shadow")
    lxqt.click(anna.x - 10, anna.y + anna.height // 2)
    below.wait_for("pressed")
    lxqt.click(anna.x + 60, anna.y + anna.height - 40)
    script.wait_for("answer_requested 1")
    assert below.lines == ["pressed"]


def test_a_call_is_diverted_by_the_menu(lxqt: Desktop) -> None:
    letter = Script(lxqt, EDITOR)
    lxqt.window("Letter")
    script = Script(lxqt, CARDS)
    script.say("1")
    (anna,) = cards(lxqt, 1)
    lxqt.click(anna.x + anna.width - 130, anna.y + anna.height - 40)
    menu = until(lambda: lxqt.windows("cards"), "the menu")[0]
    assert menu.y + menu.height < anna.y + anna.height - 42, "it does not hide its button"
    lxqt.keys("Down", "Return")
    script.wait_for("divert_requested 1 214")
    lxqt.type("still here")
    letter.wait_for("still here")


def test_they_lie_above_one_another_in_the_corner_that_panels_leave_free(lxqt: Desktop) -> None:
    script = Script(lxqt, CARDS)
    script.say("2")
    anna, london = cards(lxqt, 2)
    assert anna.y + anna.height == 800 - PANEL_HEIGHT - 16
    assert london.y + london.height == anna.y - 12
    assert london.x == anna.x
    picture = lxqt.picture(Window("", anna.x, anna.y, anna.width, 3))
    assert picture.count("#1f5fd6") > picture.width * 2, "the edge is blue"
    script.say("0")
    until(lambda: not lxqt.windows("Incoming call"), "no card")


def test_a_screen_reader_meets_a_notification_that_says_who_calls(lxqt: Desktop) -> None:
    script = Script(lxqt, CARDS)
    script.say("1")
    cards(lxqt, 1)
    (card,) = until(script.screen.windows, "a window for the screen reader")
    assert card.role == "notification"
    assert card.name == "Incoming call from Anna Lee, +1 212 555 0134, line 2"
    names = script.screen.names(card.name)
    wanted = ["Incoming · line 2", "for FrontDesk", "Silence", "Anna Lee", "+1 212 555 0134"]
    wanted += ["Lee & Sons", "Answer", "Divert…", "Reject"]
    assert names == wanted, "in the order in which it is read"
