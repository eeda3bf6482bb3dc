"""One request of ours until it is done: challenged, it is signed; redirected, it is followed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.authenticator import Answer, Authenticator, Obstacle
from callctrl.sip.headers import NameAddr, Uri
from callctrl.sip.message import Response, parse_seconds
from callctrl.sip.packets import Address
from callctrl.sip.transaction import ClientTransaction, ResponseReceiver

__all__ = ["Exchange", "Outcome", "OutcomeReceiver", "Outgoing", "Transmitter"]

_log = logging.getLogger(__name__)

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
    number: Callable[[], int] | None = None
    """Counts the requests of its dialog; None is the user agent's one counter."""


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


class Transmitter(Protocol):
    """Who numbers requests and sends them: the user agent."""

    remote: Address
    """The next hop of every request that names no other."""
    route_set: tuple[str, ...]

    def transmit(
        self,
        outgoing: Outgoing,
        credentials: Iterable[tuple[str, str]],
        on_response: ResponseReceiver,
        now: float,
    ) -> ClientTransaction:
        """Send a request once."""

    def abandon(self, transaction: ClientTransaction) -> None:
        """Want no answer to it any more."""

    def cancel(self, transaction: ClientTransaction, now: float) -> None:
        """Take an INVITE back."""


@dataclass(eq=False, slots=True)
class Exchange:
    """One request, sent again with credentials when it is challenged, and where it is redirected.

    What is answered is for the authenticator to say. A redirection is followed at the place that
    was asked, never to another one (decision 19). Of an INVITE each 2xx is an outcome, as often as
    it comes, and no redirection is followed: it would ring at somebody else's.
    """

    agent: Transmitter
    outgoing: Outgoing
    authenticator: Authenticator
    on_outcome: OutcomeReceiver
    on_provisional: ResponseReceiver | None = None
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
        self._transaction = self.agent.transmit(outgoing, self.credentials, self._receive, now)

    def send_no_more(self) -> None:
        """Wait for the answer, but do not send again because of it."""
        self._is_last = True

    @property
    def credentials(self) -> tuple[tuple[str, str], ...]:
        """What the last one sent carries; the ACK of its 2xx carries the same (13.2.2.4)."""
        return tuple(each.header for each in self._answers)

    def cancel(self, now: float) -> None:
        """Take an INVITE back; the outcome comes as ever (section 9.1)."""
        self._is_last = True
        if self._transaction is not None:
            self.agent.cancel(self._transaction, now)

    def abandon(self) -> None:
        """Want no outcome any more, and send nothing again."""
        if self._transaction is not None:
            self.agent.abandon(self._transaction)

    def _receive(self, response: Response, now: float) -> None:
        if response.status < 200:
            if self.on_provisional is not None:
                self.on_provisional(response, now)
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
            is_call = self.outgoing.method == "INVITE"
            target = None if is_call else self._redirected(response)
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
