"""One request and its answers (RFC 3261 section 17).

A client transaction repeats its request until an answer comes or time is up. A server transaction
answers a repeated request with the response it gave before, so that whoever handles requests sees
each of them once. `TransactionLayer` keeps them all and finds the one a message belongs to.

Call Ctrl places no calls itself, so there is no client transaction of an INVITE. An INVITE may
come, where a PBX forks to every binding; it can be refused, not accepted.
"""

from __future__ import annotations

import heapq
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

from callctrl.sip import LocalProtocolError, RemoteProtocolError, SipError
from callctrl.sip.framing import is_keep_alive
from callctrl.sip.headers import NameAddr, format_host, split_outside_quotes
from callctrl.sip.message import (
    MAX_MESSAGE_BYTES,
    Headers,
    Message,
    Request,
    Response,
    parse,
)
from callctrl.sip.reasons import reason_for

__all__ = [
    "MAGIC_COOKIE",
    "Address",
    "ClientTransaction",
    "InviteServerTransaction",
    "Packet",
    "ResponseReceiver",
    "ServerTransaction",
    "Timers",
    "TransactionLayer",
    "TransactionState",
    "vias_for_response",
    "vias_in",
]

_log = logging.getLogger(__name__)

_MOST_BYTES = 16 * 2**20
"""Of requests of others, remembered so that their repetitions are known; more is a flood."""
_LEAST_BYTES = 8192
"""What a small request counts for: Python objects need more room than the datagram did."""
_LONGEST_ANSWER = 65_507
"""Bytes; what fits into a UDP datagram over IPv4 beside its headers."""

MAGIC_COOKIE = "z9hG4bK"
"""How every branch of RFC 3261 begins (section 8.1.1.7)."""


class Address(NamedTuple):
    """Where a packet comes from or goes to."""

    host: str
    """An IP address, as the socket gives it."""
    port: int
    transport: str = "UDP"
    """As Via spells it: "UDP", "TCP" or "TLS"."""

    def __str__(self) -> str:
        return f"{self.transport} {format_host(self.host)}:{self.port}"

    @property
    def is_reliable(self) -> bool:
        """Whether what is sent there arrives, or its loss is told (RFC 3261 section 17)."""
        return self.transport != "UDP"


class Packet(NamedTuple):
    """Bytes to send, and where to."""

    data: bytes
    """None at all end a stream that is dead, so that what follows opens another."""
    remote: Address
    otherwise: Address | None = None
    """Where to, if the connection with `remote` is gone and it was not we who opened it."""


@dataclass(frozen=True, slots=True)
class Timers:
    """Durations in seconds (RFC 3261 section 17.1.1.1 and table 4).

    The defaults are those of the SPA phones, which give up after 16 s where the RFC waits 32 s
    (protocol.md B.7). Requests of others are remembered as long as the RFC says all the same:
    another PBX repeats its own that long, and one that is taken for new is acted on twice.
    """

    t1: float = 0.5
    """Round-trip estimate: the first repetition comes after this."""
    t2: float = 4.0
    """The longest pause between repetitions."""
    t4: float = 5.0
    """How long a message may linger in the network; timers I and K."""
    give_up: float = 16.0
    """Timer F: the end of waiting for an answer."""
    linger: float = 32.0
    """Timers H and J: the end of waiting for an ACK, or for repeated requests."""


class TransactionState(Enum):
    """States of a transaction: of a client, of a server, and of a server that has an INVITE.

    Client (RFC 3261 figure 6)             Server (figure 8)

           request sent                          request received
                |                                       |
            [TRYING]---- F, error ---+              [TRYING]
             |    | 1xx              |               |    | 1xx sent
             |  [PROCEEDING] --------+               |  [PROCEEDING]
       final |    | final            |         final |    | final sent
             v    v                  v               v    v
          [COMPLETED] ---K---> [TERMINATED]       [COMPLETED] ---J---> [TERMINATED]

    INVITE server (figure 7; a 2xx, which RFC 6026 adds a state for, is never sent)

          INVITE received
                 |
           [PROCEEDING]
                 | 300-699 sent
           [COMPLETED], repeated by G -- H -+
                 | ACK                      |
                 v                          v
           [CONFIRMED] ------ I -----> [TERMINATED]
    """

    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class _Input(Enum):
    PROVISIONAL = auto()
    FINAL = auto()
    REPEAT = auto()
    """Client: timer E. Server: the request came again, or timer G."""
    ACK = auto()
    """INVITE server: the refusal has arrived."""
    END = auto()
    """Client: timers F and K, or a transport error. Server: timers H, I and J."""


