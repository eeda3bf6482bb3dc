"""The card that says who calls, in the corner of the screen, and leaves the keyboard alone.

It lies above all windows and takes no focus, not even by a click: somebody may be typing. There
are three of them, built once, for calls that ring at the same time.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from PySide6.QtCore import (
    QCoreApplication,
    QEasingCurve,
    QEvent,
    QObject,
    QPoint,
    QRect,
    QRectF,
    Qt,
    QVariantAnimation,
    Signal,
    SignalInstance,
)
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QCursor,
    QGuiApplication,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QScreen,
)
from PySide6.QtWidgets import QAccessibleWidget, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from callctrl.calls import LampState
from callctrl.incoming import Incoming
from callctrl.texts import shortened
from callctrl.ui.lamps import lamp_icon
from callctrl.ui.parts import (
    RADIUS,
    CardFrame,
    Chip,
    Edge,
    ElidedLabel,
    KeyButton,
    Tone,
)
from callctrl.ui.screen import lets_windows_place_themselves, shows_translucency
from callctrl.ui.theme import Scheme, current_scheme
from callctrl.ui.widgets import announce, button, fit_height, label, set_role

__all__ = ["CardStack", "Target", "call_sentence", "call_title"]

translate = QCoreApplication.translate

_MOST_CARDS = 3
_MOST_FAVOURITES = 12
_MARGIN = 16
"""Pixels between the cards and the edge of the screen."""
_GAP = 12
"""Pixels between two cards."""
_WIDTH = 24
"""Of a card, in heights of a line of text."""
_LONG_NUMBER = 24
"""Characters; no telephone number is as long, however it is written."""
_ZERO_WIDTH_SPACE = "\u200b"
_SLIDE = 24
"""Pixels from which a card slides to its place."""
_SLIDE_MS = 120


def call_title(call: Incoming) -> str:
    """Who calls, in a few words, e.g. "Incoming call from Anna Lee"."""
    who = shortened(call.name) or shortened(call.number) or translate("Incoming", "unknown caller")
    return translate("Incoming", "Incoming call from {who}").format(who=who)


def call_sentence(call: Incoming) -> str:
    """The call in one sentence, e.g. "Incoming call from Anna Lee, 5551234, line 1"."""
    parts = [call_title(call)]
    if call.name and call.number:
        parts.append(shortened(call.number))
    if call.line is not None:
        parts.append(translate("Incoming", "line {line}").format(line=call.line))
    return ", ".join(parts)


class Target(NamedTuple):
    """Somebody a call may be diverted to."""

    name: str
    number: str
    lamp: LampState | None = None
    """What their phone does, where it is watched."""
    state: str = ""
    """That in words."""


class CardStack(QObject):
    """All incoming calls, a card for each, in the lower right corner of the screen in use.

    The oldest call lies lowest. A card keeps its place as long as its call rings, though others
    go: nobody shall press a button that has just become another call's.
    """

    answer_requested = Signal(str)
    reject_requested = Signal(str)
    divert_requested = Signal(str, str)
    """The call, and the number it is to go to."""
    find_requested = Signal(str)
    """Somebody is to be found whom the call is to go to."""
    silenced = Signal(str)
    """The card is not wanted; the phone rings on."""

    def __init__(self, parent: QObject | None = None, *, animated: bool = True) -> None:
        super().__init__(parent)
        self.animated = animated
        """Off where the system or a person wants nothing to move."""
        self._calls: list[Incoming] = []
        self._favourites: list[Target] = []
        self._silenced: set[str] = set()
        self._area = QRect()
        """Where the cards lie; decided anew when the first of them appears."""
        self._shadow = _Shadow()
        self._cards = [_Card() for _ in range(_MOST_CARDS)]
        for card in self._cards:
            card.moved.connect(self._shade)
            card.answer_requested.connect(self.answer_requested)
            card.reject_requested.connect(self.reject_requested)
            card.divert_requested.connect(self.divert_requested)
            card.find_requested.connect(self.find_requested)
            card.silence_requested.connect(self._silence)

    def show_calls(self, calls: Sequence[Incoming], favourites: Sequence[Target] = ()) -> None:
        """Show these calls, the oldest first, and no others.

        `favourites` are those a call may be diverted to.
        """
        self._calls = list(calls)
        self._favourites = list(favourites)
        self._silenced &= {call.call_id for call in calls}
        self._deal()

    def failed(self, call_id: str, sentence: str) -> None:
        """Say in the call's card why what was asked for did not happen, and offer it again."""
        if (card := self._card(call_id)) is not None:
            card.complain(sentence)
            self._deal()

    def cards(self) -> list[QWidget]:
        """The cards on the screen, that of the oldest call first."""
        found = (self._card(call.call_id) for call in self._calls)
        return [card for card in found if card is not None]

    def _card(self, call_id: str) -> _Card | None:
        return next((card for card in self._cards if card.call_id == call_id), None)

    def _silence(self, call_id: str) -> None:
        self._silenced.add(call_id)
        self._deal()
        self.silenced.emit(call_id)

    def _deal(self) -> None:
        """Give each call a card, as many as there are and fit above one another."""
        ringing = [call for call in self._calls if call.call_id not in self._silenced]
        self._choose_screen()
        for most in range(_MOST_CARDS, 0, -1):
            shown = ringing[:most]
            ids = {call.call_id for call in shown}
            for card in self._cards:
                if card.call_id not in ids:
                    card.leave()
            for call in shown:
                card = self._card(call.call_id) or self._free_card()
                more = len(ringing) - len(shown) if call is shown[-1] else 0
                card.take(call, self._favourites, more)
            plan = self._plan()
            if all(place.top() >= self._area.top() for place in plan.values()):
                break
        self._place(plan)

    def _choose_screen(self) -> None:
        """Take the screen with the pointer, but keep to one on which cards are shown."""
        is_there = any(each.geometry().contains(self._area) for each in QGuiApplication.screens())
        if is_there and not all(card.place.isNull() for card in self._cards):
            return
        first = next(iter(QGuiApplication.screens()), None)
        screen = QGuiApplication.screenAt(QCursor.pos()) or first
        if screen is None:  # none is plugged in
            return
        self._area = screen.availableGeometry()
        for card in self._cards:
            card.leave()
            card.go_to(screen)

    def _free_card(self) -> _Card:
        return next(card for card in self._cards if not card.call_id)

    def _plan(self) -> dict[_Card, QRect]:
        """Where each card lies: those on the screen where they are, the new ones above or between.

        A card that has grown pushes those above it upwards.
        """
        right, floor = self._area.right() - _MARGIN, self._area.bottom() - _MARGIN
        plan: dict[_Card, QRect] = {}

        def lay(card: _Card, bottom: int) -> QRect:
            place = QRect(QPoint(0, 0), card.size())
            place.moveBottomRight(QPoint(right, bottom))
            return place

        lying = [card for card in self._cards if card.call_id and not card.place.isNull()]
        for card in sorted(lying, key=lambda each: -each.place.bottom()):
            plan[card] = lay(card, min(floor, card.place.bottom()))
            floor = plan[card].top() - 1 - _GAP
        for call in self._calls:
            new = self._card(call.call_id)
            if new is not None and new not in plan:
                bottoms = [self._area.bottom() - _MARGIN]
                bottoms += [place.top() - 1 - _GAP for place in plan.values()]
                places = (lay(new, bottom) for bottom in sorted(bottoms, reverse=True))
                plan[new] = next(each for each in places if _is_free(each, plan.values()))
        return plan

    def _place(self, plan: dict[_Card, QRect]) -> None:
        for card, place in plan.items():
            card.lie(place, animated=self.animated)

    def _shade(self) -> None:
        """Throw the cards' shadows, where what is thrown can be seen through."""
        cards = [card.geometry() for card in self._cards if card.isVisible()]
        thrown = shows_translucency() and lets_windows_place_themselves()
        self._shadow.throw(cards if thrown else [])


