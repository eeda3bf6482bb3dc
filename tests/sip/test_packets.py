"""Addresses, as they are shown and what they say."""

from __future__ import annotations

import pytest

from callctrl.sip.packets import Address
from tests.sip.layers import (
    PBX,
    PBX_TCP,
)


def test_an_address_is_shown_with_its_transport() -> None:
    assert str(PBX) == "UDP 192.168.1.10:6060"


@pytest.mark.parametrize(
    ("address", "is_reliable"),
    [(PBX, False), (PBX_TCP, True), (PBX._replace(transport="TLS"), True)],
)
def test_all_but_udp_is_reliable(address: Address, is_reliable: bool) -> None:
    assert address.is_reliable is is_reliable


def test_an_ipv6_address_is_shown_in_brackets() -> None:
    assert str(Address("2001:db8::1", 5061, "TLS")) == "TLS [2001:db8::1]:5061"
