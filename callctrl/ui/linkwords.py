"""Why a link is not followed, in a sentence."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from callctrl.numbers import LinkFault

__all__ = ["link_fault_in_words"]

translate = QCoreApplication.translate


def link_fault_in_words(fault: LinkFault) -> str:
    """What is wrong with a link that somebody clicked on."""
    match fault:
        case LinkFault.EMPTY:
            return translate("Link", "There is no telephone number in the link.")
        case LinkFault.TOO_LONG:
            return translate("Link", "The link is too long for one to a telephone.")
        case LinkFault.UNPRINTABLE:
            return translate("Link", "The link holds characters that cannot be seen.")
        case LinkFault.CODE:
            return translate(
                "Link",
                "The link holds * or #. Codes for the phone can only be dialled by hand.",
            )
        case LinkFault.NO_LINK | LinkFault.NO_NUMBER:
            return translate("Link", "The link holds something other than a telephone number.")
