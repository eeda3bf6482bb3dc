"""A log that nobody can flood: so many lines a minute, and how many there would have been."""

from __future__ import annotations

import logging

__all__ = ["SparingLog"]

_MINUTE = 60.0


class SparingLog:
    """Writes warnings about what others send, the first few of each minute.

    Who sends rubbish may send it without end; the log must not fill the disk, nor hide the rest.
    """

    def __init__(self, log: logging.Logger, most: int = 10) -> None:
        """`most` is how many lines a minute may have, apart from the one that counts the rest."""
        self._log = log
        self._most = most
        self._minute_ends_at = float("-inf")
        self._seen = 0

    def warning(self, now: float, text: str, *arguments: object) -> None:
        """Write a line, unless the minute has had its share; `now` is the caller's clock."""
        if now >= self._minute_ends_at:
            if self._seen > self._most:
                self._log.warning("left out %d lines like those", self._seen - self._most)
            self._minute_ends_at = now + _MINUTE
            self._seen = 0
        self._seen += 1
        if self._seen <= self._most:
            self._log.warning(text, *arguments)
