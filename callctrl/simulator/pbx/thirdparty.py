"""A call that a program places to a phone, to have it call somebody else (RFC 3515).

The program has no sound of its own: it rings a phone, and once the handset is up refers it. What
becomes of that is told as fragments of messages (RFC 3420), by the PBX at Asterisk and by the phone
at kamailio. The program's own leg stays until the program ends it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from enum import Enum
from functools import partial

from callctrl.simulator.pbx.config import Manner, PbxConfig, Style
from callctrl.simulator.pbx.inviteserver import InviteServer
from callctrl.simulator.pbx.line import Answer, Line, contact_of
from callctrl.simulator.pbx.office import Leg, LegState
from callctrl.sip.headers import NameAddr, Uri, escape_user, format_host
from callctrl.sip.message import Request, Response
from callctrl.sip.packets import Packet

__all__ = ["ProgramCall", "ProgramCallState", "refuses_offer"]

_SDP = "application/sdp"
_PHONE_NET = "192.0.2"
"""Where kamailio's phones are: nobody reaches them but through the proxy (RFC 5737)."""


class ProgramCallState(Enum):
    """How far a program's call to a phone has come.

      INVITE                                            REFER
        |                                                 |
    [RINGING] -- handset up --> [ANSWERED] -- ACK --> [UP] --> [REFERRED]
        |                           |                   |           |
        +---- CANCEL, refused ------+---- BYE, handset put down ----+--> [OVER]
    """

    RINGING = "ringing"
    ANSWERED = "answered"
    UP = "up"
    REFERRED = "referred"
    OVER = "over"


