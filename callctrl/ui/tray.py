"""The icon in the tray; where there is no tray, the window is always open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from callctrl import PRODUCT
from callctrl.accounts import Account
from callctrl.calls import Call, SessionChanged, SessionState
from callctrl.ui.icons import state_icon
from callctrl.ui.keys import Deed
from callctrl.ui.state import (
    PhoneState,
    call_line,
    phone_state,
    state_explanation,
    state_line,
    state_reason,
)

if TYPE_CHECKING:  # the icon is there before the window is loaded
    from callctrl.ui.window import Window

__all__ = ["Presence", "Tray"]


class Tray(QObject):
    """The icon, its tooltip and its menu."""

    missed_requested = Signal()
    """The missed calls are to be shown."""
    practice_requested = Signal()
    wizard_requested = Signal()
    preferences_requested = Signal()
    about_requested = Signal()
    quit_requested = Signal()
    activated = Signal()
    """The window is to be shown: by a click on the icon, or by its menu."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._menu = QMenu()
        self._state = QAction(self._menu)
        self._state.setEnabled(False)
        self._menu.addAction(self._state)
        self._menu.addSeparator()
        self._add(self.tr("&Show Call Ctrl"), self.activated)
        self._missed = self._add("", self.missed_requested)
        self._menu.addSeparator()
        self._of_the_real_phone = (
            self._add(self.tr("P&ractise…"), self.practice_requested),
            self._add(self.tr("Settings &wizard…"), self.wizard_requested),
        )
        self._add(self.tr("&Preferences…"), self.preferences_requested)
        self._add(self.tr("&About Call Ctrl"), self.about_requested)
        self._menu.addSeparator()
        self._add(self.tr("&Quit"), self.quit_requested)
        self._icon = self._new_icon()
        self._shown = (PhoneState.CONNECTING, "", "")
        self._missed_count = 0
        self._icons: dict[PhoneState, QIcon] = {}
        """As they were drawn with that count; each report of a call comes by here."""
        self.show_missed(0)

    def show_practice(self) -> None:
        """Offer nothing that is about the real phone."""
        for each in self._of_the_real_phone:
            self._menu.removeAction(each)

    def menu(self) -> QMenu:
        """The menu behind the icon."""
        return self._menu

    def tool_tip(self) -> str:
        """What hovering over the icon tells."""
        return self._icon.toolTip()

    def show(self) -> None:
        """Put the icon into the tray."""
        self._icon.show()

    def join(self) -> None:
        """Put the icon into a tray that has come up since the icon was made.

        Qt decides when an icon is made which kind of tray it is for, and keeps to that.
        """
        old, self._icon = self._icon, self._new_icon()
        old.hide()
        old.deleteLater()
        self.show_state(*self._shown)
        self.show()

    def hide(self) -> None:
        """Take it out again."""
        self._icon.hide()

    def is_visible(self) -> bool:
        """Whether the icon is in the tray."""
        return self._icon.isVisible()

    def show_state(self, state: PhoneState, line: str, reason: str) -> None:
        """Show one of the six states, the line that names it, and why it is so."""
        self._shown = (state, line, reason)
        if state not in self._icons:
            self._icons[state] = state_icon(state, missed=self._missed_count)
        self._icon.setIcon(self._icons[state])
        missed = self._missed.text() if self._missed_count else ""
        self._icon.setToolTip("\n".join(part for part in (line, reason, missed) if part))
        self._state.setText(line.replace("&", "&&"))

    def show_missed(self, count: int) -> None:
        """Show how many missed calls nobody has looked at."""
        if count != self._missed_count:
            self._icons.clear()
        self._missed_count = count
        self._missed.setText(self.tr("Missed calls: {count}").format(count=count))
        self._missed.setVisible(count > 0)
        self.show_state(*self._shown)

    def tell(self, sentence: str) -> None:
        """Say it beside the icon, to somebody who works in another program."""
        self._icon.showMessage(PRODUCT, sentence, self._icon.icon())

    def _new_icon(self) -> QSystemTrayIcon:
        icon = QSystemTrayIcon(self)
        icon.setContextMenu(self._menu)
        icon.activated.connect(self._clicked)
        icon.messageClicked.connect(self.activated)
        return icon

    def _add(self, text: str, signal: SignalInstance) -> QAction:
        action = QAction(text, self._menu)
        action.triggered.connect(lambda _=False: signal.emit())
        self._menu.addAction(action)
        return action

    def _clicked(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Context:
            self.activated.emit()


class Presence(QObject):
    """Where the program can be seen: in the tray, and in its window.

    At log-in a panel may come up later than we do, and it may be started anew at any time: the tray
    is looked for as long as the program runs. Where none comes within seconds the window goes
    into the list of windows, minimised, and back into the tray should that come after all. A window
    that a person has opened is left alone.
    """

    wizard_requested = Signal()
    preferences_requested = Signal()
    about_requested = Signal()
    quit_requested = Signal()

    practice_requested = Signal()

    _LOOKS = 60
    """One a second while a tray is missed; then, and while there is one, they are rare."""
    _RARELY = 30_000
    """Milliseconds."""
    _LOOKS_BEFORE_WINDOW = 5

    def __init__(
        self,
        account: Account | None,
        window: Window,
        tray: Tray,
        has_tray: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._has_tray = has_tray
        self._session = SessionChanged(SessionState.OFFLINE)
        self._calls: tuple[Call, ...] = ()
        self._is_encrypted = False
        self._is_there: bool | None = None
        self._looks = 0
        """Those in a row that found no tray."""
        self._stands_in = False
        """Whether the minimised window is there for want of an icon."""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.look_for_tray)
        self.tray = tray
        tray.setParent(self)
        self.window = window
        self.tray.activated.connect(self.window.come_forward)
        self.tray.missed_requested.connect(self._show_missed_calls)
        self.window.waiting.told.connect(self._tell_free)
        for part in (self.tray, self.window):
            part.wizard_requested.connect(self.wizard_requested)
            part.preferences_requested.connect(self.preferences_requested)
            part.about_requested.connect(self.about_requested)
            part.quit_requested.connect(self.quit_requested)
            part.practice_requested.connect(self.practice_requested)
        self._show()

    def show_practice(self) -> None:
        """Let nobody take this for the real phone; closing the window ends it."""
        self.tray.show_practice()
        self.window.setWindowTitle(self.tr("Call Ctrl — Practice"))
        self.window.show_possible({Deed.PRACTISE: False, Deed.WIZARD: False})
        self.window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """The window of a practice does not hide when it is closed."""
        if watched is self.window and event.type() is QEvent.Type.Close:
            event.accept()
            self.quit_requested.emit()
            return True
        return super().eventFilter(watched, event)

    def start(self) -> None:
        """Show up, in the tray or else in the window."""
        self.look_for_tray()

    def stop(self) -> None:
        """Vanish."""
        self._timer.stop()
        self.tray.hide()
        self.window.hide()

    def show_account(self, account: Account | None) -> None:
        """Tell whose state it is from now on."""
        self._account = account
        self._show()

    def show_state(
        self,
        session: SessionChanged,
        calls: Iterable[Call],
        *,
        is_encrypted: bool = False,
        is_there: bool | None = None,
    ) -> None:
        """Tell what the session and the calls are doing, and whether TLS carries it.

        `is_there` is whether the phone is registered, as far as the phone system tells.
        """
        self._is_there = is_there
        self._session = session
        self._calls = tuple(calls)
        self._is_encrypted = is_encrypted and session.state is SessionState.READY
        self._show()

    def show_missed(self, count: int) -> None:
        """Tell how many missed calls nobody has looked at."""
        self.tray.show_missed(count)
        self.window.show_missed(count)

    @property
    def pause(self) -> int:
        """Milliseconds until the tray is looked for again."""
        return self._timer.interval()

    def look_for_tray(self) -> None:
        """Look once; goes on by itself."""
        has_tray = self._has_tray()
        if not has_tray:
            self._looks += 1
            if self._looks == self._LOOKS_BEFORE_WINDOW and not self.window.isVisible():
                self._stands_in = True
                self.window.showMinimized()
        elif not self.window.closes_to_tray:
            self._join()
        self.window.closes_to_tray = has_tray
        is_missed = not has_tray and self._looks < self._LOOKS
        self._timer.start(1000 if is_missed else self._RARELY)

    def _join(self) -> None:
        if self._looks:
            self.tray.join()
        else:
            self.tray.show()
        self._looks = 0
        if self._stands_in and self.window.isMinimized():
            self.window.hide()
        self._stands_in = False

    def _tell_free(self, sentence: str) -> None:
        """Somebody waited for it, and may be in another program by now."""
        if self.tray.is_visible() and not self.window.isActiveWindow():
            self.tray.tell(sentence)

    def _show_missed_calls(self) -> None:
        self.window.come_forward()
        self.window.show_missed_calls()

    def _show(self) -> None:
        there = None if self._calls else self._is_there  # a phone with a call is there
        state = phone_state(self._session, self._calls, is_there=there)
        line = state_line(self._session, self._account, self._calls, is_there=there)
        reason = state_reason(self._session, self._account, is_there=there)
        reason = reason or call_line(self._calls)
        explanation = state_explanation(self._session)
        if explanation:
            reason = f"{reason}\n{explanation}"
        self.window.show_state(state, line, reason)
        self.window.show_encrypted(self._is_encrypted)
        if self._is_encrypted:
            line = self.tr("{line} · TLS").format(line=line)
        self.tray.show_state(state, line, reason)
