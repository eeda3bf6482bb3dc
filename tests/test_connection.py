"""A session on a socket: looking up the PBX, trying again, giving up."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from callctrl.accounts import Account, SipTransport
from callctrl.calls import (
    CallChanged,
    CommandAnswered,
    Event,
    HangUp,
    Hold,
    RegistrationChanged,
    SessionChanged,
    SessionState,
    Stopped,
    Trouble,
)
from callctrl.check import check
from callctrl.connection import Connection
from callctrl.reaching import trust_for
from callctrl.simulator import Config
from callctrl.simulator.program import Simulation
from callctrl.sip.packets import Address
from callctrl.transport import Trust, UdpSocket

ACCOUNT = Account("127.0.0.1", "200", "FrontDesk", "RECEPTION", port=9, local_port=0)


async def test_a_name_that_cannot_be_found_is_looked_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[Event] = []
    failed = asyncio.Event()

    def nowhere(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)

    def on_event(event: Event) -> None:
        events.append(event)
        failed.set()

    connection = Connection(replace(ACCOUNT, pbx="pbx.invalid"), "", on_event)
    connection.start()
    await asyncio.wait_for(failed.wait(), 10)
    first = events[0]
    assert isinstance(first, SessionChanged)
    assert (first.state, first.trouble) == (SessionState.RETRYING, Trouble.NO_ANSWER)
    assert 0.8 <= (first.retry_in or 0) <= 1.0
    connection.perform(Hold())
    assert CommandAnswered(Hold(), 480) in events
    connection.stop()
    await asyncio.wait_for(connection.stopped(), 10)
    assert isinstance(events[-1], Stopped)


@pytest.mark.parametrize("name", ["a..b", "x" * 300])
async def test_a_name_that_is_none_is_unreachable(name: str) -> None:
    account = Account(name, "200", "FrontDesk", "RECEPTION", local_port=0)
    result = await check(account, "", timeout=10)
    assert result.register_status is None


async def test_a_handler_that_fails_on_the_last_event_does_not_hang_the_program(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def on_event(event: Event) -> None:
        raise OSError(28, "No space left on device")

    connection = Connection(ACCOUNT, "", on_event)
    connection.start()
    async with asyncio.timeout(10):
        while connection.local is None:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
    connection.stop()
    await asyncio.wait_for(connection.stopped(), 10)
    assert "handling Stopped failed" in caplog.text


async def test_an_order_after_the_end_is_refused_at_once() -> None:
    events: list[Event] = []
    connection = Connection(ACCOUNT, "", events.append)
    connection.start()
    async with asyncio.timeout(10):
        while connection.local is None:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
    connection.stop()
    await asyncio.wait_for(connection.stopped(), 10)
    order = Hold()
    connection.perform(order)
    assert events[-1] == CommandAnswered(order, 480)
    assert sum(isinstance(event, Stopped) for event in events) == 1


async def test_whoever_hears_of_the_end_may_still_order_and_stop() -> None:
    events: list[Event] = []
    order = Hold()

    def on_event(event: Event) -> None:
        events.append(event)
        if isinstance(event, Stopped):
            connection.perform(order)
            connection.stop()

    connection = Connection(ACCOUNT, "", on_event)
    connection.stop()
    await asyncio.wait_for(connection.stopped(), 10)
    assert events == [Stopped(), CommandAnswered(order, 480)]


async def test_a_check_called_off_is_heard_of_no_more() -> None:
    said: list[str] = []
    simulation = Simulation(Config(port=0, password="4321"), said.append)
    port = await simulation.open()
    account = Account("127.0.0.1", "200", "FrontDesk", "RECEPTION", port=port, local_port=0)
    heard = asyncio.Event()
    results: list[object] = []

    def on_progress(result: object, _local: str) -> None:
        results.append(result)
        heard.set()

    running = asyncio.create_task(check(account, "4321", timeout=10, on_progress=on_progress))
    await asyncio.wait_for(heard.wait(), 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    count = len(results)
    async with asyncio.timeout(10):
        while "RECEPTION unregistered" not in said:  # noqa: ASYNC110 - it tells only by printing
            await asyncio.sleep(0.01)
    assert len(results) == count
    simulation.close()


# Over streams


@contextlib.asynccontextmanager
async def phone_system(
    port: int = 0,
    host: str = "127.0.0.1",
    certificate: trustme.LeafCert | None = None,
    said: list[str] | None = None,
) -> AsyncIterator[tuple[Simulation, int]]:
    """The simulator, and its port: that for TLS where it has a certificate."""
    said = [] if said is None else said
    config, context = Config(host=host, port=port, password="4321"), None
    if certificate is not None:
        config = replace(config, port=0, tls_port=port)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
    simulation = Simulation(config, said.append, certificate=context)
    bound = await simulation.open()
    if certificate is not None:
        (bound,) = (int(line.rpartition(":")[2]) for line in said if line.startswith("TLS at"))
    yield simulation, bound
    simulation.close()
    await asyncio.sleep(0)  # sockets close in the next turn of the loop


class Watcher:
    """A connection, and what it has told."""

    def __init__(self, account: Account) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()
        self.connection = Connection(account, "4321", self._hear)
        self.connection.start()

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def see(self, found: Callable[[Event], bool]) -> Event:
        """Wait for an event, the first from now on or from before."""
        seen = 0
        async with asyncio.timeout(20):
            while True:
                for event in self.events[seen:]:
                    if found(event):
                        return event
                seen = len(self.events)
                self._news.clear()
                await self._news.wait()

    async def state(self, state: SessionState) -> SessionChanged:
        """Wait until the session is in a state, from now on or from before."""
        found = await self.see(
            lambda event: isinstance(event, SessionChanged) and event.state is state
        )
        assert isinstance(found, SessionChanged)
        return found

    async def answered(self) -> CommandAnswered:
        found = await self.see(lambda event: isinstance(event, CommandAnswered))
        assert isinstance(found, CommandAnswered)
        return found

    async def leave(self) -> None:
        self.connection.stop()
        await asyncio.wait_for(self.connection.stopped(), 10)
        await asyncio.sleep(0)


async def watch_and_steer(simulation: Simulation, account: Account) -> Address:
    """Register, subscribe, hear of a call, end it, leave; where we were reached."""
    watcher = Watcher(account)
    await watcher.state(SessionState.READY)
    simulation.execute("ring 5551234")
    call = await watcher.see(lambda event: isinstance(event, CallChanged))
    assert isinstance(call, CallChanged)
    assert call.call.number == "5551234"
    watcher.connection.perform(HangUp("1"))
    assert (await watcher.answered()).accepted
    await watcher.leave()
    assert RegistrationChanged("unregistered") in watcher.events
    assert watcher.connection.local is not None
    return watcher.connection.local


@pytest.mark.parametrize("transport", [SipTransport.AUTO, SipTransport.UDP, SipTransport.TCP])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_phone_is_watched_and_steered(transport: SipTransport, host: str) -> None:
    """RFC 3261 section 18, over IPv4 and IPv6."""
    async with phone_system(host=host) as (simulation, port):
        account = replace(ACCOUNT, pbx=host, port=port, transport=transport)
        local = await watch_and_steer(simulation, account)
        assert local.host == host
        assert local.transport == ("TCP" if transport is SipTransport.TCP else "UDP")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_phone_is_watched_and_steered_over_tls(host: str, tmp_path: Path) -> None:
    """RFC 3261 section 26.2.1, over IPv4 and IPv6."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with phone_system(host=host, certificate=authority.issue_cert(host)) as (
        simulation,
        port,
    ):
        account = replace(
            ACCOUNT,
            pbx=host,
            port=port,
            transport=SipTransport.TLS,
            ca_file=str(tmp_path / "ca.pem"),
        )
        local = await watch_and_steer(simulation, account)
        assert (local.host, local.transport) == (host, "TLS")


