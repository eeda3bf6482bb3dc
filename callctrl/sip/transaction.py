"""One request and its answers (RFC 3261 section 17).

A client transaction repeats its request until an answer comes or time is up. A server transaction
answers a repeated request with the response it gave before, so that whoever handles requests sees
each of them once.

Call Ctrl places no calls itself, so there is no client transaction of an INVITE. An INVITE may
come, where a PBX forks to every binding; it can be refused, not accepted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from callctrl.sip import LocalProtocolError
from callctrl.sip.message import Request, Response
from callctrl.sip.packets import Address, Packet
from callctrl.sip.via import response_address, response_otherwise

__all__ = [
    "LONGEST_ANSWER",
    "ClientTransaction",
    "InviteServerTransaction",
    "ResponseReceiver",
    "ServerTransaction",
    "Timers",
    "TransactionState",
]

LONGEST_ANSWER = 65_507
"""Bytes; what fits into a UDP datagram over IPv4 beside its headers."""


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
        super().__init__(key, response_address(request, source), timers, outbox)
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
        self._otherwise = response_otherwise(request, source)
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

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Send a response; raises LocalProtocolError behind a final one, or where it is too long.

        What is too long for one datagram is never sent: the error of a socket would be taken for
        a PBX that cannot be reached.
        """
        if len(data) > LONGEST_ANSWER:
            raise LocalProtocolError(f"a {status} of {len(data)} bytes is over {LONGEST_ANSWER}")
        if not self._step(_Input.PROVISIONAL if status < 200 else _Input.FINAL):
            raise LocalProtocolError(f"a {status} behind the final response")
        if status >= 200:
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

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Send a refusal, or a provisional response; raises LocalProtocolError for a 2xx."""
        if 200 <= status < 300:
            raise LocalProtocolError(f"a {status} to an INVITE: Call Ctrl takes no calls")
        super().respond(status, data, now)
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
