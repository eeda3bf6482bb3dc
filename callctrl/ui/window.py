"""The main window: what the phone does, one field, the calls of now, people and history.

One column that also serves as a narrow strip at the screen's edge. It shows what it is told and
asks by signals. Keys work wherever the focus is in it; Enter belongs to the call that rings unless
something was typed since it began to ring.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QKeySequence
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

from callctrl.calls import Answer, Command
from callctrl.people import Person
from callctrl.store.contacts import Found, Group
from callctrl.store.history import Only, Record
from callctrl.ui.field import SearchField
from callctrl.ui.icons import app_icon, state_icon
from callctrl.ui.keys import FAVOURITE_KEYS, Deed, deed_in_words, sequences_of
from callctrl.ui.notice import Notice
from callctrl.ui.nowlist import NowList, ShownCall, transfer_in_words
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
        self._add_menus()
        self._reload = QTimer(self)
        self._reload.setSingleShot(True)
        self._reload.setInterval(0)
        self._reload.timeout.connect(self._search)
        line = self.fontMetrics().height()
        self.resize(line * 27, line * 44)
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
        for deed, action in self._actions.items():
            if deed in (Deed.ANSWER, Deed.HOLD, Deed.HANG_UP):
                action.setEnabled(self.now.command_for(deed) is not None)
        self._actions[Deed.DIVERT].setEnabled(ringing is not None)
        self._actions[Deed.NOTE].setEnabled(True)
        ids = [shown.call.id for shown in self.now.calls if shown.call.state.value == "ringing"]
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
        self._dial_plan.setChecked(enabled)

    def tell(self, sentence: str, *, can_undo: bool = False, is_trouble: bool = False) -> None:
        """Say what happened, in the strip at the foot."""
        self._undo.setEnabled(can_undo or self._undo.isEnabled())
        self.notice.tell(sentence, can_undo=can_undo, is_trouble=is_trouble)

    def show_undo(self, possible: bool) -> None:
        """Whether the last deed can be taken back."""
        self._undo.setEnabled(possible)
        if not possible:
            self.notice.hide()

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

    def _add_menus(self) -> None:
        self._actions: dict[Deed, QAction] = {}
        bar = self.menuBar()

        call = bar.addMenu(self.tr("&Call"))
        for deed, text, act in (
            (Deed.ANSWER, self.tr("&Answer"), self._answer),
            (Deed.DIVERT, self.tr("&Divert…"), self._divert),
            (Deed.HOLD, self.tr("H&old or resume"), lambda: self._order(Deed.HOLD)),
            (Deed.HANG_UP, self.tr("&Hang up or reject"), lambda: self._order(Deed.HANG_UP)),
            (Deed.NOTE, self.tr("&Note"), self._write_note),
        ):
            self._add(call, deed, text, act)
        call.addSeparator()
        for text, reason in _impossible():
            action = call.addAction(text)
            action.setEnabled(False)
            action.setToolTip(reason)
            action.setStatusTip(reason)
            action.setWhatsThis(reason)
        call.setToolTipsVisible(True)
        call.addSeparator()
        call.addAction(self.tr("&Practise…"), self.practice_requested.emit)
        call.addAction(self.tr("&Quit"), self.quit_requested.emit)

        edit = bar.addMenu(self.tr("&Edit"))
        self._undo = self._add(edit, Deed.UNDO, self.tr("&Undo"), self.undo_requested.emit)
        self._undo.setEnabled(False)
        edit.addSeparator()
        self._add(
            edit,
            Deed.NEW_PERSON,
            self.tr("&Add a person…"),
            lambda: self.person_wanted.emit(self._new_person()),
        )
        self._add(edit, Deed.EDIT_PERSON, self.tr("&Change the person…"), self._edit_person)
        self._add(edit, Deed.STAR, self.tr("&Favourite"), self._star)
        self._add(edit, Deed.DELETE, self.tr("De&lete"), self._delete)
        edit.addSeparator()
        edit.addAction(self.tr("&Import people…"), self.import_requested.emit)
        edit.addAction(self.tr("E&xport people…"), self.export_requested.emit)
        edit.addAction(self.tr("Export &history…"), self.history_export_requested.emit)
        edit.addAction(self.tr("Delete all history"), self.history_clear_requested.emit)
        edit.addSeparator()
        self._dial_plan = edit.addAction(self.tr("Enable &Dial Plan"))
        self._dial_plan.setCheckable(True)
        self._dial_plan.triggered.connect(self.dial_plan_switched)
        edit.addAction(self.tr("&Preferences…"), self.preferences_requested.emit)
        edit.addAction(self.tr("Settings &wizard…"), self.wizard_requested.emit)

        view = bar.addMenu(self.tr("&View"))
        self._add(view, Deed.FIND, self.tr("&Find"), self._find)
        for deed, text in (
            (Deed.PEOPLE, self.tr("&People")),
            (Deed.HISTORY, self.tr("&History")),
            (Deed.FAVOURITES, self.tr("Fa&vourites")),
        ):
            self._add(view, deed, text, lambda deed=deed: self.choose_page(deed))
        view.addSeparator()
        self._strip = view.addAction(self.tr("&Strip at the screen's edge"))
        self._strip.setCheckable(True)
        self._strip.toggled.connect(self._become_strip)
        self._on_top = view.addAction(self.tr("Always on &top"))
        self._on_top.setCheckable(True)
        self._on_top.toggled.connect(self._stay_on_top)

        help_ = bar.addMenu(self.tr("&Help"))
        self._add(help_, Deed.KEY_CARD, self.tr("&Keys"), self.keys_requested.emit)
        help_.addAction(self.tr("&About Call Ctrl"), self.about_requested.emit)

        for key, place in zip(FAVOURITE_KEYS, range(len(FAVOURITE_KEYS)), strict=True):
            self._bind([key], lambda place=place: self._call_favourite(place))
        up, down = sequences_of(Deed.MOVE)
        self._bind([up], lambda: self._move(-1))
        self._bind([down], lambda: self._move(1))

    def _add(
        self, menu: QMenu, deed: Deed, text: str, act: Callable[[], object]
    ) -> QAction:
        action = menu.addAction(text)
        if deed is not Deed.ANSWER:  # Enter has other meanings, too: `eventFilter` tells them apart
            action.setShortcuts([QKeySequence(each) for each in sequences_of(deed)])
        action.setStatusTip(deed_in_words(deed))
        action.triggered.connect(lambda _=False: act())
        self._actions[deed] = action
        return action

    def _bind(self, sequences: list[str], act: Callable[[], object]) -> None:
        action = QAction(self)
        action.setShortcuts([QKeySequence(each) for each in sequences])
        action.triggered.connect(lambda _=False: act())
        self.addAction(action)

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

    def _order(self, deed: Deed) -> None:
        command: Command | None = self.now.command_for(deed)
        if command is not None:
            self.ordered.emit(command)

    def _divert(self) -> None:
        call = self.now.target(Deed.DIVERT)
        if call is not None:
            self.begin_divert(call.id)

    def _write_note(self) -> None:
        call = self.now.target(Deed.NOTE)
        card = self.now.card(call.id) if call is not None else None
        chosen = self._list.list.chosen()
        if card is not None:
            card.begin_note()
        elif isinstance(chosen, Record):
            self.record_note_wanted.emit(chosen)

    def _find(self) -> None:
        self.choose_page(Deed.PEOPLE)
        self._field.begin()

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
                menu.addAction(
                    text.replace("&", "&&"), lambda number=number: self._call(number.text)
                )
            menu.addSeparator()
            menu.addAction(self.tr("Change…"), lambda: self.person_wanted.emit(subject))
            menu.addAction(self._actions[Deed.STAR])
            menu.addAction(self._actions[Deed.DELETE])
        elif isinstance(subject, Record):
            if subject.number:
                menu.addAction(self.tr("Call back"), lambda: self._call(subject.number))
            menu.addAction(self.tr("Note…"), lambda: self.record_note_wanted.emit(subject))
            menu.addAction(
                self.tr("Add to people…"), lambda: self.person_wanted.emit(self._new_person())
            )
            menu.addAction(self._actions[Deed.DELETE])
        if not menu.isEmpty():
            menu.popup(at)
            first = menu.actions()[0]
            menu.setActiveAction(first)

    def _new_person(self) -> Person:
        """A person to begin with: of the chosen call, or with the number that is typed."""
        from callctrl.people import Number

        chosen = self._list.list.chosen()
        if isinstance(chosen, Record):
            return Person(chosen.name, (Number(chosen.number),) if chosen.number else ())
        if isinstance(chosen, Typed):
            return Person("", (Number(chosen.number),))
        return Person(self._field.text().strip())

    def _chosen_person(self) -> Person | None:
        chosen = self._list.list.chosen()
        return chosen if isinstance(chosen, Person) else None

    def _edit_person(self) -> None:
        if (person := self._chosen_person()) is not None:
            self.person_wanted.emit(person)

    def _star(self) -> None:
        if (person := self._chosen_person()) is not None:
            self.star_requested.emit(person)

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


def _impossible() -> list[tuple[str, str]]:
    """What a remote control of these phones cannot do, why, and how it is done (E13)."""
    from PySide6.QtCore import QCoreApplication

    translate = QCoreApplication.translate
    return [
        (translate("Now", "Transfer"), transfer_in_words()),
        (
            translate("Now", "Conference"),
            translate(
                "Now",
                "This phone takes no conference from a PC. On the handset: press conf, dial the "
                "number, press conf again.",
            ),
        ),
        (
            translate("Now", "Park"),
            translate(
                "Now",
                "This phone takes no parking from a PC. On the handset: press park, or dial *38 "
                "and the place.",
            ),
        ),
        (
            translate("Now", "Keypad tones"),
            translate("Now", "This phone takes no keypad tones from a PC. Press its own keys."),
        ),
    ]
