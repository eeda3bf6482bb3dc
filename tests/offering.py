"""A phone system that offers to watch what a test says, and nothing more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address, Packet
from callctrl.transport import Transport, UdpSocket

__all__ = ["TELLS", "OfferingPbx", "Taking", "at_a_port"]


@dataclass(frozen=True)
class Taking:
    """How the phone system takes one subscription."""

    status: int = 200
    type: str = ""
    """Content-Type of the NOTIFY; its body is not read."""
    state: str | None = "active;expires=60"
    """None sends no NOTIFY."""


TELLS = {
    "dialog": Taking(type="application/dialog-info+xml"),
    "presence": Taking(type="application/pidf+xml"),
    "message-summary": Taking(type="application/simple-message-summary"),
}


@dataclass
class OfferingPbx:
    """A phone system that does to each event package as it is told."""

    ways: Mapping[str, Taking] = field(default_factory=lambda: TELLS)
    challenges: bool = True
    refuses: bool = False
    """Whether each password is wrong."""
    is_mute: bool = False
    says_last_word: bool = True
    """Whether a subscription that is left gets a last NOTIFY (RFC 6665 section 4.2.1)."""
    named_in: str = "Server"
    """The header field that says who answers OPTIONS."""
    says_trying: bool = False
    """Whether OPTIONS gets a 100 before its answer, and that names a proxy."""
    requests: list[Request] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """What its NOTIFYs were answered."""
    open: set[str] = field(default_factory=set)
    """Call-IDs of subscriptions there are."""
    _out: list[Packet] = field(default_factory=list)

    def receive(self, data: bytes, source: Address, _now: float) -> None:
        message = parse(data)
        if isinstance(message, Response):
            self.answers.append(message.status)
            return
        self.requests.append(message)
        if self.is_mute:
            return
        if message.method == "OPTIONS":
            if self.says_trying:
                self._answer(message, source, 100, "Server: A proxy\r\n")
            self._answer(message, source, 200, f"{self.named_in}: Testing\x07 PBX 1.0\r\n")
        elif self._is_refused(message):
            nonce = f"n{len(self.requests)}"
            challenge = f'WWW-Authenticate: Digest realm="pbx", nonce="{nonce}", qop="auth"\r\n'
            self._answer(message, source, 401, challenge)
        else:
            self._take(message, source)

    def invite(self, target: Address) -> None:
        """Call the program, as a phone system would that forks to us."""
        self._send(
            "INVITE sip:desk-app@192.168.1.50 SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 192.168.1.10;branch=z9hG4bKcall\r\nFrom: <sip:1@pbx>;tag=f\r\n"
            "To: <sip:desk-app@pbx>\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
            "Contact: <sip:1@192.168.1.10>\r\nContent-Length: 0\r\n\r\n",
            target,
        )

    def _is_refused(self, request: Request) -> bool:
        return self.refuses or (self.challenges and "Authorization" not in request.headers)

    def _take(self, request: Request, source: Address) -> None:
        event = request.headers.get("Event") or ""
        way = self.ways[event]
        is_end = request.headers.get("Expires") == "0"
        self._answer(request, source, way.status, "Contact: <sip:192.168.1.10>\r\nExpires: 60\r\n")
        if is_end:
            self.open.discard(request.call_id)
            if self.says_last_word:
                last = Taking(state="terminated;reason=timeout")
                self._notify(request, source, event, last, number=2)
        elif way.status == 200:
            self.open.add(request.call_id)
            if way.state is not None:
                self._notify(request, source, event, way)

    def _notify(
        self, asked: Request, target: Address, event: str, way: Taking, number: int = 1
    ) -> None:
        to = asked.headers.get("To") or ""
        body = "x" if way.type else ""
        type_ = f"Content-Type: {way.type}\r\n" if way.type else ""
        self._send(
            f"NOTIFY sip:desk-app@{target.host} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 192.168.1.10;rport;branch=z9hG4bK{asked.call_id}{number}\r\n"
            f"From: {to if 'tag=' in to else to + ';tag=pbx'}\r\n"
            f"To: {asked.headers.get('From')}\r\n"
            f"Call-ID: {asked.call_id}\r\nCSeq: {number} NOTIFY\r\nMax-Forwards: 70\r\n"
            f"Event: {event}\r\nSubscription-State: {way.state}\r\n{type_}"
            f"Contact: <sip:192.168.1.10>\r\nContent-Length: {len(body)}\r\n\r\n{body}",
            target,
        )

    def _answer(self, request: Request, target: Address, status: int, fields: str) -> None:
        asked = request.headers
        to = asked.get("To") or ""
        self._send(
            f"SIP/2.0 {status} Whatever\r\nVia: {asked.get('Via')}\r\nFrom: {asked.get('From')}\r\n"
            f"To: {to if 'tag=' in to else to + ';tag=pbx'}\r\nCall-ID: {request.call_id}\r\n"
            f"CSeq: {asked.get('CSeq')}\r\n{fields}Content-Length: 0\r\n\r\n",
            target,
        )

    def _send(self, text: str, target: Address) -> None:
        self._out.append(Packet(text.encode(), target))

    def transport_failed(self, remote: Address, error: str, now: float) -> None: ...

    def handle_timeout(self, now: float) -> None: ...

    def next_timeout(self) -> float | None:
        return None

    def packets_to_send(self) -> list[Packet]:
        out, self._out = self._out, []
        return out

    def next_event(self) -> None:
        return None


@asynccontextmanager
async def at_a_port(pbx: OfferingPbx) -> AsyncIterator[int]:
    """The phone system on a UDP port of this computer."""
    udp = UdpSocket("127.0.0.1", 0)
    transport = Transport(pbx, udp, lambda event: None)
    transport.open()
    try:
        yield udp.local.port
    finally:
        transport.close()
