"""What a phone system offers to watch, as `survey` found out by asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

__all__ = ["Finding", "Findings", "Offer", "Sight"]


class Sight(Enum):
    """What is to be seen from a desk, in the order in which it matters."""

    CALLS = "calls"
    """What my phone does."""
    COLLEAGUES = "colleagues"
    """What the phone of a colleague does, by the first that was named."""
    PRESENCE = "presence"
    """Whether my phone is there at all."""
    MESSAGES = "messages"
    """What waits in my mailbox."""


class Offer(Enum):
    """What came of asking for a sight."""

    TOLD = "told"
    """It is told."""
    SILENT = "silent"
    """It is watched for us, and there was nothing to tell, or it is not decided yet."""
    UNREPORTED = "unreported"
    """It was granted, and no report came."""
    REFUSED = "refused"
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one sight."""

    offer: Offer
    status: int | None = None
    """What the SUBSCRIBE was answered, or None where it was not."""
    reason: str = ""
    """Why the phone system ended what it had granted, in a word of RFC 6665 section 4.1.3."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is known so far."""

    was_found: bool = True
    """Whether there is such a computer, and a way to it."""
    untrusted: str = ""
    """TLS: why its certificate is not to be trusted, as a sentence in plain English."""
    local: str = ""
    """Our IP address on the way there; empty while there is no way."""
    options_status: int | None = None
    """What OPTIONS was answered; None where it was not."""
    server: str = ""
    """What the phone system calls itself; empty where it does not say."""
    was_challenged: bool = False
    """Whether credentials were asked for."""
    of: Mapping[Sight, Finding] = field(default_factory=dict)
    """What came of each sight asked for, as far as that is known."""
    is_over: bool = False
    """Whether no more will be asked; what is missing was not worth asking for."""
