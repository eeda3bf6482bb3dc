"""The settings wizard: four pages from "which phone system" to a connection that was tried.

It knows no network. It asks by signal and is told by plain calls, in the words of `wizardwords`:

    fetch_requested(FetchRequest)       -> show_found(Found) or show_fetch_failed(Reading)
    test_requested(Account, Secret)     -> show_step(StepResult)…, show_desk(Seen…, WhatWorks…)
                                           where it is no SPA9000, show_verdict(passed)
    test_cancelled()
    save_requested(Account, Secret, session_only)
                                        -> show_saved() or show_keyring_problem(StoreProblem)

Saving means all of it: what was kept before is overwritten. A closed wizard has saved nothing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QStackedWidget,
    QWidget,
)

from callctrl.abilities import WhatWorks
from callctrl.accounts import Account, ControlPath
from callctrl.offers import Seen
from callctrl.store.administration import Administration
from callctrl.store.passwords import StoreProblem
from callctrl.ui.icons import app_icon
from callctrl.ui.locked import why_locked
from callctrl.ui.scrolling import Scrolling, grow
from callctrl.ui.widgets import Outcome, announce, button, frame, label, set_width
from callctrl.ui.wizardpages import AddressPage, KindPage, NamesPage, Page, TestPage
from callctrl.ui.wizardwords import (
    ExtensionFound,
    FetchRequest,
    Found,
    Reading,
    Secret,
    StepResult,
    TestStep,
)

__all__ = [
    "ExtensionFound",
    "FetchRequest",
    "Found",
    "Outcome",
    "Reading",
    "Secret",
    "StepResult",
    "TestStep",
    "Wizard",
]


class Wizard(QDialog):
    """Ask for everything an account needs, try it, and hand it over to be saved.

    `computer` is this PC's host name. With an account, which may be half of one, it is opened for
    editing. What the administrator has locked of it can be read only.
    """

    fetch_requested = Signal(object)
    """FetchRequest; a new one replaces the one before."""
    test_requested = Signal(object, object)
    """Account, Secret."""
    test_cancelled = Signal()
    save_requested = Signal(object, object, bool)
    """Account, Secret, and whether the password is for this session only."""

    def __init__(
        self,
        computer: str,
        account: Account | None = None,
        secret: Secret | None = None,
        administration: Administration | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings Wizard — Call Ctrl"))
        self.setWindowIcon(app_icon())
        self._administration = administration or Administration()
        self._before = account or Account("", "", "", "")
        """What there is no line for stays as it was."""
        self._kind = KindPage()
        self._address = AddressPage()
        self._names = NamesPage(computer)
        self._test = TestPage()
        self._pages: list[Page] = [self._kind, self._address, self._names, self._test]

        self._title = label(role="title")
        self._subtitle = label(role="quiet", wrap=True)
        self._stack = QStackedWidget()
        for page in self._pages:
            self._stack.addWidget(Scrolling(page))
            page.changed.connect(self._refresh)
            page.finished.connect(self._go_on)

        body, buttons = frame(self)
        body.setSpacing(2)
        body.addWidget(self._title)
        body.addWidget(self._subtitle)
        body.addSpacing(12)
        body.addWidget(self._stack, 1)
        self._back = button(self.tr("&Back"))
        self._second = button("")
        self._primary = button("", primary=True)
        for each, pressed in (
            (self._back, self._go_back),
            (self._second, self._press_second),
            (self._primary, self._press_primary),
        ):
            buttons.addWidget(each)
            each.clicked.connect(pressed)

        self._kind.kind_changed.connect(self._address.show_kind)
        self._kind.kind_changed.connect(self._names.show_kind)
        self._address.fetch_requested.connect(self.fetch_requested)
        self._test.test_requested.connect(self._request_test)
        self._test.test_cancelled.connect(self.test_cancelled)
        self._test.save_requested.connect(self._request_save)
        if account is not None:
            self._kind.set_kind(account.kind)
            self._address.set_account(account)
            self._names.set_account(account, secret or Secret())
        for page in self._pages:
            page.lock(partial(why_locked, self._administration, "account"))
        # A form with a line of help at each field.
        set_width(self, 36)
        self._show_page(self._kind)

    def account(self) -> Account:
        """The account as it stands on the pages."""
        before, phone = self._before, self._address.phone_address()
        account = replace(
            before,
            pbx=self._address.pbx_host(),
            extension=self._names.extension.text(),
            station=self._names.station.text(),
            computer=self._names.computer.text(),
            port=self._address.port_number(),
            phone=phone,
            kind=self._kind.kind(),
            control=before.control if phone else ControlPath.PBX,
        )
        account = self._names.connection.applied_to(account)
        return self._administration.obeyed("account", account)

    def secret(self) -> Secret:
        """The password as it is typed, blanks and all."""
        return Secret(self._names.password.edit.text())

    # What the program tells

    def show_found(self, found: Found) -> None:
        """Tell what could be read, and fill it in where nothing was typed by hand."""
        if self._address.show_found(found) and self._page() is not self._test:
            self._names.fill(found)

    def show_fetch_failed(self, reading: Reading) -> None:
        """Tell that nothing could be read, and why."""
        self.show_found(Found(pbx=reading, phone=reading))

    def show_step(self, result: StepResult) -> None:
        """Tell how one step of the test stands."""
        self._test.show_step(result)

    def show_desk(self, sees: tuple[Seen, ...], does: tuple[WhatWorks, ...]) -> None:
        """Tell what works at this desk besides; behind the last step."""
        self._test.show_desk(sees, does)

    def show_verdict(self, passed: bool) -> None:
        """Tell that the test is over."""
        self._test.show_verdict(passed)

    def show_saved(self) -> None:
        """Everything is kept: the wizard closes as accepted."""
        self.accept()

    def show_keyring_problem(self, problem: StoreProblem) -> None:
        """Tell that the password could not be kept, and offer the ways on."""
        self._test.show_keyring_problem(problem)

    # The pages

    def done(self, result: int) -> None:
        """Close; a test that runs is called off. While it saves, only the end of that closes it."""
        if self._test.is_saving() and result != QDialog.DialogCode.Accepted:
            return
        self._test.leave()
        super().done(result)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Take the size the largest page needs, so that the buttons stay where they are."""
        super().showEvent(event)
        for page in self._pages:
            self._fit(page)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Let a page that is higher than the screen be read by the keyboard, too."""
        area = self._stack.currentWidget()
        bar = area.verticalScrollBar() if isinstance(area, Scrolling) else None
        if bar is not None and event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            pages = -1 if event.key() == Qt.Key.Key_PageUp else 1
            bar.setValue(bar.value() + pages * bar.pageStep())
        else:
            super().keyPressEvent(event)

    def _page(self) -> Page:
        return self._pages[self._stack.currentIndex()]

    def _go_on(self) -> None:
        self._show_page(self._pages[self._stack.currentIndex() + 1])

    def _go_back(self) -> None:
        self._page().leave()
        self._show_page(self._pages[self._stack.currentIndex() - 1])

    def _show_page(self, page: Page) -> None:
        self._stack.setCurrentIndex(self._pages.index(page))
        self._refresh()
        (page.first_to_fill() or self._primary).setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, page.face().title)
        if page is self._test:
            self._test.set_account(self.account())
        page.enter()

    def _press_primary(self) -> None:
        self._page().press_primary()

    def _press_second(self) -> None:
        self._page().press_second()

    def _refresh(self) -> None:
        """Let title and buttons say what the page wants them to."""
        page, face = self._page(), self._page().face()
        self._title.setText(face.title)
        self._subtitle.setText(face.subtitle)
        # A button that goes, or comes to mean something else, does not pass the focus on to its
        # neighbour, where Enter might lead the wrong way: it is parked on the page.
        changes: dict[QWidget | None, bool] = {
            self._back: not face.may_go_back,
            self._second: self._second.text() != face.second,
            self._primary: face.is_busy,
        }
        if changes.get(self.focusWidget(), False):
            page.setFocus()
        self._back.setVisible(face.may_go_back)
        self._second.setText(face.second)
        self._second.setVisible(bool(face.second))
        self._primary.setText(face.primary)
        self._primary.setEnabled(not face.is_busy)
        if not face.is_busy and page.hasFocus():
            self._primary.setFocus()
        self._fit(page)

    def _fit(self, page: Page) -> None:
        """Grow, never shrink, until the page fits or the screen ends; then it scrolls."""
        if not self.isVisible():
            return
        grow(self, page.heightForWidth(self._stack.width()) - self._stack.height())

    def _request_test(self) -> None:
        self.test_requested.emit(self.account(), self.secret())

    def _request_save(self, session_only: bool) -> None:
        self.save_requested.emit(self.account(), self.secret(), session_only)
