"""A user agent that asks a registrar, answered by hand."""

from __future__ import annotations

from random import Random

from callctrl.sip.authenticator import Authenticator
from callctrl.sip.digest import Credentials
from callctrl.sip.exchange import Outcome, Outgoing
from callctrl.sip.headers import NameAddr
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 6060)
CREDENTIALS = Credentials("200", "4321")
STATION = "sip:FrontDesk@192.168.1.10"


def make_agent(local: Address = PC, route_set: tuple[str, ...] = ()) -> UserAgent:
    return UserAgent(
        local=local,
        remote=PBX,
        contact_user="RECEPTION",
        product="Call Ctrl 1.1 jdoe",
        tokens=Tokens(Random(1)),
        route_set=route_set,
    )


def control(body: bytes = b"<spa-control/>") -> Outgoing:
    return Outgoing(
        method="NOTIFY",
        uri="sip:FrontDesk@192.168.1.10:6060",
        from_=NameAddr("sip:RECEPTION@192.168.1.50", parameters={"tag": "1710"}),
        to=NameAddr(STATION),
        call_id="482113",
        before_length=(("Event", "x-spa-cti"), ("Content-Type", "application/x-spa-control")),
        body=body,
    )


class SpyOutcome:
    def __init__(self) -> None:
        self.heard: list[Outcome] = []

    def __call__(self, outcome: Outcome, _now: float) -> None:
        self.heard.append(outcome)

    @property
    def only(self) -> Outcome:
        (outcome,) = self.heard
        return outcome


def sent_by(agent: UserAgent) -> Request:
    """The one request that is to go out."""
    (packet,) = agent.packets_to_send()
    request = parse(packet.data)
    assert isinstance(request, Request)
    assert packet.remote._replace(transport="UDP") == PBX  # too long for a datagram goes by TCP
    return request


def answer(
    agent: UserAgent, request: Request, status: int, *fields: tuple[str, str], now: float = 0.1
) -> None:
    """The PBX answers."""
    copied = [
        (name, f"{value};tag=srv" if name == "To" and ";tag=" not in value else value)
        for name, value in request.headers
        if name in ("Via", "From", "To", "Call-ID", "CSeq")
    ]
    agent.receive(Response(status, "Reason", [*copied, *fields]).to_bytes(), PBX, now)


def make_authenticator(agent: UserAgent) -> Authenticator:
    return Authenticator(CREDENTIALS, agent.tokens)


def begin(
    agent: UserAgent,
    outgoing: Outgoing | None = None,
    authenticator: Authenticator | None = None,
    now: float = 0.0,
) -> tuple[Request, SpyOutcome]:
    spy = SpyOutcome()
    agent.request(outgoing or control(), authenticator or make_authenticator(agent), spy, now)
    return sent_by(agent), spy
