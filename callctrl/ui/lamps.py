"""The lamps: what a colleague's phone does, in six shapes that need no colour to be told apart."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from callctrl.calls import LampState
from callctrl.ui.theme import tokens

__all__ = ["lamp_colour", "lamp_icon", "lamp_side", "paint_lamp"]

_GRID = 14
"""The shapes are drawn on a square of 14; at 14 pixels their edges meet those of the screen."""
_ICON_SIDE = 16
_SCALES = (1, 2)


def lamp_side(line_height: int) -> int:
    """How large a lamp is beside a line of text, in pixels; even, so that its middle is sharp."""
    return max(12, min(16, line_height - 2)) // 2 * 2


def lamp_colour(state: LampState) -> QColor:
    """The colour of a lamp and of its word, in the scheme in use."""
    colours = tokens()
    match state:
        case LampState.FREE:
            return QColor(colours.ok)
        case LampState.RINGING:
            return QColor(colours.accent)
        case LampState.BUSY:
            return QColor(colours.bad)
        case LampState.HELD:
            return QColor(colours.warn)
        case LampState.AWAY | LampState.UNKNOWN:
            return QColor(colours.muted)


def paint_lamp(painter: QPainter, box: QRectF, state: LampState) -> None:
    """Draw a lamp in that square, on whatever ground there is."""
    ink = lamp_colour(state)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / _GRID, box.height() / _GRID)
    _SHAPES[state](painter, ink)
    painter.restore()


def lamp_icon(state: LampState) -> QIcon:
    """The lamp for an entry of a menu, in the colours in use."""
    icon = QIcon()
    for scale in _SCALES:
        picture = QPixmap(_ICON_SIDE * scale, _ICON_SIDE * scale)
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        paint_lamp(painter, QRectF(1, 1, _ICON_SIDE - 2, _ICON_SIDE - 2), state)
        painter.end()
        icon.addPixmap(picture)
        icon.addPixmap(picture, QIcon.Mode.Disabled)  # grey would hide which lamp it is
    return icon


def _pen(ink: QColor, width: float) -> QPen:
    pen = QPen(ink, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _ring(painter: QPainter, ink: QColor) -> None:
    painter.setPen(_pen(ink, 2.2))
    painter.drawEllipse(QPointF(7, 7), 4.8, 4.8)


def _waves(painter: QPainter, ink: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawEllipse(QPointF(7, 7), 2.6, 2.6)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(ink, 1.8))
    wave = QRectF(1, 1, 12, 12)
    for towards in (0, 180):  # to the right and to the left
        painter.drawArc(wave, (towards - 48) * 16, 96 * 16)


def _barred_disc(painter: QPainter, ink: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawEllipse(QPointF(7, 7), 6, 6)
    painter.setBrush(QColor(tokens().surface))
    painter.drawRect(QRectF(3, 6, 8, 2))


def _bars(painter: QPainter, ink: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    for left in (2, 8):
        painter.drawRoundedRect(QRectF(left, 1.5, 4, 11), 1, 1)


def _cross(painter: QPainter, ink: QColor) -> None:
    painter.setPen(_pen(ink, 2.2))
    painter.drawLine(QPointF(3, 3), QPointF(11, 11))
    painter.drawLine(QPointF(11, 3), QPointF(3, 11))


def _dashed_square(painter: QPainter, ink: QColor) -> None:
    """With a question mark: not by a dash alone does it differ from a ring, which means free."""
    pen = QPen(ink, 1)
    pen.setDashPattern([2, 2])
    painter.setPen(pen)
    painter.drawRect(QRectF(0.5, 0.5, 13, 13))
    painter.setPen(_pen(ink, 1.5))
    painter.drawArc(QRectF(4.7, 2.8, 4.6, 4.6), -70 * 16, 240 * 16)
    painter.drawLine(QPointF(7, 7.6), QPointF(7, 8.2))
    painter.setPen(_pen(ink, 1.9))
    painter.drawPoint(QPointF(7, 10.8))


_SHAPES: dict[LampState, Callable[[QPainter, QColor], None]] = {
    LampState.FREE: _ring,
    LampState.RINGING: _waves,
    LampState.BUSY: _barred_disc,
    LampState.HELD: _bars,
    LampState.AWAY: _cross,
    LampState.UNKNOWN: _dashed_square,
}
