"""Datagrams: one bound UDP socket, its errors read from where the kernel keeps them."""

from __future__ import annotations

import errno
import logging
import socket
import sys

from callctrl.sip.framing import is_keep_alive
from callctrl.sip.packets import Address, Packet

__all__ = ["UdpSocket", "local_host_towards"]

_log = logging.getLogger(__name__)

_RECEIVE_BUFFER = 4 * 1024 * 1024
"""Bytes asked of the kernel, so that a burst of NOTIFYs from a rebooted PBX is not lost."""
_DATAGRAM = 65_536
_PORTS_TO_TRY = 10
_DEAF_AFTER = 14
"""Messages without any sign of life: two requests that failed, each sent seven times."""

# From linux/in.h and linux/in6.h; the socket module does not name them.
_IP_RECVERR = 11
_IPV6_RECVERR = 25


class UdpSocket:
    """A bound UDP socket that tells of unreachable ports, and survives them.

    One that hears nothing at all may be deaf, as sockets of Windows become when a phone that
    restarts answers "port unreachable". `reopen` is the remedy; it is untested on Windows.
    """

    def __init__(self, host: str, port: int) -> None:
        """Bind; raises OSError where the address is taken. Port 0 takes any."""
        self._socket = _bound(host, port)
        self._unanswered = 0
        self.local = Address(host, self._socket.getsockname()[1])

    @classmethod
    def towards(cls, remote: Address, port: int) -> UdpSocket:
        """A socket on the route to `remote`, at `port`, or at another where that is taken."""
        host = local_host_towards(remote)
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

    @property
    def seems_deaf(self) -> bool:
        """Whether much was sent since anything came back, be it an error."""
        return self._unanswered >= _DEAF_AFTER

    def reopen(self) -> None:
        """Go on with a new socket at the same address; the descriptor changes.

        Where that is gone, as behind a change of networks, the socket stays as it is.
        """
        self._unanswered = 0
        host, port = self.local.host, self.local.port
        try:
            spare = _bound(host, 0)
        except OSError as error:
            _log.info("UDP is not opened anew: %s", error)
            return
        self._socket.close()
        try:
            self._socket = _bound(host, port)
        except OSError as error:  # somebody took it meanwhile; it is asked for again next time
            _log.warning("UDP port %d is lost: %s", port, error)
            self._socket = spare
        else:
            spare.close()

    def send(self, packet: Packet) -> str | None:
        """Send a datagram; what went wrong, where something did."""
        if not is_keep_alive(packet.data):
            self._unanswered += 1
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
        self._unanswered = 0
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
        self._unanswered = 0
        code = errno.ECONNREFUSED
        for _, _, extended_error in ancillary:
            code = int.from_bytes(extended_error[:4], sys.byteorder)
        return Address(remote[0], remote[1]), errno.errorcode.get(code, str(code))


def _bound(host: str, port: int) -> socket.socket:
    """A socket bound to an address; raises OSError where it is taken, or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if sys.platform == "linux":
            bound.setsockopt(
                *(
                    (socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
                    if family == socket.AF_INET6
                    else (socket.IPPROTO_IP, _IP_RECVERR, 1)
                )
            )
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def local_host_towards(remote: Address) -> str:
    """This PC's address on the route to `remote`; connecting a UDP socket sends nothing.

    Raises OSError where there is no route.
    """
    family = socket.AF_INET6 if ":" in remote.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((remote.host, remote.port))
        host: str = probe.getsockname()[0]
        return host
