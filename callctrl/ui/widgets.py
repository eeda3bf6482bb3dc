"""Small parts that several screens share; the painted ones take their colours from the theme."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QObject,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from callctrl.ui.theme import SMALL, point_size, tokens

__all__ = [
    "Choice",
    "DropDown",
    "Field",
    "Mark",
    "Outcome",
    "Row",
    "Switch",
    "announce",
    "button",
    "fit_height",
    "frame",
    "label",
    "rule",
    "set_role",
    "set_width",
]

translate = QCoreApplication.translate


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A label in one of the style sheet's roles."""
    it = QLabel()
    it.setTextFormat(Qt.TextFormat.PlainText)  # a phone may be called "<b>"
    it.setText(text)
    it.setProperty("role", role)
    it.setWordWrap(wrap)
    return it


def rule() -> QFrame:
    """A hairline from side to side."""
    it = QFrame()
    it.setProperty("role", "rule")
    return it


def button(text: str, *, primary: bool = False) -> QPushButton:
    """A button; the primary one is the dialog's default and there is one of it."""
    it = QPushButton(text)
    it.setProperty("primary", primary)
    it.setDefault(primary)
    return it


def set_role(widget: QWidget, role: str) -> None:
    """Dress a widget that is already shown in another of the style sheet's roles."""
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    # Only this has a widget measure anew what it has laid out already, as tabs have.
    QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))


def frame(dialog: QDialog) -> tuple[QVBoxLayout, QHBoxLayout]:
    """A dialog's body and, below a hairline, its row of buttons from the right."""
    body, buttons = QVBoxLayout(), QHBoxLayout()
    body.setContentsMargins(20, 16, 20, 16)
    body.setSpacing(12)
    buttons.setContentsMargins(20, 12, 20, 12)
    buttons.setSpacing(8)
    buttons.addStretch(1)
    whole = QVBoxLayout(dialog)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.setSpacing(0)
    whole.addLayout(body, 1)
    whole.addWidget(rule())
    whole.addLayout(buttons)
    return body, buttons


def set_width(widget: QWidget, lines: float) -> None:
    """At least that wide, in heights of a line of text, so that it grows with the font."""
    widget.setMinimumWidth(round(widget.fontMetrics().height() * lines))


def fit_height(widget: QWidget, least: int = 0) -> None:
    """As high as its wrapped words need at its width, which Qt only guesses."""
    if (layout := widget.layout()) is not None:
        layout.activate()  # it may still hold the height of what is hidden now
        needed = layout.totalHeightForWidth(widget.width())
        if needed < 0:  # nothing in it wraps
            needed = layout.totalSizeHint().height()
        widget.resize(widget.width(), max(least, needed))


def announce(widget: QWidget, text: str) -> None:
    """Have a screen reader say it, wherever its focus is."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


class Outcome(Enum):
    """How one of several things went."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    SKIPPED = "not needed"
    WARNED = "warning"
    FAILED = "failed"


