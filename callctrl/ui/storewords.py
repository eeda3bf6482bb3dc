"""What went wrong with a file of ours, in a sentence: what happened, then what it means."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from callctrl.desk import Fault
from callctrl.store.database import StoreError, StoreReason

__all__ = ["failure_in_words", "fault_in_words"]

translate = QCoreApplication.translate


def failure_in_words(error: StoreError) -> str:
    """Why something was not read or kept; the phone is not concerned."""
    match error.reason:
        case StoreReason.FULL:
            return translate(
                "Store",
                "The disk is full: calls and people are not kept until there is room. The phone "
                "stays under control.",
            )
        case StoreReason.READ_ONLY:
            return translate(
                "Store", "Calls and people are not kept: the folder cannot be written to."
            )
        case StoreReason.LOCKED:
            return translate(
                "Store",
                "Calls or people are neither read nor kept: another program has the file locked.",
            )
        case StoreReason.DAMAGED:
            return translate(
                "Store",
                "Calls or people are neither read nor kept: the file is damaged. Start Call Ctrl "
                "again.",
            )
    return translate("Store", "Calls or people are neither read nor kept: the disk refused.")


def fault_in_words(fault: Fault) -> str:
    """Why the history or the contacts are not there as they were at the last end."""
    if fault.error is None:
        text = translate(
            "Store",
            "The {what} were damaged. What could be read was kept; the damaged file is {file}.",
        )
    elif fault.error.reason is StoreReason.NEWER:
        text = translate(
            "Store",
            "The {what} were written by a newer version of Call Ctrl and are left alone: what is "
            "added now is lost at the end.",
        )
    elif fault.error.reason is StoreReason.FULL:
        text = translate(
            "Store",
            "The disk is full: the {what} cannot be opened, and what is added now is lost at the "
            "end.",
        )
    else:
        text = translate(
            "Store", "The {what} cannot be opened: what is added now is lost at the end."
        )
    return text.format(what=_name(fault.what), file=fault.set_aside)


def _name(what: str) -> str:
    if what == "history":
        return translate("Store", "calls of the history")
    return translate("Store", "contacts")
