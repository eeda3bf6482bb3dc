"""P5: a thousand subscriptions in one user agent: until all are active, what each keeps, idling.

`python -m tests.bench.holding PORT COUNT IDLE` is the program that is measured: the shipped loop
with Qt loaded, the shipped transport, and the subscriptions the product has one of.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from callctrl.sip.authenticator import Authenticator
from callctrl.sip.digest import Credentials
from callctrl.sip.packets import Address, Packet
from callctrl.sip.subscription import Subscription
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent
from tests.bench.clock import scaled, switches
from tests.bench.pbx import Pbx
from tests.bench.table import AtMost, Metric, Result

__all__ = ["METRICS", "measure"]

_COUNT = 1000
_AT_ONCE = 10
"""SUBSCRIBEs sent before answers are read: a socket that hears none to 14 is taken to be deaf."""
_SETTLING = 6.0
"""Seconds until the transactions are forgotten (timer K)."""

METRICS = (
    Metric(
        "P5",
        f"hold {_COUNT:,} subscriptions",
        "",
        (
            AtMost(1, "s until active"),
            AtMost(6, "KiB each"),
            AtMost(1, "wake-ups/s idle"),
        ),
    ),
)


def measure(share: float = 1.0) -> list[Result]:
    """The row."""
    count = scaled(_COUNT, share)
    pbx = Pbx()
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(pbx.port), str(count), str(10 * share)],
        stdout=subprocess.PIPE,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    try:
        while process.poll() is None:
            pbx.serve(0.1)
        said, _ = process.communicate()
    finally:
        process.kill()
        process.wait()
        pbx.close()
    return [Result(METRICS[0], json.loads(said))]


class _Watcher:
    """An engine of nothing but subscriptions."""

    def __init__(self, local: Address, remote: Address, count: int) -> None:
        tokens = Tokens(random.Random(1))
        self._agent = UserAgent(
            local=local, remote=remote, contact_user="desk", product="bench", tokens=tokens
        )
        authenticator = Authenticator(Credentials("desk", ""), tokens)
        self._subscriptions = [
            Subscription(
                self._agent,
                event="dialog",
                accept=("application/dialog-info+xml",),
                target=f"sip:{number}@127.0.0.1:{remote.port}",
                from_="sip:desk@127.0.0.1",
                to=f"sip:{number}@127.0.0.1",
                authenticator=authenticator,
                refresh_within=3600.0,
                on_answer=lambda *_: None,
                on_ended=lambda _ending, _now: None,
                on_unsubscribed=lambda _now: None,
            )
            for number in range(count)
        ]

    def subscribe(self, first: int, now: float) -> None:
        for subscription in self._subscriptions[first : first + _AT_ONCE]:
            subscription.subscribe(now)

    def has_heard_of(self, first: int) -> bool:
        """Whether the first of those that were begun together has been answered."""
        return self._subscriptions[first].is_accepted

    @property
    def are_active(self) -> bool:
        return all(each.is_accepted for each in self._subscriptions)

    def receive(self, data: bytes, source: Address, now: float) -> None:
        self._agent.receive(data, source, now)

    def transport_failed(self, remote: Address, _error: str, now: float) -> None:
        self._agent.transport_failed(remote, now)

    def handle_timeout(self, now: float) -> None:
        self._agent.handle_timeout(now)
        for subscription in self._subscriptions:
            subscription.handle_timeout(now)

    def next_timeout(self) -> float | None:
        due = self._agent.next_timeout()
        if due is not None:
            return due
        instants = (each.next_timeout() for each in self._subscriptions)
        return min((each for each in instants if each is not None), default=None)

    def packets_to_send(self) -> list[Packet]:
        return self._agent.packets_to_send()

    def next_event(self) -> Any:
        return None


async def _hold(port: int, count: int, idle: float) -> dict[str, float]:
    from callctrl.transport.pump import Transport
    from callctrl.transport.udp import UdpSocket

    loop = asyncio.get_running_loop()
    udp = UdpSocket("127.0.0.1", 0)
    gc.collect()
    before = _resident_bytes()
    watcher = _Watcher(udp.local, Address("127.0.0.1", port), count)
    transport = Transport(watcher, udp, lambda _event: None)
    transport.open()
    begun = loop.time()
    for first in range(0, count, _AT_ONCE):
        transport.do(lambda now, first=first: watcher.subscribe(first, now))  # type: ignore[misc]
        while not watcher.has_heard_of(first):  # noqa: ASYNC110 - nor do they
            await asyncio.sleep(0)
    while not watcher.are_active:  # noqa: ASYNC110 - the watcher tells nobody
        await asyncio.sleep(0.005)
    seconds = loop.time() - begun
    if idle > 1:
        await asyncio.sleep(_SETTLING)
    gc.collect()
    each = (_resident_bytes() - before) / count / 1024
    woken = switches(os.getpid())
    await asyncio.sleep(idle)
    rate = (switches(os.getpid()) - woken - 1) / idle  # one is the end of this sleep
    return {"s until active": seconds, "KiB each": each, "wake-ups/s idle": max(rate, 0.0)}


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
        print(json.dumps(runner.run(_hold(port, count, idle))))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
