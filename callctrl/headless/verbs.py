"""Orders as they are typed: `dial 214`, `answer`, `resume 2`, `status`.

The command line, the input of `watch` and what comes in from outside are all read here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

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
from callctrl.globalkeys import GlobalKey
from callctrl.numbers import Link, is_link, is_number, read_link

__all__ = [
    "Offer",
    "Order",
    "Press",
    "Question",
    "Request",
    "UsageError",
    "order_from",
    "verb_for",
    "verb_of",
]

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
    return verb_for(type(command))


def verb_for(kind: type[Command]) -> str:
    """The word commands of that kind are typed with."""
    return _VERBS[kind]


class Request(Enum):
    """What is asked of the program, not of the phone."""

    SHOW = "show"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Question:
    """Wants to be told something."""

    about: Literal["calls", "lamps", "messages", "status"]
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A number to be dialled that came in a link; whether to dial it is for a person to say."""

    link: Link


@dataclass(frozen=True, slots=True)
class Press:
    """A key of the window's, pressed from outside: what it means now is for the window to say."""

    key: GlobalKey


Order = Command | Offer | Press | Question | Request


class UsageError(ValueError):
    """Words that are no order; the text says what would be."""


_RINGING = frozenset({CallState.RINGING})
_HELD = frozenset({CallState.HELD, CallState.HOLDING})
_ANY = frozenset(CallState)
_KEYS = {key.value: key for key in GlobalKey}


def order_from(words: list[str], calls: Iterable[Call]) -> Order:
    """The order in a line of input.

    A missing call number means the one call the order can be about. Raises ValueError, fit to be
    shown, where there is none or several, and where there is no number to be dialled; and
    UsageError where there is no order in the words.
    """
    verb, *rest = words or [""]
    match verb.lower(), rest:
        case "dial", [text] if is_link(text):
            return Offer(read_link(text))
        case "dial", [number]:
            return Dial(_number(number))
        case "answer", ids:
            return Answer(_call_meant(ids, calls, _RINGING))
        case "reject", ids:
            return Reject(_call_meant(ids, calls, _RINGING))
        case "divert", [*ids, number]:
            return Divert(_call_meant(ids, calls, _RINGING), _number(number))
        case "hold", []:
            return Hold()
        case "resume", ids:
            return Resume(_call_meant(ids, calls, _HELD))
        case "hangup", ids:
            return HangUp(_call_meant(ids, calls, _ANY))
        case "press", [name] if name in _KEYS:
            return Press(_KEYS[name])
        case "calls", [] | ["--json"]:
            return Question("calls", as_json=bool(rest))
        case "lamps", [] | ["--json"]:
            return Question("lamps", as_json=bool(rest))
        case "messages", [] | ["--json"]:
            return Question("messages", as_json=bool(rest))
        case "status", [] | ["--json"]:
            return Question("status", as_json=bool(rest))
        case "show", []:
            return Request.SHOW
        case "quit" | "exit", []:
            return Request.QUIT
    raise UsageError(
        "expected: dial NUMBER, answer [ID], reject [ID], divert [ID] NUMBER, hold, "
        "resume [ID], hangup [ID], press KEY, calls, lamps, messages, status or quit"
    )


def _number(text: str) -> str:
    """A number as somebody typed it; the phone's feature codes are numbers, too."""
    if not text.strip():
        raise ValueError("expected a number")
    if not text.isprintable():
        raise ValueError("the number holds characters that cannot be seen")
    if ":" in text:
        raise ValueError(
            "expected a number, found a colon in it; dial takes tel:, sip: and callto: links, too"
        )
    if not is_number(text):
        raise ValueError("expected a number, such as 214, +1 212 555 0134 or *69")
    return text


def _call_meant(ids: list[str], calls: Iterable[Call], states: frozenset[CallState]) -> str:
    if len(ids) == 1:
        return ids[0]
    if len(ids) > 1:
        raise UsageError("expected one call number")
    calls = list(calls)
    fitting = [call for call in calls if call.state in states]
    if len(fitting) == 1:
        return fitting[0].id
    if fitting:
        raise ValueError(f"which call? There are {_listed(fitting)}")
    there_are = f"; there is {_listed(calls)}" if calls else ""
    raise ValueError(f"there is no such call now{there_are}")


def _listed(calls: list[Call]) -> str:
    """Calls in a phrase, e.g. "1 (ringing, 5551234), 2 (held)"."""
    shown = [", ".join(filter(None, (call.state.value, call.number))) for call in calls]
    return ", ".join(f"{call.id} ({each})" for call, each in zip(calls, shown, strict=True))
