"""The icons: the program's own, and the phone's six states told apart by shape before colour."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from callctrl.ui import resource
from callctrl.ui.state import PhoneState
from callctrl.ui.theme import DARK, LIGHT, Scheme

__all__ = ["app_icon", "state_icon"]

_SIZES = (16, 20, 22, 24, 32, 40, 48, 64, 128)
"""In pixels: what panels of all desktops ask for, at one and at two dots a pixel."""

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


def state_icon(state: PhoneState, scheme: Scheme | None = None) -> QIcon:
    """The icon of a state; without a scheme, for a panel whose colour we cannot know."""
    drawing = _drawing(_FILES[state])
    for drawn, wanted in _COLOURS[scheme].items():
        drawing = drawing.replace(drawn, wanted)
    return _icon(drawing)


def _drawing(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text("utf-8")


def _icon(drawing: str) -> QIcon:
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    icon = QIcon()
    for size in _SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        icon.addPixmap(QPixmap.fromImage(image))
    return icon
