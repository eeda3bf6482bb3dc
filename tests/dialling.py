"""A telephone system that is called, and does exactly what a test says."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

from callctrl.bystander.thirdpartycall import ThirdPartyCall
from callctrl.calls import DialFailure, DialStage
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.digest import Credentials
from callctrl.sip.exchange import Outgoing
from callctrl.sip.headers import NameAddr
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address, Packet
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 5060)
PHONE_CONTACT = "sip:2002@192.168.1.20:5060"
SDP = b"v=0\r\no=- 1 1 IN IP4 192.168.1.20\r\ns=-\r\nc=IN IP4 192.168.1.20\r\nt=0 0\r\n"
HOLD = SDP + b"m=audio 4000 RTP/AVP 0 8 101\r\na=sendonly\r\n"

Field = tuple[str, str]


def challenge(nonce: str) -> str:
    return f'Digest realm="pbx.example", nonce="{nonce}", algorithm=MD5, qop="auth"'


class Desk:
    """A click-to-dial under way, a clock, and what went over the wire."""

    def __init__(
        self,
        transport: str = "UDP",
        phone: str = "sip:2002@pbx.example",
        target: str = "sip:2004@pbx.example",
    ) -> None:
        self.now = 0.0
        self.pbx = PBX._replace(transport=transport)
        self.agent = UserAgent(
            local=PC._replace(transport=transport),
            remote=self.pbx,
            contact_user="app2002",
            product="Call Ctrl 1.1",
            tokens=Tokens(Random(1)),
        )
        self.stages: list[DialStage] = []
        self.ends: list[tuple[DialFailure | None, int]] = []
        self.sent: list[Request | Response] = []
        """All that we sent, repetitions included, in order."""
        self.call = ThirdPartyCall(
            self.agent,
            phone=phone,
            target=target,
            caller="sip:app2002@pbx.example",
            display_name="Call Ctrl: 2004",
            authenticator=Authenticator(Credentials("app2002", "secret"), self.agent.tokens),
            on_stage=lambda stage, _: self.stages.append(stage),
            on_end=lambda failure, status, _: self.ends.append((failure, status)),
        )
        self.received: list[bytes] = []
        """All that came, in order."""
        self._requests = 0

    # Our side

    def start(self) -> Request:
        """Click; the INVITE."""
        self.call.start(self.now)
        return self.newest("INVITE")

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
        while True:
            due = [self.agent.next_timeout(), self.call.next_timeout()]
            when = min((each for each in due if each is not None), default=math.inf)
            if when > end:
                break
            self.now = max(self.now, when)
            self.agent.handle_timeout(self.now)
            self.call.handle_timeout(self.now)
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

    def pick_up(self, invite: Request, tag: str = "phone") -> Request:
        """The handset goes up; the REFER."""
        self.answer(
            invite,
            200,
            ("Contact", f"<{PHONE_CONTACT}>"),
            ("Content-Type", "application/sdp"),
            tag=tag,
            body=HOLD,
        )
        return self.newest("REFER")

    def up_to_refer(self) -> Request:
        """Rung and picked up; the REFER."""
        invite = self.start()
        self.ring(invite)
        return self.pick_up(invite)

    def refer(self) -> Request:
        """Rung, picked up and obeyed; the REFER."""
        refer = self.up_to_refer()
        self.answer(refer, 202)
        return refer

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

    def notify(
        self,
        status: int | None,
        state: str = "active;expires=60",
        event: str = "refer",
        number: int | None = None,
        tag: str = "phone",
    ) -> int:
        """The telephone system tells how far it has come; the status we answer."""
        body = b"" if status is None else b"SIP/2.0 %d Reason\r\n" % status
        fields = [("Event", event), ("Subscription-State", state)]
        if body:
            fields.append(("Content-Type", "message/sipfrag;version=2.0"))
        return self.ask("NOTIFY", *fields, tag=tag, body=body, number=number).status

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
            assert self.call.owns(transaction.request)
            self.call.receive_request(transaction, self.now)
        self.drain()

    # What is left

    def is_clear(self) -> bool:
        """Whether no phone rings or is off hook because of us."""
        return self.call.leaves_nothing

    @property
    def end(self) -> tuple[DialFailure | None, int]:
        """What was told in the end; it is told once."""
        (end,) = self.ends
        return end

    def finish(self, status: int = 200) -> None:
        """The telephone system answers each CANCEL and BYE; some time passes."""
        for method in ("CANCEL", "BYE"):
            for request in {each.to_bytes(): each for each in self.requests(method)}.values():
                self.answer(request, status)
        self.run(60)
        assert self.call.is_over
        assert self.agent.next_timeout() is None, "the transactions are over"

    def endings(self) -> Counter[str]:
        """How often each tag got an ACK, and a BYE."""
        seen = {each.to_bytes(): each for name in ("ACK", "BYE") for each in self.requests(name)}
        return Counter(f"{each.method} {each.to_tag}" for each in seen.values())
