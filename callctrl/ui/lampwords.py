"""A colleague's lamp in words: what the phone does, since when, and who says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication

from callctrl.calls import Lamp, LampDoubt, LampListFailed, LampListTrouble, LampState
from callctrl.texts import shortened
from callctrl.ui.timewords import when_in_words

__all__ = [
    "doubt_in_words",
    "lamp_explained",
    "lamp_in_words",
    "lamp_word",
    "list_failure_in_words",
]

translate = QCoreApplication.translate


def lamp_word(state: LampState) -> str:
    """What the phone does, in a word or two."""
    match state:
        case LampState.FREE:
            return translate("Lamp", "free")
        case LampState.RINGING:
            return translate("Lamp", "rings")
        case LampState.BUSY:
            return translate("Lamp", "on a call")
        case LampState.HELD:
            return translate("Lamp", "on hold")
        case LampState.AWAY:
            return translate("Lamp", "away")
        case LampState.UNKNOWN:
            return translate("Lamp", "unknown")


def lamp_in_words(lamp: Lamp, clock: float, now: datetime) -> str:
    """What stands beside the lamp: "on a call for 4 min", "unknown since 10:42".

    `clock` is the instant on the clock of `lamp.since` at which it is `now`, which is aware.
    """
    word = lamp_word(lamp.state)
    match lamp.state:
        case LampState.BUSY | LampState.HELD if age := _age(clock - lamp.since):
            return translate("Lamp", "{state} for {age}").format(state=word, age=age)
        case LampState.UNKNOWN if lamp.doubt is not LampDoubt.NOT_ASKED:
            since = _time_of(lamp, clock, now)
            return translate("Lamp", "unknown since {time}").format(time=since)
    return word


def lamp_explained(lamp: Lamp, clock: float, now: datetime) -> str:
    """The whole of it, in sentences: the tool tip of a lamp, and what a reader says of it."""
    sentences = [_sentence(lamp_in_words(lamp, clock, now))]
    if lamp.doubt is not None:
        sentences.append(doubt_in_words(lamp.doubt))
    else:
        if lamp.state not in (LampState.BUSY, LampState.HELD):
            text = translate("Lamp", "Since {time}.")
            sentences.append(text.format(time=_time_of(lamp, clock, now)))
        if lamp.peer:
            sentences.append(translate("Lamp", "With {peer}.").format(peer=shortened(lamp.peer)))
    if source := _source_in_words(lamp.source):
        sentences.append(source)
    return " ".join(sentences)


def doubt_in_words(doubt: LampDoubt) -> str:
    """Why nobody knows what the phone does."""
    match doubt:
        case LampDoubt.NOT_ASKED:
            return translate("Lamp", "The phone system has not been asked yet.")
        case LampDoubt.NO_WORD:
            return translate("Lamp", "The phone system has said nothing of this phone yet.")
        case LampDoubt.REFUSED:
            return translate(
                "Lamp",
                "The phone system does not let us watch this phone, or knows no such extension.",
            )
        case LampDoubt.LOST:
            return translate("Lamp", "The phone system tells nothing of this phone any more.")


def list_failure_in_words(failed: LampListFailed) -> str:
    """Why the list that the administrator named is of no use; each lamp is asked for then."""
    match failed.trouble:
        case LampListTrouble.UNKNOWN:
            text = translate("Lamp", "The phone system knows no list “{name}”.")
        case LampListTrouble.NOT_OFFERED:
            text = translate("Lamp", "The phone system keeps no lists, such as “{name}”.")
        case LampListTrouble.REFUSED:
            text = translate("Lamp", "The phone system refuses the list “{name}”.")
        case LampListTrouble.SILENT:
            text = translate(
                "Lamp",
                "The phone system tells nothing of the list “{name}”: it may be too long. Up to "
                "100 are safe.",
            )
        case LampListTrouble.UNREADABLE:
            text = translate(
                "Lamp", "What the phone system tells of the list “{name}” is unreadable."
            )
    rest = translate("Lamp", "Each colleague is asked for alone; tell the administrator.")
    return f"{text.format(name=failed.name)} {rest}"


def _source_in_words(source: str) -> str:
    match source:
        case "dialog":
            return translate("Lamp", "The phone system tells of the calls on it.")
        case "presence":
            return translate("Lamp", "The phone system tells whether it is there.")
    return ""


def _age(seconds: float) -> str:
    """How long it has been so; empty below a minute."""
    minutes = int(seconds) // 60
    if minutes < 1:
        return ""
    if minutes < 60:
        return translate("Lamp", "{minutes} min").format(minutes=minutes)
    return translate("Lamp", "{hours} h {minutes} min").format(
        hours=minutes // 60, minutes=minutes % 60
    )


def _time_of(lamp: Lamp, clock: float, now: datetime) -> str:
    return when_in_words(now - timedelta(seconds=max(0.0, clock - lamp.since)), now)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
