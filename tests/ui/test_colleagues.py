"""The colleagues' page, and the same lamps everywhere else in the window: by real keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QMenu, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from callctrl.calls import CallState, Lamp, LampDoubt, LampState
from callctrl.people import Number, NumberKind, Person
from callctrl.ui.colleagues import ColleaguesPage
from callctrl.ui.keys import Deed
from callctrl.ui.lampboard import LampBoard
from callctrl.ui.pages import Colleague, Typed
from callctrl.ui.theme import Scheme
from callctrl.ui.window import Window
from tests.reception import ANA, ANDREAS, ANNA, NOW, Clock, Reception, call, record

pytestmark = pytest.mark.qt_log_ignore(
    "propagateSizeHints", "does not support raise", "grabbing the keyboard"
)

Key = Qt.Key
ZOE = Person("Zoë Ütz", (Number("555 9876"), Number("299", NumberKind.EXTENSION)), "Accounts", id=9)


def lamp(who: str, state: LampState, since: float = 1000.0) -> Lamp:
    return Lamp(who, state, since, "dialog", None)


@pytest.fixture
def board(qtbot: QtBot) -> LampBoard:
    it = LampBoard(Clock(), lambda: NOW)
    for who in ("1001", "299", "231", "214", "98"):
        it.show(lamp(who, LampState.FREE))
    return it


@pytest.fixture
def page(qtbot: QtBot, board: LampBoard) -> ColleaguesPage:
    it = ColleaguesPage("Colleagues", board)
    qtbot.addWidget(it)
    it.show_known([ANDREAS, ANA, ZOE])
    it.look_for("")
    it.show()
    return it


@pytest.fixture
def reception(qtbot: QtBot) -> Reception:
    clock = Clock()
    window = Window(clock, lambda: NOW)
    qtbot.addWidget(window)
    it = Reception(window, clock)
    window.show_known([ANDREAS, ANA])
    return it


def light(reception: Reception, *lamps: Lamp) -> None:
    for each in lamps:
        reception.window.lamps.show(each)
    reception.window._pages._gather.timeout.emit()
    reception.settle()


def titles(page: ColleaguesPage) -> list[str]:
    return [row.title for row in page.list.rows]


def read(reception: Reception) -> list[str]:
    """What a screen reader says of each row."""
    model = reception.rows.model()
    role = Qt.ItemDataRole.AccessibleTextRole
    return [str(model.index(at, 0).data(role)) for at in range(model.rowCount())]


def menu() -> QMenu:
    shown = QApplication.activePopupWidget()
    assert isinstance(shown, QMenu)
    return shown


def entry(text: str) -> QAction:
    (found,) = (each for each in menu().actions() if each.text() == text)
    return found


class TestThePage:
    def test_favourites_come_first_then_names_then_numbers(self, page: ColleaguesPage) -> None:
        assert titles(page) == ["Andreas Höfer", "Ana Pérez", "Zoë Ütz", "98", "1001"]
        assert [row.subject for row in page.list.rows][:1] == [Colleague("214", ANDREAS)]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("z", ["Zoë Ütz"]),
            ("uetz zo", ["Zoë Ütz"]),
            ("acc", ["Zoë Ütz"]),
            ("an", ["Andreas Höfer", "Ana Pérez"]),
            ("nobody", []),
            (" ", ["Andreas Höfer", "Ana Pérez", "Zoë Ütz", "98", "1001"]),
        ],
    )
    def test_what_is_typed_finds_names_companies_and_extensions(
        self, page: ColleaguesPage, text: str, found: list[str]
    ) -> None:
        page.look_for(text)
        assert titles(page) == found

    def test_a_number_can_be_called_as_it_is_typed(self, page: ColleaguesPage) -> None:
        page.look_for("2")
        assert titles(page) == ["Call 2", "Andreas Höfer", "Ana Pérez", "Zoë Ütz"]
        assert page.list.rows[0].subject == Typed("2")

    def test_of_two_with_one_extension_the_first_is_named(self, page: ColleaguesPage) -> None:
        page.show_known([ANA, replace(ZOE, numbers=ANA.numbers)])
        assert page.colleague("231").name == "Ana Pérez"

    def test_who_has_only_a_company_is_called_by_it(self, page: ColleaguesPage) -> None:
        page.show_known([replace(ANA, name="", company="Sales")])
        page.look_for("sal")
        assert titles(page) == ["Sales"]

    def test_a_favourites_key_is_shown_where_it_calls_that_very_phone(
        self, page: ColleaguesPage
    ) -> None:
        page.show_known([ANDREAS, replace(ZOE, favourite=1)])
        page.look_for("")
        keys = {row.title: row.key for row in page.list.rows}
        assert (keys["Andreas Höfer"], keys["Zoë Ütz"]) == ("F10", "")

    def test_it_says_where_nobody_fits(
        self, page: ColleaguesPage, unnamed: Callable[[QWidget], list[str]]
    ) -> None:
        page.look_for("nobody")
        assert not page.list.isVisible()
        assert unnamed(page) == []


class TestInTheWindow:
    def test_there_is_no_page_where_nobody_is_watched(self, reception: Reception) -> None:
        (tabs,) = reception.window.findChildren(QTabBar)
        action = reception.window._menus.action(Deed.COLLEAGUES)
        assert (tabs.count(), action.isEnabled()) == (3, False)
        assert "see Colleagues in the preferences" in action.toolTip()
        light(reception, lamp("214", LampState.FREE))
        assert (tabs.count(), action.isEnabled()) == (4, True)
        reception.press(Key.Key_4, ctrl=True)
        assert reception.window.page is Deed.COLLEAGUES
        reception.window.lamps.clear()
        light(reception)
        assert (tabs.count(), reception.window.page) == (3, Deed.PEOPLE)

    def test_every_row_is_read_out_with_name_state_and_extension(
        self, reception: Reception
    ) -> None:
        light(
            reception,
            lamp("214", LampState.BUSY, 760.0),
            lamp("231", LampState.FREE),
            Lamp("98"),
        )
        reception.press(Key.Key_4, ctrl=True)
        assert read(reception) == [
            "Andreas Höfer, on a call for 4 min, 214, F10",
            "Ana Pérez, free, Sales, 231",
            "98, unknown",
        ]

    def test_the_same_lamp_stands_beside_people_favourites_and_calls_of_the_past(
        self, reception: Reception
    ) -> None:
        light(reception, lamp("214", LampState.HELD))
        assert "Andreas Höfer, on hold, ext, 214, F10" in read(reception)
        reception.type("and")
        assert read(reception) == ["Andreas Höfer, on hold, ext, 214, F10"]
        reception.press(Key.Key_Escape)
        reception.press(Key.Key_3, ctrl=True)
        assert "Andreas Höfer, on hold, ext, 214, F10" in read(reception)
        reception.press(Key.Key_2, ctrl=True)
        reception.window.show_history([(record(1, "214"), "", "214")], has_more=False)
        assert read(reception)[0].startswith("Anna Lee, on hold, ")

    def test_enter_calls_the_extension_though_another_number_comes_first(
        self, reception: Reception
    ) -> None:
        reception.window.show_known([ZOE])
        light(reception, lamp("299", LampState.FREE))
        reception.press(Key.Key_4, ctrl=True)
        reception.type("zoe")
        reception.press(Key.Key_Return)
        assert reception.asked("dial_requested") == [("299",)]

    def test_enter_diverts_to_a_colleague(self, reception: Reception) -> None:
        light(reception, lamp("231", LampState.FREE))
        reception.window.show_calls([call("1", CallState.RINGING)])
        reception.press(Key.Key_F5)
        reception.press(Key.Key_4, ctrl=True)
        reception.press(Key.Key_Down, Key.Key_Return)
        assert reception.asked("divert_requested", "dial_requested") == [("1", "231")]

    def test_who_comes_and_goes_leaves_the_choice_where_it_was(self, reception: Reception) -> None:
        light(reception, lamp("214", LampState.FREE), lamp("231", LampState.FREE))
        reception.press(Key.Key_4, ctrl=True)
        reception.press(Key.Key_Down, Key.Key_Down)
        chosen = reception.rows.chosen()
        reception.window.lamps.forget(["214"])
        light(reception, lamp("1", LampState.FREE))
        assert reception.rows.chosen() == chosen == Colleague("231", ANA)

    def test_hundreds_who_come_at_once_are_listed_once(self, reception: Reception) -> None:
        light(reception, lamp("214", LampState.FREE))
        reception.press(Key.Key_4, ctrl=True)
        shown = QSignalSpy(reception.rows.model().modelReset)
        light(reception, *(lamp(str(at), LampState.FREE) for at in range(300, 600)))
        assert (shown.count(), reception.rows.model().rowCount()) == (1, 301)
        gather = reception.window._pages._gather
        gather.stop()
        for at in range(300, 600):
            reception.window.lamps.show(lamp(str(at), LampState.BUSY))
        assert not gather.isActive(), "the same phones are watched as before"

    def test_a_colleague_is_changed_as_the_person_it_is(self, reception: Reception) -> None:
        light(reception, lamp("214", LampState.FREE), lamp("98", LampState.FREE))
        reception.press(Key.Key_4, ctrl=True)
        reception.press(Key.Key_Down)
        reception.press(Key.Key_D, Key.Key_E, ctrl=True)
        assert reception.asked("star_requested", "person_wanted") == [(ANDREAS,), (ANDREAS,)]
        reception.press(Key.Key_Down)
        reception.press(Key.Key_E, ctrl=True)
        nobody = Person("", (Number("98", NumberKind.EXTENSION),))
        assert reception.asked("person_wanted") == [(nobody,)]

    def test_in_a_narrow_strip_all_tabs_stay_in_sight_and_say_their_key(
        self, reception: Reception, dress: Callable[[Scheme | None], None]
    ) -> None:
        dress(Scheme.LIGHT)
        light(reception, lamp("214", LampState.FREE))
        (tabs,) = reception.window.findChildren(QTabBar)
        apart = tabs.tabRect(0).width()
        reception.window.resize(reception.window.minimumWidth(), 600)
        reception.settle()
        assert tabs.tabRect(3).right() <= tabs.width()
        assert tabs.tabRect(0).width() < apart, "they move together"
        assert tabs.tabToolTip(3) == "Colleagues (Ctrl+4)"

    def test_where_the_strip_has_become_wide_the_tabs_have_their_whole_names_again(
        self, reception: Reception, dress: Callable[[Scheme | None], None]
    ) -> None:
        dress(Scheme.LIGHT)
        light(reception, lamp("214", LampState.FREE))
        (tabs,) = reception.window.findChildren(QTabBar)
        wide = reception.window.size()
        before = [tabs.tabRect(at) for at in range(4)]
        reception.window.resize(reception.window.minimumWidth(), 600)
        reception.settle()
        reception.window.resize(wide)
        reception.settle()
        assert [tabs.tabRect(at) for at in range(4)] == before


class TestTellMeWhenFree:
    @pytest.fixture
    def waiting(self, reception: Reception) -> Reception:
        """She waits for Andreas, whom she chose by keys alone."""
        light(reception, lamp("214", LampState.BUSY))
        reception.type("and")
        reception.press(Key.Key_Right)
        entry("Tell me when free").trigger()
        menu().close()
        return reception

    def test_it_is_told_once_with_a_button_that_calls(self, waiting: Reception) -> None:
        notice = waiting.window.notice
        assert read(waiting) == ["Andreas Höfer, on a call, you are told when free, ext, 214, F10"]
        light(waiting, lamp("214", LampState.HELD))
        assert not notice.isVisible()
        light(waiting, lamp("214", LampState.FREE))
        assert (notice.isVisible(), notice.text()) == (True, "Andreas Höfer (214) is free now.")
        assert not notice._timer.isActive(), "she may be on the line"
        assert read(waiting) == ["Andreas Höfer, free, ext, 214, F10"]
        waiting.button("Call").click()
        assert waiting.asked("dial_requested") == [("214",)]
        assert not notice.isVisible()
        light(waiting, lamp("214", LampState.BUSY), lamp("214", LampState.FREE))
        assert not notice.isVisible()

    @pytest.mark.parametrize("state", [LampState.BUSY, LampState.AWAY])
    def test_nobody_is_offered_as_free_who_no_longer_is(
        self, waiting: Reception, state: LampState
    ) -> None:
        light(waiting, lamp("214", LampState.FREE), lamp("214", state))
        notice = waiting.window.notice
        assert notice.text() == "Andreas Höfer (214) was free, and no longer is."
        assert not any(each.text() == "Call" and each.isVisible() for each in notice._buttons)

    def test_what_was_said_since_stays(self, waiting: Reception) -> None:
        light(waiting, lamp("214", LampState.FREE))
        waiting.window.tell("Taken back.")
        light(waiting, lamp("214", LampState.BUSY))
        assert waiting.window.notice.text() == "Taken back."

    def test_it_can_be_taken_back(self, waiting: Reception) -> None:
        waiting.press(Key.Key_Right)
        assert entry("Tell me when free").isChecked()
        entry("Tell me when free").trigger()
        menu().close()
        light(waiting, lamp("214", LampState.FREE))
        assert not waiting.window.notice.isVisible()

    def test_who_has_no_name_is_told_of_by_number(self, reception: Reception) -> None:
        light(reception, lamp("98", LampState.RINGING))
        reception.window.lamps.await_free("98", True)
        light(reception, lamp("98", LampState.FREE))
        assert reception.window.notice.text() == "98 is free now."

    def test_the_call_does_not_divert_whom_she_is_about_to_divert(self, waiting: Reception) -> None:
        waiting.window.show_calls([call("1", CallState.RINGING)])
        waiting.press(Key.Key_F5)
        light(waiting, lamp("214", LampState.FREE))
        waiting.button("Call").click()
        assert waiting.asked("divert_requested", "dial_requested") == [("214",)]

    def test_where_that_cannot_be_told_it_is_grey_and_says_why(self, reception: Reception) -> None:
        light(reception, Lamp("214", since=1.0, doubt=LampDoubt.REFUSED))
        reception.type("and")
        reception.press(Key.Key_Right)
        assert not entry("Tell me when free").isEnabled()
        assert "does not let us watch" in entry("Tell me when free").toolTip()
        assert menu().toolTipsVisible()
        menu().close()

    def test_whoever_is_free_is_not_waited_for(self, reception: Reception) -> None:
        light(reception, lamp("214", LampState.FREE))
        reception.type("and")
        reception.press(Key.Key_Right)
        assert [each.text() for each in menu().actions()][:2] == ["Call 214 (ext)", ""]
        menu().close()


def test_people_without_an_extension_have_no_lamp(reception: Reception) -> None:
    light(reception, lamp("214", LampState.FREE))
    assert read(reception)[0] == "Anna Lee, Lee & Sons · +1, +1 212 555 0134, F9"
    assert ANNA.numbers[0].kind is not NumberKind.EXTENSION
