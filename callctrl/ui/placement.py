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

    def become_strip(self, on: bool) -> None:
        """Take the screen's right edge from top to bottom, or give it back."""
        window = self._window
        if not on:
            if self._before is not None:
                window.setGeometry(self._before)
            self._before = None
            return
        if window.isMaximized() or window.isFullScreen():
            window.showNormal()
        inside, frame = window.geometry(), window.frameGeometry()
        self._before = inside
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