_S = TransactionState
_Table = dict[TransactionState, dict[_Input, TransactionState]]
_NEXT: _Table = {
    _S.TRYING: {
        _Input.PROVISIONAL: _S.PROCEEDING,
        _Input.FINAL: _S.COMPLETED,
        _Input.REPEAT: _S.TRYING,
        _Input.END: _S.TERMINATED,
    },
    _S.PROCEEDING: {
        _Input.PROVISIONAL: _S.PROCEEDING,
        _Input.FINAL: _S.COMPLETED,
        _Input.REPEAT: _S.PROCEEDING,
        _Input.END: _S.TERMINATED,
    },
    _S.COMPLETED: {_Input.REPEAT: _S.COMPLETED, _Input.END: _S.TERMINATED},
    _S.TERMINATED: {},
}
_NEXT_OF_INVITE: _Table = {
    _S.PROCEEDING: _NEXT[_S.PROCEEDING],
    _S.COMPLETED: {**_NEXT[_S.COMPLETED], _Input.ACK: _S.CONFIRMED},
    _S.CONFIRMED: {_Input.END: _S.TERMINATED},
    _S.TERMINATED: {},
}

ResponseReceiver = Callable[[Response, float], None]
"""Called with each provisional response and with exactly one final one, and `now`.

Where no answer came the final response is one of ours without any header: 408 after a time-out,
503 after a transport error (RFC 3261 section 8.1.3.1).
"""


class _Transaction:
    """What client and server transactions share: a state, and the way to the network."""

    _table = _NEXT

    def __init__(
        self, key: tuple[str, ...], remote: Address, timers: Timers, outbox: list[Packet]
    ) -> None:
        self.key = key
        self.noted_deadline: float | None = None
        """The deadline the layer knows of."""
        self.state = TransactionState.TRYING
        self.remote = remote
        self._timers = timers
        self._outbox = outbox

    @property
    def is_terminated(self) -> bool:
        """Whether it can be forgotten."""
        return self.state is TransactionState.TERMINATED

    def abandon(self) -> None:
        """End without a word."""
        self.state = TransactionState.TERMINATED

    def _step(self, what: _Input) -> bool:
        """Move, if the table allows it; whether it did."""
        target = self._table[self.state].get(what)
        if target is None:
            return False
        self.state = target
        return True


