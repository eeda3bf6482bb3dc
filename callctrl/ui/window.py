"""The main window: what the phone does, one field, the calls of now, people and history.

One column that also serves as a narrow strip at the screen's edge. It shows what it is told and
asks by signals. Keys work wherever the focus is in it; Enter belongs to the call that rings unless
something was typed since it began to ring, or a note is being written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from callctrl.abilities import presumed_ability
from callctrl.calls import AbilityOf, CallState, Dial, Messages
from callctrl.numbers import DialPlan, is_number, keys, typed
from callctrl.people import Person
from callctrl.store.contacts import Found, Group
from callctrl.store.history import Record
from callctrl.ui.chosen import Chosen
from callctrl.ui.enterkey import EnterKey, Meaning
from callctrl.ui.field import SearchField
from callctrl.ui.handsetwords import why_not_in_words
from callctrl.ui.icons import app_icon
from callctrl.ui.keys import FAVOURITE_KEYS, Deed, nothing_in_words, sequences_of
from callctrl.ui.lampboard import LampBoard
from callctrl.ui.menus import Menus
from callctrl.ui.notice import Notice
from callctrl.ui.nowlist import NowList, ShownCall
from callctrl.ui.pages import Colleague, Typed, new_person
from callctrl.ui.pagestack import PageStack
from callctrl.ui.placement import Placement
from callctrl.ui.requests import Requests
from callctrl.ui.rows import RowList
from callctrl.ui.state import PhoneState
from callctrl.ui.stateline import StateLine
from callctrl.ui.waiting import Waiting
from callctrl.ui.widgets import label

__all__ = ["Window"]

_CALL_DEEDS = (Deed.ANSWER, Deed.DIVERT, Deed.HOLD, Deed.HANG_UP)


class Window(Requests):
    """Everything a receptionist looks at all day."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`clock` is the one the calls' times are on; `now` tells the time of day."""
        super().__init__()
        self._placement = Placement(self)
        self.closes_to_tray = False
        """Whether closing hides the window; else it minimises, to stay within reach."""
        self._clock = clock
        now = now or (lambda: datetime.now().astimezone())
        self.lamps = LampBoard(clock, now, self)
        """What the colleagues' phones do, as far as that is known."""
        self._pages = PageStack(now, self.lamps)
        self._ability: AbilityOf = presumed_ability
        self._diverting = ""
        """The number of the call to be diverted, while a target is looked for."""
        self._enter_key = EnterKey(clock)
        self._enters: str | None = None
        """What Enter was pressed on before it was known who fits it."""
        self._mailbox = ""
        """The number that plays the messages; empty where that is not known."""
        self._redial: tuple[str, ...] = ()
        self._redial_at = -1
        self._favourites: tuple[Person, ...] = ()
        self.setWindowTitle(self.tr("Call Ctrl"))
        self.setWindowIcon(app_icon())
        self._build()
        self._menus = Menus(self)
        self._menus.chosen.connect(self.do)
        self._chosen = Chosen(self, self._pages, self._menus, self.lamps)
        self._chosen.called.connect(self._call_kept)
        self._chosen.told.connect(self.tell)
        self._field.numbers_wanted.connect(self._chosen.offer_numbers)
        self._bind_keys()
        self._show_possible()
        self.show_undo(False)
        self._show_watched(False)
        self._pages.watched.connect(self._show_watched)
        self.waiting = Waiting(self.lamps, self.notice, self._pages.name_of, self)
        self.waiting.told.connect(lambda: QApplication.alert(self))
        line = self.fontMetrics().height()
        self.resize(line * 31, line * 48)
        self.setMinimumWidth(line * 18)

    # What it shows

    def line(self) -> str:
        """The line that names the state."""
        return self._head.line()

    def reason(self) -> str:
        """Why it is so, or empty."""
        return self._head.reason()

    def show_state(self, state: PhoneState, line: str, reason: str) -> None:
        """Show one of the six states, the line that names it, and why it is so."""
        self._head.show_state(state, line, reason)

    def is_shown_encrypted(self) -> bool:
        """Whether there is a padlock."""
        return self._head.is_shown_encrypted()

    def show_encrypted(self, is_encrypted: bool) -> None:
        """Show a padlock, or none."""
        self._head.show_encrypted(is_encrypted)

    def show_calls(self, calls: Iterable[ShownCall]) -> None:
        """Show the calls there are."""
        self.now.show_calls(calls)
        self.now.tab_after(self._field)
        if self._enter_key.hear(self.now.target(Deed.ANSWER) is not None):
            self._enters = None  # it is no time to call anybody unseen
        self._show_possible()
        ids = [shown.call.id for shown in self.now.calls if shown.call.state is CallState.RINGING]
        if self._diverting and self._diverting not in ids:
            self._leave_diverting()

    def show_people(self, people: Sequence[Person], *, has_more: bool, after: int = 0) -> None:
        """Show everybody, or more of them after the first so many."""
        self._pages.show_people(people, has_more=has_more, after=after)

    def show_found(self, text: str, found: Found, number: str) -> None:
        """Show who fits `text`; an answer to what no longer stands in the field is dropped."""
        is_wanted = self._pages.show_found(text, found, number)
        if is_wanted and self._enters == text:
            self._enters = None
            self._act_on(self._pages.chosen())

    def show_favourites(self, people: Sequence[Person]) -> None:
        """Show the favourites, in order."""
        self._favourites = tuple(people)
        self._pages.show_favourites(people)

    def show_known(self, people: Sequence[Person]) -> None:
        """Tell whose the extensions are that may be watched, favourites first."""
        self._pages.show_known(people)

    def _show_watched(self, is_any: bool) -> None:
        self._menus.show_possible({Deed.COLLEAGUES: is_any})

    def show_history(
        self,
        records: Sequence[tuple[Record, str, str]],
        *,
        has_more: bool,
        after: Record | None = None,
    ) -> None:
        """Show calls of the past, each with name and number, or older ones below them."""
        self._pages.show_history(records, has_more=has_more, after=after)

    def show_missed(self, count: int) -> None:
        """Tell how many missed calls nobody has looked at."""
        self._head.show_missed(count)

    def show_messages(self, messages: Messages | None) -> None:
        """Tell what waits in the mailbox; None where nobody knows."""
        self._mailbox = messages.number if messages is not None else ""
        self._head.show_messages(messages)

    def show_redial(self, numbers: Sequence[str]) -> None:
        """The numbers called before, the newest first."""
        self._redial = tuple(numbers)
        self._redial_at = -1

    def show_dial_plan(self, plan: DialPlan, locked: str = "") -> None:
        """Show whether and how numbers are rewritten; `locked` says who has set it for good."""
        if locked:
            self._menus.show_possible({Deed.DIAL_PLAN: False}, locked)
        self._menus.action(Deed.DIAL_PLAN).setChecked(plan.enabled)
        self._pages.show_dial_plan(plan)

    def show_abilities(self, ability: AbilityOf) -> None:
        """What the phone takes no order for is grey, and says why and how it is done there."""
        self._ability = ability
        self._menus.show_abilities(ability)
        self.now.show_abilities(ability)
        self._show_possible()

    def show_possible(self, possible: Mapping[Deed, bool]) -> None:
        """Whether these deeds can be done now."""
        self._menus.show_possible(possible)

    def tell(
        self,
        sentence: str,
        *,
        can_undo: bool = False,
        is_trouble: bool = False,
        stays: bool = False,
    ) -> None:
        """Say what happened, in the strip at the foot; what stays does so until withdrawn."""
        self.notice.tell(sentence, can_undo=can_undo, is_trouble=is_trouble, stays=stays)

    def withdraw(self, sentence: str) -> None:
        """Take a sentence back that no longer holds."""
        if self.notice.text() == sentence:
            self.notice.hide()

    def show_undo(self, possible: bool) -> None:
        """Whether the last deed can be taken back."""
        self._menus.show_possible({Deed.UNDO: possible})
        if not possible and self.notice.offers_undo:
            self.notice.hide()

    def _show_possible(self) -> None:
        for deed in _CALL_DEEDS:
            reason = self.now.why_not(deed)
            is_possible = self.now.target(deed) is not None and not reason
            self._menus.show_possible({deed: is_possible}, reason)

    def offer_number(self, number: str) -> None:
        """Put a number that came from outside into the field: Enter calls it, nothing else does."""
        self._leave_diverting()
        self.choose_page(Deed.PEOPLE)
        self._field.setText(number)
        self._field.setFocus()
        self.come_forward()

    def lend_keys(self, dialog: QWidget) -> None:
        """Let the keys for the call at hand work in a dialog, too: somebody is on the line."""
        dialog.addActions([self._menus.action(deed) for deed in (Deed.HOLD, Deed.HANG_UP)])

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
        self.now.show_enter(answers=False)
        self._pages.show_diverting(True)
        self._purpose.setText(self._field.placeholderText())
        self._purpose.show()
        self._field.setFocus()
        self._field.clear()
        self.choose_page(Deed.FAVOURITES if self._favourites else Deed.PEOPLE)
        self._pages.drop_choice()

    def choose_page(self, page: Deed) -> None:
        """Show one of the pages."""
        self._pages.choose(page)

    @property
    def shown_list(self) -> RowList:
        """The list of the page that is shown."""
        return self._pages.current.list

    @property
    def page(self) -> Deed:
        """The page that is shown."""
        return self._pages.page

    def refresh(self) -> None:
        """Ask for what the pages show, anew."""
        self._pages.refresh()

    # Its parts

    def _build(self) -> None:
        self._head = StateLine()
        self._head.missed_wanted.connect(self.show_missed_calls)
        self._head.messages_wanted.connect(self._hear_messages)
        self._head.wizard_requested.connect(self.wizard_requested)

        self._purpose = label(role="strong", wrap=True)
        """What the field is for, which the field itself says only until something is typed."""
        self._purpose.hide()
        self._field = SearchField()
        self._field.textChanged.connect(self._edited)
        self._field.stepped.connect(lambda by: self._pages.current.list.step(by))
        self._field.entered.connect(self._enter)
        self._field.left.connect(self._leave_diverting)
        self._field.redial_wanted.connect(self._offer_redial)

        self.now = NowList(self._clock)
        self.now.ordered.connect(self.ordered)
        self.now.refused.connect(self.tell)
        self.now.divert_wanted.connect(self.begin_divert)
        self.now.note_written.connect(self.note_written)
        self.now.caret_freed.connect(self._field.setFocus)

        self._pages.searched.connect(self.searched)
        self._pages.people_wanted.connect(self.people_wanted)
        self._pages.history_wanted.connect(self.history_wanted)
        self._pages.acted_on.connect(self._act_on)
        self._pages.turned.connect(self._turned)
        for page in self._pages.pages:
            page.list.installEventFilter(self)

        self.notice = Notice()
        self.notice.undo_wanted.connect(self.undo_requested)
        self.notice.call_wanted.connect(self.dial_requested)
        self.notice.caret_freed.connect(self._field.setFocus)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addWidget(self._head)
        column.addWidget(self._purpose)
        column.addWidget(self._field)
        column.addWidget(self.now)
        column.addWidget(self._pages, 1)
        column.addWidget(self.notice)
        for each in centre.findChildren(QPushButton):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the caret where it is
        self.setCentralWidget(centre)
        self._field.setFocus()

    def _bind_keys(self) -> None:
        """The keys that stand in no menu."""
        up, down = sequences_of(Deed.MOVE)
        for sequence, act in (
            *((key, partial(self._call_favourite, at)) for at, key in enumerate(FAVOURITE_KEYS)),
            (up, partial(self._chosen.move, -1)),
            (down, partial(self._chosen.move, 1)),
        ):
            QShortcut(QKeySequence(sequence), self).activated.connect(act)

    # Deeds

    def do(self, deed: Deed) -> None:
        """Do what a key or an entry of a menu stands for."""
        match deed:
            case Deed.ANSWER | Deed.HOLD | Deed.HANG_UP:
                self.now.order(deed)
            case Deed.DIVERT:
                call = self.now.target(deed)
                if call is not None:
                    self.begin_divert(call.id)
            case Deed.NOTE:
                if not self.now.begin_note():
                    self._chosen.do(deed)
            case Deed.FIND:
                if self.page is Deed.FAVOURITES:  # it has nothing to find in
                    self.choose_page(Deed.PEOPLE)
                self._field.begin()
            case Deed.PEOPLE | Deed.HISTORY | Deed.FAVOURITES | Deed.COLLEAGUES:
                self.choose_page(deed)
            case Deed.NEW_PERSON:
                self.person_wanted.emit(new_person(self._pages.chosen(), self._field.text()))
            case Deed.EDIT_PERSON | Deed.STAR | Deed.DELETE:
                self._chosen.do(deed)
            case Deed.STRIP:
                self._placement.become_strip(self._menus.action(deed).isChecked())
            case Deed.ON_TOP:
                self._placement.stay_on_top(self._menus.action(deed).isChecked())
            case Deed.DIAL_PLAN:
                self.dial_plan_switched.emit(self._menus.action(deed).isChecked())
            case _:
                self.ask(deed)

    def press(self, deed: Deed) -> str:
        """Do to the call at hand what a key does, pressed from any window.

        Returns why it is not done, which is said at the foot of this one, or an empty text.
        """
        reason = self.now.why_not(deed)
        if self.now.target(deed) is None:
            reason = nothing_in_words(deed)
        if reason:
            self.tell(reason)
        else:
            self.now.order(deed)
        return reason

    # Keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """In a list, Enter does what it does in the field."""
        if (
            event.type() is QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self._enter()
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """What is typed outside a field goes into the one; Enter presses the button in focus.

        A key whose entry of the menu is grey comes here, too.
        """
        if reason := self._why_not(event):
            self.tell(reason)
            return
        focus = self.focusWidget()
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and isinstance(focus, QPushButton):
            focus.click()
        elif isinstance(focus, QLineEdit):  # a note
            if is_enter or event.key() == Qt.Key.Key_Escape:
                self._field.setFocus()
            else:
                super().keyPressEvent(event)
        elif is_enter:
            self._enter()
        elif event.key() == Qt.Key.Key_Escape:
            self._field.setFocus()
        elif _is_typed(event):
            self._field.begin()
            self._field.insert(event.text())
        else:
            super().keyPressEvent(event)

    def _why_not(self, event: QKeyEvent) -> str:
        """Why the phone takes no order for what this key does to the call at hand, or empty."""
        key = QKeySequence(event.keyCombination())
        for deed in _CALL_DEEDS:
            if deed is not Deed.ANSWER and key in map(QKeySequence, sequences_of(deed)):
                return self.now.why_not(deed)
        return ""

    def _enter(self) -> None:
        text = self._field.text()
        self._enters = None
        meaning = self._enter_key.meaning(is_empty=not text)
        if meaning is Meaning.ANSWER and not self._diverting:
            self.now.order(Deed.ANSWER)
        elif meaning is Meaning.NOTHING:
            pass
        elif not self._pages.is_answered:
            # The row that is chosen belongs to what stood there before.
            if is_number(text):
                self._call(typed(text))
            elif text.strip():
                self._enters = text
        elif (chosen := self._pages.chosen()) is not None:
            self._act_on(chosen)
        elif is_number(text):
            self._call(typed(text))
        elif text.strip():
            self.choose_page(Deed.PEOPLE)

    def _call_favourite(self, place: int) -> None:
        if place < len(self._favourites):
            self._call_person(self._favourites[place])

    def _hear_messages(self) -> None:
        if self._mailbox:
            self.dial_requested.emit(self._mailbox)
        else:
            self.tell(
                self.tr(
                    "The phone system does not tell which number plays the messages. Type it in "
                    "the preferences, under Colleagues."
                )
            )

    def _offer_redial(self) -> None:
        if self._redial:
            self._redial_at = (self._redial_at + 1) % len(self._redial)
            self._field.setText(self._redial[self._redial_at])
            self._field.selectAll()
            self._enter_key.see_typing()

    # What is typed and chosen

    def _edited(self, text: str) -> None:
        if self._field.isModified():  # typed, and not put there by us
            self._enter_key.see_typing()
        self._enters = None
        self._pages.look_for(text)

    def _turned(self, page: Deed) -> None:
        if page is Deed.FAVOURITES:
            self._field.clear()
        elif page is Deed.HISTORY:
            self.missed_seen.emit()

    def show_missed_calls(self) -> None:
        """Turn to the calls that were missed."""
        self._field.clear()
        self._pages.show_missed_calls()
        self.missed_seen.emit()  # the page may have been there before they were missed

    def _act_on(self, subject: object) -> None:
        match subject:
            case Typed(number):
                self._call(number)
            case Colleague(extension):
                self._call_kept(extension)
            case Person():
                self._call_person(subject)
            case Record(number=number) if number:
                self._call_kept(number)
            case Group(word=word):
                self._field.setText(word)

    def _call_person(self, person: Person) -> None:
        if person.numbers:
            self._call_kept(person.numbers[0].text)
        else:
            self.tell(self.tr("{name} has no number.").format(name=person.name))

    def _call_kept(self, number: str) -> None:
        """Call a number that somebody wrote down; blanks in it are for the eye."""
        self._call(keys(number) or number)

    def _call(self, number: str) -> None:
        if self._diverting:
            self.divert_requested.emit(self._diverting, number)
            self._leave_diverting()
        elif reason := why_not_in_words(Dial, self._ability(Dial, None)):
            self.tell(reason)
            return  # the number stays, to be read while it is keyed in
        else:
            self.dial_requested.emit(number)
        self._field.clear()
        self._pages.drop_choice()  # so that Enter once more calls nobody

    def _leave_diverting(self) -> None:
        self._diverting = ""
        self._field.show_purpose("")
        self.now.show_enter(answers=True)
        self._pages.show_diverting(False)
        self._purpose.hide()

    # The window itself

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Without a tray, stay where one can be found again."""
        app = QApplication.instance()
        leaving = isinstance(app, QApplication) and app.isSavingSession()
        if self.closes_to_tray or leaving:
            event.accept()
        else:
            event.ignore()
            self.showMinimized()


def _is_typed(event: QKeyEvent) -> bool:
    """Whether the key writes something, and is no order."""
    orders = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    return not event.modifiers() & orders and event.text().isprintable() and bool(event.text())
