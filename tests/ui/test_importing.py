"""Importing people, as somebody does it with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, SignalInstance
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QTableWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from callctrl.people import Number, NumberKind, Person
from callctrl.store.csvpeople import Mapping, Meaning, sniff
from callctrl.store.peoplefile import Fault, FileKind, Problem, Read, Unreadable
from callctrl.ui import importing, importparts
from callctrl.ui.importing import ImportDialog, ask_for_export, ask_for_import
from callctrl.ui.theme import Scheme
from callctrl.ui.widgets import Outcome, Row, Switch

Key = Qt.Key
SHEET = sniff(
    b"Vorname,Nachname,Telefon,Farbe\n"
    + b"Anna,Lee,030 12,red\nBob,Ray,030 13,\n"
    + b"".join(b"P,%d,14,\n" % row for row in range(1500))
)
GUESS = (Meaning.FIRST_NAME, Meaning.LAST_NAME, Meaning.WORK, Meaning.NOTHING)
ANNA = Person("Anna Lee", (Number("12"), Number("07", NumberKind.MOBILE)), "Example", "a@x.org")
BOB = Person("Bob Ray")
CARDS = Read([ANNA, BOB], [], 0)
JOIN = "Join with people already there"
HEADINGS = "The first row holds headings"

Open = Callable[..., ImportDialog]


@pytest.fixture(name="opened")
def open_dialog(qtbot: QtBot) -> Open:
    def opened(source: object = SHEET, name: str = "people.csv") -> ImportDialog:
        dialog = ImportDialog(name, source)  # type: ignore[arg-type]
        qtbot.addWidget(dialog)
        dialog.open()
        dialog.activateWindow()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
        return dialog

    return opened


def recorded(signal: SignalInstance) -> list[tuple[object, ...]]:
    """What the signal has carried, each time."""
    said: list[tuple[object, ...]] = []
    signal.connect(lambda *carried: said.append(carried))
    return said


def press(dialog: ImportDialog, key: Key, alt: bool = False) -> None:
    modifier = Qt.KeyboardModifier.AltModifier if alt else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(dialog.focusWidget() or dialog, key, modifier)
    QApplication.processEvents()


def buttons(dialog: ImportDialog) -> list[str]:
    """What can be pressed, from the left."""
    shown = [it for it in dialog.findChildren(QPushButton) if it.isVisible() and it.isEnabled()]
    return [it.text().replace("&", "") for it in sorted(shown, key=lambda it: it.x())]


def primary(dialog: ImportDialog) -> QPushButton:
    (found,) = (it for it in dialog.findChildren(QPushButton) if it.property("primary"))
    return found


def boxes(dialog: ImportDialog) -> list[QComboBox]:
    return dialog.findChildren(QComboBox)


def switch(dialog: ImportDialog, name: str) -> Switch:
    (found,) = (it for it in dialog.findChildren(Switch) if it.accessibleName() == name)
    return found


def people(dialog: ImportDialog) -> list[list[str]]:
    """The preview, row by row."""
    (table,) = dialog.findChildren(QTableWidget)
    cells = [
        [table.model().index(row, column) for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]
    return [[str(cell.data()) for cell in row] for row in cells]


def problems(dialog: ImportDialog) -> list[str]:
    """What is listed as not read; empty where the list is not shown."""
    (found,) = (it for it in dialog.findChildren(QListWidget) if it.property("role") == "preview")
    return [found.item(row).text() for row in range(found.count())] if found.isVisible() else []


def words(dialog: ImportDialog) -> str:
    return "\n".join(it.text() for it in dialog.findChildren(QLabel) if it.isVisible())


def outcome(dialog: ImportDialog) -> tuple[Outcome, str]:
    """The last line, which tells how it went."""
    row = [it for it in dialog.findChildren(Row) if it.isVisible()][-1]
    return row.outcome, row.text()


def focused(dialog: ImportDialog) -> str:
    """What a screen reader would say of what has the focus."""
    widget = dialog.focusWidget()
    text = widget.text() if isinstance(widget, QPushButton) else ""
    return (widget.accessibleName() or text).replace("&", "")


# Cards


def test_cards_are_imported_by_one_key(opened: Open) -> None:
    dialog = opened(CARDS, "office.vcf")
    asked = recorded(dialog.import_requested)
    assert "office.vcf · address cards (vCard) · people: 2" in words(dialog)

    press(dialog, Key.Key_Return)

    assert asked == [([ANNA, BOB], True)]
    assert buttons(dialog) == []
    assert outcome(dialog) == (Outcome.RUNNING, "Importing")

    dialog.show_imported(1, 1)

    assert outcome(dialog)[0] is Outcome.PASSED
    assert "1 added, 1 joined" in outcome(dialog)[1]
    assert buttons(dialog) == ["Undo", "Close"]
    press(dialog, Key.Key_Return)
    assert not dialog.isVisible()


def test_people_are_shown_before_they_are_imported(opened: Open) -> None:
    assert people(opened(CARDS)) == [
        ["Anna Lee", "Example", "12 (work), 07 (mobile)", "a@x.org"],
        ["Bob Ray", "", "", ""],
    ]


def test_of_many_people_the_first_are_shown(opened: Open) -> None:
    dialog = opened(Read([ANNA] * 50_000, [], 0))
    assert len(people(dialog)) == 20
    assert "50000" in words(dialog)


def test_joining_can_be_switched_off(qtbot: QtBot, opened: Open) -> None:
    dialog = opened(CARDS)
    asked = recorded(dialog.import_requested)
    press(dialog, Key.Key_J, alt=True)
    assert focused(dialog) == JOIN
    qtbot.waitUntil(lambda: not switch(dialog, JOIN).isChecked())
    press(dialog, Key.Key_I, alt=True)
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert asked[0][1] is False


def test_problems_are_told_in_words_with_their_lines(opened: Open) -> None:
    kinds = list(Fault)
    found = [Problem(10 * line, what) for line, what in enumerate(kinds, 1)]
    dialog = opened(Read([ANNA], found, 1000))
    told = problems(dialog)
    assert "Not everything could be read (1000)" in words(dialog)
    assert [text.partition(":")[0] for text in told] == [
        *(f"Line {10 * line}" for line in range(1, len(kinds) + 1)),
        "And others of the kind",
    ]
    assert len({text.partition(":")[2] for text in told}) == len(kinds) + 1


def test_without_problems_none_are_mentioned(opened: Open) -> None:
    dialog = opened(CARDS)
    assert problems(dialog) == []
    assert "could be read" not in words(dialog)


def test_cards_of_nobody_cannot_be_imported_and_say_so(opened: Open) -> None:
    dialog = opened(Read([], [Problem(1, Fault.NOBODY)], 1))
    assert buttons(dialog) == ["Cancel"]
    assert "Nobody would be imported" in primary(dialog).accessibleDescription()


# Undo, and what goes wrong


def test_an_import_is_undone(qtbot: QtBot, opened: Open) -> None:
    dialog = opened(CARDS)
    undo = recorded(dialog.undo_requested)
    press(dialog, Key.Key_Return)
    dialog.show_imported(2, 0)
    press(dialog, Key.Key_U, alt=True)
    qtbot.waitUntil(lambda: len(undo) == 1)
    assert buttons(dialog) == []
    dialog.show_undone()
    assert outcome(dialog) == (
        Outcome.SKIPPED,
        "Undone: your contacts are as they were before",
    )
    assert buttons(dialog) == ["Close"]


def test_a_failed_import_can_be_tried_again(opened: Open) -> None:
    dialog = opened(CARDS)
    asked = recorded(dialog.import_requested)
    press(dialog, Key.Key_Return)
    dialog.show_import_failed()
    assert outcome(dialog)[0] is Outcome.FAILED
    assert buttons(dialog) == ["Close", "Try again"]
    press(dialog, Key.Key_Return)
    assert len(asked) == 2
    assert asked[0] == asked[1]


@pytest.mark.parametrize("why", Unreadable)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(opened: Open, why: Unreadable) -> None:
    dialog = opened(why, "people.xlsx")
    assert outcome(dialog)[0] is Outcome.FAILED
    assert outcome(dialog)[1] == ". ".join(importparts.unreadable_words(why))
    assert "people.xlsx" in words(dialog)
    assert JOIN not in words(dialog)
    assert buttons(dialog) == ["Close"]


# Tables


def test_a_table_is_read_as_it_was_guessed(opened: Open) -> None:
    dialog = opened()
    wanted, asked = recorded(dialog.read_requested), recorded(dialog.import_requested)
    assert "people.csv · table (CSV) · rows: 1503" in words(dialog)
    assert people(dialog)[:2] == [
        ["Anna Lee", "", "030 12 (work)", ""],
        ["Bob Ray", "", "030 13 (work)", ""],
    ]

    press(dialog, Key.Key_Return)

    assert wanted == [(Mapping(GUESS, has_header=True),)]
    assert buttons(dialog) == ["Cancel"]

    dialog.show_read(Read([ANNA], [Problem(7, Fault.NOBODY)], 1))

    assert asked == [([ANNA], True)]
    assert problems(dialog) == ["Line 7: neither a name nor a number, so nobody to call"]


def test_another_meaning_changes_the_preview_at_once(opened: Open) -> None:
    dialog = opened()
    asked = recorded(dialog.read_requested)
    boxes(dialog)[3].setFocus()
    QTest.keyClicks(dialog.focusWidget(), "Comp")
    boxes(dialog)[2].setFocus()
    for _ in range(2):
        press(dialog, Key.Key_Down)
    assert people(dialog)[0] == ["Anna Lee", "red", "030 12 (mobile)", ""]
    press(dialog, Key.Key_Return)
    chosen = (*GUESS[:2], Meaning.MOBILE, Meaning.COMPANY)
    assert asked == [(Mapping(chosen, has_header=True),)]


def test_the_first_row_may_be_somebody(qtbot: QtBot, opened: Open) -> None:
    dialog = opened()
    press(dialog, Key.Key_F, alt=True)
    assert focused(dialog) == HEADINGS
    qtbot.waitUntil(lambda: not switch(dialog, HEADINGS).isChecked())
    assert people(dialog)[0][0] == "Vorname Nachname"
    assert boxes(dialog)[0].accessibleName() == "Column 1"
    press(dialog, Key.Key_Space)
    assert people(dialog)[0][0] == "Anna Lee"
    assert boxes(dialog)[0].accessibleName() == "Column 1: Vorname"


def test_every_meaning_has_words_of_its_own(opened: Open) -> None:
    dialog = opened()
    box = boxes(dialog)[0]
    names = [box.itemText(index) for index in range(box.count())]
    assert len(set(names)) == len(names) == len(Meaning)


def test_without_a_column_of_people_there_is_nothing_to_import(opened: Open) -> None:
    dialog = opened()
    asked = recorded(dialog.read_requested)
    for box in boxes(dialog):
        box.setCurrentIndex(0)
    assert people(dialog) == []
    assert buttons(dialog) == ["Cancel"]
    assert "Choose what the columns hold" in primary(dialog).accessibleDescription()
    press(dialog, Key.Key_Return)
    assert len(asked) == 0
    boxes(dialog)[0].setCurrentIndex(1)
    assert buttons(dialog) == ["Cancel", "Import"]
    assert primary(dialog).accessibleDescription() == ""


def test_the_wheel_scrolls_and_changes_no_meaning(opened: Open) -> None:
    dialog = opened()
    box = boxes(dialog)[0]
    before = box.currentIndex()
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(box.mapToGlobal(QPoint(5, 5))),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, event)
    assert box.currentIndex() == before
    assert not event.isAccepted()


def test_a_table_that_turns_out_to_hold_nobody_says_so(opened: Open) -> None:
    dialog = opened()
    asked = recorded(dialog.import_requested)
    press(dialog, Key.Key_Return)
    dialog.show_read(Read([], [], 0))
    assert outcome(dialog) == (Outcome.FAILED, "Nobody was found in this file")
    assert len(asked) == 0


def test_a_table_that_has_gone_meanwhile_says_so(opened: Open) -> None:
    dialog = opened()
    press(dialog, Key.Key_Return)
    dialog.show_unreadable(Unreadable.TOO_LARGE)
    assert outcome(dialog)[1].startswith("This file is too large. Up to 64")
    assert buttons(dialog) == ["Close"]


def test_what_was_not_asked_for_changes_nothing(opened: Open) -> None:
    dialog = opened()
    asked = recorded(dialog.import_requested)
    dialog.show_read(CARDS)
    dialog.show_unreadable(Unreadable.EMPTY)
    assert len(asked) == 0
    assert buttons(dialog) == ["Cancel", "Import"]


def test_what_comes_after_closing_finds_nobody(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = opened()
    asked = recorded(dialog.import_requested)
    press(dialog, Key.Key_Return)
    press(dialog, Key.Key_Escape)
    assert not dialog.isVisible()
    said: list[str] = []
    monkeypatch.setattr(importing, "announce", lambda _widget, text: said.append(text))
    dialog.show_read(CARDS)
    dialog.show_imported(1, 0)
    assert len(asked) == 0
    assert said == []


def test_markup_in_a_file_is_shown_as_it_is(opened: Open) -> None:
    dialog = opened(sniff(b"<b>Name</b>,Phone\n<i>Anna</i>,12\n"), "<u>.csv")
    assert "<u>.csv" in words(dialog)
    assert "<b>Name</b>" in words(dialog)
    assert people(dialog)[0][0] == "<i>Anna</i>"
    (table,) = dialog.findChildren(QTableWidget)
    assert (
        table.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
        == "<qt>&lt;i&gt;Anna&lt;/i&gt;</qt>"
    )


def test_long_cells_and_many_columns_do_not_widen_the_dialog(opened: Open) -> None:
    width = opened(CARDS).width()
    row = b",".join([b"x" * 500] * 150)
    assert opened(sniff(row + b"\n" + row)).width() == width


# Keyboard and screen reader


def test_tab_goes_as_one_reads(opened: Open) -> None:
    dialog = opened()
    boxes(dialog)[0].setFocus()
    seen = []
    for _ in range(9):
        seen.append(focused(dialog))
        press(dialog, Key.Key_Tab)
    assert seen == [
        *("Column 1: Vorname", "Column 2: Nachname", "Column 3: Telefon", "Column 4: Farbe"),
        *(HEADINGS, "The first people", JOIN, "Cancel", "Import"),
    ]


def test_a_column_out_of_sight_comes_into_sight_with_the_focus(opened: Open) -> None:
    row = b",".join([b"Phone"] * 30)
    dialog = opened(sniff(row + b"\n" + row.replace(b"Phone", b"12")))
    first, last = boxes(dialog)[0], boxes(dialog)[-1]
    first.setFocus()
    for _ in range(29):
        press(dialog, Key.Key_Tab)
    assert dialog.focusWidget() is last
    assert 0 <= last.mapTo(dialog, QPoint()).x() <= dialog.width() - last.width()


def test_the_focus_stays_on_the_way_on(qtbot: QtBot, opened: Open) -> None:
    dialog = opened()
    asked = recorded(dialog.read_requested)
    assert focused(dialog) == "Import"
    boxes(dialog)[1].setFocus()
    press(dialog, Key.Key_I, alt=True)
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert dialog.focusWidget() is dialog
    dialog.show_read(CARDS)
    dialog.show_imported(2, 0)
    assert focused(dialog) == "Close"


@pytest.mark.parametrize("source", [SHEET, CARDS, Unreadable.EMPTY], ids=["table", "cards", "none"])
def test_everything_has_a_name(
    opened: Open, unnamed: Callable[[QWidget], list[str]], source: object
) -> None:
    dialog = opened(source)
    assert unnamed(dialog) == []
    dialog.show_imported(1, 1)
    assert unnamed(dialog) == []


def test_a_column_tells_what_is_in_it(opened: Open) -> None:
    dialog = opened()
    assert boxes(dialog)[0].accessibleDescription() == "Anna, Bob, P"


@pytest.mark.parametrize("scheme", Scheme)
def test_the_arrow_of_a_column_is_drawn_in_its_colours(
    opened: Open, dress: Callable[[Scheme | None], None], scheme: Scheme
) -> None:
    dress(scheme)
    dialog = opened()
    box = boxes(dialog)[0]
    picture = box.grab().toImage()
    x, y = round(16 * picture.devicePixelRatio()), picture.height() // 2 + 1
    shades = {
        picture.pixelColor(picture.width() - x + dx, y + dy).name()
        for dx in range(-5, 5)
        for dy in range(-4, 4)
    }
    assert len(shades) > 2


# Files


def pick(dialog: QFileDialog, name: str) -> None:
    """Type a name and press Enter."""
    edit = dialog.findChild(QLineEdit, "fileNameEdit")
    assert edit is not None
    edit.setText(name)
    dialog.accept()


@pytest.fixture(autouse=True)
def own_file_dialogs(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt's own file dialogs, which a test can reach into."""
    monkeypatch.setattr(
        QFileDialog, "open", lambda self: (self.setOption(_NOT_NATIVE), self.show())[1]
    )


