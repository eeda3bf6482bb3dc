"""An INVITE and its answers: RFC 3261 sections 17.1.1 and 17.2.1, with the states of RFC 6026.

It differs from other requests in that a telephone may ring for long before the final answer, so
that the answer is acknowledged and may be repeated until it is. Behind a refusal the ACK belongs to
the transaction; behind a 2xx it belongs to whoever keeps the dialog, who hears each repetition.
"""

from __future__ import annotations

import logging
import math

from callctrl.sip import LocalProtocolError
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address, Packet
from callctrl.sip.transaction import (
    ClientTransaction,
    ResponseReceiver,
    ServerTransaction,
    Table,
    Timers,
    TransactionInput,
    TransactionState,
)

__all__ = ["InviteClientTransaction", "InviteServerTransaction", "ack_key"]

_log = logging.getLogger(__name__)

# Client (RFC 3261 figure 5, RFC 6026 figure 2)
#
#          INVITE sent
#               |
#          [CALLING], repeated by A ----- B, error -----+
#           |    | 1xx                                  |
#           |  [PROCEEDING] ---- nobody answers --------+
#           |    |       |                              |
#   300-699 v    v       | 2xx, from either             v
#         [COMPLETED] ---|----------- D ----------> [TERMINATED]
#                        v                              ^
#                   [ACCEPTED] ------ M ----------------+
#
# Server (RFC 3261 figure 7, RFC 6026 figure 4)
#
#          INVITE received
#               |
#         [PROCEEDING] -- 2xx sent --> [ACCEPTED], repeated --- L --+
#               | 300-699 sent             | ACK                    |
#         [COMPLETED], repeated by G ------|-------- H -------------+
#               | ACK                      |                        v
#         [CONFIRMED] <--------------------+--- I -----------> [TERMINATED]

_S = TransactionState
_Input = TransactionInput
_RINGING = {
    _Input.PROVISIONAL: _S.PROCEEDING,
    _Input.ACCEPT: _S.ACCEPTED,
    _Input.FINAL: _S.COMPLETED,
    _Input.END: _S.TERMINATED,
}
_NEXT_OF_CLIENT: Table = {
    _S.CALLING: {**_RINGING, _Input.REPEAT: _S.CALLING},
    _S.PROCEEDING: _RINGING,
    _S.ACCEPTED: {_Input.ACCEPT: _S.ACCEPTED, _Input.END: _S.TERMINATED},
    _S.COMPLETED: {_Input.FINAL: _S.COMPLETED, _Input.END: _S.TERMINATED},
    _S.TERMINATED: {},
}
_NEXT_OF_SERVER: Table = {
    _S.PROCEEDING: {**_RINGING, _Input.REPEAT: _S.PROCEEDING},
    _S.ACCEPTED: {
        _Input.REPEAT: _S.ACCEPTED,
        _Input.ACK: _S.CONFIRMED,
        _Input.END: _S.TERMINATED,
    },
    _S.COMPLETED: {
        _Input.REPEAT: _S.COMPLETED,
        _Input.ACK: _S.CONFIRMED,
        _Input.END: _S.TERMINATED,
    },
    _S.CONFIRMED: {_Input.END: _S.TERMINATED},
    _S.TERMINATED: {},
}


