"""What works at a desk and what cannot be done there, in English and in JSON."""

from __future__ import annotations

from collections.abc import Iterable

from callctrl.abilities import WhatWorks
from callctrl.calls import NUMBER, Ability, Action, Feature, No, Reason, Untested, Yes
from callctrl.headless.verbs import verb_for

__all__ = ["abilities_as_data", "abilities_in_words", "why_not_in_words"]

_REASON_WORDS = {
    Reason.BY_HAND: "this phone takes no order for it. {how}",
    Reason.BYSTANDER: "the phone system only tells us of calls. Do it on the phone.",
    Reason.NOT_OFFERED: "the phone system was asked, and does not offer it. {how}",
}


def why_not_in_words(no: No) -> str:
    """Why something cannot be done, and what to do: it follows the name of what was wanted."""
    how = "Do it on the phone."
    if no.keys:
        keys = ", ".join("the number" if key == NUMBER else key for key in no.keys)
        how = f"On the phone press: {keys}."
    return _REASON_WORDS[no.reason].format(how=how)


def abilities_as_data(table: Iterable[WhatWorks]) -> list[dict[str, object]]:
    """What works, for JSON; a command is named as it is typed."""
    return [{"action": _name_of(row.action)} | _as_data(row.ability) for row in table]


def abilities_in_words(table: Iterable[WhatWorks]) -> str:
    """A line for each action, e.g. "answer      works"."""
    return "\n".join(f"{_name_of(row.action):<12}{_in_words(row.ability)}" for row in table)


def _name_of(action: Action) -> str:
    return action.value if isinstance(action, Feature) else verb_for(action)


def _as_data(ability: Ability) -> dict[str, object]:
    match ability:
        case Yes():
            return {"ability": "yes"}
        case Untested():
            return {"ability": "untested"}
        case No(reason, keys):
            return {"ability": "no", "reason": reason.value, "keys": list(keys)}


def _in_words(ability: Ability) -> str:
    match ability:
        case Yes():
            return "works"
        case Untested():
            return "not tried yet"
        case No():
            return f"no: {why_not_in_words(ability)}"