def _is_free(place: QRect, taken: Iterable[QRect]) -> bool:
    room = place.adjusted(0, -_GAP, 0, _GAP)
    return not any(room.intersects(each) for each in taken)


_ASIDE = (
    Qt.WindowType.Tool
    | Qt.WindowType.FramelessWindowHint
    | Qt.WindowType.WindowStaysOnTopHint
    | Qt.WindowType.WindowDoesNotAcceptFocus
    | Qt.WindowType.NoDropShadowWindowHint
)
"""A window above the others that is none to work in."""

# The window manager is passed over, as some lay a frame round the window that takes its clicks.
_UNNOTICED = _ASIDE | (
    Qt.WindowType.WindowTransparentForInput | Qt.WindowType.BypassWindowManagerHint
)
"""A window that is only looked at."""

_MOVES = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide}

_KEPT: list[QAccessibleWidget] = []
"""Qt deletes these with their cards; until then Python must not, whatever it clears away first."""


class _Card(CardFrame):
    """One incoming call: who it is, and what can be done."""

    answer_requested = Signal(str)
    reject_requested = Signal(str)
    divert_requested = Signal(str, str)
    find_requested = Signal(str)
    silence_requested = Signal(str)
    moved = Signal()
    """It has come, gone, or changed place or size."""

    def __init__(self) -> None:
        super().__init__(Edge.TOP, Tone.ACCENT)
        self.call_id = ""
        """The call it shows; empty while it is free."""
        self.place = QRect()
        """Where it lies on the screen, or is sliding to; null while it is not shown."""
        self._favourites: list[Target] = []
        self._call = Incoming("")
        self._waits_for = ""
        """Why nothing can be asked for just now; empty where it can."""
        self._menu = QMenu(self)
        self._slide = QVariantAnimation(self)
        self._slide.setDuration(_SLIDE_MS)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.valueChanged.connect(self.move)
        self.setWindowFlags(_ASIDE)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_X11NetWmWindowTypeNotification)
        self.setWindowTitle(self.tr("Incoming call"))
        self._build()
        # What has this role is read when it is shown, by readers that ignore announcements from
        # programs in the background. A subclass of it in Python would crash in the end; and Qt
        # knows it by the card's meta-object, which each first connection to a method of the card
        # exchanges, so it comes last.
        accessible = QAccessibleWidget(self, QAccessible.Role.Notification)
        _KEPT.append(accessible)
        QAccessible.registerAccessibleInterface(accessible)

    def _build(self) -> None:
        self._chip = Chip("", Tone.ACCENT)
        self._station = ElidedLabel("", "quiet")
        self._silence = button(self.tr("Silence"))
        self._silence.setProperty("role", "quiet")
        hint = self.tr("Hides this card; the phone rings on.")
        self._silence.setToolTip(hint)
        self._silence.setAccessibleDescription(hint)
        self._name = ElidedLabel("", "huge")
        self._number = label(role="number")
        self._company = ElidedLabel("", "quiet")
        self._below = ElidedLabel("", "quiet")
        self._known = label(role="panel", wrap=True)
        self._by_hand = label(self.tr("Pick up the handset to answer."), "strong", wrap=True)
        self._problem = label(role="problem", wrap=True)
        self._answer = KeyButton(self.tr("Answer"), primary=True, tall=True)
        self._divert = KeyButton(self.tr("Divert…"), tall=True)
        self._reject = KeyButton(self.tr("Reject"), danger=True, tall=True)
        self._more = label(role="quiet")
        self._silence.clicked.connect(lambda: self.silence_requested.emit(self.call_id))
        self._answer.clicked.connect(lambda: self._ask(self.answer_requested))
        self._reject.clicked.connect(lambda: self._ask(self.reject_requested))
        self._divert.clicked.connect(self._choose)

        head = QHBoxLayout()
        head.setSpacing(8)
        head.setContentsMargins(18, 0, 11, 0)  # the quiet button's word ends where the others end
        head.addWidget(self._chip)
        head.addWidget(self._station, 1)
        head.addWidget(self._silence)
        number = QHBoxLayout()
        number.setSpacing(10)
        number.addWidget(self._number)
        number.addWidget(self._company, 1)
        who = QVBoxLayout()
        who.setSpacing(2)
        who.addWidget(self._name)
        who.addLayout(number)
        who.addWidget(self._below)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._answer, 1)
        buttons.addWidget(self._divert)
        buttons.addWidget(self._reject)
        column = QVBoxLayout()
        column.setContentsMargins(18, 0, 18, 0)
        column.setSpacing(12)
        column.addLayout(who)
        column.addWidget(self._known)
        column.addWidget(self._by_hand)
        column.addWidget(self._problem)
        column.addLayout(buttons)
        column.addWidget(self._more)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 12, 0, 16)
        whole.setSpacing(2)
        whole.addLayout(head)
        whole.addLayout(column)

    # What it shows

    def take(self, call: Incoming, favourites: list[Target], more: int) -> None:
        """Show the call, and that so many more ring; the card keeps its place if it has one."""
        self._call = call
        if call.call_id != self.call_id:
            self.call_id = call.call_id
            self._problem.hide()
            self._waits_for = ""
        self._offer()
        self._favourites = favourites
        self.setAccessibleName(call_sentence(call))
        if call.line is None:
            self._chip.show_word(self.tr("Incoming"), Tone.ACCENT)
        else:
            word = self.tr("Incoming · line {line}").format(line=call.line)
            self._chip.show_word(word, Tone.ACCENT)
        station = shortened(call.station)
        self._station.setText(self.tr("for {station}").format(station=station) if station else "")
        self._show_party(shortened(call.name), shortened(call.number), shortened(call.company))
        note = shortened(call.note, 160)
        known = [shortened(call.past), note]
        self._known.setText("\n".join(part for part in known if part))
        self._known.setVisible(bool(self._known.text()))
        self._more.setText(self.tr("and %n more", "", more) if more else "")
        self._more.setVisible(more > 0)
        self._by_hand.setVisible(bool(call.no_answer))
        self._fit()

    def _show_party(self, name: str, number: str, company: str) -> None:
        """The name largest and the number second, or the number in the name's place."""
        unknown = self.tr("Unknown caller")
        if name or not number:
            self._name.setText(name or unknown)
            self._company.setText(company)
            self._below.setText("" if number else self.tr("Number withheld"))
        else:
            self._company.setText("")
            self._below.setText(" · ".join(filter(None, (unknown, company))))
        self._name.setVisible(bool(name or not number))
        # Half a number is a wrong number: what is no telephone number's length is wrapped, for
        # which Qt wants places between words.
        is_long = len(number) > _LONG_NUMBER
        self._number.setText(_ZERO_WIDTH_SPACE.join(number) if is_long else number)
        self._number.setWordWrap(is_long)
        set_role(self._number, "number" if name else "huge")
        self._number.setVisible(bool(number))
        self._below.setVisible(bool(self._below.text()))

    def complain(self, sentence: str) -> None:
        """Say what went wrong, and offer everything again."""
        self._wait("")
        self._problem.setText(sentence)
        set_role(self._problem, "problem")
        self._problem.show()
        self._fit()
        announce(self, sentence)

    def _fit(self) -> None:
        width = min(self.fontMetrics().height() * _WIDTH, self.maximumWidth())
        self.resize(max(width, self.minimumSizeHint().width()), self.height())
        fit_height(self)

    # Where it lies

    def lie(self, place: QRect, *, animated: bool) -> None:
        """Lie there; a card that was not shown appears, and is spoken of."""
        appears = self.place.isNull()
        if place == self.place:
            return
        self.place = place
        self._slide.stop()
        if appears and animated:
            self.move(place.topLeft() + QPoint(_SLIDE, 0))
            self._slide.setStartValue(self.pos())
            self._slide.setEndValue(place.topLeft())
            self._slide.start()
        else:
            self.move(place.topLeft())
        if appears:
            self._appear()

    def _appear(self) -> None:
        self.set_rounded(shows_translucency())  # else its corners would be black
        self.show()
        how = f". {self._by_hand.text()}" if self._call.no_answer else ""
        announce(self, f"{self.accessibleName()}{how}")

    def go_to(self, screen: QScreen) -> None:
        """Take that screen's scale, and be no wider than it."""
        self.setMaximumWidth(screen.availableGeometry().width() - 2 * _MARGIN)
        self.setScreen(screen)

    def leave(self) -> None:
        """Go from the screen and be free for another call."""
        self.call_id = ""
        self.place = QRect()
        self._slide.stop()
        self._menu.close()
        self.hide()

    def event(self, event: QEvent) -> bool:
        """Tell what a shadow must follow."""
        done = super().event(event)
        if event.type() in _MOVES:
            self.moved.emit()
        return done

    # What is asked for

    def _ask(self, signal: SignalInstance, *arguments: str) -> None:
        """Ask once; what came of it is told by `leave` or `complain`."""
        waiting = self.tr("Waiting for the phone.")
        self._wait(waiting)
        self._problem.setText(waiting)  # instead of what went wrong before, if anything did
        set_role(self._problem, "quiet")
        signal.emit(self.call_id, *arguments)

    def _wait(self, reason: str) -> None:
        self._waits_for = reason
        self._offer()

    def _offer(self) -> None:
        """Offer what can be asked for; all else is grey and says why."""
        self._answer.why(self._call.no_answer or self._waits_for)
        self._divert.why(self._call.no_divert or self._waits_for)
        self._reject.why(self._call.no_reject or self._waits_for)

    def _choose(self) -> None:
        """Offer the favourites, and the way to everybody else."""
        self._menu.clear()
        for target in self._favourites[:_MOST_FAVOURITES]:
            name = " · ".join(filter(None, (shortened(target.name, 40), target.state)))
            text = f"{name}\t{shortened(target.number, 40)}".replace("&", "&&")
            action = self._menu.addAction(text)
            if target.lamp is not None:
                action.setIcon(lamp_icon(target.lamp))
            action.triggered.connect(
                lambda _=False, number=target.number: self._ask(self.divert_requested, number)
            )
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Find somebody…")).triggered.connect(
            lambda: self.find_requested.emit(self.call_id)
        )
        # Above the button: below it there may be no room, and Qt would lay the menu over it.
        corner = self._divert.mapToGlobal(QPoint(0, -4))
        self._menu.popup(corner - QPoint(0, self._menu.sizeHint().height()))