class ClientTransaction(_Transaction):
    """A request of ours: sent at once, and again until it is answered.

    What is reliable repeats by itself: there is no timer E then, and K is zero (section 17.1.2.2).
    """

    def __init__(
        self,
        key: tuple[str, ...],
        packet: Packet,
        on_response: ResponseReceiver,
        timers: Timers,
        outbox: list[Packet],
        now: float,
    ) -> None:
        super().__init__(key, packet.remote, timers, outbox)
        self.datagram: Packet | None = None
        """The request as a datagram, where it is too long for one but may yet have to be one."""
        self._packet = packet
        self._on_response = on_response
        self._end_at = now + timers.give_up
        self._repeat_after = timers.t1
        self._repeat_at = math.inf

    def start(self, now: float) -> None:
        """Send the request for the first time."""
        if not self.remote.is_reliable:
            self._repeat_at = now + self._repeat_after
        self._outbox.append(self._packet)

    def fall_back(self, now: float) -> bool:
        """Nobody takes it by TCP: send it as a datagram (section 18.1.1); whether that is a way."""
        packet = self.datagram
        if packet is None or packet.remote == self.remote or self.state is not _S.TRYING:
            return False
        self._packet, self.remote = packet, packet.remote
        self.start(now)
        return True

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted; None when all is over."""
        if self.is_terminated:
            return None
        if self.state is TransactionState.COMPLETED:
            return self._end_at
        return min(self._repeat_at, self._end_at)

    def receive(self, response: Response, now: float) -> None:
        """Take a response that matches; repeated final ones are absorbed."""
        if not self._step(_Input.PROVISIONAL if response.status < 200 else _Input.FINAL):
            return
        if response.status >= 200:
            if self.remote.is_reliable:
                self._step(_Input.END)
            self._end_at = now + self._timers.t4  # timer K
        self._on_response(response, now)

    def fail(self, status: int, reason: str, now: float) -> None:
        """End without an answer and tell so; nothing happens once an answer came."""
        if self.state is not TransactionState.COMPLETED and self._step(_Input.END):
            self._on_response(Response(status, reason, ()), now)

    def handle_timeout(self, now: float) -> None:
        """Repeat the request, or end, whichever is due (timers E, F and K)."""
        if now >= self._end_at:
            self.fail(408, "Request Timeout", now)
            self._step(_Input.END)
        elif now >= self._repeat_at and self._step(_Input.REPEAT):
            self._outbox.append(self._packet)
            # Counted from when it was due, so that a late call does not stretch the schedule;
            # due times missed in a stall are skipped, not made up for.
            while self._repeat_at <= now:
                if self.state is TransactionState.PROCEEDING:
                    self._repeat_after = self._timers.t2
                else:
                    self._repeat_after = min(2 * self._repeat_after, self._timers.t2)
                self._repeat_at += self._repeat_after


class ServerTransaction(_Transaction):
    """A request of the peer: answered once, and the answer repeated as often as it is asked.

    By what is reliable it is asked once: timer J is zero then (section 17.2.2).
    """

    _awaits_ack = False

    def __init__(
        self,
        key: tuple[str, ...],
        request: Request,
        source: Address,
        timers: Timers,
        outbox: list[Packet],
        now: float,
    ) -> None:
        super().__init__(key, _response_address(request, source), timers, outbox)
        self._request: Request | None = request
        self.source = source
        self.to_tag: str | None = None
        """Ours, as every response to this request has it; None until the first is written."""
        self.is_merged = False
        """Whether the request came before on another path (RFC 3261 section 8.2.2.2)."""
        self.identity: tuple[str, ...] | None = None
        """What is the same on every path; None where no two paths are looked for."""
        self.weight = 0
        """How many bytes it counts for among what is remembered."""
        self._otherwise = _response_otherwise(request, source)
        self._data: bytes | None = None
        # A request that is never answered is forgotten too.
        self._end_at = now + timers.linger

    @property
    def request(self) -> Request:
        """The request, which is let go of with the final response: from then on that is enough."""
        assert self._request is not None
        return self._request

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted; None when all is over."""
        return None if self.is_terminated else self._end_at

    def respond(self, response: Response, now: float) -> None:
        """Send a response; raises LocalProtocolError behind a final one, or where it is too long.

        What is too long for one datagram is never sent: the error of a socket would be taken for
        a PBX that cannot be reached.
        """
        data = response.to_bytes()
        if len(data) > _LONGEST_ANSWER:
            raise LocalProtocolError(f"{response!r} of {len(data)} bytes is over {_LONGEST_ANSWER}")
        if not self._step(_Input.PROVISIONAL if response.status < 200 else _Input.FINAL):
            raise LocalProtocolError(f"{response!r} behind the final response")
        if response.status >= 200:
            if self.remote.is_reliable and not self._awaits_ack:
                self._step(_Input.END)
            self._end_at = now + self._timers.linger  # timers H and J
            self._request = None
        self._data = data
        self._send(data)

    def repeat(self) -> None:
        """The request came again: so goes the response, if there is one yet."""
        if self._data is not None and self._step(_Input.REPEAT):
            self._send(self._data)

    def handle_timeout(self, now: float) -> None:
        """End when repeated requests can no longer come (timer J)."""
        if now >= self._end_at:
            self._step(_Input.END)

    def _send(self, data: bytes) -> None:
        self._outbox.append(Packet(data, self.remote, self._otherwise))


