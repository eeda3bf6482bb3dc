"""The icons: the program's own, and the phone's six states told apart by shape before colour."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from callctrl.ui import resource
from callctrl.ui.state import PhoneState
from callctrl.ui.theme import DARK, LIGHT, Scheme

__all__ = ["app_icon", "envelope_icon", "padlock_icon", "state_icon"]

_SIZES = (16, 20, 22, 24, 32, 40, 48, 64, 128)
"""In pixels: what panels of all desktops ask for, at one and at two dots a pixel."""
_MOST_KEPT = 16
"""Icons of about 100 KB: each change of a call asks for those there are."""

_FILES = {
    PhoneState.CONNECTING: "connecting",
    PhoneState.READY: "ready",
    PhoneState.RINGING: "ringing",
    PhoneState.ON_A_CALL: "on-a-call",
    PhoneState.HELD: "held",
    PhoneState.TROUBLE: "trouble",
}

_ON_DARK = {
    LIGHT.muted: DARK.muted,
    LIGHT.ok: DARK.ok,
    LIGHT.accent: DARK.accent,
    LIGHT.warn: DARK.warn,
    LIGHT.bad: DARK.bad,
}
"""The files are drawn in the light scheme's colours; these take their places."""

_ON_ANY = {
    LIGHT.muted: "#7d8694",
    LIGHT.ok: "#199a5c",
    LIGHT.accent: "#3d82f6",
    LIGHT.warn: "#c27a0e",
    LIGHT.bad: "#e5534b",
}
"""Middle tones, at least 3 : 1 on light and on dark panels alike."""

_COLOURS: dict[Scheme | None, dict[str, str]] = {
    Scheme.LIGHT: {},
    Scheme.DARK: _ON_DARK,
    None: _ON_ANY,
}


def app_icon() -> QIcon:
    """The program's own icon."""
    return _icon(_drawing("callctrl"))


def state_icon(state: PhoneState, scheme: Scheme | None = None, *, missed: int = 0) -> QIcon:
    """The icon of a state; without a scheme, for a panel whose colour we cannot know.

    Missed calls are counted in its lower right corner, up to nine.
    """
    drawing = _coloured(_FILES[state], scheme)
    return _icon(drawing, badge="" if not missed else str(missed) if missed < 10 else "9+")


def padlock_icon(scheme: Scheme | None = None) -> QIcon:
    """What goes over the network is encrypted."""
    return _icon(_coloured("padlock", scheme))


def envelope_icon(scheme: Scheme | None = None) -> QIcon:
    """Messages wait."""
    return _icon(_coloured("envelope", scheme))


def _coloured(name: str, scheme: Scheme | None) -> str:
    drawing = _drawing(name)
    for drawn, wanted in _COLOURS[scheme].items():
        drawing = drawing.replace(drawn, wanted)
    return drawing


@lru_cache
def _drawing(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text("utf-8")


def _icon(drawing: str, badge: str = "") -> QIcon:
    icon = QIcon()
    for image in _images(drawing, badge):
        icon.addPixmap(QPixmap.fromImage(image))
    return icon


@lru_cache(_MOST_KEPT)
def _images(drawing: str, badge: str) -> tuple[QImage, ...]:
    """The drawing in each size. Kept as images, since pixmaps must not outlive the application."""
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    images = []
    for size in _SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        if badge:
            _paint_badge(painter, size, badge)
        painter.end()
        images.append(image)
    return tuple(images)


def _paint_badge(painter: QPainter, size: int, text: str) -> None:
    """A filled circle with a number; where that could not be read, the circle alone."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = size * 0.56
    circle = QRectF(size - side, size - side, side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(LIGHT.bad))
    painter.drawEllipse(circle)
    if size >= 20:
        font = QFont()
        font.setPixelSize(round(side * (0.75 if len(text) == 1 else 0.6)))
        font.setWeight(QFont.Weight.Bold)
        painter.setFont(font)
        painter.setPen(QColor(LIGHT.surface))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, text)