async def test_a_refused_certificate_is_said_and_tried_again() -> None:
    """RFC 5922 section 7.3."""
    async with phone_system(certificate=trustme.CA().issue_cert("127.0.0.1")) as (_, port):
        watcher = Watcher(replace(ACCOUNT, port=port, transport=SipTransport.TLS))
        changed = await watcher.state(SessionState.RETRYING)
        assert changed.trouble is Trouble.CERTIFICATE
        assert "an authority that this computer does not know" in changed.detail
        assert changed.retry_in is not None
        await watcher.leave()


async def test_a_missing_file_of_authorities_is_said() -> None:
    async with phone_system() as (_, port):
        account = replace(
            ACCOUNT, port=port, transport=SipTransport.TLS, ca_file="/no/such/file.pem"
        )
        watcher = Watcher(account)
        changed = await watcher.state(SessionState.RETRYING)
        assert changed.trouble is Trouble.CERTIFICATE
        assert changed.detail == (
            "The file of certificate authorities /no/such/file.pem cannot be read: "
            "No such file or directory."
        )
        await watcher.leave()


async def test_a_restarted_phone_system_is_found_again_over_tcp() -> None:
    """A lost connection is opened anew, and we register from its new end (RFC 5626 section 4.3)."""
    async with phone_system() as (_, port):
        watcher = Watcher(replace(ACCOUNT, port=port, transport=SipTransport.TCP))
        await watcher.state(SessionState.READY)
        before = watcher.connection.local
        watcher.events.clear()
    lost = await watcher.state(SessionState.RETRYING)
    assert (lost.trouble, lost.retry_in is not None) == (Trouble.NO_ANSWER, True)
    watcher.events.clear()
    async with phone_system(port) as (simulation, _):
        await watcher.state(SessionState.READY)
        assert watcher.connection.local != before
        simulation.execute("ring 5551234")
        await watcher.see(lambda event: isinstance(event, CallChanged))
        await watcher.leave()


