"""The UDP socket: the port that is taken, the buffer, and what to do where it goes deaf."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import pytest

from callctrl.sip.packets import Address, Packet
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


# A deaf socket


@pytest.fixture(name="udp")
def bound_socket() -> Iterator[UdpSocket]:
    udp = UdpSocket(HERE, 0)
    yield udp
    udp.close()


def send(udp: UdpSocket, data: bytes, times: int) -> None:
    for _ in range(times):
        udp.send(Packet(data, udp.local))


def test_much_sent_and_nothing_heard_is_deafness(udp: UdpSocket) -> None:
    seemed_deaf = []
    for _ in range(14):
        send(udp, b"OPTIONS", 1)
        seemed_deaf.append(udp.seems_deaf)
    assert seemed_deaf == [False] * 13 + [True]


def test_a_new_socket_is_given_time(udp: UdpSocket) -> None:
    send(udp, b"OPTIONS", 14)
    udp.reopen()
    assert not udp.seems_deaf


def test_whatever_is_heard_is_a_sign_of_life(udp: UdpSocket) -> None:
    send(udp, b"OPTIONS", 14)
    assert udp.receive() is not None
    assert not udp.seems_deaf


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a refusal")
def test_a_refusal_is_a_sign_of_life(udp: UdpSocket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind((HERE, 0))
        nobody = Address(HERE, gone.getsockname()[1])
    for _ in range(14):
        udp.send(Packet(b"OPTIONS", nobody))
    assert udp.failed() is not None
    assert not udp.seems_deaf


def test_line_ends_are_not_waited_for(udp: UdpSocket) -> None:
    """RFC 5626 section 3.5.1: over UDP nothing answers them."""
    send(udp, b"\r\n\r\n", 100)
    assert not udp.seems_deaf


def test_opened_anew_it_has_the_same_address_and_hears(udp: UdpSocket) -> None:
    before = udp.local
    udp.reopen()
    assert udp.local == before
    send(udp, b"hello", 1)
    assert udp.receive() == (b"hello", before)


def test_where_the_address_is_gone_the_socket_stays(udp: UdpSocket) -> None:
    """A change of networks is for others to see to."""
    udp.local = udp.local._replace(host="192.0.2.1")
    descriptor = udp.fileno()
    udp.reopen()
    assert udp.fileno() == descriptor


def test_where_the_port_was_taken_meanwhile_another_one_must_do(udp: UdpSocket) -> None:
    other = UdpSocket(HERE, 0)
    udp.local = other.local
    udp.reopen()
    assert udp.send(Packet(b"hello", other.local)) is None
    received = other.receive()
    assert received is not None
    assert received[0] == b"hello"
    other.close()
