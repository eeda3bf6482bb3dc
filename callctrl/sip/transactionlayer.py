"""All transactions of a user agent: kept, and found again by what comes in (RFC 3261 section 17).

Most messages belong to a transaction there is. A request that does not makes a new one; one that
cannot be understood is refused without any.
"""

from __future__ import annotations

import heapq
import logging
from zlib import crc32

from callctrl.sip import LocalProtocolError, RemoteProtocolError, SipError
from callctrl.sip.answer import answer_to
from callctrl.sip.framing import is_keep_alive
from callctrl.sip.headers import NameAddr
from callctrl.sip.invitetransaction import (
    InviteClientTransaction,
    InviteServerTransaction,
    ack_key,
)
from callctrl.sip.matching import identity, server_key
from callctrl.sip.message import (
    MAX_MESSAGE_BYTES,
    Headers,
    Message,
    Request,
    Response,
    parse,
)
from callctrl.sip.packets import Address, Packet
from callctrl.sip.reasons import reason_for
from callctrl.sip.transaction import (
    LONGEST_ANSWER,
    ClientTransaction,
    ResponseReceiver,
    ServerTransaction,
    Timers,
)
from callctrl.sip.via import response_address, response_otherwise, vias_in

__all__ = ["TransactionLayer"]

_log = logging.getLogger(__name__)

_MOST_BYTES = 16 * 2**20
"""Of requests of others, remembered so that their repetitions are known; more is a flood."""
_LEAST_BYTES = 8192
"""What a small request counts for: Python objects need more room than the datagram did."""


class TransactionLayer:
    """All transactions of one user agent, and which of them a message belongs to."""

    def __init__(self, timers: Timers | None = None) -> None:
        self._timers = timers or Timers()
        self._transactions: dict[tuple[str, ...], ClientTransaction | ServerTransaction] = {}
        self._identities: dict[tuple[str, ...], ServerTransaction] = {}
        self._accepted: dict[tuple[str, ...], InviteServerTransaction] = {}
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
        kind = InviteClientTransaction if request.method == "INVITE" else ClientTransaction
        client = kind(key, packet, on_response, self._timers, self._outbox, now)
        client.datagram = datagram
        client.start(now)
        self._transactions[key] = client
        self._settle(client)
        return client

    def send_ack(self, packet: Packet) -> None:
        """Send the ACK of a 2xx: no transaction repeats it, the next 2xx does (13.2.2.4)."""
        self._outbox.append(packet)

    def cancel(self, client: ClientTransaction, now: float) -> None:
        """Take an INVITE back: as soon as a provisional response shows that it has arrived.

        Its outcome comes as ever, mostly 487 (RFC 3261 section 9.1).
        """
        if isinstance(client, InviteClientTransaction):
            client.cancel()
            self._send_cancel(client, now)

    def abandon(self, client: ClientTransaction) -> None:
        """Repeat a request no more, and let its answer find nobody."""
        client.abandon()
        self._settle(client)

    def abandon_all(self) -> None:
        """Repeat no request of ours any more, and let no answer find anybody."""
        for client in self._clients():
            self.abandon(client)

    def respond(self, server: ServerTransaction, response: Response, now: float) -> None:
        """Answer a request handed out by `receive`."""
        self.answer(server, response.status, response.to_bytes(), now)

    def answer(self, server: ServerTransaction, status: int, data: bytes, now: float) -> None:
        """The same with the bytes of a response."""
        server.respond(status, data, now)
        if isinstance(server, InviteServerTransaction) and server.is_accepted:
            self._accepted[server.ack_key] = server
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
        key = server_key(message, message.method)
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
                client.lose(now)
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
        known = self._transactions.get(server_key(request, "INVITE"))
        return known if isinstance(known, InviteServerTransaction) else None

    def _receive_ack(self, ack: Request, now: float) -> None:
        """Take an ACK: it is never answered, and makes no transaction (section 17.2.1)."""
        invite = self._find_invite(ack) or self._accepted.get(ack_key(ack))
        if invite is not None:
            invite.acknowledge(now)
            self._settle(invite)

    def _remember(self, server: ServerTransaction, weight: int) -> None:
        server.weight = weight
        server.identity = identity(server.request)
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
        if isinstance(transaction, InviteServerTransaction) and (
            self._accepted.get(transaction.ack_key) is transaction
        ):
            del self._accepted[transaction.ack_key]

    def _forget_old_requests(self) -> None:
        """Drop the older half of what others asked; repeated, such a request is a new one."""
        servers = [t for t in self._transactions.values() if isinstance(t, ServerTransaction)]
        for server in servers[: len(servers) // 2]:
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
        to = _with_steady_tag(echoed["To"], echoed["Call-ID"])
        try:
            request = Request(method, "sip:unknown", headers)
            request.charset = error.charset
            remote = response_address(request, source)
            data = answer_to(request, source, error.status, _reason_of(error), to)
            otherwise = response_otherwise(request, source)
        except SipError:
            return  # there is not even a way back
        if len(data) <= LONGEST_ANSWER:
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
        if isinstance(client, InviteClientTransaction):
            self._send_cancel(client, now)
        self._settle(client)

    def _send_cancel(self, invite: InviteClientTransaction, now: float) -> None:
        """Send the CANCEL that is due; where it reaches nobody, nor will an answer reach us."""

        def on_response(response: Response, now: float) -> None:
            if "Via" not in response.headers:
                invite.fail(response.status, response.reason, now)
                self._settle(invite)

        cancel = invite.take_cancel(now)
        if cancel is not None:
            self.send(cancel, invite.remote, on_response, now)
            self._settle(invite)

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


def _by_tcp(request: Request) -> Request:
    """A request of ours, with a Via that tells of TCP (section 18.1.1)."""
    via = str(request.via._replace(transport="TCP"))
    (name, _), *others = request.headers
    assert name == "Via"  # the first of what we send
    return Request(request.method, request.uri, [(name, via), *others], request.body)
