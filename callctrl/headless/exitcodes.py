"""What the command line returns; apart from the programs, which the desktop does without."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """What the command line returns, so that scripts can tell."""

    FINE = 0
    FAILED = 1
    WRONG_USAGE = 2
    NO_SETTINGS = 3
    NOT_RUNNING = 3
    NO_ANSWER = 4
    UNAUTHORIZED = 5
    FORBIDDEN = 6
    CERTIFICATE = 7
