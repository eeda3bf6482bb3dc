"""What can be done from the PC and what cannot: its name, why not, and which keys do it instead."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from callctrl.calls import (
    NUMBER,
    Ability,
    Action,
    Answer,
    Dial,
    Divert,
    Feature,
    HangUp,
    Hold,
    No,
    Reason,
    Reject,
    Resume,
    Untested,
    Yes,
)

__all__ = ["ability_in_words", "action_in_words", "why_not_in_words"]

translate = QCoreApplication.translate


def action_in_words(action: Action) -> str:
    """What it is called in menus, on buttons and in the table of what works."""
    return {
        Dial: translate("Handset", "Call"),
        Answer: translate("Handset", "Answer"),
        Divert: translate("Handset", "Divert"),
        Reject: translate("Handset", "Reject"),
        Hold: translate("Handset", "Hold"),
        Resume: translate("Handset", "Resume"),
        HangUp: translate("Handset", "Hang up"),
        Feature.TRANSFER: translate("Handset", "Transfer"),
        Feature.CONFERENCE: translate("Handset", "Conference"),
        Feature.PARK: translate("Handset", "Park"),
        Feature.TONES: translate("Handset", "Keypad tones"),
    }[action]


def ability_in_words(ability: Ability) -> str:
    """A word for it in the table of what works."""
    match ability:
        case Yes():
            return translate("Handset", "Works")
        case Untested():
            return translate("Handset", "Not tried yet")
        case No():
            return translate("Handset", "Does not work")


def why_not_in_words(action: Action, ability: Ability) -> str:
    """Why it is grey, and what to do instead; empty where it can be done."""
    match ability:
        case No(Reason.BY_HAND, keys):
            return f"{_by_hand(action)} {_keys_in_words(keys)}"
        case No(Reason.BYSTANDER):
            return f"{_as_bystander(action)} {translate('Handset', 'Use the handset.')}"
        case No(Reason.NOT_OFFERED):
            return translate(
                "Handset", "Your phone system was asked, and does not offer this. Use the handset."
            )
    return ""


def _keys_in_words(keys: tuple[str, ...]) -> str:
    if not keys:
        return translate("Handset", "Use the handset.")
    pressed = ", ".join(
        translate("Handset", "the number") if key == NUMBER else key for key in keys
    )
    return translate("Handset", "On the handset press: {keys}.").format(keys=pressed)


def _by_hand(action: Action) -> str:
    known: dict[Action, str] = {
        Feature.TRANSFER: translate("Handset", "This phone takes no transfer from a PC."),
        Feature.CONFERENCE: translate("Handset", "This phone takes no conference from a PC."),
        Feature.PARK: translate("Handset", "This phone takes no parking from a PC."),
        Feature.TONES: translate("Handset", "This phone takes no keypad tones from a PC."),
    }
    return known.get(action, translate("Handset", "This phone takes no such order from a PC."))


def _as_bystander(action: Action) -> str:
    return {
        Dial: translate("Handset", "Your phone system tells us of calls, but places none for us."),
        Answer: translate(
            "Handset", "Your phone system tells us who is calling, but not how to answer."
        ),
        Divert: translate(
            "Handset", "Your phone system tells us who is calling, but not how to divert the call."
        ),
        Reject: translate(
            "Handset", "Your phone system tells us who is calling, but not how to reject the call."
        ),
        Hold: translate(
            "Handset", "Your phone system tells us of the call, but not how to hold it."
        ),
        Resume: translate(
            "Handset", "Your phone system tells us of the call, but not how to take it back."
        ),
        HangUp: translate(
            "Handset", "Your phone system tells us of the call, but not how to end it."
        ),
        Feature.TRANSFER: translate(
            "Handset", "Your phone system tells us of the call, but not how to transfer it."
        ),
        Feature.CONFERENCE: translate(
            "Handset", "Your phone system tells us of the call, but not how to add anybody to it."
        ),
        Feature.PARK: translate(
            "Handset", "Your phone system tells us of the call, but not how to park it."
        ),
        Feature.TONES: translate(
            "Handset", "Your phone system tells us of the call, but not how to send tones."
        ),
    }[action]
