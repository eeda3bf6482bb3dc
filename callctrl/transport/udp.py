"""Datagrams: one bound UDP socket, its errors read from where the kernel keeps them."""

from __future__ import annotations

import errno
import logging
import socket
import sys

from callctrl.sip.transaction import Address, Packet

__all__ = ["UdpSocket"]

_log = logging.getLogger(__name__)

_RECEIVE_BUFFER = 4 * 1024 * 1024
"""Bytes asked of the kernel, so that a burst of NOTIFYs from a rebooted PBX is not lost."""
_DATAGRAM = 65_536
_PORTS_TO_TRY = 10

# From linux/in.h and linux/in6.h; the socket module does not name them.
_IP_RECVERR = 11
_IPV6_RECVERR = 25


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
