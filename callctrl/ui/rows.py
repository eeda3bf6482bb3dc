"""Lists of people and calls: one kind of row for all pages, painted, a screenful at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPen,
    QPolygonF,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from callctrl.calls import Lamp, LampState
from callctrl.ui.lampboard import LampBoard
from callctrl.ui.lamps import lamp_colour, lamp_side, paint_lamp
from callctrl.ui.parts import cap_size, paint_cap, plain_tip
from callctrl.ui.theme import SMALL, point_size, tokens

__all__ = ["Glyph", "Row", "RowList"]

_Index = QModelIndex | QPersistentModelIndex

ROW = Qt.ItemDataRole.UserRole


class Glyph(Enum):
    """The small drawing at the left of a row, told apart by shape before colour."""

    INITIALS = "initials"
    DIAL = "dial"
    ALIKE = "alike"
    IN = "in"
    OUT = "out"
    MISSED = "missed"
    REJECTED = "rejected"
    DIVERTED = "diverted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """What one row shows, and whom or what it stands for."""

    title: str
    detail: str = ""
    number: str = ""
    """At the right; never shortened."""
    glyph: Glyph = Glyph.INITIALS
    key: str = ""
    """The key that does the same, e.g. "F9"."""
    note: str = ""
    """A third, quiet line."""
    spoken: str = ""
    """What a screen reader says; the texts in order unless given."""
    extension: str = ""
    """Whose lamp stands before the detail, where there is one."""
    subject: object = None
    """Whom or what it stands for; `RowList.chosen` gives it back."""

    def in_words(self, *lamp: str) -> str:
        """All of it, as it is read out; `lamp` is what its lamp says."""
        written = (self.title, *lamp, self.detail, self.number, self.note, self.key)
        parts = (self.spoken, *lamp) if self.spoken else written
        return ", ".join(part for part in parts if part)


class RowModel(QAbstractListModel):
    """The rows there are so far; more are asked for when the list is scrolled to its end."""

    more_wanted = Signal()

    def __init__(self, lamps: LampBoard | None = None) -> None:
        """`lamps` are those that stand beside the rows, each of which tells when it changes."""
        super().__init__()
        self.rows: list[Row] = []
        self._has_more = False
        self._lamps = lamps
        self._places: dict[str, list[int]] = {}
        """Which rows show the lamp of an extension."""
        if lamps is not None:
            lamps.changed.connect(self._relight)

    def show(self, rows: Sequence[Row], *, has_more: bool) -> None:
        """Put other rows in the place of all."""
        self.beginResetModel()
        self.rows = list(rows)
        self._has_more = has_more
        self._places = {}
        self._note_places(0)
        self.endResetModel()

    def add(self, rows: Sequence[Row], *, has_more: bool) -> None:
        """Put more rows after the last."""
        self._has_more = has_more
        if rows:
            first = len(self.rows)
            self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
            self.rows += rows
            self._note_places(first)
            self.endInsertRows()

    def _said_by_lamp(self, extension: str) -> tuple[str, ...]:
        if self._lamps is None:
            return ()
        return self._lamps.in_words(extension), self._lamps.promised(extension)

    def _note_places(self, first: int) -> None:
        for at, row in enumerate(self.rows[first:], start=first):
            if row.extension:
                self._places.setdefault(row.extension, []).append(at)

    def _relight(self, extension: str) -> None:
        for at in self._places.get(extension, ()):
            index = self.index(at)
            self.dataChanged.emit(index, index)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The words of a row, or the row itself for `ROW`."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return row.in_words(*self._said_by_lamp(row.extension))
            case Qt.ItemDataRole.AccessibleDescriptionRole | Qt.ItemDataRole.ToolTipRole:
                lamp = self._lamps.explained(row.extension) if self._lamps else ""
                if role == Qt.ItemDataRole.AccessibleDescriptionRole:
                    return lamp or None
                return plain_tip("\n".join(part for part in (row.note, lamp) if part)) or None
        return row if role == ROW else None

    def canFetchMore(self, parent: _Index) -> bool:  # noqa: N802
        """Whether more rows can be asked for."""
        return self._has_more and not parent.isValid()

    def fetchMore(self, parent: _Index) -> None:  # noqa: N802
        """Ask for more rows; they come by `add`."""
        self._has_more = False
        self.more_wanted.emit()


_PAD = 8
_GAP = 12
_BESIDE_LAMP = 5
_BETWEEN = " · "
_MINUTE_MS = 60_000
_WIDE = 21
"""How many lines of text a list is wide where the numbers have a column of their own."""


class RowDelegate(QStyledItemDelegate):
    """Paints a row: drawing, two lines or three, number and key at the right."""

    widest_key = ""
    """The widest key of the rows there are; empty where none has one."""

    def __init__(self, parent: QObject | None = None, lamps: LampBoard | None = None) -> None:
        super().__init__(parent)
        self._lamps = lamps
        self._heights: dict[tuple[str, int], int] = {}
        """By font and number of lines: a list may ask for each of its rows, in view or not."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        """As high as its lines."""
        row: Row = index.data(ROW)
        look = (option.font.key(), 2 + bool(row.note))
        if look not in self._heights:
            self._heights[look] = _height(option.font, look[1])
        return QSize(200, self._heights[look])

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw the row."""
        row: Row = index.data(ROW)
        colours = tokens()
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        title_font, quiet_font = _fonts(option.font)
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_ground(painter, area, is_chosen=is_chosen)
        side = min(36, _height(option.font, 2) - 2 * _PAD)
        circle = QRectF(area.left() + _PAD, area.center().y() - side / 2 + 0.5, side, side)
        _paint_glyph(painter, circle, row, is_chosen=is_chosen, font=quiet_font)

        left = round(circle.right()) + _GAP
        right = area.right() - _PAD
        if row.key:
            size = cap_size(row.key, quiet_font)
            corner = QPointF(right - size.width(), area.center().y() - size.height() / 2)
            cap = QRectF(corner, size.toSizeF())
            paint_cap(painter, cap, row.key, quiet_font, QColor(colours.muted))
        if self.widest_key:  # also where this row has none, so that the numbers stand in a column
            right -= cap_size(self.widest_key, quiet_font).width() + _GAP
        below = [(row.detail, colours.muted)]
        lamp = self._lamps.of(row.extension) if self._lamps is not None else None
        if lamp is not None:
            below = [*self._lamp_in_words(lamp), *below]
        if row.number:
            number_font = QFont(option.font)
            number_font.setFeature(QFont.Tag("tnum"), 1)
            metrics = QFontMetrics(number_font)
            width = metrics.horizontalAdvance(row.number)
            is_wide = area.width() >= metrics.height() * _WIDE
            # The number is never shortened; in a narrow strip it goes below the name.
            if is_wide and right - width - left > metrics.height() * 7:
                painter.setFont(number_font)
                painter.setPen(QColor(colours.muted))
                box = QRect(right - width - 2, area.top(), width + 2, area.height())
                painter.drawText(
                    box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, row.number
                )
                right -= width + _GAP
            else:
                below.insert(0, (row.number, colours.muted))
        below = [part for part in below if part[0]]
        lines = [(title_font, [(row.title, colours.text)])]
        if below:
            lines.append((quiet_font, below))
        if row.note:
            lines.append((quiet_font, [(row.note, colours.text)]))
        height = sum(QFontMetrics(font).height() for font, _ in lines)
        top = area.top() + (area.height() - height) // 2
        for font, parts in lines:
            line = QRect(left, top, max(0, right - left), QFontMetrics(font).height())
            if parts is below and lamp is not None:
                line.setLeft(_paint_lamp(painter, line, lamp.state))
            _paint_parts(painter, line, font, parts)
            top += line.height()
        painter.restore()

    def _lamp_in_words(self, lamp: Lamp) -> list[tuple[str, str]]:
        """What stands behind a lamp, with its colours."""
        assert self._lamps is not None
        colour = lamp_colour(lamp.state).name()
        promise = self._lamps.promised(lamp.who)
        return [(self._lamps.in_words(lamp.who), colour), (promise, tokens().muted)]