_NOT_NATIVE = QFileDialog.Option.DontUseNativeDialog


def test_a_file_to_import_is_picked(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "office.VCF"
    file.write_bytes(b"")
    picked: list[Path] = []
    dialog = ask_for_import(None, picked.append)
    qtbot.addWidget(dialog)
    assert dialog.isVisible()
    dialog.setDirectory(str(tmp_path))
    pick(dialog, str(file))
    assert picked == [file]


def test_nothing_picked_is_nothing_said(qtbot: QtBot) -> None:
    picked: list[object] = []
    dialogs = [
        ask_for_import(None, picked.append),
        ask_for_export(None, list(FileKind), lambda *said: picked.append(said)),
    ]
    for dialog in dialogs:
        qtbot.addWidget(dialog)
        dialog.reject()
    assert picked == []


@pytest.mark.parametrize(
    ("typed", "filter_index", "name", "kind"),
    [
        ("people", 0, "people.csv", FileKind.CSV),
        ("people", 1, "people.vcf", FileKind.VCARD),
        ("people.vcf", 0, "people.vcf", FileKind.VCARD),
        ("people.txt", 0, "people.txt", FileKind.CSV),
    ],
)
def test_a_file_to_export_to_has_the_suffix_of_its_kind(
    qtbot: QtBot, tmp_path: Path, typed: str, filter_index: int, name: str, kind: FileKind
) -> None:
    picked: list[tuple[Path, FileKind]] = []
    dialog = ask_for_export(
        None, [FileKind.CSV, FileKind.VCARD], lambda path, kind: picked.append((path, kind))
    )
    qtbot.addWidget(dialog)
    chosen = dialog.nameFilters()[filter_index]
    dialog.selectNameFilter(chosen)
    dialog.filterSelected.emit(chosen)  # as a hand at the box would have it
    pick(dialog, str(tmp_path / typed))
    assert picked == [(tmp_path / name, kind)]
