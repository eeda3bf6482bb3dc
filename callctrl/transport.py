"""Sockets and the pump: the one place where an engine meets the event loop and the network.

Runs on any asyncio loop that has `add_reader`; on Windows that is a selector loop. Every input,
be it a datagram, a network error, the timer or a command, is one change of the engine followed
by a full drain: packets out, events out, and the one timer armed anew.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import sys
from collections.abc import Callable
from typing import Any, Protocol

from callctrl.daemon import in_daemon_thread
from callctrl.sip.message import redact
from callctrl.sip.transaction import Address, Packet

__all__ = ["Engine", "Transport", "UdpSocket", "resolve"]

_log = logging.getLogger(__name__)
_wire_log = logging.getLogger("callctrl.wire")

_RECEIVE_BUFFER = 4 * 1024 * 1024
"""Bytes asked of the kernel, so that a burst of NOTIFYs from a rebooted PBX is not lost."""
_DATAGRAM = 65_536
_TURN = 0.005
"""Seconds of reading in one go; then the screen has its turn, however much there is to read."""
_PORTS_TO_TRY = 10

# From linux/in.h and linux/in6.h; the socket module does not name them.
_IP_RECVERR = 11
_IPV6_RECVERR = 25


class Engine(Protocol):
    """What the pump drives: a `Session`, or a simulated phone system."""

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take one datagram."""
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


async def resolve(host: str, port: int) -> Address:
    """The address of a host name or IP address; raises OSError where there is none."""

    def look_up() -> list[tuple[Any, ...]]:
        try:
            return list(socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM))
        except UnicodeError as error:
            raise OSError(f"{host!r} is no host name") from error

    # In a daemon thread: a name server that does not answer must not keep us from ending.
    found = await in_daemon_thread(lambda _: look_up(), "callctrl-resolve")
    # IPv4 first: the phone family speaks nothing else.
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return Address(str(found[0][4][0]), port)


class UdpSocket:
    """A bound UDP socket that tells of unreachable ports, and survives them."""

    def __init__(self, host: str, port: int) -> None:
        """Bind; raises OSError where the address is taken. Port 0 takes any."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            if sys.platform == "linux":
                self._socket.setsockopt(
                    *(
                        (socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
                        if family == socket.AF_INET6
                        else (socket.IPPROTO_IP, _IP_RECVERR, 1)
                    )
                )
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.local = Address(host, self._socket.getsockname()[1])

    @classmethod
    def towards(cls, remote: Address, port: int) -> UdpSocket:
        """A socket on the route to `remote`, at `port`, or at another where that is taken."""
        host = _local_host_towards(remote)
        ports = range(port, min(port + _PORTS_TO_TRY, 65_536)) if port else range(0)
        for candidate in ports:
            try:
                return cls(host, candidate)
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
                _log.info("local port %d is taken", candidate)
        return cls(host, 0)

    def fileno(self) -> int:
        """The descriptor for the event loop."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, packet: Packet) -> str | None:
        """Send a datagram; what went wrong, where something did."""
        for is_last_try in (False, True):
            try:
                self._socket.sendto(packet.data, (packet.remote.host, packet.remote.port))
            except BlockingIOError:
                return None  # the buffer is full: lost like any datagram, and sent again later
            except ConnectionRefusedError as error:
                # The answer to an earlier datagram, reported now; this one was not sent.
                if is_last_try:
                    return error.strerror
            except OSError as error:
                return error.strerror or str(error)
            else:
                return None
        return None

    def receive(self) -> tuple[bytes, Address] | None:
        """The next datagram, or None where the socket is empty."""
        try:
            data, (host, port, *_) = self._socket.recvfrom(_DATAGRAM)
        except OSError:
            return None  # empty, or the error of an earlier send, which `failed` tells
        return data, Address(host, port)

    def failed(self) -> tuple[Address, str] | None:
        """A remote that answered "port unreachable", and the error; None where there is none.

        Only Linux tells which remote it was. Elsewhere the requests on their way time out.
        """
        if sys.platform != "linux":
            return None
        try:
            _, ancillary, _, remote = self._socket.recvmsg(1, 512, socket.MSG_ERRQUEUE)
        except OSError:
            return None
        code = errno.ECONNREFUSED
        for _, _, extended_error in ancillary:
            code = int.from_bytes(extended_error[:4], sys.byteorder)
        return Address(remote[0], remote[1]), errno.errorcode.get(code, str(code))


