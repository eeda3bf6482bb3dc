"""P15: lamps of 300 colleagues, by calls and presence: until lit, what each keeps, idle, a change.

`python -m tests.bench.lamping PORT COUNT IDLE` is the program that is measured: the shipped loop
with Qt loaded, the shipped transport, and the engine for any SIP PBX.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import random
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

from callctrl.accounts import Account, PbxKind
from callctrl.calls import LampState
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address
from tests.bench.clock import cpu_seconds, scaled, switches
from tests.bench.table import AtMost, Metric, Result

__all__ = ["METRICS", "measure"]

_COUNT = 300
_IDLE = 30.0
_CHANGES = 3000
_AT_ONCE = 25
"""NOTIFYs sent before their answers are read."""
_SETTLING = 34.0
"""Seconds until the transactions are forgotten (timer J)."""

METRICS = (
    Metric(
        "P15",
        f"watch {_COUNT} colleagues",
        "",
        (
            AtMost(20, "s until lit"),
            AtMost(20, "KiB each"),
            AtMost(1, "wake-ups/s idle"),
        ),
    ),
)


def measure(share: float = 1.0) -> list[Result]:
    """The row."""
    count = scaled(_COUNT, share)
    pbx = _Pbx()
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(pbx.port), str(count), str(_IDLE * share)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        while not select.select([process.stdout], [], [], 0)[0]:
            pbx.serve(0.1)
        figures = json.loads(process.stdout.readline())
        changes = scaled(_CHANGES, share)
        begun = cpu_seconds(process.pid)
        pbx.change(changes)
        figures["us CPU a change"] = (cpu_seconds(process.pid) - begun) / changes * 1e6
        process.stdin.close()
        process.wait(10)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        pbx.close()
    return [Result(METRICS[0], figures)]


class _Pbx:
    """Grants whatever is asked, reports each phone at once, and then changes."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 2**20)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(10)
        self.port: int = self._socket.getsockname()[1]
        self._granted: dict[str, tuple[Request, tuple[str, int]]] = {}
        self._sent = 0

    def close(self) -> None:
        self._socket.close()

    def serve(self, seconds: float) -> None:
        """Grant what comes for a while."""
        ends_at = time.monotonic() + seconds
        while (left := ends_at - time.monotonic()) > 0:
            if select.select([self._socket], [], [], left)[0]:
                self._take(*self._socket.recvfrom(65_536))

    def change(self, times: int) -> None:
        """So many lamps change, and each report is answered."""
        watched = [each for each in self._granted.values() if _event_of(each[0]) == "dialog"]
        for first in range(0, times, _AT_ONCE):
            due = min(_AT_ONCE, times - first)
            for number in range(first, first + due):
                state = ("confirmed", "terminated")[number // len(watched) % 2]
                self._notify(*watched[number % len(watched)], state)
            while due:
                due -= self._take(*self._socket.recvfrom(65_536))

    def _take(self, data: bytes, source: tuple[str, int]) -> bool:
        """Read one message; whether it answers a report."""
        if data.isspace():
            return False
        message = parse(data)
        if isinstance(message, Response):
            if message.status != 200:
                raise RuntimeError(f"expected a 200, found {message.start_line!r}")
            return True
        is_new = message.call_id not in self._granted
        self._granted[message.call_id] = message, source
        to = message.headers.get("To") or ""
        fields = [
            *(("Via", via) for via in message.headers.get_all("Via")),
            ("From", message.headers.get("From") or ""),
            ("To", f"{to};tag=pbx" if is_new else to),
            ("Call-ID", message.call_id),
            ("CSeq", str(message.cseq)),
            ("Contact", f"<sip:127.0.0.1:{self.port}>"),
            ("Expires", message.headers.get("Expires") or "3600"),
        ]
        self._socket.sendto(Response(200, "OK", fields).to_bytes(), source)
        self._notify(message, source, "terminated")
        return False

    def _notify(self, watched: Request, address: tuple[str, int], state: str) -> None:
        self._sent += 1
        event = _event_of(watched)
        to = (watched.headers.get("To") or "").partition(";tag=")[0].strip("<>")
        body, kind = _BODIES[event]
        notify = Request(
            "NOTIFY",
            f"sip:callctrl@127.0.0.1:{address[1]}",
            [
                ("Via", f"SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK-{self._sent:08x}"),
                ("From", f"<{to}>;tag=pbx"),
                ("To", watched.headers.get("From") or ""),
                ("Call-ID", watched.call_id),
                ("CSeq", f"{self._sent} NOTIFY"),
                ("Contact", f"<sip:127.0.0.1:{self.port}>"),
                ("Event", event),
                ("Subscription-State", "active;expires=3599"),
                *([("Content-Type", kind)] if kind else []),
            ],
            body.format(entity=to, version=self._sent, state=state).encode(),
        )
        self._socket.sendto(notify.to_bytes(), address)


_BODIES = {
    "dialog": (
        '<?xml version="1.0"?>\r\n'
        '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}" state="full"'
        ' entity="{entity}">\r\n'
        '  <dialog id="ab12cd34" call-id="ab12cd34" direction="recipient">\r\n'
        "    <state>{state}</state>\r\n"
        "    <remote><identity>sip:2215550100@127.0.0.1</identity>\r\n"
        '    <target uri="sip:2215550100@127.0.0.1"/></remote>\r\n'
        '    <local><identity>{entity}</identity><target uri="{entity}"/></local>\r\n'
        "  </dialog>\r\n</dialog-info>\r\n",
        "application/dialog-info+xml",
    ),
    "presence": (
        '<?xml version="1.0"?>\r\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="{entity}">'
        '\r\n<tuple id="t1"><status><basic>open</basic></status></tuple></presence>\r\n',
        "application/pidf+xml",
    ),
    "message-summary": ("", ""),
}


def _event_of(request: Request) -> str:
    return request.headers.get("Event") or ""


async def _watch(port: int, count: int, idle: float) -> None:
    from callctrl.bystander.engine import Bystander
    from callctrl.phones.generic import GenericPhone
    from callctrl.sip.tokens import Tokens
    from callctrl.transport.pump import Transport
    from callctrl.transport.udp import UdpSocket
    from callctrl.way import SessionSetup

    loop = asyncio.get_running_loop()
    udp = UdpSocket("127.0.0.1", 0)
    account = Account(
        "127.0.0.1",
        "callctrl",
        "1001",
        "RECEPTION",
        port=port,
        kind=PbxKind.SIP,
        lamps=tuple(str(2000 + number) for number in range(count)),
    )
    setup = SessionSetup(udp.local, Address("127.0.0.1", port))
    gc.collect()
    before = _resident_bytes()
    session = Bystander(account, "", GenericPhone(), setup, Tokens(random.Random(1)))
    transport = Transport(session, udp, lambda _event: None)
    transport.open()
    begun = loop.time()
    transport.do(session.start)

    def are_lit() -> bool:
        lamps = session.lamps
        return len(lamps) == count and all(each.state is LampState.FREE for each in lamps)

    while not are_lit():  # noqa: ASYNC110 - the engine tells of each lamp, not of all
        await asyncio.sleep(0.02)
    seconds = loop.time() - begun
    await asyncio.sleep(seconds + 1)  # the presences come behind
    if idle > 1:
        await asyncio.sleep(_SETTLING)
    gc.collect()
    each = (_resident_bytes() - before) / count / 1024
    woken = switches(os.getpid())
    await asyncio.sleep(idle)
    rate = (switches(os.getpid()) - woken - 1) / idle  # one is the end of this sleep
    figures = {"s until lit": seconds, "KiB each": each, "wake-ups/s idle": max(rate, 0.0)}
    print(json.dumps(figures), flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _main(port: int, count: int, idle: float) -> None:
    from PySide6.QtWidgets import QApplication

    from callctrl.ui.eventloop import CallLoop

    logging.disable()
    app = QApplication(["bench"])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: CallLoop(app)) as runner:
        runner.run(_watch(port, count, idle))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
