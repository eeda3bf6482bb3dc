"""Where a window stands: a strip at the screen's edge, and above all others."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QWidget

__all__ = ["Placement"]


class Placement:
    """Moves one window, and knows where it was before."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._before: QRect | None = None
        self._state_before = Qt.WindowState.WindowNoState

    def become_strip(self, on: bool) -> None:
        """Take the screen's right edge from top to bottom, or give it back."""
        window = self._window
        if not on:
            if self._before is not None:
                window.setGeometry(self._before)
                window.setWindowState(window.windowState() | self._state_before)
            self._before = None
            return
        fills = Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen
        self._state_before = window.windowState() & fills
        # What it is now is the whole screen, and what it will be the window manager has yet to say.
        self._before = window.normalGeometry() if self._state_before else window.geometry()
        window.setWindowState(window.windowState() & ~fills)
        inside, frame = window.geometry(), window.frameGeometry()
        free = window.screen().availableGeometry()
        strip = QRect(free)
        strip.setLeft(free.right() - window.minimumWidth() - _WIDER)
        window.setGeometry(
            strip.adjusted(
                inside.left() - frame.left(),
                inside.top() - frame.top(),
                inside.right() - frame.right(),
                inside.bottom() - frame.bottom(),
            )
        )

    def stay_on_top(self, on: bool) -> None:
        """Stay before all other windows, or no more."""
        was_visible = self._window.isVisible()
        self._window.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, on)
        if was_visible:
            self._window.show()


_WIDER = 20
"""Pixels a strip is wider than the window could be."""
