"""The page of the preferences on what this PC does with the program while it does not run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from callctrl.store.administration import Administration
from callctrl.system.autostart import AtLogin
from callctrl.system.linkhandlers import Choosing, Holder
from callctrl.system.thispc import ThisPc
from callctrl.ui.locked import lock_note, why_locked
from callctrl.ui.switchline import SwitchLine
from callctrl.ui.widgets import announce, button, label, rule

__all__ = ["ThisPcPage"]

_log = logging.getLogger(__name__)


class ThisPcPage(QWidget):
    """Shows what is so on this PC now, and looks again when somebody comes back to it."""

    at_login_changed = Signal(bool)
    minimized_changed = Signal(bool)
    links_changed = Signal(bool)
    """They were taken, or given back."""
    system_settings_requested = Signal(str)
    """The address of a page of the system's own settings."""

    def __init__(
        self,
        pc: ThisPc,
        administration: Administration | None = None,
        *,
        minimized: bool,
        parent: QWidget | None = None,
    ) -> None:
        """`minimized` is whether the program is to start in the tray, without a window."""
        super().__init__(parent)
        self._pc = pc
        locked = partial(why_locked, administration or Administration(), "preferences")
        self._start = SwitchLine(self.tr("&Start when I log in"), locked=locked("starts_at_login"))
        self._start.switch.toggled.connect(self._switch_start)
        self._minimized = SwitchLine(
            self.tr("Start in the &tray, without a window"),
            self.tr("At log-in, that is. Where somebody starts it, the window opens."),
            checked=minimized,
            locked=locked("starts_minimized"),
        )
        self._minimized.switch.toggled.connect(self._switch_minimized)
        self._startup_settings = button(self.tr("Open &Windows' settings…"))
        self._startup_settings.clicked.connect(
            lambda: self.system_settings_requested.emit("ms-settings:startupapps")
        )
        self._links = label(role="quiet", wrap=True)
        self._take = button(
            self.tr("&Open them with Call Ctrl")
            if pc.links.choosing is Choosing.HERE
            else self.tr("Ch&oose in Windows' settings…")
        )
        self._take.clicked.connect(self._take_links)
        self._give_back = button(self.tr("Give them &back"))
        self._give_back.clicked.connect(self._give_links_back)
        self._opens_some = False
        self._are_links_locked = bool(why_links := locked("opens_links"))
        links_note = lock_note(self.tr("Links to telephone numbers"), why_links)
        self._problem = label(role="problem", wrap=True)
        links = QVBoxLayout()
        links.setSpacing(4)
        links.addWidget(label(self.tr("Links to telephone numbers"), "strong"))
        links.addWidget(self._links)
        links.addWidget(links_note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        column.addLayout(self._start)
        column.addLayout(_at_right(self._startup_settings))
        column.addLayout(self._minimized)
        column.addWidget(rule())
        column.addLayout(links)
        column.addLayout(_at_right(self._take, self._give_back))
        column.addWidget(self._problem)
        column.addStretch(1)
        self._look()

    def _look(self) -> None:
        self._do(lambda: None)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Look again: things may have been changed in another window."""
        super().changeEvent(event)
        is_come_back_to = event.type() is QEvent.Type.ActivationChange and self.isActiveWindow()
        if is_come_back_to and self.isVisible():  # it takes a moment
            self._look()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Look again: another page was shown meanwhile."""
        self._look()
        super().showEvent(event)

    def _switch_start(self, on: bool) -> None:
        def switch() -> None:
            if on:
                self._pc.autostart.switch_on(minimized=self._minimized.switch.isChecked())
            else:
                self._pc.autostart.switch_off()

        if self._do(switch):
            self.at_login_changed.emit(on)

    def _switch_minimized(self, on: bool) -> None:
        def start_so() -> None:
            if self._pc.autostart.state() is AtLogin.STARTS:
                self._pc.autostart.switch_on(minimized=on)

        if self._do(start_so):
            self.minimized_changed.emit(on)
        else:
            self._minimized.show_checked(not on)

    def _take_links(self) -> None:
        if self._do(self._pc.links.take):
            self.links_changed.emit(True)
        if self._pc.links.choosing is Choosing.IN_SYSTEM_SETTINGS:
            self.system_settings_requested.emit("ms-settings:defaultapps")

    def _give_links_back(self) -> None:
        if not self._do(self._pc.links.give_back):
            return
        self.links_changed.emit(False)
        if self._opens_some:
            self._say(
                self.tr(
                    "The system's own lists name Call Ctrl. Another program can be chosen in the "
                    "desktop's settings."
                )
            )

    def _do(self, change: Callable[[], None]) -> bool:
        """Change something, and show what is so after that; whether it could be changed."""
        steps = change, self._show_autostart, self._show_links
        problems = [self._problem_with(step) for step in steps]
        self._say(next(filter(None, problems), ""))
        return not problems[0]

    def _say(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        if problem:
            announce(self, problem)

    def _problem_with(self, step: Callable[[], None]) -> str:
        try:
            step()
        except OSError as error:
            _log.warning("%s", error)
            text = self.tr("This PC does not allow it: {reason}.")
            return text.format(reason=error.strerror or error)
        return ""

    def _show_autostart(self) -> None:
        state = self._pc.autostart.state()
        self._start.show_checked(state.is_on)
        self._start.say(self._about(state))
        by_system = state in (AtLogin.STARTS_FOR_ALL, AtLogin.KEPT_OFF)
        self._startup_settings.setVisible(by_system)
        for line, cannot_change in (
            (self._start, by_system or state is AtLogin.IMPOSSIBLE),
            (self._minimized, state in (AtLogin.STARTS_FOR_ALL, AtLogin.IMPOSSIBLE)),
        ):
            line.switch.setEnabled(not cannot_change and not line.is_locked)

    def _about(self, state: AtLogin) -> str:
        match state:
            case AtLogin.KEPT_OFF:
                return self.tr(
                    "It does not start: that was switched off in Task Manager or in Windows' "
                    "settings, and only there it is switched on again."
                )
            case AtLogin.STARTS_FOR_ALL:
                return self.tr(
                    "An administrator has arranged it for everybody. Windows' settings switch it "
                    "off for you."
                )
            case AtLogin.IMPOSSIBLE:
                return self.tr("Call Ctrl cannot arrange that here.")
            case _:
                return self.tr("So that it is there before the first call.")

    def _show_links(self) -> None:
        holders = self._pc.links.holders()
        are_ours = [holder is not None and holder.is_ours for holder in holders.values()]
        self._opens_some = any(are_ours)
        had_focus = self._take.hasFocus() or self._give_back.hasFocus()
        can_change = bool(holders) and not self._are_links_locked
        self._take.setVisible(can_change and not all(are_ours))
        self._give_back.setVisible(can_change and self._opens_some)
        if had_focus:  # it may have been on the one that is gone now
            (self._give_back if all(are_ours) else self._take).setFocus()
        sentences = [
            self._who_opens([scheme for scheme, it in holders.items() if it == holder], holder)
            for holder in dict.fromkeys(holders.values())  # one for each of them
        ]
        nothing = self.tr("Call Ctrl cannot arrange here who opens them.")
        self._links.setText("\n".join(sentences) or nothing)

    def _who_opens(self, schemes: list[str], holder: Holder | None) -> str:
        text = self.tr("Links with {schemes} are opened by no program.")
        if holder is not None:
            text = self.tr("Links with {schemes} are opened by {name}.")
        name = holder.name if holder is not None else ""
        return text.format(schemes=", ".join(f"{each}:" for each in schemes), name=name)


def _at_right(*buttons: QWidget) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(8)
    line.addStretch(1)
    for each in buttons:
        line.addWidget(each)
    return line
