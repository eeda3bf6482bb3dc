"""A user agent made of the product's own parts, for any package of events.

The product knows one phone family and its package; real servers know others. So the registration,
subscription and transactions under test are put together here once more, without the policy above.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from callctrl.sip import RemoteProtocolError
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.digest import Credentials
from callctrl.sip.exchange import Outcome, Outgoing
from callctrl.sip.headers import NameAddr
from callctrl.sip.message import Request
from callctrl.sip.packets import Address, Packet
from callctrl.sip.registration import Registration
from callctrl.sip.subscription import Subscription
from callctrl.sip.tokens import Tokens
from callctrl.sip.transaction import ServerTransaction, Timers
from callctrl.sip.useragent import UserAgent
from callctrl.transport import Streams, Transport, Trust, UdpSocket
from tests.peers.kamailio import REALM, Kamailio, password_of
from tests.peers.mailbox import Mailbox

__all__ = [
    "Agent",
    "Answered",
    "Ended",
    "Failed",
    "Left",
    "Notified",
    "Opened",
    "Replied",
]


@dataclass(frozen=True, slots=True)
class Answered:
    """A SUBSCRIBE was answered."""

    event: str
    outcome: Outcome
    granted: float | None


@dataclass(frozen=True, slots=True)
class Notified:
    """A NOTIFY came and was answered 200."""

    event: str
    request: Request
    is_news: bool = True
    """False where a later one has overtaken it."""

    @property
    def body(self) -> str:
        return self.request.body.decode()

    @property
    def state(self) -> str:
        """What Subscription-State says."""
        return (self.request.headers.get("Subscription-State") or "").partition(";")[0]


@dataclass(frozen=True, slots=True)
class Ended:
    """The notifier has ended a subscription."""

    event: str


@dataclass(frozen=True, slots=True)
class Left:
    """What was to be left is: the registrar ("") or the notifier of an event."""

    event: str = ""


@dataclass(frozen=True, slots=True)
class Replied:
    """A request outside any dialog was answered."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection came about anew; this is our end of it."""

    local: Address


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no way to the server, or nobody listens there."""

    error: str


class _Engine:
    """The parts, in the shape the pump drives."""

    def __init__(
        self,
        user: str,
        password: str,
        local: Address,
        remote: Address,
        datagrams_at: Address,
        timers: Timers,
    ) -> None:
        self.user = user
        self._events: deque[object] = deque()
        self._tokens = Tokens(random.SystemRandom())
        self._credentials = Credentials(user, password)
        self._agent = UserAgent(
            local=local,
            remote=remote,
            contact_user=user,
            product="Call Ctrl tests",
            tokens=self._tokens,
            timers=timers,
            datagrams_at=datagrams_at,
        )
        self.relocate = self._agent.relocate
        self.registration = Registration(
            self._agent,
            user=user,
            host=remote.host,
            port=remote.port,
            authenticator=Authenticator(self._credentials, self._tokens),
            on_round=lambda round_, _: self._events.append(round_),
            on_unregistered=lambda _: self._events.append(Left()),
        )
        self.subscriptions: dict[str, Subscription] = {}

    def subscribe(self, event: str, watched: str, refresh_within: float, now: float) -> None:
        self.subscriptions[event] = subscription = Subscription(
            self._agent,
            event=event,
            accept=_ACCEPTED.get(event, ("application/x-spa-status",)),
            target=f"sip:{watched}@{REALM}",
            from_=f"sip:{self.user}@{REALM}",
            to=f"sip:{watched}@{REALM}",
            authenticator=Authenticator(self._credentials, self._tokens),
            refresh_within=refresh_within,
            on_answer=lambda outcome, granted, _: self._events.append(
                Answered(event, outcome, granted)
            ),
            on_ended=lambda _ending, _now: self._events.append(Ended(event)),
            on_unsubscribed=lambda _: self._events.append(Left(event)),
        )
        subscription.subscribe(now)

    def ask(
        self, method: str, user: str, fields: tuple[tuple[str, str], ...], body: bytes, now: float
    ) -> None:
        outgoing = Outgoing(
            method=method,
            uri=f"sip:{user}@{REALM}",
            from_=NameAddr(f"sip:{self.user}@{REALM}", parameters={"tag": self._tokens.tag()}),
            to=NameAddr(f"sip:{user}@{REALM}"),
            call_id=self._tokens.call_id(),
            before_length=fields,
            body=body,
        )
        authenticator = Authenticator(self._credentials, self._tokens)
        self._agent.request(
            outgoing, authenticator, lambda outcome, _: self._events.append(Replied(outcome)), now
        )

    # The verbs of an engine

    def receive(self, data: bytes, source: Address, now: float) -> None:
        try:
            transaction = self._agent.receive(data, source, now)
        except RemoteProtocolError as error:
            self._events.append(error)
            return
        if transaction is not None:
            self._answer(transaction, now)

    def _answer(self, transaction: ServerTransaction, now: float) -> None:
        request = transaction.request
        if request.method != "NOTIFY":
            self._agent.respond(transaction, 405, now, [("Allow", "NOTIFY")])
            return
        for event, subscription in self.subscriptions.items():
            if subscription.matches(request):
                is_news = subscription.receive_notify(request, now)
                self._agent.respond(transaction, 200, now)
                self._events.append(Notified(event, request, is_news))
                return
        self._agent.respond(transaction, 481, now)

    def transport_failed(self, remote: Address, error: str, now: float) -> None:
        self._events.append(Failed(error))
        self._agent.transport_failed(remote, now)

    @property
    def _parts(self) -> list[UserAgent | Registration | Subscription]:
        return [self._agent, self.registration, *self.subscriptions.values()]

    def handle_timeout(self, now: float) -> None:
        for part in self._parts:
            part.handle_timeout(now)

    def next_timeout(self) -> float | None:
        instants = [part.next_timeout() for part in self._parts]
        return min((instant for instant in instants if instant is not None), default=None)

    def packets_to_send(self) -> list[Packet]:
        return self._agent.packets_to_send()

    def next_event(self) -> object | None:
        return self._events.popleft() if self._events else None


_ACCEPTED = {
    "dialog": ("application/dialog-info+xml",),
    "message-summary": ("application/simple-message-summary",),
    "presence": ("application/pidf+xml",),
}


class Agent(Mailbox):
    """One user at a server, on a real socket."""

    def __init__(
        self,
        user: str,
        password: str,
        server: Address,
        *,
        timers: Timers | None = None,
        trust: Trust | None = None,
    ) -> None:
        """`trust` is for a server that is spoken to by TLS."""
        super().__init__()
        self._user = user
        self._password = password
        self._server = server
        self._timers = timers or Timers()
        self._streams = Streams(trust, self._opened)
        self._engine: _Engine
        self._transport: Transport

    @classmethod
    def at(
        cls, kamailio: Kamailio, user: str, transport: str = "UDP", *, password: str | None = None
    ) -> Self:
        """A user at kamailio, with the right password unless another is given."""
        if password is None:
            password = password_of(user)
        return cls(user, password, kamailio.address(transport), trust=kamailio.trust)

    async def __aenter__(self) -> Self:
        udp = UdpSocket.towards(self._server, 0)
        try:
            is_reliable = self._server.is_reliable
            local = await self._streams.connect(self._server) if is_reliable else udp.local
        except BaseException:
            udp.close()
            self._streams.close()
            raise
        self._engine = _Engine(
            self._user, self._password, local, self._server, udp.local, self._timers
        )
        self._transport = Transport(self._engine, udp, self.put, streams=self._streams)
        self._transport.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transport.close()

    @property
    def is_connected(self) -> bool:
        """Whether the server is spoken to by a connection, which it can close."""
        return self._server.is_reliable

    def _opened(self, local: Address, remote: Address) -> None:
        """A connection has come about; the first is known before there is an engine."""
        if hasattr(self, "_engine"):
            self._engine.relocate(local, remote)
            self.put(Opened(local))

    def register(self) -> None:
        """Register, or refresh the binding now."""
        self._transport.do(self._engine.registration.register)

    def unregister(self) -> None:
        """Withdraw the binding; `Left` follows."""
        self._transport.do(self._engine.registration.unregister)

    def subscribe(self, event: str, watched: str, *, refresh_within: float = 60.0) -> None:
        """Subscribe to an event of a user."""
        self._transport.do(lambda now: self._engine.subscribe(event, watched, refresh_within, now))

    def refresh(self, event: str) -> None:
        """Refresh a subscription now."""
        self._transport.do(self._engine.subscriptions[event].subscribe)

    def unsubscribe(self, event: str) -> None:
        """End a subscription; `Left` follows."""
        self._transport.do(self._engine.subscriptions[event].unsubscribe)

    def ask(
        self, method: str, user: str, fields: tuple[tuple[str, str], ...], body: bytes = b""
    ) -> None:
        """Send a request outside any dialog; `Replied` follows."""
        self._transport.do(lambda now: self._engine.ask(method, user, fields, body, now))
