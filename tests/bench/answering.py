"""P3: what a NOTIFY costs from the socket to its 200 and back, in programs of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from tests.bench.clock import cpu_seconds, medians, scaled
from tests.bench.pbx import Dialog, Pbx
from tests.bench.stacks import DIALOG
from tests.bench.table import AtMost, AtMostTimes, Metric, Result

__all__ = ["METRICS", "answering", "measure"]

METRICS = (
    Metric(
        "P3",
        "CPU per NOTIFY answered end to end, on the shipped loop",
        "us",
        (AtMost(130), AtMostTimes(0.4, "sippy")),
        ("sippy", "sipmessage", "aiosipua"),
        "it is two thirds the engine: what a report says is compared with what is known of the "
        "call, and kept; a machine that is shared with others makes it dearer, as it does for the "
        "peers.",
    ),
)
_REMARK = (
    "one NOTIFY at a time; ours and sipmessage on Qt's loop (sipmessage on stock qasync), aiosipua "
    "on asyncio's, sippy on its own with its threads. Each program stays on one processor, with "
    "the PBX on the same and then on another, and the cheaper counts: who sends pays for waking "
    "another processor, or the one that waits spins beside it, and a real PBX has its own. Threads "
    "that take turns may gain by the second. us on the same and on another: {}."
)


def measure(share: float = 1.0) -> list[Result]:
    """The row."""
    calls = scaled(400, share)
    processors = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        stack.callback(os.sched_setaffinity, 0, processors)
        works = {}
        for name in ("ours", *METRICS[0].peers):
            if name == "ours" or find_spec(name) is not None:
                pbx, process = stack.enter_context(answering(name))
                _keep_on(processors[0], process)
                works[name] = partial(_cpu_per_notify, pbx, process, calls)
        found = []
        for processor in processors[:2]:
            os.sched_setaffinity(0, {processor})  # the PBX is this process
            found.append(medians(works, scaled(9, share)))
    by_place = {name: [each[name] for each in found] for name in works}
    told = (f"{name} {' and '.join(f'{us:.0f}' for us in each)}" for name, each in by_place.items())
    cheapest = {name: min(each) for name, each in by_place.items()}
    return [Result(METRICS[0], cheapest, _REMARK.format(", ".join(told)))]


def _keep_on(processor: int, process: int) -> None:
    """Have all threads of a program stay on one processor."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {processor})


def _cpu_per_notify(pbx: Pbx, process: int, calls: int) -> float:
    (dialog,) = pbx.dialogs
    begun = cpu_seconds(process)
    for _ in range(calls):
        pbx.report(dialog)
    return (cpu_seconds(process) - begun) / calls * 1e6


@contextmanager
def answering(name: str) -> Iterator[tuple[Pbx, int]]:
    """A program with that stack, and a PBX with a dialog to it; its process."""
    pbx = Pbx()
    port = pbx.port if name in ("ours", "stock") else _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.stacks", name, str(port)],
        stdout=subprocess.PIPE,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        if port:
            pbx.dialogs.append(Dialog(DIALOG, "2", ("127.0.0.1", port)))
        else:
            pbx.admit(1)
        yield pbx, process.pid
    finally:
        process.kill()
        process.communicate()
        pbx.close()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
