"""What happens now: a card for each call, with the actions that are possible and their keys.

The cards mirror the phone. A key acts on the call it is meant for (`target`), and the button that
does the same carries the key's cap, so what a key will do can be seen before it is pressed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from callctrl.abilities import presumed_ability
from callctrl.calls import (
    Ability,
    AbilityOf,
    Action,
    Answer,
    Call,
    CallState,
    Command,
    Direction,
    Divert,
    Feature,
    HangUp,
    Hold,
    No,
    Reject,
    Resume,
)
from callctrl.ui.handsetwords import action_in_words, why_not_in_words
from callctrl.ui.keys import Deed, key_in_words, sequences_of
from callctrl.ui.parts import CardFrame, Chip, Edge, ElidedLabel, KeyButton, TabularLabel, Tone
from callctrl.ui.widgets import announce, label

__all__ = ["NowList", "ShownCall", "duration_in_words", "state_in_words"]

translate = QCoreApplication.translate

_LATE = 0.7
"""Seconds for which a key may have been on its way when a call ended."""
_WAITS_FOR = 3.0
"""Seconds after which an order may be given once more though the phone has not changed."""
_URGENT_AFTER = 60.0
"""Seconds after which a held caller has waited too long."""

_WIDE = 21
"""How many lines of text a card is wide where name and state share a line."""
_LEAST = 14
"""How many lines of text the calls are high at least where they scroll: one card."""

RINGING = frozenset({CallState.RINGING})
TALKING = frozenset({CallState.ANSWERING, CallState.CONNECTED, CallState.RESUMING})
HELD = frozenset({CallState.HOLDING, CallState.HELD})
PLACED = frozenset({CallState.DIALING, CallState.CALLING, CallState.PROCEEDING})


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call and what is known of the person at its other end."""

    call: Call
    name: str = ""
    number: str = ""
    """As people write it."""
    company: str = ""
    past: str = ""
    """How often and when this number called before, in words; empty where it never did."""
    note: str = ""
    """What the contacts say of the person."""

    @property
    def title(self) -> str:
        """The largest text on the card."""
        return self.name or self.number or translate("Now", "Unknown caller")

    @property
    def detail(self) -> str:
        """The number where the title is not it, the company and the line."""
        line = self.call.line
        parts = (
            self.number if self.name else "",
            self.company,
            translate("Now", "line {number}").format(number=line) if line is not None else "",
        )
        return " · ".join(part for part in parts if part)


def _cap_of(deed: Deed) -> str:
    return key_in_words(sequences_of(deed)[0])


def state_in_words(call: Call) -> str:
    """The state as its chip says it."""
    match call.state:
        case CallState.RINGING:
            return translate("Now", "Ringing")
        case CallState.DIALING:
            return translate("Now", "Off hook")
        case CallState.CALLING | CallState.PROCEEDING:
            return translate("Now", "Calling")
        case CallState.ANSWERING | CallState.CONNECTED | CallState.RESUMING:
            return translate("Now", "Talking")
        case CallState.HOLDING | CallState.HELD:
            return translate("Now", "On hold")
        case CallState.FAILED if call.direction is Direction.OUTGOING and call.answered_at is None:
            return translate("Now", "Not reached")
        case CallState.FAILED:
            return translate("Now", "They hung up")
        case CallState.ENDED if call.ended_away:
            return translate("Now", "Ended while away")
        case CallState.ENDED:
            return translate("Now", "Ended")
        case CallState.UNKNOWN:
            return translate("Now", "Unknown state")


