"""The words every part shares: accounts, calls, commands and events.

A `CallReport` is what the phone said, a `Call` is what we know from all it said, a `Command` is
what a person wants, an `Event` is what came of it. All are plain immutable data; nothing here
knows SIP or Qt. Calls mirror the phone: any report is adopted, the surprising ones are logged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

__all__ = [
    "NUMBER",
    "PASSWORD_LIMIT",
    "Abilities",
    "Account",
    "Answer",
    "Call",
    "CallChanged",
    "CallList",
    "CallReport",
    "CallState",
    "Command",
    "CommandAnswered",
    "ControlPath",
    "Dial",
    "Direction",
    "Divert",
    "Event",
    "Failure",
    "Feature",
    "HangUp",
    "Hold",
    "PbxKind",
    "PhoneRestarted",
    "Policy",
    "Refused",
    "RegistrationChanged",
    "Reject",
    "Resume",
    "SessionChanged",
    "SessionState",
    "Stopped",
    "SubscriptionChanged",
    "Trouble",
]

_log = logging.getLogger(__name__)

PASSWORD_LIMIT = 1280
"""Longest password in characters: what a Windows credential can hold."""


class PbxKind(Enum):
    """Which phone system the account belongs to; decides what the wizard fetches by itself."""

    SPA9000 = "spa9000"
    SIP = "sip"


class ControlPath(Enum):
    """Which way commands go to the phone (protocol.md E4)."""

    PBX = "pbx"
    """Through the phone system, which knows us, as the documented program does."""
    PHONE = "phone"
    """Straight to the phone's own address, as SPA Call Manager does."""


@dataclass(frozen=True, slots=True)
class Account:
    """One phone system and the phone it lets us control. The password is never part of it."""

    pbx: str
    """Host name or IP address of the SPA9000 or other SIP PBX."""
    extension: str
    """The phone's User ID, which is the digest user name, e.g. "200"."""
    station: str
    """The phone's Station Name, the user part we subscribe to, e.g. "FrontDesk"."""
    computer: str
    """The name this PC registers under."""
    port: int = 6060
    """UDP port of the PBX; 6060 is the SPA9000's proxy port."""
    phone: str = ""
    """The phone's own host name or IP address, or empty when it is not known."""
    phone_port: int = 5060
    """UDP port of the phone's first extension."""
    local_port: int = 5060
    """The UDP port wanted on this PC; another is taken where it is in use, 0 takes any."""
    kind: PbxKind = PbxKind.SPA9000
    control: ControlPath = ControlPath.PBX
    """Which way commands go; `PHONE` needs the phone's address."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the product does where the protocol leaves a choice."""

    stay_open: bool = False
    """Keep trying after 403 Forbidden. Off: say so and end, as the documented program does."""
    notice_restart: bool = True
    """End the calls of a phone that counts its calls anew: it has restarted and forgotten them.

    Off: they stay until the phone speaks of them [inferred: nothing is printed about restarts].
    """


# Calls


class CallState(Enum):
    """What a call does, in the program's own words."""

    DIALING = "dialing"
    CALLING = "calling"
    PROCEEDING = "proceeding"
    RINGING = "ringing"
    ANSWERING = "answering"
    CONNECTED = "connected"
    HOLDING = "holding"
    HELD = "held"
    RESUMING = "resuming"
    FAILED = "failed"
    """Over for the far end, but the line here is still off hook (the phone's `invalid`)."""
    ENDED = "ended"
    UNKNOWN = "unknown"


