"""The main window, by real keys and the mouse: what it shows, what it asks for, and of whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from callctrl.abilities import presumed_ability
from callctrl.calls import Answer, CallState, Command, HangUp, Hold, No, Reason, Reject, Resume
from callctrl.numbers import DialPlan
from callctrl.people import Number, Person
from callctrl.store.contacts import Found, Group
from callctrl.store.history import Only
from callctrl.ui.keys import Deed
from callctrl.ui.nowlist import ShownCall
from callctrl.ui.pages import Typed
from callctrl.ui.recordwords import record_detail
from callctrl.ui.rows import RowList
from callctrl.ui.state import PhoneState
from callctrl.ui.theme import Scheme
from callctrl.ui.window import Window
from tests.reception import (
    ANA,
    ANDREAS,
    ANNA,
    BORIS,
    NOW,
    PEOPLE,
    Clock,
    Reception,
    bystander,
    call,
    record,
)

# What the offscreen platform says of windows that come forward, and of menus.
pytestmark = pytest.mark.qt_log_ignore(
    "propagateSizeHints", "does not support raise", "grabbing the keyboard"
)

Key = Qt.Key
RINGING = CallState.RINGING


@pytest.fixture
def reception(qtbot: QtBot) -> Reception:
    clock = Clock()
    window = Window(clock, lambda: NOW)
    qtbot.addWidget(window)
    return Reception(window, clock)


def menu() -> QMenu:
    shown = QApplication.activePopupWidget()
    assert isinstance(shown, QMenu)
    return shown


class TestKeysPressedInOtherWindows:
    @pytest.mark.parametrize(
        ("deed", "states", "order"),
        [
            (Deed.ANSWER, [RINGING], Answer("0")),
            (Deed.ANSWER, [CallState.CONNECTED, RINGING], Answer("1")),
            (Deed.HOLD, [CallState.CONNECTED], Hold()),
            (Deed.HOLD, [CallState.HELD], Resume("0")),
            (Deed.HOLD, [CallState.HELD, CallState.CONNECTED], Hold()),
            (Deed.HANG_UP, [CallState.CONNECTED, RINGING], HangUp("0")),
            (Deed.HANG_UP, [RINGING], Reject("0")),
        ],
    )
    def test_do_what_they_do_in_this_one(
        self, reception: Reception, deed: Deed, states: list[CallState], order: Command
    ) -> None:
        reception.window.show_calls([call(str(at), state) for at, state in enumerate(states)])
        assert reception.window.press(deed) == ""
        assert reception.asked("ordered") == [(order,)]

    @pytest.mark.parametrize(
        ("deed", "why"),
        [
            (Deed.ANSWER, "No call rings."),
            (Deed.HOLD, "There is no call to hold or to take back."),
            (Deed.HANG_UP, "There is no call to hang up."),
        ],
    )
    def test_say_why_where_there_is_nothing_to_do(
        self, reception: Reception, deed: Deed, why: str
    ) -> None:
        assert reception.window.press(deed) == why
        assert reception.window.notice.text() == why
        assert reception.asked("ordered") == []

    def test_say_why_where_the_phone_takes_no_order(self, reception: Reception) -> None:
        reception.window.show_abilities(bystander)
        reception.window.show_calls([call("1", RINGING)])
        assert "not how to answer" in reception.window.press(Deed.ANSWER)
        assert reception.asked("ordered") == []

    def test_hanging_up_late_rejects_nobody(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", CallState.CONNECTED), call("2", RINGING)])
        reception.window.show_calls([call("2", RINGING)])
        reception.window.press(Deed.HANG_UP)
        assert reception.asked("ordered") == []


class TestEnterAndTheCallThatRings:
    def test_answers_at_once_while_the_field_is_empty(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", RINGING)])
        reception.press(Key.Key_Return)
        assert reception.asked("ordered") == [(Answer("1"),)]

    def test_answers_though_a_row_is_chosen(self, reception: Reception) -> None:
        reception.press(Key.Key_Down)
        assert reception.rows.chosen() == ANNA
        reception.window.show_calls([call("1", RINGING)])
        reception.press(Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == [(Answer("1"),)]

    def test_what_was_typed_before_the_ringing_is_still_called_by_a_key_on_its_way(
        self, reception: Reception
    ) -> None:
        reception.type("bo")
        reception.window.show_calls([call("1", RINGING)])
        reception.clock.now += 0.6
        reception.press(Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == [("+492115550199",)]

    def test_what_was_typed_before_the_ringing_waits_while_it_rings(
        self, reception: Reception
    ) -> None:
        reception.type("bo")
        reception.window.show_calls([call("1", RINGING)])
        reception.clock.now += 0.7
        reception.press(Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == [(Answer("1"),)]
        assert reception.field.text() == "bo"

    def test_what_was_typed_after_the_ringing_began_is_called(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", RINGING)])
        reception.type("214")
        reception.clock.now += 5
        reception.press(Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == [("214",)]

    def test_answers_after_what_was_typed_is_deleted(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", RINGING)])
        reception.type("21")
        reception.press(Key.Key_Escape, Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == [(Answer("1"),)]

    def test_what_was_typed_elsewhere_counts_as_typed(self, reception: Reception) -> None:
        reception.rows.setFocus()
        reception.window.show_calls([call("1", RINGING)])
        reception.type("214")
        reception.clock.now += 5
        reception.press(Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == [("214",)]

    def test_a_second_report_of_the_same_ringing_changes_nothing(
        self, reception: Reception
    ) -> None:
        reception.window.show_calls([call("1", RINGING)])
        reception.type("214")
        reception.window.show_calls([call("1", RINGING)])
        reception.press(Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == [("214",)]

    def test_calls_nobody_when_the_caller_has_just_given_up(self, reception: Reception) -> None:
        reception.press(Key.Key_Down)
        reception.window.show_calls([call("1", RINGING)])
        reception.window.show_calls([])
        reception.press(Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == []
        reception.clock.now += 0.7
        reception.press(Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == [("+12125550134",)]

    @pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter, Key.Key_Escape])
    @pytest.mark.parametrize("text", ["", "back at three"])
    @pytest.mark.parametrize("seconds", [0, 5])
    def test_ends_a_note_first(
        self, reception: Reception, key: Qt.Key, text: str, seconds: int
    ) -> None:
        reception.window.show_calls([call("1", CallState.CONNECTED)])
        reception.press(Key.Key_F4)
        reception.type(text)
        reception.window.show_calls([call("1", CallState.CONNECTED), call("2", RINGING)])
        reception.clock.now += seconds
        reception.press(key)
        assert reception.asked("ordered", "dial_requested") == []
        assert reception.focus() is reception.field
        reception.press(Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == [(Answer("2"),)]

    def test_presses_the_button_in_focus(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", RINGING)])
        reception.button("Reject").setFocus()
        reception.press(Key.Key_Return)
        assert reception.asked("ordered") == [(Reject("1"),)]

    def test_a_click_leaves_the_caret_where_it_is(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", CallState.CONNECTED)])
        QTest.mouseClick(reception.button("Hold"), Qt.MouseButton.LeftButton)
        assert reception.asked("ordered") == [(Hold(),)]
        assert reception.focus() is reception.field


class TestTheCaret:
    """It never comes to a button by itself: whoever is typing would press it."""

    def test_leaves_a_button_that_goes_for_the_field(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", CallState.HELD), call("2", CallState.CONNECTED)])
        reception.button("Hold").setFocus()
        reception.window.show_calls([call("1", CallState.HELD), call("2", CallState.FAILED)])
        assert reception.focus() is reception.field

    def test_leaves_a_card_that_goes_for_the_field(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", CallState.HELD), call("2", CallState.CONNECTED)])
        reception.button("Hold").setFocus()
        reception.window.show_calls([call("1", CallState.HELD)])
        assert reception.focus() is reception.field

    def test_leaves_a_button_that_has_ordered_for_the_field(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", CallState.HELD), call("2", CallState.CONNECTED)])
        reception.button("Hold").setFocus()
        reception.press(Key.Key_Space)
        assert reception.asked("ordered") == [(Hold(),)]
        assert reception.focus() is reception.field


class TestFindingAndCalling:
    def test_enter_calls_who_is_found_once(self, reception: Reception) -> None:
        reception.type("ana")
        assert reception.rows.chosen() == ANA
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == [("231",)]
        assert reception.field.text() == ""
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == []

    def test_arrows_choose_while_the_caret_stays(self, reception: Reception) -> None:
        reception.type("an")
        chosen = []
        for key in (Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Up):
            reception.press(key)
            chosen.append(reception.rows.chosen())
        assert chosen == [ANDREAS, ANA, ANA, ANDREAS]
        reception.type("a")
        assert reception.field.text() == "ana"

    def test_a_number_that_is_typed_is_called_as_typed(self, reception: Reception) -> None:
        reception.type("+49 30 1")
        assert reception.rows.chosen() == Typed("+49 30 1")
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == [("+49 30 1",)]

    def test_an_answer_to_what_stood_there_before_is_dropped(self, reception: Reception) -> None:
        reception.type("bo")
        reception.window.show_found("b", Found((ANNA,)), "")
        assert reception.rows.chosen() == BORIS
        reception.press(Key.Key_Escape)
        reception.window.show_found("bo", Found((BORIS,)), "")
        assert [row.subject for row in reception.rows.rows] == list(PEOPLE)

    def test_enter_waits_for_the_answer_to_what_is_typed(self, reception: Reception) -> None:
        reception.type("an")
        assert reception.rows.chosen() == ANNA
        reception.answers = False
        reception.type("a")
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == []
        reception.window.show_found("ana", Found((ANA,)), "")
        assert reception.asked("dial_requested") == [("231",)]

    def test_typing_on_takes_such_an_enter_back(self, reception: Reception) -> None:
        reception.answers = False
        reception.type("an")
        reception.press(Key.Key_Return)
        reception.type("a")
        reception.window.show_found("an", Found((ANNA,)), "")
        reception.window.show_found("ana", Found((ANA,)), "")
        assert reception.asked("dial_requested") == []

    def test_an_enter_that_waits_never_answers_and_ends_when_it_rings(
        self, reception: Reception
    ) -> None:
        reception.answers = False
        reception.type("an")
        reception.press(Key.Key_Return)
        reception.window.show_calls([call("1", RINGING)])
        reception.clock.now += 2
        reception.window.show_found("an", Found((ANNA,)), "")
        assert reception.asked("ordered", "dial_requested") == []

    def test_a_number_waits_for_nothing(self, reception: Reception) -> None:
        reception.answers = False
        reception.type("214")
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == [("214",)]

    def test_what_happens_meanwhile_leaves_the_choice_alone(self, reception: Reception) -> None:
        reception.type("an")
        reception.press(Key.Key_Down)
        reception.window.refresh()
        reception.settle()
        assert reception.rows.chosen() == ANDREAS

    def test_the_best_is_chosen_for_every_text(self, reception: Reception) -> None:
        reception.type("a")
        reception.press(Key.Key_Down)
        reception.type("n")
        assert reception.rows.chosen() == ANNA

    def test_a_choice_among_the_found_does_not_outlive_them(self, reception: Reception) -> None:
        reception.type("bo")
        reception.press(Key.Key_Escape)
        assert reception.rows.chosen() is None

    def test_what_sounds_alike_is_searched_for(self, reception: Reception) -> None:
        reception.answers = False
        reception.type("mayr")
        reception.window.show_found("mayr", Found((), (Group("Meier", 2, (ANNA,)),)), "")
        reception.press(Key.Key_Return)
        assert reception.field.text() == "Meier"
        assert reception.asked("searched")[-1] == ("Meier",)

    def test_somebody_without_a_number_is_told_of(self, reception: Reception) -> None:
        reception.people = (Person("Nora Null", id=9),)
        reception.type("no")
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == []
        assert reception.window.notice.text() == "Nora Null has no number."

    def test_right_offers_the_numbers_of_a_person(self, reception: Reception) -> None:
        reception.type("anna")
        reception.press(Key.Key_Right)
        shown = menu()
        texts = [action.text() for action in shown.actions() if action.text()]
        assert texts[:2] == ["Call +1 212 555 0134 (work)", "Call +1 917 555 0100 (mobile)"]
        QTest.keyClick(shown, Key.Key_Down)
        QTest.keyClick(shown, Key.Key_Return)
        assert reception.asked("dial_requested") == [("+19175550100",)]

    def test_right_offers_nothing_where_there_is_no_choice(self, reception: Reception) -> None:
        reception.type("boris")
        reception.press(Key.Key_Right)
        assert QApplication.activePopupWidget() is None

    def test_up_in_the_empty_field_goes_through_the_numbers_called_before(
        self, reception: Reception
    ) -> None:
        reception.window.show_redial(["0711", "214"])
        reception.press(Key.Key_Up)
        assert reception.field.text() == "0711"
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == [("0711",)]

    def test_a_number_called_before_is_called_while_it_rings(self, reception: Reception) -> None:
        reception.window.show_redial(["0711"])
        reception.window.show_calls([call("1", RINGING)])
        reception.press(Key.Key_Up)
        reception.clock.now += 2
        reception.press(Key.Key_Return)
        assert reception.asked("ordered", "dial_requested") == [("0711",)]

    def test_a_double_click_calls(self, reception: Reception) -> None:
        rect = reception.rows.visualRect(reception.rows.model().index(2, 0))
        for click in (QTest.mouseClick, QTest.mouseDClick):
            click(reception.rows.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        assert reception.asked("dial_requested") == [("231",)]

    def test_a_number_from_outside_waits_for_enter(self, reception: Reception) -> None:
        reception.window.offer_number("0711 555")
        reception.settle()
        assert (reception.field.text(), reception.asked("dial_requested")) == ("0711 555", [])
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == [("0711 555",)]


class TestTyping:
    @pytest.mark.parametrize("place", ["list", "tabs", "button"])
    def test_goes_into_the_field_from_anywhere(self, reception: Reception, place: str) -> None:
        reception.window.show_calls([call("1", CallState.CONNECTED)])
        tabs = reception.window.findChild(QTabBar)
        assert tabs is not None
        {"list": reception.rows, "tabs": tabs, "button": reception.button("Hold")}[place].setFocus()
        reception.type("an")
        assert (reception.field.text(), reception.focus()) == ("an", reception.field)

    def test_begins_anew(self, reception: Reception) -> None:
        reception.type("boris")
        reception.rows.setFocus()
        reception.type("an")
        assert reception.field.text() == "an"

    def test_an_order_is_not_typing(self, reception: Reception) -> None:
        reception.rows.setFocus()
        reception.press(Key.Key_J, alt=True)
        reception.press(Key.Key_J, ctrl=True)
        assert reception.field.text() == ""

    def test_escape_comes_back_to_the_field(self, reception: Reception) -> None:
        reception.rows.setFocus()
        reception.press(Key.Key_Escape)
        assert reception.focus() is reception.field

    def test_enter_in_the_list_calls_whom_it_shows(self, reception: Reception) -> None:
        reception.rows.setFocus()
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == [], "nobody is chosen yet"
        reception.press(Key.Key_Down, Key.Key_Down, Key.Key_Return)
        assert reception.asked("dial_requested") == [("214",)]

    def test_on_the_favourites_looks_among_all_people(self, reception: Reception) -> None:
        reception.press(Key.Key_3, ctrl=True)
        reception.asked()
        reception.type("bo")
        assert reception.window.page is Deed.PEOPLE
        assert reception.asked("searched") == [("b",), ("bo",)]

    @pytest.mark.parametrize(
        ("page", "found_in"), [(Key.Key_2, Deed.HISTORY), (Key.Key_3, Deed.PEOPLE)]
    )
    def test_f3_begins_anew_where_there_is_something_to_find(
        self, reception: Reception, page: Qt.Key, found_in: Deed
    ) -> None:
        reception.type("boris")
        reception.press(page, ctrl=True)
        reception.press(Key.Key_F3)
        reception.type("ana")
        assert (reception.window.page, reception.field.text()) == (found_in, "ana")

    def test_a_number_typed_over_the_history_is_called_by_one_enter(
        self, reception: Reception
    ) -> None:
        reception.press(Key.Key_2, ctrl=True)
        reception.type("0711 555")
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == [("0711 555",)]

    def test_what_is_typed_says_what_the_phone_will_dial(self, reception: Reception) -> None:
        plan = DialPlan(
            enabled=True, country="DE", area_code="30", outside_digit="0", internal_length=4
        )
        reception.window.show_dial_plan(plan)
        reception.type("5552345")
        reception.settle()
        row = reception.rows.rows[0]
        dialled = f"the phone dials {plan.apply('5552345')}"
        assert (row.title, row.detail) == ("Call 5552345", dialled)


class TestAtABystandersDesk:
    """The PBX tells of the calls, and takes no order for them."""

    @pytest.fixture
    def reception(self, reception: Reception) -> Reception:
        reception.window.show_abilities(bystander)
        reception.window.show_calls([call("1", RINGING)])
        return reception

    @pytest.mark.parametrize(
        ("key", "what"),
        [
            (Key.Key_Return, "answer"),
            (Key.Key_Enter, "answer"),
            (Key.Key_F5, "divert the call"),
            (Key.Key_F8, "reject the call"),
        ],
    )
    def test_a_key_says_why_it_does_nothing(
        self, reception: Reception, key: Qt.Key, what: str
    ) -> None:
        reception.press(key)
        assert reception.asked("ordered", "dial_requested", "divert_requested") == []
        assert reception.window.notice.text() == (
            f"Your phone system tells us who is calling, but not how to {what}. Use the handset."
        )
        assert reception.window._diverting == ""

    def test_so_it_does_where_the_list_or_a_note_has_the_caret(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", CallState.CONNECTED)])
        reception.rows.setFocus()
        reception.press(Key.Key_F7)
        assert "how to hold it" in reception.window.notice.text()
        reception.press(Key.Key_F4)
        assert isinstance(reception.focus(), QLineEdit)
        reception.press(Key.Key_F8)
        assert "how to end it" in reception.window.notice.text()
        assert reception.asked("ordered") == []

    def test_the_menu_is_grey_and_says_why(self, reception: Reception) -> None:
        action = reception.window._menus.action
        for deed in (Deed.ANSWER, Deed.DIVERT, Deed.HANG_UP):
            assert not action(deed).isEnabled()
            assert "Use the handset." in action(deed).toolTip()
        assert action(Deed.HOLD).toolTip() == "Nobody is on the line or on hold."

    def test_a_number_that_is_typed_is_called(self, reception: Reception) -> None:
        reception.type("214")
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == [("214",)]

    def test_a_number_that_cannot_be_called_from_here_stays_to_be_read(
        self, reception: Reception
    ) -> None:
        reception.window.show_abilities(lambda _action, _call: No(Reason.NOT_OFFERED))
        reception.type("214")
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == []
        assert reception.field.text() == "214"
        assert reception.window.notice.text() == (
            "Your phone system was asked, and does not offer this. Use the handset."
        )

    def test_with_a_phone_that_obeys_all_is_as_ever(self, reception: Reception) -> None:
        reception.window.show_abilities(presumed_ability)
        reception.press(Key.Key_Return)
        assert reception.asked("ordered") == [(Answer("1"),)]


class TestDiverting:
    @pytest.fixture
    def diverting(self, reception: Reception) -> Reception:
        reception.window.show_calls([call("1", RINGING)])
        reception.press(Key.Key_F5)
        return reception

    def test_what_is_typed_says_that_it_diverts(self, diverting: Reception) -> None:
        diverting.type("214")
        diverting.settle()
        assert diverting.rows.rows[0].title == "Divert to 214"

    def test_escape_leaves_at_once(self, diverting: Reception) -> None:
        diverting.type("21")
        diverting.press(Key.Key_Escape)
        assert (diverting.field.text(), diverting.window._diverting) == ("", "")

    def test_says_whom_and_shows_the_favourites(self, diverting: Reception) -> None:
        assert diverting.field.placeholderText() == "Divert Northwind to…"
        assert diverting.window.page is Deed.FAVOURITES
        assert diverting.rows.chosen() is None

    def test_says_so_also_when_something_is_typed(self, diverting: Reception) -> None:
        diverting.type("bo")
        said = [each.text() for each in diverting.window.findChildren(QLabel) if each.isVisible()]
        assert "Divert Northwind to…" in said
        diverting.press(Key.Key_Escape)
        diverting.press(Key.Key_Escape)
        said = [each.text() for each in diverting.window.findChildren(QLabel) if each.isVisible()]
        assert "Divert Northwind to…" not in said

    def test_enter_diverts_to_who_is_found(self, diverting: Reception) -> None:
        diverting.type("bo")
        diverting.press(Key.Key_Return)
        assert diverting.asked("ordered", "divert_requested") == [("1", "+492115550199")]
        assert diverting.field.placeholderText() == "Find people or type a number"

    def test_an_enter_that_waits_survives_reports_of_the_call(self, diverting: Reception) -> None:
        diverting.answers = False
        diverting.type("bo")
        diverting.press(Key.Key_Return)
        diverting.window.show_calls([call("1", RINGING)])
        diverting.window.show_found("bo", Found((BORIS,)), "")
        assert diverting.asked("ordered", "divert_requested") == [("1", "+492115550199")]

    def test_enter_in_the_list_diverts_and_does_not_answer(self, diverting: Reception) -> None:
        diverting.rows.setFocus()
        diverting.press(Key.Key_Down, Key.Key_Return)
        assert diverting.asked("ordered", "divert_requested") == [("1", "+12125550134")]

    def test_enter_on_nothing_does_nothing(self, diverting: Reception) -> None:
        diverting.press(Key.Key_Return)
        assert diverting.asked("ordered", "divert_requested", "dial_requested") == []

    def test_escape_leaves_off(self, diverting: Reception) -> None:
        diverting.press(Key.Key_Escape)
        assert diverting.field.placeholderText() == "Find people or type a number"
        diverting.press(Key.Key_Return)
        assert diverting.asked("ordered", "divert_requested") == [(Answer("1"),)]

    def test_ends_when_the_call_rings_no_more(self, diverting: Reception) -> None:
        diverting.window.show_calls([call("1", CallState.CONNECTED), call("2", RINGING)])
        assert diverting.field.placeholderText() == "Find people or type a number"
        diverting.press(Key.Key_F10)
        assert diverting.asked("divert_requested", "dial_requested") == [("214",)]

    def test_begins_by_the_button_on_the_card(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", RINGING), call("2", RINGING, "Anna Lee", 980)])
        buttons = [
            each
            for each in reception.window.findChildren(QPushButton)
            if each.text() == "Divert…" and each.isVisible()
        ]
        QTest.mouseClick(buttons[-1], Qt.MouseButton.LeftButton)
        reception.press(Key.Key_F9)
        ((call_id, _),) = reception.asked("divert_requested")
        assert call_id in ("1", "2")

    def test_of_a_call_that_is_gone_begins_nothing(self, reception: Reception) -> None:
        reception.window.begin_divert("7")
        assert reception.field.placeholderText() == "Find people or type a number"

    def test_a_number_from_a_link_leaves_off(self, diverting: Reception) -> None:
        diverting.window.offer_number("0711")
        diverting.press(Key.Key_Return)
        assert diverting.asked("divert_requested") == []


class TestKeysForWhatIsChosen:
    def test_favourites(self, reception: Reception) -> None:
        reception.press(Key.Key_F9, Key.Key_F10, Key.Key_F11)
        assert reception.asked("dial_requested") == [("+12125550134",), ("214",)]

    def test_a_person(self, reception: Reception) -> None:
        reception.type("bo")
        reception.press(Key.Key_D, ctrl=True)
        reception.press(Key.Key_E, ctrl=True)
        reception.press(Key.Key_Delete, ctrl=True)
        heard = [name for name, args in reception.heard if args in ((BORIS,), ([BORIS],))]
        assert heard == ["star_requested", "person_wanted", "people_deleted"]
        assert reception.field.text() == "bo", "the keys are the window's and not the field's"

    def test_a_call_of_the_past(self, reception: Reception) -> None:
        reception.press(Key.Key_2, ctrl=True)
        old = record(5)
        reception.window.show_history([(old, "", "555-1234")], has_more=False)
        reception.asked()
        reception.press(Key.Key_Down, Key.Key_F4)
        reception.press(Key.Key_Delete, ctrl=True)
        reception.press(Key.Key_N, ctrl=True)
        reception.press(Key.Key_Return)
        assert reception.heard == [
            ("record_note_wanted", (old,)),
            ("record_deleted", (old,)),
            ("person_wanted", (Person("Anna Lee", (Number("5551234"),)),)),
            ("dial_requested", ("5551234",)),
        ]

    @pytest.mark.parametrize("key", [Key.Key_D, Key.Key_E, Key.Key_Delete])
    def test_nothing_chosen_is_told(self, reception: Reception, key: Qt.Key) -> None:
        reception.press(key, ctrl=True)
        assert reception.asked("star_requested", "person_wanted", "people_deleted") == []
        assert reception.window.notice.text().startswith("Choose a person")

    def test_a_favourite_is_moved_among_the_favourites_only(self, reception: Reception) -> None:
        reception.press(Key.Key_Down)
        reception.press(Key.Key_Down, alt=True)
        assert reception.asked("move_requested") == []
        reception.press(Key.Key_3, ctrl=True)
        reception.press(Key.Key_Down)
        reception.press(Key.Key_Down, alt=True)
        reception.press(Key.Key_Up, alt=True)
        assert reception.asked("move_requested") == [(ANNA, 1), (ANNA, -1)]

    def test_a_new_person_begins_with_what_is_typed(self, reception: Reception) -> None:
        reception.type("Zoe Zahn")
        reception.press(Key.Key_N, ctrl=True)
        reception.press(Key.Key_F3)
        reception.type("0711")
        reception.press(Key.Key_N, ctrl=True)
        assert reception.asked("person_wanted") == [
            (Person("Zoe Zahn"),),
            (Person("", (Number("0711"),)),),
        ]

    def test_the_key_card(self, reception: Reception) -> None:
        reception.press(Key.Key_F1)
        assert reception.asked("keys_requested") == [()]


class TestUndo:
    def test_by_key_while_the_field_has_the_focus(self, reception: Reception) -> None:
        reception.window.tell("Anna Lee deleted.", can_undo=True)
        reception.window.show_undo(True)
        reception.type("an")
        reception.press(Key.Key_Z, ctrl=True)
        assert reception.asked("undo_requested") == [()]
        assert reception.field.text() == "an"

    def test_takes_back_what_was_typed_where_there_is_nothing_else(
        self, reception: Reception
    ) -> None:
        reception.type("an")
        reception.press(Key.Key_Z, ctrl=True)
        assert reception.asked("undo_requested") == []
        assert reception.field.text() == ""

    def test_goes_with_the_deed(self, reception: Reception) -> None:
        reception.window.tell("Anna Lee deleted.", can_undo=True)
        reception.window.show_undo(True)
        assert reception.button("Undo").isVisible()
        reception.window.show_undo(False)
        assert not reception.window.notice.isVisible()

    def test_leaves_what_is_no_affair_of_it(self, reception: Reception) -> None:
        reception.window.tell("Your phone rings.", stays=True)
        reception.window.show_undo(False)
        assert reception.window.notice.said() == "Your phone rings."


class TestNotes:
    def test_f4_writes_on_the_call(self, reception: Reception) -> None:
        reception.window.show_calls([call("1", CallState.CONNECTED)])
        reception.press(Key.Key_F4)
        reception.type("ok")
        talking = call("1", CallState.CONNECTED).call
        assert reception.asked("note_written") == [(talking, "o"), (talking, "ok")]

    @pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Escape])
    def test_ends_where_the_caret_was(self, reception: Reception, key: Qt.Key) -> None:
        reception.press(Key.Key_Down)
        reception.window.show_calls([call("1", CallState.CONNECTED)])
        reception.press(Key.Key_F4)
        reception.type("ok")
        reception.press(key)
        assert reception.focus() is reception.field
        assert reception.asked("dial_requested") == []

    @pytest.fixture
    def writing(self, reception: Reception) -> Reception:
        """One caller waits, and the other has hung up in the middle of the note on his call."""
        waits, talks = call("1", CallState.HELD), call("2", CallState.CONNECTED, since=995)
        reception.window.show_calls([waits, talks])
        reception.press(Key.Key_F4)
        reception.type("wants")
        reception.window.show_calls([waits])
        reception.settle()
        reception.heard.clear()
        return reception

    def test_goes_on_when_the_call_has_ended(self, writing: Reception) -> None:
        writing.type(" it")
        ended = replace(call("2", CallState.CONNECTED).call, state=CallState.ENDED)
        assert writing.asked("note_written", "ordered") == [
            (ended, "wants "),
            (ended, "wants i"),
            (ended, "wants it"),
        ]
        assert writing.field.text() == ""

    @pytest.mark.parametrize(
        "key", [Key.Key_Return, Key.Key_Escape, Key.Key_Tab, Key.Key_Backtab, Key.Key_F3]
    )
    def test_is_done_with_a_key_after_the_end(self, writing: Reception, key: Qt.Key) -> None:
        note = writing.focus()
        writing.press(key)
        assert writing.focus() is writing.field
        assert not note.isVisible()
        assert writing.button("Resume").isVisible()
        writing.press(Key.Key_Space)
        assert writing.asked("ordered", "dial_requested") == []

    def test_after_the_end_a_click_elsewhere_leaves_the_caret_there(
        self, writing: Reception
    ) -> None:
        note = writing.focus()
        writing.press(Key.Key_F4)
        waiting = writing.window.now.card("1")
        assert waiting is not None
        assert waiting.isAncestorOf(writing.focus())
        assert not note.isVisible()

    def test_of_the_only_call_goes_on_too(self, writing: Reception) -> None:
        writing.window.show_calls([])
        writing.type("!")
        assert writing.window.now.isVisible()
        assert [text for _, text in writing.asked("note_written")] == ["wants!"]
        writing.press(Key.Key_Return)
        assert not writing.window.now.isVisible()

    def test_a_menu_and_another_window_only_borrow_the_caret(self, writing: Reception) -> None:
        note = writing.focus()
        for reason in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            QApplication.sendEvent(note, QFocusEvent(QEvent.Type.FocusOut, reason))
        assert note.isVisible()

    def test_f4_without_a_call_says_so(self, reception: Reception) -> None:
        reception.press(Key.Key_F4)
        assert reception.asked("record_note_wanted") == []
        assert reception.focus() is reception.field
        assert reception.window.notice.text() == "Choose a call of the history first."


class TestHistory:
    def test_asks_by_filter_text_and_place(self, reception: Reception) -> None:
        reception.press(Key.Key_2, ctrl=True)
        reception.type("lee ")
        QTest.mouseClick(reception.button("Missed"), Qt.MouseButton.LeftButton)
        reception.settle()
        asked = reception.asked("history_wanted")
        assert asked[0] == (Only.ALL, "", None)
        assert asked[-1] == (Only.MISSED, "lee", None)

    def test_looking_at_it_counts_as_having_seen_what_was_missed(
        self, reception: Reception
    ) -> None:
        reception.press(Key.Key_2, ctrl=True)
        assert reception.asked("missed_seen") == [()]

    def test_older_calls_come_below(self, reception: Reception) -> None:
        reception.press(Key.Key_2, ctrl=True)
        show = reception.window.show_history
        show([(record(5), "", "555-1234")], has_more=True)
        reception.settle()
        assert reception.asked("history_wanted")[-1] == (Only.ALL, "", record(5))
        show([(record(4), "", "555-1234")], has_more=False, after=record(5))
        assert [row.subject for row in reception.rows.rows] == [record(5), record(4)]

    def test_older_calls_of_another_filter_are_dropped(self, reception: Reception) -> None:
        reception.press(Key.Key_2, ctrl=True)
        show = reception.window.show_history
        show([(record(5), "", "555-1234")], has_more=True)
        QTest.mouseClick(reception.button("Placed"), Qt.MouseButton.LeftButton)
        reception.settle()
        show([(record(4), "", "555-1234")], has_more=False, after=record(5))
        assert [row.subject for row in reception.rows.rows] == [record(5)]

    def test_enter_on_what_is_typed_goes_to_the_people(self, reception: Reception) -> None:
        reception.press(Key.Key_2, ctrl=True)
        reception.type("ana")
        reception.press(Key.Key_Return)
        assert reception.window.page is Deed.PEOPLE
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == [("231",)]

    def test_a_right_click_offers_what_can_be_done(self, reception: Reception) -> None:
        reception.press(Key.Key_2, ctrl=True)
        reception.window.show_history([(record(5), "", "x")], has_more=False)
        where = reception.rows.visualRect(reception.rows.model().index(0, 0)).center()
        reception.rows.customContextMenuRequested.emit(where)
        shown = menu()
        assert [each.text().replace("&", "") for each in shown.actions()] == [
            "Call back",
            "Note…",
            "Add to people…",
            "Delete",
        ]
        shown.close()


class TestTheHead:
    def test_says_state_and_whose_it_is(self, reception: Reception) -> None:
        window = reception.window
        window.show_state(PhoneState.READY, "Ready · FrontDesk, extension 200", "not told")
        assert window.line() == "Ready · FrontDesk, extension 200"
        assert not wizard(reception).isVisible()

    def test_a_state_without_an_owner(self, reception: Reception) -> None:
        reception.window.show_state(PhoneState.CONNECTING, "Not set up yet", "")
        assert reception.window.line() == "Not set up yet"

    def test_says_what_is_wrong_and_offers_the_wizard(self, reception: Reception) -> None:
        reception.window.show_state(PhoneState.TROUBLE, "No connection · x", "No answer.")
        assert reception.window.reason() == "No answer."
        QTest.mouseClick(wizard(reception), Qt.MouseButton.LeftButton)
        assert reception.asked("wizard_requested") == [()]

    def test_missed_calls_are_a_click_away(self, reception: Reception) -> None:
        reception.type("boris")
        reception.window.show_missed(2)
        QTest.mouseClick(reception.button("2 missed"), Qt.MouseButton.LeftButton)
        reception.settle()
        assert reception.window.page is Deed.HISTORY
        assert reception.button("Missed").isChecked()
        assert reception.asked("history_wanted")[-1] == (Only.MISSED, "", None)
        reception.window.show_missed(0)
        assert not any(
            "missed" in each.text() and each.isVisible()
            for each in reception.window.findChildren(QPushButton)
        )


class TestItself:
    def test_becomes_a_strip_and_back(self, reception: Reception) -> None:
        before = reception.window.geometry()
        strip = reception.window._menus.action(Deed.STRIP)
        strip.trigger()
        free = reception.window.screen().availableGeometry()
        at_edge = reception.window.frameGeometry()
        assert at_edge.width() < before.width()
        assert (at_edge.right(), at_edge.top(), at_edge.bottom()) == (
            free.right(),
            free.top(),
            free.bottom(),
        )
        strip.trigger()
        assert reception.window.geometry() == before

    @pytest.mark.parametrize("height", [0, 500, 900])
    def test_squeezes_no_call_where_it_is_narrow_and_low(
        self, reception: Reception, dress: Callable[[Scheme | None], None], height: int
    ) -> None:
        dress(Scheme.LIGHT)
        ringing = replace(call("1", RINGING), past="2nd call today · last 09:12 — “an invoice”")
        calls = [ringing, *(call(each, CallState.HELD) for each in "23")]
        reception.window.resize(reception.window.minimumWidth(), height)
        reception.window.show_calls(calls)
        reception.settle()
        for each in calls:
            card = reception.window.now.card(each.call.id)
            assert card is not None
            layout = card.layout()
            assert layout is not None
            assert card.height() >= layout.totalHeightForWidth(card.width())
            assert card.width() <= reception.window.now.viewport().width()
        assert reception.window.height() < 700 or height == 900

    def test_shows_where_she_writes_and_who_rings_where_it_is_low(
        self, reception: Reception
    ) -> None:
        def is_seen(widget: QWidget) -> bool:
            return widget.visibleRegion().contains(widget.rect().center())

        held = [call(each, CallState.HELD, since=990 + int(each)) for each in "1234"]
        talking = call("5", CallState.CONNECTED)
        reception.window.resize(reception.window.minimumWidth(), 0)
        reception.window.show_calls(held)
        reception.settle()
        scroll_bar = reception.window.now.verticalScrollBar()
        scroll_bar.setValue(scroll_bar.maximum())
        reception.press(Key.Key_F4)
        assert is_seen(reception.focus())
        scroll_bar.setValue(scroll_bar.maximum())
        reception.window.show_calls([*held, talking, call("6", RINGING)])
        reception.settle()
        assert is_seen(reception.button("Answer"))

    def test_stays_on_top_and_in_sight(self, reception: Reception) -> None:
        on_top = reception.window._menus.action(Deed.ON_TOP)
        on_top.trigger()
        assert reception.window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
        assert reception.window.isVisible()
        on_top.trigger()
        assert not reception.window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint

    def test_closes_to_the_tray(self, reception: Reception) -> None:
        reception.window.closes_to_tray = True
        reception.window.close()
        assert not reception.window.isVisible()

    def test_without_a_tray_it_stays_in_the_task_bar(self, reception: Reception) -> None:
        reception.window.close()
        assert reception.window.isMinimized()
        reception.window.come_forward()
        assert not reception.window.isMinimized()

    def test_the_dial_plan_is_switched_and_shown(self, reception: Reception) -> None:
        action = reception.window._menus.action(Deed.DIAL_PLAN)
        action.trigger()
        assert reception.asked("dial_plan_switched") == [(True,)]
        reception.window.show_dial_plan(DialPlan())
        assert not action.isChecked()
        assert reception.asked("dial_plan_switched") == []

    def test_a_name_is_shown_letter_by_letter(self, reception: Reception) -> None:
        nasty = "<b>Bold</b> & Söhne"
        reception.people = (Person(nasty, (Number("<i>1</i>&2"), Number("3")), id=1),)
        shown = ShownCall(call("1", RINGING).call, nasty, "1", nasty, nasty, nasty)
        reception.window.show_calls([shown])
        reception.window.tell(nasty)
        reception.type("<")
        for each in reception.window.findChildren(QLabel):
            if "Bold" in each.text():
                assert each.textFormat() is Qt.TextFormat.PlainText
        assert reception.rows.rows[0].title == nasty
        reception.press(Key.Key_Right)
        assert menu().actions()[0].text() == "Call <i>1</i>&&2 (work)"
        menu().close()

    def test_everything_has_a_name(
        self, reception: Reception, unnamed: Callable[[QWidget], list[str]]
    ) -> None:
        window = reception.window
        window.show_calls([call("1", RINGING), call("2", CallState.HELD)])
        window.show_state(PhoneState.TROUBLE, "No connection · x", "No answer.")
        window.show_missed(1)
        for page in (Key.Key_1, Key.Key_2, Key.Key_3):
            reception.press(page, ctrl=True)
            assert unnamed(window) == []

    @pytest.mark.parametrize("page", [Key.Key_1, Key.Key_2])
    def test_tab_goes_as_one_reads(
        self,
        reception: Reception,
        page: Qt.Key,
        against_reading: Callable[[QWidget], list[tuple[QWidget, QWidget]]],
    ) -> None:
        window = reception.window
        window.show_state(PhoneState.TROUBLE, "No connection · x", "No answer.")
        window.show_missed(1)
        window.show_calls([call("1", CallState.CONNECTED)])
        window.show_calls([call("1", CallState.HELD), call("2", RINGING)])
        window.tell("Anna Lee deleted.", can_undo=True)
        reception.press(page, ctrl=True)
        if page == Key.Key_2:
            window.show_history([(record(1), "", "x")], has_more=False)
        window.show_missed(1)
        reception.field.setFocus()
        assert len(against_reading(window)) == 1

    def test_follows_the_scheme(
        self, reception: Reception, dress: Callable[[Scheme | None], None]
    ) -> None:
        grounds = []
        for scheme in Scheme:
            dress(scheme)
            grounds.append(reception.window.grab().toImage().pixelColor(3, 300).lightness())
        assert grounds[0] > 200 > 60 > grounds[1]


def wizard(reception: Reception) -> QPushButton:
    (found,) = (
        each
        for each in reception.window.findChildren(QPushButton)
        if each.text() == "Settings wizard…"
    )
    return found


def test_the_time_of_day_is_the_systems_where_none_is_given(qtbot: QtBot) -> None:
    window = Window()
    qtbot.addWidget(window)
    before = datetime.now().astimezone()
    missed = replace(record(1), began=before)
    window.show_history([(missed, "", "555")], has_more=False)
    (row,) = (row for each in window.findChildren(RowList) for row in each.rows)
    after = datetime.now().astimezone()  # it may be another day already
    assert row.detail in (record_detail(missed, before), record_detail(missed, after))
