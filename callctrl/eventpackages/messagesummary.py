"""What waits in a mailbox, as the event package `message-summary` reports it (RFC 3842).

    Messages-Waiting: yes
    Message-Account: sip:*97@pbx.example
    Voice-Message: 2/8 (0/2)

The numbers are new and old ones; those in parentheses, the urgent ones among them, are not read.
Only the first line must be there. What follows an empty line is about single messages, and not
read either.
"""

from __future__ import annotations

from dataclasses import dataclass

from callctrl.eventpackages import UnreadableBodyError, number_of, text_of

__all__ = ["MessageSummary", "read_message_summary"]

_MOST_DIGITS = 6
"""A mailbox with more messages is none."""


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """One document."""

    is_waiting: bool
    """Whether there are new messages."""
    new: int | None = None
    """New voice messages; None where it is told only that there are some."""
    old: int | None = None
    """Voice messages that were heard; None where they are not told."""
    account: str = ""
    """The URI of the mailbox, as it stood."""

    @property
    def number(self) -> str:
        """What the account's URI tells to dial; empty where it tells nothing."""
        return number_of(self.account)


def read_message_summary(body: bytes) -> MessageSummary:
    """What a body of the type application/simple-message-summary says.

    Raises UnreadableBodyError where it does not say whether messages wait.
    """
    fields: dict[str, str] = {}
    for line in body.decode("utf-8", "replace").strip().splitlines():
        if not line.strip():
            break
        name, _, value = line.partition(":")
        fields.setdefault(name.strip().lower(), value.strip())
    new, old = _counts_of(fields.get("voice-message", ""))
    match fields.get("messages-waiting", "").lower():
        case "yes":
            is_waiting = True
        case "no":
            is_waiting = False
        case _ if new is not None:
            is_waiting = new > 0
        case word:
            raise UnreadableBodyError(f"expected messages to wait or not, found {word[:40]!r}")
    if new is None and not is_waiting:
        new = 0
    return MessageSummary(is_waiting, new, old, text_of(fields.get("message-account", "")))


def _counts_of(text: str) -> tuple[int | None, int | None]:
    """New and old ones in `2/8 (0/2)`."""
    new, _, old = text.partition("(")[0].partition("/")
    return _count_of(new), _count_of(old)


def _count_of(text: str) -> int | None:
    digits = text.strip()
    is_count = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    return int(digits) if is_count else None
