"""Calls of the past in words, as people say them: "2nd call today, last 09:12"."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication

from callctrl.store.history import Outcome, Past, Record
from callctrl.ui.nowlist import duration_in_words
from callctrl.ui.rows import Glyph
from callctrl.ui.timewords import when_in_words

__all__ = ["glyph_of", "outcome_in_words", "past_in_words", "record_detail"]

translate = QCoreApplication.translate


def outcome_in_words(record: Record) -> str:
    """What became of a call."""
    match record.outcome:
        case Outcome.GOING_ON:
            return translate("Record", "going on")
        case Outcome.ANSWERED:
            return translate("Record", "answered")
        case Outcome.MISSED:
            return translate("Record", "missed")
        case Outcome.REJECTED:
            return translate("Record", "rejected")
        case Outcome.DIVERTED if record.diverted_to:
            return translate("Record", "diverted to {number}").format(number=record.diverted_to)
        case Outcome.DIVERTED:
            return translate("Record", "diverted")
        case Outcome.PLACED:
            return translate("Record", "called")
        case Outcome.NO_ANSWER:
            return translate("Record", "not reached")
        case Outcome.UNKNOWN_END:
            return translate("Record", "ended while away")


def record_detail(record: Record, now: datetime) -> str:
    """The quiet line of a call: when, what became of it, how long it lasted."""
    parts = [when_in_words(record.began, now), outcome_in_words(record)]
    if record.answered is not None and record.ended is not None:
        parts.append(duration_in_words((record.ended - record.answered).total_seconds()))
    return " · ".join(parts)


def past_in_words(past: Past, now: datetime) -> str:
    """What the card says of earlier calls; empty where there were none.

    `past` does not count the call that rings now.
    """
    if past.last is None:
        return ""
    when = when_in_words(past.last.began, now)
    written = " ".join(past.last.note.split())
    note = f" — “{written}”" if written else ""
    if past.today:
        text = translate("Record", "{ordinal} call today · last {when}")
        return text.format(ordinal=_ordinal(past.today + 1), when=when) + note
    return translate("Record", "Last call {when}").format(when=when) + note


def glyph_of(record: Record) -> Glyph:
    """The drawing of a call."""
    match record.outcome:
        case Outcome.MISSED:
            return Glyph.MISSED
        case Outcome.REJECTED:
            return Glyph.REJECTED
        case Outcome.DIVERTED:
            return Glyph.DIVERTED
        case Outcome.PLACED | Outcome.NO_ANSWER:
            return Glyph.OUT
        case Outcome.UNKNOWN_END:
            return Glyph.UNKNOWN
    return Glyph.IN


def _ordinal(number: int) -> str:
    match number % 10 if number % 100 not in (11, 12, 13) else 0:
        case 1:
            return translate("Record", "{number}st").format(number=number)
        case 2:
            return translate("Record", "{number}nd").format(number=number)
        case 3:
            return translate("Record", "{number}rd").format(number=number)
    return translate("Record", "{number}th").format(number=number)
