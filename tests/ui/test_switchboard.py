"""The main window, the cards and the desk together: the whole program, and a simulated phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from callctrl.abilities import presumed_ability
from callctrl.accounts import PbxKind
from callctrl.calls import (
    Call,
    CallState,
    CommandAnswered,
    Dial,
    DialFailure,
    DialProgress,
    DialStage,
    Event,
    Lamp,
    LampChanged,
    LampListFailed,
    LampListTrouble,
    LampState,
    Messages,
    MessagesChanged,
    PhoneRestarted,
    PhoneSeen,
    SessionChanged,
    SessionState,
    Stopped,
)
from callctrl.numbers import DialPlan
from callctrl.people import Number, NumberKind, Person
from callctrl.store.database import StoreError, StoreReason
from callctrl.store.history import History, Only, Outcome
from callctrl.ui.keys import Deed
from callctrl.ui.notedialog import NoteDialog
from callctrl.ui.parts import KeyButton
from callctrl.ui.persondialog import PersonDialog
from callctrl.ui.window import Window
from tests.atwork import Key, Reception, at_work, fill_in, texts
from tests.office import press, window
from tests.reception import bystander

pytestmark = pytest.mark.qt_log_ignore("does not support grabbing the keyboard", extend=True)

ANNA = Person("Anna Lee", (Number("555-1234"),), "Lee & Sons", note="Speaks slowly.")
BOB = Person("Bob Ray", (Number("301", NumberKind.EXTENSION), Number("5559876")))
CLEO = Person("Cleo Tal", (Number("302", NumberKind.EXTENSION),))


@pytest.fixture(name="reception")
async def receptionist(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Reception]:
    async with at_work(tmp_path) as reception:
        yield reception


# Calls


async def test_card_and_window_show_the_contacts_name(reception: Reception) -> None:
    await reception.add(ANNA)
    reception.phone('ring 5551234 "A. LEE"')
    await reception.until(lambda: reception.cards() and "Anna Lee" in texts(reception.card))

    assert "Speaks slowly." in texts(reception.card)
    assert "Lee & Sons" in texts(reception.card)
    assert reception.card.accessibleName() == "Incoming call from Anna Lee, 5551234, line 1"
    (shown,) = reception.window.now.calls
    assert (shown.name, shown.company, shown.note) == ("Anna Lee", "Lee & Sons", "Speaks slowly.")


async def test_the_card_tells_of_earlier_calls(reception: Reception) -> None:
    reception.phone("ring 5551234", "give-up 5551234")
    await reception.until(lambda: reception.switchboard.missed)
    reception.phone("ring 5551234")

    await reception.until(
        lambda: any(
            line.startswith("2nd call today") for card in reception.cards() for line in texts(card)
        )
    )


async def test_a_call_is_answered_from_the_card(reception: Reception) -> None:
    reception.phone("ring 5551234")
    await reception.until(reception.cards)
    press(reception.card, "Answer")

    await reception.states("connected")
    await reception.orders("answer call 1")
    assert reception.cards() == []


async def test_what_the_phone_system_takes_no_order_for_is_grey_wherever_it_is_offered(
    reception: Reception,
) -> None:
    reception.switchboard.show_abilities(bystander)
    reception.phone("ring 5551234")
    await reception.until(reception.cards)

    for text in ("Answer", "Divert…", "Reject"):
        for where in (reception.card, reception.window.now):
            (each,) = (each for each in where.findChildren(KeyButton) if each.text() == text)
            assert not each.isEnabled()
            assert "Use the handset." in each.accessibleDescription()
    assert "Pick up the handset to answer." in texts(reception.card)
    reception.key(Key.Key_Return)
    await reception.told(
        "Your phone system tells us who is calling, but not how to answer. Use the handset."
    )
    await reception.states("ringing")


async def test_what_can_be_done_is_known_while_the_call_rings(reception: Reception) -> None:
    reception.phone("ring 5551234")
    await reception.until(reception.cards)
    reception.switchboard.show_abilities(bystander)
    (answer,) = (each for each in reception.card.findChildren(KeyButton) if each.text() == "Answer")
    assert not answer.isEnabled()
    reception.switchboard.show_abilities(presumed_ability)
    assert answer.isEnabled()


async def test_a_second_call_is_taken_while_the_first_is_held(reception: Reception) -> None:
    reception.phone("ring 5551234")
    await reception.until(lambda: reception.desktop.calls)
    reception.do(Deed.ANSWER)
    await reception.states("connected")
    reception.do(Deed.HOLD)
    await reception.states("held")
    reception.phone("ring 5552345")
    await reception.states("held", "ringing")
    reception.do(Deed.ANSWER)
    await reception.states("held", "connected")
    reception.do(Deed.HANG_UP)
    await reception.states("held")
    reception.do(Deed.HOLD)
    await reception.states("connected")
    reception.do(Deed.HANG_UP)
    await reception.states()

    await reception.orders(
        *("answer call 1", "hold", "answer call 2", "endcall call 2", "resume call 1"),
        "endcall call 1",
    )
    assert [record.outcome for record in await reception.records()] == [Outcome.ANSWERED] * 2


async def test_a_call_is_diverted_to_a_favourite(reception: Reception) -> None:
    await reception.favour(BOB)
    reception.phone("ring 5551234")
    await reception.until(reception.cards)
    press(reception.card, "Divert…")
    (menu,) = reception.card.findChildren(QMenu)
    bob = menu.actions()[0]
    assert bob.text() == "Bob Ray\t301"
    bob.trigger()
    menu.close()

    await reception.states()
    await reception.orders("reject call 1 to 301")
    await reception.until(lambda: reception.desktop.switchboard._calls == ())
    (record,) = await reception.records()
    assert (record.outcome, record.diverted_to) == (Outcome.DIVERTED, "301")
    assert reception.switchboard.missed == 0


async def test_a_call_is_diverted_to_somebody_found(reception: Reception) -> None:
    await reception.add(ANNA, BOB)
    reception.phone("ring 5551234")
    await reception.until(
        lambda: [shown.name for shown in reception.window.now.calls] == ["Anna Lee"]
    )
    reception.do(Deed.DIVERT)
    assert reception.window._field.placeholderText() == "Divert Anna Lee to…"
    reception.type("bob")
    await reception.shows("Bob Ray")
    reception.key(Key.Key_Return)

    await reception.orders("reject call 1 to 301")


async def test_a_note_on_a_call_stays_with_that_call(reception: Reception) -> None:
    for number, note in (("5551234", "call back"), ("5552345", "")):
        reception.phone(f"ring {number}", "answer")
        await reception.states("connected")
        card = reception.window.now.card("1")
        assert card is not None
        assert card.note() == ""
        reception.do(Deed.NOTE)
        QTest.keyClicks(card._note, note)
        reception.phone("hangup")
        await reception.states()

    assert [record.note for record in await reception.records()] == ["", "call back"]


async def test_a_note_is_kept_though_the_call_ends_while_it_is_written(
    reception: Reception,
) -> None:
    reception.phone("ring 5551234", "answer")
    await reception.states("connected")
    card = reception.window.now.card("1")
    assert card is not None
    reception.do(Deed.NOTE)
    QTest.keyClicks(card._note, "call")
    reception.phone("hangup")
    await reception.states()
    QTest.keyClicks(card._note, " back")
    (record,) = await reception.records()
    assert (record.note, record.outcome) == ("call back", Outcome.ANSWERED)
    assert record.ended is not None


async def test_a_refused_order_is_told_in_words(reception: Reception) -> None:
    reception.phone("ring 5551234")
    await reception.until(reception.cards)
    reception.phone("cti off")
    press(reception.card, "Answer")

    sentence = (
        "The call was not answered. The phone takes no orders (405): set CTI Enable to yes on its "
        "SIP page."
    )
    await reception.told(sentence)
    assert sentence in texts(reception.card)
    card = reception.window.now.card("1")
    assert card is not None
    assert card._answer.isEnabled()
    reception.phone("cti on")
    press(reception.card, "Answer")
    await reception.states("connected")


async def test_where_the_phone_is_lost_its_calls_are_no_longer_shown(reception: Reception) -> None:
    reception.phone("ring 5551234")
    await reception.until(reception.cards)
    reception.phone("forbid on")
    press(reception.card, "Answer")

    await reception.told(
        "The call was not answered. The phone system does not allow it (403). Use the handset."
    )
    await reception.until(lambda: reception.office.state is SessionState.STOPPED)
    await reception.until(lambda: not reception.cards())
    assert reception.window.now.calls == []


async def test_no_card_outlives_the_program(reception: Reception) -> None:
    reception.phone("ring 5551234")
    await reception.until(reception.cards)
    reception.desktop.quit()
    await reception.office.ended()
    assert reception.cards() == []


async def test_a_phone_that_has_restarted_is_told(reception: Reception) -> None:
    reception.phone("ring 5551234", "answer")
    await reception.states("connected")
    reception.switchboard.hear(PhoneRestarted(reception.desktop.calls), ())
    await reception.told("The phone has restarted and forgotten its calls: 5551234.")
    assert reception.window.now.calls == []


@pytest.mark.parametrize("trouble", LampListTrouble)
async def test_a_list_of_colleagues_that_is_of_no_use_is_said(
    reception: Reception, trouble: LampListTrouble
) -> None:
    reception.switchboard.hear(LampListFailed("lamps", trouble), ())
    said = reception.window.notice.text()
    assert "lamps" in said
    assert said.endswith("Each colleague is asked for alone; tell the administrator.")


# Dialling


async def test_what_is_typed_is_dialled(reception: Reception) -> None:
    reception.type("555 2345")
    await reception.shows("Call 555 2345")
    reception.key(Key.Key_Return)

    await reception.orders("newcall call 1 to 555 2345")


async def test_whom_one_finds_is_dialled_and_found_first_later(reception: Reception) -> None:
    await reception.add(ANNA, BOB, Person("Lee, Zoe", (Number("303"),)))
    reception.type("lee")
    await reception.shows("Anna Lee", "Lee, Zoe")
    reception.key(Key.Key_Down)
    reception.key(Key.Key_Return)
    await reception.orders("newcall call 1 to 303")
    await reception.states("proceeding")

    reception.type("lee")
    await reception.shows("Lee, Zoe", "Anna Lee")


async def test_whom_one_has_chosen_stays_chosen_when_something_happens(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Enter is not held back for the moment after the ringing.
    monkeypatch.setattr("callctrl.ui.enterkey._MEANT_AFTER", 0.0)
    await reception.add(ANNA, BOB, Person("Lee, Zoe", (Number("303"),)))
    reception.type("lee")
    await reception.shows("Anna Lee", "Lee, Zoe")
    reception.key(Key.Key_Down)
    found: list[object] = []
    reception.window.searched.connect(found.append)
    await miss(reception, "5552345")
    await reception.until(lambda: found)
    await reception.records()
    reception.key(Key.Key_Return)

    await reception.orders("newcall call 1 to 303")


async def test_the_last_number_is_dialled_again(reception: Reception) -> None:
    reception.phone("dial 5552345")
    await reception.until(lambda: [call.number for call in reception.desktop.calls] == ["5552345"])
    reception.phone("hangup")
    await reception.until(lambda: reception.window._redial == ("5552345",))
    reception.key(Key.Key_Up)
    await reception.shows("Call 5552345")
    reception.key(Key.Key_Return)

    await reception.orders("newcall call 1 to 5552345")


async def test_with_the_dial_plan_on_a_number_is_rewritten(reception: Reception) -> None:
    plan = DialPlan(country="US", area_code="212", outside_digit="9", long_distance_digit="1")
    reception.desktop._set_dial_plan(plan)
    reception.do(Deed.DIAL_PLAN)
    for typed in ("(415) 555-0100", "911", "301"):
        reception.type(typed)
        await reception.shows(f"Call {typed}")
        reception.key(Key.Key_Return)
        await reception.until(lambda: reception.desktop.calls)
        reception.phone("hangup")
        await reception.states()

    await reception.orders(
        *("newcall call 1 to 914155550100", "newcall call 1 to 911", "newcall call 1 to 301")
    )


# People


async def test_a_person_is_added_and_taken_back(reception: Reception) -> None:
    reception.type("Anna Lee")
    reception.do(Deed.NEW_PERSON)
    dialog = window(PersonDialog)
    assert dialog is not None
    fill_in(dialog, "Number 1", "555-1234")
    press(dialog, "Save")

    await reception.told("Anna Lee added.")
    assert await reception.names() == ["Anna Lee"]
    await reception.undo()
    assert await reception.names() == []


async def test_a_caller_who_is_added_has_a_name_at_once(reception: Reception) -> None:
    reception.phone("ring 5551234")
    await reception.until(lambda: reception.window.now.calls)
    await reception.switchboard._keep_person(ANNA, False)

    await reception.until(
        lambda: [shown.name for shown in reception.window.now.calls] == ["Anna Lee"]
    )


async def test_a_person_is_changed_and_taken_back(reception: Reception) -> None:
    await reception.add(ANNA)
    await reception.shows("Anna Lee")
    reception.window.shown_list.choose(0)
    reception.do(Deed.EDIT_PERSON)
    dialog = window(PersonDialog)
    assert dialog is not None
    fill_in(dialog, "Name", "Anna Berg")
    press(dialog, "Save")

    await reception.told("Anna Berg changed.")
    await reception.shows("Anna Berg")
    await reception.undo()
    await reception.shows("Anna Lee")


async def test_a_person_is_deleted_and_taken_back(reception: Reception) -> None:
    await reception.favour(ANNA, BOB)
    await reception.shows("Anna Lee", "Bob Ray")
    reception.window.shown_list.choose(0)
    reception.do(Deed.DELETE)

    await reception.told("Anna Lee deleted.")
    await reception.shows("Bob Ray")
    reception.do(Deed.UNDO)
    await reception.told("Taken back.")
    assert await reception.favourites() == ["Anna Lee", "Bob Ray"]
    assert not reception.window._menus.action(Deed.UNDO).isEnabled()


async def test_a_favourite_is_made_and_taken_back(reception: Reception) -> None:
    await reception.add(Person("", (Number("304"),), "Lee & Sons"))
    await reception.shows("Lee & Sons")
    reception.window.shown_list.choose(0)
    reception.do(Deed.STAR)

    await reception.told("Lee & Sons is a favourite now.")
    assert len(await reception.favourites()) == 1
    await reception.undo()
    assert await reception.favourites() == []


async def test_a_favourite_is_moved(reception: Reception) -> None:
    anna, *_ = await reception.favour(ANNA, BOB, CLEO)
    reception.do(Deed.FAVOURITES)
    await reception.shows("Anna Lee", "Bob Ray", "Cleo Tal")

    reception.window.move_requested.emit(anna, 1)
    await reception.shows("Bob Ray", "Anna Lee", "Cleo Tal")
    reception.window.move_requested.emit(anna, 5)
    await reception.shows("Bob Ray", "Cleo Tal", "Anna Lee")
    reception.window.move_requested.emit(anna, -9)
    await reception.shows("Anna Lee", "Bob Ray", "Cleo Tal")


# Colleagues, messages, and calls that the phone system places


def tell(reception: Reception, *events: Event) -> None:
    for event in events:
        reception.desktop._on_event(event)


def lamp(who: str, state: LampState) -> LampChanged:
    return LampChanged(Lamp(who, state, 1.0, "dialog", None))


async def test_the_extensions_of_people_are_watched_favourites_first(reception: Reception) -> None:
    wanted: list[tuple[str, ...]] = []
    reception.switchboard.on_watched = lambda extensions: wanted.append(tuple(extensions))
    await reception.favour(CLEO)
    await reception.add(ANNA, BOB)
    await reception.switchboard.refresh()
    assert wanted == [("302",), ("302", "301")]
    assert reception.switchboard.watched == ("302", "301")


async def test_the_own_phone_is_no_colleague(reception: Reception) -> None:
    await reception.add(BOB, Person("Me", (Number("200", NumberKind.EXTENSION),)))
    assert reception.switchboard.watched == ("301",)


async def test_no_more_are_watched_than_a_phone_system_bears(reception: Reception) -> None:
    await reception.add(
        *(Person(f"P{at}", (Number(str(at), NumberKind.EXTENSION),)) for at in range(1000, 1510))
    )
    assert len(reception.switchboard.watched) == 500


async def test_who_is_gone_loses_the_lamp_unless_the_administrator_named_it(
    reception: Reception,
) -> None:
    account = replace(reception.office.account, lamps=("302",))
    reception.switchboard.show_account(account)
    bob, cleo = await reception.add(BOB, CLEO)
    tell(reception, lamp("301", LampState.FREE), lamp("302", LampState.FREE))
    reception.window.people_deleted.emit([bob, cleo])
    await reception.until(lambda: reception.switchboard.watched == ())
    assert list(reception.window.lamps) == ["302"]


async def test_at_a_sip_phone_system_all_are_unknown_until_it_speaks(reception: Reception) -> None:
    account = replace(reception.office.account, kind=PbxKind.SIP, lamps=("98",))
    reception.switchboard.show_account(account)
    tell(reception, SessionChanged(SessionState.READY))
    await reception.add(BOB)
    words = {each: reception.window.lamps.in_words(each) for each in reception.window.lamps}
    assert words == {"98": "unknown", "301": "unknown"}
    tell(reception, lamp("98", LampState.FREE), SessionChanged(SessionState.READY))
    assert reception.window.lamps.in_words("98") == "free"


async def test_where_nobody_tells_of_colleagues_they_have_no_lamp(reception: Reception) -> None:
    await reception.add(BOB)
    tell(reception, SessionChanged(SessionState.READY))
    assert len(reception.window.lamps) == 0


async def test_a_lamp_is_beside_whoever_is_found(reception: Reception) -> None:
    await reception.add(BOB)
    tell(reception, lamp("301", LampState.AWAY))
    reception.type("bob")
    await reception.shows("Bob Ray")
    (row,) = reception.window.shown_list.rows
    assert reception.window.lamps.in_words(row.extension) == "away"


async def test_the_cards_menu_shows_what_the_favourites_do(reception: Reception) -> None:
    await reception.favour(BOB)
    tell(reception, lamp("301", LampState.FREE))
    reception.phone("ring 5551234")
    await reception.until(reception.cards)
    tell(reception, lamp("301", LampState.HELD))
    press(reception.card, "Divert…")
    (menu,) = reception.card.findChildren(QMenu)
    assert menu.actions()[0].text().startswith("Bob Ray · on hold")
    assert menu.actions()[0].text().endswith("\t301")
    menu.close()


async def test_after_the_end_of_the_connection_no_lamp_is_left(reception: Reception) -> None:
    tell(reception, lamp("301", LampState.FREE), MessagesChanged(Messages(2, 0, "*97")), Stopped())
    assert len(reception.window.lamps) == 0
    assert "2 new messages" not in buttons(reception.window)


def buttons(window: Window) -> list[str]:
    return [each.text() for each in window.findChildren(QPushButton) if not each.isHidden()]


async def test_one_click_calls_the_mailbox(reception: Reception) -> None:
    tell(reception, MessagesChanged(Messages(2, 0, "*97")))
    press(reception.window, "2 new messages")
    await reception.until(lambda: [call.number for call in reception.desktop.calls] == ["*97"])


async def test_where_the_mailbox_has_no_number_it_is_said_what_to_do(reception: Reception) -> None:
    tell(reception, MessagesChanged(Messages(None, None, "")))
    press(reception.window, "New messages")
    assert reception.notice.endswith("Type it in the preferences, under Colleagues.")


async def test_a_call_that_is_placed_for_her_says_what_to_do_until_it_is_done(
    reception: Reception,
) -> None:
    dial = Dial("214")
    tell(reception, DialProgress(dial, DialStage.RINGING))
    assert reception.notice == "Your phone rings: pick up the handset to call 214."
    tell(reception, DialProgress(dial, DialStage.REFERRED))
    assert reception.notice == "Your phone calls 214."
    tell(reception, CommandAnswered(dial, 200))
    assert reception.notice == ""


async def test_a_call_that_was_not_placed_says_why(reception: Reception) -> None:
    dial = Dial("214")
    tell(reception, DialProgress(dial, DialStage.REFERRED))
    tell(reception, CommandAnswered(dial, 486, DialFailure.BUSY))
    assert reception.notice == "214 is busy. Try again later."


@pytest.mark.parametrize("is_there", [True, None])
async def test_a_phone_that_is_not_there_is_told_of_until_it_is(
    reception: Reception, is_there: bool | None
) -> None:
    tell(reception, PhoneSeen(False))
    assert reception.window.line().startswith("Phone not there")
    tell(reception, PhoneSeen(is_there))
    assert reception.window.line().startswith("Ready")


# The history


async def miss(reception: Reception, *numbers: str) -> None:
    """Let calls ring in vain."""
    for count, number in enumerate(numbers, start=1):
        reception.phone(f"ring {number}")
        await reception.until(lambda: reception.desktop.calls)
        reception.phone(f"give-up {number}")
        await reception.until(lambda count=count: reception.switchboard.missed == count)  # type: ignore[misc]


def missed_link(window: Window) -> QPushButton:
    """The words at the top that lead to the missed calls."""
    (link,) = (
        each
        for each in window.findChildren(QPushButton)
        if each.accessibleDescription() == "Show the missed calls"
    )
    return link


async def test_missed_calls_are_counted_until_they_are_looked_at(reception: Reception) -> None:
    await reception.add(ANNA)
    await miss(reception, "5551234", "5552345")
    tray, link = reception.desktop.presence.tray, missed_link(reception.window)
    assert "Missed calls: 2" in tray.tool_tip()
    assert (link.isHidden(), link.text()) == (False, "2 missed")
    assert reception.desktop.missed == 2
    link.click()

    await reception.until(lambda: reception.switchboard.missed == 0)
    assert link.isHidden()
    assert "missed" not in tray.tool_tip()
    await reception.shows("5552345", "Anna Lee")


async def test_missed_calls_are_looked_at_where_the_history_is_shown_already(
    reception: Reception,
) -> None:
    reception.do(Deed.HISTORY)
    await miss(reception, "5551234")
    missed_link(reception.window).click()

    await reception.until(lambda: reception.switchboard.missed == 0)


async def test_a_rejected_call_was_not_missed(reception: Reception) -> None:
    reception.phone("ring 5551234")
    await reception.until(lambda: reception.desktop.calls)
    reception.do(Deed.HANG_UP)
    await reception.states()
    await reception.until(lambda: reception.switchboard._calls == ())

    (record,) = await reception.records()
    assert record.outcome is Outcome.REJECTED
    assert reception.switchboard.missed == 0


async def test_a_call_is_deleted_and_taken_back(reception: Reception) -> None:
    await miss(reception, "5551234", "5552345")
    reception.do(Deed.HISTORY)
    await reception.shows("5552345", "5551234")
    reception.window.shown_list.choose(0)
    reception.do(Deed.DELETE)

    await reception.told("One call deleted from the history.")
    await reception.shows("5551234")
    await reception.undo()
    await reception.shows("5552345", "5551234")


async def test_the_history_is_cleared_and_taken_back(reception: Reception) -> None:
    await miss(reception, "5551234", "5552345")
    reception.do(Deed.CLEAR_HISTORY)

    await reception.told("The history is empty now.")
    assert reception.switchboard.missed == 0
    await reception.undo()
    assert len(await reception.records()) == 2
    assert reception.switchboard.missed == 2


async def test_a_note_is_written_on_a_call_of_the_past(reception: Reception) -> None:
    await miss(reception, "5551234")
    (record,) = await reception.records()
    reception.window.record_note_wanted.emit(record)
    dialog = window(NoteDialog)
    assert isinstance(dialog, NoteDialog)
    dialog.written.emit("wants a call back")

    reception.do(Deed.HISTORY)
    await reception.shows("5551234")
    assert reception.window.shown_list.rows[0].note == "wants a call back"


async def test_calls_are_listed_page_by_page(reception: Reception) -> None:
    def fill(history: History) -> None:
        for at in range(120):
            history.see(Call("1", CallState.RINGING, number=f"{1000 + at}", began_at=float(at)))

    await reception.desktop.desk.history(fill)
    reception.do(Deed.HISTORY)

    def read_on() -> bool:
        reception.window.shown_list.scrollToBottom()
        return len(reception.rows) >= 120

    await reception.until(read_on)
    assert reception.rows == [f"{1119 - at}" for at in range(120)]


async def test_a_list_that_begins_anew_takes_no_answer_to_an_earlier_question(
    reception: Reception,
) -> None:
    await miss(reception, "5551234", "5552345")
    reception.do(Deed.HISTORY)
    await reception.shows("5552345", "5551234")
    newest, _ = await reception.records()
    await reception.switchboard._list_history(Only.ALL, "", newest)
    assert reception.rows == ["5552345", "5551234"]

    await reception.add(ANNA, BOB)
    reception.do(Deed.PEOPLE)
    await reception.shows("Anna Lee", "Bob Ray")
    await reception.switchboard._list_people(1)
    assert reception.rows == ["Anna Lee", "Bob Ray"]


# What goes wrong


async def test_an_undo_that_fails_can_be_tried_again(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reception.add(ANNA)
    await reception.shows("Anna Lee")
    reception.window.shown_list.choose(0)
    reception.do(Deed.DELETE)
    await reception.told("Anna Lee deleted.")

    def full(*_: object) -> None:
        raise StoreError(StoreReason.FULL, "test")

    with monkeypatch.context() as patch:
        patch.setattr("callctrl.store.contacts.Contacts.restore", full)
        press(reception.window.notice, "Undo")
        await reception.until(lambda: reception.notice.startswith("The disk is full"))
    reception.do(Deed.UNDO)
    await reception.told("Taken back.")
    assert await reception.names() == ["Anna Lee"]


async def test_the_cards_go_when_the_program_ends(reception: Reception) -> None:
    reception.phone("ring 5551234")
    await reception.until(lambda: reception.switchboard._cards.cards())
    reception.desktop.quit()
    await reception.office.ended()
    assert reception.switchboard._cards.cards() == []


async def test_a_refusal_is_taken_back_when_the_phone_obeys_again(reception: Reception) -> None:
    reception.phone("ring 5551234", "answer")
    await reception.states("connected")
    reception.phone("cti off")
    reception.do(Deed.HOLD)
    await reception.until(lambda: not reception.window.notice.isHidden())
    reception.phone("cti on")
    reception.do(Deed.HOLD)
    await reception.until(reception.window.notice.isHidden)


async def test_a_person_deleted_behind_the_dialog_is_kept_as_a_new_one(
    reception: Reception,
) -> None:
    await reception.add(ANNA)
    (anna,) = await reception.desktop.desk.contacts(lambda contacts: contacts.people(0, 9))
    await reception.desktop.desk.contacts(lambda contacts: contacts.delete([anna.id or 0]))
    changed = replace(anna, company="Lee & Sons")
    await reception.switchboard._keep_person(changed, False)
    (kept,) = await reception.desktop.desk.contacts(lambda contacts: contacts.people(0, 9))
    assert (kept.name, kept.company) == (anna.name, "Lee & Sons")


async def test_calls_go_on_by_keys_while_a_dialog_is_open(reception: Reception) -> None:
    reception.phone("ring 5551234", "answer")
    await reception.states("connected")
    reception.do(Deed.NEW_PERSON)
    await reception.until(lambda: window(PersonDialog))
    dialog = window(PersonDialog)
    assert dialog is not None
    dialog.activateWindow()
    await reception.until(lambda: QApplication.activeWindow() is dialog)
    QTest.keyClick(dialog, Qt.Key.Key_F7)
    await reception.states("held")