def _local_host_towards(remote: Address) -> str:
    """This PC's address on the route to `remote`; connecting a UDP socket sends nothing."""
    family = socket.AF_INET6 if ":" in remote.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((remote.host, remote.port))
        host: str = probe.getsockname()[0]
        return host


class Transport:
    """The pump between one engine and one socket."""

    def __init__(
        self,
        engine: Engine,
        udp: UdpSocket,
        on_event: Callable[[Any], None],
        hears: Callable[[Address], bool] = lambda _source: True,
    ) -> None:
        """`on_event` is called with each event of the engine; it may give commands at once.

        `hears` tells whose datagrams the engine reads: those of others stay out of the log.
        """
        self._engine = engine
        self._udp = udp
        self._on_event = on_event
        self._hears = hears
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._is_pumping = False
        self._is_open = False

    def open(self) -> None:
        """Begin to listen."""
        self._is_open = True
        self._loop.add_reader(self._udp.fileno(), self._read)
        self._pump()

    def close(self) -> None:
        """Send what is left and close the socket; nothing happens afterwards."""
        if self._is_open:
            self._send_packets()
            self._is_open = False
            self._loop.remove_reader(self._udp.fileno())
            self._udp.close()
            if self._timer is not None:
                self._timer.cancel()

    def do(self, action: Callable[[float], None]) -> None:
        """Run one command of the engine with the time of now, and see to what comes of it.

        `transport.do(session.start)` starts; `transport.do(partial(session.perform, Hold()))`.
        """
        if self._is_open:
            action(self._loop.time())
            self._pump()

    def _read(self) -> None:
        turn_ends_at = self._loop.time() + _TURN
        while self._loop.time() < turn_ends_at:
            if not self._is_open:
                return
            received = self._udp.receive()
            if received is None:
                break
            data, source = received
            if self._hears(source):
                _wire_log.debug("received from %s\n%s", source, _Masked(data))
            self._guard(self._engine.receive, data, source)
            self._pump()
        self._read_failures()

    def _read_failures(self) -> None:
        while self._is_open and (failure := self._udp.failed()) is not None:
            self._guard(self._engine.transport_failed, *failure)
            self._pump()

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
        if self._is_pumping:
            return  # an event handler gave a command: the loop below sees to it
        self._is_pumping = True
        try:
            while self._is_open and (self._send_packets() or self._hand_out_events()):
                pass
        finally:
            self._is_pumping = False
        self._rearm()

    def _send_packets(self) -> bool:
        packets = self._engine.packets_to_send()
        for packet in packets:
            _wire_log.debug("sent to %s\n%s", packet.remote, _Masked(packet.data))
            error = self._udp.send(packet)
            if error is not None:
                self._guard(self._engine.transport_failed, packet.remote, error)
        return bool(packets)

    def _hand_out_events(self) -> bool:
        has_any = False
        while (event := self._engine.next_event()) is not None:
            has_any = True
            try:
                self._on_event(event)
            except Exception:  # noqa: BLE001 - a screen's fault must not cost the connection
                _log.exception("handling %s failed", type(event).__name__)
        return has_any

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        when = self._engine.next_timeout() if self._is_open else None
        if when is not None:
            self._timer = self._loop.call_at(when, self._timed_out)


class _Masked:
    """A message that is masked for the log only if it is written."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __str__(self) -> str:
        return redact(self._data)
