"""Bad weather between the simulator and others."""

from __future__ import annotations

import pytest

from callctrl.simulator import Network, Weather
from callctrl.sip.packets import Address

from .peer import CONFIG, Peer, seeded, simulator


def test_fine_weather_changes_nothing() -> None:
    plain, behind = Peer(simulator()), Peer(Network(simulator(), seeded()))
    for peer in (plain, behind):
        peer.log_in()
        peer.subscribe()
        peer.run(1)
    assert plain.sent == behind.sent
    assert plain.events() == behind.events()


def test_everything_may_be_lost() -> None:
    network = Network(simulator(), seeded())
    network.weather = Weather(loss=1)
    peer = Peer(network)
    assert peer.request("REGISTER", "sip:192.168.1.10:6060") == []
    peer.run(60)
    assert peer.sent == []


def test_delay_holds_for_both_directions() -> None:
    network = Network(simulator(), seeded())
    network.weather = Weather(delay=0.5)
    peer = Peer(network)
    peer.request("REGISTER", "sip:192.168.1.10:6060")
    peer.run(0.9)
    assert peer.sent == []
    peer.run(0.2)
    assert len(peer.sent) == 1


def test_doubled_request_is_answered_twice_with_the_same_bytes() -> None:
    network = Network(simulator(), seeded())
    network.weather = Weather(duplicate=1)
    peer = Peer(network)
    peer.request("REGISTER", "sip:192.168.1.10:6060")
    peer.run(1)
    assert len(peer.sent) == 4
    assert len(set(peer.sent)) == 1


def test_held_back_datagram_is_overtaken() -> None:
    network = Network(simulator(), seeded())
    peer = Peer(network)
    network.weather = Weather(reorder=1)
    peer.request("REGISTER", "sip:192.168.1.10:6060")
    network.weather = Weather()
    peer.request("REGISTER", "sip:192.168.1.10:6060")
    peer.run(1)
    assert [each.cseq.number for each in peer.messages] == [2, 1]


@pytest.mark.parametrize("seed", range(3))
def test_same_seed_gives_the_same_conversation(seed: int) -> None:
    def conversation() -> list[bytes]:
        network = Network(simulator(CONFIG), seeded(seed))
        network.weather = Weather(loss=0.2, delay=0.01, duplicate=0.2, reorder=0.2)
        peer = Peer(network)
        for _ in range(20):
            peer.request("REGISTER", "sip:192.168.1.10:6060")
            peer.run(1)
        return peer.sent

    assert conversation() == conversation()


def test_closed_port_is_told_to_the_simulator() -> None:
    network = Network(simulator(), seeded())
    peer = Peer(network)
    network.transport_failed(peer.pc, "connection refused", 0.0)
    assert str(peer.events()[0]) == "UDP 192.168.1.50:5060 cannot be reached: connection refused"


PC_BY_TCP = Address("192.168.1.50", 40123, "TCP")


def test_a_stream_neither_loses_nor_doubles_nor_reorders() -> None:
    """RFC 3261 section 17: TCP makes good for it; only time passes."""
    network = Network(simulator(), seeded())
    network.weather = Weather(loss=1, duplicate=1, reorder=1, delay=0.5)
    peer = Peer(network, pc=PC_BY_TCP)
    peer.deliver(b"\r\n\r\n")
    peer.deliver(b"\r\n\r\n")
    peer.run(0.9)
    assert peer.sent == []
    peer.run(0.2)
    assert peer.sent == [b"\r\n", b"\r\n"]


def test_line_ends_are_answered_on_streams_alone() -> None:
    """RFC 5626 section 3.5.1."""
    assert Peer(simulator(), pc=PC_BY_TCP).deliver(b"\r\n\r\n") == [b"\r\n"]
    assert Peer(simulator(), pc=PC_BY_TCP).deliver(b"\r\n") == []
    assert Peer(simulator()).deliver(b"\r\n\r\n") == []
