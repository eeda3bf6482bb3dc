"""Server location (RFC 3263 section 4), with a name server made of dictionaries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip.location import Naptr, Srv, is_ip_address, locate, ordered_by_weight
from callctrl.sip.packets import Address


@dataclass
class FakeNames:
    """Knows what it is told, and notes what it is asked."""

    naptrs: dict[str, list[Naptr]] = field(default_factory=dict)
    srvs: dict[str, list[Srv]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def naptr(self, name: str) -> list[Naptr]:
        self.asked.append(f"NAPTR {name}")
        return self.naptrs.get(name, [])

    def srv(self, name: str) -> list[Srv]:
        self.asked.append(f"SRV {name}")
        return self.srvs.get(name, [])

    def addresses(self, host: str) -> list[str]:
        self.asked.append(f"A {host}")
        return self.hosts.get(host, [])


def _locate(
    names: FakeNames, host: str = "example.com", port: int = 0, transport: str | None = None
) -> list[Address]:
    return locate(host, port, transport, names, lambda: 0.0)


@pytest.mark.parametrize(
    ("host", "port", "transport", "place"),
    [
        ("192.0.2.7", 0, None, Address("192.0.2.7", 5060, "UDP")),
        ("192.0.2.7", 6060, None, Address("192.0.2.7", 6060, "UDP")),
        ("192.0.2.7", 0, "TCP", Address("192.0.2.7", 5060, "TCP")),
        ("192.0.2.7", 0, "TLS", Address("192.0.2.7", 5061, "TLS")),
        ("2001:db8::7", 0, None, Address("2001:db8::7", 5060, "UDP")),
    ],
)
def test_an_ip_address_needs_no_name_server(
    host: str, port: int, transport: str | None, place: Address
) -> None:
    """RFC 3263 sections 4.1 and 4.2: a numeric address is contacted by UDP at the default port."""
    names = FakeNames()
    assert _locate(names, host, port, transport) == [place]
    assert names.asked == []


def test_a_port_leaves_only_the_addresses_to_ask_for() -> None:
    """RFC 3263 section 4.2: neither NAPTR nor SRV where the port is given."""
    names = FakeNames(hosts={"example.com": ["192.0.2.1", "192.0.2.2"]})
    places = _locate(names, port=6060)
    assert places == [Address("192.0.2.1", 6060), Address("192.0.2.2", 6060)]
    assert names.asked == ["A example.com"]


def test_naptr_tells_the_transport_by_order_and_preference() -> None:
    """RFC 3263 section 4.1, with its own example: TLS before TCP before UDP."""
    names = FakeNames(
        naptrs={
            "example.com": [
                Naptr(50, 60, "s", "SIP+D2T", "_sip._tcp.example.com"),
                Naptr(50, 50, "S", "sip+d2u", "_sip._udp.example.com"),
                Naptr(90, 10, "s", "SIPS+D2T", "_sips._tcp.example.com"),
            ]
        },
        srvs={
            "_sip._udp.example.com": [Srv(0, 1, 5070, "one.example.com.")],
            "_sip._tcp.example.com": [Srv(0, 1, 5080, "two.example.com.")],
        },
        hosts={"one.example.com": ["192.0.2.1"], "two.example.com": ["192.0.2.2"]},
    )
    assert _locate(names) == [Address("192.0.2.1", 5070), Address("192.0.2.2", 5080, "TCP")]
    assert "SRV _sips._tcp.example.com" not in names.asked  # RFC 3403: a higher order


def test_naptr_for_what_we_cannot_use_is_none() -> None:
    """RFC 3263 section 4.1: other services and flags are discarded."""
    names = FakeNames(
        naptrs={
            "example.com": [
                Naptr(1, 1, "s", "SIP+D2S", "_sip._sctp.example.com"),
                Naptr(1, 1, "u", "E2U+sip", "."),
                Naptr(1, 1, "a", "SIP+D2U", "host.example.com"),
            ]
        },
        hosts={"example.com": ["192.0.2.1"]},
    )
    assert _locate(names) == [Address("192.0.2.1", 5060)]
    assert names.asked == [
        "NAPTR example.com",
        "SRV _sip._udp.example.com",
        "SRV _sip._tcp.example.com",
        "SRV _sips._tcp.example.com",
        "A example.com",
    ]


def test_who_wants_tls_first_is_never_met_in_plain_text() -> None:
    """Whoever cuts TLS off must gain nothing by it."""
    names = FakeNames(
        naptrs={
            "example.com": [
                Naptr(1, 1, "s", "SIPS+D2T", "_sips._tcp.example.com"),
                Naptr(1, 2, "s", "SIP+D2U", "_sip._udp.example.com"),
            ]
        },
        srvs={
            "_sips._tcp.example.com": [Srv(0, 0, 5061, "one.example.com")],
            "_sip._udp.example.com": [Srv(0, 0, 5060, "one.example.com")],
        },
        hosts={"one.example.com": ["192.0.2.1"]},
    )
    assert _locate(names) == [Address("192.0.2.1", 5061, "TLS")]


def test_a_transport_that_is_wanted_is_asked_for_by_its_srv_name() -> None:
    """RFC 3263 section 4.2: no NAPTR where the transport is given."""
    names = FakeNames(
        srvs={"_sips._tcp.example.com": [Srv(0, 0, 5071, "pbx.example.com")]},
        hosts={"pbx.example.com": ["192.0.2.1"]},
    )
    assert _locate(names, transport="TLS") == [Address("192.0.2.1", 5071, "TLS")]
    assert names.asked == ["SRV _sips._tcp.example.com", "A pbx.example.com"]


@pytest.mark.parametrize(
    ("transport", "port"), [(None, 5060), ("UDP", 5060), ("TCP", 5060), ("TLS", 5061)]
)
def test_without_srv_it_is_the_host_at_the_default_port(transport: str | None, port: int) -> None:
    """RFC 3263 sections 4.1 and 4.2: UDP, and an address look-up."""
    names = FakeNames(hosts={"example.com": ["192.0.2.1"]})
    assert _locate(names, transport=transport) == [Address("192.0.2.1", port, transport or "UDP")]


def test_a_service_that_is_decidedly_not_there_is_not_sought_elsewhere() -> None:
    """RFC 2782: a target of "." says so."""
    names = FakeNames(
        srvs={"_sip._udp.example.com": [Srv(0, 0, 0, "."), Srv(0, 0, 5060, ".")]},
        hosts={"example.com": ["192.0.2.1"]},
    )
    assert _locate(names, transport="UDP") == []
    assert names.asked == ["SRV _sip._udp.example.com"]


def test_a_service_at_no_port_is_nowhere() -> None:
    """RFC 2782 has ports from 0 to 65535; nothing is ever reached at the first."""
    names = FakeNames(
        srvs={"_sip._udp.example.com": [Srv(0, 0, 0, "host.example.com")]},
        hosts={"host.example.com": ["192.0.2.1"]},
    )
    assert _locate(names, transport="UDP") == []


def test_where_one_service_is_named_the_domain_itself_is_not_asked_for_another() -> None:
    """RFC 3263 section 4.2: its address counts only where there are no SRV records at all."""
    names = FakeNames(
        srvs={"_sip._udp.example.com": [Srv(0, 0, 5060, "gone.example.com")]},
        hosts={"example.com": ["192.0.2.1"]},
    )
    assert _locate(names) == []


def test_every_address_of_every_target_is_a_place_by_priority() -> None:
    """RFC 3263 section 4.3: what is tried one after the other."""
    names = FakeNames(
        srvs={
            "_sip._udp.example.com": [
                Srv(20, 0, 5062, "spare.example.com"),
                Srv(10, 0, 5060, "main.example.com"),
                Srv(30, 0, 5060, "main.example.com"),
            ]
        },
        hosts={
            "main.example.com": ["192.0.2.1", "2001:db8::1"],
            "spare.example.com": ["192.0.2.2"],
        },
    )
    assert _locate(names, transport="UDP") == [
        Address("192.0.2.1", 5060),
        Address("2001:db8::1", 5060),
        Address("192.0.2.2", 5062),
    ]


def test_an_endless_answer_is_cut() -> None:
    names = FakeNames(
        srvs={"_sip._udp.x": [Srv(0, 0, 5060, f"h{number}") for number in range(500)]},
        hosts={f"h{number}": [f"192.0.2.{each}" for each in range(200)] for number in range(500)},
    )
    assert len(_locate(names, "x", transport="UDP")) == 16
    assert len(names.asked) == 9
    assert len(_locate(names, "h1", 5060)) == 16


def test_within_a_priority_chance_decides_by_weight() -> None:
    """RFC 2782: about three of four first tries go to the one with three times the weight."""
    random = Random(1)
    records = [Srv(0, 1, 1, "a"), Srv(0, 3, 2, "b"), Srv(0, 0, 3, "c")]
    firsts = Counter(ordered_by_weight(records, random.random)[0].target for _ in range(2000))
    assert 0.70 < firsts["b"] / (firsts["a"] + firsts["b"]) < 0.80
    assert 0 < firsts["c"] < firsts["a"]


@given(
    st.lists(
        st.builds(
            Srv,
            st.integers(0, 65535),
            st.integers(0, 65535),
            st.integers(0, 65535),
            st.text(max_size=9),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_each_record_is_tried_once_and_lower_priorities_first(
    records: list[Srv], random: Random
) -> None:
    """RFC 2782."""
    ordered = ordered_by_weight(records, random.random)
    assert Counter(ordered) == Counter(records)
    assert [each.priority for each in ordered] == sorted(each.priority for each in records)


@pytest.mark.parametrize(
    ("host", "is_address"),
    [("192.0.2.1", True), ("::1", True), ("spa9000", False), ("1.2.3", False), ("", False)],
)
def test_an_address_is_told_from_a_name(host: str, is_address: bool) -> None:
    assert is_ip_address(host) is is_address