class InviteServerTransaction(ServerTransaction):
    """An INVITE of the peer: the refusal is repeated until the ACK comes (section 17.2.1)."""

    _table = _NEXT_OF_INVITE
    _awaits_ack = True

    def __init__(
        self,
        key: tuple[str, ...],
        request: Request,
        source: Address,
        timers: Timers,
        outbox: list[Packet],
        now: float,
    ) -> None:
        super().__init__(key, request, source, timers, outbox, now)
        self.state = TransactionState.PROCEEDING
        self._repeat_after = timers.t1
        self._repeat_at = math.inf

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted; None when all is over."""
        return None if self.is_terminated else min(self._repeat_at, self._end_at)

    def respond(self, response: Response, now: float) -> None:
        """Send a refusal, or a provisional response; raises LocalProtocolError for a 2xx."""
        if 200 <= response.status < 300:
            raise LocalProtocolError(f"{response!r} to an INVITE: Call Ctrl takes no calls")
        super().respond(response, now)
        if self.state is TransactionState.COMPLETED and not self.remote.is_reliable:
            self._repeat_at = now + self._timers.t1

    def acknowledge(self, now: float) -> None:
        """The ACK came: nothing is repeated any more, and further ACKs are absorbed."""
        if self._step(_Input.ACK):
            self._repeat_at = math.inf
            self._end_at = now + (0 if self.remote.is_reliable else self._timers.t4)  # timer I

    def handle_timeout(self, now: float) -> None:
        """Repeat the refusal, or end, whichever is due (timers G, H and I)."""
        if now >= self._end_at:
            self._step(_Input.END)
        elif now >= self._repeat_at:
            self.repeat()
            while self._repeat_at <= now:  # what was missed in a stall is not made up for
                self._repeat_after = min(2 * self._repeat_after, self._timers.t2)
                self._repeat_at += self._repeat_after


class TransactionLayer:
    """All transactions of one user agent, and which of them a message belongs to."""

    def __init__(self, timers: Timers | None = None) -> None:
        self._timers = timers or Timers()
        self._transactions: dict[tuple[str, ...], ClientTransaction | ServerTransaction] = {}
        self._identities: dict[tuple[str, ...], ServerTransaction] = {}
        self._bytes_held = 0
        self._outbox: list[Packet] = []
        # Deadlines may be outdated: an entry counts while its transaction still says the same.
        self._deadlines: list[tuple[float, int, ClientTransaction | ServerTransaction]] = []
        self._deadlines_made = 0
        self._takes_no_tcp: set[Address] = set()
        """Who answered by UDP what could not be brought by TCP."""

    def send(
        self,
        request: Request,
        remote: Address,
        on_response: ResponseReceiver,
        now: float,
        *,
        longest_datagram: int = MAX_MESSAGE_BYTES,
    ) -> ClientTransaction:
        """Send a complete request, its Via and branch included, and wait for its answer.

        One of more bytes than `longest_datagram` goes by TCP where it would go by UDP, and by UDP
        after all where nobody takes it (section 18.1.1).
        """
        branch = request.via.branch
        if not branch:
            raise LocalProtocolError("expected a branch in the Via of a request of ours")
        key = ("client", branch, request.method)
        packet, datagram = Packet(request.to_bytes(), remote), None
        is_too_long = len(packet.data) > longest_datagram and not remote.is_reliable
        if is_too_long and remote not in self._takes_no_tcp:
            request, datagram = _by_tcp(request), packet
            packet = Packet(request.to_bytes(), remote._replace(transport="TCP"))
        client = ClientTransaction(key, packet, on_response, self._timers, self._outbox, now)
        client.datagram = datagram
        client.start(now)
        self._transactions[key] = client
        self._settle(client)
        return client

    def abandon(self, client: ClientTransaction) -> None:
        """Repeat a request no more, and let its answer find nobody."""
        client.abandon()
        self._settle(client)

    def respond(self, server: ServerTransaction, response: Response, now: float) -> None:
        """Answer a request handed out by `receive`."""
        server.respond(response, now)
        self._settle(server)

    def receive(self, data: bytes, source: Address, now: float) -> ServerTransaction | None:
        """Take one message; the transaction of a request not seen before, to be answered.

        Responses go to whoever sent the request, repeated requests get the response they had.
        Raises RemoteProtocolError where the message cannot be understood.
        """
        if is_keep_alive(data):
            return None
        try:
            message = parse(data)
            _check_essentials(message)
        except RemoteProtocolError as error:
            self._refuse(error, source)
            raise
        if isinstance(message, Response):
            self._receive_response(message, now)
            return None
        if message.method == "ACK":
            self._receive_ack(message, now)
            return None
        key = _server_key(message, message.method)
        known = self._transactions.get(key)
        if isinstance(known, ServerTransaction):
            known.repeat()
            return None
        weight = max(len(data), _LEAST_BYTES)
        if self._bytes_held + weight > _MOST_BYTES:
            self._forget_old_requests()
        kind = InviteServerTransaction if message.method == "INVITE" else ServerTransaction
        server = kind(key, message, source, self._timers, self._outbox, now)
        self._remember(server, weight)
        return server

    def cancelled_by(self, cancel: Request) -> InviteServerTransaction | None:
        """The INVITE that a CANCEL means; None where there is none (RFC 3261 section 9.2).

        No other request is ever cancelled: each is answered at once (section 9.1).
        """
        return self._find_invite(cancel)

    def transport_failed(self, remote: Address, now: float) -> None:
        """Nothing listens at `remote`: every request on its way there fails with 503."""
        for client in [client for client in self._clients() if client.remote == remote]:
            if not client.fall_back(now):
                client.fail(503, "Service Unavailable", now)
            self._settle(client)

    def handle_timeout(self, now: float) -> None:
        """Do what is due by `now`."""
        while self._deadlines and self._deadlines[0][0] <= now:
            when, _, transaction = heapq.heappop(self._deadlines)
            if transaction.next_timeout() == when:
                transaction.noted_deadline = None
                transaction.handle_timeout(now)
                self._settle(transaction)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted next, or None."""
        while self._deadlines:
            when, _, transaction = self._deadlines[0]
            if transaction.next_timeout() == when:
                return when
            heapq.heappop(self._deadlines)
        return None

    def packets_to_send(self) -> list[Packet]:
        """What is to go out since the last call, in order."""
        packets = self._outbox.copy()
        self._outbox.clear()
        return packets

    def _find_invite(self, request: Request) -> InviteServerTransaction | None:
        """The INVITE that an ACK or CANCEL speaks of."""
        known = self._transactions.get(_server_key(request, "INVITE"))
        return known if isinstance(known, InviteServerTransaction) else None

    def _receive_ack(self, ack: Request, now: float) -> None:
        """Take an ACK: it is never answered, and makes no transaction (section 17.2.1)."""
        invite = self._find_invite(ack)
        if invite is not None:
            invite.acknowledge(now)
            self._settle(invite)

    def _remember(self, server: ServerTransaction, weight: int) -> None:
        server.weight = weight
        server.identity = _identity(server.request)
        if server.identity is not None:
            first = self._identities.setdefault(server.identity, server)
            server.is_merged = first is not server
        self._bytes_held += weight
        self._transactions[server.key] = server
        self._settle(server)

    def _forget(self, transaction: ClientTransaction | ServerTransaction) -> None:
        if self._transactions.pop(transaction.key, None) is None:
            return
        if isinstance(transaction, ServerTransaction):
            self._bytes_held -= transaction.weight
            identity = transaction.identity
            if identity is not None and self._identities.get(identity) is transaction:
                del self._identities[identity]

    def _forget_old_requests(self) -> None:
        """Drop the older half of what others asked; repeated, such a request is a new one."""
        servers = [t for t in self._transactions.values() if isinstance(t, ServerTransaction)]
        for server in servers[: (len(servers) + 1) // 2]:
            server.abandon()
            self._forget(server)
        self._deadlines = [entry for entry in self._deadlines if not entry[2].is_terminated]
        heapq.heapify(self._deadlines)

    def _refuse(self, error: RemoteProtocolError, source: Address) -> None:
        """Answer a request that cannot be understood, where enough of it can be echoed.

        Without a transaction (RFC 3261 section 8.2.7): a NOTIFY nobody answers would be repeated,
        and then end the subscription.
        """
        headers = Headers(error.fields)
        method = error.first_line.partition(" ")[0]
        echoed = {name: headers.get(name) or "" for name in ("From", "To", "Call-ID", "CSeq")}
        is_request = method.upper() not in ("", "ACK", "SIP/2.0")
        if not is_request or "Via" not in headers or not all(echoed.values()):
            return
        echoed["To"] = _with_steady_tag(echoed["To"], echoed["Call-ID"])
        try:
            request = Request(method, "sip:unknown", headers)
            vias = [("Via", via) for via in vias_for_response(request, source)]
            remote = _response_address(request, source)
            response = Response(error.status, _reason_of(error), [*vias, *echoed.items()])
            response.charset = error.charset
            data = response.to_bytes()
            otherwise = _response_otherwise(request, source)
        except SipError:
            return  # there is not even a way back
        if len(data) <= _LONGEST_ANSWER:
            self._outbox.append(Packet(data, remote, otherwise))

    def _receive_response(self, response: Response, now: float) -> None:
        if len(vias_in(response)) > 1:
            _log.info("%r has more than one Via, so it is not for us", response)
            return  # RFC 3261 section 8.1.3.3
        branch, method = response.via.branch or "", response.cseq.method
        client = self._transactions.get(("client", branch, method))
        if not isinstance(client, ClientTransaction):
            _log.info("%r to no request of ours", response)
            return
        if client.datagram is not None and not client.remote.is_reliable:
            self._takes_no_tcp.add(client.remote)
        client.receive(response, now)
        self._settle(client)

    def _clients(self) -> list[ClientTransaction]:
        return [t for t in self._transactions.values() if isinstance(t, ClientTransaction)]

    def _settle(self, transaction: ClientTransaction | ServerTransaction) -> None:
        """After each change of a transaction: forget it, or note when it wants to be called."""
        when = transaction.next_timeout()
        if when is None:
            self._forget(transaction)
        elif when != transaction.noted_deadline:
            self._deadlines_made += 1
            heapq.heappush(self._deadlines, (when, self._deadlines_made, transaction))
        transaction.noted_deadline = when


def _check_essentials(message: Message) -> None:
    """Read once what every message must have (RFC 3261 section 8.1.1), before anything moves."""
    try:
        _ = message.via, message.from_tag, message.to_tag, message.call_id
        method = message.cseq.method
        if isinstance(message, Request) and message.method != method:
            raise RemoteProtocolError(f"expected {message.method[:40]} in CSeq")
    except RemoteProtocolError as error:
        error.first_line, error.fields = message.start_line, tuple(message.headers)
        error.charset = message.charset
        raise


def _reason_of(error: RemoteProtocolError) -> str:
    """The reason phrase; of a 400 it names the fault (RFC 3261 section 21.4.1), quoting nothing."""
    reason = reason_for(error.status)
    fault = str(error).partition(", found")[0]
    is_ours = "'" not in fault and '"' not in fault and fault.isascii() and fault.isprintable()
    return f"{reason}: {fault}" if error.status == 400 and is_ours else reason


def _with_steady_tag(to: str, call_id: str) -> str:
    """A To as every response has it, with a tag: the same each time (RFC 3261 section 8.2.7).

    One that cannot be read comes back as it stood.
    """
    try:
        has_tag = NameAddr.parse(to).tag is not None
    except RemoteProtocolError:
        return to
    return to if has_tag else f"{to};tag={crc32(call_id.encode()):08x}"


def _server_key(request: Request, method: str) -> tuple[str, ...]:
    """What tells a repeated request from a new one (RFC 3261 section 17.2.3).

    `method` is the request's own; for an ACK or CANCEL also that of the request it speaks of.
    """
    via = request.via
    branch = via.branch or ""
    if branch.startswith(MAGIC_COOKIE) and branch != MAGIC_COOKIE:
        return (branch, via.host.lower(), str(via.port), method)
    return _tolerate_branch_without_cookie(request, branch, method)


def _tolerate_branch_without_cookie(request: Request, branch: str, method: str) -> tuple[str, ...]:
    """RFC 2543 matching, for the seed's `branch=k1hk2bD-12345678` (protocol.md B.8 no. 1).

    That branch is the same in different messages, so it cannot name a transaction by itself; nor
    can the rest for SPA Call Manager, which counts nothing: its controls differ in the body. An
    ACK shares neither body nor To tag with its INVITE.
    """
    key = (
        branch,
        request.uri,
        request.call_id,
        f"{request.cseq.number} {method}",
        request.from_.tag or "",
        str(request.via),
    )
    if method == "INVITE":
        return key
    return (*key, request.to.tag or "", sha256(request.body).hexdigest())


def _identity(request: Request) -> tuple[str, ...] | None:
    """What is the same in a request that comes on two paths (RFC 3261 section 8.2.2.2).

    None inside a dialog, and for a CANCEL, which goes from hop to hop.
    """
    if request.method == "CANCEL" or request.to_tag is not None:
        return None
    return (request.from_tag or "", request.call_id, str(request.cseq))


def _response_address(request: Request, source: Address) -> Address:
    """Where the response goes: to the source, at the Via's port (RFC 3261 section 18.2.2).

    Over a stream it goes back on the connection the request came on. With `rport` the sender asks
    for the port the request came from (RFC 3581 section 4).
    """
    via = request.via
    if source.is_reliable or "rport" in via.parameters:
        return source
    return Address(source.host, via.port or 5060, source.transport)


def _response_otherwise(request: Request, source: Address) -> Address | None:
    """Where the response goes if the connection is gone: to the Via's port (section 18.2.2)."""
    if not source.is_reliable:
        return None
    default = 5061 if source.transport == "TLS" else 5060
    return source._replace(port=request.via.port or default)


def _by_tcp(request: Request) -> Request:
    """A request of ours, with a Via that tells of TCP (section 18.1.1)."""
    via = str(request.via._replace(transport="TCP"))
    (name, _), *others = request.headers
    assert name == "Via"  # the first of what we send
    return Request(request.method, request.uri, [(name, via), *others], request.body)


def vias_in(message: Message) -> list[str]:
    """Every Via, the topmost first."""
    values = message.headers.get_all("Via")
    if len(values) == 1 and "," not in values[0]:
        return values
    return [via for value in values for via in split_outside_quotes(value, ",") if via]


def vias_for_response(request: Request, source: Address) -> list[str]:
    """The Vias to echo, the topmost with the source where it says another or asks for it.

    RFC 3261 section 18.2.1 and RFC 3581 section 4. What else the topmost says is echoed as it
    stood: some branches are no tokens, and would be quoted if they were written anew.
    """
    via = request.via
    vias = vias_in(request)
    if via.host == source.host and "rport" not in via.parameters:
        return vias
    top, *others = vias
    noted = {}
    if via.host != source.host or "rport" in via.parameters:
        noted["received"] = source.host
    if "rport" in via.parameters:
        noted["rport"] = str(source.port)
    pieces = split_outside_quotes(top, ";")
    kept = [piece for piece in pieces if piece.partition("=")[0].rstrip().lower() not in noted]
    return [";".join([*kept, *(f"{name}={value}" for name, value in noted.items())]), *others]
