"""A program that speaks to the simulated PBX in plain text, on a virtual clock."""

from __future__ import annotations

import contextlib
import itertools
from hashlib import md5, sha256
from random import Random

from callctrl.simulator.events import Event
from callctrl.simulator.pbx import Login, Pbx, PbxConfig
from callctrl.simulator.pbx.console import PbxConsole
from callctrl.sip import RemoteProtocolError
from callctrl.sip.message import Request, Response
from callctrl.sip.packets import Address
from tests.simulator.peer import readable

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 5060)
PASSWORD = "4321"
CONFIG = PbxConfig(
    host=PBX.host,
    logins=(Login("callctrl", PASSWORD),),
    lists=(("lamps", ("1002", "1003", "1004", "1099")),),
)


def pbx(config: PbxConfig = CONFIG) -> Pbx:
    return Pbx(config, Random(1))


def answer_to(challenge: str, method: str, uri: str, *, user: str, password: str, nc: int) -> str:
    """Credentials for a challenge with qop, by hand (RFC 7616 section 3.4)."""
    given = dict(
        piece.strip().split("=", 1) for piece in challenge.removeprefix("Digest ").split(",")
    )
    realm, nonce, algorithm = (given[key].strip('"') for key in ("realm", "nonce", "algorithm"))

    def h(text: str) -> str:
        return (sha256 if algorithm == "SHA-256" else md5)(text.encode()).hexdigest()

    secret, what = h(f"{user}:{realm}:{password}"), h(f"{method}:{uri}")
    response = h(f"{secret}:{nonce}:{nc:08x}:cafe:auth:{what}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'algorithm={algorithm}, qop=auth, nc={nc:08x}, cnonce="cafe", response="{response}"'
    )


class Program:
    """Sends requests, answers challenges, and answers each NOTIFY with `answers`."""

    def __init__(self, engine: Pbx, *, user: str = "callctrl", remote: Address = PC) -> None:
        self.engine = engine
        self.console = PbxConsole(engine)
        self.now = 0.0
        self.user = user
        self.password = PASSWORD
        self.remote = remote
        self.algorithm = "SHA-256"
        self.answers: int | None = 200
        self.sent: list[bytes] = []
        """Every datagram that reached us."""
        self._numbers = itertools.count(1)

    # Traffic

    @property
    def requests(self) -> list[Request]:
        """Each request of the PBX once, however often it was repeated."""
        requests = [each for each in readable(self.sent) if isinstance(each, Request)]
        return list({str(each.via): each for each in requests}.values())

    @property
    def notifies(self) -> list[Request]:
        return [each for each in self.requests if each.method == "NOTIFY"]

    @property
    def bodies(self) -> list[str]:
        return [each.body.decode() for each in self.notifies]

    def events(self) -> list[Event]:
        found = []
        while (event := self.engine.next_event()) is not None:
            found.append(event)
        return found

    def type(self, line: str) -> list[str]:
        """Carry out a console command."""
        answers = self.console.execute(line, self.now)
        self.collect()
        return answers

    def deliver(self, data: bytes) -> list[bytes]:
        """Hand a message in; what came out because of it."""
        before = len(self.sent)
        self.engine.receive(data, self.remote, self.now)
        self.collect()
        return self.sent[before:]

    def collect(self) -> None:
        while packets := self.engine.packets_to_send():
            for packet in packets:
                self.sent.append(packet.data)
                for message in readable([packet.data]):
                    if isinstance(message, Response):
                        with contextlib.suppress(RemoteProtocolError):  # what it echoes may be odd
                            self._acknowledge(message)
                    elif self.answers is not None:
                        self.answer(message, self.answers)

    def _acknowledge(self, response: Response) -> None:
        """The ACK of a refusal belongs to the INVITE's transaction (RFC 3261 section 17.1.1.3)."""
        if response.status >= 300 and response.cseq.method == "INVITE":
            kept = ("via", "from", "to", "call-id")
            headers = [(name, value) for name, value in response.headers if name.lower() in kept]
            headers.append(("CSeq", f"{response.cseq.number} ACK"))
            uri = response.to.uri
            self.engine.receive(Request("ACK", uri, headers).to_bytes(), self.remote, self.now)

    def answer(self, request: Request, status: int, body: bytes = b"") -> None:
        if request.method == "ACK":
            return
        kept = ("via", "from", "to", "call-id", "cseq")
        headers = [(name, value) for name, value in request.headers if name.lower() in kept]
        headers.append(("Contact", f"<sip:callctrl@{self.remote.host}:{self.remote.port}>"))
        data = Response(status, "So", headers, body).to_bytes()
        self.engine.receive(data, self.remote, self.now)

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

    # Requests

    def send(self, method: str, uri: str, body: bytes = b"", /, **headers: str) -> list[Response]:
        """Send a request; the responses that came at once. `_` in a name stands for `-`."""
        number = next(self._numbers)
        via, port = self.remote.transport, self.remote.port
        fields = {
            "Via": f"SIP/2.0/{via} {self.remote.host}:{port};branch=z9hG4bK{number}",
            "Max-Forwards": "70",
            "From": f"<sip:{self.user}@{PBX.host}>;tag=mine",
            "To": f"<{uri}>",
            "Call-ID": "talk",
            "CSeq": f"{number} {method}",
            "Contact": f"<sip:{self.user}@{self.remote.host}:{port}>",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"{method} {uri} SIP/2.0", *(f"{k}: {v}" for k, v in fields.items() if v)]
        lines.append(f"Content-Length: {len(body)}")
        out = self.deliver("\r\n".join([*lines, "", ""]).encode() + body)
        return [each for each in readable(out) if isinstance(each, Response)]

    def ask(self, method: str, uri: str, body: bytes = b"", /, **headers: str) -> list[Response]:
        """Send a request, and again with credentials where they are asked for."""
        responses = self.send(method, uri, body, **headers)
        if responses[-1].status not in (401, 407):
            return responses
        return self.send(method, uri, body, **headers, **self.credentials(responses[-1], uri))

    def credentials(self, response: Response, uri: str, nc: int = 1) -> dict[str, str]:
        is_proxy = response.status == 407
        challenges = response.headers.get_all(
            "Proxy-Authenticate" if is_proxy else "WWW-Authenticate"
        )
        (challenge,) = [each for each in challenges if f"algorithm={self.algorithm}" in each]
        answer = answer_to(
            challenge,
            response.cseq.method,
            uri,
            user=self.user,
            password=self.password,
            nc=nc,
        )
        return {"Proxy-Authorization" if is_proxy else "Authorization": answer}

    def subscribe(self, number: str = "1003", event: str = "dialog", **headers: str) -> Response:
        fields = {"Event": event, "Expires": "600", **headers}
        return self.ask("SUBSCRIBE", f"sip:{number}@{PBX.host}", **fields)[-1]
