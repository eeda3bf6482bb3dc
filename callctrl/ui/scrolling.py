"""A dialog's page that scrolls where the screen is too small for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

__all__ = ["Scrolling", "grow"]


class Scrolling(QScrollArea):
    """A page in a frame of its own, which scrolls up and down only."""

    rearranged = Signal()
    """Something on the page came, went or took another size."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self._page = page
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        page.setAutoFillBackground(False)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As wide as the page has to be, for what is beside it cannot be scrolled to."""
        return QSize(self._page.minimumSizeHint().width(), super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt has this look at the page."""
        is_taken = super().eventFilter(watched, event)
        if watched is self._page and event.type() is QEvent.Type.LayoutRequest:
            self.rearranged.emit()
        return is_taken

    def missing_in(self, area: QSize) -> int:
        """Pixels by which the area is too low for the page; negative where it is not."""
        needed = self._page.heightForWidth(area.width())
        if needed < 0:  # nothing on it wraps
            needed = self._page.minimumSizeHint().height()
        return needed - area.height()

    def _follow(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Bring into view where a letter key leads; Qt does so only for Tab.

        Nothing moves below a mouse button that is held down.
        """
        if now is None or not self._page.isAncestorOf(now):
            return
        if QApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self.ensureWidgetVisible(now)


def grow(dialog: QWidget, missing: int) -> None:
    """Make it higher, never lower, by so many pixels or until the screen ends."""
    if missing > 0:
        most = dialog.screen().availableGeometry().height() * 9 // 10
        dialog.resize(dialog.width(), min(dialog.height() + missing, most))