def _paint_ground(painter: QPainter, area: QRect, *, is_chosen: bool) -> None:
    """Mark the chosen row, and part the others by a hairline."""
    colours = tokens()
    if is_chosen:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.soft_accent))
        if colours.soft_accent == colours.surface:  # a contrast theme: an outline instead
            painter.setPen(QPen(QColor(colours.text), 2))
        painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), 8, 8)
    else:
        painter.setPen(QPen(QColor(colours.line), 1))
        bottom = area.bottom() + 0.5
        painter.drawLine(QPointF(area.left() + _PAD, bottom), QPointF(area.right() - _PAD, bottom))


def _paint_lamp(painter: QPainter, line: QRect, state: LampState) -> int:
    """Draw a lamp at the head of a line; gives where the line goes on."""
    side = lamp_side(line.height())
    top = line.top() + (line.height() - side) // 2
    paint_lamp(painter, QRectF(line.left(), top, side, side), state)
    return line.left() + side + _BESIDE_LAMP


def _paint_parts(
    painter: QPainter, line: QRect, font: QFont, parts: Sequence[tuple[str, str]]
) -> None:
    """Write texts behind each other, each in its colour, as far as there is room."""
    metrics = QFontMetrics(font)
    painter.setFont(font)
    left, is_first = line.left(), True
    for text, colour in parts:
        for piece, ink in ((_BETWEEN, tokens().muted), (text, colour))[is_first:]:
            room = line.left() + line.width() - left
            shown = metrics.elidedText(piece, Qt.TextElideMode.ElideRight, max(0, room))
            painter.setPen(QColor(ink))
            painter.drawText(QPointF(left, line.top() + metrics.ascent()), shown)
            left += metrics.horizontalAdvance(shown)
            if shown != piece:
                return
        is_first = False


