"""The phone's XML: status bodies it writes, control bodies it reads (protocol.md B.2, B.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote
from xml.parsers import expat
from xml.sax.saxutils import escape

from callctrl.simulator.config import Config
from callctrl.sip.headers import format_host

__all__ = [
    "MAX_CONTROL_BYTES",
    "CallState",
    "Control",
    "ControlError",
    "Report",
    "read_control",
    "write_status",
]

MAX_CONTROL_BYTES = 4096
"""Real controls are under a hundred bytes long (protocol.md B.5 no. 10)."""


class CallState(Enum):
    """States of a call, spelt as on the wire (protocol.md B.4).

    idle -- dial --> dialing --> calling --> proceeding --far end answers--> connected
    idle -- ring --> ringing --answer--> answering ----------------------> connected
    connected -- hold --> holding --> hold --resume--> resuming ---------> connected

    far end busy, or gone:    invalid --hang-up, or 30 s--> idle; from ringing at once idle
    hang-up, from any state:  idle; reject, from ringing: idle
    """

    IDLE = "idle"
    DIALING = "dialing"
    CALLING = "calling"
    PROCEEDING = "proceeding"
    RINGING = "ringing"
    ANSWERING = "answering"
    CONNECTED = "connected"
    HOLDING = "holding"
    HOLD = "hold"
    RESUMING = "resuming"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Report:
    """What the phone says of one call."""

    id: int
    ref: int
    ext: int
    state: CallState
    name: str = ""
    number: str = ""

    @property
    def party(self) -> str:
        """Name and number together."""
        return f"{self.name} {self.number}".strip()


@dataclass(frozen=True, slots=True)
class Control:
    """One order to the phone (protocol.md B.3)."""

    action: str
    call: int | None = None
    number: str = ""
    """To dial, or to divert to."""


_WITH_PARTY = frozenset({CallState.CALLING, CallState.PROCEEDING, CallState.RINGING})
"""The captures of `answering` and `idle` name no party (protocol.md F.1), so only the reports
before them do."""
_QUOTES = {'"': "&quot;"}


def write_status(reports: Iterable[Report], config: Config) -> bytes:
    """A status body: lines that end in CRLF, the last one included.

    The Content-Length values 76 and 81 of the two captures prove the frame (protocol.md B.2).
    """
    lines = ["<spa-status>", *(_call_element(report, config) for report in reports)]
    text = "\r\n".join([*lines, "</spa-status>", ""])
    return text.encode(config.charset, "xmlcharrefreplace")


def _call_element(report: Report, config: Config) -> str:
    attributes = {
        "id": str(report.id),
        "ref": str(report.ref),
        "ext": str(report.ext),
        "state": report.state.value,
    }
    if report.state in _WITH_PARTY:
        attributes["name"] = report.name
        # The host may be missing, as a user of SPA Call Manager met it (protocol.md B.2).
        host = "" if config.crooked else f"@{format_host(config.host)}"
        attributes["uri"] = f"{report.number}{host}"
    written = (f'{name}="{escape(text, _QUOTES)}"' for name, text in attributes.items())
    return f"<call {' '.join(written)}/>"


class ControlError(ValueError):
    """A control body that cannot be read."""


_CONTROLS = frozenset({"newcall", "answer", "reject", "hold", "resume", "endcall"})
_CALL_NOT_NEEDED = frozenset({"newcall", "hold"})


def read_control(body: bytes) -> list[Control]:
    """The orders in a control body; raises ControlError, and nothing else.

    CR, LF and CRLF are all line ends to XML. A DOCTYPE is refused, as nothing good begins so. An
    unknown order is refused too: what no capture shows, a client must not invent (E13).
    """
    if len(body) > MAX_CONTROL_BYTES:
        raise ControlError(f"{len(body)} bytes are over {MAX_CONTROL_BYTES}")
    depth = 0
    controls: list[Control] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth == 1 and name != "spa-control":
            raise ControlError(f"expected spa-control, found {name!r}")
        if depth == 2:
            controls.append(_read_order(name, attributes))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_declaration: object) -> None:
        raise ControlError("a DOCTYPE is not accepted")

    parser = expat.ParserCreate("utf-8")  # whatever the body says of itself
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise ControlError(str(error)) from error
    if not controls:
        raise ControlError("expected an order inside spa-control")
    return controls


def _read_order(name: str, attributes: dict[str, str]) -> Control:
    if name not in _CONTROLS:
        raise ControlError(f"expected one of {', '.join(sorted(_CONTROLS))}, found {name!r}")
    call: int | None = None
    if (digits := attributes.get("call")) is not None:
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 3):
            raise ControlError(f"expected a call number, found {digits[:20]!r}")
        call = int(digits)
    elif name not in _CALL_NOT_NEEDED:
        raise ControlError(f"expected a call number in {name}")
    number = _number(attributes.get("uri", ""))
    wants_number = name == "newcall" or attributes.get("reason") == "redir"
    if wants_number and not number:
        raise ControlError(f"expected a number in {name}")
    return Control(name, call, number)


def _number(uri: str) -> str:
    """The user part of `NUMBER@$proxy`; the macro may be in any case, or a host (B.3)."""
    user, _, _host = uri.partition("@")
    return unquote(user.strip().removeprefix("sip:"))
