"""What stands below the calls: the pages, their tabs, and what each of them asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from callctrl.numbers import DialPlan
from callctrl.people import Person
from callctrl.store.contacts import Found
from callctrl.store.history import Only, Record
from callctrl.ui.colleagues import ColleaguesPage
from callctrl.ui.keys import Deed, key_in_words, sequences_of
from callctrl.ui.lampboard import LampBoard
from callctrl.ui.pages import FavouritesPage, HistoryPage, Page, PeoplePage
from callctrl.ui.widgets import set_role

__all__ = ["PAGES", "PageStack"]

PAGES = (Deed.PEOPLE, Deed.HISTORY, Deed.FAVOURITES, Deed.COLLEAGUES)
"""The pages, from the left; the last is there only where somebody's phone is watched."""
_WIDE = 21
"""How many lines of text they are wide where the tabs stand well apart."""
_GATHER_MS = 200
"""Lamps come one by one, hundreds of them when the connection begins."""


class PageStack(QWidget):
    """People, history and so on: one page at a time, and what fits the field's text.

    What is asked for comes later, by the `show_…` methods; an answer that is no longer wanted is
    dropped.
    """

    turned = Signal(object)
    """Another page is shown: one of `PAGES`."""
    acted_on = Signal(object)
    """A double click on a row; its subject."""
    menu_wanted = Signal(object, object)
    watched = Signal(bool)
    """Whether anybody's phone is watched, where that has changed."""
    searched = Signal(str)
    people_wanted = Signal(int)
    history_wanted = Signal(object, str, object)

    def __init__(
        self, now: Callable[[], datetime], lamps: LampBoard, parent: QWidget | None = None
    ) -> None:
        """`now` tells the time of day."""
        super().__init__(parent)
        self._lamps = lamps
        self._text = ""
        self._found_for = ""
        """What the people shown were searched by; empty where all are shown."""
        self._is_history_asked = False
        """Whether another history is on its way."""
        self._only = Only.ALL
        self._people = PeoplePage(self.tr("People"), lamps=lamps)
        self._history = HistoryPage(self.tr("History"), now, lamps=lamps)
        self._starred = FavouritesPage(self.tr("Favourites"), lamps=lamps)
        self._colleagues = ColleaguesPage(self.tr("Colleagues"), lamps)
        self.pages: tuple[Page, ...] = (
            self._people,
            self._history,
            self._starred,
            self._colleagues,
        )
        self._tabs = QTabBar()
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        # In a narrow strip all of them stay in sight, if need be shortened.
        self._tabs.setUsesScrollButtons(False)
        self._tabs.setElideMode(Qt.TextElideMode.ElideRight)
        self._tabs.setAccessibleName(self.tr("Pages"))
        self._stack = QStackedWidget()
        # The lists take what is left, and never squeeze the calls above them.
        self._stack.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._stack.setMinimumHeight(self.fontMetrics().height() * 8)
        for page in self.pages:
            self._stack.addWidget(page)
            page.acted_on.connect(self.acted_on)
            page.menu_wanted.connect(self.menu_wanted)
        for _ in PAGES[: PAGES.index(Deed.COLLEAGUES)]:
            self._add_tab()
        self._people.more_wanted.connect(self.people_wanted)
        self._history.more_wanted.connect(self._want_older)
        self._history.filtered.connect(self._filter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._tabs)
        column.addWidget(self._stack, 1)
        self._tabs.currentChanged.connect(self._turn)
        self._reload = QTimer(self)
        self._reload.setSingleShot(True)
        self._reload.setInterval(0)
        self._reload.timeout.connect(self._ask)
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(_GATHER_MS)
        self._gather.timeout.connect(self._show_watched)
        lamps.came_or_went.connect(self._gather.start)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """In a narrow strip the tabs move together."""
        super().resizeEvent(event)
        is_narrow = self.width() < self.fontMetrics().height() * _WIDE
        set_role(self._tabs, "narrow" if is_narrow else "")

    @property
    def page(self) -> Deed:
        """The page that is shown."""
        return PAGES[self._tabs.currentIndex()]

    @property
    def current(self) -> Page:
        """Its widget."""
        return self.pages[self._tabs.currentIndex()]

    @property
    def is_answered(self) -> bool:
        """Whether the people shown are those the text asks for."""
        return self.page is not Deed.PEOPLE or self._found_for == self._text.strip()

    def choose(self, page: Deed) -> None:
        """Show one of the pages."""
        self._tabs.setCurrentIndex(PAGES.index(page))

    def chosen(self) -> object:
        """Whom or what the chosen row stands for, or None."""
        return self.current.list.chosen()

    def drop_choice(self) -> None:
        """Choose nobody."""
        self.current.list.choose(-1)

    def show_dial_plan(self, plan: DialPlan) -> None:
        """Numbers are rewritten so from now on."""
        self._people.plan = self._colleagues.plan = plan
        self.refresh()

    def show_diverting(self, diverts: bool) -> None:
        """Whether who is found is to take over a call, and not to be called."""
        self._people.diverts = self._colleagues.diverts = diverts

    def look_for(self, text: str) -> None:
        """Ask for what fits the text."""
        self._text = text
        if self.page is Deed.COLLEAGUES:
            self._colleagues.look_for(text)
            self._colleagues.list.choose(0 if text.strip() else -1)
        else:
            self._reload.start()

    def refresh(self) -> None:
        """Ask for what the page shows, anew."""
        self._reload.start()

    def show_missed_calls(self) -> None:
        """Turn to the calls that were missed."""
        self._history.choose_filter(Only.MISSED)
        self._filter(Only.MISSED)
        self.choose(Deed.HISTORY)

    def show_people(self, people: Sequence[Person], *, has_more: bool, after: int) -> None:
        """Show everybody, or more of them after the first so many."""
        if self._text.strip():
            return
        if not after:
            if self._found_for:
                self._people.list.choose(-1)  # it was a choice among others
            self._found_for = ""
            self._people.show_people(people, has_more=has_more)
        elif not self._found_for and after == len(self._people.list.rows):
            self._people.add_people(people, has_more=has_more)

    def show_found(self, text: str, found: Found, number: str) -> bool:
        """Show who fits the text, and tell whether that is still wanted."""
        if text != self._text or not text.strip():
            return False
        is_news = self._found_for != text.strip()
        self._found_for = text.strip()
        self._people.show_found(found, number)
        if is_news or self._people.list.chosen() is None:
            self._people.list.choose(0)
        return True

    def show_favourites(self, people: Sequence[Person]) -> None:
        """Show the favourites, in order."""
        self._starred.show_people(people, has_more=False)

    def show_known(self, people: Sequence[Person]) -> None:
        """Tell whose the extensions are, favourites first."""
        self._colleagues.show_known(people)
        self._show_watched()

    def name_of(self, extension: str) -> str:
        """Who has that extension; empty where nobody knows."""
        colleague = self._colleagues.colleague(extension)
        return colleague.name if colleague.person is not None else ""

    def _add_tab(self) -> None:
        """One more page to choose, the next of all there are."""
        at = self._tabs.count()
        name = self.pages[at].list.accessibleName()
        self._tabs.addTab(name)
        self._tabs.setTabToolTip(at, f"{name} ({key_in_words(sequences_of(PAGES[at])[0])})")

    def _show_watched(self) -> None:
        """Show whose phones are watched, and no page of them where none is."""
        is_any = len(self._lamps) > 0
        if not is_any and self.page is Deed.COLLEAGUES:
            self.choose(Deed.PEOPLE)
        at = PAGES.index(Deed.COLLEAGUES)
        if (self._tabs.count() > at) != is_any:
            # A tab that were hidden only would be told to a screen reader all the same.
            if is_any:
                self._add_tab()
            else:
                self._tabs.removeTab(at)
            self.watched.emit(is_any)
        if self.page is Deed.COLLEAGUES:
            self._ask()

    def show_history(
        self,
        records: Sequence[tuple[Record, str, str]],
        *,
        has_more: bool,
        after: Record | None = None,
    ) -> None:
        """Show calls of the past, each with name and number, or those older than the last one."""
        if after is None:
            self._is_history_asked = False
            self._history.show_records(records, has_more=has_more)
        elif after == self._oldest_shown and not self._is_history_asked:  # else it begins anew
            self._history.add_records(records, has_more=has_more)

    def _ask(self) -> None:
        if self.page is Deed.HISTORY:
            self._is_history_asked = True
            self.history_wanted.emit(self._only, self._text.strip(), None)
        elif self.page is Deed.COLLEAGUES:
            self._colleagues.look_for(self._text)
        elif not self._text.strip():
            self.people_wanted.emit(0)
        elif self.page is Deed.FAVOURITES:
            self.choose(Deed.PEOPLE)  # which asks again
        else:
            self.searched.emit(self._text)

    def _turn(self, at: int) -> None:
        self._stack.setCurrentIndex(at)
        self.turned.emit(PAGES[at])
        self._reload.start()

    def _want_older(self, _count: int) -> None:
        self.history_wanted.emit(self._only, self._text.strip(), self._oldest_shown)

    @property
    def _oldest_shown(self) -> object:
        rows = self._history.list.rows
        return rows[-1].subject if rows else None

    def _filter(self, only: Only) -> None:
        self._only = only
        self._reload.start()
