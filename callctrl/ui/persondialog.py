"""The dialog for one person: name, company, numbers, note."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from callctrl.people import Number, NumberKind, Person
from callctrl.ui.icons import app_icon
from callctrl.ui.pages import kind_in_words
from callctrl.ui.widgets import (
    DropDown,
    Switch,
    announce,
    button,
    fit_height,
    frame,
    label,
    set_width,
)

__all__ = ["PersonDialog"]

_MOST_NUMBERS = 6


class _NumberRow(QWidget):
    """One number and its kind."""

    def __init__(self, number: Number | None, place: int) -> None:
        super().__init__()
        self.edit = QLineEdit(number.text if number else "")
        self.edit.setAccessibleName(self.tr("Number {place}").format(place=place))
        self._kind = DropDown()
        self._kind.setAccessibleName(self.tr("Kind of number {place}").format(place=place))
        for kind in NumberKind:
            self._kind.addItem(kind_in_words(kind), kind)
        if number is not None:
            self._kind.setCurrentIndex(list(NumberKind).index(number.kind))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.edit, 1)
        line.addWidget(self._kind)

    def number(self) -> Number | None:
        """What is typed; None where nothing is."""
        text = " ".join(self.edit.text().split())
        return Number(text, self._kind.currentData()) if text else None


class PersonDialog(QDialog):
    """Add a person, or change one. Open it with `open()`."""

    saved = Signal(object, bool)
    """The person as it is to be kept, and whether it is to be a favourite."""
    deleted = Signal(object)

    def __init__(self, person: Person, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._person = person
        is_new = person.id is None
        title = self.tr("Add a person") if is_new else self.tr("Change a person")
        self.setWindowTitle(self.tr("{title} — Call Ctrl").format(title=title))
        self.setWindowIcon(app_icon())

        body, buttons = frame(self)
        body.addWidget(label(title, "title"))
        form = QGridLayout()
        form.setColumnStretch(1, 1)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        self._name = _line(form, self.tr("&Name"), person.name)
        self._company = _line(form, self.tr("&Company"), person.company)
        self._problem = label("", "problem", wrap=True)
        self._problem.hide()
        form.addWidget(self._problem, form.rowCount(), 1)
        for edit in (self._name, self._company):
            edit.textChanged.connect(self._problem.hide)
        numbers_label = label(self.tr("Nu&mbers"), "strong")
        # All there may be are there from the beginning: Tab passes by those that come later.
        spare = [None] * (_MOST_NUMBERS - len(person.numbers))
        self._rows = [
            _NumberRow(number, place)
            for place, number in enumerate((*person.numbers, *spare), start=1)
        ]
        self._numbers = QVBoxLayout()
        self._numbers.setSpacing(6)
        for row in self._rows:
            self._numbers.addWidget(row)
        for row in self._rows[max(1, len(person.numbers)) :]:
            row.hide()
        self._more = button(self.tr("Another number"))
        self._more.setProperty("role", "link")
        self._more.clicked.connect(self._show_another)
        if all(not row.isHidden() for row in self._rows):
            self._more.hide()
        numbers = QVBoxLayout()
        numbers.setSpacing(6)
        numbers.addLayout(self._numbers)
        numbers.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        at = form.rowCount()
        form.addWidget(numbers_label, at, 0, Qt.AlignmentFlag.AlignTop)
        form.addLayout(numbers, at, 1)
        numbers_label.setBuddy(self._rows[0].edit)
        self._email = _line(form, self.tr("&E-mail"), person.email)
        note_label = label(self.tr("N&ote"), "strong")
        self._note = QPlainTextEdit(person.note)
        self._note.setTabChangesFocus(True)
        self._note.setFixedHeight(self.fontMetrics().height() * 4)
        self._note.setAccessibleName(self.tr("Note"))
        self._note.setAccessibleDescription(self.tr("Shown when this person calls"))
        note_label.setBuddy(self._note)
        at = form.rowCount()
        form.addWidget(note_label, at, 0, Qt.AlignmentFlag.AlignTop)
        form.addWidget(self._note, at, 1)
        form.addWidget(label(self.tr("Shown when this person calls."), "quiet"), at + 1, 1)
        body.addLayout(form)
        favourite = self.tr("&Favourite")
        self._favourite = Switch(favourite.replace("&", ""), self.tr("One key calls favourites."))
        self._favourite.setChecked(person.favourite is not None)
        favourite_label = label(favourite, "strong")
        favourite_label.setTextFormat(Qt.TextFormat.AutoText)
        favourite_label.setBuddy(self._favourite)
        line = QHBoxLayout()
        line.addWidget(favourite_label, 1)
        line.addWidget(self._favourite)
        body.addLayout(line)
        body.addStretch(1)

        if not is_new:
            delete = button(self.tr("&Delete"))
            delete.setProperty("role", "danger")
            delete.clicked.connect(self._delete)
            buttons.insertWidget(0, delete)
        cancel = button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        save = button(self.tr("&Save"), primary=True)
        save.clicked.connect(self._save)
        buttons.addWidget(cancel)
        buttons.addWidget(save)
        set_width(self, 26)
        self._name.setFocus()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Take the right height."""
        super().showEvent(event)
        fit_height(self)

    def person(self) -> Person:
        """The person as it stands in the dialog."""
        numbers = (row.number() for row in self._rows)
        return replace(
            self._person,
            name=self._name.text().strip(),
            numbers=tuple(number for number in numbers if number is not None),
            company=self._company.text().strip(),
            email=self._email.text().strip(),
            note=self._note.toPlainText().strip(),
        )

    def _complain(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.show()
        self._name.setFocus()
        announce(self._name, problem)
        fit_height(self, least=self.height())

    def _show_another(self) -> None:
        row = next(row for row in self._rows if row.isHidden())
        row.show()
        row.edit.setFocus()
        self._more.setVisible(any(each.isHidden() for each in self._rows))
        fit_height(self, least=self.height())

    def _save(self) -> None:
        person = self.person()
        if not person.name and not person.company:
            self._complain(self.tr("A person needs a name, or at least a company."))
            return
        self.saved.emit(person, self._favourite.isChecked())
        self.accept()

    def _delete(self) -> None:
        self.deleted.emit(self._person)
        self.reject()


def _line(form: QGridLayout, name: str, text: str) -> QLineEdit:
    """One line of the form; `name` holds a mnemonic."""
    edit = QLineEdit(text)
    edit.setAccessibleName(name.replace("&", ""))
    words = label(name, "strong")
    words.setBuddy(edit)
    row = form.rowCount()
    form.addWidget(words, row, 0)
    form.addWidget(edit, row, 1)
    return edit
