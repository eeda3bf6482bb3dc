"""What cannot be done from the PC: why, and which keys of the phone do it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from callctrl.calls import NUMBER, Feature

__all__ = ["by_hand_in_words", "feature_in_words"]

translate = QCoreApplication.translate


def feature_in_words(feature: Feature) -> str:
    """What it is called in menus and on buttons."""
    match feature:
        case Feature.TRANSFER:
            return translate("Handset", "Transfer")
        case Feature.CONFERENCE:
            return translate("Handset", "Conference")
        case Feature.PARK:
            return translate("Handset", "Park")
        case Feature.TONES:
            return translate("Handset", "Keypad tones")


def by_hand_in_words(feature: Feature, keys: tuple[str, ...]) -> str:
    """Why it is grey, and the keys to press in their order; none where none are known."""
    match feature:
        case Feature.TRANSFER:
            why = translate("Handset", "This phone takes no transfer from a PC.")
        case Feature.CONFERENCE:
            why = translate("Handset", "This phone takes no conference from a PC.")
        case Feature.PARK:
            why = translate("Handset", "This phone takes no parking from a PC.")
        case Feature.TONES:
            why = translate("Handset", "This phone takes no keypad tones from a PC.")
    if not keys:
        return f"{why} {translate('Handset', 'Use the handset.')}"
    pressed = ", ".join(
        translate("Handset", "the number") if key == NUMBER else key for key in keys
    )
    how = translate("Handset", "On the handset press: {keys}.").format(keys=pressed)
    return f"{why} {how}"
