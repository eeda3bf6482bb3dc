"""Rows: what is painted, read out and chosen; looked at pixel by pixel where it matters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from callctrl.calls import Lamp, LampDoubt, LampState
from callctrl.ui.lampboard import LampBoard
from callctrl.ui.rows import Glyph, Row, RowDelegate, RowList, initials
from callctrl.ui.theme import Scheme, tokens
from tests.reception import ANA, ANDREAS, ANNA, NOW, Clock

_Index = QModelIndex | QPersistentModelIndex

ROWS = [
    Row("Anna Lee", "Lee & Sons", "+1 212 555 0134", key="F9", subject=ANNA),
    Row("Andreas Höfer", "Accounts", "214", key="F10", subject=ANDREAS),
    Row("Ana Pérez", "Sales", "231", note="back at three", subject=ANA),
]


@pytest.fixture
def rows(qtbot: QtBot) -> RowList:
    it = RowList("People")
    qtbot.addWidget(it)
    it.resize(460, 400)
    it.show_rows(ROWS)
    it.show()
    return it


def test_a_row_is_read_out_as_one_reads_it(rows: RowList) -> None:
    read = [
        rows.model().data(rows.model().index(at, 0), Qt.ItemDataRole.AccessibleTextRole)
        for at in range(3)
    ]
    assert read == [
        "Anna Lee, Lee & Sons, +1 212 555 0134, F9",
        "Andreas Höfer, Accounts, 214, F10",
        "Ana Pérez, Sales, 231, back at three",
    ]


def test_a_note_is_whole_in_the_tool_tip_and_letter_by_letter(rows: RowList) -> None:
    rows.show_rows([Row("Anna", note="<b>ask</b>"), Row("Ana")])
    tips = [rows.model().index(at, 0).data(Qt.ItemDataRole.ToolTipRole) for at in range(2)]
    assert tips == ["<qt>&lt;b&gt;ask&lt;/b&gt;</qt>", None]


def test_there_is_nothing_behind_the_rows(rows: RowList) -> None:
    assert rows.model().data(QModelIndex()) is None
    assert rows.model().rowCount(rows.model().index(0, 0)) == 0


def test_what_is_chosen_stays_chosen_among_other_rows(rows: RowList) -> None:
    rows.choose(1)
    rows.show_rows([ROWS[1], ROWS[0]])
    assert (rows.chosen(), rows.currentIndex().row()) == (ANDREAS, 0)


def test_a_person_who_was_changed_stays_chosen(rows: RowList) -> None:
    rows.choose(2)
    starred = replace(ANA, favourite=3)
    rows.show_rows([*ROWS[:2], Row("Ana Pérez", subject=starred)])
    assert rows.chosen() == starred


def test_what_is_gone_leaves_nothing_chosen(rows: RowList) -> None:
    rows.choose(2)
    rows.show_rows(ROWS[:2])
    assert rows.chosen() is None


@pytest.mark.parametrize(
    ("begin", "by", "end"), [(-1, 1, 0), (-1, -1, 0), (0, 1, 1), (0, 8, 2), (2, -8, 0), (2, 1, 2)]
)
def test_steps_end_at_the_ends(rows: RowList, begin: int, by: int, end: int) -> None:
    rows.choose(begin)
    rows.step(by)
    assert rows.currentIndex().row() == end


def test_a_step_in_an_empty_list_chooses_nothing(rows: RowList) -> None:
    rows.show_rows([])
    rows.step(1)
    assert rows.chosen() is None


def test_the_caret_alone_chooses_nobody_and_the_first_step_the_first(rows: RowList) -> None:
    rows.activateWindow()
    rows.setFocus(Qt.FocusReason.TabFocusReason)
    assert rows.hasFocus()
    assert rows.chosen() is None
    QTest.keyClick(rows, Qt.Key.Key_Down)
    assert rows.chosen() == ANNA
    rows.clearFocus()
    rows.setFocus(Qt.FocusReason.TabFocusReason)
    assert rows.chosen() == ANNA


def test_more_is_asked_for_once_and_comes_below(rows: RowList) -> None:
    spy = QSignalSpy(rows.more_wanted)
    rows.show_rows(ROWS[:1], has_more=True)
    model = rows.model()
    for _ in range(2):
        if model.canFetchMore(QModelIndex()):
            model.fetchMore(QModelIndex())
    assert spy.count() == 1
    rows.choose(0)
    rows.add_rows(ROWS[1:], has_more=False)
    assert (rows.rows, rows.chosen()) == (ROWS, ANNA)
    assert not model.canFetchMore(QModelIndex())


def test_nothing_more_can_come_and_more_can_still_be_had(rows: RowList) -> None:
    rows.show_rows(ROWS, has_more=True)
    rows.add_rows([], has_more=True)
    assert rows.model().canFetchMore(QModelIndex())


def test_a_right_click_chooses_the_row_it_is_for(rows: RowList) -> None:
    spy = QSignalSpy(rows.menu_wanted)
    rows.customContextMenuRequested.emit(rows.visualRect(rows.model().index(1, 0)).center())
    rows.customContextMenuRequested.emit(QPoint(10, 399))
    assert (spy.count(), spy.at(0)[0], rows.chosen()) == (1, ANDREAS, ANDREAS)


def test_letters_are_left_to_the_window_and_arrows_are_not(rows: RowList) -> None:
    rows.choose(0)
    QTest.keyClicks(rows, "ana")
    assert rows.chosen() == ANNA
    QTest.keyClick(rows, Qt.Key.Key_Down)
    assert rows.chosen() == ANDREAS


def test_a_row_is_as_high_as_its_lines(rows: RowList) -> None:
    first, _, with_note = (rows.visualRect(rows.model().index(at, 0)).height() for at in range(3))
    assert with_note > first >= 34


def test_the_first_note_below_rows_of_one_height_makes_its_row_higher(rows: RowList) -> None:
    rows.show_rows([Row("Anna"), Row("Andreas")])
    rows.add_rows([Row("Ana", note="back at three")], has_more=False)
    first, second, third = (rows.visualRect(rows.model().index(at, 0)) for at in range(3))
    assert first.height() == second.height() < third.height()
    assert third.top() > second.bottom()


def test_of_many_rows_of_one_height_one_is_measured(rows: RowList) -> None:
    asked: list[int] = []

    class Counting(RowDelegate):
        def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
            asked.append(index.row())
            return super().sizeHint(option, index)

    rows.setItemDelegate(Counting(rows))
    rows.show_rows([Row(f"Anna {number}") for number in range(500)])
    rows.visualRect(rows.model().index(499, 0))
    assert len(set(asked)) == 1


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Anna Lee", "AL"),
        ("Anna Maria von Lee", "AL"),
        ("anna", "A"),
        ("Lee & Sons", "LS"),
        ("<b>", ""),
        ("", ""),
        ("  ", ""),
        ("李 明", "李明"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


# Lamps


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(qtbot: QtBot, clock: Clock) -> LampBoard:
    it = LampBoard(clock, lambda: NOW)
    it.show(Lamp("214", LampState.BUSY, 760.0, "dialog", None))
    return it


@pytest.fixture
def lit(qtbot: QtBot, board: LampBoard) -> RowList:
    """Andreas has a lamp; Ana has an extension that is not watched."""
    it = RowList("People", lamps=board)
    qtbot.addWidget(it)
    it.resize(460, 400)
    extensions = ("", "214", "231")
    it.show_rows([replace(row, extension=each) for row, each in zip(ROWS, extensions, strict=True)])
    it.show()
    return it


def read(rows: RowList, at: int, role: int = Qt.ItemDataRole.AccessibleTextRole) -> object:
    return rows.model().index(at, 0).data(role)


def test_what_the_lamp_says_is_read_out_behind_the_name(lit: RowList) -> None:
    assert [read(lit, at) for at in range(3)] == [
        "Anna Lee, Lee & Sons, +1 212 555 0134, F9",
        "Andreas Höfer, on a call for 4 min, Accounts, 214, F10",
        "Ana Pérez, Sales, 231, back at three",
    ]


def test_why_it_is_so_is_in_the_tool_tip_and_in_the_readers_description(
    lit: RowList, board: LampBoard
) -> None:
    board.show(Lamp("231", since=1000.0, doubt=LampDoubt.REFUSED))
    why = read(lit, 2, Qt.ItemDataRole.AccessibleDescriptionRole)
    assert str(why).startswith("Unknown since ")
    assert "does not let us watch this phone" in str(why)
    assert read(lit, 2, Qt.ItemDataRole.ToolTipRole) == f"back at three\n{why}"
    assert read(lit, 0, Qt.ItemDataRole.ToolTipRole) is None


def test_a_lamp_and_its_word_stand_before_the_detail(
    lit: RowList, board: LampBoard, dress: Callable[[Scheme | None], None]
) -> None:
    dress(Scheme.LIGHT)
    rect = lit.visualRect(lit.model().index(1, 0))
    place = (48, rect.center().y(), 200, rect.bottom() - 4)
    assert tokens().bad in colours(picture(lit), *place)
    board.show(Lamp("214", LampState.FREE, 1000.0, "dialog", None))
    assert tokens().bad not in colours(picture(lit), *place)
    assert tokens().ok in colours(picture(lit), *place)


def test_a_change_is_told_of_its_row_and_no_other(lit: RowList, board: LampBoard) -> None:
    told = QSignalSpy(lit.model().dataChanged)
    for _ in range(2):
        board.show(Lamp("214", LampState.FREE, 1000.0, "dialog", None))
        board.show(Lamp("999", LampState.FREE, 1000.0, "dialog", None))
    assert [told.at(at)[0].row() for at in range(told.count())] == [1]


def test_as_time_goes_by_only_what_ages_is_drawn_and_only_in_view(
    lit: RowList, board: LampBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    lit.show_rows([Row(str(at), extension=str(at)) for at in range(300)])
    for at in range(300):
        state = LampState.BUSY if at % 2 else LampState.FREE
        board.show(Lamp(str(at), state, 1000.0, "dialog", None))
    drawn: list[int] = []
    monkeypatch.setattr(lit, "update", lambda index: drawn.append(index.row()))
    lit._ageing.timeout.emit()
    last = lit.indexAt(QPoint(0, 399)).row()
    assert drawn == [at for at in range(last + 1) if at % 2]
    assert 0 < last < 20
    assert lit._ageing.interval() == 60_000


def test_nothing_ages_where_nobody_looks(lit: RowList, rows: RowList) -> None:
    assert (lit._ageing.isActive(), rows._ageing.isActive()) == (True, False)
    lit.hide()
    assert not lit._ageing.isActive()


def test_rows_that_come_below_have_lamps_too(lit: RowList, board: LampBoard) -> None:
    lit.add_rows([Row("Zoe", number="299", extension="299")], has_more=False)
    board.show(Lamp("299", LampState.AWAY, 1000.0, "presence", None))
    assert read(lit, 3) == "Zoe, away, 299"


# Painted


def picture(rows: RowList) -> QImage:
    return rows.viewport().grab().toImage()


def colours(image: QImage, left: int, top: int, right: int, bottom: int) -> set[str]:
    return {image.pixelColor(x, y).name() for y in range(top, bottom) for x in range(left, right)}


def inked(rows: RowList, at: int, left: int, right: int) -> list[int]:
    """The columns of a row in which something is drawn, above its hairline."""
    image, rect = picture(rows), rows.visualRect(rows.model().index(at, 0))
    ground = image.pixelColor(2, rect.bottom() - 3)
    return [
        x
        for x in range(left, right)
        if any(image.pixelColor(x, y) != ground for y in range(rect.top() + 2, rect.bottom() - 2))
    ]


def test_numbers_end_below_each_other_with_a_key_or_without(
    rows: RowList, dress: Callable[[Scheme | None], None]
) -> None:
    dress(Scheme.LIGHT)
    widths = rows.fontMetrics()
    cap_begins = 460 - 8 - widths.horizontalAdvance("F10") - 16
    ends = [max(inked(rows, at, 200, cap_begins)) for at in range(3)]
    assert max(ends) - min(ends) <= 2


def test_in_a_narrow_strip_the_number_goes_below_the_name(
    rows: RowList, dress: Callable[[Scheme | None], None]
) -> None:
    dress(Scheme.LIGHT)
    rows.show_rows(ROWS[2:])
    assert inked(rows, 0, 380, 460) != []
    width = rows.fontMetrics().height() * 18
    rows.resize(width, 400)
    assert inked(rows, 0, width - 60, width) == []


@pytest.mark.parametrize("glyph", Glyph)
def test_every_drawing_is_drawn(
    rows: RowList, glyph: Glyph, dress: Callable[[Scheme | None], None]
) -> None:
    dress(Scheme.LIGHT)
    rows.show_rows([Row("", glyph=glyph)])
    rect = rows.visualRect(rows.model().index(0, 0))
    middle = rect.center().y()
    assert len(colours(picture(rows), 12, middle - 10, 40, middle + 10)) > 2


@pytest.mark.parametrize("scheme", Scheme)
def test_the_chosen_row_stands_out(
    rows: RowList, scheme: Scheme, dress: Callable[[Scheme | None], None]
) -> None:
    dress(scheme)
    rows.choose(0)
    image = picture(rows)
    chosen, other = (rows.visualRect(rows.model().index(at, 0)) for at in range(2))
    assert image.pixelColor(230, chosen.top() + 4) != image.pixelColor(230, other.top() + 4)


@pytest.mark.parametrize(("ground", "text"), [("#000000", "#ffff00"), ("#ffffff", "#000000")])
def test_in_a_contrast_theme_no_row_disappears(
    qapp: QApplication, qtbot: QtBot, ground: str, text: str
) -> None:
    before = QPalette(qapp.palette())
    palette = QPalette()
    for role in QPalette.ColorRole:
        if role is not QPalette.ColorRole.NColorRoles:
            palette.setColor(role, QColor(text))
    for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base, QPalette.ColorRole.Button):
        palette.setColor(role, QColor(ground))
    qapp.setPalette(palette)
    try:
        rows = RowList("People")
        qtbot.addWidget(rows)
        rows.resize(460, 400)
        rows.show_rows([Row("Anna", glyph=glyph) for glyph in Glyph])
        rows.choose(1)
        image = picture(rows)
        for at in range(3):
            rect = rows.visualRect(rows.model().index(at, 0))
            drawing = colours(image, 12, rect.top() + 8, 40, rect.bottom() - 8)
            words = colours(image, 48, rect.top() + 4, 200, rect.bottom() - 4)
            assert {ground, text} <= drawing
            assert {ground, text} <= words
        chosen = rows.visualRect(rows.model().index(1, 0))
        assert image.pixelColor(230, chosen.top() + 1).name() == text, "an outline"
    finally:
        qapp.setPalette(before)
