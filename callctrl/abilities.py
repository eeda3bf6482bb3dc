"""What works at a desk: the answers of `ability`, listed and presumed.

A dialect answers for each action by itself (`phones.Phone`). Here is what follows from that for
all of them, for screens and for a table on the command line.
"""

from __future__ import annotations

from dataclasses import dataclass

from callctrl.calls import (
    Ability,
    AbilityOf,
    Action,
    Answer,
    Call,
    Dial,
    Divert,
    Feature,
    HangUp,
    Hold,
    No,
    Reason,
    Reject,
    Resume,
    Yes,
)

__all__ = ["ACTIONS", "WhatWorks", "bystander_ability", "presumed_ability", "what_works"]

ACTIONS: tuple[Action, ...] = (Dial, Answer, Divert, Reject, Hold, Resume, HangUp, *Feature)
"""All there are, in the order in which they come up in a call."""


@dataclass(frozen=True, slots=True)
class WhatWorks:
    """One row of the table."""

    action: Action
    ability: Ability


def what_works(ability: AbilityOf) -> tuple[WhatWorks, ...]:
    """The table "what works at this desk": a row for each action."""
    return tuple(WhatWorks(action, ability(action, None)) for action in ACTIONS)


def presumed_ability(action: Action, _call: Call | None) -> Ability:
    """What is presumed while no phone is known: all there are orders for."""
    return No(Reason.BY_HAND) if isinstance(action, Feature) else Yes()


def bystander_ability(action: Action, dial: Ability) -> Ability:
    """What who is in no call can have done, at a PBX of plain SIP.

    `dial` is what is known of its third-party calls. All else is done to a call that is there, and
    only who is in its dialog can do it (RFC 3261 section 12.2).
    """
    return dial if action is Dial else No(Reason.BYSTANDER)
