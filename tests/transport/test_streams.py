"""TCP connections on real sockets: opened on demand, reused, watched (RFC 3261 section 18)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from callctrl.sip.packets import Address, Packet
from callctrl.transport import Streams, Transport, Trust, UdpSocket, streams
from tests.transport.fake import FakeEngine

HERE = "127.0.0.1"


def message(number: int = 0, body: bytes = b"") -> bytes:
    head = b"NOTIFY sip:a@b SIP/2.0\r\nCall-ID: %d\r\nContent-Length: %d\r\n\r\n"
    return head % (number, len(body)) + body


class Peer:
    """Somebody else's end: listens, and keeps the connections it was given."""

    def __init__(self) -> None:
        self.accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )
        self.count = 0
        self.address = Address(HERE, 0, "TCP")
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def open(self, host: str = HERE, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._accept, host, port)
        self.address = Address(host, self._server.sockets[0].getsockname()[1], "TCP")

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.count += 1
        self._writers.append(writer)
        self.accepted.put_nowait((reader, writer))

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        if self._server is not None:
            self._server.close()


class Line:
    """An engine with connections, and a peer to talk to it."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.opened: list[tuple[Address, Address]] = []
        self.streams = Streams(
            on_opened=lambda local, remote: self.opened.append((local, remote)),
        )
        self.transport = Transport(
            self.engine, UdpSocket(HERE, 0), lambda event: None, streams=self.streams
        )
        self.transport.open()
        self.peer = Peer()

    def send(self, data: bytes, remote: Address | None = None, **more: Address) -> None:
        self.engine.packets = [Packet(data, remote or self.peer.address, **more)]
        self.transport.do(lambda now: None)

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The peer's end of a connection that a message has opened."""
        self.send(message())
        reader, writer = await self.peer.accepted.get()
        assert await reader.readexactly(len(message())) == message()
        return reader, writer

    async def failed(self) -> tuple[Address, str]:
        await self.engine.until(lambda: bool(self.engine.failures))
        (failure,) = self.engine.failures
        return failure


@pytest.fixture(name="line")
async def open_line() -> AsyncIterator[Line]:
    line = Line()
    await line.peer.open()
    yield line
    line.transport.close()
    await line.peer.close()


def nobody() -> Address:
    """An address where nothing listens."""
    with socket.socket() as gone:
        gone.bind((HERE, 0))
        return Address(HERE, gone.getsockname()[1], "TCP")


# Opened and reused


async def test_a_message_opens_a_connection_and_the_next_goes_the_same_way(line: Line) -> None:
    """RFC 3261 section 18: connections are to be kept and used again."""
    reader, _ = await line.connected()
    line.send(message(1))
    line.send(message(2))
    assert await reader.readexactly(2 * len(message())) == message(1) + message(2)
    assert line.peer.count == 1


async def test_where_the_kernel_cannot_watch_a_connection_it_is_opened_all_the_same(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "TCP_KEEPIDLE", 9999, raising=False)
    await line.connected()


async def test_what_is_sent_while_it_opens_goes_out_in_order(line: Line) -> None:
    for number in range(5):
        line.send(message(number))
    reader, _ = await line.peer.accepted.get()
    sent = b"".join(message(number) for number in range(5))
    assert await reader.readexactly(len(sent)) == sent
    assert line.peer.count == 1


async def test_an_answer_comes_in_by_the_connection_whole(line: Line) -> None:
    """RFC 3261 section 18.3: however it is chopped on its way."""
    _, writer = await line.connected()
    whole = message(7, b"body")
    for start in range(0, len(whole), 10):
        writer.write(whole[start : start + 10])
        await writer.drain()
        await asyncio.sleep(0)
    await line.engine.until(lambda: bool(line.engine.received))
    assert line.engine.received == [(whole, line.peer.address)]


async def test_keep_alives_go_through_in_both_directions(line: Line) -> None:
    """RFC 5626 section 3.5.1."""
    reader, writer = await line.connected()
    line.send(b"\r\n\r\n")
    assert await reader.readexactly(4) == b"\r\n\r\n"
    writer.write(b"\r\n")
    await line.engine.until(lambda: bool(line.engine.received))
    assert line.engine.received == [(b"\r\n", line.peer.address)]


async def test_who_connects_learns_its_own_end_and_a_second_one_has_another(line: Line) -> None:
    local = await line.streams.connect(line.peer.address)
    assert local == await line.streams.connect(line.peer.address)
    _, writer = await line.peer.accepted.get()
    assert local == Address(HERE, writer.get_extra_info("peername")[1], "TCP")
    writer.close()
    await line.failed()
    again = await line.streams.connect(line.peer.address)
    assert again != local
    assert line.opened == [(local, line.peer.address), (again, line.peer.address)]


async def test_what_waited_goes_out_before_anybody_hears_that_it_is_open() -> None:
    """Who hears of a new end of ours sends what tells of it, and that must be the last word."""
    peer = Peer()
    await peer.open()
    connections = Streams(on_opened=lambda _, remote: connections.send(Packet(message(2), remote)))
    connections.send(Packet(message(1), peer.address))
    reader, _ = await peer.accepted.get()
    sent = message(1) + message(2)
    assert await reader.readexactly(len(sent)) == sent
    connections.close()
    await peer.close()


