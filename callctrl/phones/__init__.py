"""How one family of phones reports its calls and takes orders.

A dialect is three functions and two facts (`Phone`). It says what to send (`Control`), never
how; `session.py` sends it. A new family is one module here and one line where sessions are built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from callctrl.calls import Ability, Action, Call, CallReport, Command

__all__ = ["Control", "Phone", "StatusError"]


class StatusError(Exception):
    """A status body that cannot be read; the message says what was expected and found."""


@dataclass(frozen=True, slots=True)
class Control:
    """What makes the phone obey: the body of a NOTIFY, and its event."""

    event: str
    content_type: str
    body: bytes


class Phone(Protocol):
    """The dialect of one family of phones."""

    event: str
    """The event package to subscribe to."""
    accepts: tuple[str, ...]
    """The body types it reports with."""

    def ability(self, action: Action, call: Call | None) -> Ability:
        """Whether it can be told to do this with that call, or with any where that is None."""
        ...

    def read_status(self, body: bytes) -> list[CallReport]:
        """What a status body says, call by call; raises StatusError where it says nothing."""
        ...

    def write_command(self, command: Command, new_call_id: str) -> Control:
        """What to send for a command; `new_call_id` is a call number free for a new call.

        Raises ValueError where it cannot be written.
        """
        ...
