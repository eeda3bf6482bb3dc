"""A telephone system that is called, and does exactly what a test says."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from math import inf
from random import Random
from typing import Protocol

from callctrl.sip.exchange import Outgoing
from callctrl.sip.headers import NameAddr
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address, Packet
from callctrl.sip.tokens import Tokens
from callctrl.sip.transaction import ServerTransaction
from callctrl.sip.useragent import UserAgent

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 5060)
PHONE_CONTACT = "sip:2002@192.168.1.20:5060"
SDP = b"v=0\r\no=- 1 1 IN IP4 192.168.1.20\r\ns=-\r\nc=IN IP4 192.168.1.20\r\nt=0 0\r\n"
HOLD = SDP + b"m=audio 4000 RTP/AVP 0 8 101\r\na=sendonly\r\n"
IS_SDP = ("Content-Type", "application/sdp")

Field = tuple[str, str]


class Caller(Protocol):
    """What answers the requests inside a call of ours."""

    def owns(self, request: Request) -> bool: ...

    def receive_request(self, transaction: ServerTransaction, now: float) -> None: ...


class Line(ABC):
    """A user agent that calls, a clock, and what went over the wire."""

    def __init__(self, transport: str = "UDP") -> None:
        self.now = 0.0
        self.pbx = PBX._replace(transport=transport)
        self.agent = UserAgent(
            local=PC._replace(transport=transport),
            remote=self.pbx,
            contact_user="app2002",
            product="Call Ctrl 1.1",
            tokens=Tokens(Random(1)),
        )
        self.sent: list[Request | Response] = []
        """All that we sent, repetitions included, in order."""
        self.received: list[bytes] = []
        """All that came, in order."""
        self._requests = 0

    @property
    @abstractmethod
    def caller(self) -> Caller:
        """Who has called."""

    @abstractmethod
    def start(self) -> Request:
        """Call; the INVITE."""

    def next_timeout(self) -> float:
        """When something is due; infinity where nothing is."""
        due = self.agent.next_timeout()
        return inf if due is None else due

    def handle_timeout(self) -> None:
        """Do what is due."""
        self.agent.handle_timeout(self.now)

    # Our side

    def send_something_else(self) -> None:
        """Another request of the program, which has nothing to do with the call."""
        outgoing = Outgoing(
            method="OPTIONS",
            uri="sip:pbx.example",
            from_=NameAddr("sip:a@pbx.example", parameters={"tag": "1"}),
            to=NameAddr("sip:pbx.example"),
            call_id="other",
        )
        self.agent.transmit(outgoing, (), lambda *_: None, self.now)

    def drain(self) -> list[Packet]:
        packets = self.agent.packets_to_send()
        self.sent += [parse(packet.data) for packet in packets]
        return packets

    def requests(self, method: str) -> list[Request]:
        """What we sent of that method, repetitions included."""
        self.drain()
        return [each for each in self.sent if isinstance(each, Request) and each.method == method]

    def newest(self, method: str) -> Request:
        return self.requests(method)[-1]

    def count(self, method: str) -> int:
        """How many different requests of that method we sent."""
        return len({each.to_bytes() for each in self.requests(method)})

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while (when := self.next_timeout()) <= end:
            self.now = max(self.now, when)
            self.handle_timeout()
            self.drain()
        self.now = end

    # Their side

    def answer(
        self, request: Request, status: int, *fields: Field, tag: str = "phone", body: bytes = b""
    ) -> None:
        """The telephone system answers a request of ours."""
        copied = [
            (name, f"{value};tag={tag}" if name == "To" and ";tag=" not in value else value)
            for name, value in request.headers
            if name in ("Via", "From", "To", "Call-ID", "CSeq")
        ]
        self.receive(Response(status, "Reason", [*copied, *fields], body).to_bytes())

    def ring(self, invite: Request, tag: str = "phone") -> None:
        self.answer(invite, 100)
        self.answer(invite, 180, tag=tag)

    def pick_up(self, invite: Request, tag: str = "phone", *fields: Field) -> None:
        """The handset goes up."""
        contact = ("Contact", f"<{PHONE_CONTACT}>")
        self.answer(invite, 200, contact, IS_SDP, *fields, tag=tag, body=HOLD)

    def ask(
        self,
        method: str,
        *fields: Field,
        tag: str = "phone",
        body: bytes = b"",
        number: int | None = None,
    ) -> Response:
        """The telephone asks something inside the dialog; what we say."""
        invite = self.newest("INVITE")
        self._requests += 1
        branch = f"z9hG4bK-theirs-{self._requests}"
        request = Request(
            method,
            str(self.agent.contact),
            [
                ("Via", f"SIP/2.0/{self.pbx.transport} 192.168.1.10:5060;branch={branch}"),
                ("From", f"<sip:2002@pbx.example>;tag={tag}"),
                ("To", invite.headers.get("From") or ""),
                ("Call-ID", invite.call_id),
                ("CSeq", f"{number or self._requests} {method}"),
                *fields,
            ],
            body,
        )
        self.drain()
        before = len(self.sent)
        self.receive(request.to_bytes())
        self.drain()
        return next(each for each in self.sent[before:] if isinstance(each, Response))

    def acknowledge(self) -> None:
        """The telephone acknowledges our answer to its latest request, an INVITE."""
        invite = self.newest("INVITE")
        ack = Request(
            "ACK",
            str(self.agent.contact),
            [
                ("Via", f"SIP/2.0/{self.pbx.transport} 192.168.1.10:5060;branch=z9hG4bK-ack"),
                ("From", "<sip:2002@pbx.example>;tag=phone"),
                ("To", invite.headers.get("From") or ""),
                ("Call-ID", invite.call_id),
                ("CSeq", f"{self._requests} ACK"),
            ],
        )
        self.receive(ack.to_bytes())

    def receive(self, data: bytes) -> None:
        self.received.append(data)
        transaction = self.agent.receive(data, self.pbx, self.now)
        if transaction is not None:
            assert self.caller.owns(transaction.request)
            self.caller.receive_request(transaction, self.now)
        self.drain()

    # What is left

    def endings(self) -> Counter[str]:
        """How often each tag got an ACK, and a BYE."""
        seen = {each.to_bytes(): each for name in ("ACK", "BYE") for each in self.requests(name)}
        return Counter(f"{each.method} {each.to_tag}" for each in seen.values())
