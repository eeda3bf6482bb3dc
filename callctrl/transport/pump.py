"""The pump: drives one engine by what the network, the clock and people bring.

Every input, be it a message, a network error, the timer or a command, is one change of the engine
followed by a full drain: packets out, events out, and the one timer armed anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from callctrl.sip.message import redact
from callctrl.sip.packets import Address, Packet
from callctrl.transport.streams import Streams
from callctrl.transport.udp import UdpSocket

__all__ = ["Engine", "Transport"]

_log = logging.getLogger(__name__)
_wire_log = logging.getLogger("callctrl.wire")

_TURN = 0.005
"""Seconds of reading in one go; then the screen has its turn, however much there is to read."""


class Engine(Protocol):
    """What the pump drives: a `Session`, or a simulated phone system."""

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take one message, or the line ends that keep a way open."""
        ...

    def transport_failed(self, remote: Address, error: str, now: float) -> None:
        """Learn that nothing listens at `remote`, or that there is no way to it."""
        ...

    def handle_timeout(self, now: float) -> None:
        """Do what is due by `now`."""
        ...

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        ...

    def packets_to_send(self) -> list[Packet]:
        """What is to go out, in order."""
        ...

    def next_event(self) -> Any:
        """The oldest event not yet handed out, or None."""
        ...


class Transport:
    """The pump between one engine and its sockets."""

    def __init__(
        self,
        engine: Engine,
        udp: UdpSocket,
        on_event: Callable[[Any], None],
        hears: Callable[[Address], bool] = lambda _source: True,
        streams: Streams | None = None,
    ) -> None:
        """`on_event` is called with each event of the engine; it may give commands at once.

        `hears` tells whose messages the engine reads: those of others stay out of the log.
        Without `streams` of the caller's making, what is to go by TCP opens connections.
        """
        self._engine = engine
        self._udp = udp
        self._streams = Streams() if streams is None else streams
        self._on_event = on_event
        self._hears = hears
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._is_pumping = False
        self._is_asked_more = False
        """Whether something was asked of the engine meanwhile."""
        self._is_open = False

    def open(self) -> None:
        """Begin to listen."""
        self._is_open = True
        self._loop.add_reader(self._udp.fileno(), self._read)
        self._streams.attach(self.received, self.failed)
        self._pump()

    def close(self) -> None:
        """Send what is left and close the sockets; nothing happens afterwards."""
        if self._is_open:
            self._send_packets()
            self._is_open = False
            self._loop.remove_reader(self._udp.fileno())
            self._udp.close()
            self._streams.close()
            if self._timer is not None:
                self._timer.cancel()

    def rebind(self, udp: UdpSocket) -> None:
        """Listen at another UDP socket in the place of the one there is."""
        if self._is_open:
            self._loop.remove_reader(self._udp.fileno())
            self._udp.close()
            self._udp = udp
            self._loop.add_reader(self._udp.fileno(), self._read)
        else:
            udp.close()

    def do(self, action: Callable[[float], None]) -> None:
        """Run one command of the engine with the time of now, and see to what comes of it.

        `transport.do(session.start)` starts; `transport.do(partial(session.perform, Hold()))`.
        """
        if self._is_open:
            action(self._loop.time())
            self._pump()

    def received(self, data: bytes, source: Address) -> None:
        """Take what a socket brought."""
        if self._is_open:
            if _wire_log.isEnabledFor(logging.DEBUG) and self._hears(source):
                _wire_log.debug("received from %s\n%s", source, _Masked(data))
            self._guard(self._engine.receive, data, source)
            self._pump()

    def failed(self, remote: Address, error: str) -> None:
        """Take note that there is no way to `remote`, or no longer one."""
        if self._is_open:
            self._guard(self._engine.transport_failed, remote, error)
            self._pump()

    def _read(self) -> None:
        has_read = False
        turn_ends_at = self._loop.time() + _TURN
        while self._loop.time() < turn_ends_at:
            if not self._is_open:
                return
            received = self._udp.receive()
            if received is None:
                break
            self.received(*received)
            has_read = True
        if has_read:
            return  # where there was a failure as well, the loop comes again for it
        while self._is_open and (failure := self._udp.failed()) is not None:
            self.failed(*failure)

    def _timed_out(self) -> None:
        self._timer = None
        self._guard(self._engine.handle_timeout)
        self._pump()

    def _guard(self, verb: Callable[..., None], *arguments: object) -> None:
        """Call a verb of the engine; no message, however odd, may stop the program."""
        try:
            verb(*arguments, self._loop.time())
        except Exception:  # noqa: BLE001 - the boundary between the network and the program
            _log.exception("the engine failed; what caused it is dropped")

    def _pump(self) -> None:
        self._is_asked_more = True
        if self._is_pumping:
            return  # an event handler gave a command, or a stream failed: the loop below sees to it
        self._is_pumping = True
        try:
            while self._is_open and self._is_asked_more:
                self._is_asked_more = False
                self._send_packets()
                self._hand_out_events()
        finally:
            self._is_pumping = False
        self._rearm()

    def _send_packets(self) -> None:
        packets = self._engine.packets_to_send()
        if packets and self._udp.seems_deaf:
            self._reopen()  # not sooner: the answer to the last of many has had time to be read
        for packet in packets:
            if _wire_log.isEnabledFor(logging.DEBUG):
                _wire_log.debug("sent to %s\n%s", packet.remote, _Masked(packet.data))
            if packet.remote.is_reliable:
                self._streams.send(packet)
            elif (error := self._udp.send(packet)) is not None:
                self._guard(self._engine.transport_failed, packet.remote, error)
                self._is_asked_more = True

    def _reopen(self) -> None:
        """Hear again, if it was the socket that was deaf."""
        _log.info("nothing comes in by UDP: the socket is opened anew")
        self._loop.remove_reader(self._udp.fileno())
        self._udp.reopen()
        self._loop.add_reader(self._udp.fileno(), self._read)

    def _hand_out_events(self) -> None:
        while (event := self._engine.next_event()) is not None:
            try:
                self._on_event(event)
            except Exception:  # noqa: BLE001 - a screen's fault must not cost the connection
                _log.exception("handling %s failed", type(event).__name__)

    def _rearm(self) -> None:
        when = self._engine.next_timeout() if self._is_open else None
        if self._timer is not None:
            if self._timer.when() == when:
                return  # as mostly, when much comes in
            self._timer.cancel()
            self._timer = None
        if when is not None:
            self._timer = self._loop.call_at(when, self._timed_out)


class _Masked:
    """A message that is masked for the log only if it is written."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __str__(self) -> str:
        return redact(self._data)