class Mark(QWidget):
    """How it went, by shape before colour; `scale` 1 fits beside a line of text."""

    def __init__(self, outcome: Outcome, scale: float = 1.0) -> None:
        super().__init__()
        self._scale = scale
        self._outcome = outcome
        self.show_outcome(outcome)

    @property
    def outcome(self) -> Outcome:
        """What it shows."""
        return self._outcome

    def show_outcome(self, outcome: Outcome) -> None:
        """Show another one."""
        self._outcome = outcome
        self.setAccessibleName(_outcome_word(outcome))
        side = self.sizeHint()
        self.setFixedSize(side)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """A square somewhat higher than a line of text."""
        side = round(self.fontMetrics().height() * 1.3 * self._scale / 2) * 2
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the shape."""
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self.width()
        painter.scale(side / 24, side / 24)  # drawn on a square of 24
        match self._outcome:
            case Outcome.PASSED:
                _ground(painter, colours.soft_ok, colours.ok)
                painter.drawEllipse(QRectF(1, 1, 22, 22))
                _stroke(painter, colours.ok, 2)
                painter.drawPolyline(
                    QPolygonF([QPointF(7.5, 12.3), QPointF(10.6, 15.4), QPointF(16.5, 9.2)])
                )
            case Outcome.SKIPPED:
                _ground(painter, colours.background, colours.muted)
                painter.drawEllipse(QRectF(1, 1, 22, 22))
                _stroke(painter, colours.muted, 2)
                painter.drawLine(QPointF(8, 12), QPointF(16, 12))
            case Outcome.WARNED:
                _ground(painter, colours.soft_warn, colours.warn, round_by=3)
                painter.drawPolygon(
                    QPolygonF([QPointF(12, 3), QPointF(22, 20.5), QPointF(2, 20.5)])
                )
                _exclamation(painter, colours.warn, top=9.0, bottom=18.0)
            case Outcome.FAILED:
                _ground(painter, colours.soft_bad, colours.bad)
                painter.drawRoundedRect(QRectF(1, 1, 22, 22), 5, 5)
                _exclamation(painter, colours.bad, top=7.0, bottom=17.2)
            case Outcome.RUNNING:
                _stroke(painter, colours.line, 2)
                painter.drawEllipse(QRectF(2, 2, 20, 20))
                _stroke(painter, colours.accent, 2.5)
                painter.drawArc(QRectF(2, 2, 20, 20), 90 * 16, -240 * 16)
            case Outcome.WAITING:
                pen = _stroke(painter, colours.muted, 2)
                pen.setDashPattern([0.01, 1.95])
                painter.setPen(pen)
                painter.drawEllipse(QRectF(2, 2, 20, 20))
        painter.end()


def _ground(painter: QPainter, soft: str, strong: str, round_by: float = 0) -> None:
    """The soft ground of a mark; where a contrast theme has none, an outline instead."""
    outlined = soft == tokens().surface
    painter.setBrush(QColor(soft))
    if outlined or round_by:
        edge = QPen(QColor(strong if outlined else soft), 2 if outlined else round_by)
        edge.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(edge)
    else:
        painter.setPen(Qt.PenStyle.NoPen)


def _stroke(painter: QPainter, colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    return pen


def _exclamation(painter: QPainter, colour: str, top: float, bottom: float) -> None:
    _stroke(painter, colour, 2.2)
    painter.drawLine(QPointF(12, top), QPointF(12, bottom - 4))
    painter.drawPoint(QPointF(12, bottom - 0.6))


def _outcome_word(outcome: Outcome) -> str:
    match outcome:
        case Outcome.WAITING:
            return translate("Outcome", "waiting")
        case Outcome.RUNNING:
            return translate("Outcome", "running")
        case Outcome.PASSED:
            return translate("Outcome", "all right")
        case Outcome.SKIPPED:
            return translate("Outcome", "for your information")
        case Outcome.WARNED:
            return translate("Outcome", "warning")
        case Outcome.FAILED:
            return translate("Outcome", "failed")


class Row(QWidget):
    """A mark, a title, quiet detail below it, and a quiet note at the right."""

    def __init__(self, outcome: Outcome, title: str, detail: str = "") -> None:
        super().__init__()
        self._mark = Mark(outcome)
        self._title = label(title, "strong", wrap=True)
        self._detail = label(detail, "quiet", wrap=True)
        self._note = label("", "quiet")
        for beside in (self._title, self._note):
            beside.setMinimumHeight(self._mark.height())
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        line.addWidget(self._note, 0, Qt.AlignmentFlag.AlignTop)
        self.show_outcome(outcome, title, detail)

    @property
    def outcome(self) -> Outcome:
        """What the mark shows."""
        return self._mark.outcome

    def text(self) -> str:
        """All words of the row, as a screen reader should say them."""
        parts = self._title.text(), self._detail.text(), self._note.text()
        return ". ".join(part for part in parts if part)

    def show_outcome(self, outcome: Outcome, title: str, detail: str = "", note: str = "") -> None:
        """Show other words and another mark."""
        self._mark.show_outcome(outcome)
        self._title.setText(title)
        set_role(self._title, "waiting" if outcome is Outcome.WAITING else "strong")
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._note.setText(note)


class Choice(QRadioButton):
    """One of several ways to go: a radio button as a card with a quiet line of its own."""

    _PAD, _DOT, _GAP = 14, 18, 12

    def __init__(self, name: str, hint: str) -> None:
        super().__init__(name)
        self._hint = hint
        self.setAccessibleDescription(hint)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Wide enough for the name; the quiet line wraps."""
        name, _ = self._fonts()
        width = QFontMetrics(name).horizontalAdvance(self.text()) + self._left() + self._PAD
        return QSize(width, self.heightForWidth(max(width, self.width())))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as it needs to be at its width."""
        return self.sizeHint()

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """The name, the wrapped line, and room round them."""
        name, _ = self._fonts()
        return QFontMetrics(name).height() + 2 + self._hint_height(width) + 2 * self._PAD

    def hitButton(self, position: object) -> bool:  # noqa: N802
        """A click anywhere on the card counts."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the card, the dot and the words."""
        colours = tokens()
        chosen = self.isChecked()
        name = colours.text if self.isEnabled() else colours.faint
        quiet = colours.muted if self.isEnabled() else colours.faint
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = 2 if chosen or self.hasFocus() else 1
        edge = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.setPen(QPen(QColor(colours.accent if width == 2 else colours.line), width))
        painter.setBrush(QColor(colours.soft_accent if self.hasFocus() else colours.surface))
        painter.drawRoundedRect(edge, 10, 10)

        name_font, hint_font = self._fonts()
        line = QFontMetrics(name_font).height()
        dot = QRectF(self._PAD, self._PAD + (line - self._DOT) / 2, self._DOT, self._DOT)
        inset = 3.0 if chosen else 0.75
        ring = QPen(QColor(colours.accent if chosen else quiet), inset * 2)
        painter.setPen(ring)
        painter.setBrush(QColor(colours.surface))
        painter.drawEllipse(dot.adjusted(inset, inset, -inset, -inset))

        text = QRectF(self.rect()).adjusted(self._left(), self._PAD, -self._PAD, -self._PAD)
        painter.setPen(QColor(name))
        painter.setFont(name_font)
        painter.drawText(text, Qt.TextFlag.TextShowMnemonic, self.text())
        painter.setPen(QColor(quiet))
        painter.setFont(hint_font)
        painter.drawText(text.adjusted(0, line + 2, 0, 0), Qt.TextFlag.TextWordWrap, self._hint)
        painter.end()

    def _left(self) -> int:
        return self._PAD + self._DOT + self._GAP

    def _fonts(self) -> tuple[QFont, QFont]:
        name, hint = QFont(self.font()), QFont(self.font())
        name.setWeight(QFont.Weight.DemiBold)
        hint.setPointSizeF(point_size(hint) * SMALL)
        return name, hint

    def _hint_height(self, width: int) -> int:
        _, hint = self._fonts()
        room = QRect(0, 0, max(1, width - self._left() - self._PAD), 10_000)
        wrap = Qt.TextFlag.TextWordWrap
        return QFontMetrics(hint).boundingRect(room, wrap, self._hint).height()