class InviteClientTransaction(ClientTransaction):
    """An INVITE of ours: each 2xx to it is told, the repeated ones and those of a fork too."""

    _table = _NEXT_OF_CLIENT

    def __init__(
        self,
        key: tuple[str, ...],
        packet: Packet,
        on_response: ResponseReceiver,
        timers: Timers,
        outbox: list[Packet],
        now: float,
    ) -> None:
        super().__init__(key, packet, on_response, timers, outbox, now)
        self.state = TransactionState.CALLING
        self.is_cancelled = False
        """Whether it was taken back; a 2xx may have been under way already."""
        self._cancel_is_due = False
        self._ack: Packet | None = None

    def receive(self, response: Response, now: float) -> None:
        """Take a response that matches; a refusal is acknowledged as often as it comes."""
        before = self.state
        if response.status >= 300:
            if self._step(_Input.FINAL):
                self._refused(response, now, is_repeated=before is _S.COMPLETED)
            return
        if not self._step(_Input.ACCEPT if response.status >= 200 else _Input.PROVISIONAL):
            return
        self._repeat_at = math.inf
        if self.state is not before and self.state is _S.ACCEPTED:
            self._end_at = now + self._timers.linger  # timer M
        elif self.state is _S.PROCEEDING and not self.is_cancelled:
            self._end_at = now + self._timers.ring
        self._on_response(response, now)

    def lose(self, now: float) -> None:
        """Nothing listens there any more; what rings already may yet be answered (figure 5)."""
        if self.state is _S.CALLING:
            super().lose(now)

    def cancel(self) -> None:
        """Take it back, if it is not answered yet (section 9.1).

        Until a provisional response comes it is repeated: a CANCEL that overtook it would cancel
        nothing, and without repetition nobody might answer at all.
        """
        if self.state in (_S.CALLING, _S.PROCEEDING) and not self.is_cancelled:
            self.is_cancelled = self._cancel_is_due = True

    def take_cancel(self, now: float) -> Request | None:
        """The CANCEL that is to be sent now, once; then the INVITE is soon over, come what may."""
        if not self._cancel_is_due or self.state is not _S.PROCEEDING:
            return None
        self._cancel_is_due = False
        self._end_at = now + self._timers.linger
        invite = self._invite()
        return _sibling(invite, "CANCEL", invite.headers.only("To"))

    def _refused(self, response: Response, now: float, *, is_repeated: bool) -> None:
        if not is_repeated:
            self._end_at = now + self._timers.linger  # timer D
            try:
                ack = _sibling(self._invite(), "ACK", response.headers.only("To"))
                self._ack = Packet(ack.to_bytes(), self.remote)
            except LocalProtocolError as error:
                _log.warning("%r cannot be acknowledged: %s", response, error)
        if self._ack is not None:
            self._outbox.append(self._ack)
        if self.remote.is_reliable:
            self._step(_Input.END)
        if not is_repeated:
            self._on_response(response, now)

    def _invite(self) -> Request:
        """The request as it was last sent: by TCP it has another Via than as a datagram."""
        request = parse(self._packet.data)
        assert isinstance(request, Request)
        return request

    def _longer_pause(self) -> float:
        return 2 * self._repeat_after  # timer A has no upper end


class InviteServerTransaction(ServerTransaction):
    """An INVITE of the peer: the final response is repeated until the ACK comes.

    A 2xx is for the dialog to repeat (section 13.3.1.4), over what is reliable too. There is one
    only inside a dialog, whose answer says nothing that another would not, so it is done here.
    Where no ACK comes the RFC ends the call; ours is over soon in any case.
    """

    _table = _NEXT_OF_SERVER
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
        self.ack_key = ack_key(request)
        """What the ACK of a 2xx is found by; that is a transaction of its own."""
        self._repeat_after = timers.t1
        self._repeat_at = math.inf

    @property
    def is_accepted(self) -> bool:
        """Whether it got a 2xx that is not acknowledged yet."""
        return self.state is TransactionState.ACCEPTED

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted; None when all is over."""
        return None if self.is_terminated else min(self._repeat_at, self._end_at)

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Send a response; raises LocalProtocolError for a 2xx outside a dialog."""
        if 200 <= status < 300 and self.request.to_tag is None:
            raise LocalProtocolError(f"a {status} to an INVITE: Call Ctrl takes no calls")
        super().respond(status, data, now)
        is_refused = self.state is TransactionState.COMPLETED
        if self.is_accepted or (is_refused and not self.remote.is_reliable):
            self._repeat_at = now + self._timers.t1

    def acknowledge(self, now: float) -> None:
        """The ACK came: nothing is repeated any more, and further ACKs are absorbed."""
        if self._step(_Input.ACK):
            self._repeat_at = math.inf
            self._end_at = now + (0 if self.remote.is_reliable else self._timers.t4)  # timer I

    def handle_timeout(self, now: float) -> None:
        """Repeat the final response, or end, whichever is due (timers G, H, I and L)."""
        if now >= self._end_at:
            self._step(_Input.END)
        elif now >= self._repeat_at:
            self.repeat()
            while self._repeat_at <= now:  # what was missed in a stall is not made up for
                self._repeat_after = min(2 * self._repeat_after, self._timers.t2)
                self._repeat_at += self._repeat_after

    def _input_of(self, status: int) -> TransactionInput:
        return _Input.ACCEPT if 200 <= status < 300 else super()._input_of(status)


def ack_key(request: Request) -> tuple[str, ...]:
    """What an INVITE that got a 2xx and its ACK share (RFC 3261 section 13.2.2.4)."""
    return request.call_id, request.from_tag or "", str(request.cseq.number)


def _sibling(invite: Request, method: str, to: str) -> Request:
    """What follows an INVITE hop by hop: a CANCEL, or the ACK of a refusal (17.1.1.3, 9.1)."""
    copied = invite.headers.only
    return Request(
        method,
        invite.uri,
        [
            ("Via", copied("Via")),
            ("Max-Forwards", "70"),
            *(("Route", route) for route in invite.headers.get_all("Route")),
            ("From", copied("From")),
            ("To", to),
            ("Call-ID", invite.call_id),
            ("CSeq", f"{invite.cseq.number} {method}"),
            ("Content-Length", "0"),
            ("User-Agent", copied("User-Agent")),
        ],
    )
