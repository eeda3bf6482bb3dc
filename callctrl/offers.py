"""What a phone system offers to watch, as `survey` found out by asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from callctrl.accounts import Account, PbxKind
from callctrl.calls import Ability, No, Reason, Untested, Yes

__all__ = ["Finding", "Offer", "Seen", "Sight", "Surveyed", "what_is_seen"]


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
class Surveyed:
    """All that a survey has found so far."""

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


@dataclass(frozen=True, slots=True)
class Seen:
    """One row of the table "what is seen at this desk"."""

    sight: Sight
    ability: Ability
    finding: Finding | None = None
    """What the phone system said; None where it was not asked."""


def what_is_seen(account: Account, findings: Surveyed) -> tuple[Seen, ...]:
    """A row for each sight. At a SPA9000 nothing need be asked: it tells the calls, and no more.

    Colleagues of whom nobody was named are presumed not to be told of where the own phone is not,
    unless that may be for its extension alone.
    """
    if account.kind is PbxKind.SPA9000:
        others = (sight for sight in Sight if sight is not Sight.CALLS)
        no = No(Reason.NOT_OFFERED)
        return (Seen(Sight.CALLS, Yes()), *(Seen(sight, no) for sight in others))
    of = findings.of
    rows = [Seen(sight, _ability(of[sight]), of[sight]) for sight in Sight if sight in of]
    if Sight.COLLEAGUES not in of and Sight.CALLS in of:
        own = of[Sight.CALLS]
        is_for_one = own.offer is Offer.REFUSED and own.status != 489
        is_likely = is_for_one or not isinstance(_ability(own), No)
        rows.insert(1, Seen(Sight.COLLEAGUES, Untested() if is_likely else _ability(own)))
    return tuple(rows)


def _ability(finding: Finding) -> Ability:
    match finding.offer:
        case Offer.TOLD:
            return Yes()
        case Offer.SILENT:
            return Untested()
        case Offer.UNREPORTED | Offer.REFUSED | Offer.NO_ANSWER:
            return No(Reason.NOT_OFFERED)
