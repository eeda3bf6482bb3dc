"""What is kept of a call, and what becomes of it as the phone speaks of the call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from callctrl.calls import Call, CallState, Direction
from callctrl.texts import one_line

__all__ = ["Outcome", "Record", "turned_away", "updated"]


class Outcome(Enum):
    """What became of a call."""

    GOING_ON = "going on"
    ANSWERED = "answered"
    """People talked; they called, or it is not known who did."""
    MISSED = "missed"
    REJECTED = "rejected"
    DIVERTED = "diverted"
    PLACED = "placed"
    """People talked; we called."""
    NO_ANSWER = "no answer"
    """We called and did not reach anybody."""
    UNKNOWN_END = "unknown end"
    """It ended while the program was away, or nothing tells what it was."""


@dataclass(frozen=True, slots=True)
class Record:
    """One call. The instants are aware, in UTC, to the millisecond."""

    id: int
    """Later calls have higher ones; 0 for one not kept yet."""
    began: datetime
    """When the phone was first heard speaking of it."""
    answered: datetime | None = None
    """When it was first seen connected."""
    ended: datetime | None = None
    """When the talk or the ringing was over; None where it goes on or nobody was there to see."""
    direction: Direction = Direction.UNKNOWN
    outcome: Outcome = Outcome.GOING_ON
    number: str = ""
    name: str = ""
    """As the phone showed it."""
    line: int | None = None
    """Index of the extension on the phone, from 1."""
    note: str = ""
    """What a person wrote; may have several lines."""
    diverted_to: str = ""
    looked_at: bool = False
    """Whether a missed call has been taken notice of."""


_CONNECTED = frozenset({CallState.CONNECTED, CallState.HOLDING, CallState.HELD, CallState.RESUMING})
_UNANSWERED = {
    Direction.INCOMING: Outcome.MISSED,
    Direction.OUTGOING: Outcome.NO_ANSWER,
    Direction.UNKNOWN: Outcome.UNKNOWN_END,
}


def updated(record: Record, call: Call, now: datetime) -> Record:
    """The record after what the phone says of its call; whatever it says is adopted."""
    answered = record.answered
    if answered is None and (call.state in _CONNECTED or call.answered_at is not None):
        answered = max(now, record.began)  # a clock may be put back
    # The talk is over when the far end hangs up, though the line here may stay off hook.
    has_ended = call.state is CallState.ENDED or (
        call.state is CallState.FAILED and answered is not None
    )
    is_known = record.ended is not None or not call.ended_away
    ended = None
    if has_ended and is_known:
        ended = record.ended or max(now, answered or record.began)
    direction = record.direction if call.direction is Direction.UNKNOWN else call.direction
    return replace(
        record,
        answered=answered,
        ended=ended,
        direction=direction,
        outcome=_outcome(
            record.outcome, direction, answered is not None, has_ended, is_known=is_known
        ),
        number=one_line(call.number) or record.number,
        name=one_line(call.name) or record.name,
        line=call.line if call.line is not None else record.line,
    )


def _outcome(
    before: Outcome, direction: Direction, was_answered: bool, has_ended: bool, *, is_known: bool
) -> Outcome:
    if not was_answered and before in (Outcome.REJECTED, Outcome.DIVERTED):
        return before
    if not has_ended:
        return Outcome.GOING_ON
    if not is_known:
        return Outcome.UNKNOWN_END
    if not was_answered:
        return _UNANSWERED[direction]
    return Outcome.PLACED if direction is Direction.OUTGOING else Outcome.ANSWERED


def turned_away(record: Record, outcome: Outcome, diverted_to: str = "") -> Record:
    """The record after we refused its call or sent it elsewhere, unless somebody answered."""
    if record.answered is not None or record.direction is Direction.OUTGOING:
        return record
    return replace(record, outcome=outcome, diverted_to=one_line(diverted_to))
