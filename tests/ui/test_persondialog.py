"""The dialog for one person."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from callctrl.people import Number, NumberKind, Person
from callctrl.ui.persondialog import PersonDialog
from callctrl.ui.widgets import DropDown, Switch

ANNA = Person(
    "Anna Lee",
    (Number("+1 212 555 0134"), Number("231", NumberKind.EXTENSION)),
    "Lee & Sons",
    "anna@lee.example",
    "prefers mornings\nspeaks German",
    favourite=1,
    id=7,
)


def opened(qtbot: QtBot, person: Person) -> PersonDialog:
    dialog = PersonDialog(person)
    qtbot.addWidget(dialog)
    dialog.open()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    return dialog


def field(dialog: PersonDialog, name: str) -> QLineEdit:
    (found,) = (it for it in dialog.findChildren(QLineEdit) if it.accessibleName() == name)
    return found


def buttons(dialog: PersonDialog) -> dict[str, QPushButton]:
    return {
        it.text().replace("&", ""): it
        for it in dialog.findChildren(QPushButton)
        if not it.isHidden()
    }


def press(dialog: PersonDialog, text: str) -> None:
    QTest.mouseClick(buttons(dialog)[text], Qt.MouseButton.LeftButton)


def test_shows_a_person_and_gives_the_same_back(qtbot: QtBot) -> None:
    dialog = opened(qtbot, ANNA)
    spy = QSignalSpy(dialog.saved)
    press(dialog, "Save")
    assert [spy.at(0)[0], spy.at(0)[1]] == [ANNA, True]
    assert not dialog.isVisible()


def test_a_new_person_is_typed_and_saved_by_enter(qtbot: QtBot) -> None:
    dialog = opened(qtbot, Person(""))
    spy = QSignalSpy(dialog.saved)
    focus = dialog.focusWidget()
    assert focus is field(dialog, "Name"), "the caret is where one begins"
    QTest.keyClicks(focus, "  Bo  ")
    QTest.keyClicks(field(dialog, "Number 1"), " 0711  555 ")
    QTest.keyClick(field(dialog, "Number 1"), Qt.Key.Key_Return)
    assert [spy.at(0)[0], spy.at(0)[1]] == [Person("Bo", (Number("0711 555"),)), False]


def test_only_somebody_known_can_be_deleted(qtbot: QtBot) -> None:
    assert "Delete" not in buttons(opened(qtbot, Person("Bo")))
    dialog = opened(qtbot, ANNA)
    deleted, saved = QSignalSpy(dialog.deleted), QSignalSpy(dialog.saved)
    press(dialog, "Delete")
    assert (deleted.at(0)[0], saved.count(), dialog.isVisible()) == (ANNA, 0, False)


def test_cancel_keeps_nothing(qtbot: QtBot) -> None:
    dialog = opened(qtbot, ANNA)
    spy = QSignalSpy(dialog.saved)
    field(dialog, "Name").setText("Anne")
    press(dialog, "Cancel")
    assert (spy.count(), dialog.isVisible()) == (0, False)


def test_nobody_without_name_and_company_is_kept(qtbot: QtBot) -> None:
    dialog = opened(qtbot, Person(" "))
    spy = QSignalSpy(dialog.saved)
    press(dialog, "Save")
    assert (spy.count(), dialog.isVisible()) == (0, True)
    assert dialog.focusWidget() is field(dialog, "Name")
    (complaint,) = (it for it in dialog.findChildren(QLabel) if it.text().startswith("A person"))
    assert complaint.isVisible()
    field(dialog, "Company").setText("Lee & Sons")
    assert not complaint.isVisible()
    press(dialog, "Save")
    assert spy.at(0)[0] == Person("", company="Lee & Sons")


def test_a_number_that_is_emptied_is_forgotten(qtbot: QtBot) -> None:
    dialog = opened(qtbot, ANNA)
    field(dialog, "Number 1").setText("  ")
    assert dialog.person().numbers == (Number("231", NumberKind.EXTENSION),)


def test_another_number_takes_the_caret_and_has_a_kind(qtbot: QtBot) -> None:
    dialog = opened(qtbot, ANNA)
    press(dialog, "Another number")
    focus = dialog.focusWidget()
    assert focus is field(dialog, "Number 3")
    QTest.keyClicks(focus, "0171 1")
    (kind,) = (
        it for it in dialog.findChildren(DropDown) if it.accessibleName() == "Kind of number 3"
    )
    kind.setCurrentIndex(kind.findText("mobile"))
    assert dialog.person().numbers[2] == Number("0171 1", NumberKind.MOBILE)


def test_there_is_an_end_to_numbers(qtbot: QtBot) -> None:
    dialog = opened(qtbot, Person("Bo"))
    for _ in range(5):
        press(dialog, "Another number")
    assert "Another number" not in buttons(dialog)
    many = tuple(Number(str(at)) for at in range(9))
    assert opened(qtbot, Person("Bo", many)).person().numbers == many


def test_the_favourites_switch_is_told(qtbot: QtBot) -> None:
    dialog = opened(qtbot, ANNA)
    spy = QSignalSpy(dialog.saved)
    favourite = dialog.findChild(Switch)
    assert favourite is not None
    QTest.keyClick(favourite, Qt.Key.Key_Space)
    press(dialog, "Save")
    assert spy.at(0)[1] is False


def test_the_note_has_lines_and_tab_leaves_it(qtbot: QtBot) -> None:
    dialog = opened(qtbot, Person("Bo"))
    note = dialog.findChild(QPlainTextEdit)
    assert note is not None
    note.setFocus()
    QTest.keyClicks(note, "one")
    QTest.keyClick(note, Qt.Key.Key_Return)
    QTest.keyClicks(note, "two ")
    QTest.keyClick(note, Qt.Key.Key_Tab)
    assert dialog.person().note == "one\ntwo"
    assert dialog.focusWidget() is not note


def test_mnemonics_reach_the_fields(qtbot: QtBot) -> None:
    dialog = opened(qtbot, ANNA)
    for key, name in (
        (Qt.Key.Key_C, "Company"),
        (Qt.Key.Key_M, "Number 1"),
        (Qt.Key.Key_E, "E-mail"),
        (Qt.Key.Key_O, "Note"),
        (Qt.Key.Key_F, "Favourite"),
        (Qt.Key.Key_N, "Name"),
    ):
        QTest.keyClick(dialog, key, Qt.KeyboardModifier.AltModifier)
        focus = dialog.focusWidget()
        assert focus is not None
        assert focus.accessibleName() == name


def test_letters_are_shown_as_they_are(qtbot: QtBot) -> None:
    dialog = opened(qtbot, Person("<b>Bo</b>", id=1))
    assert field(dialog, "Name").text() == "<b>Bo</b>"
    assert all("<b>" not in it.text() for it in dialog.findChildren(QLabel))


def test_tab_goes_as_one_reads(
    qtbot: QtBot, against_reading: Callable[[QWidget], list[tuple[QWidget, QWidget]]]
) -> None:
    dialog = opened(qtbot, ANNA)
    press(dialog, "Another number")
    assert dialog.focusWidget() is field(dialog, "Number 3"), "so that it is on the way round"
    assert len(against_reading(dialog)) == 1


def test_everything_has_a_name(qtbot: QtBot, unnamed: Callable[[QWidget], list[str]]) -> None:
    assert unnamed(opened(qtbot, ANNA)) == []