class Switch(QCheckBox):
    """A check box that looks as what works at once: a switch. Its words stand beside it."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setAccessibleDescription(description)

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as a button, for the sake of the mouse."""
        height = self._track_height()
        return QSize(round(height * 1.8) + 8, max(34, height + 8))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """It cannot be smaller."""
        return self.sizeHint()

    def hitButton(self, position: object) -> bool:  # noqa: N802
        """A click anywhere on it counts."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw track, knob and, with the focus, a ring."""
        colours = tokens()
        height = self._track_height()
        track = QRectF(4, (self.height() - height) / 2, self.width() - 8, height)
        on, off = (colours.accent, colours.muted) if self.isEnabled() else (colours.line,) * 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 2))
            ring = track.adjusted(-3, -3, 3, 3)
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)
        painter.setPen(QPen(QColor(on if self.isChecked() else off), 2))
        painter.setBrush(QColor(on if self.isChecked() else colours.surface))
        inner = track.adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(inner, inner.height() / 2, inner.height() / 2)
        side = height - 8
        left = track.right() - side - 4 if self.isChecked() else track.left() + 4
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.surface if self.isChecked() else off))
        painter.drawEllipse(QRectF(left, track.top() + 4, side, side))
        painter.end()

    def _track_height(self) -> int:
        return round(self.fontMetrics().height() * 1.25 / 2) * 2


