"""The UDP socket: the port that is taken, the buffer."""

from __future__ import annotations

import socket

from callctrl.sip.transaction import Address
from callctrl.transport import UdpSocket

HERE = "127.0.0.1"


def test_a_taken_port_gives_way_to_the_next() -> None:
    remote = Address(HERE, 6060)
    first = UdpSocket.towards(remote, 0)
    second = UdpSocket.towards(remote, first.local.port)
    try:
        assert first.local.host == second.local.host == HERE
        assert 0 < second.local.port - first.local.port < 10 or second.local.port > 0
        assert second.local.port != first.local.port
    finally:
        first.close()
        second.close()


def test_the_receive_buffer_is_asked_to_be_large() -> None:
    udp = UdpSocket(HERE, 0)
    try:
        asked = socket.fromfd(udp.fileno(), socket.AF_INET, socket.SOCK_DGRAM)
        with asked:
            granted = asked.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    finally:
        udp.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        assert granted >= plain.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
