"""Colleagues' lamps and waiting messages, in English and in JSON.

A lamp knows since when it shows what it does by the engine's clock, which means nothing outside the
program. Scripts get the local time of day, with its distance from UTC.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from callctrl.calls import Lamp, LampDoubt, Messages

__all__ = [
    "lamp_as_data",
    "lamp_in_words",
    "lamps_as_data",
    "lamps_in_words",
    "messages_as_data",
    "messages_in_words",
    "time_of",
]


def time_of(instant: float) -> datetime:
    """The local time of an instant on the running event loop's clock."""
    ago = asyncio.get_running_loop().time() - instant
    return datetime.now().astimezone() - timedelta(seconds=ago)


def lamp_as_data(lamp: Lamp, time_of: Callable[[float], datetime] = time_of) -> dict[str, object]:
    """One lamp for JSON; `since` is ISO 8601, or null where nothing was ever told of it."""
    since = time_of(lamp.since).isoformat(timespec="seconds") if lamp.since else None
    return {
        "who": lamp.who,
        "state": lamp.state.value,
        "since": since,
        "source": lamp.source,
        **({"peer": lamp.peer} if lamp.peer else {}),
        **({"doubt": lamp.doubt.value} if lamp.doubt is not None else {}),
    }


def lamps_as_data(
    lamps: Iterable[Lamp], time_of: Callable[[float], datetime] = time_of
) -> list[dict[str, object]]:
    """The lamps for JSON, by extension."""
    return [lamp_as_data(lamp, time_of) for lamp in _sorted(lamps)]


_DOUBT_WORDS = {
    LampDoubt.NOT_ASKED: "not asked for yet",
    LampDoubt.NO_WORD: "the phone system has said nothing of it yet",
    LampDoubt.REFUSED: "the phone system does not let it be watched",
    LampDoubt.LOST: "the phone system no longer tells",
}


def lamp_in_words(lamp: Lamp) -> str:
    """What a lamp shows, e.g. "1003: busy, with 1004"."""
    why = f" ({_DOUBT_WORDS[lamp.doubt]})" if lamp.doubt is not None else ""
    peer = f", with {lamp.peer}" if lamp.peer else ""
    return f"{lamp.who}: {lamp.state.value}{why}{peer}"


def lamps_in_words(lamps: Iterable[Lamp], time_of: Callable[[float], datetime] = time_of) -> str:
    """A line for each lamp, with its age."""
    lines = []
    for lamp in _sorted(lamps):
        since = f", since {time_of(lamp.since):%H:%M:%S}" if lamp.since else ""
        lines.append(f"{lamp_in_words(lamp)}{since}.")
    return "\n".join(lines) or "No lamps."


def _sorted(lamps: Iterable[Lamp]) -> list[Lamp]:
    return sorted(lamps, key=lambda lamp: lamp.who)


def messages_as_data(messages: Messages | None) -> dict[str, object]:
    """What waits in the mailbox, for JSON; null where the phone system does not tell."""
    if messages is None:
        return {"new": None, "old": None}
    number = {"number": messages.number} if messages.number else {}
    return {"new": messages.new, "old": messages.old, **number}


def messages_in_words(messages: Messages | None) -> str:
    """What waits in the mailbox, in a sentence."""
    if messages is None:
        return "Messages: not known."
    new, old = ("some" if each is None else str(each) for each in (messages.new, messages.old))
    dial = f" Dial {messages.number} to hear them." if messages.number else ""
    return f"Messages: {new} new, {old} old.{dial}"
