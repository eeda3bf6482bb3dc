"""The calls of one phone, as its reports add up.

Calls mirror the phone: any report is adopted, the surprising ones are logged, and only late news
and what nobody can believe are left aside.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from callctrl.calls import Call, CallReport, CallState, Direction

__all__ = ["CallList"]

_log = logging.getLogger(__name__)

_DIRECTION_SHOWN_BY = {
    CallState.RINGING: Direction.INCOMING,
    CallState.ANSWERING: Direction.INCOMING,
    CallState.DIALING: Direction.OUTGOING,
    CallState.CALLING: Direction.OUTGOING,
    CallState.PROCEEDING: Direction.OUTGOING,
}

_PROGRESS = {
    CallState.DIALING: 0,
    CallState.RINGING: 0,
    CallState.CALLING: 1,
    CallState.ANSWERING: 1,
    CallState.PROCEEDING: 2,
}
_TALKING = 3
"""How far a call has come; nothing but a reboot of the phone takes it back."""

_LATEST = 20.0
"""Seconds by which a report can be late: the phone repeats it for 16 s."""

_BOOT = 4.0
"""Seconds of silence at least where a phone has restarted; none boots faster."""

_MOST_CALLS = 64
"""More calls than any phone has; what reports more is not believed."""

_MOST_STATES = 32
"""Unknown states that are logged, each once."""


class _Ending(NamedTuple):
    """When a call ended, and whether we had heard of it before."""

    at: float
    was_live: bool


class CallList:
    """The calls of one phone, kept true to its reports.

    Reports may be lost, doubled or overtaken by later ones. A call reference names one call, so a
    report that would take a call back, or wake one that has just ended, is late news: logged and
    left aside. Any other report is adopted, however surprising: a phone that has rebooted counts
    its references from the beginning again.
    """

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._heard_at: dict[str, float] = {}
        """By the number of a live call: when the phone last spoke of it."""
        self._endings: dict[tuple[str, str], _Ending] = {}
        """By call number and reference, the oldest first: what just ended."""
        self._last_counts: dict[str, int] = {}
        """By call number: the reference the phone spoke of last."""
        self._spoke_at = 0.0
        """When the phone last spoke of any call."""
        self._unknown_states: set[str] = set()

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._calls.values()))

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, call_id: str) -> Call | None:
        """The live call with this number, or None."""
        return self._calls.get(call_id)

    def apply(self, report: CallReport, now: float) -> list[Call]:
        """Adopt one report; what changed, in order, ended calls last seen as `ENDED`."""
        self._spoke_at = now
        known = self._calls.get(report.id)
        if self._is_late(report, known, now):
            _log.info("late report ignored: %s", report)
            return []
        self._note_count(report)
        changed: list[Call] = []
        if known is not None and (report.state is CallState.ENDED or _is_another(report, known)):
            changed.append(self._end(known, now))
            self._note_end(known.id, known.ref, now, was_live=True)
        if report.state is CallState.ENDED:
            if known is None or known.ref != report.ref:
                self._note_end(report.id, report.ref, now, was_live=False)
            return changed
        if changed:
            known = None
        if known is None and len(self._calls) >= _MOST_CALLS:
            _log.info("more than %d calls are not believed", _MOST_CALLS)
            return changed
        if report.state is CallState.UNKNOWN:
            self._note_unknown(report.wire_state)
        self._heard_at[report.id] = now
        if report.ref is not None:
            # Adopted, so it lives, though a call of that reference has ended before a reboot.
            self._endings.pop((report.id, report.ref), None)
        call = _updated(known or _begun(report, now), report, now)
        self._calls[call.id] = call
        if call != known:
            changed.append(call)
        return changed

    def forget_if_restarted(self, reports: Sequence[CallReport], now: float) -> list[Call]:
        """End every call if this message shows that the phone has restarted; those it ended.

        A restart takes calls away without a word and begins their references anew (protocol.md
        B.7) [inferred]. So it shows in a message, before its reports are applied, which speaks
        only of lower references than every call's that is live or has just been, after a silence
        as long as a boot. What is not about an end might be late news of a call that began before
        the others; for that the silence must be longer than news can be late. Each must be lower
        too than the last one of its call number: each line may count its calls by itself.
        """
        silence = now - self._spoke_at
        if silence < _BOOT:
            return []
        is_greeting = all(report.state is CallState.ENDED for report in reports)
        if silence < _LATEST and not is_greeting:
            return []
        known = [_count(call.ref) for call in self]
        for (_, ref), ending in self._endings.items():
            if ending.was_live and now - ending.at < _LATEST:
                known.append(_count(ref))
        counted = [ref for ref in known if ref is not None]
        if (
            not counted
            or not reports
            or not all(self._is_anew(report, min(counted)) for report in reports)
        ):
            return []
        _log.info("the phone counts its calls anew, so it has restarted")
        self._endings.clear()
        self._last_counts.clear()
        return [self._end(call, now) for call in self]

    def end_unnamed(self, reports: Sequence[CallReport], now: float) -> list[Call]:
        """End the calls that a picture of all calls does not name; those it ended."""
        named = {report.id for report in reports}
        return [self._end(call, now) for call in self if call.id not in named]

    def _is_anew(self, report: CallReport, lowest: int) -> bool:
        """Whether the report's reference is below `lowest`, and below the last of its number."""
        ref, last = _count(report.ref), self._last_counts.get(report.id)
        return ref is not None and last is not None and ref < min(lowest, last)

    def _note_count(self, report: CallReport) -> None:
        ref = _count(report.ref)
        if ref is not None and (
            report.id in self._last_counts or len(self._last_counts) < _MOST_CALLS
        ):
            self._last_counts[report.id] = ref

    def _note_unknown(self, wire_state: str) -> None:
        if wire_state not in self._unknown_states and len(self._unknown_states) < _MOST_STATES:
            self._unknown_states.add(wire_state)
            _log.warning("the phone reports a state we do not know: %r", wire_state)

    def _end(self, call: Call, now: float) -> Call:
        del self._calls[call.id], self._heard_at[call.id]
        return replace(call, state=CallState.ENDED, wire_state="", since_at=now)

    def _note_end(self, call_id: str, ref: str | None, now: float, *, was_live: bool) -> None:
        while self._endings:
            oldest = next(iter(self._endings))
            if now - self._endings[oldest].at < _LATEST and len(self._endings) < _MOST_CALLS:
                break
            del self._endings[oldest]
        if ref is not None:
            self._endings.pop((call_id, ref), None)
            self._endings[call_id, ref] = _Ending(now, was_live)

    def _is_late(self, report: CallReport, known: Call | None, now: float) -> bool:
        if report.ref is None:
            return False
        ending = self._endings.get((report.id, report.ref))
        if ending is not None and now - ending.at < _LATEST:
            return True
        return (
            known is not None
            and known.ref == report.ref
            and now - self._heard_at[report.id] < _LATEST
            and _would_take_back(report, known)
        )


