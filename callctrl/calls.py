"""The words every part shares: calls, commands and events.

A `CallReport` is what the phone said, a `Call` is what we know from all it said, a `Command` is
what a person wants, an `Event` is what came of it. All are plain immutable data; nothing here
knows SIP or Qt. How reports add up to calls is for `callctrl.calllist`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

__all__ = [
    "NUMBER",
    "Ability",
    "AbilityOf",
    "Action",
    "Answer",
    "Call",
    "CallChanged",
    "CallReport",
    "CallState",
    "Command",
    "CommandAnswered",
    "Dial",
    "DialFailure",
    "DialProgress",
    "DialStage",
    "Direction",
    "Divert",
    "Dropped",
    "Event",
    "Failure",
    "Feature",
    "HangUp",
    "Hold",
    "Lamp",
    "LampChanged",
    "LampDoubt",
    "LampListFailed",
    "LampListTrouble",
    "LampState",
    "Messages",
    "MessagesChanged",
    "No",
    "PhoneRestarted",
    "PhoneSeen",
    "Reason",
    "Refused",
    "RegistrationChanged",
    "Reject",
    "Resume",
    "SessionChanged",
    "SessionState",
    "Stopped",
    "SubscriptionChanged",
    "Trouble",
    "Untested",
    "Yes",
]


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


class CallReport(NamedTuple):
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
    ended_away: bool = field(default=False, compare=False)
    """Whether it was over when we came back: nobody saw its end, nor knows when that was."""
    extra: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """The last values the phone gave that we have no use for, by name."""


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


Action = type[Command] | Feature
"""What may be possible or not: a kind of command, or what no command is known for."""


class Reason(Enum):
    """Why something cannot be done from here."""

    BY_HAND = "by hand"
    """This phone takes no order for it; hands can do it there."""
    BYSTANDER = "bystander"
    """Plain SIP: the PBX tells us of the calls, and takes no such order from who is not in them."""
    NOT_OFFERED = "not offered"
    """The PBX was asked, and does not offer it."""


@dataclass(frozen=True, slots=True)
class Yes:
    """It can be done."""


@dataclass(frozen=True, slots=True)
class Untested:
    """It can be done by what is written; here nobody has seen it yet."""


@dataclass(frozen=True, slots=True)
class No:
    """It cannot be done from here."""

    reason: Reason
    keys: tuple[str, ...] = ()
    """The keys of the phone that do it, in order and as the phone labels them, e.g.
    ("xfer", NUMBER, "dial"); none where none are known."""


Ability = Yes | No | Untested
AbilityOf = Callable[[Action, "Call | None"], Ability]
"""Tells what can be done with a call, or with any, where it is asked about None."""


# Colleagues and messages


class LampState(Enum):
    """What a colleague's phone does, as far as a lamp shows it."""

    FREE = "free"
    RINGING = "ringing"
    BUSY = "busy"
    HELD = "held"
    """On a call that is on hold."""
    AWAY = "away"
    """Its phone is not there."""
    UNKNOWN = "unknown"


class LampDoubt(Enum):
    """Why a lamp is unknown."""

    NOT_ASKED = "not asked"
    """Its turn to be asked for has not come."""
    NO_WORD = "no word"
    """The PBX watches it for us, and has said nothing of it yet."""
    REFUSED = "refused"
    """The PBX does not let us watch it, or knows no such extension."""
    LOST = "lost"
    """The PBX no longer answers, or has ended it."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """What is known of a colleague's phone."""

    who: str
    """The extension."""
    state: LampState = LampState.UNKNOWN
    since: float = 0.0
    """When it came into that state, in seconds on the engine's clock."""
    source: str = ""
    """The event package that said so: "dialog" or "presence"; empty where none has."""
    doubt: LampDoubt | None = LampDoubt.NOT_ASKED
    """Why it is unknown; None where it is known."""
    peer: str = ""
    """Whom the colleague speaks with, where the PBX tells."""


class LampListTrouble(Enum):
    """Why a list of extensions on the PBX is of no use, so that each is asked for alone."""

    UNKNOWN = "unknown"
    """There is no such list."""
    NOT_OFFERED = "not offered"
    """The PBX keeps no lists."""
    REFUSED = "refused"
    """It does not let us have this one."""
    SILENT = "silent"
    """It grants the list and reports nothing: mostly the list is too long, 100 are safe."""
    UNREADABLE = "unreadable"
    """What it reports cannot be read."""