# Accepted


async def client_of(
    line: Line, admits: Callable[[Address], bool] = lambda remote: True
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Address]:
    """A connection to us, and who we take it for."""
    port = await line.streams.listen(HERE, 0, admits=admits)
    reader, writer = await asyncio.open_connection(HERE, port)
    source = Address(HERE, writer.get_extra_info("sockname")[1], "TCP")
    return reader, writer, source


async def test_an_answer_goes_back_on_the_connection_its_request_came_on(line: Line) -> None:
    """RFC 3261 section 18.2.2."""
    reader, writer, source = await client_of(line)
    writer.write(message())
    await line.engine.until(lambda: bool(line.engine.received))
    assert line.engine.received == [(message(), source)]
    line.send(b"SIP/2.0 200 OK\r\n\r\n", source, otherwise=line.peer.address)
    assert await reader.readexactly(18) == b"SIP/2.0 200 OK\r\n\r\n"
    assert line.peer.count == 0
    writer.close()


async def test_an_answer_whose_connection_is_gone_goes_to_the_via(line: Line) -> None:
    """RFC 3261 section 18.2.2."""
    _, writer, source = await client_of(line)
    writer.write(message())
    await line.engine.until(lambda: bool(line.engine.received))
    writer.close()
    assert await line.failed() == (source, "closed by the other end")
    line.send(b"SIP/2.0 200 OK\r\n\r\n", source, otherwise=line.peer.address)
    reader, _ = await line.peer.accepted.get()
    assert await reader.readexactly(18) == b"SIP/2.0 200 OK\r\n\r\n"


async def test_who_is_not_admitted_is_not_heard(line: Line) -> None:
    reader, writer, _ = await client_of(line, admits=lambda remote: remote.host != HERE)
    writer.write(message())
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    assert line.engine.received == []
    assert line.engine.failures == []
    writer.close()


async def test_connections_are_only_so_many(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_MOST_CONNECTIONS", 1)
    _, first, _ = await client_of(line)
    first.write(message())
    await line.engine.until(lambda: bool(line.engine.received))
    reader, second, _ = await client_of(line)
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    line.send(message())
    assert await line.failed() == (line.peer.address, "too many connections")
    assert line.peer.count == 0
    first.close()
    second.close()


async def test_a_taken_port_is_an_error(line: Line) -> None:
    with pytest.raises(OSError, match=r".+"):
        await line.streams.listen(HERE, line.peer.address.port)


# Lost


async def test_where_nothing_listens_the_engine_is_told(line: Line) -> None:
    remote = nobody()
    line.send(message(), remote)
    failed, error = await line.failed()
    assert failed == remote
    assert error
    with pytest.raises(ConnectionRefusedError):
        await line.streams.connect(remote)


async def test_a_closed_connection_is_told_and_the_next_message_opens_another(line: Line) -> None:
    _, writer = await line.connected()
    writer.close()
    assert await line.failed() == (line.peer.address, "closed by the other end")
    await line.connected()
    assert line.peer.count == 2


async def test_the_end_of_a_connection_that_was_replaced_is_no_failure(line: Line) -> None:
    """An empty packet ends a dead stream, and what follows opens another (RFC 5626 4.4.1)."""
    await line.connected()
    line.engine.packets = [Packet(b"", line.peer.address), Packet(message(1), line.peer.address)]
    line.transport.do(lambda now: None)
    reader, _ = await line.peer.accepted.get()
    assert await reader.readexactly(len(message())) == message(1)
    line.send(message(2))
    assert await reader.readexactly(len(message())) == message(2)
    assert line.engine.failures == []
    assert line.peer.count == 2


async def test_behind_a_message_that_has_us_close_nothing_more_is_read(line: Line) -> None:
    _, writer = await line.connected()

    def hear(data: bytes, source: Address) -> None:
        line.engine.receive(data, source, 0.0)
        line.streams.drop(source)

    line.streams.attach(hear, line.transport.failed)
    writer.write(message(1) + message(2))
    await line.engine.until(lambda: bool(line.engine.received))
    assert [data for data, _ in line.engine.received] == [message(1)]


async def test_a_half_closed_connection_is_closed(line: Line) -> None:
    reader, writer = await line.connected()
    writer.write_eof()
    assert await line.failed() == (line.peer.address, "closed by the other end")
    assert await reader.read() == b""


async def test_a_reset_connection_is_told(line: Line) -> None:
    _, writer = await line.connected()
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    failed, error = await line.failed()
    assert failed == line.peer.address
    assert "reset" in error


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"NOTIFY sip:a@b SIP/2.0\r\nContent-Length: 99999\r\n\r\n",
        b"NOTIFY sip:a@b SIP/2.0\r\nContent-Length: x\r\n\r\n",
    ],
)
async def test_garbage_closes_the_connection_behind_what_was_good(
    line: Line, garbage: bytes
) -> None:
    """RFC 3261 section 18.3."""
    reader, writer = await line.connected()
    writer.write(message(1) + garbage + message(2))
    failed, error = await line.failed()
    assert failed == line.peer.address
    assert error.startswith("what came is no SIP")
    assert line.engine.received == [(message(1), line.peer.address)]
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""


