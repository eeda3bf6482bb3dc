"""Events, verdicts and answers to questions, in English sentences and in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from callctrl.accounts import Account, PbxKind
from callctrl.calls import (
    Call,
    CallChanged,
    CallState,
    CommandAnswered,
    DialFailure,
    DialProgress,
    DialStage,
    Direction,
    Dropped,
    Event,
    Failure,
    LampChanged,
    LampListFailed,
    LampListTrouble,
    MessagesChanged,
    PhoneRestarted,
    PhoneSeen,
    Refused,
    RegistrationChanged,
    SessionChanged,
    SessionState,
    Stopped,
    SubscriptionChanged,
    Trouble,
)
from callctrl.headless.abilitywords import why_not_in_words
from callctrl.headless.lampwords import (
    lamp_as_data,
    lamp_in_words,
    messages_as_data,
    messages_in_words,
    time_of,
)
from callctrl.headless.verbs import verb_of
from callctrl.headless.verdicts import certificate_in_words
from callctrl.store.passwords import StoreProblem

__all__ = [
    "Status",
    "calls_as_data",
    "calls_in_words",
    "event_as_json",
    "event_in_words",
    "failure_in_words",
    "outcome_in_words",
    "progress_in_words",
    "status_as_data",
    "status_in_words",
    "store_problem_in_words",
]

# Events


def event_as_json(event: Event, time_of: Callable[[float], datetime] = time_of) -> str | None:
    """One line of JSON, or None for what the other lines already tell.

    `time_of` tells the local time of an instant on the engine's clock.
    """
    match event:
        case RegistrationChanged(state, status, expires):
            shown = _kept_alive("registration", state, status, expires)
        case SubscriptionChanged(state, status, expires):
            shown = _kept_alive("subscription", state, status, expires)
        case CallChanged(call):
            shown = {"event": "call", **_call_as_data(call)}
        case PhoneRestarted(calls):
            shown = {"event": "phone-restarted", "ended": len(calls)}
        case CommandAnswered(command, status):
            shown = {"event": "command", "command": verb_of(command), "status": status}
            if reason := _why_refused(event):
                shown["reason"] = reason
            if event.dial_failure is not None:
                shown["dial_failure"] = event.dial_failure.value
        case Refused(status, _, source):
            shown = {
                "event": "refused",
                "status": status,
                "source": source,
                "message": event.message,
            }
        case Stopped():
            shown = {"event": "stopped"}
        case LampChanged(lamp):
            shown = {"event": "lamp", **lamp_as_data(lamp, time_of)}
        case LampListFailed(name, trouble):
            shown = {"event": "lamp-list", "name": name, "trouble": trouble.value}
        case MessagesChanged(messages):
            shown = {"event": "messages", **messages_as_data(messages)}
        case PhoneSeen(is_there):
            shown = {"event": "phone", "there": is_there}
        case DialProgress(command, stage):
            shown = {"event": "dial", "number": command.number, "stage": stage.value}
        case SessionChanged(
            SessionState.RETRYING, Trouble.CERTIFICATE | Trouble.NO_ANSWER as trouble
        ) | SessionChanged(
            SessionState.REFUSED, Trouble.ENDED | Trouble.OWN_PHONE as trouble
        ):  # no line of registration tells of it
            shown = {
                "event": "trouble",
                "trouble": trouble.value,
                "detail": event.detail,
                "retry_in": None if event.retry_in is None else round(event.retry_in, 1),
            }
        case SessionChanged():
            return None
    return json.dumps(shown)


def _kept_alive(
    what: str, state: str, status: int | None, expires: float | None
) -> dict[str, object]:
    return {"event": what, "state": state, "status": status, "expires": expires}


_SESSION_WORDS = {
    SessionState.REGISTERING: "Registering.",
    SessionState.LEAVING: "Leaving.",
}

_READY_WORDS = {
    PbxKind.SPA9000: "Ready: the phone is under control.",
    PbxKind.SIP: "Ready: the phone is watched.",
}

_TROUBLE_WORDS = {
    Trouble.NO_ANSWER: "No answer from the phone system.",
    Trouble.UNAUTHORIZED: "The phone system refuses the user name or the password ({status}).",
    Trouble.FORBIDDEN: "The phone system forbids watching the phone ({status}).",
    Trouble.REJECTED: "The phone system refuses ({status}).",
    Trouble.UNKNOWN_PROOF: (
        "The phone system asks for a proof of the password that is not known here ({status})."
    ),
    Trouble.WEAKER_PROOF: (
        "The phone system asks for a weaker proof of the password than before ({status}), and "
        "gets none: somebody in between may be asking."
    ),
    Trouble.ELSEWHERE: (
        "The phone system points to another one ({status}). If that is the right one, name it."
    ),
    Trouble.ENDED: "The phone system reports this phone no more.",
    Trouble.OWN_PHONE: (
        "That is the phone's own account: its calls would come here, and the phone would stay "
        "silent. Ask the administrator for an account of Call Ctrl's own."
    ),
    Trouble.NO_PASSWORD: "The saved password is not to be had.",
}


def event_in_words(event: Event, kind: PbxKind = PbxKind.SPA9000) -> str | None:
    """One line to be read, or None for what the other lines already tell.

    `kind` is the phone system's: only a SPA9000 gives control of a phone.
    """
    match event:
        case SessionChanged(SessionState.RETRYING, Trouble()) | SessionChanged(
            SessionState.REFUSED, Trouble.ENDED | Trouble.OWN_PHONE
        ):
            return _trouble_in_words(event)
        case SessionChanged(SessionState.READY):
            return _READY_WORDS[kind]
        case SessionChanged(state):
            return _SESSION_WORDS.get(state)
        case CallChanged(call):
            return _call_in_words(call)
        case PhoneRestarted(calls):
            what = "a call" if len(calls) == 1 else f"{len(calls)} calls"
            return f"The phone has restarted and forgotten {what}."
        case LampChanged(lamp):
            return f"Lamp {lamp_in_words(lamp)}."
        case LampListFailed(name, trouble):
            return _LIST_WORDS[trouble].format(name=name)
        case MessagesChanged(messages):
            return messages_in_words(messages)
        case PhoneSeen(is_there):
            return _SEEN_WORDS[is_there]
        case DialProgress():
            return progress_in_words(event)
        case CommandAnswered():
            return outcome_in_words(event)
        case Refused():
            return event.message
        case Stopped():
            return "Stopped."
        case RegistrationChanged() | SubscriptionChanged():
            return None


def progress_in_words(progress: DialProgress) -> str:
    """How far a call is that the phone system places."""
    return _STAGE_WORDS[progress.stage].format(number=progress.command.number)


_LIST_WORDS = {
    LampListTrouble.UNKNOWN: "The phone system knows no list {name!r}: each lamp is asked for.",
    LampListTrouble.NOT_OFFERED: "The phone system keeps no lists: each lamp is asked for.",
    LampListTrouble.REFUSED: "The phone system refuses the list {name!r}: each lamp is asked for.",
    LampListTrouble.SILENT: (
        "The phone system grants the list {name!r} and reports nothing: mostly the list is too "
        "long. Split it at 100; until then each lamp is asked for."
    ),
    LampListTrouble.UNREADABLE: (
        "What the phone system reports on the list {name!r} cannot be read: each lamp is asked for."
    ),
}

_SEEN_WORDS = {
    True: "The phone is there.",
    False: "The phone is not there: it is not registered with the phone system.",
    None: "Whether the phone is there, the phone system does not tell.",
}

_STAGE_WORDS = {
    DialStage.RINGING: "Your phone rings: pick up the handset to call {number}.",
    DialStage.ANSWERED: "You picked up.",
    DialStage.REFERRED: "Your phone calls {number}.",
}


_FAILURE_WORDS = {
    Failure.UNAUTHORIZED: (
        "the user name or the password was refused ({status}). Run `callctrl setup` with the "
        "password the phone has now."
    ),
    Failure.FORBIDDEN: (
        "the phone system does not let this PC steer the phone ({status}). `callctrl check` tells "
        "where it fails."
    ),
    Failure.NO_SUCH_CALL: (
        "there is no such call any more, or it is in no state for that ({status}). Look at what "
        "the phone shows, and try again."
    ),
    Failure.NO_ANSWER: (
        "no answer came ({status}). Look whether the phone did it all the same, before you try "
        "again."
    ),
    Failure.NOT_CONNECTED: (
        "the phone is not under control just now ({status}). Wait until it is ready again."
    ),
    Failure.BUSY: "the phone has no free line ({status}). End a call first.",
    Failure.IMPOSSIBLE: (
        "the phone cannot do that, or the number holds what cannot be dialled ({status}). Check "
        "the number, or do it on the phone."
    ),
    Failure.SWITCHED_OFF: (
        "the phone takes no orders ({status}). Set CTI Enable to yes on its SIP page."
    ),
    Failure.UNREACHABLE: (
        "nothing listens where the order went ({status}). Is the phone on, and its address right?"
    ),
    Failure.REFUSED: "refused ({status}). Do it on the phone.",
}


def failure_in_words(failure: Failure, status: int) -> str:
    """Why a command came to nothing, and what to do: it follows the name of the command."""
    return _FAILURE_WORDS[failure].format(status=status)


def _trouble_in_words(session: SessionChanged) -> str:
    match session.trouble:
        case None:
            return ""
        case Trouble.CERTIFICATE:
            words = certificate_in_words(session.detail)
        case trouble:
            words = _TROUBLE_WORDS[trouble].format(status=session.status)
    if session.retry_in is None:
        return words
    return f"{words} Trying again in {session.retry_in:.0f} s."


_DIAL_WORDS = {
    DialFailure.OWN_UNREACHABLE: (
        "your phone cannot be reached. Is it switched on? If it is, the phone system does not let "
        "this program call it: ask the administrator."
    ),
    DialFailure.OWN_BUSY: "your phone is busy. End the call on it first.",
    DialFailure.OWN_REJECTED: "your phone refused the call. Is Do Not Disturb on?",
    DialFailure.OWN_NO_ANSWER: (
        "your phone did not answer in time. Pick up the handset when it rings, and try again."
    ),
    DialFailure.NOT_OBEYED: (
        "your phone was picked up, but does not dial for this program. Dial on the handset."
    ),
    DialFailure.NO_SUCH_NUMBER: "there is no such number. Check it, and try again.",
    DialFailure.BUSY: "they are busy. Try again later.",
    DialFailure.REJECTED: "they refused the call. Try again later.",
    DialFailure.UNREACHABLE: "they cannot be reached now. Try again later.",
    DialFailure.NO_ANSWER: "they do not answer. Try again later.",
    DialFailure.NO_NEWS: (
        "the phone system does not say what became of the call. Listen on the handset."
    ),
    DialFailure.GIVEN_UP: "the call was given up, or the handset was put down.",
}
"""Why a call that the phone system was to place came to nothing."""


def outcome_in_words(answered: CommandAnswered) -> str:
    """What came of a command, e.g. "hold: no answer came (408). …"."""
    verb = verb_of(answered.command)
    return f"{verb}: {_why_refused(answered) or 'taken by the phone'}"


def _why_refused(answered: CommandAnswered) -> str:
    """Why a command came to nothing, and what to do; empty where it did not."""
    if answered.impossible is not None:
        return why_not_in_words(answered.impossible)
    if answered.dial_failure is not None:
        return _DIAL_WORDS[answered.dial_failure]
    if answered.failure is not None:
        return failure_in_words(answered.failure, answered.status)
    return ""


def _call_in_words(call: Call) -> str:
    who = " ".join(filter(None, (call.name, call.number)))
    towards = {Direction.INCOMING: "from", Direction.OUTGOING: "to", Direction.UNKNOWN: "with"}
    party = f", {towards[call.direction]} {who}" if who else ""
    line = f" on line {call.line}" if call.line is not None else ""
    state = (
        "ended while away" if call.ended_away else _STATE_WORDS.get(call.state, call.state.value)
    )
    return f"Call {call.id}{line}: {state}{party}"


_STATE_WORDS = {CallState.FAILED: "over, but this line is still off hook"}

# Answers to questions


@dataclass(frozen=True, slots=True)
class Status:
    """How the program is doing."""

    session: SessionChanged
    account: Account | None
    calls: int
    """How many calls the phone has."""
    missed: int | None = None
    """How many calls were missed and not looked at, or None where nobody counts them."""
    dropped: Dropped | None = None
    """What came in and came to nothing, or None where nobody asks."""


def status_as_data(status: Status) -> dict[str, object]:
    """The status for JSON; what is not known is null."""
    account, trouble = status.account, status.session.trouble
    return {
        "state": status.session.state.value,
        "station": account.station if account is not None else None,
        "extension": account.extension if account is not None else None,
        "calls": status.calls,
        "missed": status.missed,
        "trouble": trouble.value if trouble is not None else None,
        "detail": status.session.detail or None,
        "dropped": asdict(status.dropped) if status.dropped is not None else None,
    }


def status_in_words(status: Status) -> str:
    """A few lines: the connection, whose phone it is, and its calls."""
    session, account = status.session, status.account
    if session.trouble is not None:
        words = _trouble_in_words(session)
    elif session.state is SessionState.READY:
        words = _READY_WORDS[account.kind if account is not None else PbxKind.SPA9000]
    else:
        words = _STATUS_WORDS[session.state]
    lines = [words]
    if account is not None and account.kind is PbxKind.SIP:
        lines.append(f"Phone {account.station}, by the account {account.extension}.")
    elif account is not None:
        lines.append(f"Station {account.station}, extension {account.extension}.")
    missed = "" if status.missed is None else f", missed: {status.missed}"
    lines.append(f"Calls: {status.calls}{missed}.")
    if status.dropped is not None and status.dropped != Dropped():
        lines.append(f"{status.dropped}.".capitalize())
    return "\n".join(lines)


_STATUS_WORDS = _SESSION_WORDS | {
    SessionState.OFFLINE: "Not connected.",
    SessionState.SUBSCRIBING: "Asking for the phone.",
    SessionState.RETRYING: "Trying again.",
    SessionState.REFUSED: "Refused by the phone system.",
    SessionState.STOPPED: "Stopped.",
}


def calls_as_data(calls: Iterable[Call], now: float) -> list[dict[str, object]]:
    """The calls for JSON, each with the seconds since it came into its state."""
    return [_call_as_data(call) | {"since": _seconds_since(call, now)} for call in calls]


def calls_in_words(calls: Iterable[Call], now: float) -> str:
    """A line for each call."""
    lines = [f"{_call_in_words(call)}, for {_seconds_since(call, now)} s" for call in calls]
    return "\n".join(lines) or "No calls."


def _call_as_data(call: Call) -> dict[str, object]:
    return {
        "id": call.id,
        "state": call.state.value,
        "direction": call.direction.value,
        "number": call.number,
        "name": call.name,
        "line": call.line,
        **({"ended_away": True} if call.ended_away else {}),
        **({"extra": dict(call.extra)} if call.extra else {}),
    }


def _seconds_since(call: Call, now: float) -> int:
    return max(0, int(now - call.since_at))


# Passwords

_STORE_WORDS = {
    StoreProblem.NO_STORE: "There is no keyring here, so passwords cannot be kept or had.",
    StoreProblem.LOCKED: "The keyring is locked. Unlock it and try again.",
    StoreProblem.REFUSED: "The keyring refused.",
    StoreProblem.TIMED_OUT: "The keyring does not answer.",
}


def store_problem_in_words(problem: StoreProblem) -> str:
    """Why the keyring did not do as asked."""
    return _STORE_WORDS[problem]
