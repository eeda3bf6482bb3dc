"""A transaction layer, and messages for it."""

from __future__ import annotations

from callctrl.sip.matching import MAGIC_COOKIE
from callctrl.sip.message import Request, Response
from callctrl.sip.packets import Address, Packet
from callctrl.sip.transaction import ServerTransaction
from callctrl.sip.transactionlayer import TransactionLayer

PBX = Address("192.168.1.10", 6060)
BRANCH = f"{MAGIC_COOKIE}365126659"


def request(branch: str | None = BRANCH, method: str = "REGISTER", **changed: str) -> Request:
    fields = {
        "Via": "SIP/2.0/UDP 192.168.1.50:5060" + (f";branch={branch}" if branch else ""),
        "From": "sip:RECEPTION@192.168.1.50;tag=1511064382",
        "To": "sip:RECEPTION@192.168.1.10",
        "Call-ID": "344455738-1740902088-7072075",
        "CSeq": f"1 {method}",
    }
    fields |= {name.replace("_", "-"): value for name, value in changed.items()}
    return Request(method, "sip:192.168.1.10:6060", fields.items())


def response(status: int, to: Request, **changed: str) -> bytes:
    fields = {name: value for name, value in to.headers if name != "Content-Length"}
    fields["To"] += ";tag=60b7acd9-0"
    fields |= {name.replace("_", "-"): value for name, value in changed.items()}
    return Response(status, "Reason", fields.items()).to_bytes()


def respond(layer: TransactionLayer, server: ServerTransaction, status: int, now: float) -> bytes:
    """Answer a request; the bytes that go out."""
    answer = Response(status, "Reason", list(server.request.headers))
    layer.respond(server, answer, now)
    (packet,) = layer.packets_to_send()
    return packet.data


class SpyReceiver:
    """Notes each response and when it came."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, float]] = []

    def __call__(self, response: Response, now: float) -> None:
        self.heard.append((response.status, now))


def run(layer: TransactionLayer, until: float) -> list[float]:
    """Let the clock run; the instants at which something was sent."""
    sent: list[float] = []
    while (when := layer.next_timeout()) is not None and when <= until:
        layer.handle_timeout(when)
        sent += [when] * len(layer.packets_to_send())
    return sent


def begin(
    layer: TransactionLayer, sent: Request | None = None, now: float = 0.0, remote: Address = PBX
) -> tuple[Request, SpyReceiver]:
    """Send a request, and see that it went out at once."""
    sent = sent or request()
    spy = SpyReceiver()
    layer.send(sent, remote, spy, now)
    assert layer.packets_to_send() == [Packet(sent.to_bytes(), remote)]
    return sent, spy


def is_empty(layer: TransactionLayer) -> bool:
    """Whether nothing is remembered, in the table or among the deadlines."""
    return (
        layer.next_timeout() is None
        and not layer._transactions
        and not layer._identities
        and not layer._accepted
        and not layer._bytes_held
        and not layer._deadlines
        and not layer.packets_to_send()
    )


NOTIFY = request(
    f"{MAGIC_COOKIE}-edba58c2",
    "NOTIFY",
    Via=(f"SIP/2.0/UDP 192.168.1.10:6060;branch={MAGIC_COOKIE}-edba58c2"),
).to_bytes()


def ask(layer: TransactionLayer, data: bytes = NOTIFY, now: float = 0.0) -> ServerTransaction:
    server = layer.receive(data, PBX, now)
    assert server is not None
    return server


def over(branch: str, method: str = "OPTIONS", **changed: str) -> bytes:
    via = f"SIP/2.0/UDP 192.168.1.10:6060;branch={MAGIC_COOKIE}{branch}"
    return request(method=method, Via=via, **changed).to_bytes()


INVITE = over("-invite", "INVITE")


PBX_TCP = PBX._replace(transport="TCP")
PC_TCP = Address("192.168.1.50", 40123, "TCP")


def by_tcp(sent: Request) -> Request:
    fields = [
        (name, value.replace("/UDP", "/TCP") if name == "Via" else value)
        for name, value in sent.headers
    ]
    return Request(sent.method, sent.uri, fields, sent.body)