class ProgramCall:
    """One such call; `leg` is the phone's end of it."""

    def __init__(self, line: Line, server: InviteServer, leg: Leg, tag: str) -> None:
        self.state = ProgramCallState.RINGING
        self.leg = leg
        self.tag = tag
        self.onward: Leg | None = None
        """The phone's end of the call it was referred to."""
        self._line = line
        self.server = server
        request = server.request
        self._config: PbxConfig = line.office.config
        self._call_id = request.call_id
        self._program = request.from_
        self._remote_cseq = request.cseq.number
        self._cseq = 0
        self._target = contact_of(request)
        self._remote = server.source
        self._owes_answer = not request.body
        """Whether the offer was ours, and no answer to it has come in the ACK."""
        self._refer_event = "refer"
        self._notices: deque[tuple[int, str]] = deque()
        """Status and reason to tell, the oldest first."""
        self._is_notifying = False
        self._is_decided = False
        """Whether the last piece of news is queued or told."""

    @property
    def _is_proxied(self) -> bool:
        return self._config.style is Style.KAMAILIO

    @property
    def contact(self) -> str:
        """Where requests inside the dialog are to be addressed to."""
        if self._is_proxied:
            number = self.leg.phone
            host = 1 + list(self._line.office.phones).index(number) % 254
            return f"sip:{escape_user(number)}@{_PHONE_NET}.{host}:5060"
        return self._line.here(self._remote)

    def matches(self, request: Request) -> bool:
        """Whether a request belongs to this dialog (RFC 3261 section 12.2.2)."""
        return (request.call_id, request.to_tag, request.from_tag) == (
            self._call_id,
            self.tag,
            self._program.tag,
        )

    # From the program

    def begin(self, now: float) -> None:
        """The phone rings."""
        self._respond(Answer(180, tuple(self._fields()), self.tag), now)
        self._line.office.answer_by_itself(self.leg, now)

    def acknowledge(self, ack: Request, now: float) -> None:
        """Take the ACK of our 200."""
        gets_here = self._is_addressed_right(ack) and not self._is_out_of_reach
        if self.state is ProgramCallState.ANSWERED and gets_here:
            self.server.acknowledge(now)
            self.state = ProgramCallState.UP
            self._owes_answer = self._owes_answer and not ack.body

    def cancel(self, now: float) -> None:
        """The program takes it back; nothing happens where it was answered before."""
        if self.state is ProgramCallState.RINGING:
            self._end(487, now)

    def answer(self, request: Request, now: float) -> int | None:
        """Act on a request inside the dialog; the status to answer with, or None for none."""
        if self._is_out_of_reach:
            return None
        if not self._is_addressed_right(request):
            return 404
        if request.cseq.number <= self._remote_cseq:
            return 500
        self._remote_cseq = request.cseq.number
        match request.method:
            case "BYE":
                self.state = ProgramCallState.OVER
                self._line.office.end(self.leg, now)
                return 200
            case "REFER":
                return self._refer(request, now)
            case "OPTIONS" | "UPDATE" | "INFO":
                return 200
        return 501

    @property
    def _is_out_of_reach(self) -> bool:
        return self._line.office.phones[self.leg.phone].manner is Manner.OUT_OF_REACH

    def _is_addressed_right(self, request: Request) -> bool:
        """Whether it has our Contact as Request-URI, and the route that was recorded."""
        if request.uri != self.contact:
            return False
        routes = request.headers.get_all("Route")
        return not self._is_proxied or self._recorded_route() in routes

    def _recorded_route(self) -> str:
        config = self._config
        port = config.port_of(self._remote.transport)
        told = f";transport={self._remote.transport.lower()}" if self._remote.is_reliable else ""
        return f"<sip:{format_host(config.host)}:{port}{told};lr>"

    def _refer(self, request: Request, now: float) -> int | None:
        manner = self._line.office.phones[self.leg.phone].manner
        if self._owes_answer or manner is Manner.DEAF_TO_REFER:
            return None  # as an Asterisk does that still waits for an answer to its offer
        if self.state is not ProgramCallState.UP:
            return 491
        target = Uri.parse(NameAddr.parse(request.headers.only("Refer-To")).uri).user
        if not target:
            return 400
        self.state = ProgramCallState.REFERRED
        # The phone numbers its subscriptions (RFC 3515 section 2.4.6), the PBX has only one.
        self._refer_event = f"refer;id={request.cseq.number}" if self._is_proxied else "refer"
        self._notices.append((100, "Trying"))
        if manner is Manner.HOLDS_FIRST:
            self._hold(target, now)
        else:
            self._call_on(target, now)
        return 202

    def _hold(self, target: str, now: float) -> None:
        fields = [("Content-Type", _SDP)]
        body = _sdp(self._config.host, "sendonly")
        request = self._in_dialog("INVITE", fields, body)
        self._line.send(request, self._remote, partial(self._held, request, target), now)

    def _held(self, invite: Request, target: str, response: Response, now: float) -> None:
        if response.status < 200:
            return
        if response.status < 300:
            ack = self._in_dialog("ACK", (), cseq=invite.cseq.number)
            self._line.put(Packet(ack.to_bytes(), self._remote))
        if self.state is not ProgramCallState.OVER and self.onward is None:
            self._call_on(target, now)

    def _call_on(self, target: str, now: float) -> None:
        office = self._line.office
        self.onward = office.dial(self.leg.phone, target, now=now, beside=self.leg)

    # From the phone

    def leg_changed(self, leg: Leg, now: float) -> None:
        """The phone's end of this call, or of the one it was referred to, has changed."""
        if leg is self.onward:
            self._tell_progress(leg, now)
        elif leg is not self.leg:
            return
        elif leg.state is LegState.CONFIRMED and self.state is ProgramCallState.RINGING:
            self.state = ProgramCallState.ANSWERED
            fields = (*self._fields(), ("Content-Type", _SDP))
            body = _sdp(self._config.host, "inactive")
            self._respond(Answer(200, fields, self.tag, body), now)
        elif leg.state is LegState.TERMINATED and self.state is ProgramCallState.RINGING:
            self._end(leg.status or 486, now)
        elif leg.state is LegState.TERMINATED and self.state is not ProgramCallState.OVER:
            self.hang_up(now)

    def _tell_progress(self, leg: Leg, now: float) -> None:
        if self._is_decided:
            return
        match leg.state:
            case LegState.EARLY:
                self._notices.append((180, "Ringing"))
            case LegState.CONFIRMED:
                self._is_decided = True
                self._notices.append((200, "OK"))
            case LegState.TERMINATED:
                self._is_decided = True
                self._notices.append((leg.status, "Failed"))
        self.notify_next(now)

    def hang_up(self, now: float) -> None:
        """The handset was put down, or no ACK has come: the program gets a BYE."""
        self.state = ProgramCallState.OVER
        self._is_decided = True
        self._notices.clear()
        self._line.send(self._in_dialog("BYE", ()), self._remote, lambda *_: None, now)
        for leg in (self.leg, self.onward):
            if leg is not None:
                self._line.office.end(leg, now)

    def _end(self, status: int, now: float) -> None:
        self.state = ProgramCallState.OVER
        self._respond(Answer(status, (), self.tag), now)
        self._line.office.end(self.leg, now)

    # To the program

    def _respond(self, answer: Answer, now: float) -> None:
        """Answer the INVITE."""
        server = self.server
        server.respond(self._line.response(server.request, server.source, answer), now)

    def notify_next(self, now: float) -> None:
        """Tell the next piece of news, once the one before was answered."""
        if self._is_notifying or not self._notices:
            return
        status, reason = self._notices.popleft()
        state = "active;expires=60" if status < 200 else "terminated;reason=noresource"
        fields = [
            ("Event", self._refer_event),
            ("Subscription-State", state),
            ("Content-Type", "message/sipfrag;version=2.0"),
        ]
        body = f"SIP/2.0 {status} {reason}\r\n".encode()
        self._is_notifying = True
        request = self._in_dialog("NOTIFY", fields, body)
        self._line.send(request, self._remote, self._notified, now)

    def _notified(self, response: Response, now: float) -> None:
        if response.status >= 200:
            self._is_notifying = False
            if response.status >= 300:
                self._notices.clear()
            self.notify_next(now)

    def _in_dialog(
        self,
        method: str,
        fields: Iterable[tuple[str, str]],
        body: bytes = b"",
        cseq: int | None = None,
    ) -> Request:
        if cseq is None:
            self._cseq += 1
            cseq = self._cseq
        to = f"<{self._program.uri}>" + (f";tag={self._program.tag}" if self._program.tag else "")
        own = f"<sip:{escape_user(self.leg.phone)}@{format_host(self._config.domain)}>"
        return self._line.request(
            method,
            self._target,
            self._remote,
            [
                ("From", f"{own};tag={self.tag}"),
                ("To", to),
                ("Call-ID", self._call_id),
                ("CSeq", f"{cseq} {method}"),
                ("Contact", f"<{self.contact}>"),
                *fields,
            ],
            body,
        )

    def _fields(self) -> list[tuple[str, str]]:
        contact = ("Contact", f"<{self.contact}>")
        return (
            [("Record-Route", self._recorded_route()), contact] if self._is_proxied else [contact]
        )


def refuses_offer(request: Request) -> bool:
    """Whether nobody can talk by the SDP of an INVITE (RFC 3264): 488 then.

    None at all is no reason: the offer is then the phone's.
    """
    if not request.body:
        return False
    lines = [line.rstrip("\r") for line in request.body.decode("latin-1").split("\n")]
    media = [line.removeprefix("m=").split() for line in lines if line.startswith("m=audio ")]
    if request.content_type != _SDP or lines[0] != "v=0" or not media:
        return True
    if not any(line.startswith("c=IN IP") for line in lines):
        return True
    _, port, profile, *formats = media[0]
    return port == "0" or profile != "RTP/AVP" or not {"0", "8"} & set(formats)


def _sdp(host: str, direction: str) -> bytes:
    kind = "IP6" if ":" in host else "IP4"
    lines = (
        "v=0",
        f"o=- 1 1 IN {kind} {host}",
        "s=-",
        f"c=IN {kind} {host}",
        "t=0 0",
        "m=audio 11780 RTP/AVP 0",
        "a=rtpmap:0 PCMU/8000",
        f"a={direction}",
    )
    return "\r\n".join([*lines, ""]).encode()