def duration_in_words(seconds: float) -> str:
    """A running time: "0:06", "12:40", "1:02:03"."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"


def _tone(call: Call, *, is_urgent: bool) -> Tone:
    if call.state in RINGING:
        return Tone.ACCENT
    if call.state in HELD:
        return Tone.BAD if is_urgent else Tone.WARN
    if call.state is CallState.FAILED:
        return Tone.BAD
    if call.state in TALKING:
        return Tone.OK
    if call.state in (CallState.ENDED, CallState.UNKNOWN):
        return Tone.MUTED
    return Tone.ACCENT


class _NoteField(QLineEdit):
    """Where a note is written; it knows when its writer has done with it."""

    left = Signal(bool)
    """The caret has gone for good; whether the Tab key took it away."""

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Tell, unless the caret is only lent to a menu or to another window."""
        super().focusOutEvent(event)
        if event.reason() not in _LENT:
            self.left.emit(event.reason() in _BY_TAB)


_LENT = frozenset(
    {
        Qt.FocusReason.ActiveWindowFocusReason,
        Qt.FocusReason.PopupFocusReason,
        Qt.FocusReason.MenuBarFocusReason,
    }
)
_BY_TAB = frozenset({Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason})


class CallCard(CardFrame):
    """One call."""

    ordered = Signal(object)
    """A command for the phone."""
    divert_wanted = Signal(str)
    """The number of the call to be diverted."""
    note_written = Signal(object, str)
    """The call, and the note so far."""
    note_left = Signal(bool)
    """Its writer has done with the note; whether she left it by the Tab key."""
    caret_freed = Signal()
    """What has the caret is about to go. Qt would give it to the button that comes next, and
    whoever is typing would press that."""

    def __init__(self, clock: Callable[[], float], ability: AbilityOf) -> None:
        super().__init__(Edge.LEFT, Tone.ACCENT)
        # A layout reckons a height for no less than the minimum width, which buttons would set.
        self.setMinimumWidth(1)
        self._clock = clock
        self._ability = ability
        self._shown: ShownCall | None = None
        self._was_urgent = False
        self._ordered_at: float | None = None
        """When an order was given that the phone has not yet followed."""
        self._keys: frozenset[Deed] = frozenset()
        self._title = ElidedLabel(role="state")
        self._detail = label(role="quiet", wrap=True)
        self._past = label(role="panel", wrap=True)
        self._chip = Chip("", Tone.ACCENT)
        self._time = TabularLabel(role="time")
        self._by_hand = label(self.tr("Pick up the handset to answer."), "strong", wrap=True)
        self._by_hand.setContentsMargins(0, 0, 0, 6)
        self._note = _NoteField()
        self._note.setPlaceholderText(self.tr("Note on this call"))
        self._note.setAccessibleName(self.tr("Note on this call"))
        self._note.setMaxLength(500)
        self._note.setProperty("role", "note")
        self._note.textEdited.connect(lambda text: self.note_written.emit(self.call, text))
        self._note.left.connect(self.note_left)

        self._answer = KeyButton(self.tr("Answer"), primary=True)
        self._divert = KeyButton(self.tr("Divert…"))
        self._reject = KeyButton(self.tr("Reject"), danger=True)
        self._hold = KeyButton(self.tr("Hold"))
        self._resume = KeyButton(self.tr("Resume"))
        self._hang_up = KeyButton(self.tr("Hang up"), danger=True)
        self._deeds = (
            (self._answer, Deed.ANSWER),
            (self._divert, Deed.DIVERT),
            (self._reject, Deed.HANG_UP),
            (self._hold, Deed.HOLD),
            (self._resume, Deed.HOLD),
            (self._hang_up, Deed.HANG_UP),
        )
        self._transfer = KeyButton(action_in_words(Feature.TRANSFER))
        self._actions: tuple[tuple[KeyButton, Action], ...] = (
            (self._answer, Answer),
            (self._divert, Divert),
            (self._reject, Reject),
            (self._hold, Hold),
            (self._resume, Resume),
            (self._hang_up, HangUp),
            (self._transfer, Feature.TRANSFER),
        )
        self._offer_shown: tuple[tuple[Ability, ...], bool, bool] | None = None
        """What can be done, whether the phone is waited for, and whether the call rings."""
        self._answer.clicked.connect(lambda: self.order(Answer(self.call.id)))
        self._reject.clicked.connect(lambda: self.order(Reject(self.call.id)))
        self._hold.clicked.connect(lambda: self.order(Hold()))
        self._resume.clicked.connect(lambda: self.order(Resume(self.call.id)))
        self._hang_up.clicked.connect(lambda: self.order(HangUp(self.call.id)))
        self._divert.clicked.connect(lambda: self.divert_wanted.emit(self.call.id))

        self._top = QHBoxLayout()
        self._top.setSpacing(8)
        self._top.addWidget(self._title, 1)
        self._top.addWidget(self._chip)
        self._top.addWidget(self._time)
        self._below = QHBoxLayout()
        self._below.addStretch(1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        for each in self._all_buttons():
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the caret where it is
            self._buttons.addWidget(each)
        self._buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 14, 12)
        column.setSpacing(2)
        column.addLayout(self._top)
        column.addLayout(self._below)
        column.addWidget(self._detail)
        column.addSpacing(6)
        column.addWidget(self._past)
        column.addSpacing(6)
        column.addWidget(self._by_hand)
        column.addLayout(self._buttons)
        column.addSpacing(4)
        column.addWidget(self._note)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """In a narrow strip the buttons go without their keys, and the name has its own line."""
        super().resizeEvent(event)
        self._show_keys()
        if self.width() < self.fontMetrics().height() * _WIDE:
            self._below.insertWidget(0, self._chip)
        else:
            self._top.insertWidget(1, self._chip)

    def _show_keys(self) -> None:
        for each, deed in self._deeds:
            each.show_key(_cap_of(deed) if deed in self._keys else "")
        margins = self.contentsMargins()
        shown = [each for each in self._all_buttons() if not each.isHidden()]
        layout = self.layout()
        assert layout is not None
        room = self.width() - layout.contentsMargins().left() - layout.contentsMargins().right()
        room -= margins.left() + margins.right()
        needed = sum(each.sizeHint().width() for each in shown) + 8 * (len(shown) - 1)
        if self.width() and needed > room:
            for each, _ in self._deeds:
                each.show_key("")

    @property
    def call(self) -> Call:
        """The call that is shown."""
        assert self._shown is not None
        return self._shown.call

    def note(self) -> str:
        """What was written on the call."""
        return self._note.text()

    def show_abilities(self, ability: AbilityOf) -> None:
        """What the phone takes no order for is grey, and says why and how it is done there."""
        self._ability = ability
        if self._shown is not None:
            self._offer()

    def _offer(self) -> None:
        """Turn buttons grey: for a reason, or until the phone has followed what it was ordered."""
        waits, rings = self._ordered_at is not None, self.call.state in RINGING
        abilities = tuple(self._ability(action, self.call) for _, action in self._actions)
        offer = abilities, waits, rings
        if offer == self._offer_shown:
            return
        self._offer_shown = offer
        rows = list(zip(self._actions, abilities, strict=True))
        grey = {each for (each, _), ability in rows if waits or isinstance(ability, No)}
        self.free_caret(grey)
        for (each, action), ability in rows:
            each.why(why_not_in_words(action, ability))
            each.setEnabled(each not in grey)
            if action is Answer:
                self._by_hand.setVisible(rings and isinstance(ability, No))

    def begin_note(self) -> QWidget:
        """Take the caret to the note, which is returned."""
        self._note.setFocus()
        return self._note

    @property
    def has_caret_in_note(self) -> bool:
        """Whether she is writing the note, be it with another window before this one."""
        return self.window().focusWidget() is self._note

    def show_end(self) -> None:
        """The call is over: the note can still be written, and the time stands still."""
        assert self._shown is not None
        ended = replace(self.call, state=CallState.ENDED)
        self.show_call(replace(self._shown, call=ended), frozenset())

    def free_caret(self, going: Iterable[QWidget]) -> None:
        """Let go of the caret where one of these has it."""
        if self.window().focusWidget() in going:
            self.caret_freed.emit()

    def show_call(self, shown: ShownCall, keys: frozenset[Deed]) -> None:
        """Show the call as it is; `keys` are the deeds whose key is meant for it."""
        call = shown.call
        if self._shown is None or _is_another(call, self._shown.call):
            self._was_urgent = False
            self._note.clear()
            self._ordered_at = None
        elif call.state is not self._shown.call.state:
            self._ordered_at = None
        self._shown = shown
        self._title.setText(shown.title)
        self._detail.setText(shown.detail)
        self._detail.setVisible(bool(shown.detail))
        past = " · ".join(part for part in (shown.past, shown.note) if part)
        is_ringing = call.state in RINGING
        self._past.setText(past)
        self._past.setVisible(bool(past) and (is_ringing or call.state in TALKING))
        self._note.setVisible(not is_ringing)
        is_held = call.state in HELD
        can_hold = call.state in TALKING
        buttons = {
            self._answer: is_ringing,
            self._divert: is_ringing,
            self._reject: is_ringing,
            self._hold: can_hold,
            self._resume: is_held,
            self._hang_up: not is_ringing and call.state is not CallState.ENDED,
            self._transfer: can_hold or is_held,
        }
        self._offer()
        self.free_caret(each for each, shows in buttons.items() if not shows)
        for each, shows in buttons.items():
            each.setVisible(shows)
        self._keys = keys
        self._show_keys()
        self.tick()
        self.setAccessibleName(
            ", ".join((shown.title, state_in_words(call), shown.detail)).rstrip(", ")
        )

    def tab_after(self, before: QWidget) -> QWidget:
        """Come after that widget when Tab goes on; gives the last one of the card."""
        for each in (*self._all_buttons(), self._note):
            QWidget.setTabOrder(before, each)
            before = each
        return self._note

    def tick(self) -> None:
        """Show the time that has passed."""
        call = self.call
        if self._ordered_at is not None and self._clock() - self._ordered_at >= _WAITS_FOR:
            self.release()
        since = call.since_at
        if call.state in TALKING and call.answered_at is not None:
            since = call.answered_at
        lasted = self._clock() - since
        is_urgent = call.state in HELD and lasted >= _URGENT_AFTER
        tone = _tone(call, is_urgent=is_urgent)
        self.show_tone(tone)
        self._chip.show_word(state_in_words(call), tone)
        if call.state is not CallState.ENDED:
            self._time.setText(duration_in_words(lasted))
        self._time.show_tone(tone if call.state in HELD else None)
        if is_urgent and not self._was_urgent and self._shown is not None:
            text = self.tr("{name} has been on hold for a minute")
            announce(self, text.format(name=self._shown.title))
        self._was_urgent = is_urgent

    def release(self) -> None:
        """The phone has followed, or refused: orders are taken again."""
        self._ordered_at = None
        self._offer()

    def order(self, command: Command) -> None:
        """Order something for this call, once until the phone has followed."""
        if self._ordered_at is None:
            self._ordered_at = self._clock()
            self._offer()
            self.ordered.emit(command)

    def _all_buttons(self) -> tuple[KeyButton, ...]:
        return (
            self._answer,
            self._divert,
            self._resume,
            self._hold,
            self._hang_up,
            self._reject,
            self._transfer,
        )


