"""The main window: what the phone does, one field, the calls of now, people and history.

One column that also serves as a narrow strip at the screen's edge. It shows what it is told and
asks by signals. Keys work wherever the focus is in it; Enter belongs to the call that rings unless
something was typed since it began to ring.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from callctrl.calls import Answer, CallState, Feature
from callctrl.people import Number, Person
from callctrl.store.contacts import Found, Group
from callctrl.store.history import Only, Record
from callctrl.ui.field import SearchField
from callctrl.ui.icons import app_icon, state_icon
from callctrl.ui.keys import FAVOURITE_KEYS, Deed, sequences_of
from callctrl.ui.menus import Menus
from callctrl.ui.notice import Notice
from callctrl.ui.nowlist import NowList, ShownCall
from callctrl.ui.pages import HistoryPage, Page, PeoplePage, Typed, kind_in_words
from callctrl.ui.parts import ElidedLabel
from callctrl.ui.state import PhoneState
from callctrl.ui.theme import current_scheme
from callctrl.ui.widgets import button, label, set_role

__all__ = ["PAGES", "Window"]

PAGES = (Deed.PEOPLE, Deed.HISTORY, Deed.FAVOURITES)
"""The pages, from the left."""

_ICON = QSize(22, 22)
_ENTER_IS_MEANT_AFTER = 0.7
"""Seconds a call must have rung before Enter in a field with text in it answers: whoever types
hits a key that was on its way when the ringing began."""


class Window(QMainWindow):
    """Everything a receptionist looks at all day."""

    wizard_requested = Signal()
    preferences_requested = Signal()
    about_requested = Signal()
    quit_requested = Signal()
    practice_requested = Signal()
    keys_requested = Signal()

    ordered = Signal(object)
    """A command for the phone."""
    dial_requested = Signal(str)
    """A number as it stands in the contacts, in the history or in the field."""
    divert_requested = Signal(str, str)
    """The number of a ringing call, and where it is to go."""
    dial_plan_switched = Signal(bool)

    searched = Signal(str)
    """What stands in the field now; the answer comes by `show_found`."""
    people_wanted = Signal(int)
    """Everybody, from this place on."""
    history_wanted = Signal(object, str, object)
    """Calls of the past: one of `Only`, what stands in the field, and the oldest record shown."""
    missed_seen = Signal()
    """She looks at the missed calls."""

    note_written = Signal(str, str)
    """A note on a call of now: its number, and the note so far."""
    record_note_wanted = Signal(object)
    """The note of a call of the past is to be written."""
    record_deleted = Signal(object)
    history_clear_requested = Signal()
    history_export_requested = Signal()
    person_wanted = Signal(object)
    """A person to be changed, or None for a new one."""
    people_deleted = Signal(object)
    star_requested = Signal(object)
    """A person who is to become a favourite, or no longer be one."""
    move_requested = Signal(object, int)
    """A favourite, and by how many places to move."""
    import_requested = Signal()
    export_requested = Signal()
    undo_requested = Signal()

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`clock` is the one the calls' times are on; `now` tells the time of day."""
        super().__init__()
        self.closes_to_tray = False
        """Whether closing hides the window; else it minimises, to stay within reach."""
        self._clock = clock
        self._state = PhoneState.CONNECTING
        self._diverting = ""
        """The number of the call to be diverted, while a target is looked for."""
        self._edited_at = -1.0
        self._rang_at: float | None = None
        self._redial: tuple[str, ...] = ()
        self._redial_at = -1
        self._favourites: tuple[Person, ...] = ()
        self._only = Only.ALL
        self.setWindowTitle(self.tr("Call Ctrl"))
        self.setWindowIcon(app_icon())
        self._build(now or (lambda: datetime.now().astimezone()))
        self._menus = Menus(self)
        self._menus.chosen.connect(self.do)
        self._bind_keys()
        self._show_possible()
        self.show_undo(False)
        self._reload = QTimer(self)
        self._reload.setSingleShot(True)
        self._reload.setInterval(0)
        self._reload.timeout.connect(self._search)
        line = self.fontMetrics().height()
        self.resize(line * 31, line * 48)
        self.setMinimumWidth(line * 18)

    # What it shows

    def line(self) -> str:
        """The line that names the state."""
        return " · ".join(part for part in (self._word.text(), self._whose.text()) if part)

    def reason(self) -> str:
        """Why it is so, or empty."""
        return self._reason.text()

    def show_state(self, state: PhoneState, line: str, reason: str) -> None:
        """Show one of the six states, the line that names it, and why it is so."""
        self._state = state
        word, _, whose = line.partition(" · ")
        self._word.setText(word)
        self._whose.setText(whose)
        self._reason.setText(reason)
        is_trouble = state in (PhoneState.TROUBLE, PhoneState.CONNECTING)
        self._problem.setVisible(bool(reason) and is_trouble)
        self._draw_icon()

    def show_calls(self, calls: Iterable[ShownCall]) -> None:
        """Show the calls there are."""
        self.now.show_calls(calls)
        ringing = self.now.target(Deed.ANSWER)
        if ringing is None:
            self._rang_at = None
        elif self._rang_at is None:
            self._rang_at = self._clock()
        self._show_possible()
        ids = [shown.call.id for shown in self.now.calls if shown.call.state is CallState.RINGING]
        if self._diverting and self._diverting not in ids:
            self._leave_diverting()

    def show_people(self, people: Sequence[Person], *, has_more: bool, after: int = 0) -> None:
        """Show everybody, or more of them after the first so many."""
        if self._field.text().strip():
            return  # she has begun to type meanwhile
        if after:
            self._people.add_people(people, has_more=has_more)
        else:
            self._people.show_people(people, has_more=has_more)

    def show_found(self, text: str, found: Found, number: str) -> None:
        """Show who fits `text`; an answer to what no longer stands in the field is dropped."""
        if text == self._field.text():
            self._people.show_found(found, number)

    def show_favourites(self, people: Sequence[Person]) -> None:
        """Show the favourites, in order."""
        self._favourites = tuple(people)
        self._starred.show_people(people, has_more=False)

    def show_history(
        self,
        records: Sequence[tuple[Record, str, str]],
        *,
        has_more: bool,
        is_first: bool,
    ) -> None:
        """Show calls of the past, each with name and number, or older ones below them."""
        if is_first:
            self._history.show_records(records, has_more=has_more)
        else:
            self._history.add_records(records, has_more=has_more)

    def show_missed(self, count: int) -> None:
        """Tell how many missed calls nobody has looked at."""
        self._missed.setVisible(count > 0)
        self._missed.setText(self.tr("%n missed", "", count))

    def show_redial(self, numbers: Sequence[str]) -> None:
        """The numbers called before, the newest first."""
        self._redial = tuple(numbers)
        self._redial_at = -1

    def show_dial_plan(self, enabled: bool) -> None:
        """Show whether numbers are rewritten."""
        self._menus.action(Deed.DIAL_PLAN).setChecked(enabled)

    def show_by_hand(self, by_hand: Mapping[Feature, tuple[str, ...]]) -> None:
        """Say, in grey, how the phone does what it takes no order for."""
        self._menus.show_by_hand(by_hand)
        self.now.show_by_hand(by_hand)

    def tell(self, sentence: str, *, can_undo: bool = False, is_trouble: bool = False) -> None:
        """Say what happened, in the strip at the foot."""
        self.notice.tell(sentence, can_undo=can_undo, is_trouble=is_trouble)

    def show_undo(self, possible: bool) -> None:
        """Whether the last deed can be taken back."""
        self._menus.show_possible({Deed.UNDO: possible})
        if not possible:
            self.notice.hide()

    def _show_possible(self) -> None:
        deeds = (Deed.ANSWER, Deed.DIVERT, Deed.HOLD, Deed.HANG_UP)
        self._menus.show_possible({deed: self.now.target(deed) is not None for deed in deeds})

    def offer_number(self, number: str) -> None:
        """Put a number that came from outside into the field: Enter calls it, nothing else does."""
        self._leave_diverting()
        self.choose_page(Deed.PEOPLE)
        self._field.setText(number)
        self._field.setFocus()
        self.come_forward()

    def come_forward(self) -> None:
        """Show the window before all others."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def begin_divert(self, call_id: str) -> None:
        """Look for whom a ringing call is to go to."""
        shown = next((each for each in self.now.calls if each.call.id == call_id), None)
        if shown is None:
            return
        self._diverting = call_id
        self._field.show_purpose(shown.title)
        self.choose_page(Deed.FAVOURITES if self._favourites else Deed.PEOPLE)
        self._field.clear()
        self._field.setFocus()

    def choose_page(self, page: Deed) -> None:
        """Show one of the pages."""
        self._tabs.setCurrentIndex(PAGES.index(page))

    @property
    def page(self) -> Deed:
        """The page that is shown."""
        return PAGES[self._tabs.currentIndex()]

    def refresh(self) -> None:
        """Ask for what the pages show, anew."""
        self._reload.start()

    # Its parts

    def _build(self, now: Callable[[], datetime]) -> None:
        self._icon = QLabel()
        self._icon.setFixedSize(_ICON)
        self._word = label(role="strong")
        self._whose = ElidedLabel(role="quiet")
        self._missed = QPushButton()
        self._missed.setProperty("role", "link")
        self._missed.setAccessibleDescription(self.tr("Show the missed calls"))
        self._missed.clicked.connect(self.show_missed_calls)
        self._missed.hide()
        state = QHBoxLayout()
        state.setSpacing(8)
        state.addWidget(self._icon)
        state.addWidget(self._word)
        state.addWidget(self._whose, 1)
        state.addWidget(self._missed)

        self._reason = label(role="quiet", wrap=True)
        wizard = button(self.tr("Settings wizard…"))
        wizard.clicked.connect(self.wizard_requested)
        self._problem = QWidget()
        problem = QHBoxLayout(self._problem)
        problem.setContentsMargins(0, 0, 0, 0)
        problem.setSpacing(8)
        problem.addWidget(self._reason, 1)
        problem.addWidget(wizard)
        self._problem.hide()

        self._field = SearchField()
        self._field.textChanged.connect(self._edited)
        self._field.stepped.connect(lambda by: self._list.list.step(by))
        self._field.entered.connect(self._enter)
        self._field.left.connect(self._leave_diverting)
        self._field.redial_wanted.connect(self._offer_redial)
        self._field.numbers_wanted.connect(self._offer_numbers)

        self.now = NowList(self._clock)
        self.now.ordered.connect(self.ordered)
        self.now.divert_wanted.connect(self.begin_divert)
        self.now.note_written.connect(self.note_written)

        self._people = PeoplePage(self.tr("People"))
        self._history = HistoryPage(self.tr("History"), now)
        self._starred = PeoplePage(self.tr("Favourites"))
        self._tabs = QTabBar()
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setAccessibleName(self.tr("Pages"))
        self._stack = QStackedWidget()
        # The lists take what is left, and never squeeze the calls above them.
        self._stack.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._stack.setMinimumHeight(self.fontMetrics().height() * 8)
        for name, page in (
            (self.tr("People"), self._people),
            (self.tr("History"), self._history),
            (self.tr("Favourites"), self._starred),
        ):
            self._tabs.addTab(name)
            self._stack.addWidget(page)
            page.acted_on.connect(self._act_on)
            page.menu_wanted.connect(self._open_menu)
            page.list.installEventFilter(self)
        self._tabs.currentChanged.connect(self._turn_page)
        self._people.more_wanted.connect(self.people_wanted)
        self._history.more_wanted.connect(self._want_older)
        self._history.filtered.connect(self._filter_history)

        self.notice = Notice()
        self.notice.undo_wanted.connect(self.undo_requested)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addLayout(state)
        column.addWidget(self._problem)
        column.addWidget(self._field)
        column.addWidget(self.now)
        column.addWidget(self._tabs)
        column.addWidget(self._stack, 1)
        column.addWidget(self.notice)
        self.setCentralWidget(centre)
        self._field.setFocus()

    @property
    def _list(self) -> Page:
        page = self._stack.currentWidget()
        assert isinstance(page, Page)
        return page

    def _bind_keys(self) -> None:
        """The keys that stand in no menu."""
        up, down = sequences_of(Deed.MOVE)
        for sequence, act in (
            *((key, partial(self._call_favourite, at)) for at, key in enumerate(FAVOURITE_KEYS)),
            (up, partial(self._move, -1)),
            (down, partial(self._move, 1)),
        ):
            QShortcut(QKeySequence(sequence), self).activated.connect(act)

    # Deeds

    def do(self, deed: Deed) -> None:
        """Do what a key or an entry of a menu stands for."""
        match deed:
            case Deed.ANSWER:
                self._answer()
            case Deed.HOLD | Deed.HANG_UP:
                command = self.now.command_for(deed)
                if command is not None:
                    self.ordered.emit(command)
            case Deed.DIVERT:
                call = self.now.target(deed)
                if call is not None:
                    self.begin_divert(call.id)
            case Deed.NOTE:
                self._write_note()
            case Deed.FIND:
                self.choose_page(Deed.PEOPLE)
                self._field.begin()
            case Deed.PEOPLE | Deed.HISTORY | Deed.FAVOURITES:
                self.choose_page(deed)
            case Deed.NEW_PERSON:
                self.person_wanted.emit(self._new_person())
            case Deed.EDIT_PERSON:
                if (person := self._chosen_person()) is not None:
                    self.person_wanted.emit(person)
            case Deed.STAR:
                if (person := self._chosen_person()) is not None:
                    self.star_requested.emit(person)
            case Deed.DELETE:
                self._delete()
            case Deed.STRIP:
                self._become_strip(self._menus.action(deed).isChecked())
            case Deed.ON_TOP:
                self._stay_on_top(self._menus.action(deed).isChecked())
            case Deed.DIAL_PLAN:
                self.dial_plan_switched.emit(self._menus.action(deed).isChecked())
            case _:
                self._ask(deed)

    def _ask(self, deed: Deed) -> None:
        """Ask the program for what is not the window's own affair."""
        match deed:
            case Deed.UNDO:
                self.undo_requested.emit()
            case Deed.IMPORT:
                self.import_requested.emit()
            case Deed.EXPORT:
                self.export_requested.emit()
            case Deed.EXPORT_HISTORY:
                self.history_export_requested.emit()
            case Deed.CLEAR_HISTORY:
                self.history_clear_requested.emit()
            case Deed.PREFERENCES:
                self.preferences_requested.emit()
            case Deed.WIZARD:
                self.wizard_requested.emit()
            case Deed.PRACTISE:
                self.practice_requested.emit()
            case Deed.KEY_CARD:
                self.keys_requested.emit()
            case Deed.ABOUT:
                self.about_requested.emit()
            case Deed.QUIT:
                self.quit_requested.emit()

    # Keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """In a list, Enter answers as it does in the field."""
        if (
            event.type() is QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and self._enter_answers()
        ):
            self._answer()
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """What is typed outside the field goes into it; Enter presses the button in focus."""
        focus = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if isinstance(focus, QPushButton):
                focus.click()
            else:
                self._enter()
        elif event.text().isprintable() and event.text() and focus is not self._field:
            self._field.setFocus()
            self._field.setText(event.text())
        else:
            super().keyPressEvent(event)

    def _enter_answers(self) -> bool:
        if self._rang_at is None or self._edited_at >= self._rang_at:
            return False
        return not self._field.text() or self._clock() - self._rang_at >= _ENTER_IS_MEANT_AFTER

    def _enter(self) -> None:
        if not self._diverting and self._enter_answers():
            self._answer()
            return
        chosen = self._list.list.chosen()
        if chosen is not None:
            self._act_on(chosen)
        elif self._field.text().strip() and self._list is not self._people:
            self.choose_page(Deed.PEOPLE)

    def _answer(self) -> None:
        call = self.now.target(Deed.ANSWER)
        if call is not None:
            self.ordered.emit(Answer(call.id))

    def _write_note(self) -> None:
        call = self.now.target(Deed.NOTE)
        card = self.now.card(call.id) if call is not None else None
        chosen = self._list.list.chosen()
        if card is not None:
            card.begin_note()
        elif isinstance(chosen, Record):
            self.record_note_wanted.emit(chosen)

    def _call_favourite(self, place: int) -> None:
        if place < len(self._favourites):
            self._call_person(self._favourites[place])

    def _offer_redial(self) -> None:
        if self._redial:
            self._redial_at = (self._redial_at + 1) % len(self._redial)
            self._field.setText(self._redial[self._redial_at])
            self._field.selectAll()

    # What is typed and chosen

    def _edited(self, _text: str) -> None:
        if self._field.isModified():  # typed, and not put there by us
            self._edited_at = self._clock()
        self._reload.start()

    def _search(self) -> None:
        text = self._field.text()
        if self.page is Deed.HISTORY:
            self.history_wanted.emit(self._only, text.strip(), None)
        elif text.strip():
            if self.page is Deed.FAVOURITES:
                self.choose_page(Deed.PEOPLE)
            self.searched.emit(text)
        else:
            self.people_wanted.emit(0)

    def _turn_page(self, at: int) -> None:
        self._stack.setCurrentIndex(at)
        if self.page is Deed.FAVOURITES:
            self._field.clear()
        elif self.page is Deed.HISTORY:
            self.missed_seen.emit()
        self._reload.start()

    def _want_older(self, _count: int) -> None:
        rows = self._history.list.rows
        last = rows[-1].subject if rows else None
        self.history_wanted.emit(self._only, self._field.text().strip(), last)

    def _filter_history(self, only: Only) -> None:
        self._only = only
        self._reload.start()

    def show_missed_calls(self) -> None:
        """Turn to the calls that were missed."""
        self._field.clear()
        self._history.choose_filter(Only.MISSED)
        self._only = Only.MISSED
        self.choose_page(Deed.HISTORY)
        self._reload.start()

    def _act_on(self, subject: object) -> None:
        match subject:
            case Typed(number):
                self._call(number)
            case Person():
                self._call_person(subject)
            case Record(number=number) if number:
                self._call(number)
            case Group(word=word):
                self._field.setText(word)

    def _call_person(self, person: Person) -> None:
        if person.numbers:
            self._call(person.numbers[0].text)
        else:
            self.tell(self.tr("{name} has no number.").format(name=person.name))

    def _call(self, number: str) -> None:
        if self._diverting:
            self.divert_requested.emit(self._diverting, number)
            self._leave_diverting()
        else:
            self.dial_requested.emit(number)
        self._field.clear()

    def _leave_diverting(self) -> None:
        self._diverting = ""
        self._field.show_purpose("")

    def _offer_numbers(self) -> None:
        chosen = self._list.list.chosen()
        if isinstance(chosen, Person) and len(chosen.numbers) > 1:
            rect = self._list.list.visualRect(self._list.list.currentIndex())
            self._open_menu(chosen, self._list.list.viewport().mapToGlobal(rect.bottomLeft()))

    def _open_menu(self, subject: object, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if isinstance(subject, Person):
            for number in subject.numbers:
                text = self.tr("Call {number} ({kind})").format(
                    number=number.text, kind=kind_in_words(number.kind)
                )
                menu.addAction(text.replace("&", "&&"), partial(self._call, number.text))
            menu.addSeparator()
            menu.addAction(self.tr("Change…"), lambda: self.person_wanted.emit(subject))
            menu.addAction(self._menus.action(Deed.STAR))
            menu.addAction(self._menus.action(Deed.DELETE))
        elif isinstance(subject, Record):
            if subject.number:
                menu.addAction(self.tr("Call back"), lambda: self._call(subject.number))
            menu.addAction(self.tr("Note…"), lambda: self.record_note_wanted.emit(subject))
            menu.addAction(
                self.tr("Add to people…"), lambda: self.person_wanted.emit(self._new_person())
            )
            menu.addAction(self._menus.action(Deed.DELETE))
        if not menu.isEmpty():
            menu.popup(at)
            first = menu.actions()[0]
            menu.setActiveAction(first)

    def _new_person(self) -> Person:
        """A person to begin with: of the chosen call, or with the number that is typed."""
        chosen = self._list.list.chosen()
        if isinstance(chosen, Record):
            return Person(chosen.name, (Number(chosen.number),) if chosen.number else ())
        if isinstance(chosen, Typed):
            return Person("", (Number(chosen.number),))
        return Person(self._field.text().strip())

    def _chosen_person(self) -> Person | None:
        chosen = self._list.list.chosen()
        return chosen if isinstance(chosen, Person) else None

    def _move(self, by: int) -> None:
        person = self._chosen_person()
        if person is not None and person.favourite is not None and self._list is self._starred:
            self.move_requested.emit(person, by)

    def _delete(self) -> None:
        match self._list.list.chosen():
            case Person() as person:
                self.people_deleted.emit([person])
            case Record() as record:
                self.record_deleted.emit(record)

    # The window itself

    def _become_strip(self, on: bool) -> None:
        """Take the screen's right edge from top to bottom, or give it back."""
        if on:
            self._before_strip = self.geometry()
            free = self.screen().availableGeometry()
            width = self.minimumWidth() + 20
            frame = self.frameGeometry().height() - self.geometry().height()
            self.setGeometry(
                free.right() - width + 1, free.top() + frame, width, free.height() - frame
            )
        else:
            self.setGeometry(self._before_strip)

    def _stay_on_top(self, on: bool) -> None:
        was_visible = self.isVisible()
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, on)
        if was_visible:
            self.show()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Redraw the icon for another colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Without a tray, stay where one can be found again."""
        app = QApplication.instance()
        leaving = isinstance(app, QApplication) and app.isSavingSession()
        if self.closes_to_tray or leaving:
            event.accept()
        else:
            event.ignore()
            self.showMinimized()

    def _draw_icon(self) -> None:
        icon = state_icon(self._state, current_scheme())
        self._icon.setPixmap(icon.pixmap(_ICON, self.devicePixelRatio()))
        set_role(self._word, "strong")
