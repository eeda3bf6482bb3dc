"""Taking people over from a file: what is in it, what it would come to, and what came of it.

The dialog reads no file. It is given what was found and asks by signal:

    read_requested(Mapping)         -> show_read(Read) or show_unreadable(Unreadable)
    import_requested(people, merge) -> show_imported(added, joined) or show_import_failed()
    undo_requested()                -> show_undone()

A vCard says itself what is what; of a CSV file the first rows are shown, each column under what it
seems to mean. Changing that changes the preview, and the whole file is read when it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from callctrl.people import Person
from callctrl.store.csvpeople import Sheet, preview
from callctrl.store.peoplefile import FileKind, Read, Unreadable
from callctrl.ui.icons import app_icon
from callctrl.ui.importparts import Columns, Preview, Problems, count_words, unreadable_words
from callctrl.ui.widgets import (
    Outcome,
    Row,
    Switch,
    announce,
    button,
    fit_height,
    frame,
    label,
    rule,
    set_width,
)

__all__ = ["ImportDialog", "ask_for_export", "ask_for_import"]

translate = QCoreApplication.translate


class _Stage(Enum):
    """How far the import has come."""

    CHOOSING = "choosing"
    READING = "reading"
    IMPORTING = "importing"
    UNSAVED = "unsaved"
    """Importing was tried, and the contacts could not be written."""
    IMPORTED = "imported"
    UNDOING = "undoing"
    ENDED = "ended"
    """Nothing is left to do but to close."""


@dataclass(frozen=True, slots=True)
class _Face:
    """What the buttons are at a stage."""

    primary: str
    second: str = ""
    """Empty where there is no other way on."""
    is_busy: bool = False
    """Whether the primary one has to wait."""


class ImportDialog(QDialog):
    """Show what a file holds and hand its people over; open it with `open()`.

    `source` is what was found in the file: the table of a CSV file, the people of a vCard, or why
    there is nothing. A dialog that is closed asks for nothing more.
    """

    read_requested = Signal(object)
    """Mapping: please read the whole CSV file by it."""
    import_requested = Signal(object, bool)
    """list[Person], and whether to join them with people already there."""
    undo_requested = Signal()

    def __init__(
        self, file_name: str, source: Sheet | Read | Unreadable, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Import people — Call Ctrl"))
        self.setWindowIcon(app_icon())
        self._stage = _Stage.CHOOSING
        self._people: list[Person] = []
        """Those read, or of a CSV file those of its first rows until it is read."""
        self._columns = Columns(source) if isinstance(source, Sheet) else None
        self._table = self._made_table()
        self._preview = Preview()
        self._preview_head = label("", "section")
        self._problems = Problems()
        self._merge = Switch("", "")
        self._outcome = Row(Outcome.RUNNING, "")
        self._outcome.hide()
        self._second = button("")
        self._primary = button("", primary=True)

        body, buttons = frame(self)
        heads = QVBoxLayout()
        heads.setSpacing(2)
        heads.addWidget(label(self.tr("Import people"), "title"))
        heads.addWidget(label(self._about(file_name, source), "quiet", wrap=True))
        body.addLayout(heads)
        self._form = self._made_form()
        body.addWidget(self._form, 1)
        self._decision = self._made_decision()
        body.addWidget(self._decision)
        body.addWidget(self._outcome)
        for each, pressed in (
            (self._second, self._press_second),
            (self._primary, self._press_primary),
        ):
            buttons.addWidget(each)
            each.clicked.connect(pressed)
        set_width(self, 46)

        match source:
            case Sheet():
                self._show_preview()
            case Read():
                self._people = source.people
                self._preview.show_people(source.people)
                self._problems.show_problems(source)
            case Unreadable():
                self._form.hide()
                self._show(_Stage.ENDED, Outcome.FAILED, *unreadable_words(source))
        self._refresh()
        self._primary.setFocus()

    # What the program tells

    def show_read(self, read: Read) -> None:
        """The whole file is read: its people are handed over."""
        if self._stage is not _Stage.READING:
            return
        self._people = read.people
        self._preview.show_people(read.people)
        self._problems.show_problems(read)
        if read.people:
            self._hand_over()
        else:
            self._show(_Stage.ENDED, Outcome.FAILED, self.tr("Nobody was found in this file"))

    def show_unreadable(self, why: Unreadable) -> None:
        """The whole file could not be read after all."""
        if self._stage is _Stage.READING:
            self._show(_Stage.ENDED, Outcome.FAILED, *unreadable_words(why))

    def show_imported(self, added: int, joined: int) -> None:
        """The people are there; how many are new, and how many were there already."""
        self._show(
            _Stage.IMPORTED,
            Outcome.PASSED,
            self.tr("{added} added, {joined} joined").format(
                added=count_words(added), joined=count_words(joined)
            ),
            self.tr("Undo takes all of it back, here or in the main window."),
        )

    def show_import_failed(self) -> None:
        """The people could not be kept; those who were there before still are."""
        self._show(
            _Stage.UNSAVED,
            Outcome.FAILED,
            self.tr("Nobody was imported"),
            self.tr("The contacts could not be written. Is there room left on the disk?"),
        )

    def show_undone(self) -> None:
        """Everything is as it was before the import."""
        self._show(
            _Stage.ENDED, Outcome.SKIPPED, self.tr("Undone: your contacts are as they were before")
        )

    def done(self, result: int) -> None:
        """Close; what still comes finds nobody."""
        self._stage = _Stage.ENDED
        super().done(result)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Take the right height."""
        super().showEvent(event)
        self._fit()

    # Parts

    def _made_form(self) -> QWidget:
        """What is in the file."""
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._table)
        column.addWidget(self._preview_head)
        column.addWidget(self._preview, 1)
        column.addWidget(self._problems)
        return form

    def _made_table(self) -> QWidget:
        """What a CSV file's columns hold; nothing where it is none."""
        it, columns = QWidget(), self._columns
        if columns is None:
            it.hide()
            return it
        headings = Switch("", "")
        headings.setChecked(columns.mapping().has_header)
        headings.toggled.connect(columns.set_has_header)
        columns.changed.connect(self._show_preview)
        column = QVBoxLayout(it)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(self.tr("What its columns hold"), "section"))
        column.addWidget(columns)
        column.addWidget(_line(headings, self.tr("The &first row holds headings")))
        column.addWidget(rule())
        return it

    def _made_decision(self) -> QWidget:
        """What is to be decided beside."""
        self._merge.setChecked(True)
        return _line(
            self._merge,
            self.tr("&Join with people already there"),
            self.tr("Who has the same name and number as somebody there only adds what is new."),
        )

    def _about(self, file_name: str, source: Sheet | Read | Unreadable) -> str:
        """The file, what it is, and how much is in it."""
        match source:
            case Sheet():
                words = self.tr("{name} · table (CSV) · rows: {count}")
                return words.format(name=file_name, count=count_words(source.row_count))
            case Read():
                words = self.tr("{name} · address cards (vCard) · people: {count}")
                return words.format(name=file_name, count=count_words(len(source.people)))
            case Unreadable():
                return file_name

    def _show_preview(self) -> None:
        assert self._columns is not None
        self._people = preview(self._columns.sheet, self._columns.mapping())
        self._preview.show_people(self._people)
        self._refresh()

    # Steps

    def _press_primary(self) -> None:
        match self._stage:
            case _Stage.CHOOSING if self._columns is not None:
                self._show(_Stage.READING, Outcome.RUNNING, self.tr("Reading the file"))
                self.read_requested.emit(self._columns.mapping())
            case _Stage.CHOOSING | _Stage.UNSAVED:
                self._hand_over()
            case _:
                self.accept()

    def _press_second(self) -> None:
        if self._stage is _Stage.IMPORTED:
            self._show(_Stage.UNDOING, Outcome.RUNNING, self.tr("Undoing"))
            self.undo_requested.emit()
        else:
            self.reject()

    def _hand_over(self) -> None:
        self._show(_Stage.IMPORTING, Outcome.RUNNING, self.tr("Importing"))
        self.import_requested.emit(self._people, self._merge.isChecked())

    def _show(self, stage: _Stage, outcome: Outcome, title: str, detail: str = "") -> None:
        """Say how it goes, in the place of what there was to decide."""
        if self._stage is _Stage.ENDED:
            return
        self._stage = stage
        # What goes must not pass the focus on to its neighbour, where Enter might lead the wrong
        # way: it is parked on the dialog.
        self.setFocus()
        self._table.hide()
        self._decision.hide()
        self._outcome.show_outcome(outcome, title, detail)
        self._outcome.show()
        announce(self, self._outcome.text())
        self._refresh()
        self._fit()

    def _face(self) -> _Face:
        cancel, close = self.tr("&Cancel"), self.tr("&Close")
        return {
            _Stage.CHOOSING: _Face(self.tr("&Import"), cancel, is_busy=not self._people),
            _Stage.READING: _Face(self.tr("Reading…"), cancel, is_busy=True),
            _Stage.IMPORTING: _Face(self.tr("Importing…"), is_busy=True),
            _Stage.UNSAVED: _Face(self.tr("&Try again"), close),
            _Stage.IMPORTED: _Face(close, self.tr("&Undo")),
            _Stage.UNDOING: _Face(self.tr("Undoing…"), is_busy=True),
            _Stage.ENDED: _Face(close),
        }[self._stage]

    def _refresh(self) -> None:
        """Let the buttons say what the stage wants them to."""
        face = self._face()
        self._second.setText(face.second)
        self._second.setVisible(bool(face.second))
        self._primary.setText(face.primary)
        self._primary.setEnabled(not face.is_busy)
        if self.hasFocus() and not face.is_busy:
            self._primary.setFocus()
        is_empty = not self._people and self._stage is _Stage.CHOOSING
        why = self.tr("Nobody would be imported. Choose what the columns hold.")
        self._primary.setAccessibleDescription(why if is_empty else "")
        self._primary.setToolTip(why if is_empty else "")
        self._preview_head.setText(why if is_empty else self.tr("Who is in it, the first of them"))

    def _fit(self) -> None:
        """Grow, never shrink, so that the buttons stay where they are."""
        if not self.isVisible():
            return
        if self._columns is not None:
            self._columns.fit()
        fit_height(self, least=self.height())


