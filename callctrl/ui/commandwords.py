"""Why a command was not carried out, in a sentence: what happened, then what to do."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from callctrl.calls import (
    Answer,
    Command,
    CommandAnswered,
    Dial,
    Divert,
    Failure,
    HangUp,
    Hold,
    Reject,
    Resume,
)
from callctrl.ui.handsetwords import why_not_in_words

__all__ = ["refusal_in_words"]

translate = QCoreApplication.translate


def refusal_in_words(answered: CommandAnswered) -> str:
    """The sentence for a command that the phone did not take."""
    what = _what(answered.command)
    if answered.impossible is not None:
        return f"{what} {why_not_in_words(type(answered.command), answered.impossible)}"
    return f"{what} {_why(answered.failure or Failure.REFUSED, answered.status)}"


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


def _why(failure: Failure, status: int) -> str:
    match failure:
        case Failure.UNAUTHORIZED:
            text = translate(
                "Command", "The password was refused ({status}): run the Settings Wizard again."
            )
        case Failure.FORBIDDEN:
            text = translate(
                "Command", "The phone system does not allow it ({status}). Use the handset."
            )
        case Failure.NO_SUCH_CALL:
            text = translate(
                "Command", "The phone has no such call any more, or it is in another state."
            )
        case Failure.NO_ANSWER:
            text = translate(
                "Command", "Nothing came back: see whether the phone did it all the same."
            )
        case Failure.NOT_CONNECTED:
            text = translate("Command", "The phone is not under control at the moment.")
        case Failure.BUSY:
            text = translate("Command", "No line of the phone is free: end a call first.")
        case Failure.IMPOSSIBLE:
            text = translate("Command", "The phone cannot do that, or cannot dial that number.")
        case Failure.SWITCHED_OFF:
            text = translate(
                "Command",
                "The phone takes no orders ({status}): set CTI Enable to yes on its SIP page.",
            )
        case Failure.UNREACHABLE:
            text = translate(
                "Command", "The phone cannot be reached: is it on, and is the phone system?"
            )
        case Failure.REFUSED:
            text = translate("Command", "The phone refused ({status}). Use the handset.")
    return text.format(status=status)
