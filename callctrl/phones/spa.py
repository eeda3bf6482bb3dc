"""Linksys and Cisco SPA phones: status and control by the event package x-spa-cti.

Evidence for each line is in protocol.md B.2 (status), B.3 (control) and B.4 (states). The phone
reports with `<spa-status>` and obeys `<spa-control>`, both as bodies of NOTIFY.
"""

from __future__ import annotations

import logging
from xml.sax.saxutils import quoteattr

from callctrl.calls import (
    Answer,
    CallReport,
    CallState,
    Command,
    Dial,
    Divert,
    HangUp,
    Hold,
    Reject,
    Resume,
)
from callctrl.phones import Control, StatusError
from callctrl.phones.xml import UntrustedXmlError, encoding_of, read_elements
from callctrl.sip.headers import escape_user

__all__ = ["SpaPhone"]

_log = logging.getLogger(__name__)

_STATES = {
    "idle": CallState.ENDED,
    "dialing": CallState.DIALING,
    "calling": CallState.CALLING,
    "proceeding": CallState.PROCEEDING,
    "ringing": CallState.RINGING,
    "answering": CallState.ANSWERING,
    "connected": CallState.CONNECTED,
    "holding": CallState.HOLDING,
    "hold": CallState.HELD,
    "resuming": CallState.RESUMING,
    "invalid": CallState.FAILED,
    "reorder": CallState.FAILED,  # the ATA family's name for the same
}

_KNOWN_ATTRIBUTES = frozenset({"id", "ref", "ext", "state", "name", "uri"})

_LONGEST_TEXT = 256
"""Characters of a name or number that are kept; more is no name."""


class SpaPhone:
    """The dialect of the SPA9xx and SPA500 phones."""

    event = "x-spa-cti"
    accepts: tuple[str, ...] = ("application/x-spa-status",)
    commands: frozenset[type[Command]] = frozenset(
        {Dial, Answer, Reject, Divert, Hold, Resume, HangUp}
    )

    def read_status(self, body: bytes) -> list[CallReport]:
        """The calls in a status body; elements and attributes not known are left aside.

        Raises StatusError where there is no call to be read.
        """
        reports: list[CallReport] = []
        seen: list[str] = []

        def on_element(name: str, attributes: dict[str, str], _text: str) -> None:
            seen.append(name)
            if name == "call":
                report = _read_call(attributes)
                if report is not None:
                    reports.append(report)
            elif name != "spa-status":
                _log.info("element <%s> in a status is not known", name)

        try:
            read_elements(body, on_element, encoding=encoding_of(body))
        except UntrustedXmlError as error:
            raise StatusError(str(error)) from error
        if "spa-status" not in seen:
            raise StatusError("expected a <spa-status> element")
        return reports

    def write_command(self, command: Command, new_call_id: str) -> Control:
        """The control that makes the phone obey, as protocol.md B.3 spells it.

        The phone replaces `$PROXY` by the proxy of its extension. Raises ValueError where a number
        holds what no number has, such as a control character.
        """
        match command:
            case Dial(number):
                element = f"<newcall uri={_address(number)} call={quoteattr(new_call_id)}/>"
            case Answer(call_id):
                element = f"<answer call={quoteattr(call_id)}/>"
            case Reject(call_id):
                element = f"<reject call={quoteattr(call_id)}/>"
            case Divert(call_id, number):
                element = (
                    f'<reject uri={_address(number)} call={quoteattr(call_id)} reason="redir"/>'
                )
            case Hold():
                element = "<hold/>"
            case Resume(call_id):
                element = f"<resume call={quoteattr(call_id)}/>"
            case HangUp(call_id):
                element = f"<endcall call={quoteattr(call_id)}/>"
        body = f"<spa-control>\r\n{element}\r\n</spa-control>\r\n"
        return Control(self.event, "application/x-spa-control", body.encode())


def _read_call(attributes: dict[str, str]) -> CallReport | None:
    """One `<call>` element, or None where it names no call."""
    call_id = attributes.get("id", "").strip()
    if not call_id or len(call_id) > _LONGEST_TEXT:
        # SPA Call Manager tolerates messages without an id: hook or lamp, by the look of them.
        _log.info("a <call> without id is left aside")
        return None
    unknown = sorted(attributes.keys() - _KNOWN_ATTRIBUTES)
    if unknown:
        _log.info("attributes of a <call> that are not known: %s", ", ".join(unknown)[:200])
    wire_state = attributes.get("state", "").strip()[:_LONGEST_TEXT]
    line = attributes.get("ext", "")
    return CallReport(
        id=call_id,
        state=_STATES.get(wire_state.lower(), CallState.UNKNOWN),
        wire_state=wire_state,
        ref=_text_of(attributes.get("ref")) or None,
        line=int(line) if line.isascii() and line.isdigit() and len(line) <= 4 else None,
        number=_number_of(attributes.get("uri")),
        name=_text_of(attributes.get("name")),
    )


def _text_of(text: str | None) -> str | None:
    """A name fit to be shown: one line, no control characters, not endless."""
    if text is None:
        return None
    shown = "".join(char if char.isprintable() else " " for char in text[:_LONGEST_TEXT])
    return " ".join(shown.split())


def _number_of(uri: str | None) -> str | None:
    """The user part of `user@host`; the host may be missing, and a scheme may be there."""
    text = _text_of(uri)
    if text is None:
        return None
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("sip", "sips", "tel"):
        text = rest
    return text.partition("@")[0]


def _address(number: str) -> str:
    """A number as the phone dials it, escaped for the URI and for XML (E16)."""
    if not number.isprintable():
        raise ValueError("expected a number of printable characters")
    return quoteattr(f"{escape_user(number)}@$PROXY")