def _line(switch: Switch, name: str, hint: str = "") -> QWidget:
    """Words at the left, the switch at the right."""
    switch.setAccessibleName(name.replace("&", ""))
    switch.setAccessibleDescription(hint)
    title = label(name, "strong", wrap=True)
    title.setBuddy(switch)
    words = QVBoxLayout()
    words.setSpacing(4)
    words.addWidget(title)
    if hint:
        words.addWidget(label(hint, "quiet", wrap=True))
    it = QWidget()
    line = QHBoxLayout(it)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(16)
    line.addLayout(words, 1)
    line.addWidget(switch, 0, Qt.AlignmentFlag.AlignTop)
    return it


# Files


def ask_for_import(parent: QWidget | None, on_file: Callable[[Path], None]) -> QFileDialog:
    """Have a file of people picked; it opens at once and `on_file` is called where one was."""
    dialog = QFileDialog(parent, translate("Import", "Import people from a file"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptOpen)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    # What a file is its content tells; the names are to find it by.
    patterns = "*.vcf *.vcard *.csv *.txt *.tsv"
    dialog.setNameFilters(
        [
            translate("Import", "Address cards and tables ({patterns})").format(patterns=patterns),
            translate("Import", "All files ({patterns})").format(patterns="*"),
        ]
    )
    return _opened(dialog, on_file)


def ask_for_export(
    parent: QWidget | None, kinds: Sequence[FileKind], on_file: Callable[[Path, FileKind], None]
) -> QFileDialog:
    """Have a place for a file of one of these kinds picked, the first unless another is.

    It opens at once. `on_file` is called with the path, which has got a suffix where none was
    typed, and with the kind to write: that of the suffix, else the one chosen.
    """
    dialog = QFileDialog(parent, translate("Import", "Export people to a file"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    filters = {_filter(kind): kind for kind in kinds}
    dialog.setNameFilters(list(filters))
    dialog.setDefaultSuffix(kinds[0].value)
    dialog.filterSelected.connect(lambda name: dialog.setDefaultSuffix(filters[name].value))
    dialog.selectFile(translate("Import", "People"))

    def on_path(path: Path) -> None:
        chosen = filters[dialog.selectedNameFilter()]
        on_file(path, next((kind for kind in kinds if path.suffix == f".{kind.value}"), chosen))

    return _opened(dialog, on_path)


def _filter(kind: FileKind) -> str:
    match kind:
        case FileKind.CSV:
            words = translate("Import", "Table for spreadsheets, CSV ({patterns})")
        case FileKind.VCARD:
            words = translate("Import", "Address cards, vCard ({patterns})")
    return words.format(patterns=f"*.{kind.value}")


def _opened(dialog: QFileDialog, on_file: Callable[[Path], None]) -> QFileDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda name: on_file(Path(name)))
    dialog.open()
    return dialog
