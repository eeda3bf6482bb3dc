"""The slips and hostile datagrams it can be told to send."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.simulator.crooked import HOSTILE
from callctrl.sip import RemoteProtocolError
from callctrl.sip.message import parse

from .peer import CONFIG, Peer, simulator

CROOKED = replace(CONFIG, crooked=True)


def test_first_challenge_lacks_the_semicolon_as_printed() -> None:
    """protocol.md B.8 no. 2; the later ones have it."""
    peer = Peer(simulator(CROOKED))
    first = peer.register()
    assert first.headers.get("From") == "sip:RECEPTION@192.168.1.50 tag=15110"
    again = peer.register("Digest username=wrong")
    assert again.headers.get("From") == "sip:RECEPTION@192.168.1.50;tag=15110"


def test_each_kind_of_hostile_datagram_comes_before_a_true_report() -> None:
    spa = simulator(CROOKED)
    peer = Peer(spa)
    peer.log_in()
    peer.subscribe()
    for _ in range(len(HOSTILE)):
        spa.phone.ring("5551234", "Anna Lee", now=peer.now)
        peer.run(0)
        spa.phone.act("reject", now=peer.now)
        peer.run(0)
    everything = b"\n".join(peer.sent)
    for sign in (bytes(range(256)), b"<!DOCTYPE", b"levitating", b"A" * 4000, b"Length: 9999"):
        assert sign in everything
    assert everything.count(b'state="ringing"') >= len(HOSTILE)


@pytest.mark.parametrize("kind", ["garbage", "Content-Length too long"])
def test_some_kinds_are_no_sip_at_all(kind: str) -> None:
    spa = simulator(CROOKED)
    peer = Peer(spa)
    peer.log_in()
    peer.subscribe()
    notify = peer.messages[-1]
    with pytest.raises(RemoteProtocolError):
        parse(HOSTILE[kind](notify))  # type: ignore[arg-type]