class Direction(Enum):
    """Who began a call."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    UNKNOWN = "unknown"


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


@dataclass(frozen=True, slots=True)
class CallReport:
    """What the phone said about one call, in one message."""

    id: str
    """The phone's call number, which its commands take; "1" is the first."""
    state: CallState
    wire_state: str = ""
    """The state as the phone spelt it; tells unknown ones apart."""
    ref: str | None = None
    """The phone's call reference: the same in every report of one call."""
    line: int | None = None
    """Index of the extension on the phone, from 1."""
    number: str | None = None
    """The other party's number, or None when this report does not say."""
    name: str | None = None
    """The other party's display name, or None when this report does not say."""
    direction: Direction = Direction.UNKNOWN
    """Who began it, where the phone says so; none is known to, so the states tell."""
    talked: float | None = None
    """Seconds it has been going on by the phone's clock, where it says so; none is known to."""
    extra: tuple[tuple[str, str], ...] = ()
    """Names and values it gave besides, that we have no use for."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the phone's reports add up."""

    id: str
    state: CallState
    ref: str | None = None
    line: int | None = None
    direction: Direction = Direction.UNKNOWN
    number: str = ""
    name: str = ""
    wire_state: str = ""
    began_at: float = field(default=0.0, compare=False)
    """When the phone first spoke of it, in seconds on the engine's clock."""
    since_at: float = field(default=0.0, compare=False)
    """When it came into its state; a call being held counts as held, and so on."""
    answered_at: float | None = field(default=None, compare=False)
    """When it was first connected, or None: how long people have talked begins here."""
    extra: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """The last values the phone gave that we have no use for, by name."""


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
        known = [_count(call.ref) for call in self]
        for (_, ref), ending in self._endings.items():
            if ending.was_live and now - ending.at < _LATEST:
                known.append(_count(ref))
        counted = [ref for ref in known if ref is not None]
        is_greeting = all(report.state is CallState.ENDED for report in reports)
        if now - self._spoke_at < (_BOOT if is_greeting else _LATEST) or not counted:
            return []
        if not reports or not all(self._is_anew(report, min(counted)) for report in reports):
            return []
        _log.info("the phone counts its calls anew, so it has restarted")
        self._endings.clear()
        self._last_counts.clear()
        return [self._end(call, now) for call in self]

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
    return replace(
        call,
        state=report.state,
        wire_state=report.wire_state,
        ref=report.ref if report.ref is not None else call.ref,
        line=report.line if report.line is not None else call.line,
        direction=direction,
        number=report.number or call.number,
        name=report.name or call.name,
        since_at=call.since_at if before is after else now,
        answered_at=answered_at,
        extra=tuple((dict(call.extra) | dict(report.extra)).items()),
    )


# Commands: what a person wants. What came of one arrives as `CommandAnswered`.


@dataclass(frozen=True, slots=True)
class Dial:
    """Place a call from the phone."""

    number: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a ringing call."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse a ringing call."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Divert:
    """Send a ringing call to another number."""

    call_id: str
    number: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold the active call. The phone takes no call number with it."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Take a held call back."""

    call_id: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a call."""

    call_id: str


Command = Dial | Answer | Reject | Divert | Hold | Resume | HangUp


class Feature(Enum):
    """What else a receptionist does with calls, and no command is known for."""

    TRANSFER = "transfer"
    CONFERENCE = "conference"
    PARK = "park"
    TONES = "tones"
    """Digits sent during a call (DTMF)."""


NUMBER = "NUMBER"
"""Stands in a sequence of keys for the digits of whoever is wanted."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a phone can be told to do, and what only hands can do on it."""

    commands: frozenset[type[Command]]
    """What it obeys; a screen offers nothing else."""
    by_hand: Mapping[Feature, tuple[str, ...]]
    """For each feature it takes no order for, the keys to press on the phone, in order.

    They are named as the phone labels them, e.g. ("xfer", NUMBER, "dial"). No keys where none
    are known.
    """


# Events: what happened, told to whoever listens.


class SessionState(Enum):
    """How far the control of the phone has come."""

    OFFLINE = "offline"
    REGISTERING = "registering"
    SUBSCRIBING = "subscribing"
    READY = "ready"
    RETRYING = "retrying"
    REFUSED = "refused"
    LEAVING = "leaving"
    STOPPED = "stopped"


class Trouble(Enum):
    """Why the phone is not under control."""

    NO_ANSWER = "no answer"
    """Nothing came back, or nothing listens there."""
    UNAUTHORIZED = "unauthorized"
    """401: user name or password is wrong."""
    FORBIDDEN = "forbidden"
    """403: registered or not, the subscription is not allowed."""
    REJECTED = "rejected"
    """Any other refusal; the status tells."""
    NO_PASSWORD = "no password"  # noqa: S105 - a fact's name
    """The saved password cannot be had: the keyring is locked, or it is not there."""

    @classmethod
    def of(cls, status: int | None) -> Trouble:
        """What a refusal with this status means; None is no answer."""
        match status:
            case None:
                return cls.NO_ANSWER
            case 401 | 407:
                return cls.UNAUTHORIZED
            case 403:
                return cls.FORBIDDEN
        return cls.REJECTED


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """The session took a step; what a tray icon shows."""

    state: SessionState
    trouble: Trouble | None = None
    """What went wrong last, while it has not been put right."""
    status: int | None = None
    """The SIP status behind the trouble, where there was one."""
    retry_in: float | None = None
    """Seconds until the next try, where one is planned."""


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """A REGISTER round was answered, failed, or the binding ended."""

    state: str
    """The name of the state in `sip.registration`, in lower case."""
    status: int | None = None
    """What the registrar answered; None where it did not, or was not asked."""
    expires: float | None = None
    """Seconds granted by the registrar."""
    challenged: bool = False
    """Whether the registrar asked for credentials in this round."""


