"""A desk at a SIP PBX with colleagues, by keyboard alone, with a screen reader looking on.

The PBX and its phones are a process of their own, driven by their console. All that is known of
them comes by RFC 4235 (calls), 3863 (presence) and 3842 (messages); calls are placed by RFC 3515.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from callctrl.people import Number, NumberKind, Person
from tests.desktop.desktop import Desktop, until
from tests.desktop.programs import FIELD, WIZARD, CallCtrl, PhoneSystem
from tests.desktop.test_reception import WINDOW, Reception

pytestmark = pytest.mark.desktop

PEOPLE = tuple(
    Person(name, (Number(extension, NumberKind.EXTENSION),))
    for name, extension in (
        ("Andreas Höfer", "1002"),
        ("Birgit Sommer", "1003"),
        ("Chen Wei", "1004"),
    )
)


@pytest.fixture
def desk(lxqt: Desktop, profile: Path, password: str) -> Reception:
    """A desk whose page of colleagues is shown."""
    desk = Reception(lxqt, profile, password, *PEOPLE, options="--kind=sip")
    desk.sees("Colleagues")  # the tab, which is there only where phones are watched
    lxqt.keys("ctrl+4")
    desk.sees("Andreas Höfer, free, 1002", "Birgit Sommer, free, 1003", "Chen Wei, free, 1004")
    desk.has_caret_in(FIELD)
    return desk


def test_what_colleagues_do_is_read_as_it_changes(desk: Reception) -> None:
    desk.phone.say("holds on")
    for command, words in (
        ("ring 1002 5550123", "rings"),
        ("answer 1002", "on a call"),
        ("hold 1002", "on hold"),
        ("hangup 1002", "free"),
        ("off 1002", "away"),
        ("on 1002", "free"),
    ):
        desk.phone.say(command)
        desk.sees(f"Andreas Höfer, {words}, 1002")
    desk.sees("Birgit Sommer, free, 1003", "Chen Wei, free, 1004")
    row = desk.program.screen.wait_for(WINDOW, "Andreas Höfer")
    assert row.description.startswith("Free. Since ")


def test_rows_are_walked_through_and_narrowed_by_what_is_typed(desk: Reception) -> None:
    keys_go_to = desk.program.screen.focus_told()
    desk.desktop.keys("Tab", "Tab")
    keys_go_to("Colleagues")
    desk.desktop.keys("Down")
    keys_go_to("Andreas Höfer, free, 1002")
    desk.desktop.keys("Down")
    keys_go_to("Birgit Sommer, free, 1003")
    desk.desktop.keys("c")  # what is typed goes into the field, wherever the keys go
    keys_go_to(FIELD)
    desk.sees_no("Birgit Sommer")
    desk.sees("Chen Wei, free, 1004")
    desk.desktop.keys("Escape")
    desk.sees("Andreas Höfer, free, 1002")
    desk.desktop.type("1003")
    desk.sees_no("Andreas Höfer")
    desk.sees("Call 1003", "Birgit Sommer, free, 1003")


def test_enter_rings_ones_own_phone_and_says_to_pick_it_up(desk: Reception) -> None:
    said = desk.program.screen.announcements()
    for extension in ("1001", "1003"):  # nobody is there to pick up
        desk.phone.say(f"manner {extension} rings")
    desk.desktop.type("sommer")
    desk.sees_no("Andreas Höfer")
    desk.desktop.keys("Return")
    pick_up = "Your phone rings: pick up the handset to call 1003."
    desk.sees(pick_up)
    assert pick_up in said()
    desk.phone_says("1001 ringing .*")
    desk.phone.say("answer 1001")
    desk.phone_says("1003 ringing Reception 1001")
    desk.sees("On a call", "Birgit Sommer, rings, 1003", "Your phone calls 1003.")
    desk.sees_no("Your phone rings")
    desk.has_caret_in(FIELD)


def test_one_is_told_when_a_colleague_is_free_and_calls_at_once(desk: Reception) -> None:
    keys_go_to = desk.program.screen.focus_told()
    desk.phone.say("busy 1002")
    desk.sees("Andreas Höfer, on a call, 1002")
    desk.desktop.keys("Down", "Right")
    keys_go_to("Call 1002 (ext)")
    desk.desktop.keys("Down")
    keys_go_to("Tell me when free")
    desk.desktop.keys("Return")
    desk.sees("Andreas Höfer, on a call, you are told when free, 1002")

    said = desk.program.screen.announcements()
    desk.phone.say("hangup 1002")
    desk.sees("Andreas Höfer, free, 1002", "Andreas Höfer (1002) is free now.")
    until(lambda: said() == ["Andreas Höfer (1002) is free now."], "it said aloud, once")
    desk.has_caret_in(FIELD)
    desk.desktop.keys("shift+Tab")  # the last of the window comes before its first
    keys_go_to("Close")
    desk.desktop.keys("shift+Tab")
    keys_go_to("Call")
    desk.desktop.keys("Return")
    desk.phone_says("1001 ringing .*")
    desk.phone.say("answer 1001")
    desk.phone_says("1002 ringing Reception 1001")
    desk.sees_no("Andreas Höfer (1002)")


def test_messages_are_read_and_heard(desk: Reception) -> None:
    desk.phone.say("messages 1001 2 8")
    desk.sees("2 new messages")
    desk.desktop.keys("shift+Tab")
    desk.has_caret_in("2 new messages")
    lamp = desk.program.screen.focused(WINDOW)
    assert lamp is not None
    assert (lamp.role, lamp.description) == ("push button", "Call the voicemail to listen")
    desk.desktop.keys("Return")
    desk.phone_says("1001 ringing .*")
    desk.phone.say("answer 1001")
    desk.phone_says(r"1001 trying \*97")
    desk.phone.say("messages 1001 0 10")
    desk.sees_no("2 new messages")


def test_a_caller_is_answered_on_the_handset_and_the_reason_is_read(desk: Reception) -> None:
    said = desk.program.screen.announcements()
    desk.phone.say("callers on")
    desk.phone.say('ring 1001 5551234 "Anna Lee"')
    card = desk.card()
    assert card.name == "Incoming call from Anna Lee, 5551234"
    until(lambda: said() == [f"{card.name}. Pick up the handset to answer."], "it said aloud, once")
    why = "Your phone system tells us who is calling, but not how to answer. Use the handset."
    for title in (card.name, WINDOW):
        desk.program.screen.wait_for(title, "Pick up the handset to answer.")
        answer = desk.program.screen.wait_for(title, "Answer")
        assert (answer.description, answer.is_sensitive) == (why, False)
    desk.desktop.keys("Return")
    desk.sees(why)
    desk.desktop.keys("F8")
    desk.sees("Your phone system tells us who is calling, but not how to reject the call.")
    desk.phone.say("answer 1001")
    desk.sees("Anna Lee, Talking")
    until(lambda: not desk.desktop.windows("Incoming call"), "no card")
    desk.phone.say("bye 5551234")
    desk.is_idle()


def test_nothing_is_claimed_to_be_known_while_the_pbx_is_away(
    desk: Reception, password: str
) -> None:
    desk.phone.quit()
    desk.sees("No connection", *(f"{person.name}, unknown since " for person in PEOPLE))
    row = desk.program.screen.wait_for(WINDOW, "Chen Wei")
    assert row.description.endswith(" The phone system tells nothing of this phone any more.")

    options = ("--kind=sip", f"--port={desk.phone.port}")
    phone_system = PhoneSystem(desk.desktop, password, *options)
    phone_system.say("off 1003")
    phone_system.say("busy 1002")
    desk.sees("Ready", "Andreas Höfer, on a call", "Birgit Sommer, away", "Chen Wei, free")


def test_the_wizard_asks_which_system_and_tells_what_works(
    lxqt: Desktop, profile: Path, password: str
) -> None:
    phone_system = PhoneSystem(lxqt, password, "--kind=sip")
    screen = CallCtrl(lxqt, profile).screen
    lxqt.window(WIZARD)
    screen.wait_for_focus(WIZARD, "Linksys or Cisco SPA9000")
    lxqt.keys("Down")
    choice = screen.wait_for_focus(WIZARD, "Another SIP phone system")
    assert choice.is_checked
    assert "Asterisk" in choice.description
    lxqt.keys("Return")
    screen.wait_for_focus(WIZARD, "Server's address")
    lxqt.type(phone_system.host)
    lxqt.keys("Tab")
    screen.wait_for_focus(WIZARD, "Port")
    lxqt.type(str(phone_system.port))
    lxqt.keys("Return")
    for name, text in (
        ("User name", "callctrl"),
        ("My phone's extension", "1001"),
        ("Password", password),
    ):
        screen.wait_for_focus(WIZARD, name)
        lxqt.type(text)
        lxqt.keys("Tab" if text != password else "Return")
    screen.wait_for_focus(WIZARD, "Finish")
    for line in (
        "Account callctrl is accepted",
        "Phone “1001” reports its state",
        "Colleagues' phones: not tried yet",
        "Whether phone “1001” is there: shown",
        "Waiting messages of “1001”: shown",
        "Calling from this PC: not tried yet",
        "On the handset only: Answer, ",
        "The connection works",
    ):
        screen.wait_for(WIZARD, line)
    lxqt.keys("Return")
    screen.wait_for(WINDOW, "Ready")
    account = tomllib.loads((profile / "settings.toml").read_text("utf-8"))["account"]
    assert (account["kind"], account["station"]) == ("sip", "1001")
