"""A flood from outside must not be felt: how late the program's loop gets, and how much it keeps.

    python -m tests.bench.flood [--seconds 60] [--rate 2000]

A real session on the program's own loop, Qt loaded, and then the whole program, against another
process that plays the PBX and a stranger at another address of this PC. Lag is by how much a timer
that is due every 10 ms comes late: what a click or a frame of the screen would have waited.

The first row has no flood in it: what stands there is the machine's own, and a machine that has
other things to do shows them in every row.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callctrl.accounts import Account

__all__ = ["Row", "measure"]

Row = tuple[str, str, str]
"""Metric, goal, measured."""

_PBX = "127.0.0.1"
_STRANGER = "127.0.0.2"
_HEARTBEAT = 0.01
_CALM = 10.0
_TICK = 0.005
"""How often the flooding process sends what is due."""
_RUBBISH = b"\x00\x01rubbish" * 40

_OURS = ("Via", "From", "To", "Call-ID", "CSeq")


@dataclass(frozen=True, slots=True)
class _Outcome:
    name: str
    sent: int
    answered: int
    dropped: int
    seconds: float
    lags: list[float]
    """Seconds."""
    memory: list[float]
    """MiB that the process occupies, as time goes on."""
    busy: float
    """The part of one processor that the program took."""

    @property
    def row(self) -> Row:
        p99 = quantiles(self.lags, n=100)[98]
        p50, p99, most = (each * 1e3 for each in (median(self.lags), p99, max(self.lags)))
        return (
            f"{self.name}: {self.sent / self.seconds:.0f}/s for {self.seconds:.0f} s",
            "lag p99 < 33 ms, memory flat",
            f"lag p50 {p50:.1f}, p99 {p99:.1f}, max {most:.0f} ms;"
            f" {self.memory[len(self.memory) // 2]:.1f} MiB half-way,"
            f" {self.memory[-1]:.1f} at the end;"
            f" answered {self.answered}, dropped {self.dropped} of {self.sent};"
            f" {self.busy:.0%} of a processor",
        )


def measure(seconds: float = 60.0, rate: int = 2000) -> list[Row]:
    """All rows; takes thrice `seconds` and some more. `rate` is in datagrams a second."""
    # Qt is asked for by whoever measures, not by whoever floods.
    from PySide6.QtCore import qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from callctrl.ui.eventloop import CallLoop

    logging.getLogger("callctrl").setLevel(logging.ERROR)  # as it is, debugging switched off
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qInstallMessageHandler(lambda *_: None)  # what the offscreen platform says of every card
    app = QApplication.instance() or QApplication(["flood"])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: CallLoop(app)) as runner:
        outcomes = runner.run(_measure(seconds, rate))
    return [outcome.row for outcome in outcomes]


# The program


async def _measure(seconds: float, rate: int) -> list[_Outcome]:
    with contextlib.closing(_Flooder()) as flooder:
        port = await flooder.port()
        async with _session(port) as session:
            outcomes = [
                await _felt("calm", session, flooder.flood("calm", _CALM, 0)),
                await _felt(
                    "garbage from a stranger", session, flooder.flood("garbage", seconds, rate)
                ),
                await _felt(
                    "valid NOTIFYs from the PBX", session, flooder.flood("notify", seconds, rate)
                ),
            ]
        async with _program(port) as dropped:
            name = "valid NOTIFYs, each changing a call on the screen of the whole program"
            outcomes.append(await _felt(name, dropped, flooder.flood("notify", seconds, rate)))
    return outcomes


async def _felt(
    name: str, dropped: Callable[[], int], flood: Coroutine[Any, Any, dict[str, Any]]
) -> _Outcome:
    """What a flood does to this process."""
    dropped_before, busy_before, begun_at = dropped(), time.process_time(), time.monotonic()
    heartbeat = _Heartbeat()
    told = await flood
    heartbeat.stop()
    passed = time.monotonic() - begun_at
    return _Outcome(
        name,
        **told,
        dropped=dropped() - dropped_before,
        lags=heartbeat.lags,
        memory=heartbeat.memory,
        busy=(time.process_time() - busy_before) / passed,
    )


@contextlib.asynccontextmanager
async def _session(port: int) -> AsyncIterator[Callable[[], int]]:
    """A session under control, and a label that shows its calls; how much it has dropped."""
    from PySide6.QtWidgets import QLabel

    from callctrl.calls import CallChanged, Event, SessionChanged, SessionState
    from callctrl.phones.spa import SpaPhone
    from callctrl.session import Session
    from callctrl.sip.packets import Address
    from callctrl.sip.tokens import Tokens
    from callctrl.transport import Transport, UdpSocket
    from callctrl.way import SessionSetup

    ready = asyncio.Event()
    label = QLabel("nothing yet")
    label.show()

    def on_event(event: Event) -> None:
        if isinstance(event, CallChanged):
            label.setText(f"{event.call.id} {event.call.state.value}")
        elif isinstance(event, SessionChanged) and event.state is SessionState.READY:
            ready.set()

    udp = UdpSocket(_PBX, 0)
    setup = SessionSetup(udp.local, Address(_PBX, port))
    session = Session(_account(port), "", SpaPhone(), setup, Tokens(random.SystemRandom()))
    transport = Transport(session, udp, on_event, hears=session.hears)
    try:
        transport.open()
        transport.do(session.start)
        await asyncio.wait_for(ready.wait(), 10)
        yield lambda: session.dropped.strangers
    finally:
        transport.close()
        label.close()


@contextlib.asynccontextmanager
async def _program(port: int) -> AsyncIterator[Callable[[], int]]:
    """The whole program, its window open and the phone under control, in a throw-away profile."""
    from callctrl.app import Desktop
    from callctrl.calls import SessionState
    from callctrl.diagnostics import DebugLog
    from callctrl.store.passwords import MemoryPasswords
    from callctrl.store.settings import Loaded, Paths, Settings

    passwords, settings = MemoryPasswords(), Settings(account=_account(port))
    assert settings.account is not None
    await passwords.set(settings.account, "sesame")
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths.below(Path(folder))
        desktop = Desktop(paths, settings, passwords, DebugLog(paths))
        running = asyncio.create_task(desktop.main(Loaded(settings)))
        async with asyncio.timeout(20):
            while desktop.session.state is not SessionState.READY:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
        yield lambda: 0
        desktop.quit()
        await asyncio.wait_for(running, 20)


def _account(port: int) -> Account:
    from callctrl.accounts import Account

    return Account(_PBX, "200", "FrontDesk", "RECEPTION", port=port, local_port=0)


class _Heartbeat:
    """Notes how late a timer comes that is due every 10 ms, and what the process occupies."""

    def __init__(self) -> None:
        self.lags: list[float] = []
        self.memory = [_resident_mib()]
        self._loop = asyncio.get_running_loop()
        self._next = self._arm()

    def stop(self) -> None:
        """Note no more."""
        self._next.cancel()

    def _arm(self) -> asyncio.TimerHandle:
        due_at = self._loop.time() + _HEARTBEAT
        return self._loop.call_at(due_at, self._beat, due_at)

    def _beat(self, due_at: float) -> None:
        self.lags.append(self._loop.time() - due_at)
        if len(self.lags) % 100 == 0:
            self.memory.append(_resident_mib())
        self._next = self._arm()


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class _Flooder:
    """The other process: one line of JSON for each word on its standard input."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.flood", "--play"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def port(self) -> int:
        """Where the PBX listens."""
        told = await self._hear()
        return int(told["port"])

    async def flood(self, kind: str, seconds: float, rate: int) -> dict[str, Any]:
        """Have it flood us; how long it did, how many it sent, and how many were answered."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([kind, seconds, rate]) + "\n")
        self._process.stdin.flush()
        return await self._hear()

    async def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await asyncio.to_thread(self._process.stdout.readline)
        told: dict[str, Any] = json.loads(line)
        return told

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


# The other process


def _play() -> None:
    """Be a PBX that grants everything, and flood on demand."""
    pbx = _bound(_PBX)
    stranger = _bound(_STRANGER)
    print(json.dumps({"port": pbx.getsockname()[1]}), flush=True)
    phone = _Dialog(pbx)
    os.set_blocking(sys.stdin.fileno(), False)
    words = b""
    while True:
        phone.listen()
        try:
            piece = os.read(sys.stdin.fileno(), 4096)
        except BlockingIOError:
            time.sleep(_TICK)
            continue
        if not piece:
            return
        words += piece
        if words.endswith(b"\n"):
            kind, seconds, rate = json.loads(words)
            words = b""
            sender = stranger if kind == "garbage" else pbx
            print(json.dumps(_flood(phone, sender, seconds, rate)), flush=True)


def _flood(phone: _Dialog, sender: socket.socket, seconds: float, rate: int) -> dict[str, float]:
    before, sent = phone.answers, 0
    begun_at = time.monotonic()
    while (passed := time.monotonic() - begun_at) < seconds:
        # Who was kept from sending makes up for it little by little: a flood, no burst.
        for _ in range(min(int(passed * rate) - sent, 2 * int(_TICK * rate))):
            _send(sender, _RUBBISH if sender is not phone.pbx else phone.notify(), phone.peer)
            sent += 1
        phone.listen()
        time.sleep(_TICK)
    time.sleep(0.5)
    phone.listen()
    return {"seconds": seconds, "sent": sent, "answered": phone.answers - before}


def _bound(host: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind((host, 0))
    bound.setblocking(False)
    return bound


def _send(sender: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
    try:
        sender.sendto(data, peer)
    except (BlockingIOError, ConnectionRefusedError):
        return  # lost like any datagram


class _Dialog:
    """The PBX's side of the conversation, as far as it takes to be believed."""

    def __init__(self, pbx: socket.socket) -> None:
        self.pbx = pbx
        self._cseq = 1
        self._ours: dict[str, str] = {}
        self.peer = ("", 0)
        self.answers = 0

    def listen(self) -> None:
        """Take what has come: grant requests, count answers."""
        while True:
            try:
                data, peer = self.pbx.recvfrom(65_536)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if data.startswith(b"SIP/2.0 200"):
                self.answers += 1
            elif data.strip() and not data.startswith(b"SIP/2.0"):  # line ends keep the way open
                self.peer = peer
                self._grant(data.decode())

    def _grant(self, request: str) -> None:
        lines = [line.partition(": ")[::2] for line in request.splitlines() if ": " in line]
        fields = {name: value for name, value in lines if name in (*_OURS, "Contact", "Expires")}
        echoed = {name: fields[name] for name in _OURS}
        if "tag=" not in echoed["To"]:
            echoed["To"] += ";tag=3e71480c6eab9f9b"
        if request.startswith("SUBSCRIBE"):
            self._ours = echoed
        granted = {"Expires": "3600", "Contact": fields["Contact"], "Content-Length": "0"}
        head = "".join(f"{name}: {value}\r\n" for name, value in (echoed | granted).items())
        _send(self.pbx, f"SIP/2.0 200 OK\r\n{head}\r\n".encode(), self.peer)

    def notify(self) -> bytes:
        """The next report: some call or other rings, is answered, ends."""
        self._cseq += 1
        number, step = divmod(self._cseq, 3)
        state = ("ringing", "connected", "idle")[step]
        body = (
            f'<spa-status>\r\n<call id="{number % 4 + 1}" ref="{number}" ext="1" state="{state}"'
            ' name="Anna Lee" uri="5551234@192.168.1.10"/>\r\n</spa-status>\r\n'
        )
        port = self.pbx.getsockname()[1]
        return (
            f"NOTIFY sip:RECEPTION@{self.peer[0]}:{self.peer[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {_PBX}:{port};branch=z9hG4bK-{self._cseq:x}\r\n"
            "Max-Forwards: 70\r\n"
            f"From: {self._ours['To']}\r\n"
            f"To: {self._ours['From']}\r\n"
            f"Call-ID: {self._ours['Call-ID']}\r\n"
            f"CSeq: {self._cseq} NOTIFY\r\n"
            "Event: x-spa-cti\r\n"
            "Subscription-State: active;expires=3540\r\n"
            "P-Station-Name: FrontDesk ;mac=000e08aabbcc\r\n"
            "Content-Type: application/x-spa-status\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.flood", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each flood lasts")
    parser.add_argument("--rate", type=int, default=2000, help="datagrams a second")
    parser.add_argument("--play", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.play:
        _play()
        return
    rows = [("metric", "goal", "measured"), ("---",) * 3, *measure(options.seconds, options.rate)]
    print("\n".join(f"| {' | '.join(row)} |" for row in rows))


if __name__ == "__main__":
    main()
