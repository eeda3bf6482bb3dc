"""TCP and TLS connections: opened when there is something to send, kept, and watched.

RFC 3261 section 18. There is at most one connection with each remote, whoever opened it. One that
is lost, or sends what is no SIP, is closed and told as a failure of its remote; what is sent
there next opens another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any

from callctrl.daemon import in_daemon_thread
from callctrl.sip import RemoteProtocolError
from callctrl.sip.framing import StreamReader
from callctrl.sip.packets import Address, Packet
from callctrl.sparing import SparingLog
from callctrl.transport.tls import Trust, UntrustedError

__all__ = ["Streams"]

_log = logging.getLogger(__name__)

_CONNECT_WITHIN = 4.0
"""Seconds for a connection to come about, TLS and all."""
_UNACKNOWLEDGED_WITHIN = 10.0
"""Seconds until a connection is given up whose other end acknowledges nothing (Linux only)."""
_ASK_WHEN_IDLE = 30
"""Seconds of silence after which the kernel asks whether the other end is still there."""
_LONGEST_QUEUE = 512 * 1024
"""Bytes that may wait for an other end that takes none."""
_TURN = 0.005
"""Seconds of handing out in one go; then the screen has its turn, however much there is."""
_MOST_CONNECTIONS = 32
"""At a time; more are a flood."""
_ACCEPTED_AT_ONCE = 8
"""Connections accepted in one go, and as many may wait for it."""


class Streams:
    """The connections of one engine."""

    def __init__(
        self,
        trust: Trust | None = None,
        on_opened: Callable[[Address, Address], None] = lambda local, remote: None,
    ) -> None:
        """`trust` is wanted for TLS. `on_opened` is told our end and the other of a connection."""
        self.untrusted: UntrustedError | None = None
        """Why the last connection by TLS did not come about, if its certificate is why."""
        self._trust = trust
        self._on_opened = on_opened
        self._links: dict[Address, _Link] = {}
        self._servers: list[asyncio.Server] = []
        self._is_closed = False
        self._strangers = SparingLog(_log, most=1)
        self._received: Callable[[bytes, Address], None] = lambda data, source: None
        self._failed: Callable[[Address, str], None] = lambda remote, error: None

    def attach(
        self,
        received: Callable[[bytes, Address], None],
        failed: Callable[[Address, str], None],
    ) -> None:
        """Tell these of each message, and of each connection lost or not come about."""
        self._received, self._failed = received, failed

    async def connect(self, remote: Address) -> Address:
        """Our end of the connection with `remote`, opened if there is none.

        Raises OSError where it does not come about: UntrustedError for the certificate's sake.
        """
        link = self._links.get(remote) or self._open(remote)
        if link.opening is not None:
            await asyncio.wait([link.opening])
            if link.opening.cancelled():
                raise ConnectionAbortedError("called off")
            if (error := link.opening.result()) is not None:
                raise error
        return link.local

    async def listen(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        admits: Callable[[Address], bool] = lambda remote: True,
    ) -> int:
        """Accept connections from those that `admits` allows; the port.

        Raises OSError where the port is taken, or all was closed meanwhile.
        """
        transport = "TCP" if tls is None else "TLS"

        def accept() -> _Link:
            return _Link(self, transport, admits)

        server = await asyncio.get_running_loop().create_server(
            accept,
            host,
            port,
            backlog=_ACCEPTED_AT_ONCE,
            ssl=tls,
            ssl_handshake_timeout=None if tls is None else _CONNECT_WITHIN,
            start_serving=False,  # who is called off in there would leave the port open for good
        )
        if self._is_closed:  # meanwhile
            server.close()
            raise ConnectionAbortedError("called off")
        self._servers.append(server)
        bound: int = server.sockets[0].getsockname()[1]
        await server.start_serving()
        return bound

    def send(self, packet: Packet) -> None:
        """Send a message on the connection with its remote, opened if there is none."""
        remote = packet.remote
        if not packet.data:
            self.drop(remote)
            return
        if remote not in self._links and packet.otherwise is not None:
            remote = packet.otherwise
        link = self._links.get(remote)
        if link is None:
            if len(self._links) >= _MOST_CONNECTIONS:
                self._failed(remote, "too many connections")
                return
            link = self._open(remote)
        link.send(packet.data)

    def end_of(self, remote: Address) -> Address | None:
        """Our end of the connection with `remote`, or None where none is open."""
        link = self._links.get(remote)
        return link.local if link is not None and link.is_open else None

    def stop_listening(self) -> None:
        """Accept no more connections; those there are stay."""
        for server in self._servers:
            server.close()
        self._servers.clear()

    def drop(self, remote: Address) -> None:
        """End the connection with `remote`, if there is one; nothing is told of it."""
        link = self._links.pop(remote, None)
        if link is not None:
            link.abort()

    def close(self) -> None:
        """Close every connection and listen no more; nothing is told of it."""
        self._is_closed = True
        self._received = lambda data, source: None
        self._failed = lambda remote, error: None
        self.stop_listening()
        for link in list(self._links.values()):
            link.close()
        self._links.clear()

    def _open(self, remote: Address) -> _Link:
        link = _Link(self, remote.transport)
        link.remote = remote
        link.opening = asyncio.get_running_loop().create_task(self._bring_about(link))
        self._links[remote] = link
        return link

    async def _bring_about(self, link: _Link) -> OSError | None:
        """Open a connection; what kept us from it."""
        remote = link.remote
        try:
            async with asyncio.timeout(_CONNECT_WITHIN):
                security: dict[str, Any] = {}
                if remote.transport == "TLS":
                    self.untrusted = None
                    security = await self._security()
                await asyncio.get_running_loop().create_connection(
                    lambda: link, remote.host, remote.port, **security
                )
        except OSError as caught:
            error = self._as_told(caught)
            _log.info("no connection with %s: %s", remote, error)
            self.lost(link, _in_words(error))
            return error
        return None

    async def _security(self) -> dict[str, Any]:
        trust = self._trust
        if trust is None:
            raise OSError("TLS is not set up")
        # In a thread, as it reads files; anew each time, as they may have changed.
        context = await in_daemon_thread(lambda _: trust.context(), "callctrl-tls")
        return {"ssl": context, "server_hostname": trust.name}

    def _as_told(self, error: OSError) -> OSError:
        if isinstance(error, ssl.SSLCertVerificationError) and self._trust is not None:
            error = self._trust.explain(error)
        if isinstance(error, UntrustedError):
            self.untrusted = error
        return error

    # What the links tell

    def accepts(self, link: _Link) -> bool:
        """Whether a connection that has come about may stay: there is one with each remote."""
        is_known = link.remote in self._links
        has_room = len(self._links) < _MOST_CONNECTIONS
        if is_known or (has_room and link.is_admitted):
            return self._links.setdefault(link.remote, link) is link
        now = asyncio.get_running_loop().time()
        self._strangers.warning(now, "connection from %s refused", link.remote)
        return False

    def opened(self, link: _Link) -> None:
        """A connection has come about, and what waited for it is sent."""
        self._on_opened(link.local, link.remote)

    def received(self, link: _Link, data: bytes) -> None:
        """A message has come whole."""
        self._received(data, link.remote)

    def lost(self, link: _Link, error: str) -> None:
        """A connection is over, or has not come about."""
        if self._links.get(link.remote) is link:
            del self._links[link.remote]
            self._failed(link.remote, error)


class _Link(asyncio.Protocol):
    """One connection, from the attempt to open it to its end."""

    def __init__(
        self,
        streams: Streams,
        kind: str,
        admits: Callable[[Address], bool] = lambda remote: True,
    ) -> None:
        self.remote = self.local = Address("", 0, kind)
        """Our end is known once it is open; the other from the first where it is we who open it."""
        self.opening: asyncio.Task[OSError | None] | None = None
        """The attempt, where it was we who made it."""
        self._streams = streams
        self._kind = kind
        self._admits = admits
        self._transport: asyncio.Transport | None = None
        self._reader = StreamReader()
        self._held: list[bytes] = []
        """What waits for the connection to come about."""
        self._is_paused = False
        self._complaint = ""
        """Why we give it up, where we do."""

    @property
    def is_admitted(self) -> bool:
        """Whether its remote may open connections to us."""
        return self._admits(self.remote)

    @property
    def is_open(self) -> bool:
        """Whether it has come about."""
        return self._transport is not None

    def send(self, data: bytes) -> None:
        """Send, or hold until that is possible."""
        if self._transport is None:
            self._held.append(data)
            waiting = sum(len(each) for each in self._held)
        else:
            self._transport.write(data)
            waiting = self._transport.get_write_buffer_size()
        if waiting > _LONGEST_QUEUE:
            self._give_up("the other end takes nothing")

    def abort(self) -> None:
        """End it at once: what is left would arrive nowhere."""
        if self.opening is not None and not self.opening.done():
            self.opening.cancel()
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Send what is left, and close."""
        if self.opening is not None and not self.opening.done():
            self.opening.cancel()
        if self._transport is None:
            return
        if self._kind == "TLS" and not self._transport.get_write_buffer_size():
            self._transport.abort()  # a close would wait for the other end to say good-bye
        else:
            self._transport.close()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open; over TLS, the other end is who it should be."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.local = self._address(transport.get_extra_info("sockname"))
        if self.opening is None and (peer := transport.get_extra_info("peername")) is not None:
            self.remote = self._address(peer)
        if not self._streams.accepts(self):
            transport.abort()
            return
        _watch(transport.get_extra_info("socket"))
        for data in self._held:
            transport.write(data)
        self._held.clear()
        self._streams.opened(self)

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        self._reader.feed(data)
        if not self._is_paused:
            self._hand_out()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over; half closed by the other end is closed."""
        error = self._complaint or (_in_words(exc) if exc else "closed by the other end")
        self._streams.lost(self, error)

    def _hand_out(self) -> None:
        """Hand out messages for as long as one turn may last, and go on in the next."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        turn_ends_at = loop.time() + _TURN
        has_time = True
        while has_time:
            if self._transport.is_closing():
                return
            try:
                message = self._reader.next_message()
            except RemoteProtocolError as error:
                self._give_up(f"what came is no SIP: {error}")
                return
            if message is None:
                if self._is_paused:
                    self._is_paused = False
                    self._transport.resume_reading()
                return
            self._streams.received(self, message)
            has_time = loop.time() < turn_ends_at
        if not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        loop.call_soon(self._hand_out)

    def _give_up(self, complaint: str) -> None:
        _log.info("connection with %s given up: %s", self.remote, complaint)
        self._complaint = complaint
        self._held.clear()
        if self._transport is not None:
            self._transport.abort()
        else:
            self.close()
            self._streams.lost(self, complaint)

    def _address(self, name: tuple[Any, ...]) -> Address:
        return Address(str(name[0]), int(name[1]), self._kind)


def _watch(sock: socket.socket) -> None:
    """Have the kernel find out early that the other end is gone, as far as it can."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", _ASK_WHEN_IDLE),
        ("TCP_USER_TIMEOUT", int(_UNACKNOWLEDGED_WITHIN * 1000)),
    ):
        if hasattr(socket, name):
            with contextlib.suppress(OSError):  # what Python knows, an older Windows need not
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _in_words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no connection in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
