"""Where the PBX is, asked of a real name server on loopback (RFC 3263 section 4)."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from callctrl import locating
from callctrl.accounts import Account, SipTransport
from callctrl.locating import NameServer, find_host, find_pbx
from callctrl.sip.packets import Address
from tests.nameserver import StubNameServer

ACCOUNT = Account("pbx.test", "200", "FrontDesk", "RECEPTION", port=0)
RECORDS = (
    'pbx.test. 60 IN NAPTR 10 20 "s" "SIP+D2T" "" _sip._tcp.pbx.test.',
    'pbx.test. 60 IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.pbx.test.',
    "_sip._udp.pbx.test. 60 IN SRV 10 0 5070 127.0.0.1.",
    "_sip._udp.pbx.test. 60 IN SRV 5 0 5071 127.0.0.2.",
    "_sip._tcp.pbx.test. 60 IN SRV 5 0 5080 127.0.0.1.",
    "_sips._tcp.pbx.test. 60 IN SRV 5 0 5081 127.0.0.1.",
)
"""The targets are numbers, so that the system need not be asked for addresses."""


@pytest.fixture
def server() -> Iterator[StubNameServer]:
    server = StubNameServer(*RECORDS)
    yield server
    server.close()


async def _find(server: StubNameServer, account: Account) -> list[Address]:
    return await find_pbx(account, lambda: 0.0, NameServer(["127.0.0.1"], server.port))


async def test_naptr_and_srv_lead_to_the_places_in_order(server: StubNameServer) -> None:
    """RFC 3263 section 4.1 and 4.2."""
    assert await _find(server, ACCOUNT) == [
        Address("127.0.0.2", 5071),
        Address("127.0.0.1", 5070),
        Address("127.0.0.1", 5080, "TCP"),
    ]
    assert server.asked == ["NAPTR pbx.test", "SRV _sip._udp.pbx.test", "SRV _sip._tcp.pbx.test"]


async def test_a_wanted_transport_is_found_by_srv_alone(server: StubNameServer) -> None:
    """RFC 3263 section 4.2."""
    account = replace(ACCOUNT, transport=SipTransport.TLS)
    assert await _find(server, account) == [Address("127.0.0.1", 5081, "TLS")]
    assert server.asked == ["SRV _sips._tcp.pbx.test"]


async def test_the_outbound_proxy_is_found_in_the_place_of_the_pbx(server: StubNameServer) -> None:
    """RFC 3261 section 8.1.2: the next hop is located, not the Request-URI's host."""
    account = replace(ACCOUNT, pbx="elsewhere.test", outbound_proxy="pbx.test")
    assert (await _find(server, account))[0] == Address("127.0.0.2", 5071)
    account = replace(account, outbound_proxy="127.0.0.3:5999")
    assert await _find(server, account) == [Address("127.0.0.3", 5999)]
    account = replace(account, outbound_proxy="[::1]:5999", transport=SipTransport.TCP)
    assert await _find(server, account) == [Address("::1", 5999, "TCP")]


@pytest.mark.parametrize("proxy", ["", "@", "a b:70000", ":", "b:70000"])
async def test_an_outbound_proxy_that_is_none_is_no_place(proxy: str) -> None:
    account = replace(ACCOUNT, pbx="", outbound_proxy=proxy, port=1)
    with pytest.raises(OSError, match=r"expected a|no address"):
        await find_pbx(account, lambda: 0.0)


async def test_no_name_is_not_this_computers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has addresses for it."""
    here = (socket.AF_INET, socket.SOCK_DGRAM, 0, "", ("127.0.0.1", 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [here])
    with pytest.raises(OSError, match="no address"):
        await find_pbx(replace(ACCOUNT, pbx="", port=1), lambda: 0.0)


async def test_a_name_server_that_keeps_silent_on_naptr_is_done_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some routers do not even answer that they do not know."""
    monkeypatch.setattr(locating, "_EACH_WITHIN", 0.2)
    server = StubNameServer(*RECORDS, silent_on="NAPTR")
    try:
        assert (await _find(server, ACCOUNT))[0] == Address("127.0.0.2", 5071)
    finally:
        server.close()


async def test_a_system_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "_WITHIN", 0.05)
    released = socket.socketpair()

    def hang(*_: Any, **__: Any) -> list[Any]:
        released[0].recv(1)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(TimeoutError):
        await find_host("pbx.test", 5060)
    released[1].close()
    released[0].close()


async def test_a_host_is_found_by_the_operating_system() -> None:
    assert await find_host("127.0.0.1", 6060) == Address("127.0.0.1", 6060)
    assert await find_host("localhost", 6060) == Address("127.0.0.1", 6060)
    with pytest.raises(OSError, match="no address for SIP"):
        await find_host("no-such-host.invalid", 6060)


@pytest.mark.parametrize("name", ["a..b", "x" * 300, "\udcff"])
async def test_a_name_that_is_none_is_found_nowhere(name: str) -> None:
    with pytest.raises(OSError, match="no address for SIP"):
        await find_pbx(replace(ACCOUNT, pbx=name), lambda: 0.0, NameServer(["127.0.0.1"], 9))


def test_the_program_starts_without_the_name_library() -> None:
    """It takes time to load, and an account with a port never needs it."""
    code = "import sys, callctrl.app; print('dns' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert output.stdout.strip() == b"False"