# Limits


async def test_a_flood_is_handed_out_a_little_each_turn(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen has its turn in between; where one message takes all of it, behind each."""
    monkeypatch.setattr(streams, "_TURN", 0.0)
    _, writer = await line.connected()
    loop = asyncio.get_running_loop()
    turn = 0
    turns: list[int] = []
    receive = line.engine.receive

    def note(data: bytes, source: Address, now: float) -> None:
        turns.append(turn)
        receive(data, source, now)

    def count() -> None:
        nonlocal turn
        turn += 1
        if len(turns) < 1000:
            loop.call_soon(count)

    line.engine.receive = note  # type: ignore[method-assign]
    count()
    writer.write(b"".join(message(number) for number in range(1000)))
    await line.engine.until(lambda: len(line.engine.received) == 1000)
    assert [data for data, _ in line.engine.received] == [message(each) for each in range(1000)]
    # Bytes that come in the turn in which the last ones are handed out may add theirs.
    assert max(turns.count(each) for each in set(turns)) <= 2


async def test_who_takes_nothing_is_given_up(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_LONGEST_QUEUE", 100_000)
    await line.connected()
    # The peer's own buffers swallow a good deal before anything waits here.
    while not line.engine.failures:
        line.send(message(0, b"x" * 60_000))
        await asyncio.sleep(0)
    assert await line.failed() == (line.peer.address, "the other end takes nothing")


@contextlib.contextmanager
def mute() -> Iterator[Address]:
    """A port that accepts, and then says nothing: no TLS comes about there."""
    with socket.create_server((HERE, 0)) as listening:
        yield Address(HERE, listening.getsockname()[1], "TLS")


async def test_a_connection_that_does_not_come_about_in_time_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "_CONNECT_WITHIN", 0.05)
    connections = Streams(Trust("localhost"))
    with mute() as remote, pytest.raises(TimeoutError):
        await connections.connect(remote)
    connections.close()


async def test_what_waits_for_a_connection_is_only_so_much() -> None:
    engine = FakeEngine()
    connections = Streams(Trust("localhost"))
    connections.attach(
        lambda data, source: None, lambda remote, error: engine.transport_failed(remote, error, 0.0)
    )
    with mute() as remote:
        for _ in range(9):
            connections.send(Packet(b"x" * 60_000, remote))
        assert engine.failures == [(remote, "the other end takes nothing")]
        connections.close()
        await asyncio.sleep(0)


@pytest.mark.skipif(sys.platform != "linux", reason="the others have no such option")
async def test_the_kernel_is_asked_to_find_a_dead_connection_within_seconds(line: Line) -> None:
    await line.connected()
    (link,) = line.streams._links.values()
    assert link._transport is not None
    sock = link._transport.get_extra_info("socket")
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000


# The end


async def test_closing_sends_what_is_left_and_tells_nothing_more(line: Line) -> None:
    reader, writer = await line.connected()
    line.engine.packets = [Packet(message(9), line.peer.address)]
    line.transport.close()
    assert await reader.read() == message(9)
    writer.write(message())
    await asyncio.sleep(0)
    assert line.engine.received == []
    assert line.engine.failures == []


async def test_closing_calls_off_what_is_being_opened() -> None:
    connections = Streams(Trust("localhost"))
    with mute() as remote:
        waiting = asyncio.create_task(connections.connect(remote))
        await asyncio.sleep(0)
        connections.close()
        with pytest.raises(ConnectionAbortedError):
            await waiting


async def test_closing_calls_off_what_begins_to_listen() -> None:
    connections = Streams()
    listening = asyncio.create_task(connections.listen(HERE, 0))
    await asyncio.sleep(0)
    connections.close()
    with pytest.raises(ConnectionAbortedError):
        await listening


@pytest.mark.parametrize("turns", range(8))
async def test_whoever_is_called_off_leaves_no_port_open(turns: int) -> None:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        port = probe.getsockname()[1]
    connections = Streams()
    listening = asyncio.create_task(connections.listen(HERE, port))
    for _ in range(turns):
        await asyncio.sleep(0)
    listening.cancel()
    await asyncio.wait([listening])
    connections.close()
    with socket.socket() as probe:
        probe.bind((HERE, port))


async def test_ipv6_is_spoken(line: Line) -> None:
    """RFC 3261 section 18, over ::1."""
    peer = Peer()
    try:
        await peer.open("::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    line.send(message(), peer.address)
    reader, writer = await peer.accepted.get()
    assert await reader.readexactly(len(message())) == message()
    writer.write(message(1))
    await line.engine.until(lambda: bool(line.engine.received))
    assert line.engine.received == [(message(1), peer.address)]
    assert line.opened[0][0].host == "::1"
    await peer.close()
