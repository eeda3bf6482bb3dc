"""One user agent: numbers and signs its requests, and answers those of others.

RFC 3261 section 8. It owns the transaction layer, the CSeq counter of all that no dialog counts
for itself, and the identity that goes into Via, Contact and User-Agent. Registrations,
subscriptions and calls send through it; requests of the peer are handed to whoever asked for them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.answer import answer_to
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.exchange import Exchange, OutcomeReceiver, Outgoing
from callctrl.sip.headers import NameAddr, Parameters, Uri, Via
from callctrl.sip.message import Request
from callctrl.sip.packets import Address, Packet
from callctrl.sip.reasons import reason_for
from callctrl.sip.tokens import Tokens
from callctrl.sip.transaction import (
    ClientTransaction,
    ResponseReceiver,
    ServerTransaction,
    Timers,
)
from callctrl.sip.transactionlayer import TransactionLayer

__all__ = ["UserAgent"]

_log = logging.getLogger(__name__)

_LONGEST_DATAGRAM = 1300
"""Bytes; a longer request is no datagram where the MTU is unknown (RFC 3261 section 18.1.1)."""
_WITHOUT_CONTACT = frozenset({"ACK", "BYE"})
"""What moves no target (RFC 3261 table 2)."""


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
        asks_rport: bool = False,
    ) -> None:
        """`local` goes into Via and Contact.

        `remote` is the next hop of every request that names no other, inside dialogs too: the PBX
        serves as outbound proxy, as it does for its phones. `route_set` goes with these as Route,
        unless the dialog has one of its own (section 8.1.2). `datagrams_at` is where answers to
        what goes by UDP arrive, where `local` is the end of a stream. `asks_rport` has answers come
        back to the port we sent from, through an address translator too (RFC 3581 section 3).
        """
        self.tokens = tokens
        self.route_set = route_set
        self._datagrams_at: Address | None = datagrams_at
        self._product = product
        self._contact_user = contact_user
        self._asks_rport = asks_rport
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
        on_provisional: ResponseReceiver | None = None,
    ) -> Exchange:
        """Send a request and answer its challenges; `on_outcome` is called exactly once.

        Of an INVITE it is called with each 2xx. Raises LocalProtocolError where the request would
        not be SIP.
        """
        exchange = Exchange(self, outgoing, authenticator, on_outcome, on_provisional)
        exchange.send(now)
        return exchange

    def transmit(
        self,
        outgoing: Outgoing,
        credentials: Iterable[tuple[str, str]],
        on_response: ResponseReceiver,
        now: float,
    ) -> ClientTransaction:
        """Number a request and send it once, in the header order of the documented program."""
        number = self._next_number() if outgoing.number is None else outgoing.number()
        request, remote = self._written(outgoing, number, credentials)
        return self._layer.send(
            request, remote, on_response, now, longest_datagram=_LONGEST_DATAGRAM
        )

    def acknowledge(
        self, outgoing: Outgoing, number: int, credentials: Iterable[tuple[str, str]]
    ) -> Packet:
        """Send the ACK of a 2xx to our INVITE of that number (RFC 3261 section 13.2.2.4).

        It comes back to be given to `acknowledge_again` whenever the 2xx comes again. Raises
        LocalProtocolError where it would not be SIP.
        """
        request, remote = self._written(outgoing, number, credentials)
        packet = Packet(request.to_bytes(), remote)
        self._layer.send_ack(packet)
        return packet

    def acknowledge_again(self, ack: Packet) -> None:
        """The 2xx came again: the ACK may have been lost."""
        self._layer.send_ack(ack)

    def cancel(self, transaction: ClientTransaction, now: float) -> None:
        """Take an INVITE back (section 9.1); what became of it is told as ever."""
        self._layer.cancel(transaction, now)

    def _next_number(self) -> int:
        self._cseq += 1
        return self._cseq

    def _written(
        self, outgoing: Outgoing, number: int, credentials: Iterable[tuple[str, str]]
    ) -> tuple[Request, Address]:
        """A request, and where it goes."""
        route_set = outgoing.route_set or (() if outgoing.remote else self.route_set)
        remote = outgoing.remote or self.remote
        local = self.local_for(remote.transport)
        branch = self.tokens.branch()
        rport: Parameters = {"rport": None} if self._asks_rport else {}
        via = Via(local.host, local.port, remote.transport, {**rport, "branch": branch})
        contact = [("Contact", str(NameAddr(str(outgoing.contact or self.contact))))]
        if outgoing.method in _WITHOUT_CONTACT:
            contact.clear()
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
                ("CSeq", f"{number} {outgoing.method}"),
                *contact,
                *outgoing.before_length,
                ("Content-Length", str(len(outgoing.body))),
                *outgoing.after_length,
                *credentials,
                ("User-Agent", self._product),
            ],
            outgoing.body,
        )
        return request, remote

    def abandon(self, transaction: ClientTransaction) -> None:
        """Send a request no more; its answer will find nobody."""
        self._layer.abandon(transaction)

    def abandon_all(self) -> None:
        """Send no request again, and hear of no answer."""
        self._layer.abandon_all()

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
        body: bytes = b"",
    ) -> None:
        """Answer a request (RFC 3261 section 8.2.6).

        Raises RemoteProtocolError where what has to be echoed is too much for an answer.
        """
        request = transaction.request
        to = request.headers.only("To")
        if request.to_tag is None:
            transaction.to_tag = transaction.to_tag or self.tokens.tag()
            to = f"{to};tag={transaction.to_tag}"
        try:
            data = answer_to(
                request, transaction.source, status, reason_for(status), to, fields, body
            )
            self._layer.answer(transaction, status, data, now)
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
