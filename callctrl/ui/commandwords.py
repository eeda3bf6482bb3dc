"""Why a command was not carried out, in a sentence: what happened, then what to do."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from callctrl.calls import (
    Answer,
    Command,
    CommandAnswered,
    Dial,
    Divert,
    HangUp,
    Hold,
    Reject,
    Resume,
)

__all__ = ["refusal_in_words"]

translate = QCoreApplication.translate


def refusal_in_words(answered: CommandAnswered) -> str:
    """The sentence for a command that the phone did not take."""
    return f"{_what(answered.command)} {_why(answered.status)}"


def _what(command: Command) -> str:
    match command:
        case Dial():
            return translate("Command", "The call was not placed.")
        case Answer():
            return translate("Command", "The call was not answered.")
        case Reject():
            return translate("Command", "The call was not rejected.")
        case Divert():
            return translate("Command", "The call was not diverted.")
        case Hold():
            return translate("Command", "The call was not held.")
        case Resume():
            return translate("Command", "The call was not taken back.")
        case HangUp():
            return translate("Command", "The call was not ended.")


def _why(status: int) -> str:
    match status:
        case 401 | 403 | 407:
            return translate(
                "Command", "The phone system forbids it ({status}). Use the handset."
            ).format(status=status)
        case 404 | 481:
            return translate(
                "Command", "The phone has no such call now, or it is in another state."
            )
        case 405 | 489 | 501:
            return translate(
                "Command",
                "The phone takes no orders ({status}): is CTI Enable set to yes in its settings?",
            ).format(status=status)
        case 408:
            return translate("Command", "The phone did not answer. Use the handset.")
        case 480:
            return translate("Command", "The phone is not under control at the moment.")
        case 486:
            return translate("Command", "No line of the phone is free.")
        case 488:
            return translate("Command", "The phone cannot do that.")
        case 503:
            return translate("Command", "The phone cannot be reached. Use the handset.")
    return translate("Command", "The phone refused ({status}). Use the handset.").format(
        status=status
    )