@dataclass(frozen=True, slots=True)
class Messages:
    """What waits in the mailbox (RFC 3842)."""

    new: int | None
    """None where the PBX says only that there are some."""
    old: int | None
    number: str
    """What to dial to hear them; empty where that is not known."""


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


@dataclass(slots=True)
class Dropped:
    """Messages of a session that came to nothing, counted."""

    strangers: int = 0
    """From neither the PBX nor the phone, and not read."""
    not_understood: int = 0
    """From the PBX or the phone, and no SIP."""

    def __str__(self) -> str:
        return f"dropped: {self.strangers} from strangers, {self.not_understood} not understood"


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
    UNKNOWN_PROOF = "unknown proof"
    """401: no way to prove the password is asked for that we know."""
    WEAKER_PROOF = "weaker proof"
    """401: a weaker proof of the password is asked for than before; it is not given."""
    ELSEWHERE = "elsewhere"
    """The phone system points to another one, which we do not go to by ourselves."""
    ENDED = "ended"
    """The phone system has ended its reports on the phone for good."""
    OWN_PHONE = "own phone"
    """The account is the phone's own: calls would come here, and the phone stay silent."""
    CERTIFICATE = "certificate"
    """TLS: the phone system's certificate is not to be trusted; the detail tells why."""
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
    detail: str = ""
    """What else is known of the trouble, as a sentence in plain English; mostly empty."""


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


class DialStage(Enum):
    """How far a call has come that the PBX places for us (a third-party call)."""

    RINGING = "ringing"
    """The own phone rings: its handset is to be picked up."""
    ANSWERED = "answered"
    """It was picked up, and is told whom to call."""
    REFERRED = "referred"
    """It calls them."""


class DialFailure(Enum):
    """Why a call that the PBX was to place came to nothing."""

    OWN_UNREACHABLE = "own unreachable"
    """The own phone is not there, or the PBX does not let us call it."""
    OWN_BUSY = "own busy"
    OWN_REJECTED = "own rejected"
    """The call was refused at the own phone."""
    OWN_NO_ANSWER = "own no answer"
    """Nobody picked up the own phone's handset."""
    NOT_OBEYED = "not obeyed"
    """The own phone was picked up, and does not take the order to call."""
    NO_SUCH_NUMBER = "no such number"
    BUSY = "busy"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    """Who is called is not there."""
    NO_ANSWER = "no answer"
    """Who is called does not answer."""
    NO_NEWS = "no news"
    """Nobody told what became of it."""
    GIVEN_UP = "given up"
    """It was cancelled here, or the handset was put down."""


@dataclass(frozen=True, slots=True)
class DialProgress:
    """A call that the PBX places for us has come further."""

    command: Dial
    stage: DialStage


@dataclass(frozen=True, slots=True)
class LampChanged:
    """A colleague's phone does something else, or is known no more."""

    lamp: Lamp


@dataclass(frozen=True, slots=True)
class LampListFailed:
    """The list of extensions is of no use; told once, and each is asked for alone from then on."""

    name: str
    trouble: LampListTrouble


@dataclass(frozen=True, slots=True)
class MessagesChanged:
    """What waits in the mailbox is another; None where it is not known."""

    messages: Messages | None


@dataclass(frozen=True, slots=True)
class PhoneSeen:
    """Whether the own phone is there at all; None where the PBX does not tell."""

    is_there: bool | None


@dataclass(frozen=True, slots=True)
class CommandAnswered:
    """What came of a command. What the phone then does arrives as `CallChanged`."""

    command: Command
    status: int
    """SIP status; 408 where no answer came, 503 where nothing listens, 488 where we cannot."""
    dial_failure: DialFailure | None = None
    """Why a third-party call failed; None for all else."""
    impossible: No | None = None
    """Why nobody was asked, where the phone takes no such order at all."""

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
    | PhoneSeen
    | LampChanged
    | LampListFailed
    | MessagesChanged
    | DialProgress
    | CommandAnswered
    | Refused
    | Stopped
)
