"""Preferences: each works at once, so there is nothing to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from callctrl.accounts import ControlPath
from callctrl.store.settings import Settings
from callctrl.system.thispc import ThisPc
from callctrl.ui.dialplanpage import DialPlanPage
from callctrl.ui.icons import app_icon
from callctrl.ui.keyspage import KeysPage
from callctrl.ui.locked import lock, lock_note, why_locked
from callctrl.ui.scrolling import Scrolling, grow
from callctrl.ui.switchline import SwitchLine
from callctrl.ui.thispcpage import ThisPcPage
from callctrl.ui.watchingpage import WatchingPage
from callctrl.ui.widgets import DropDown, Switch, button, frame, label, rule, set_width

__all__ = ["Preferences"]

translate = QCoreApplication.translate

_KEEP_DAYS = (0, 7, 30, 90, 365, 730)


class Preferences(QDialog):
    """The few things a person may decide, on six pages."""

    cards_changed = Signal(bool)
    notifications_changed = Signal(bool)
    keep_days_changed = Signal(int)
    dial_plan_changed = Signal(object)
    """A `DialPlan`."""
    colleagues_changed = Signal(object, str, str)
    """The extensions as a tuple, the name of the list, and the number of the voicemail."""
    debug_changed = Signal(bool)
    stay_open_changed = Signal(bool)
    at_login_changed = Signal(bool)
    """The program was told to start at log-in, or not to."""
    minimized_changed = Signal(bool)
    links_changed = Signal(bool)
    """The links to telephone numbers were taken, or given back."""
    system_settings_requested = Signal(str)
    """The address of a page of the system's own settings."""
    direct_changed = Signal(bool)
    """Orders are to go straight to the phone."""
    open_log_folder_requested = Signal()
    wizard_requested = Signal()

    def __init__(
        self,
        settings: Settings,
        log_file: Path,
        *,
        debug: bool,
        pc: ThisPc | None = None,
        command: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        """`debug` is whether the log is written now, be it by the settings or by --debug.

        `pc` is what can be arranged on this PC, or None where nothing is to be.
        `command` starts this program.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Preferences — Call Ctrl"))
        self.setWindowIcon(app_icon())
        self._administration = settings.administration
        self._tabs = QTabBar()
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setAccessibleName(self.tr("Pages"))
        self._stack = QStackedWidget()
        self._tabs.currentChanged.connect(self._stack.setCurrentIndex)
        self.dial_plan = DialPlanPage(settings.dial_plan, settings.administration)
        self.dial_plan.changed.connect(self.dial_plan_changed)
        colleagues = WatchingPage(settings.account, settings.administration)
        colleagues.changed.connect(self.colleagues_changed)
        self.finished.connect(colleagues.tell)  # Escape leaves no line
        this_pc = ThisPcPage(
            pc or ThisPc.untouched(), settings.administration, minimized=settings.starts_minimized
        )
        this_pc.at_login_changed.connect(self.at_login_changed)
        this_pc.minimized_changed.connect(self.minimized_changed)
        this_pc.links_changed.connect(self.links_changed)
        this_pc.system_settings_requested.connect(self.system_settings_requested)
        self.keys = KeysPage(settings, command)
        for name, page in (
            (self.tr("&Calls"), self._calls_page(settings)),
            (self.tr("Dial &plan"), self.dial_plan),
            (self.tr("Collea&gues"), colleagues),
            (self.tr("T&his PC"), this_pc),
            (self.tr("Ke&ys"), self.keys),
            (self.tr("D&iagnosis"), self._diagnosis_page(settings, log_file, debug=debug)),
        ):
            self._tabs.addTab(name)
            scrolling = Scrolling(page)
            scrolling.rearranged.connect(self._fit)
            self._stack.addWidget(scrolling)
        close = button(self.tr("C&lose"), primary=True)
        close.clicked.connect(self.accept)

        body, buttons = frame(self)
        body.addWidget(label(self.tr("Preferences"), "title"))
        body.addWidget(self._tabs)
        body.addWidget(self._stack, 1)
        buttons.addWidget(close)
        set_width(self, 38)
        self._cards.setFocus()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Take the right height."""
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Grow, never shrink, until each page fits or the screen ends; then they scroll."""
        if self.isVisible():
            area = self._stack.size()
            grow(self, max(page.missing_in(area) for page in self.findChildren(Scrolling)))

    def show_dial_plan_page(self) -> None:
        """Open on the dial plan."""
        self._tabs.setCurrentIndex(1)

    def show_debug(self, debug: bool) -> None:
        """Show that the debug log was switched elsewhere."""
        _show(self._debug, debug)

    def show_why_no_notifications(self, why: str) -> None:
        """Say why the desktop's notification is of no use here; empty where it is."""
        if self._why_locked("preferences", "notifies"):
            return
        self._why_no_notifications.setText(why)
        self._why_no_notifications.setVisible(bool(why))
        self._notify.setEnabled(not why or self._notify.isChecked())
        self._notify.setAccessibleDescription(why)

    def show_stay_open(self, stay_open: bool) -> None:
        """Show that the policy was changed elsewhere."""
        _show(self._stay_open, stay_open)

    def _why_locked(self, table: str, key: str) -> str:
        return why_locked(self._administration, table, key)

    def _calls_page(self, settings: Settings) -> QWidget:
        self._cards, cards = _switch(
            self.tr("Show a c&ard when the phone rings"),
            self.tr("At the lower right of the screen. It never takes the keyboard away."),
            checked=settings.shows_cards,
            locked=self._why_locked("preferences", "shows_cards"),
        )
        self._cards.toggled.connect(self.cards_changed)
        self._notify, notify = _switch(
            self.tr("Show the desktop's own &notification, too"),
            self.tr("With buttons to answer and reject."),
            checked=settings.notifies,
            locked=self._why_locked("preferences", "notifies"),
        )
        self._why_no_notifications = label(role="quiet", wrap=True)
        self._why_no_notifications.hide()
        self._notify.toggled.connect(self.notifications_changed)
        self._keep = DropDown()
        self._keep.setAccessibleName(self.tr("How long calls are kept"))
        for days in sorted({*_KEEP_DAYS, settings.keep_days}):
            name = self.tr("{days} days").format(days=days) if days else self.tr("for ever")
            self._keep.addItem(name, days)
            if days == settings.keep_days:
                self._keep.setCurrentIndex(self._keep.count() - 1)
        self._keep.activated.connect(
            lambda _: self.keep_days_changed.emit(self._keep.currentData())
        )
        keep_name = label(self.tr("&Keep calls in the history"), "strong")
        keep_name.setTextFormat(Qt.TextFormat.AutoText)  # for the mnemonic
        keep_name.setBuddy(self._keep)
        keep_locked = self._why_locked("preferences", "keep_days")
        lock(self._keep, keep_locked)
        keep_note = lock_note(
            f"{self._keep.accessibleName()}: {self._keep.currentText()}", keep_locked
        )
        wizard = button(self.tr("Settings &wizard…"))
        wizard.clicked.connect(self.wizard_requested)
        return _page(
            cards,
            notify,
            self._why_no_notifications,
            rule(),
            _left(keep_name, self._keep),
            keep_note,
            rule(),
            _left(label(self.tr("Phone system, names and password"), "strong"), wizard),
        )

    def _diagnosis_page(self, settings: Settings, log_file: Path, *, debug: bool) -> QWidget:
        self._debug, debug_line = _switch(
            self.tr("Write a &debug log"),
            self.tr(
                "It helps to find out what goes wrong. Passwords are never in it, but callers' "
                "numbers and names are."
            ),
            checked=debug,
            locked=self._why_locked("preferences", "debug"),
        )
        self._debug.toggled.connect(self.debug_changed)
        self._stay_open, stay_open = _switch(
            self.tr("&Stay open and keep trying when the phone system answers 403 Forbidden"),
            self.tr(
                "Otherwise Call Ctrl says so and ends, as it cannot control the phone until "
                "somebody has put that right."
            ),
            checked=settings.policy.stay_open,
            locked=self._why_locked("policy", "stay_open"),
        )
        self._stay_open.toggled.connect(self.stay_open_changed)
        account = settings.account
        knows_phone = account is not None and bool(account.phone)
        locked = self._why_locked("account", "control")
        self._direct, direct = _switch(
            self.tr("Send orders st&raight to the phone"),
            self.tr("Otherwise they go through the phone system, which is how it is documented.")
            if knows_phone
            else self.tr("The phone's address is not known: the Settings Wizard asks for it."),
            checked=account is not None and account.control is ControlPath.PHONE,
            locked=locked,
        )
        self._direct.setEnabled(knows_phone and not locked)
        self._direct.toggled.connect(self.direct_changed)
        place = label(str(log_file), "quiet", wrap=True)
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        place.setAccessibleName(self.tr("Where the log lies"))
        place.setAccessibleDescription(str(log_file))
        folder = button(self.tr("&Open log folder"))
        folder.clicked.connect(self.open_log_folder_requested)
        return _page(
            debug_line,
            _left(place, folder),
            rule(),
            label(self.tr("Advanced"), "section"),
            stay_open,
            direct,
        )


def _page(*parts: QWidget | QHBoxLayout) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 8, 0, 0)
    column.setSpacing(12)
    for part in parts:
        if isinstance(part, QWidget):
            column.addWidget(part)
        else:
            column.addLayout(part)
    column.addStretch(1)
    return page


def _switch(name: str, hint: str, *, checked: bool, locked: str = "") -> tuple[Switch, SwitchLine]:
    line = SwitchLine(name, hint, checked=checked, locked=locked)
    return line.switch, line


def _show(switch: Switch, checked: bool) -> None:
    switch.blockSignals(True)
    switch.setChecked(checked)
    switch.blockSignals(False)


def _left(text: QWidget, act: QWidget) -> QHBoxLayout:
    """Words at the left, a button at the right."""
    line = QHBoxLayout()
    line.setSpacing(16)
    line.addWidget(text, 1)
    line.addWidget(act)
    return line