class _Shadow(QWidget):
    """What the cards throw on what lies below: a window of its own, so that clicks go through.

    An effect of Qt's would draw the whole card anew, and blurred, with each figure that changes.
    """

    _REACH = 26
    """Pixels."""
    _STEPS = 24
    _DROP = 6
    """Pixels by which it lies lower than the cards."""
    _ALPHA: ClassVar = {None: 0, Scheme.LIGHT: 1, Scheme.DARK: 5}
    """Of 255, for each step; where the colours are the system's, lines must do."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowFlags(_UNNOTICED)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._cards: list[QRect] = []

    def throw(self, cards: list[QRect]) -> None:
        """Lie round these cards."""
        self._cards = cards
        if cards:
            reach = self._REACH
            whole = functools.reduce(QRect.united, cards)
            self.setGeometry(whole.adjusted(-reach, -reach, reach, reach))
            self.update()
        self.setVisible(bool(cards))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw it, but not where a card is."""
        cards = [QRectF(card.translated(-self.pos())) for card in self._cards]
        outside = QPainterPath()
        outside.addRect(QRectF(self.rect()))
        for card in cards:
            inside = QPainterPath()
            inside.addRoundedRect(card, RADIUS, RADIUS)
            outside = outside.subtracted(inside)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(outside)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, self._ALPHA[current_scheme()]))
        for card in cards:
            for step in range(1, self._STEPS + 1):
                grown = card.adjusted(-step, -step, step, step)
                grown.translate(0, self._DROP * step / self._STEPS)
                painter.drawRoundedRect(grown, RADIUS + step, RADIUS + step)
        painter.end()