def _count(ref: str | None) -> int | None:
    """A reference as the number it is on the phones known, or None."""
    if ref is None or not (ref.isascii() and ref.isdigit() and len(ref) <= 10):
        return None
    return int(ref)


def _would_take_back(report: CallReport, known: Call) -> bool:
    """Whether the report speaks of a call earlier than what is known of it."""
    if CallState.UNKNOWN in (report.state, known.state):
        return False
    return _PROGRESS.get(report.state, _TALKING) < _PROGRESS.get(known.state, _TALKING)


def _is_another(report: CallReport, known: Call) -> bool:
    """Whether the report speaks of another call than the one known by that number.

    The end of the known one was never reported then: the phone has moved on, or rebooted.
    """
    if report.ref is None or known.ref is None:
        return False
    return report.ref != known.ref or _would_take_back(report, known)


_SAME_TO_PEOPLE = {
    CallState.ANSWERING: CallState.CONNECTED,
    CallState.RESUMING: CallState.CONNECTED,
    CallState.HOLDING: CallState.HELD,
}
"""States that last a moment, and those they belong to when time is counted."""


def _begun(report: CallReport, now: float) -> Call:
    return Call(report.id, report.state, began_at=now, since_at=now)


def _updated(call: Call, report: CallReport, now: float) -> Call:
    """The call after the report; later reports leave out name and number, so keep the old."""
    before = _SAME_TO_PEOPLE.get(call.state, call.state)
    after = _SAME_TO_PEOPLE.get(report.state, report.state)
    answered_at = call.answered_at
    if answered_at is None and report.state is CallState.CONNECTED:
        answered_at = now - (report.talked or 0.0)
    direction = call.direction
    if direction is Direction.UNKNOWN:
        direction = _DIRECTION_SHOWN_BY.get(report.state, report.direction)
    return Call(
        id=call.id,
        state=report.state,
        ref=report.ref if report.ref is not None else call.ref,
        line=report.line if report.line is not None else call.line,
        direction=direction,
        number=report.number or call.number,
        name=report.name or call.name,
        wire_state=report.wire_state,
        began_at=call.began_at,
        since_at=call.since_at if before is after else now,
        answered_at=answered_at,
        extra=tuple((dict(call.extra) | dict(report.extra)).items())
        if report.extra
        else call.extra,
    )