class NowList(QScrollArea):
    """All calls there are; hidden when there is none.

    As high as its cards need at its width; where there is less room they scroll.
    """

    ordered = Signal(object)
    refused = Signal(str)
    """Why the phone does not do what a key is for, and what to do."""
    divert_wanted = Signal(str)
    note_written = Signal(object, str)
    """The call, be it one that has just ended, and the note so far."""
    caret_freed = Signal()
    """What had the caret goes, and nobody chose where it is to be next."""

    def __init__(self, clock: Callable[[], float], parent: QWidget | None = None) -> None:
        """`clock` is the one the calls' times are on."""
        super().__init__(parent)
        self._clock = clock
        self._enter_answers = True
        self._fell_silent_at = -math.inf
        """When the last call with somebody on the line went."""
        self._ability: AbilityOf = presumed_ability
        self._calls: list[ShownCall] = []
        self._cards: dict[str, CallCard] = {}
        self._written: CallCard | None = None
        """The card of a call that ended while the note on it was being written."""
        self._spare: list[CallCard] = []
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for each in (self.viewport(), inside):
            each.setAutoFillBackground(False)
        heading = label(self.tr("NOW"), "section")
        heading.setAccessibleName(self.tr("Calls now"))
        self._column.addWidget(heading)
        self._spare.append(self._new_card())
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        self.hide()

    def show_abilities(self, ability: AbilityOf) -> None:
        """What the phone takes no order for is grey, and says why and how it is done there."""
        self._ability = ability
        for card in (*self._cards.values(), *self._spare):
            card.show_abilities(ability)

    def show_calls(self, calls: Iterable[ShownCall]) -> None:
        """Show these calls, those that want something first."""
        self._calls = sorted(calls, key=lambda shown: _place(shown.call))
        by_id = {shown.call.id: shown.call for shown in self._calls}
        for call_id, card in list(self._cards.items()):
            call_now = by_id.get(call_id)
            if call_now is None or _is_another(call_now, card.call):
                del self._cards[call_id]
                if card.call.state not in RINGING | HELD:
                    self._fell_silent_at = self._clock()
                self._end(card)
        targets = {deed: self.target(deed) for deed in _BY_DEED if not self.why_not(deed)}
        if not self._enter_answers:
            targets.pop(Deed.ANSWER, None)
        for shown in self._calls:
            call = shown.call
            if call.id not in self._cards:
                if call.state in RINGING:
                    self.verticalScrollBar().setValue(0)
                self._cards[call.id] = self._spare.pop() if self._spare else self._new_card()
            card = self._cards[call.id]
            card.show_call(
                shown, frozenset(deed for deed, target in targets.items() if target is call)
            )
        self._place_cards()
        if self._calls and not self._timer.isActive():
            self._timer.start()
        elif not self._calls:
            self._timer.stop()

    def _place_cards(self) -> None:
        cards = [self._cards[shown.call.id] for shown in self._calls]
        if self._written is not None:
            cards = sorted((*cards, self._written), key=lambda card: _place(card.call))
        for at, card in enumerate(cards, start=1):
            if self._column.indexOf(card) != at:
                self._column.insertWidget(at, card)
            card.show()
        self.setVisible(bool(cards))

    def tab_after(self, before: QWidget) -> None:
        """Come after that widget when Tab goes on, card by card as they stand."""
        for shown in self._calls:
            before = self._cards[shown.call.id].tab_after(before)

    @property
    def calls(self) -> list[ShownCall]:
        """The calls shown, in order."""
        return self._calls

    def card(self, call_id: str) -> CallCard | None:
        """The card of a call."""
        return self._cards.get(call_id)

    def target(self, deed: Deed) -> Call | None:
        """The call that a key is meant for now, or None where there is none."""
        for states in _BY_DEED[deed]:
            for shown in self._calls:
                if shown.call.state in states:
                    return shown.call
        return None

    def command_for(self, deed: Deed) -> Command | None:
        """What the key of a deed orders now, or None where there is nothing to do."""
        call = self.target(deed)
        if call is None:
            return None
        match deed:
            case Deed.ANSWER:
                return Answer(call.id)
            case Deed.HOLD:
                return Hold() if call.state in TALKING else Resume(call.id)
            case Deed.HANG_UP:
                return Reject(call.id) if call.state in RINGING else HangUp(call.id)
        return None

    def why_not(self, deed: Deed) -> str:
        """Why the phone takes no order for what the key of a deed is meant for now.

        Empty where it takes one, and where there is nothing to do.
        """
        call, command = self.target(deed), self.command_for(deed)
        if call is None or (command is None and deed is not Deed.DIVERT):
            return ""
        action = Divert if command is None else type(command)
        return why_not_in_words(action, self._ability(action, call))

    def order(self, deed: Deed) -> None:
        """Do what the key of a deed is meant for now, as if its button were pressed.

        The key that hangs up is late where somebody was on the line a moment ago: it is not meant
        for the caller who rings.
        """
        call, command = self.target(deed), self.command_for(deed)
        is_late = self._clock() - self._fell_silent_at < _LATE
        if call is None or command is None or (isinstance(command, Reject) and is_late):
            return
        if reason := self.why_not(deed):
            self.refused.emit(reason)
        else:
            self._cards[call.id].order(command)

    def begin_note(self) -> bool:
        """Take the caret to the note on the call its key is meant for; whether there is one."""
        call = self.target(Deed.NOTE)
        if call is None:
            return False
        self.ensureWidgetVisible(self._cards[call.id].begin_note())
        return True

    def show_enter(self, answers: bool) -> None:
        """Whether Enter answers, or is wanted for something else just now."""
        self._enter_answers = answers
        self.show_calls(self._calls)

    def _new_card(self) -> CallCard:
        card = CallCard(self._clock, self._ability)
        card.hide()
        card.ordered.connect(self.ordered)
        card.divert_wanted.connect(self.divert_wanted)
        card.note_written.connect(self.note_written)
        card.note_left.connect(lambda by_tab: self._leave(card, by_tab))
        card.caret_freed.connect(self.caret_freed)
        return card

    def _end(self, card: CallCard) -> None:
        """Its call is over: the card goes, or waits until the note on it is written."""
        if card.has_caret_in_note:
            self._written = card
            card.show_end()
            return
        card.free_caret(card.findChildren(QWidget))
        card.hide()
        self._column.removeWidget(card)
        self._spare.append(card)

    def _leave(self, card: CallCard, by_tab: bool) -> None:
        """She has done with the note on a card."""
        if card is self._written:
            self._written = None
            if by_tab:
                self.caret_freed.emit()  # it is on a button of another call
            self._end(card)
            self._place_cards()

    def sizeHint(self) -> QSize:  # noqa: N802
        """What the cards need at this width."""
        return QSize(super().sizeHint().width(), self._needed())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """One card."""
        return QSize(0, min(self._needed(), self.fontMetrics().height() * _LEAST))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """At another width the cards need another height."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        """With other cards, too."""
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)

    def _needed(self) -> int:
        needed = self._column.totalHeightForWidth(self.viewport().width())
        return needed if needed >= 0 else self._column.totalSizeHint().height()  # nothing wraps

    def _tick(self) -> None:
        for card in self._cards.values():
            card.tick()


_BY_DEED: dict[Deed, tuple[frozenset[CallState], ...]] = {
    Deed.ANSWER: (RINGING,),
    Deed.DIVERT: (RINGING,),
    # One key holds and resumes: with somebody on the line it holds.
    Deed.HOLD: (TALKING, HELD),
    # Whom she talks to comes first; a caller is rejected only where nobody is on the line. Who is
    # held is hung up by the button alone: the key may be late for a call that has just ended.
    Deed.HANG_UP: (TALKING | PLACED | {CallState.FAILED, CallState.UNKNOWN}, RINGING),
    Deed.NOTE: (TALKING | PLACED, HELD, frozenset({CallState.FAILED, CallState.UNKNOWN})),
}
"""The states a key looks for, the first wish first."""


def _is_another(call: Call, before: Call) -> bool:
    """Whether it is not the same call; the phone gives a number again when its call is over."""
    return (call.id, call.began_at) != (before.id, before.began_at)


def _place(call: Call) -> tuple[int, float]:
    """Ringing on top, the newest first; then whom she talks to; then those who wait longest."""
    if call.state in RINGING:
        return 0, -call.began_at
    if call.state in HELD:
        return 2, call.since_at
    return 1, call.began_at
