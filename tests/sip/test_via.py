"""Where responses go, and what they return of the Vias (RFC 3261 section 18.2, RFC 3581)."""

from __future__ import annotations

import pytest

from callctrl.sip.message import Response
from callctrl.sip.packets import Address
from callctrl.sip.transactionlayer import TransactionLayer
from callctrl.sip.via import vias_for_response
from tests.sip.layers import (
    BRANCH,
    PBX,
    PC_TCP,
    request,
)


@pytest.mark.parametrize(
    ("via", "expected"),
    [
        ("192.168.1.10:6060", 6060),
        ("192.168.1.10", 5060),
        ("pbx.example.com:5070;received=10.0.0.1", 5070),
        ("[2001:db8::1]:6061", 6061),
    ],
)
def test_the_answer_goes_to_where_the_request_came_from_at_the_port_of_its_via(
    via: str, expected: int
) -> None:
    """RFC 3261 section 18.2.2: the source's address counts, not its port."""
    assert answered_to(via) == PBX._replace(port=expected)


@pytest.mark.parametrize("rport", ["rport", "RPORT", "rport=", "rport=5060"])
def test_the_answer_goes_to_the_source_port_where_the_via_asks_for_it(rport: str) -> None:
    """RFC 3581 section 4."""
    assert answered_to(f"10.0.0.9:5060;{rport}") == PBX._replace(port=40_000)


def answered_to(via: str) -> Address:
    """Where the answer goes to a request with this Via that comes from port 40000."""
    layer = TransactionLayer()
    data = request(method="NOTIFY", Via=f"SIP/2.0/UDP {via};branch={BRANCH}").to_bytes()
    server = layer.receive(data, PBX._replace(port=40_000), 0.0)
    assert server is not None
    return server.remote


@pytest.mark.parametrize(
    ("via", "echoed"),
    [
        ("192.168.1.10:6060;branch=z9hG4bK1", "192.168.1.10:6060;branch=z9hG4bK1"),
        ("pbx.lan;branch=z9hG4bK1", "pbx.lan;branch=z9hG4bK1;received=192.168.1.10"),
        ("10.0.0.9;rport;branch=z9hG4bK1", "10.0.0.9;branch=z9hG4bK1;{source}"),
        ("192.168.1.10 ; RPort=1 ; branch=z9hG4bK1", "192.168.1.10;branch=z9hG4bK1;{source}"),
        ("a;received=6.6.6.6;branch=z9hG4bK1", "a;branch=z9hG4bK1;received=192.168.1.10"),
        ("a;branch=z9hG4bK+/=;x", "a;branch=z9hG4bK+/=;x;received=192.168.1.10"),
        ('a;x="1;rport, 2"', 'a;x="1;rport, 2";received=192.168.1.10'),
    ],
)
def test_the_topmost_via_comes_back_with_the_source_and_is_else_untouched(
    via: str, echoed: str
) -> None:
    """RFC 3261 section 18.2.1, RFC 3581 section 4."""
    below = ["SIP/2.0/UDP b;rport;branch=z9hG4bK2", "SIP/2.0/TCP c;received=d"]
    notify = request(method="NOTIFY", Via=f"SIP/2.0/UDP {via}, , {below[0]},")
    notify.headers.add("v", below[1])
    expected = echoed.format(source="received=192.168.1.10;rport=40000")
    assert vias_for_response(notify, PBX._replace(port=40_000)) == [
        f"SIP/2.0/UDP {expected}",
        *below,
    ]


@pytest.mark.parametrize(
    ("via", "otherwise"),
    [
        ("SIP/2.0/TCP 192.168.1.50:5060", PC_TCP._replace(port=5060)),
        ("SIP/2.0/TCP pc.example.com:5070", PC_TCP._replace(port=5070)),
        ("SIP/2.0/TCP pc.example.com", PC_TCP._replace(port=5060)),
        ("SIP/2.0/TCP pc.example.com;rport", PC_TCP._replace(port=5060)),
    ],
)
def test_a_response_goes_back_on_the_connection_or_else_to_the_via(
    via: str, otherwise: Address
) -> None:
    """RFC 3261 section 18.2.2."""
    layer = TransactionLayer()
    data = request(Via=f"{via};branch={BRANCH}").to_bytes()
    server = layer.receive(data, PC_TCP, 0.0)
    assert server is not None
    layer.respond(server, Response(200, "OK", list(server.request.headers)), 0.1)
    (packet,) = layer.packets_to_send()
    assert (packet.remote, packet.otherwise) == (PC_TCP, otherwise)


def test_over_tls_the_via_port_is_5061_where_it_says_none() -> None:
    """RFC 3261 section 18.2.2."""
    layer = TransactionLayer()
    source = PC_TCP._replace(transport="TLS")
    data = request(Via=f"SIP/2.0/TLS pc.example.com;branch={BRANCH}").to_bytes()
    server = layer.receive(data, source, 0.0)
    assert server is not None
    layer.respond(server, Response(200, "OK", list(server.request.headers)), 0.1)
    (packet,) = layer.packets_to_send()
    assert packet.otherwise == source._replace(port=5061)
