"""A computer that speaks to the simulator in plain text, on a virtual clock."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from hashlib import md5
from random import Random

from callctrl.simulator import Config, Network, Spa9000
from callctrl.simulator.events import Event
from callctrl.sip import RemoteProtocolError
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address

PC = Address("192.168.1.50", 5060)
PASSWORD = "4321"
CONFIG = Config(host="192.168.1.10", phone_host="192.168.1.20", password=PASSWORD)


def seeded(seed: int = 1) -> Random:
    return Random(seed)


def simulator(config: Config = CONFIG) -> Spa9000:
    spa = Spa9000(config, seeded())
    spa.start(0.0)
    return spa


def answer_to(challenge: str, password: str, method: str, uri: str, user: str = "200") -> str:
    """An Authorization header for a WWW-Authenticate header, by hand."""
    realm, nonce = challenge.split('"')[1], challenge.split('"')[3]

    def h(text: str) -> str:
        return md5(text.encode(), usedforsecurity=False).hexdigest()

    response = h(f"{h(f'{user}:{realm}:{password}')}:{nonce}:{h(f'{method}:{uri}')}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'algorithm=MD5, response="{response}"'
    )


def readable(datagrams: list[bytes]) -> list[Request | Response]:
    """The messages among the datagrams; hostile ones are none."""
    messages = []
    for data in datagrams:
        with contextlib.suppress(RemoteProtocolError):
            messages.append(parse(data))
    return messages


class Peer:
    """Sends requests, and answers each NOTIFY with `answers` unless that is None."""

    def __init__(self, engine: Spa9000 | Network, name: str = "RECEPTION", pc: Address = PC):
        self.engine = engine
        self.now = 0.0
        self.name = name
        self.pc = pc
        self.answers: int | None = 200
        self.sent: list[bytes] = []
        """Every datagram that reached us."""
        self._cseq = 0

    # Traffic

    @property
    def messages(self) -> list[Request | Response]:
        return readable(self.sent)

    @property
    def notifies(self) -> list[Request]:
        """Each NOTIFY once, however often it was repeated."""
        requests = [each for each in self.messages if isinstance(each, Request)]
        return list({str(each.via): each for each in requests}.values())

    @property
    def bodies(self) -> list[str]:
        return [each.body.decode("latin-1") for each in self.notifies]

    @property
    def states(self) -> list[str]:
        """Call number and state of each report, as `1 ringing`."""
        found = []
        for body in self.bodies:
            for line in body.split("\r\n"):
                if line.startswith("<call "):
                    parts = line.split('"')
                    found.append(f"{parts[1]} {parts[7]}")
        return found

    def events(self) -> list[Event]:
        def drain() -> Iterator[Event]:
            while (event := self.engine.next_event()) is not None:
                yield event

        return list(drain())

    def deliver(self, data: bytes, source: Address | None = None) -> list[bytes]:
        """Hand a datagram in; what came out because of it."""
        before = len(self.sent)
        self.engine.receive(data, source or self.pc, self.now)
        self.collect()
        return self.sent[before:]

    def collect(self) -> None:
        while packets := self.engine.packets_to_send():
            for packet in packets:
                self.sent.append(packet.data)
                if packet.data.startswith(b"NOTIFY ") and self.answers is not None:
                    self._answer(packet.data, self.answers)

    def _answer(self, data: bytes, status: int) -> None:
        kept = ("via", "from", "to", "call-id", "cseq")
        for request in readable([data]):
            headers = [(name, value) for name, value in request.headers if name.lower() in kept]
            response = Response(status, "So", headers).to_bytes()
            self.engine.receive(response, self.pc, self.now)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while (when := self.engine.next_timeout()) is not None and when <= end:
            self.now = max(self.now, when)
            self.engine.handle_timeout(self.now)
            self.collect()
        self.now = end
        self.engine.handle_timeout(self.now)
        self.collect()

    # Requests, in the shape of protocol.md B.5

    def request(
        self,
        method: str,
        uri: str,
        *,
        from_host: str = "192.168.1.10",
        tag: str = "6236126",
        call_id: str = "448036229-1843726709-2127160951",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        pc: Address | None = None,
    ) -> list[Response]:
        """Send a request; the responses that came at once."""
        self._cseq += 1
        pc = pc or self.pc
        fields = {
            "Via": f"SIP/2.0/UDP {pc.host}:{pc.port};branch=z9hG4bK{self._cseq}",
            "Max-Forwards": "70",
            "From": f"sip:{self.name}@{from_host};tag={tag}",
            "To": uri.replace(":6060", ""),
            "Call-ID": call_id,
            "CSeq": f"{self._cseq} {method}",
            "Contact": f"sip:{self.name}@{pc.host}:{pc.port}",
            **(headers or {}),
        }
        lines = [f"{method} {uri} SIP/2.0", *(f"{k}: {v}" for k, v in fields.items() if v)]
        lines.append(f"Content-Length: {len(body)}")
        out = self.deliver("\r\n".join([*lines, "", ""]).encode() + body, pc)
        return [each for each in readable(out) if isinstance(each, Response)]

    def register(self, authorization: str = "", **headers: str) -> Response:
        fields = {"To": f"sip:{self.name}@192.168.1.10", "Expires": "3600", **headers}
        if authorization:
            fields["Authorization"] = authorization
        uri = "sip:192.168.1.10:6060"
        (response,) = self.request(
            "REGISTER",
            uri,
            from_host=self.pc.host,
            tag="15110",
            call_id="344-174-707",
            headers=fields,
        )
        return response

    def log_in(self, password: str = PASSWORD, **headers: str) -> Response:
        """REGISTER, and again with credentials where they are asked for."""
        response = self.register(**headers)
        if response.status != 401:
            return response
        challenge = response.headers.get("WWW-Authenticate") or ""
        uri = "sip:192.168.1.10:6060"
        return self.register(answer_to(challenge, password, "REGISTER", uri), **headers)

    def subscribe(self, uri: str = "sip:FrontDesk@192.168.1.10:6060", **headers: str) -> Response:
        call_id = headers.pop("call_id", "448036229-1843726709-2127160951")
        fields = {"Event": "x-spa-cti", "Expires": "3600", **headers}
        return self.request("SUBSCRIBE", uri, call_id=call_id, headers=fields)[0]

    def control(
        self,
        order: str,
        uri: str = "sip:FrontDesk@192.168.1.10:6060",
        **headers: str,
    ) -> Response:
        body = f"<spa-control>\r\n{order}\r\n</spa-control>\r\n".encode()
        fields = {"Event": "x-spa-cti", "Content-Type": "application/x-spa-control", **headers}
        call_id = f"482113-{self._cseq}@192.168.1.50"
        pc = self.pc._replace(port=5061)
        return self.request(
            "NOTIFY", uri, tag="1710", call_id=call_id, headers=fields, body=body, pc=pc
        )[0]