class DropDown(QComboBox):
    """A choice of one among many."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Let the wheel pass: it turns to scroll, not to change what is below the pointer."""
        event.ignore()

    def showPopup(self) -> None:  # noqa: N802
        """Open only what can be used: a screen reader's action asks for a grey one's list, too."""
        if self.isEnabled():
            super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the arrow that a style sheet's border takes away."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = tokens()
        pen = QPen(QColor(colours.muted if self.isEnabled() else colours.faint), 1.8)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        is_mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        x = 16.0 if is_mirrored else self.width() - 16.0
        y = self.height() / 2 - 2
        painter.drawPolyline(QPolygonF([QPointF(x - 4, y), QPointF(x, y + 4), QPointF(x + 4, y)]))
        painter.end()


class Field:
    """One line of a form: a label, what is typed, and a quiet line that may become a complaint."""

    def __init__(
        self,
        form: QGridLayout,
        name: str,
        edit: QLineEdit,
        hint: str,
        beside: QWidget | None = None,
    ) -> None:
        self.edit = edit
        self._label = label("", "strong")
        self._label.setBuddy(edit)
        self._hint = label("", "quiet", wrap=True)
        self._calm = self._why_locked = ""
        self._beside = beside
        self._widgets: list[QWidget] = [self._label, edit, self._hint]
        row = form.rowCount()
        form.addWidget(self._label, row, 0)
        if beside is None:
            form.addWidget(edit, row, 1)
        else:
            both = QHBoxLayout()
            both.setSpacing(4)
            both.addWidget(edit, 1)
            both.addWidget(beside)
            form.addLayout(both, row, 1)
            self._widgets.append(beside)
        form.addWidget(self._hint, row + 1, 1)
        self._hint.setContentsMargins(0, 0, 0, 12)
        edit.textChanged.connect(self._calm_down)
        self.rename(name, hint)

    def text(self) -> str:
        """What is typed, without blanks around it."""
        return self.edit.text().strip()

    def hint(self) -> str:
        """The line below, be it quiet or not."""
        return self._hint.text()

    def rename(self, name: str, hint: str) -> None:
        """Give it another label and another quiet line; `name` may hold a mnemonic."""
        self._label.setText(name)
        self.edit.setAccessibleName(name.replace("&", ""))
        self._calm = hint
        self._calm_down()

    def lock(self, why: str) -> None:
        """Let it be read and not changed; the quiet line says why. Empty where it is not locked."""
        if why:
            self._why_locked = why
            self.edit.setReadOnly(True)  # it keeps its place in the order of Tab
            if self._beside is not None:
                self._beside.setEnabled(False)
            self._calm_down()

    @property
    def is_locked(self) -> bool:
        """Whether nothing can be typed."""
        return bool(self._why_locked)

    def set_visible(self, visible: bool) -> None:
        """Show or hide the whole line."""
        for widget in self._widgets:
            widget.setVisible(visible)

    def complain(self, problem: str) -> None:
        """Say what is wrong with it, and take the caret there."""
        self._say("problem", problem)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edit.selectAll()
        # Lines that have just been shown have no place before the loop comes round.
        QTimer.singleShot(0, self._hint, self._scroll_there)
        announce(self.edit, problem)

    def _scroll_there(self) -> None:
        """Bring it into view where it stands on a page that scrolls; Qt does so only for Tab."""
        area: QObject | None = self.edit
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parent()
        if area is not None:
            area.ensureWidgetVisible(self._hint)
            area.ensureWidgetVisible(self.edit)

    def warn(self, problem: str) -> None:
        """Say what is wrong with it while somebody is at it; empty where nothing is."""
        if problem:
            self._say("problem", problem)

    def _calm_down(self) -> None:
        self._say("quiet", self._why_locked or self._calm)

    def _say(self, role: str, text: str) -> None:
        self._hint.setText(text)
        set_role(self._hint, role)
        self.edit.setAccessibleDescription(text)
