"""One request and its answers (RFC 3261 section 17).

A client transaction repeats its request until an answer comes or time is up. A server transaction
answers a repeated request with the response it gave before, so that whoever handles requests sees
each of them once.

Those of an INVITE have rules of their own, in `invitetransaction`.
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
    "ResponseReceiver",
    "ServerTransaction",
    "Table",
    "Timers",
    "TransactionInput",
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
    """Timers B and F: the end of waiting for an answer."""
    linger: float = 32.0
    """Timers D, H, J, L and M: the end of waiting for an ACK, or for what is repeated."""
    ring: float = 180.0
    """The end of waiting for an INVITE that rings, as long as a proxy waits (timer C)."""


class TransactionState(Enum):
    """States of a transaction; those of an INVITE are drawn in `invitetransaction`.

    Client (RFC 3261 figure 6)             Server (figure 8)

           request sent                          request received
                |                                       |
            [TRYING]---- F, error ---+              [TRYING]
             |    | 1xx              |               |    | 1xx sent
             |  [PROCEEDING] --------+               |  [PROCEEDING]
       final |    | final            |         final |    | final sent
             v    v                  v               v    v
          [COMPLETED] ---K---> [TERMINATED]       [COMPLETED] ---J---> [TERMINATED]
    """

    CALLING = auto()
    """Of an INVITE of ours: what TRYING is of others."""
    TRYING = auto()
    PROCEEDING = auto()
    ACCEPTED = auto()
    """Of an INVITE that got a 2xx (RFC 6026)."""
    COMPLETED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class TransactionInput(Enum):
    """What moves a transaction."""

    PROVISIONAL = auto()
    ACCEPT = auto()
    """A 2xx to an INVITE."""
    FINAL = auto()
    """Any other final response."""
    REPEAT = auto()
    """Client: timers A and E. Server: the request came again, or timer G."""
    ACK = auto()
    """INVITE server: the final response has arrived."""
    END = auto()
    """Client: timers B, D, F, K and M, or a transport error. Server: timers H, I, J and L."""


Table = dict[TransactionState, dict[TransactionInput, TransactionState]]

_S = TransactionState
_Input = TransactionInput
_NEXT: Table = {
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

ResponseReceiver = Callable[[Response, float], None]
"""Called with each provisional response and with exactly one final one, and `now`.

Of an INVITE with each 2xx, as often as it comes: the ACK may have been lost (RFC 6026).

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
        is_unheard = self.state in (_S.CALLING, _S.TRYING)
        if packet is None or packet.remote == self.remote or not is_unheard:
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
        if self.state not in (_S.COMPLETED, _S.ACCEPTED) and self._step(_Input.END):
            self._on_response(Response(status, reason, ()), now)

    def lose(self, now: float) -> None:
        """Nothing listens there any more."""
        self.fail(503, "Service Unavailable", now)

    def handle_timeout(self, now: float) -> None:
        """Repeat the request, or end, whichever is due (timers A, B, D, E, F, K and M)."""
        if now >= self._end_at:
            self.fail(408, "Request Timeout", now)
            self._step(_Input.END)
        elif now >= self._repeat_at and self._step(_Input.REPEAT):
            self._outbox.append(self._packet)
            # Counted from when it was due, so that a late call does not stretch the schedule;
            # due times missed in a stall are skipped, not made up for.
            while self._repeat_at <= now:
                self._repeat_after = self._longer_pause()
                self._repeat_at += self._repeat_after

    def _longer_pause(self) -> float:
        if self.state is TransactionState.PROCEEDING:
            return self._timers.t2
        return min(2 * self._repeat_after, self._timers.t2)


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
        if not self._step(self._input_of(status)):
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

    def _input_of(self, status: int) -> TransactionInput:
        return _Input.PROVISIONAL if status < 200 else _Input.FINAL

    def _send(self, data: bytes) -> None:
        self._outbox.append(Packet(data, self.remote, self._otherwise))
