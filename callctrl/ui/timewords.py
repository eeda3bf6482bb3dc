"""Instants in words, as people say them: "09:12", "yesterday 17:40"."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

__all__ = ["when_in_words"]

translate = QCoreApplication.translate


def when_in_words(instant: datetime, now: datetime) -> str:
    """When it was, seen from `now`, both aware: "09:12", "yesterday 17:40", "Mon 23 Nov 17:40"."""
    local, today = instant.astimezone(), now.astimezone().date()
    time = QLocale().toString(_qt(local).time(), QLocale.FormatType.ShortFormat)
    if local.date() == today:
        return time
    if local.date() == today - timedelta(days=1):
        return translate("Record", "yesterday {time}").format(time=time)
    form = "ddd d MMM" if local.year == today.year else "d MMM yyyy"
    day = QLocale().toString(_qt(local).date(), form)
    return translate("Record", "{day} {time}").format(day=day, time=time)


def _qt(local: datetime) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(local.timestamp()))
