"""Linksys and Cisco SPA phones: status and control by the event package x-spa-cti.

Evidence for each line is in protocol.md B.2 (status), B.3 (control) and B.4 (states). The phone
reports with `<spa-status>` and obeys `<spa-control>`, both as bodies of NOTIFY.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from html import escape
from urllib.parse import unquote

from callctrl.calls import (
    NUMBER,
    Ability,
    Action,
    Answer,
    Call,
    CallReport,
    CallState,
    Command,
    Dial,
    Direction,
    Divert,
    Feature,
    HangUp,
    Hold,
    No,
    Reason,
    Reject,
    Resume,
    Yes,
)
from callctrl.phones import Control, StatusError
from callctrl.sip.headers import escape_user
from callctrl.texts import one_line
from callctrl.untrustedxml import UntrustedXmlError, encoding_of, read_elements

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

_DIRECTIONS = {
    "in": Direction.INCOMING,
    "incoming": Direction.INCOMING,
    "inbound": Direction.INCOMING,
    "out": Direction.OUTGOING,
    "outgoing": Direction.OUTGOING,
    "outbound": Direction.OUTGOING,
}
"""What `dir` may say, if ever a phone gives it (protocol.md B.2) [inferred]."""

_READ_ATTRIBUTES = frozenset({"id", "ref", "ext", "state", "name", "uri", "dir", "duration"})

_OBEYED = frozenset({Dial, Answer, Reject, Divert, Hold, Resume, HangUp})
_KEYS: Mapping[Action, tuple[str, ...]] = {
    Feature.TRANSFER: ("xfer", NUMBER, "dial", "xfer"),
    Feature.CONFERENCE: ("conf", NUMBER, "dial", "conf"),
    Feature.TONES: (NUMBER,),
}
"""No control is known for these (E13); the keys are those of C.6."""

_LONGEST_TEXT = 256
"""Characters of a name or number that are kept; more is no name."""
_MOST_EXTRA = 8
"""Further attributes of a call that are kept."""
_MOST_NOTED = 32
"""Unknown names that are logged, each once."""


class SpaPhone:
    """The dialect of the SPA9xx and SPA500 phones."""

    event = "x-spa-cti"
    accepts: tuple[str, ...] = ("application/x-spa-status",)

    def __init__(self) -> None:
        self._noted: set[str] = set()
        """What was logged as unknown; a phone says it in every message."""

    def ability(self, action: Action, _call: Call | None) -> Ability:
        """What there is a control for is obeyed, in whatever state the call is (B.3)."""
        if action in _OBEYED:
            return Yes()
        return No(Reason.BY_HAND, _KEYS.get(action, ()))

    def read_status(self, body: bytes) -> list[CallReport]:
        """The calls in a status body; elements not known are left aside.

        Raises StatusError where there is no call to be read.
        """
        reports: list[CallReport] = []
        seen: list[str] = []

        def on_element(name: str, attributes: dict[str, str], _text: str) -> None:
            seen.append(name.lower())
            if seen[-1] == "call":
                report = self._read_call(attributes)
                if report is not None:
                    reports.append(report)
            elif seen[-1] != "spa-status":
                self._note_unknown(f"<{name}>")

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
        holds what no number has, such as a control character, or is longer than any.
        """
        match command:
            case Dial(number):
                element = f"<newcall uri={_address(number)} call={_quoted(new_call_id)}/>"
            case Answer(call_id):
                element = f"<answer call={_quoted(call_id)}/>"
            case Reject(call_id):
                element = f"<reject call={_quoted(call_id)}/>"
            case Divert(call_id, number):
                element = f'<reject uri={_address(number)} call={_quoted(call_id)} reason="redir"/>'
            case Hold():
                element = "<hold/>"
            case Resume(call_id):
                element = f"<resume call={_quoted(call_id)}/>"
            case HangUp(call_id):
                element = f"<endcall call={_quoted(call_id)}/>"
        body = f"<spa-control>\r\n{element}\r\n</spa-control>\r\n"
        return Control(self.event, "application/x-spa-control", body.encode())

    def _read_call(self, attributes: dict[str, str]) -> CallReport | None:
        """One `<call>` element, or None where it names no call."""
        unknown: list[str] = []
        if not attributes.keys() <= _READ_ATTRIBUTES:
            attributes = {key.lower(): attributes[key] for key in attributes}
            unknown = sorted(attributes.keys() - _READ_ATTRIBUTES)
        call_id = attributes.get("id", "").strip()
        if not call_id or len(call_id) > _LONGEST_TEXT or not call_id.isprintable():
            # SPA Call Manager tolerates messages without an id: hook or lamp, by the look of them.
            self._note_unknown("<call> without id")
            return None
        for name in unknown:
            self._note_unknown(f"{name}=")
        wire_state = _text_of(attributes.get("state")) or ""
        line = attributes.get("ext", "")
        return CallReport(
            id=call_id,
            state=_STATES.get(wire_state.lower(), CallState.UNKNOWN),
            wire_state=wire_state,
            ref=_text_of(attributes.get("ref")) or None,
            line=int(line) if line.isascii() and line.isdigit() and len(line) <= 4 else None,
            number=_number_of(attributes.get("uri")),
            name=_text_of(attributes.get("name")),
            direction=_DIRECTIONS.get(attributes.get("dir", "").lower(), Direction.UNKNOWN),
            talked=_seconds_of(attributes.get("duration", "")),
            extra=tuple(
                (name[:_LONGEST_TEXT], _text_of(attributes[name]) or "")
                for name in unknown[:_MOST_EXTRA]
            )
            if unknown
            else (),
        )

    def _note_unknown(self, what: str) -> None:
        if what not in self._noted and len(self._noted) < _MOST_NOTED:
            self._noted.add(what)
            _log.info("not known in a status: %.80r", what)


def _text_of(text: str | None) -> str | None:
    """A name or number fit to be shown."""
    return None if text is None else one_line(text, _LONGEST_TEXT)


def _seconds_of(duration: str) -> float | None:
    """Seconds in `75`, `1:15` or `0:01:15`; None in anything else."""
    parts = duration.strip().split(":")
    seconds = 0
    for each in parts:
        if not (each.isascii() and each.isdigit() and len(each) <= 6):
            return None
        seconds = 60 * seconds + int(each)
    return float(seconds) if len(parts) <= 3 else None


def _number_of(uri: str | None) -> str | None:
    """The user part of `user@host`; the host may be missing, and a scheme may be there.

    Escapes are undone: a `#` has to be `%23` in a URI (E16).
    """
    if uri is None:
        return None
    scheme, colon, rest = uri.strip().partition(":")
    if colon and scheme.lower() in ("sip", "sips", "tel"):
        uri = rest
    return _text_of(unquote(uri.partition("@")[0]))


def _quoted(text: str) -> str:
    """An attribute's value; `xml.sax` has the same, and takes an HTTP client along."""
    return f'"{escape(text)}"'


def _address(number: str) -> str:
    """A number as the phone dials it, escaped for the URI and for XML (E16)."""
    if len(number) > _LONGEST_TEXT:  # it would not fit into a datagram at some length
        raise ValueError(f"expected a number of up to {_LONGEST_TEXT} characters")
    if not number.isprintable():
        raise ValueError("expected a number of printable characters")
    return _quoted(f"{escape_user(number)}@$PROXY")
