"""The parts of the import screen: columns, preview and problems, and the words for them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from callctrl.people import NumberKind, Person
from callctrl.store.csvpeople import Mapping, Meaning, Sheet, guess_mapping
from callctrl.store.peoplefile import (
    FILE_LIMIT,
    PEOPLE_LIMIT,
    Fault,
    Problem,
    Read,
    Unreadable,
)
from callctrl.ui.parts import plain_tip
from callctrl.ui.widgets import DropDown, Outcome, Row, label

__all__ = ["Columns", "Preview", "Problems", "count_words", "unreadable_words"]

translate = QCoreApplication.translate

_SAMPLES = 3
"""Rows shown below a column's meaning."""
_CELL_CHARS = 100
"""More of a cell is not even looked at to be shown."""
_PREVIEW = 20
"""People shown before they are imported."""


class Columns(QScrollArea):
    """What each column of a table means, over its first cells."""

    changed = Signal()
    """Another mapping is chosen."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__()
        self.sheet = sheet
        guessed = guess_mapping(sheet)
        self._has_header = guessed.has_header
        self._boxes = [_MeaningBox(meaning) for meaning in guessed.meanings]
        lines = 1 + min(_SAMPLES, len(sheet.rows))
        self._cells = [[label() for _ in range(lines)] for _ in self._boxes]
        self._width = max((box.sizeHint().width() for box in self._boxes), default=0)
        self._inside = inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        for index, (box, cells) in enumerate(zip(self._boxes, self._cells, strict=True)):
            box.setFixedWidth(self._width)
            box.currentIndexChanged.connect(self.changed)
            grid.addWidget(box, 0, index)
            grid.setRowMinimumHeight(1, cells[0].fontMetrics().height() + 8)
            for row, cell in enumerate(cells, 1):
                cell.setProperty("role", "strong" if row == 1 else "quiet")
                grid.addWidget(cell, row, index)
        grid.setColumnStretch(len(self._boxes), 1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self._show_cells()

    def mapping(self) -> Mapping:
        """What is chosen."""
        return Mapping(tuple(box.meaning() for box in self._boxes), self._has_header)

    def set_has_header(self, has_header: bool) -> None:
        """Take the first row for headings, or for a person."""
        self._has_header = has_header
        self._show_cells()
        self.changed.emit()

    def fit(self) -> None:
        """As high as its lines and, where it needs one, its scroll bar."""
        inside = self._inside.sizeHint()
        bar = self.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(inside.height() + (bar if inside.width() > self.width() else 0))

    def _show_cells(self) -> None:
        heads = self.sheet.rows[0] if self._has_header else ()
        samples = self.sheet.rows[self._has_header :][:_SAMPLES]
        for index, (box, cells) in enumerate(zip(self._boxes, self._cells, strict=True)):
            name = self.tr("Column {number}").format(number=count_words(index + 1))
            head = heads[index].strip() if heads else ""
            texts = [head or name, *(row[index] for row in samples)]
            texts += [""] * (len(cells) - len(texts))  # where the headings take a row
            for cell, text in zip(cells, texts, strict=True):
                _show_elided(cell, " ".join(text[:_CELL_CHARS].split()), self._width)
            box.setAccessibleName(f"{name}: {head[:_CELL_CHARS]}" if head else name)
            box.setAccessibleDescription(
                ", ".join(cell.text() for cell in cells[1:] if cell.text())
            )


class _MeaningBox(DropDown):
    """What a column means."""

    def __init__(self, meaning: Meaning) -> None:
        super().__init__()
        for each in Meaning:
            self.addItem(_meaning_word(each), each.value)
        self.setCurrentIndex(self.findData(meaning.value))
        self.setMaxVisibleItems(len(Meaning))

    def meaning(self) -> Meaning:
        """The one chosen."""
        return Meaning(self.currentData())


class Preview(QTableWidget):
    """The first people as they would be."""

    def __init__(self) -> None:
        super().__init__(0, 4)
        self.setProperty("role", "preview")
        self.setAccessibleName(self.tr("The first people"))
        self.setHorizontalHeaderLabels(
            [self.tr("Name"), self.tr("Company"), self.tr("Numbers"), self.tr("Email")]
        )
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        )
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        line = self.fontMetrics().height() + 8
        self.verticalHeader().setDefaultSectionSize(line)
        self.setMinimumHeight(line * 5 + 16)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Share the width out: numbers are long, and never to be guessed at."""
        super().resizeEvent(event)
        for column, hundredths in enumerate((26, 22, 30, 22)):
            self.setColumnWidth(column, self.viewport().width() * hundredths // 100)

    def show_people(self, people: Sequence[Person]) -> None:
        """Show the first of them."""
        shown = people[:_PREVIEW]
        self.setRowCount(len(shown))
        for row, person in enumerate(shown):
            for column, text in enumerate(
                (person.name, person.company, _numbers_words(person), person.email)
            ):
                item = QTableWidgetItem(text)
                item.setToolTip(plain_tip(text))
                self.setItem(row, column, item)


class Problems(QWidget):
    """What could not be read, with its lines; hidden where all is well."""

    def __init__(self) -> None:
        super().__init__()
        self._head = Row(Outcome.WARNED, "")
        self._list = QListWidget()
        self._list.setProperty("role", "preview")
        self._list.setSpacing(1)
        self._list.setAccessibleName(self.tr("What could not be read"))
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(8)
        column.addWidget(self._head)
        column.addWidget(self._list)
        self.hide()

    def show_problems(self, read: Read) -> None:
        """List them, as far as they are told one by one."""
        self._head.show_outcome(
            Outcome.WARNED,
            self.tr("Not everything could be read ({count})").format(
                count=count_words(read.problem_count)
            ),
        )
        self._list.clear()
        self._list.addItems([_problem_words(problem) for problem in read.problems])
        if (more := read.problem_count - len(read.problems)) > 0:
            words = self.tr("And others of the kind: {count}")
            self._list.addItem(words.format(count=count_words(more)))
        self._list.setFixedHeight(
            (self.fontMetrics().height() + 4) * min(self._list.count(), 4) + 12
        )
        self.setVisible(read.problem_count > 0)


# Words


def count_words(number: int) -> str:
    """A number with its thousands apart, as one writes it here."""
    return QLocale().toString(number)


def unreadable_words(why: Unreadable) -> tuple[str, str]:
    """Why a file cannot be read, and what to do about it."""
    match why:
        case Unreadable.TOO_LARGE:
            size = QLocale().formattedDataSize(FILE_LIMIT, 0)
            return (
                translate("Import", "This file is too large"),
                translate(
                    "Import", "Up to {size} can be read. Export fewer people at once."
                ).format(size=size),
            )
        case Unreadable.EMPTY:
            return (
                translate("Import", "Nobody was found in this file"),
                translate("Import", "Is it the right one? Export it again where it comes from."),
            )
        case Unreadable.NO_CARDS:
            return (
                translate("Import", "There is no vCard in this file"),
                translate("Import", "Is it the right one? Export it again where it comes from."),
            )
        case Unreadable.SPREADSHEET:
            return (
                translate("Import", "This is no CSV file"),
                translate(
                    "Import", "Open it in the program it was made with and save it as CSV first."
                ),
            )


def _problem_words(problem: Problem) -> str:
    where = translate("Import", "Line {line}:").format(line=count_words(problem.line))
    return f"{where} {_fault_words(problem.what)}"


def _fault_words(fault: Fault) -> str:
    match fault:
        case Fault.NOT_UNDERSTOOD:
            return translate("Import", "not understood and left out")
        case Fault.TOO_LONG:
            return translate("Import", "too long and left out")
        case Fault.NOBODY:
            return translate("Import", "neither a name nor a number, so nobody to call")
        case Fault.UNFINISHED:
            return translate("Import", "this card has no end; what there is of it was read")
        case Fault.QUOTE_LEFT_OPEN:
            return translate("Import", "a quotation mark is never closed; the line is left out")
        case Fault.EXTRA_CELLS:
            return translate("Import", "more cells than columns; those beyond are left out")
        case Fault.SPOILT_NUMBER:
            return translate(
                "Import", "a spreadsheet has rounded a number, such as 4.93E+11; it is left out"
            )
        case Fault.TOO_MUCH:
            return translate(
                "Import",
                "nothing is read from here on: more than {limit} people, or too many broken lines",
            ).format(limit=count_words(PEOPLE_LIMIT))


def _meaning_word(meaning: Meaning) -> str:
    match meaning:
        case Meaning.NOTHING:
            return translate("Import", "Leave out")
        case Meaning.NAME:
            return translate("Import", "Name")
        case Meaning.FIRST_NAME:
            return translate("Import", "First name")
        case Meaning.LAST_NAME:
            return translate("Import", "Last name")
        case Meaning.COMPANY:
            return translate("Import", "Company")
        case Meaning.WORK:
            return translate("Import", "Phone, work")
        case Meaning.EXTENSION:
            return translate("Import", "Extension")
        case Meaning.MOBILE:
            return translate("Import", "Phone, mobile")
        case Meaning.HOME:
            return translate("Import", "Phone, home")
        case Meaning.FAX:
            return translate("Import", "Fax")
        case Meaning.OTHER:
            return translate("Import", "Phone, other")
        case Meaning.KIND:
            return translate("Import", "Kind of next phone")
        case Meaning.EMAIL:
            return translate("Import", "Email")
        case Meaning.NOTE:
            return translate("Import", "Note")


def _kind_word(kind: NumberKind) -> str:
    match kind:
        case NumberKind.WORK:
            return translate("Import", "work")
        case NumberKind.EXTENSION:
            return translate("Import", "extension")
        case NumberKind.MOBILE:
            return translate("Import", "mobile")
        case NumberKind.HOME:
            return translate("Import", "home")
        case NumberKind.FAX:
            return translate("Import", "fax")
        case NumberKind.OTHER:
            return translate("Import", "other")


def _numbers_words(person: Person) -> str:
    return ", ".join(f"{each.text} ({_kind_word(each.kind)})" for each in person.numbers)


def _show_elided(it: QLabel, text: str, width: int) -> None:
    """As much of the text as has room; the whole of it as a tip."""
    shown = it.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width - 4)
    it.setText(shown)
    it.setToolTip(plain_tip(text) if shown != text else "")
