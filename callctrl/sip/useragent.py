"""One user agent: numbers and signs its requests, and answers those of others.

RFC 3261 section 8. It owns the transaction layer, the one CSeq counter of the program and the
identity that goes into Via, Contact and User-Agent. Registrations and subscriptions send through
it; requests of the peer are handed to whoever asked for them.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.authenticator import Answer, Authenticator, Obstacle
from callctrl.sip.headers import NameAddr, Uri, Via
from callctrl.sip.message import Request, Response, parse_seconds
from callctrl.sip.packets import Address, Packet
from callctrl.sip.reasons import reason_for
from callctrl.sip.tokens import Tokens
from callctrl.sip.transaction import ClientTransaction, ServerTransaction, Timers
from callctrl.sip.transactionlayer import TransactionLayer
from callctrl.sip.via import vias_for_response

__all__ = ["Exchange", "Outcome", "OutcomeReceiver", "Outgoing", "UserAgent"]

_log = logging.getLogger(__name__)

_LONGEST_DATAGRAM = 1300
"""Bytes; a longer request is no datagram where the MTU is unknown (RFC 3261 section 18.1.1)."""
_MOST_SENDS = 6
"""A request goes out at most so often: no server keeps us busy, whatever it answers."""
_MOST_ANSWERS = 2
"""Challenges answered for each protection space in one exchange."""
_REDIRECTIONS = frozenset({300, 301, 302})
"""What may be followed; 305 names a proxy, 380 another service."""
_NEVER_FOLLOWED = frozenset({"maddr", "method", "transport"})
"""URI parameters that would lead to another place, by another way, or to another request."""
_LONGEST_EXPIRES = 86_400
"""Seconds asked for at most, whatever a server calls too brief."""
_RETRY_AFTER_STATUSES = frozenset({404, 413, 480, 486, 500, 503, 600, 603})
"""Where Retry-After means something (RFC 3261 section 20.33)."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request before it is numbered and signed: what stays when it must be sent again."""

    method: str
    uri: str
    from_: NameAddr
    to: NameAddr
    call_id: str
    before_length: tuple[tuple[str, str], ...] = ()
    """Further header fields, between Contact and Content-Length."""
    after_length: tuple[tuple[str, str], ...] = ()
    """Further header fields, between Content-Length and User-Agent."""
    body: bytes = b""
    route_set: tuple[str, ...] = ()
    remote: Address | None = None
    """Where it goes; None is the user agent's next hop."""
    contact: Uri | None = None
    """Which contact it speaks of; None is the user agent's own."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended, after every challenge on the way was answered."""

    response: Response
    was_challenged: bool
    """Whether the server asked for credentials we had not sent."""
    obstacle: Obstacle | None = None
    """What kept us from doing as the answer asks, where something did."""

    @property
    def status(self) -> int:
        """The status code of the final response."""
        return self.response.status

    @property
    def answered_status(self) -> int | None:
        """The status code the peer sent, or None where nothing came back."""
        return self.response.status if self.was_answered else None

    @property
    def is_success(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.response.status < 300

    @property
    def was_answered(self) -> bool:
        """False where nothing came back and the 408 or 503 is our own."""
        return "Via" in self.response.headers

    @property
    def retry_after(self) -> float:
        """Seconds the peer wants to be left alone, 0 where it does not say (section 20.33).

        A comment or parameters may follow: how long it lasts changes nothing for us.
        """
        if self.status not in _RETRY_AFTER_STATUSES:
            return 0.0
        value = (self.response.headers.get("Retry-After") or "").partition("(")[0]
        return parse_seconds(value.partition(";")[0]) or 0.0

    def expires_instead_of(self, asked: int) -> int | None:
        """Seconds to ask for behind a 423 (section 10.2.8); None where it asks for no more."""
        least = parse_seconds(self.response.headers.get("Min-Expires"))
        if self.status != 423 or least is None or not asked < least <= _LONGEST_EXPIRES:
            return None
        return least


OutcomeReceiver = Callable[[Outcome, float], None]


@dataclass(eq=False, slots=True)
class Exchange:
    """One request, sent again with credentials when it is challenged, and where it is redirected.

    What is answered is for the authenticator to say. A redirection is followed at the place that
    was asked, never to another one (decision 19).
    """

    agent: UserAgent
    outgoing: Outgoing
    authenticator: Authenticator
    on_outcome: OutcomeReceiver
    _sends: int = field(default=0, init=False)
    _answered: Counter[tuple[bool, str]] = field(default_factory=Counter, init=False)
    """How often a challenge was answered, by protection space."""
    _asked: set[str] = field(default_factory=set, init=False)
    """Request-URIs it went to."""
    _answers: list[Answer] = field(default_factory=list, init=False)
    """What the last one sent carries."""
    _is_last: bool = field(default=False, init=False)
    _obstacle: Obstacle | None = field(default=None, init=False)
    _transaction: ClientTransaction | None = field(default=None, init=False)

    def send(self, now: float) -> None:
        """Send the request, with answers to the newest challenges where there are any."""
        outgoing = self.outgoing
        self._answers = self.authenticator.answers(
            outgoing.method, outgoing.uri, outgoing.body, now
        )
        self._sends += 1
        self._asked.add(outgoing.uri)
        credentials = [each.header for each in self._answers]
        self._transaction = self.agent.transmit(outgoing, credentials, self._receive, now)

    def send_no_more(self) -> None:
        """Wait for the answer, but do not send again because of it."""
        self._is_last = True

    def abandon(self) -> None:
        """Want no outcome any more, and send nothing again."""
        if self._transaction is not None:
            self.agent.abandon(self._transaction)

    def _receive(self, response: Response, now: float) -> None:
        if response.status < 200:
            return
        if response.status < 400 or response.status == 423:
            self.authenticator.accepted(response, self._answers)
        self._obstacle = None
        if not self._send_again(response, now):
            self._transaction = None  # who keeps the exchange need not keep the request
            was_challenged = self._answered.total() > 0
            self.on_outcome(Outcome(response, was_challenged, self._obstacle), now)

    def _send_again(self, response: Response, now: float) -> bool:
        """Send what the answer asks for; False where it asks for nothing, or is not obeyed."""
        if self._is_last or self._sends >= _MOST_SENDS:
            return False
        if response.status in (401, 407):
            lesson = self.authenticator.learn(response, self._answers, now)
            spaces = [challenge.space for challenge in lesson.asked]
            if not spaces or any(self._answered[space] >= _MOST_ANSWERS for space in spaces):
                self._obstacle = lesson.obstacle
                return False
            self._answered.update(spaces)
        elif response.status in _REDIRECTIONS:
            target = self._redirected(response)
            if target is None:
                self._obstacle = Obstacle.ELSEWHERE
                return False
            self.outgoing = target
        else:
            return False
        try:
            self.send(now)
        except LocalProtocolError as error:
            _log.warning("%r cannot be followed: %s", response, error)
            return False
        return True

    def _redirected(self, response: Response) -> Outgoing | None:
        """The request for the best Contact of a 3xx that is at the place asked (8.1.3.4)."""
        try:
            asked = Uri.parse(self.outgoing.uri)
        except RemoteProtocolError:  # what a peer has called its Contact may be no URI
            return None
        remote = self.outgoing.remote
        hop = remote or self.agent.remote
        goes_by_proxy = remote is None and bool(self.agent.route_set)
        places = {asked.host.lower(), hop.host.lower()}
        for contact in sorted(response.contacts, key=_quality, reverse=True):
            try:
                uri = Uri.parse(contact.uri)
            except RemoteProtocolError:
                continue
            parameters = {k: v for k, v in uri.parameters.items() if k not in _NEVER_FOLLOWED}
            text = str(replace(uri, parameters=parameters))
            if (
                uri.scheme == asked.scheme
                and uri.host.lower() in places
                and text not in self._asked
            ):
                # The port is ours to follow where the request went to the one its URI named.
                is_there = asked.port in (None, hop.port) and not goes_by_proxy
                if uri.port is not None and is_there:
                    remote = hop._replace(port=uri.port)
                return replace(self.outgoing, uri=text, remote=remote)
            _log.info("a redirection to %r is not followed", contact.uri[:80])
        return None


def _quality(contact: NameAddr) -> float:
    """How much a Contact is preferred, 0 to 1 (section 20.10)."""
    try:
        quality = float(contact.parameters.get("q") or 1)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


class UserAgent:
    """The SIP side of one account."""

    def __init__(
        self,
        *,
        local: Address,
        remote: Address,
        contact_user: str,
        product: str,
        tokens: Tokens,
        timers: Timers | None = None,
        route_set: tuple[str, ...] = (),
        datagrams_at: Address | None = None,
    ) -> None:
        """`local` goes into Via and Contact.

        `remote` is the next hop of every request that names no other, inside dialogs too: the PBX
        serves as outbound proxy, as it does for its phones. `route_set` goes with these as Route,
        unless the dialog has one of its own (section 8.1.2). `datagrams_at` is where answers to
        what goes by UDP arrive, where `local` is the end of a stream.
        """
        self.tokens = tokens
        self.route_set = route_set
        self._datagrams_at: Address | None = datagrams_at
        self._product = product
        self._contact_user = contact_user
        self.relocate(local, remote)
        self._cseq = 0
        self._layer = TransactionLayer(timers)

    def relocate(
        self, local: Address, remote: Address, datagrams_at: Address | None = None
    ) -> None:
        """Be at `local`, with the next hop at `remote`, from the next request on."""
        if not local.is_reliable:
            datagrams_at = local
        self._datagrams_at = datagrams_at or self._datagrams_at
        self.local = local
        self.remote = remote
        told = {"transport": local.transport.lower()} if local.is_reliable else {}
        self.contact = Uri("sip", local.host, self._contact_user, local.port, {**told})

    def local_for(self, transport: str) -> Address:
        """Our end for a transport; of a stream that is yet to be opened it is a guess."""
        if transport == "UDP" and self._datagrams_at is not None:
            return self._datagrams_at
        return self.local._replace(transport=transport)

    # Requests of ours

    def request(
        self,
        outgoing: Outgoing,
        authenticator: Authenticator,
        on_outcome: OutcomeReceiver,
        now: float,
    ) -> Exchange:
        """Send a request and answer its challenges; `on_outcome` is called exactly once.

        Raises LocalProtocolError where the request would not be SIP.
        """
        exchange = Exchange(self, outgoing, authenticator, on_outcome)
        exchange.send(now)
        return exchange

    def transmit(
        self,
        outgoing: Outgoing,
        credentials: Iterable[tuple[str, str]],
        on_response: Callable[[Response, float], None],
        now: float,
    ) -> ClientTransaction:
        """Number a request and send it once, in the header order of the documented program."""
        self._cseq += 1
        route_set = outgoing.route_set or (() if outgoing.remote else self.route_set)
        remote = outgoing.remote or self.remote
        local = self.local_for(remote.transport)
        branch = self.tokens.branch()
        via = Via(local.host, local.port, remote.transport, {"branch": branch})
        request = Request(
            outgoing.method,
            outgoing.uri,
            [
                ("Via", str(via)),
                ("Max-Forwards", "70"),
                *(("Route", route) for route in route_set),
                ("From", str(outgoing.from_)),
                ("To", str(outgoing.to)),
                ("Call-ID", outgoing.call_id),
                ("CSeq", f"{self._cseq} {outgoing.method}"),
                ("Contact", str(NameAddr(str(outgoing.contact or self.contact)))),
                *outgoing.before_length,
                ("Content-Length", str(len(outgoing.body))),
                *outgoing.after_length,
                *credentials,
                ("User-Agent", self._product),
            ],
            outgoing.body,
        )
        return self._layer.send(
            request, remote, on_response, now, longest_datagram=_LONGEST_DATAGRAM
        )

    def abandon(self, transaction: ClientTransaction) -> None:
        """Send a request no more; its answer will find nobody."""
        self._layer.abandon(transaction)

    # Requests of the peer

    def receive(self, data: bytes, source: Address, now: float) -> ServerTransaction | None:
        """Take a message; a request not seen before comes back, to be given to `respond`.

        Raises RemoteProtocolError where the message cannot be understood.
        """
        return self._layer.receive(data, source, now)

    def respond(
        self,
        transaction: ServerTransaction,
        status: int,
        now: float,
        fields: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Answer a request (RFC 3261 section 8.2.6).

        Raises RemoteProtocolError where what has to be echoed is too much for an answer.
        """
        request = transaction.request
        to_field = request.headers.get("To") or ""
        if request.to_tag is None:
            transaction.to_tag = transaction.to_tag or self.tokens.tag()
            to_field = f"{to_field};tag={transaction.to_tag}"
        response = Response(
            status,
            reason_for(status),
            [
                *(("Via", value) for value in vias_for_response(request, transaction.source)),
                ("From", request.headers.get("From") or ""),
                ("To", to_field),
                ("Call-ID", request.call_id),
                ("CSeq", str(request.cseq)),
                *fields,
                ("Content-Length", "0"),
            ],
        )
        response.charset = request.charset
        try:
            self._layer.respond(transaction, response, now)
        except LocalProtocolError as error:
            raise RemoteProtocolError(str(error), 513) from error

    def answer_cancel(self, transaction: ServerTransaction, now: float) -> None:
        """Answer a CANCEL: 200 where its INVITE is known, else 481 (RFC 3261 section 9.2).

        It changes nothing, as the INVITE has had its final response by then.
        """
        invite = self._layer.cancelled_by(transaction.request)
        if invite is not None:
            transaction.to_tag = invite.to_tag
        self.respond(transaction, 481 if invite is None else 200, now)

    # The engine's verbs

    def transport_failed(self, remote: Address, now: float) -> None:
        """Nothing listens at `remote`."""
        self._layer.transport_failed(remote, now)

    def handle_timeout(self, now: float) -> None:
        """Repeat and end what is due by `now`."""
        self._layer.handle_timeout(now)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        return self._layer.next_timeout()

    def packets_to_send(self) -> list[Packet]:
        """What is to go out, in order."""
        return self._layer.packets_to_send()
