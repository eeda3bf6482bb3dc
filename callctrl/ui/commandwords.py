"""Why a command was not carried out, in a sentence: what happened, then what to do."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from callctrl.calls import (
    Answer,
    Command,
    CommandAnswered,
    Dial,
    DialFailure,
    DialProgress,
    DialStage,
    Divert,
    Failure,
    HangUp,
    Hold,
    Reject,
    Resume,
)
from callctrl.ui.handsetwords import why_not_in_words

__all__ = ["progress_in_words", "refusal_in_words"]

translate = QCoreApplication.translate


def refusal_in_words(answered: CommandAnswered) -> str:
    """The sentence for a command that the phone did not take."""
    what = _what(answered.command)
    if answered.impossible is not None:
        return f"{what} {why_not_in_words(type(answered.command), answered.impossible)}"
    if answered.dial_failure is not None:
        number = answered.command.number if isinstance(answered.command, Dial) else ""
        return _why_not_reached(answered.dial_failure).format(number=number)
    return f"{what} {_why(answered.failure or Failure.REFUSED, answered.status)}"


def progress_in_words(progress: DialProgress) -> str:
    """How far a call has come that the phone system places, and what to do now."""
    match progress.stage:
        case DialStage.RINGING:
            text = translate("Command", "Your phone rings: pick up the handset to call {number}.")
        case DialStage.ANSWERED:
            text = translate("Command", "You picked up: your phone is told to call {number}.")
        case DialStage.REFERRED:
            text = translate("Command", "Your phone calls {number}.")
    return text.format(number=progress.command.number)


def _why_not_reached(failure: DialFailure) -> str:
    """Why a call that the phone system was to place came to nothing, and what to do."""
    match failure:
        case DialFailure.OWN_UNREACHABLE:
            return translate(
                "Command",
                "Your phone cannot be reached: is it switched on? If it is, the phone system does "
                "not let Call Ctrl call it; ask the administrator.",
            )
        case DialFailure.OWN_BUSY:
            return translate("Command", "Your phone is busy: end the call on it first.")
        case DialFailure.OWN_REJECTED:
            return translate(
                "Command",
                "Your phone refused the call. Is Do Not Disturb on? When it rings, pick up the "
                "handset.",
            )
        case DialFailure.OWN_NO_ANSWER:
            return translate(
                "Command",
                "Your phone did not answer in time: pick up the handset when it rings. Try again.",
            )
        case DialFailure.NOT_OBEYED:
            return translate(
                "Command",
                "Your phone was picked up, but does not dial for Call Ctrl. Dial on the handset.",
            )
        case DialFailure.NO_SUCH_NUMBER:
            return translate("Command", "There is no number {number}. Check it, and try again.")
        case DialFailure.BUSY:
            return translate("Command", "{number} is busy. Try again later.")
        case DialFailure.REJECTED:
            return translate("Command", "{number} refused the call. Try again later.")
        case DialFailure.UNREACHABLE:
            return translate("Command", "{number} cannot be reached now. Try again later.")
        case DialFailure.NO_ANSWER:
            return translate("Command", "{number} does not answer. Try again later.")
        case DialFailure.NO_NEWS:
            return translate(
                "Command",
                "The phone system does not say what became of the call: listen on the handset.",
            )
        case DialFailure.GIVEN_UP:
            return translate("Command", "The call was given up, or the handset was put down.")


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