@dataclass(frozen=True, slots=True)
class SubscriptionChanged:
    """A SUBSCRIBE was answered, failed, or the subscription ended."""

    state: str
    """The name of the state in `sip.subscription`, in lower case."""
    status: int | None = None
    """What the notifier answered; None where it did not, or was not asked."""
    expires: float | None = None
    """Seconds granted by the notifier."""


@dataclass(frozen=True, slots=True)
class CallChanged:
    """The phone reported something new about a call; an ended one is told once."""

    call: Call


@dataclass(frozen=True, slots=True)
class PhoneRestarted:
    """The phone has restarted and forgotten its calls; each was told as ended before this."""

    calls: tuple[Call, ...]
    """Those it forgot, as ended; never empty."""


class Failure(Enum):
    """Why a command came to nothing, by what a person can do about it."""

    UNAUTHORIZED = "unauthorized"
    """User name or password is wrong."""
    FORBIDDEN = "forbidden"
    """The phone system does not let this PC steer the phone."""
    NO_SUCH_CALL = "no such call"
    """The call is over, or in a state the order makes no sense in."""
    NO_ANSWER = "no answer"
    """It may have arrived and may not: nothing came back."""
    NOT_CONNECTED = "not connected"
    """The phone is not under control, or it is just restarting."""
    BUSY = "busy"
    """No line is free."""
    IMPOSSIBLE = "impossible"
    """The phone takes no such order, or the number holds what cannot be dialled."""
    SWITCHED_OFF = "switched off"
    """The phone takes no orders at all: CTI Enable is No."""
    UNREACHABLE = "unreachable"
    """Nothing listens there, or the address is not known."""
    REFUSED = "refused"
    """Something else; the status tells."""


_FAILURES = {
    401: Failure.UNAUTHORIZED,
    403: Failure.FORBIDDEN,
    404: Failure.NO_SUCH_CALL,
    405: Failure.SWITCHED_OFF,
    407: Failure.UNAUTHORIZED,
    408: Failure.NO_ANSWER,
    480: Failure.NOT_CONNECTED,
    481: Failure.NO_SUCH_CALL,
    486: Failure.BUSY,
    488: Failure.IMPOSSIBLE,
    489: Failure.SWITCHED_OFF,
    503: Failure.UNREACHABLE,
    600: Failure.BUSY,
}
"""What the phones answer is not printed anywhere (protocol.md E14): by the meanings of RFC 3261."""


@dataclass(frozen=True, slots=True)
class CommandAnswered:
    """What came of a command. What the phone then does arrives as `CallChanged`."""

    command: Command
    status: int
    """SIP status; 408 where no answer came, 503 where nothing listens, 488 where we cannot."""

    @property
    def accepted(self) -> bool:
        """Whether the phone took the order."""
        return 200 <= self.status < 300

    @property
    def failure(self) -> Failure | None:
        """Why the phone did not take it; None where it did."""
        return None if self.accepted else _FAILURES.get(self.status, Failure.REFUSED)


@dataclass(frozen=True, slots=True)
class Refused:
    """The phone system forbids control of the phone: the session ends."""

    status: int
    reason: str
    """The reason phrase that came with the status, e.g. "Forbidden"."""
    source: str
    """The part of the program that was refused: "SPA-STATUS" is the status subscription."""

    @property
    def message(self) -> str:
        """The documented sentence, to the letter (protocol.md S36)."""
        return (
            f"The error '{self.status} {self.reason}' was received from {self.source} and will "
            "prevent Call Ctrl from functioning properly. Please enable Debugging and restart "
            "Call Ctrl to diagnose the problem."
        )


@dataclass(frozen=True, slots=True)
class Stopped:
    """The session is over; nothing comes after it."""


Event = (
    SessionChanged
    | RegistrationChanged
    | SubscriptionChanged
    | CallChanged
    | PhoneRestarted
    | CommandAnswered
    | Refused
    | Stopped
)
