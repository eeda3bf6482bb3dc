"""Commands as they are typed: `dial 214`, `answer`, `resume 2`."""

from __future__ import annotations

from callctrl.calls import (
    Answer,
    Call,
    CallState,
    Command,
    Dial,
    Divert,
    HangUp,
    Hold,
    Reject,
    Resume,
)

__all__ = ["command_from", "verb_of"]

_VERBS: dict[type[Command], str] = {
    Dial: "dial",
    Answer: "answer",
    Reject: "reject",
    Divert: "divert",
    Hold: "hold",
    Resume: "resume",
    HangUp: "hangup",
}


def verb_of(command: Command) -> str:
    """The word a command is typed with."""
    return _VERBS[type(command)]


_RINGING = frozenset({CallState.RINGING})
_HELD = frozenset({CallState.HELD, CallState.HOLDING})
_ANY = frozenset(CallState)


def command_from(words: list[str], calls: list[Call]) -> Command:
    """The command in a line of input; raises ValueError, fit to be shown, where there is none.

    A missing call number means the one call the command can be about.
    """
    verb, *rest = words
    match verb.lower(), rest:
        case "dial", [number]:
            return Dial(number)
        case "answer", ids:
            return Answer(_call_meant(ids, calls, _RINGING))
        case "reject", ids:
            return Reject(_call_meant(ids, calls, _RINGING))
        case "divert", [*ids, number]:
            return Divert(_call_meant(ids, calls, _RINGING), number)
        case "hold", []:
            return Hold()
        case "resume", ids:
            return Resume(_call_meant(ids, calls, _HELD))
        case "hangup", ids:
            return HangUp(_call_meant(ids, calls, _ANY))
    raise ValueError(
        "expected: dial NUMBER, answer [ID], reject [ID], divert [ID] NUMBER, hold, "
        "resume [ID], hangup [ID] or quit"
    )


def _call_meant(ids: list[str], calls: list[Call], states: frozenset[CallState]) -> str:
    if len(ids) == 1:
        return ids[0]
    fitting = [call.id for call in calls if call.state in states]
    if not fitting and not ids:
        raise ValueError("there is no such call now")
    if ids or len(fitting) != 1:
        raise ValueError(f"which call? It could be: {', '.join(fitting) or 'none'}")
    return fitting[0]