class RowList(QListView):
    """A list of rows: chosen by keys and mouse, acted on by Enter or a double click."""

    acted_on = Signal(object)
    """Enter or a double click on a row; its subject."""
    more_wanted = Signal()
    menu_wanted = Signal(object, object)
    """The context menu of a row: its subject, and where on the screen."""

    def __init__(
        self, name: str, parent: QWidget | None = None, *, lamps: LampBoard | None = None
    ) -> None:
        """`lamps` are those of the people in it, where any are watched."""
        super().__init__(parent)
        self._lamps = lamps
        self._model = RowModel(lamps)
        self.setModel(self._model)
        self._delegate = RowDelegate(self, lamps)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(name)
        self.setProperty("role", "rows")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._model.more_wanted.connect(self.more_wanted)
        self.activated.connect(self._act)
        self.customContextMenuRequested.connect(self._want_menu)
        self._ageing = QTimer(self)
        self._ageing.setInterval(_MINUTE_MS)
        self._ageing.timeout.connect(self._age)

    @property
    def rows(self) -> list[Row]:
        """What is shown."""
        return self._model.rows

    def show_rows(self, rows: Sequence[Row], *, has_more: bool = False) -> None:
        """Show other rows; what was chosen stays chosen where it is still there."""
        before = self.chosen()
        self._model.show(rows, has_more=has_more)
        self._measure()
        same = next((at for at, row in enumerate(rows) if _is_same(row.subject, before)), None)
        if same is not None:
            self.choose(same)

    def add_rows(self, rows: Sequence[Row], *, has_more: bool) -> None:
        """Show more rows below."""
        self._model.add(rows, has_more=has_more)
        self._measure()

    def _measure(self) -> None:
        # Where all are of one height Qt asks for one's, not for each one's in turn.
        self.setUniformItemSizes(len({bool(row.note) for row in self.rows}) == 1)
        self._delegate.widest_key = max((row.key for row in self.rows), key=len, default="")

    def chosen(self) -> object:
        """The subject of the chosen row, or None."""
        index = self.currentIndex()
        row = index.data(ROW) if index.isValid() else None
        return row.subject if isinstance(row, Row) else None

    def choose(self, at: int) -> None:
        """Choose a row by its place; one that is not there clears the choice."""
        if 0 <= at < len(self.rows):
            self.setCurrentIndex(self._model.index(at))
        else:
            self.setCurrentIndex(QModelIndex())

    def step(self, by: int) -> None:
        """Move the choice up or down; from nothing to the first."""
        index = self.currentIndex()
        at = index.row() + by if index.isValid() else 0
        self.choose(max(0, min(len(self.rows) - 1, at)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Leave what writes something to the field: it searches better than a list does."""
        if event.text().isprintable() and event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Choose nobody: Qt would take the first row, unmarked, and Enter would call it unseen."""
        is_chosen = self.currentIndex().isValid()
        super().focusInEvent(event)
        if not is_chosen:
            self.choose(-1)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Let the ages of lamps go on."""
        super().showEvent(event)
        if self._lamps is not None:
            self._ageing.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nobody looks."""
        super().hideEvent(event)
        self._ageing.stop()

    def _age(self) -> None:
        """Draw those rows in view anew whose lamp has grown older by a minute."""
        assert self._lamps is not None
        top = self.indexAt(QPoint(0, 0)).row()
        while 0 <= top < len(self.rows):
            index = self._model.index(top)
            if self.visualRect(index).top() > self.viewport().height():
                break
            if self._lamps.ages(self.rows[top].extension):
                self.update(index)
            top += 1

    def _act(self, index: QModelIndex) -> None:
        row = index.data(ROW)
        if isinstance(row, Row):
            self.acted_on.emit(row.subject)

    def _want_menu(self, point: object) -> None:
        index = self.indexAt(point)  # type: ignore[arg-type]
        row = index.data(ROW) if index.isValid() else None
        if isinstance(row, Row):
            self.setCurrentIndex(index)
            self.menu_wanted.emit(row.subject, self.viewport().mapToGlobal(point))  # type: ignore[call-overload]


def _is_same(one: object, other: object) -> bool:
    """Whether both stand for the same person or call, though something of it was changed."""
    if type(one) is not type(other) or one is None:
        return False
    number = getattr(one, "id", None)
    return one == other if number is None else number == getattr(other, "id", None)


def _height(font: QFont, lines: int) -> int:
    """Of a row with so many lines, in pixels."""
    title, quiet = _fonts(font)
    text = QFontMetrics(title).height() + (lines - 1) * QFontMetrics(quiet).height()
    return text + 2 * _PAD + 2


def _fonts(of: QFont) -> tuple[QFont, QFont]:
    title, quiet = QFont(of), QFont(of)
    title.setWeight(QFont.Weight.DemiBold)
    quiet.setPointSizeF(point_size(of) * SMALL)
    return title, quiet


def initials(name: str) -> str:
    """Up to two letters for a name: "AL" for "Anna Lee"."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])]
    return "".join(letters).upper()


def _paint_glyph(
    painter: QPainter, circle: QRectF, row: Row, *, is_chosen: bool, font: QFont
) -> None:
    colours = tokens()
    ground, ink = {
        Glyph.MISSED: (colours.soft_bad, colours.bad),
        Glyph.OUT: (colours.soft_ok, colours.ok),
        Glyph.DIAL: (colours.soft_ok, colours.ok),
        Glyph.REJECTED: (colours.background, colours.muted),
        Glyph.UNKNOWN: (colours.background, colours.muted),
    }.get(row.glyph, (colours.soft_accent, colours.accent))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.surface if is_chosen else ground))
    if ground == colours.surface:
        painter.setPen(QPen(QColor(ink), 1.5))
    painter.drawEllipse(circle)
    if row.glyph is Glyph.INITIALS and initials(row.title):
        letters = QFont(font)
        letters.setWeight(QFont.Weight.DemiBold)
        letters.setPixelSize(round(circle.height() * 0.38))
        painter.setFont(letters)
        painter.setPen(QColor(ink))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, initials(row.title))
        return
    pen = QPen(QColor(ink), circle.width() / 18)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in _STROKES[row.glyph]:
        points = [
            QPointF(circle.x() + x * circle.width() / 24, circle.y() + y * circle.height() / 24)
            for x, y in line
        ]
        painter.drawPolyline(QPolygonF(points))


_STROKES: dict[Glyph, tuple[tuple[tuple[float, float], ...], ...]] = {
    Glyph.IN: (((16, 8), (8, 16)), ((8, 10.5), (8, 16), (13.5, 16))),
    Glyph.OUT: (((8, 16), (16, 8)), ((10.5, 8), (16, 8), (16, 13.5))),
    Glyph.DIAL: (((8, 16), (16, 8)), ((10.5, 8), (16, 8), (16, 13.5))),
    Glyph.MISSED: (((7, 9), (12, 14), (17, 9)), ((7, 13), (7, 9), (11, 9))),
    Glyph.REJECTED: (((8, 8), (16, 16)), ((16, 8), (8, 16))),
    Glyph.DIVERTED: (((7, 16), (7, 10), (16, 10)), ((13, 7), (16, 10), (13, 13))),
    Glyph.ALIKE: (((7, 10), (10, 8), (14, 11), (17, 9)), ((7, 15), (10, 13), (14, 16), (17, 14))),
    Glyph.UNKNOWN: (((8, 12), (16, 12)),),
    Glyph.INITIALS: (((12, 7), (12, 7.1)), ((8, 17), (9, 13.5), (15, 13.5), (16, 17))),
}
"""Lines on a square of 24, as (x, y)."""
