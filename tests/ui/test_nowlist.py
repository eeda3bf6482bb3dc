"""The calls of now: cards, their buttons, and which call a key is meant for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from callctrl.abilities import presumed_ability
from callctrl.calls import (
    Ability,
    Action,
    Answer,
    Call,
    CallState,
    Command,
    Direction,
    Divert,
    HangUp,
    Hold,
    No,
    Reason,
    Reject,
    Resume,
    Yes,
)
from callctrl.phones.spa import SpaPhone
from callctrl.ui.handsetwords import why_not_in_words
from callctrl.ui.keys import Deed
from callctrl.ui.nowlist import CallCard, NowList, ShownCall, duration_in_words, state_in_words
from callctrl.ui.parts import Chip, ElidedLabel, KeyButton, TabularLabel, Tone
from tests.reception import bystander


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def calls(qtbot: QtBot, clock: Clock) -> NowList:
    it = NowList(clock)
    qtbot.addWidget(it)
    it.resize(460, 600)
    return it


def call(call_id: str, state: CallState, since: float = 990.0, **more: object) -> ShownCall:
    answered = since if state in (CallState.CONNECTED, CallState.HELD) else None
    of_phone = Call(
        call_id,
        state,
        line=int(call_id),
        direction=Direction.INCOMING,
        number="5551234",
        began_at=since,
        since_at=since,
        answered_at=answered,
    )
    return ShownCall(of_phone, **({"name": "Anna Lee", "number": "555-1234"} | more))  # type: ignore[arg-type]


def buttons(card: CallCard) -> dict[str, KeyButton]:
    return {each.text(): each for each in card.findChildren(KeyButton) if not each.isHidden()}


def card_of(calls: NowList, call_id: str) -> CallCard:
    card = calls.card(call_id)
    assert card is not None
    return card


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CallState.RINGING, {"Answer", "Divert…", "Reject"}),
        (CallState.CONNECTED, {"Hold", "Hang up", "Transfer"}),
        (CallState.ANSWERING, {"Hold", "Hang up", "Transfer"}),
        (CallState.HELD, {"Resume", "Hang up", "Transfer"}),
        (CallState.HOLDING, {"Resume", "Hang up", "Transfer"}),
        (CallState.DIALING, {"Hang up"}),
        (CallState.PROCEEDING, {"Hang up"}),
        (CallState.FAILED, {"Hang up"}),
        (CallState.UNKNOWN, {"Hang up"}),
    ],
)
def test_a_card_offers_what_is_possible_now(
    calls: NowList, state: CallState, expected: set[str]
) -> None:
    calls.show_calls([call("1", state)])
    assert buttons(card_of(calls, "1")).keys() == expected


@pytest.mark.parametrize(
    ("state", "text", "command"),
    [
        (CallState.RINGING, "Answer", Answer("1")),
        (CallState.RINGING, "Reject", Reject("1")),
        (CallState.CONNECTED, "Hold", Hold()),
        (CallState.HELD, "Resume", Resume("1")),
        (CallState.CONNECTED, "Hang up", HangUp("1")),
        (CallState.FAILED, "Hang up", HangUp("1")),
    ],
)
def test_a_button_orders_its_own(
    qtbot: QtBot, calls: NowList, state: CallState, text: str, command: Command
) -> None:
    calls.show_calls([call("1", state)])
    with qtbot.waitSignal(calls.ordered) as ordered:
        QTest.mouseClick(buttons(card_of(calls, "1"))[text], Qt.MouseButton.LeftButton)
    assert ordered.args == [command]


def test_an_order_is_given_once_until_the_phone_has_spoken(calls: NowList) -> None:
    calls.show_calls([call("1", CallState.RINGING)])
    given: list[Command] = []
    calls.ordered.connect(given.append)
    answer = buttons(card_of(calls, "1"))["Answer"]
    QTest.mouseClick(answer, Qt.MouseButton.LeftButton)
    QTest.mouseClick(answer, Qt.MouseButton.LeftButton)
    assert given == [Answer("1")]
    card_of(calls, "1").release()
    QTest.mouseClick(answer, Qt.MouseButton.LeftButton)
    assert given == [Answer("1")] * 2


def test_transfer_is_grey_and_says_why_and_how(calls: NowList) -> None:
    calls.show_abilities(SpaPhone().ability)
    calls.show_calls([call("1", CallState.CONNECTED), call("2", CallState.HELD)])
    reason = (
        "This phone takes no transfer from a PC. On the handset press: xfer, the number, dial, "
        "xfer."
    )
    for call_id in "12":
        transfer = buttons(card_of(calls, call_id))["Transfer"]
        assert not transfer.isEnabled()
        assert (transfer.toolTip(), transfer.accessibleDescription()) == (reason, reason)


def test_at_a_bystanders_desk_all_buttons_are_grey_and_say_why(calls: NowList) -> None:
    calls.show_abilities(bystander)
    calls.show_calls([call("1", CallState.RINGING), call("2", CallState.CONNECTED)])
    calls.show()
    shown = buttons(card_of(calls, "1")) | buttons(card_of(calls, "2"))
    assert not any(each.isEnabled() or each.key for each in shown.values())
    assert shown["Answer"].accessibleDescription() == why_not_in_words(Answer, No(Reason.BYSTANDER))
    reasons = {each.toolTip() for each in shown.values()}
    assert len(reasons) == len(shown) == 6
    assert {each.accessibleDescription() for each in shown.values()} == reasons


def test_at_a_bystanders_desk_a_ringing_card_says_to_pick_up(calls: NowList) -> None:
    def hint(call_id: str) -> list[str]:
        labels = card_of(calls, call_id).findChildren(QLabel)
        return [each.text() for each in labels if not each.isHidden() and "handset" in each.text()]

    calls.show_abilities(bystander)
    calls.show_calls([call("1", CallState.RINGING), call("2", CallState.CONNECTED)])
    assert (hint("1"), hint("2")) == (["Pick up the handset to answer."], [])
    calls.show_abilities(presumed_ability)
    assert hint("1") == []


def test_a_key_for_what_cannot_be_done_orders_nothing_and_says_why(
    qtbot: QtBot, calls: NowList
) -> None:
    given: list[Command] = []
    calls.ordered.connect(given.append)
    calls.show_abilities(bystander)
    calls.show_calls([call("1", CallState.RINGING), call("2", CallState.CONNECTED)])
    for deed, action in (
        (Deed.ANSWER, Answer),
        (Deed.HOLD, Hold),
        (Deed.HANG_UP, HangUp),
    ):
        with qtbot.waitSignal(calls.refused) as refused:
            calls.order(deed)
        assert refused.args == [calls.why_not(deed)]
        assert refused.args == [why_not_in_words(action, No(Reason.BYSTANDER))]
    assert calls.why_not(Deed.DIVERT) == why_not_in_words(Divert, No(Reason.BYSTANDER))
    assert calls.why_not(Deed.NOTE) == ""
    assert given == []


def test_what_can_be_done_may_be_another_for_each_call(calls: NowList) -> None:
    """A call that the PBX places for us can be ended, though no other can."""

    def ability(action: Action, of: Call | None) -> Ability:
        return Yes() if of is not None and of.id == "2" else No(Reason.BYSTANDER)

    calls.show_abilities(ability)
    calls.show_calls([call("1", CallState.HELD), call("2", CallState.CALLING)])
    assert not buttons(card_of(calls, "1"))["Hang up"].isEnabled()
    assert buttons(card_of(calls, "2"))["Hang up"].isEnabled()
    assert calls.why_not(Deed.HANG_UP) == ""


def test_a_button_that_turns_grey_for_a_reason_stays_so_when_orders_are_taken_again(
    calls: NowList,
) -> None:
    calls.show_calls([call("1", CallState.RINGING)])
    card = card_of(calls, "1")
    card.order(Answer("1"))
    calls.show_abilities(bystander)
    card.release()
    assert not buttons(card)["Answer"].isEnabled()
    calls.show_abilities(presumed_ability)
    assert buttons(card)["Answer"].isEnabled()
    assert buttons(card)["Answer"].toolTip() == ""


def test_the_newest_that_rings_comes_first_and_who_waits_longest_before_others(
    calls: NowList,
) -> None:
    calls.show_calls(
        [
            call("1", CallState.HELD, since=980),
            call("2", CallState.CONNECTED, since=985),
            call("3", CallState.RINGING, since=990),
            call("4", CallState.RINGING, since=995),
            call("5", CallState.HELD, since=970),
        ]
    )
    assert [shown.call.id for shown in calls.calls] == ["4", "3", "2", "5", "1"]


@pytest.mark.parametrize(
    ("states", "deed", "command"),
    [
        ("ringing", Deed.ANSWER, Answer("1")),
        ("connected", Deed.ANSWER, None),
        ("connected", Deed.HOLD, Hold()),
        ("held", Deed.HOLD, Resume("1")),
        ("held connected", Deed.HOLD, Hold()),
        ("ringing", Deed.HOLD, None),
        ("ringing", Deed.HANG_UP, Reject("1")),
        ("ringing connected", Deed.HANG_UP, HangUp("2")),
        ("held ringing", Deed.HANG_UP, Reject("2")),
        ("held", Deed.HANG_UP, None),
        ("failed", Deed.HANG_UP, HangUp("1")),
        ("", Deed.HANG_UP, None),
    ],
)
def test_a_key_is_meant_for_one_call(
    calls: NowList, states: str, deed: Deed, command: Command | None
) -> None:
    calls.show_calls(
        [call(str(at), CallState(state)) for at, state in enumerate(states.split(), start=1)]
    )
    assert calls.command_for(deed) == command


def test_the_button_a_key_presses_shows_the_key(calls: NowList) -> None:
    calls.show_calls([call("1", CallState.RINGING, since=990), call("2", CallState.CONNECTED)])
    calls.show()
    ringing, talking = (buttons(card_of(calls, each)) for each in "12")
    assert (ringing["Answer"].key, ringing["Divert…"].key) == ("Enter", "F5")
    assert (talking["Hold"].key, talking["Hang up"].key) == ("F7", "F8")
    assert ringing["Reject"].key == ""


def test_in_a_narrow_strip_the_buttons_go_without_keys(calls: NowList) -> None:
    calls.show_calls([call("1", CallState.RINGING)])
    calls.show()
    assert buttons(card_of(calls, "1"))["Answer"].key == "Enter"
    card_of(calls, "1").resize(200, 100)
    assert buttons(card_of(calls, "1"))["Answer"].key == ""


def test_in_a_narrow_strip_the_name_has_its_line_to_itself(calls: NowList) -> None:
    calls.show_calls([call("1", CallState.RINGING)])
    calls.show()
    card = card_of(calls, "1")
    chip = card.findChild(Chip)
    (title,) = (each for each in card.findChildren(ElidedLabel) if each.text() == "Anna Lee")
    assert chip is not None
    for width, is_below in ((460, False), (200, True), (460, False)):
        card.resize(width, 200)
        layout = card.layout()
        assert layout is not None
        layout.activate()
        assert (chip.y() > title.geometry().bottom()) is is_below


def test_held_time_turns_urgent_and_is_told_once(
    calls: NowList, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("callctrl.ui.nowlist.announce", lambda _, text: told.append(text))
    calls.show_calls([call("1", CallState.HELD, since=1000.0)])
    card = card_of(calls, "1")
    clock.now = 1059.9
    card.tick()
    tones = [card.tone]
    for clock.now in (1060.0, 1061.0):
        card.tick()
        tones.append(card.tone)
    assert tones == [Tone.WARN, Tone.BAD, Tone.BAD]
    assert told == ["Anna Lee has been on hold for a minute"]


def test_a_card_is_used_again_and_forgets_the_note(calls: NowList) -> None:
    calls.show_calls([call("1", CallState.CONNECTED)])
    first = card_of(calls, "1")
    note = first.findChild(QLineEdit)
    assert note is not None
    note.setText("wants the invoice")
    calls.show_calls([])
    calls.show_calls([call("2", CallState.CONNECTED)])
    assert card_of(calls, "2") is first
    assert first.note() == ""


def test_a_note_is_told_as_it_is_typed(qtbot: QtBot, calls: NowList) -> None:
    calls.show_calls([call("1", CallState.CONNECTED)])
    calls.show()
    written: list[tuple[str, str]] = []
    calls.note_written.connect(lambda call, text: written.append((call.id, text)))
    note = card_of(calls, "1").findChild(QLineEdit)
    assert note is not None
    QTest.keyClicks(note, "hi")
    assert written == [("1", "h"), ("1", "hi")]


def test_the_same_call_reported_again_keeps_the_note(calls: NowList) -> None:
    calls.show_calls([call("1", CallState.CONNECTED)])
    note = card_of(calls, "1").findChild(QLineEdit)
    assert note is not None
    note.setText("half a sen")
    calls.show_calls([call("1", CallState.HELD)])
    assert card_of(calls, "1").note() == "half a sen"


def begin_note(calls: NowList, call_id: str, text: str) -> CallCard:
    card = card_of(calls, call_id)
    card.begin_note()
    note = card.findChild(QLineEdit)
    assert note is not None
    QTest.keyClicks(note, text)
    return card


def chip_and_time(card: CallCard) -> list[str]:
    chip, time = card.findChild(Chip), card.findChild(TabularLabel)
    assert chip is not None
    assert time is not None
    return [chip.text(), time.text()]


def test_a_card_whose_note_is_being_written_stays_when_its_call_has_ended(
    calls: NowList, clock: Clock
) -> None:
    calls.show_calls([call("1", CallState.CONNECTED, since=980)])
    calls.show()
    card = begin_note(calls, "1", "hi")
    calls.show_calls([])
    clock.now += 30
    calls.show_calls([])
    assert card.isVisible()
    assert (card.note(), card.tone, buttons(card)) == ("hi", Tone.MUTED, {})
    assert chip_and_time(card) == ["Ended", "0:20"]
    assert (calls.calls, calls.card("1"), calls.target(Deed.NOTE)) == ([], None, None)


def test_a_new_call_with_the_number_of_one_that_has_ended_has_its_own_card(
    calls: NowList,
) -> None:
    calls.show_calls([call("1", CallState.CONNECTED, since=980)])
    calls.show()
    card = begin_note(calls, "1", "hi")
    calls.show_calls([call("1", CallState.RINGING, since=999)])
    assert card_of(calls, "1") is not card
    assert chip_and_time(card)[0] == "Ended"
    assert [each.isVisible() for each in (card, card_of(calls, "1"))] == [True, True]
    assert card_of(calls, "1").y() < card.y()


def test_a_call_of_which_only_the_number_is_known_has_room(calls: NowList) -> None:
    """As with a PBX that names no line: nothing on the card wraps."""
    of_phone = Call("1", CallState.CONNECTED, number="5551234", began_at=990.0, since_at=990.0)
    calls.show_calls([ShownCall(of_phone, number="5551234")])
    calls.show()
    assert calls.sizeHint().height() >= card_of(calls, "1").sizeHint().height() > 0
    assert calls.minimumSizeHint().height() > 0


def test_nothing_is_shown_where_nothing_happens(calls: NowList) -> None:
    calls.show_calls([call("1", CallState.RINGING)])
    assert not calls.isHidden()
    calls.show_calls([])
    assert calls.isHidden()


@pytest.mark.parametrize(
    ("shown", "title", "detail"),
    [
        (call("1", CallState.RINGING), "Anna Lee", "555-1234 · line 1"),
        (
            call("1", CallState.RINGING, company="Lee & Sons"),
            "Anna Lee",
            "555-1234 · Lee & Sons · line 1",
        ),
        (call("1", CallState.RINGING, name=""), "555-1234", "line 1"),
        (call("1", CallState.RINGING, name="", number=""), "Unknown caller", "line 1"),
    ],
)
def test_a_card_says_who_calls(shown: ShownCall, title: str, detail: str) -> None:
    assert (shown.title, shown.detail) == (title, detail)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0:00"), (6.9, "0:06"), (102, "1:42"), (3723, "1:02:03"), (-3, "0:00")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words


@pytest.mark.parametrize("state", CallState)
def test_every_state_has_a_word(state: CallState) -> None:
    assert state_in_words(Call("1", state))


def test_a_placed_call_that_failed_was_not_reached() -> None:
    busy = Call("1", CallState.FAILED, direction=Direction.OUTGOING)
    left = Call("1", CallState.FAILED, direction=Direction.OUTGOING, answered_at=990.0)
    assert state_in_words(busy) == "Not reached"
    assert state_in_words(left) == "They hung up"


def test_an_end_that_nobody_saw_says_so() -> None:
    assert state_in_words(Call("1", CallState.ENDED)) == "Ended"
    assert state_in_words(Call("1", CallState.ENDED, ended_away=True)) == "Ended while away"


def test_everything_has_a_name(calls: NowList, unnamed: Callable[[QWidget], list[str]]) -> None:
    calls.show_calls([call("1", CallState.RINGING), call("2", CallState.HELD)])
    calls.show()
    assert unnamed(calls) == []
    interface = QAccessible.queryAccessibleInterface(card_of(calls, "1"))
    assert interface is not None
    name = interface.text(QAccessible.Text.Name)
    assert name == "Anna Lee, Ringing, 555-1234 · line 1"


def test_a_key_pressed_twice_orders_once(calls: NowList) -> None:
    calls.show_calls([call("1", CallState.CONNECTED)])
    given: list[Command] = []
    calls.ordered.connect(given.append)
    calls.order(Deed.HANG_UP)
    calls.show_calls([call("1", CallState.CONNECTED)])  # taken, but not yet followed
    calls.order(Deed.HANG_UP)
    assert given == [HangUp("1")]
    calls.show_calls([call("1", CallState.FAILED)])
    calls.order(Deed.HANG_UP)
    assert given == [HangUp("1")] * 2


def test_an_order_the_phone_does_not_follow_can_be_given_again(
    calls: NowList, clock: Clock
) -> None:
    calls.show_calls([call("1", CallState.CONNECTED)])
    given: list[Command] = []
    calls.ordered.connect(given.append)
    calls.order(Deed.HOLD)
    clock.now += 3.0
    card_of(calls, "1").tick()
    calls.order(Deed.HOLD)
    assert given == [Hold()] * 2


def test_while_enter_diverts_no_button_claims_it(calls: NowList) -> None:
    calls.show_calls([call("1", CallState.RINGING)])
    calls.show()
    calls.show_enter(answers=False)
    assert buttons(card_of(calls, "1"))["Answer"].key == ""
    calls.show_enter(answers=True)
    assert buttons(card_of(calls, "1"))["Answer"].key == "Enter"


def test_a_late_key_to_hang_up_does_not_reject_the_next_caller(
    calls: NowList, clock: Clock
) -> None:
    given: list[Command] = []
    calls.ordered.connect(given.append)
    calls.show_calls([call("1", CallState.CONNECTED), call("2", CallState.RINGING)])
    calls.show_calls([call("2", CallState.RINGING)])
    calls.order(Deed.HANG_UP)
    assert given == []
    clock.now += 0.7
    calls.order(Deed.HANG_UP)
    assert given == [Reject("2")]