async def test_a_certificate_that_is_wrong_after_a_restart_is_said(tmp_path: Path) -> None:
    """RFC 5922 section 7.3: the connection in use may be lost years after the first."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with phone_system(certificate=authority.issue_cert("127.0.0.1")) as (_, port):
        account = replace(
            ACCOUNT, port=port, transport=SipTransport.TLS, ca_file=str(tmp_path / "ca.pem")
        )
        watcher = Watcher(account)
        await watcher.state(SessionState.READY)
        watcher.events.clear()
    async with phone_system(port, certificate=authority.issue_cert("192.0.2.1")):
        await watcher.see(
            lambda event: (
                isinstance(event, SessionChanged)
                and event.trouble is Trouble.CERTIFICATE
                and "not made out to 127.0.0.1" in event.detail
            )
        )
        await watcher.leave()


async def test_what_is_too_long_for_a_datagram_is_taken_by_tcp() -> None:
    """RFC 3261 section 18.2.1: who listens for UDP listens for TCP at the same port."""
    async with phone_system() as (_, port):
        watcher = Watcher(replace(ACCOUNT, port=port))
        await watcher.state(SessionState.READY)
        local = watcher.connection.local
        assert local is not None
        reader, writer = await asyncio.open_connection(local.host, local.port)
        writer.write(
            b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\n"
            b"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
            b"Max-Forwards: 70\r\nSubject: " + b"x" * 2000 + b"\r\nContent-Length: 0\r\n\r\n"
        )
        assert await reader.readline() == b"SIP/2.0 200 OK\r\n"
        writer.close()
        await watcher.leave()


@pytest.mark.parametrize("takes_tcp", [True, False])
async def test_long_requests_go_by_tcp_or_else_as_datagrams(takes_tcp: bool) -> None:
    """RFC 3261 section 18.1.1: over 1300 bytes, and yet a phone system may know UDP alone."""
    said: list[str] = []
    async with phone_system(said=said) as (simulation, port):
        if not takes_tcp:
            assert simulation._transport is not None
            simulation._transport._streams._servers[0].close()
        account = replace(ACCOUNT, computer="RECEPTION" * 50, port=port)
        await watch_and_steer(simulation, account)
        transport = "TCP" if takes_tcp else "UDP"
        registered = [line for line in said if "registered from" in line]
        assert registered
        assert all(f" from {transport} 127.0.0.1:" in line for line in registered)


def places(monkeypatch: pytest.MonkeyPatch, *found: Address) -> None:
    """Let the name server know these places of the PBX."""

    async def find_pbx(*_: object) -> list[Address]:
        return list(found)

    monkeypatch.setattr("callctrl.reaching.find_pbx", find_pbx)


def closed(transport: str) -> Address:
    """A place where nothing listens."""
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))
        return Address("127.0.0.1", gone.getsockname()[1], transport)


async def test_where_a_place_takes_no_connection_the_next_one_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 3263 section 4.3."""
    async with phone_system() as (_, port):
        places(monkeypatch, closed("TCP"), Address("127.0.0.1", port, "TCP"))
        watcher = Watcher(ACCOUNT)
        await watcher.state(SessionState.READY)
        await watcher.leave()


