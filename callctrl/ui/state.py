"""What the phone is doing, in one of six states and in plain words; no widgets here."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import Enum

from PySide6.QtCore import QCoreApplication

from callctrl.accounts import Account, PbxKind
from callctrl.calls import Call, CallState, Messages, SessionChanged, SessionState, Trouble

__all__ = [
    "PhoneState",
    "call_line",
    "new_messages_in_words",
    "phone_state",
    "state_explanation",
    "state_line",
    "state_reason",
    "state_word",
]

translate = QCoreApplication.translate


class PhoneState(Enum):
    """The six states, each with a shape of its own."""

    CONNECTING = "connecting"
    READY = "ready"
    RINGING = "ringing"
    ON_A_CALL = "on a call"
    HELD = "held"
    TROUBLE = "trouble"


_SHOWN_AS = {
    CallState.RINGING: PhoneState.RINGING,
    CallState.DIALING: PhoneState.ON_A_CALL,
    CallState.CALLING: PhoneState.ON_A_CALL,
    CallState.PROCEEDING: PhoneState.ON_A_CALL,
    CallState.ANSWERING: PhoneState.ON_A_CALL,
    CallState.CONNECTED: PhoneState.ON_A_CALL,
    CallState.RESUMING: PhoneState.ON_A_CALL,
    CallState.UNKNOWN: PhoneState.ON_A_CALL,  # rather than show free what may not be
    CallState.HOLDING: PhoneState.HELD,
    CallState.HELD: PhoneState.HELD,
    CallState.FAILED: PhoneState.READY,
    CallState.ENDED: PhoneState.READY,
}

_FIRST = (PhoneState.RINGING, PhoneState.ON_A_CALL, PhoneState.HELD)
"""What wants attention most comes first."""


def phone_state(
    session: SessionChanged, calls: Iterable[Call], *, is_there: bool | None = None
) -> PhoneState:
    """The one state to show for the session and all calls of the phone.

    `is_there` is whether the phone is registered, as far as the phone system tells.
    """
    if session.state is SessionState.READY:
        shown = {_SHOWN_AS[call.state] for call in calls}
        idle = PhoneState.TROUBLE if is_there is False else PhoneState.READY
        return next((state for state in _FIRST if state in shown), idle)
    if session.trouble is not None or session.state is SessionState.REFUSED:
        return PhoneState.TROUBLE
    return PhoneState.CONNECTING


def state_word(state: PhoneState) -> str:
    """The state in one or two words."""
    match state:
        case PhoneState.CONNECTING:
            return translate("State", "Connecting")
        case PhoneState.READY:
            return translate("State", "Ready")
        case PhoneState.RINGING:
            return translate("State", "Ringing")
        case PhoneState.ON_A_CALL:
            return translate("State", "On a call")
        case PhoneState.HELD:
            return translate("State", "On hold")
        case PhoneState.TROUBLE:
            return translate("State", "No connection")


def state_line(
    session: SessionChanged,
    account: Account | None,
    calls: Iterable[Call] = (),
    *,
    is_there: bool | None = None,
) -> str:
    """The state and whose it is, e.g. "Ready · FrontDesk, extension 200"."""
    if account is None:
        return translate("State", "Not set up yet")
    match session.state:
        case SessionState.LEAVING:
            word = translate("State", "Signing off")
        case SessionState.STOPPED:
            word = translate("State", "Signed off")
        case SessionState.READY:
            state = phone_state(session, calls, is_there=is_there)
            is_gone = state is PhoneState.TROUBLE
            word = translate("State", "Phone not there") if is_gone else state_word(state)
        case _:
            word = state_word(phone_state(session, calls))
    if account.kind is PbxKind.SIP:  # its extension is the program's own, and nobody's to call
        text = translate("State", "{state} · phone {station}")
        return text.format(state=word, station=account.station)
    return translate("State", "{state} · {station}, extension {extension}").format(
        state=word, station=account.station, extension=account.extension
    )


def call_line(calls: Iterable[Call]) -> str:
    """Who the calls are with, e.g. "Anna Lee, 5551234"; empty where nobody is."""
    parties = [", ".join(filter(None, (call.name, call.number))) for call in calls]
    return " · ".join(party for party in parties if party)


def state_reason(
    session: SessionChanged, account: Account | None, *, is_there: bool | None = None
) -> str:
    """Why it is not "Ready", in whole sentences; empty where there is nothing to tell.

    Together with the line it is a tool tip, of which Windows shows 127 characters.
    """
    if account is None:
        return translate("State", "Run the Settings Wizard to connect Call Ctrl to your phone.")
    if session.trouble is not None:
        return " ".join(
            part for part in (_trouble(session, account), _next_try(session.retry_in)) if part
        )
    match session.state:
        case SessionState.REGISTERING:
            return translate("State", "Signing on at {pbx}.").format(pbx=account.pbx)
        case SessionState.SUBSCRIBING:
            return translate("State", "Asking {pbx} about {station}.").format(
                pbx=account.pbx, station=account.station
            )
        case SessionState.RETRYING:
            return _next_try(session.retry_in)
        case SessionState.READY if is_there is False:
            return translate(
                "State",
                "Your phone {station} is not registered with the phone system. Is it switched on, "
                "and its cable plugged in?",
            ).format(station=account.station)
        case _:
            return ""


def state_explanation(session: SessionChanged) -> str:
    """What else there is to say of the trouble, and what to do about it; mostly empty."""
    if session.trouble is not Trouble.CERTIFICATE:
        return ""
    advice = translate(
        "State",
        "If only its authority is unknown here, name its file in the Settings Wizard under "
        "Advanced; otherwise have the certificate issued anew.",
    )
    return f"{session.detail} {advice}".strip()


def new_messages_in_words(messages: Messages | None) -> str:
    """How many new messages wait, e.g. "2 new messages"; empty where none are known of."""
    if messages is None or messages.new == 0:
        return ""
    if messages.new is None:
        return translate("State", "New messages")
    if messages.new == 1:
        return translate("State", "1 new message")
    return translate("State", "{count} new messages").format(count=messages.new)


def _trouble(session: SessionChanged, account: Account) -> str:
    match session.trouble:
        case Trouble.UNAUTHORIZED if account.kind is PbxKind.SPA9000:
            text = translate("State", "Password refused (401): it is not the Phone Ext Password.")
        case Trouble.UNAUTHORIZED:
            text = translate("State", "User name or password refused (401).")
        case Trouble.FORBIDDEN:
            text = translate("State", "{pbx} does not let this PC control the phone (403).")
        case Trouble.UNKNOWN_PROOF:
            text = translate("State", "{pbx} asks for an unknown proof of the password ({status}).")
        case Trouble.WEAKER_PROOF:
            text = translate("State", "{pbx} wants a weaker proof of the password than before.")
        case Trouble.ELSEWHERE:
            text = translate("State", "{pbx} points to another phone system ({status}).")
        case Trouble.ENDED:
            text = translate("State", "{pbx} reports this phone no more.")
        case Trouble.OWN_PHONE:
            text = translate("State", "That is the phone's own account: Call Ctrl needs another.")
        case Trouble.REJECTED if session.status is not None:
            text = translate("State", "{pbx} refused the connection ({status}).")
        case Trouble.REJECTED:
            text = translate("State", "{pbx} refused the connection.")
        case Trouble.CERTIFICATE:
            text = translate("State", "The certificate of {pbx} is not to be trusted.")
        case Trouble.NO_PASSWORD:
            text = translate("State", "The saved password is not to be had.")
        case _:
            text = translate("State", "No answer from {pbx}.")
    is_first = session.trouble in (Trouble.CERTIFICATE, Trouble.NO_ANSWER)
    pbx = (is_first and account.outbound_proxy) or account.pbx
    return text.format(pbx=pbx, status=session.status)


def _next_try(retry_in: float | None) -> str:
    if retry_in is None:
        return ""
    seconds = math.ceil(retry_in)
    if seconds < 90:
        return translate("State", "Trying again in {seconds} s.").format(seconds=seconds)
    return translate("State", "Trying again in {minutes} min.").format(minutes=round(seconds / 60))
