"""Painted parts that the main window and the incoming-call card share.

Each takes its colours from the theme's tokens and its size from the font, so it follows the
scheme, the system's text size and the screen's scale without being told.
"""

from __future__ import annotations

import html
from enum import Enum

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from callctrl.ui.theme import SMALL, Tokens, point_size, tokens

__all__ = [
    "RADIUS",
    "CardFrame",
    "Chip",
    "Edge",
    "ElidedLabel",
    "KeyButton",
    "TabularLabel",
    "Tone",
    "cap_size",
    "paint_cap",
    "paint_card",
    "plain_tip",
]

translate = QCoreApplication.translate


class Tone(Enum):
    """What a colour says; the words beside it say the same."""

    ACCENT = "accent"
    """The one primary thing; ringing."""
    OK = "ok"
    """Talking."""
    WARN = "warn"
    """Held."""
    BAD = "bad"
    """Trouble and what destroys."""
    MUTED = "muted"
    """Nothing in particular."""


def _strong(tone: Tone, of: Tokens) -> QColor:
    return QColor(getattr(of, tone.value))


def _soft(tone: Tone, of: Tokens) -> QColor:
    return QColor(of.background if tone is Tone.MUTED else getattr(of, f"soft_{tone.value}"))


def _scaled(font: QFont, factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    scaled = QFont(font)
    scaled.setPointSizeF(point_size(font) * factor)
    scaled.setWeight(weight)
    return scaled


def plain_tip(text: str) -> str:
    """The text as a tool tip shows it letter by letter, though a caller be called "<b>"."""
    looks_rich = "<" in text or "&lt;" in text  # what Qt judges by
    return f"<qt>{html.escape(text)}</qt>" if looks_rich else text


class Chip(QLabel):
    """A word for a state, in a pill: "Ringing", "On hold"."""

    def __init__(self, text: str = "", tone: Tone = Tone.ACCENT) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._tone = tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def tone(self) -> Tone:
        """Its colour's meaning."""
        return self._tone

    def show_word(self, text: str, tone: Tone) -> None:
        """Say another word in another tone."""
        self._tone = tone
        self.setText(text)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """The word and round ends."""
        self.ensurePolished()
        metrics = QFontMetrics(self._font())
        height = metrics.height() + 4
        return QSize(metrics.horizontalAdvance(self.text()) + height, height)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """A state is never cut off."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the pill, as an outline where its ground would not be seen."""
        colours = tokens()
        strong, soft = _strong(self._tone, colours), _soft(self._tone, colours)
        pill = QRectF(self.rect())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if soft.name() == colours.surface:
            painter.setPen(QPen(strong, 1))
            pill.adjust(0.5, 0.5, -0.5, -0.5)
        elif self._tone is Tone.MUTED:
            painter.setPen(QPen(QColor(colours.line), 1))
            pill.adjust(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(soft)
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setPen(strong)
        painter.setFont(self._font())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()

    def _font(self) -> QFont:
        return _scaled(self.font(), SMALL, QFont.Weight.DemiBold)


class Edge(Enum):
    """Which side of a card is coloured."""

    NONE = "none"
    LEFT = "left"
    TOP = "top"


RADIUS = 11.0
"""Of a card's corners, in pixels."""
_EDGE_WIDTH = 5.0


def paint_card(
    painter: QPainter, card: QRectF, edge: Edge, tone: Tone, radius: float = RADIUS
) -> None:
    """Draw a card: raised ground, a hairline, and a crescent of colour along one side."""
    colours = tokens()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if not radius:  # what is left of the last pixels, where the scale of the screen is a fraction
        painter.fillRect(card.adjusted(0, 0, 1, 1), QColor(colours.line))
    painter.setPen(QPen(QColor(colours.line), 1))
    painter.setBrush(QColor(colours.raised))
    painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    if edge is Edge.NONE:
        return
    # A style sheet would draw the border square or cut it off; CSS's shape is what lies between
    # the card and the same card moved inwards.
    left, top = (_EDGE_WIDTH, 0) if edge is Edge.LEFT else (0, _EDGE_WIDTH)
    crescent, rest = QPainterPath(), QPainterPath()
    crescent.addRoundedRect(card, radius, radius)
    inner = card.adjusted(left, top, left and radius, top and radius)
    if not radius:  # else they share three sides, of which one shows where the scale is a fraction
        inner.adjust(0 if left else -1, 0 if top else -1, 1, 1)
    rest.addRoundedRect(inner, radius, radius)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_strong(tone, colours))
    painter.drawPath(crescent.subtracted(rest))


class CardFrame(QWidget):
    """A rounded card for one thing, with a coloured edge that says how it stands."""

    def __init__(self, edge: Edge = Edge.LEFT, tone: Tone = Tone.ACCENT) -> None:
        super().__init__()
        self._edge = edge
        self._tone = tone
        self._radius = RADIUS

    @property
    def tone(self) -> Tone:
        """The edge's meaning."""
        return self._tone

    def show_tone(self, tone: Tone) -> None:
        """Colour the edge anew."""
        self._tone = tone
        self.update()

    def set_rounded(self, rounded: bool) -> None:
        """Round the corners, or square them, where nothing could be seen through them."""
        self._radius = RADIUS if rounded else 0
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the card."""
        painter = QPainter(self)
        paint_card(painter, QRectF(self.rect()), self._edge, self._tone, self._radius)
        painter.end()


# Key caps: a key, as it looks on the keyboard, on what it presses.


def cap_size(key: str, font: QFont) -> QSize:
    """How large a key's cap is beside text in that font."""
    metrics = QFontMetrics(_cap_font(font))
    height = metrics.height() + 3
    return QSize(max(height, metrics.horizontalAdvance(key) + 12), height)


def paint_cap(painter: QPainter, cap: QRectF, key: str, font: QFont, colour: QColor) -> None:
    """Draw a key's cap in that place; `colour` is the key's name's, on anything but a field."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = QColor(tokens().line) if colour == QColor(tokens().muted) else colour
    painter.setPen(QPen(edge, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # On half pixels, for one sharp line.
    box = QRectF(round(cap.x()) + 0.5, round(cap.y()) + 0.5, cap.width() - 1, cap.height() - 1)
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(colour)
    painter.setFont(_cap_font(font))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, key)


def _cap_font(font: QFont) -> QFont:
    return _scaled(font, 0.79, QFont.Weight.DemiBold)


class KeyButton(QPushButton):
    """A button that shows the key which presses it, and says why it is grey."""

    _GAP = 8

    def __init__(
        self,
        text: str,
        key: str = "",
        *,
        primary: bool = False,
        danger: bool = False,
        tall: bool = False,
    ) -> None:
        """`key` is shown, not bound; `tall` is for the card, where nobody aims for long."""
        super().__init__(text)
        self._key = key
        self._danger = danger
        self.setProperty("primary", primary)
        self.setProperty("tall", tall)
        self.why("")

    @property
    def key(self) -> str:
        """The key shown on it."""
        return self._key

    def show_key(self, key: str) -> None:
        """Show another key, or none."""
        if key != self._key:
            self._key = key
            if self.isEnabled():
                self.why("")
            self.updateGeometry()

    def why(self, reason: str) -> None:
        """Turn grey for that reason, e.g. "Answer first"; an empty one turns it on again."""
        self.setEnabled(not reason)
        self.setToolTip(plain_tip(reason))
        pressed_by = translate("KeyButton", "Key {key}").format(key=self._key) if self._key else ""
        self.setAccessibleDescription(reason or pressed_by)

    def sizeHint(self) -> QSize:  # noqa: N802
        """The text and its key's cap."""
        size = super().sizeHint()
        return size + QSize(self._cap().width() + self._GAP, 0) if self._key else size

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the style's button, then text and cap in the middle of it."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        colour = self._colour()
        text = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        cap = self._cap()
        width = text.width() + (cap.width() + self._GAP if self._key else 0)
        place = QRectF(self.rect())
        place.setLeft(max(0.0, (self.width() - width) / 2))
        painter.setPen(colour)
        painter.drawText(
            place,
            Qt.TextFlag.TextShowMnemonic | Qt.AlignmentFlag.AlignVCenter,
            self.text(),
        )
        if self._key:
            left = place.left() + text.width() + self._GAP
            box = QRectF(QPointF(left, (self.height() - cap.height()) / 2), cap.toSizeF())
            quiet = self.isEnabled() and not self.property("primary")
            paint_cap(
                painter, box, self._key, self.font(), QColor(tokens().muted) if quiet else colour
            )
        painter.end()

    def _cap(self) -> QSize:
        self.ensurePolished()
        return cap_size(self._key, self.font())

    def _colour(self) -> QColor:
        colours = tokens()
        if not self.isEnabled():
            return QColor(colours.faint)
        if self.property("primary"):
            return QColor(colours.surface)
        return QColor(colours.bad if self._danger else colours.text)


class ElidedLabel(QLabel):
    """A line of text that ends in "…" where there is no room; tool tip and reader have it whole.

    Not for numbers: half a number is a wrong number.
    """

    def __init__(self, text: str = "", role: str = "") -> None:
        """`role` is one of the style sheet's."""
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802
        """Show another text, of which the label shows as much as fits."""
        super().setText(text)
        self.setAccessibleName(text)
        self._tell_whole()

    def shown(self) -> str:
        """What of the text can be read."""
        self.ensurePolished()
        elide = Qt.TextElideMode.ElideRight
        return self.fontMetrics().elidedText(self.text(), elide, self.contentsRect().width())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Room for the dots."""
        return QSize(self.fontMetrics().horizontalAdvance("…"), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """See what fits now."""
        super().resizeEvent(event)
        self._tell_whole()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw what fits, in the colour of the role."""
        painter = QStylePainter(self)
        painter.drawItemText(
            self.contentsRect(),
            int(self.alignment()),
            self.palette(),
            self.isEnabled(),
            self.shown(),
            self.foregroundRole(),
        )
        painter.end()

    def _tell_whole(self) -> None:
        self.setToolTip(plain_tip(self.text()) if self.shown() != self.text() else "")


class TabularLabel(QLabel):
    """A running time: figures of one width, in room for hours, so that nothing beside it moves."""

    _WIDEST = "0:00:00"

    def __init__(self, text: str = "", role: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        font = QFont()
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)
        self._tone: Tone | None = None

    def show_tone(self, tone: Tone | None) -> None:
        """Colour it; None is the colour of its role."""
        if tone is not self._tone:
            self._tone = tone
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the time, in the colour of its tone where it has one."""
        if self._tone is None:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(_strong(self._tone, tokens()))
        painter.setFont(self.font())
        painter.drawText(self.contentsRect(), int(self.alignment()), self.text())
        painter.end()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for hours, or for more where it is more."""
        size = super().sizeHint()
        widest = self.fontMetrics().horizontalAdvance(self._WIDEST) + 2
        return QSize(max(widest, size.width()), size.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """A time is never cut off."""
        return self.sizeHint()
