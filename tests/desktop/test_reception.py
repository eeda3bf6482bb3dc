"""A receptionist's day against a phone system, by keys and mouse, with a screen reader looking on.

Every order is looked for at the phone, and every state on the screen.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from callctrl.people import Number, NumberKind, Person
from tests.desktop.accessible import Part
from tests.desktop.desktop import Desktop, until
from tests.desktop.programs import FIELD, CallCtrl, PhoneSystem, furnish, ready
from tests.desktop.test_card import EDITOR, PANEL_HEIGHT, Script, cards
from tests.desktop.test_tray import item_of, tool_tip_of

pytestmark = pytest.mark.desktop

WINDOW = "Call Ctrl"
PERSON = "Add a person — Call Ctrl"
ANDREAS = Person("Andreas Höfer", (Number("214", NumberKind.EXTENSION),), "Accounts")


class Reception:
    """The desk: its screen, its hands, and the phone."""

    def __init__(
        self, desktop: Desktop, profile: Path, password: str, *people: Person, options: str = ""
    ) -> None:
        furnish(profile, people)
        self.desktop = desktop
        self.phone = PhoneSystem(desktop, password, *options.split())
        self.program: CallCtrl = ready(desktop, profile, self.phone, password)
        self._told = len(self.phone.lines)

    def phone_says(self, *patterns: str) -> None:
        """Wait until the phone system says so, after all it was waited for before."""
        self._told = self.phone.wait_for_more(self._told, *patterns)

    def sees(self, *words: str) -> None:
        """Wait until the window shows each of these, by its beginning."""
        for each in words:
            self.program.screen.wait_for(WINDOW, each)

    def sees_no(self, words: str) -> None:
        """Wait until nothing in the window begins so."""

        def is_gone() -> bool:
            names = self.program.screen.names(WINDOW)
            return bool(names) and not any(name.startswith(words) for name in names)

        until(is_gone, f"no {words!r} in the window")

    def has_caret_in(self, words: str, title: str = WINDOW) -> None:
        """Wait until the keys go there."""
        self.program.screen.wait_for_focus(title, words)

    def click(self, title: str, button: str) -> None:
        """Click on a button with the mouse."""
        part = self.program.screen.wait_for(title, button)
        self.desktop.click(*self.program.screen.centre(part))

    def card(self) -> Part:
        """What the screen reader has of the incoming-call card, once it lies still."""
        cards(self.desktop, 1)

        def look() -> Part | None:
            windows = self.program.screen.windows()
            return next((each for each in windows if each.role == "notification"), None)

        return until(look, "a card")

    def is_idle(self) -> None:
        """Wait until no call is left, neither in the window nor as a card."""
        self.sees("Ready")
        self.sees_no("Calls now")
        until(lambda: not self.desktop.windows("Incoming call"), "no card")


@pytest.fixture
def desk(lxqt: Desktop, profile: Path, password: str) -> Reception:
    return Reception(lxqt, profile, password, ANDREAS)


def test_calls_are_taken_held_and_ended(desk: Reception) -> None:
    desk.phone.say('ring 5551234 "Anna Lee"')
    desk.sees("Ringing", "Anna Lee, Ringing, 5551234 · line 1")
    assert desk.card().name == "Incoming call from Anna Lee, 5551234, line 1"
    (card,) = cards(desk.desktop, 1)
    assert card.x + card.width == 1280 - 16
    assert card.y + card.height == 800 - PANEL_HEIGHT - 16

    desk.desktop.keys("Return")
    desk.phone_says("RECEPTION orders answer call 1", "call 1 connected .*")
    desk.sees("On a call", "Anna Lee, Talking, 5551234 · line 1")
    desk.has_caret_in(FIELD)
    until(lambda: not desk.desktop.windows("Incoming call"), "no card")

    desk.desktop.keys("F7")
    desk.phone_says("RECEPTION orders hold", "call 1 hold .*")
    desk.sees("On hold", "Anna Lee, On hold")

    desk.phone.say('ring 5552345 "Bo Berg"')
    desk.sees("Ringing", "Bo Berg, Ringing", "Anna Lee, On hold")
    desk.click(desk.card().name, "Answer")
    desk.phone_says("RECEPTION orders answer call 2", "call 2 connected .*")
    desk.sees("Bo Berg, Talking", "Anna Lee, On hold")

    desk.click(WINDOW, "Resume")
    desk.phone_says("RECEPTION orders resume call 1", "call 1 connected .*")
    desk.sees("Anna Lee, Talking", "Bo Berg, On hold")
    desk.desktop.keys("F8")
    desk.phone_says("RECEPTION orders endcall call 1", "call 1 idle.*")
    desk.sees("On hold", "Bo Berg, On hold")
    desk.sees_no("Anna Lee,")
    desk.desktop.keys("F7")
    desk.phone_says("RECEPTION orders resume call 2")
    desk.sees("Bo Berg, Talking")
    desk.desktop.keys("F8")
    desk.phone_says("RECEPTION orders endcall call 2")
    desk.is_idle()
    assert "NOTIFY of RECEPTION refused" not in " ".join(desk.phone.lines)


def test_a_call_is_rejected(desk: Reception) -> None:
    desk.phone.say("ring 5551234")
    desk.sees("Ringing", "5551234, Ringing")
    desk.desktop.keys("F8")
    desk.phone_says("RECEPTION orders reject call 1")
    desk.is_idle()
    desk.phone.say("ring 5551234")
    desk.click(desk.card().name, "Reject")
    desk.phone_says("RECEPTION orders reject call 1")
    desk.is_idle()


def test_a_call_is_diverted(desk: Reception) -> None:
    desk.phone.say('ring 5551234 "Anna Lee"')
    desk.sees("Anna Lee, Ringing")
    desk.desktop.keys("F5")
    desk.has_caret_in("Divert Anna Lee to")
    desk.desktop.type("and")
    desk.sees("Andreas Höfer, Accounts")
    desk.desktop.keys("Return")
    desk.phone_says("RECEPTION orders reject call 1 to 214")
    desk.is_idle()
    desk.has_caret_in(FIELD)


@pytest.mark.parametrize(
    ("number", "word", "state"),
    [
        ("5552345", "connected", "Talking"),
        ("5550486", "invalid", "Not reached"),
        ("5550480", "proceeding", "Calling"),
    ],
)
def test_a_number_is_called(desk: Reception, number: str, word: str, state: str) -> None:
    desk.desktop.type(number)
    desk.sees(f"Call {number}")
    desk.desktop.keys("Return")
    desk.phone_says(f"RECEPTION orders newcall call 1 to {number}", f"call 1 {word} {number}")
    desk.sees(f"{number}, {state}, line 1")
    desk.has_caret_in(FIELD)
    desk.desktop.keys("F8")
    desk.phone_says("RECEPTION orders endcall call 1")
    desk.is_idle()
    assert sum("newcall" in line for line in desk.phone.lines) == 1


def test_what_happens_elsewhere_is_shown(desk: Reception) -> None:
    desk.phone.say('ring 5551234 "Anna Lee"')
    desk.sees("Anna Lee, Ringing")
    for command, state in (
        ("answer", "Talking"),
        ("hold", "On hold"),
        ("resume", "Talking"),
        ("far-hangup", "They hung up"),
    ):
        desk.phone.say(command)
        desk.sees(f"Anna Lee, {state}")
    desk.desktop.keys("F8")
    desk.is_idle()
    desk.phone.say("dial 5552345")
    desk.sees("5552345, Talking")
    desk.phone.say("hangup")
    desk.is_idle()
    assert not any("orders" in line and "endcall" not in line for line in desk.phone.lines)


def test_a_person_is_added_found_and_called_by_keys_alone(desk: Reception) -> None:
    desk.desktop.keys("ctrl+n")
    desk.has_caret_in("Name", PERSON)
    desk.desktop.type("Anouk Perez")
    desk.desktop.keys("alt+m")
    desk.has_caret_in("Number 1", PERSON)
    desk.desktop.type("5559876")
    desk.desktop.keys("Return")
    until(lambda: not desk.desktop.windows(PERSON), "the person kept")
    desk.sees("Anouk Perez added.", "Anouk Perez, 5559876")

    desk.has_caret_in(FIELD)
    desk.desktop.keys("p", "e", "r")
    desk.sees_no("Andreas Höfer")
    desk.desktop.keys("Return")
    desk.phone_says("RECEPTION orders newcall call 1 to 5559876")
    desk.sees("Anouk Perez, Talking, 5559876 · line 1")
    desk.desktop.keys("F8")
    desk.is_idle()

    desk.desktop.keys("p", "e", "r")
    desk.sees_no("Andreas Höfer")
    desk.desktop.keys("ctrl+d")
    desk.sees("Anouk Perez is a favourite now.", "Anouk Perez, 5559876, F9")
    desk.desktop.keys("F9")
    desk.phone_says("RECEPTION orders newcall call 1 to 5559876")
    desk.sees("Anouk Perez, Talking")
    desk.desktop.keys("F8")
    desk.is_idle()

    desk.phone.say("ring 5559876")
    desk.sees("Anouk Perez, Ringing, 5559876 · line 1")
    until(
        lambda: desk.card().name == "Incoming call from Anouk Perez, 5559876, line 1",
        "her name on the card",
    )


def test_a_deleted_person_is_brought_back(desk: Reception) -> None:
    desk.desktop.type("and")
    desk.sees("Andreas Höfer, Accounts")
    desk.desktop.keys("ctrl+e")
    desk.has_caret_in("Name", "Change a person — Call Ctrl")
    desk.desktop.keys("Escape")
    desk.has_caret_in(FIELD)
    desk.desktop.keys("ctrl+Delete")
    desk.sees("Andreas Höfer deleted.", "Nobody found.")
    desk.desktop.keys("ctrl+z")
    desk.sees("Taken back.", "Andreas Höfer, Accounts · ext, 214")


def test_a_note_is_written_on_a_call_and_read_in_the_history(desk: Reception) -> None:
    desk.phone.say('ring 5551234 "Anna Lee"')
    desk.sees("Anna Lee, Ringing")
    desk.desktop.keys("Return")
    desk.sees("Anna Lee, Talking")
    desk.desktop.keys("F4")
    desk.has_caret_in("Note on this call")
    desk.desktop.type("wants the ")
    desk.desktop.keys("F8")
    desk.sees("Anna Lee, Ended")
    desk.desktop.type("invoice")
    desk.desktop.keys("Return")
    desk.is_idle()
    desk.has_caret_in(FIELD)
    desk.desktop.keys("ctrl+2")
    desk.sees("Anna Lee, ")
    row = desk.program.screen.wait_for(WINDOW, "Anna Lee, ")
    assert "5551234" in row.name
    assert "wants the invoice" in row.name
    assert not any("newcall" in line for line in desk.phone.lines)


def test_enter_in_a_note_calls_nobody(desk: Reception) -> None:
    desk.desktop.type("and")
    desk.sees("Andreas Höfer, Accounts")
    desk.desktop.keys("Down", "Return")
    desk.sees("Andreas Höfer, Talking")
    desk.desktop.keys("F4")
    desk.has_caret_in("Note on this call")
    desk.desktop.type("hello")
    desk.desktop.keys("Return", "F7")
    desk.sees("Andreas Höfer, On hold")
    assert sum("newcall" in line for line in desk.phone.lines) == 1


def test_missed_calls_are_counted_until_they_are_looked_at(desk: Reception) -> None:
    icon = item_of(desk.desktop, desk.program)
    for _ in range(2):
        desk.phone.say('ring 5551234 "Anna Lee"')
        desk.sees("Anna Lee, Ringing")
        desk.phone.say("give-up 5551234")
        desk.is_idle()
    until(lambda: "Missed calls: 2" in tool_tip_of(desk.desktop, icon), "the count at the icon")
    desk.sees("2 missed")
    desk.desktop.keys("ctrl+2")
    desk.sees("Anna Lee, ")
    desk.sees_no("2 missed")
    until(lambda: "issed" not in tool_tip_of(desk.desktop, icon), "no count at the icon")


def test_who_types_elsewhere_is_not_disturbed(desk: Reception) -> None:
    """The card comes up, and is clicked, while the focus is in another program."""
    letter = Script(desk.desktop, EDITOR)
    desk.desktop.window("Letter")
    text = "Dear Sir, thank you for the quick brown fox and the lazy dog; both arrived well. "
    hands = threading.Thread(target=desk.desktop.type, args=(text * 2,))
    hands.start()
    desk.phone.say('ring 5551234 "Anna Lee"')
    card = desk.card()
    hands.join()
    letter.wait_for(text * 2)
    desk.click(card.name, "Answer")
    desk.phone_says("RECEPTION orders answer call 1")
    desk.sees("Anna Lee, Talking")
    desk.desktop.window("Letter")
    desk.desktop.type("Yours")
    letter.wait_for(f"{text * 2}Yours")
    whole = letter.lines[-1]
    assert letter.lines == [whole[:end] for end in range(1, len(whole) + 1)], "letter by letter"


def test_a_screen_reader_is_told_once_who_calls(desk: Reception) -> None:
    said = desk.program.screen.announcements()
    desk.phone.say('ring 5551234 "Anna Lee"')
    assert desk.card().role == "notification"
    desk.sees("Anna Lee, Ringing")
    desk.desktop.keys("Return")
    desk.sees("Anna Lee, Talking")
    assert said() == ["Incoming call from Anna Lee, 5551234, line 1"]
