"""What waits in the mailbox of the own phone (RFC 3842)."""

from __future__ import annotations

from collections.abc import Callable

from callctrl.calls import Messages
from callctrl.eventpackages.messagesummary import read_message_summary

__all__ = ["Mailbox"]


class Mailbox:
    """The last word of the PBX on it."""

    event = "message-summary"
    accepts = ("application/simple-message-summary",)

    def __init__(self, number: str, on_changed: Callable[[Messages | None], None]) -> None:
        """`number` plays the messages; where it is empty, the one that the PBX tells."""
        self.messages: Messages | None = None
        self._number = number
        self._on_changed = on_changed

    def report(self, body: bytes, _now: float) -> None:
        """Take a report; raises UnreadableBodyError where it cannot be read."""
        summary = read_message_summary(body)
        self._show(Messages(summary.new, summary.old, self._number or summary.number))

    def lose(self, _now: float) -> None:
        """What was told no longer counts."""
        self._show(None)

    def _show(self, messages: Messages | None) -> None:
        if messages != self.messages:
            self.messages = messages
            self._on_changed(messages)