async def test_who_offers_tls_is_never_spoken_to_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that is refused must not lead round the encryption."""
    async with (
        phone_system() as (simulation, plain),
        phone_system(certificate=trustme.CA().issue_cert("127.0.0.1")) as (_, port),
    ):
        udp = Address("127.0.0.1", plain)
        places(monkeypatch, udp._replace(port=port, transport="TLS"), udp)
        watcher = Watcher(ACCOUNT)
        changed = await watcher.state(SessionState.RETRYING)
        assert changed.trouble is Trouble.CERTIFICATE
        assert simulation.spa.bindings == []
        await watcher.leave()


@pytest.mark.parametrize(
    ("proxy", "name"),
    [("", "pbx.example.com"), ("[2001:db8::1]:5061", "2001:db8::1"), ("edge.lan", "edge.lan")],
)
def test_the_certificate_is_to_be_of_whom_we_connect_to(proxy: str, name: str) -> None:
    """RFC 5922 section 7.2."""
    account = replace(ACCOUNT, pbx="pbx.example.com", outbound_proxy=proxy, ca_file="/a.pem")
    assert trust_for(account) == Trust(name, "/a.pem")


async def test_behind_an_outbound_proxy_the_pbx_itself_is_heard_too() -> None:
    async with phone_system() as (_, port):
        account = replace(ACCOUNT, pbx="127.0.0.2", port=9, outbound_proxy=f"127.0.0.1:{port}")
        watcher = Watcher(account)
        await watcher.state(SessionState.READY)
        session = watcher.connection._session
        assert session is not None
        assert session.hears(Address("127.0.0.1", 1))
        assert session.hears(Address("127.0.0.2", 1))
        assert not session.hears(Address("127.0.0.3", 1))
        await watcher.leave()


async def test_who_stops_while_the_pbx_behind_its_proxy_is_looked_up_leaves_no_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name server that does not answer takes seconds, and nobody need wait for it."""
    is_asked = asyncio.Event()

    async def find(*_: object) -> frozenset[str]:
        is_asked.set()
        await asyncio.sleep(3600)
        return frozenset()

    opened: list[UdpSocket] = []
    towards = UdpSocket.towards

    def noted(remote: Address, port: int) -> UdpSocket:
        opened.append(towards(remote, port))
        return opened[-1]

    monkeypatch.setattr("callctrl.connection.find_behind_proxy", find)
    monkeypatch.setattr("callctrl.connection.UdpSocket.towards", noted)
    connection = Connection(replace(ACCOUNT, outbound_proxy="127.0.0.1:9"), "", lambda _event: None)
    connection.start()
    await asyncio.wait_for(is_asked.wait(), 10)
    connection.stop()
    await connection.stopped()
    await asyncio.sleep(0)
    assert all(each.fileno() == -1 for each in opened)
