"""A flood from outside must not be felt: how late the program's loop gets, and how much it keeps.

    python -m tests.bench.flood [--seconds 60] [--rate 2000]

A real session on the program's own loop, Qt loaded, against another process that plays the PBX and
a stranger at another address of this PC. Lag is by how much a timer that is due every 10 ms comes
late: what a click or a frame of the screen would have waited.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

__all__ = ["Row", "measure"]

Row = tuple[str, str, str]
"""Metric, goal, measured."""

_PBX = "127.0.0.1"
_STRANGER = "127.0.0.2"
_HEARTBEAT = 0.01
_WARM_UP = 0.1
"""The part of each flood after which memory is first looked at."""
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
    busy: float
    """The part of one processor that the program took."""
    before: float
    after: float
    """MiB that the process occupies, early in the flood and at its end."""

    @property
    def row(self) -> Row:
        p99 = quantiles(self.lags, n=100)[98]
        p50, p99, most = (each * 1e3 for each in (median(self.lags), p99, max(self.lags)))
        return (
            f"{self.name}: {self.sent / self.seconds:.0f}/s for {self.seconds:.0f} s",
            "lag p99 < 33 ms, memory flat",
            f"lag p50 {p50:.1f}, p99 {p99:.1f}, max {most:.0f} ms;"
            f" {self.before:.1f} -> {self.after:.1f} MiB;"
            f" answered {self.answered}, dropped {self.dropped} of {self.sent};"
            f" {self.busy:.0%} of a processor",
        )


def measure(seconds: float = 60.0, rate: int = 2000) -> list[Row]:
    """All rows; takes twice `seconds` and some more. `rate` is in datagrams a second."""
    # Qt is asked for by whoever measures, not by whoever floods.
    from PySide6.QtWidgets import QApplication, QLabel

    from callctrl.ui.eventloop import CallLoop

    logging.getLogger("callctrl").setLevel(logging.ERROR)  # as it is, debugging switched off
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(["flood"])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)
    label = QLabel("nothing yet")
    label.show()
    with asyncio.Runner(loop_factory=lambda: CallLoop(app)) as runner:
        outcomes = runner.run(_measure(seconds, rate, label))
    label.close()
    return [outcome.row for outcome in outcomes]


# The program


async def _measure(seconds: float, rate: int, label: Any) -> list[_Outcome]:
    from callctrl.calls import Account, CallChanged, Event, SessionChanged, SessionState
    from callctrl.phones.spa import SpaPhone
    from callctrl.session import Session, SessionSetup
    from callctrl.sip.tokens import Tokens
    from callctrl.sip.transaction import Address
    from callctrl.transport import Transport, UdpSocket

    ready = asyncio.Event()

    def on_event(event: Event) -> None:
        if isinstance(event, CallChanged):
            label.setText(f"{event.call.id} {event.call.state.value}")
        elif isinstance(event, SessionChanged) and event.state is SessionState.READY:
            ready.set()

    flooder = _Flooder()
    udp = UdpSocket(_PBX, 0)
    remote = Address(_PBX, await flooder.port())
    account = Account(
        pbx=_PBX, extension="200", station="FrontDesk", computer="RECEPTION", port=remote.port
    )
    session = Session(
        account, "", SpaPhone(), SessionSetup(udp.local, remote), Tokens(random.SystemRandom())
    )
    transport = Transport(session, udp, on_event, hears=session.hears)
    outcomes = []
    try:
        transport.open()
        transport.do(session.start)
        await asyncio.wait_for(ready.wait(), 10)
        for name, kind, lasts, how_many in (
            ("calm", "calm", _CALM, 0),
            ("garbage from a stranger", "garbage", seconds, rate),
            ("valid NOTIFYs from the PBX", "notify", seconds, rate),
        ):
            dropped = session.dropped.strangers
            heartbeat = _Heartbeat()
            busy_before, begun_at = time.process_time(), time.monotonic()
            flooding = asyncio.create_task(flooder.flood(kind, lasts, how_many))
            await asyncio.sleep(lasts * _WARM_UP)
            before = _resident_mib()
            told = await flooding
            after = _resident_mib()
            heartbeat.stop()
            busy = (time.process_time() - busy_before) / (time.monotonic() - begun_at)
            dropped = session.dropped.strangers - dropped
            outcomes.append(
                _Outcome(
                    name,
                    **told,
                    dropped=dropped,
                    seconds=lasts,
                    lags=heartbeat.lags,
                    busy=busy,
                    before=before,
                    after=after,
                )
            )
    finally:
        transport.close()
        flooder.close()
    return outcomes


class _Heartbeat:
    """Notes how late a timer comes that is due every 10 ms."""

    def __init__(self) -> None:
        self.lags: list[float] = []
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

    async def flood(self, kind: str, seconds: float, rate: int) -> dict[str, int]:
        """Have it flood us; how many it sent, and how many of those were answered."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([kind, seconds, rate]) + "\n")
        self._process.stdin.flush()
        return await self._hear()

    async def _hear(self) -> dict[str, int]:
        assert self._process.stdout is not None
        line = await asyncio.to_thread(self._process.stdout.readline)
        told: dict[str, int] = json.loads(line)
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


def _flood(phone: _Dialog, sender: socket.socket, seconds: float, rate: int) -> dict[str, int]:
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
    return {"sent": sent, "answered": phone.answers - before}


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
