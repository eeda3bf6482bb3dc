"""P6 to P9: from the start of the process to the icon and to "Ready", and what it takes to idle.

On a desktop of its own (`tests/desktop/desktop.py`): X server, window manager, tray, password
store. Beside it runs a bare program (`tests/bench/baretray.py`) on the same desktop.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench.clock import scaled, switches
from tests.bench.table import AtMost, AtMostTimes, Goal, Metric, Result
from tests.desktop.bus import Bus, Thing
from tests.desktop.desktop import KEYRING_PASSWORD, WATCHER, Desktop, Panel, missing_tool
from tests.desktop.programs import PhoneSystem, set_up

__all__ = ["METRICS", "measure", "start_to_icon"]

_IDLE = 10.0
_SETTLING = 8.0
"""Seconds until what was begun at the start is over."""
_WITHIN = 30.0


def _metric(number: str, what: str, unit: str, *goals: Goal, peers: tuple[str, ...]) -> Metric:
    return Metric(number, what, unit, goals, peers, _WHY_MISSED.get(number, ""))


_WHY_MISSED = {
    "P6": "before its icon the program reads its options, takes the profile's lock with Qt's "
    "network library, opens its log, and draws the icon and its menu, which is 60 ms of CPU beyond "
    "what Qt itself takes; all else is loaded after it.",
    "P7": "what works behind the icon is loaded after it, 0.2 s of CPU, and the window and the "
    "cards are built, so that the first call finds them: the icon is earlier, not this.",
    "P8": "of what a bare tray has not, the fonts and styles of a window take 13 MiB, the "
    "keyring's library and what it loads 12, the icon's drawings, log and menus 15, the engine "
    "with asyncio 9, the stores 2, and the windows' own modules 10.",
}

METRICS = (
    _metric(
        "P6",
        "start of the process to tray icon",
        "ms",
        AtMostTimes(1.3, "bare"),
        AtMostTimes(0.3, "linphone"),
        peers=("bare",),
    ),
    _metric(
        "P7",
        "start to registered and subscribed",
        "ms",
        AtMostTimes(1, "icon", plus=250),
        peers=("icon",),
    ),
    _metric(
        "P8",
        "idle memory (RSS)",
        "MiB",
        AtMost(90),
        AtMostTimes(0.4, "linphone"),
        peers=("bare",),
    ),
    _metric("P9", "idle wake-ups per second, registered", "", AtMost(0.5), peers=("bare",)),
)


def measure(share: float = 1.0) -> list[Result]:
    """The four rows; without figures where there is no such desktop."""
    missing = missing_tool()
    if missing:
        remark = f"not measured here, for want of {missing}."
        return [Result(metric, {}, remark) for metric in METRICS]
    rounds: list[_Round] = []
    with tempfile.TemporaryDirectory() as folder, Desktop(Path(folder), Panel.LXQT) as desktop:
        profile = Path(folder) / "profile"
        phones = PhoneSystem(desktop, KEYRING_PASSWORD)
        set_up(desktop, profile, phones, KEYRING_PASSWORD)
        for _ in range(scaled(5, share)):
            rounds.append(_Round(desktop, profile, phones))
            if len(rounds) < scaled(5, share):
                rounds[-1].end()
        time.sleep(_SETTLING * share)
        wakes = rounds[-1].wake_ups(_IDLE * share)
        memory = {name: _resident_mib(each) for name, each in rounds[-1].processes.items()}
        rounds[-1].end()
    icon = {name: median(each.icon[name] for each in rounds) for name in ("ours", "bare")}
    ready = {"ours": median(each.ready for each in rounds), "icon": icon["ours"]}
    remark = (
        f"medians of {len(rounds)} warm starts in turn, to the tray, "
        "where the icon gives its picture to who asks; linphone-cli has no window."
    )
    figures = (icon, ready, memory, wakes)
    return [
        Result(metric, each, remark if each is icon else "")
        for metric, each in zip(METRICS, figures, strict=True)
    ]


class _Round:
    """The bare program started, and then ours."""

    def __init__(self, desktop: Desktop, profile: Path, phones: PhoneSystem) -> None:
        self.icon: dict[str, float] = {}
        """Milliseconds from the start of the process."""
        bare, self.icon["bare"] = start_to_icon(
            desktop, sys.executable, "-m", "tests.bench.baretray"
        )
        told = len(phones.lines)
        options = (f"--profile={profile}", "--minimized")
        begun = time.monotonic()
        ours, self.icon["ours"] = start_to_icon(desktop, *desktop.place.callctrl, *options)
        self.ready = _passed(begun, lambda: _is_ready(phones.lines[told:]))
        """Milliseconds from the start of ours until it is registered and subscribed."""
        self._started = (ours, bare)
        self.processes = {"ours": ours.pid, "bare": bare.pid}

    def wake_ups(self, seconds: float) -> dict[str, float]:
        """How often each is woken in a second."""
        before = {name: switches(each) for name, each in self.processes.items()}
        time.sleep(seconds)
        return {
            name: (switches(each) - before[name]) / seconds for name, each in self.processes.items()
        }

    def end(self) -> None:
        for each in self._started:
            each.terminate()
            each.wait(_WITHIN)


def start_to_icon(desktop: Desktop, *command: str) -> tuple[subprocess.Popen[bytes], float]:
    """Start a program; it, and the milliseconds until its icon gives its picture to who asks."""
    registered = desktop.bus.watch(WATCHER.interface, "StatusNotifierItemRegistered")
    begun = time.monotonic()
    process = desktop.start(*command)
    return process, _passed(begun, lambda: _has_picture(desktop.bus, registered()))


def _passed(begun: float, has_happened: Callable[[], object]) -> float:
    """Milliseconds from then until it has."""
    while not has_happened():
        if time.monotonic() - begun > _WITHIN:
            raise TimeoutError(f"nothing within {_WITHIN} s")
        time.sleep(0.002)
    return 1000 * (time.monotonic() - begun)


def _has_picture(bus: Bus, registered: list[tuple[str]]) -> bool:
    """Whether there is an icon whose program gives its picture to whoever asks, as the panel."""
    if not registered:
        return False
    name, _, path = registered[0][0].partition("/")
    return bool(bus.property(Thing(name, f"/{path}", "org.kde.StatusNotifierItem"), "IconPixmap"))


def _is_ready(lines: list[str]) -> bool:
    return any(line.startswith("RECEPTION watches") for line in lines)


def _resident_mib(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {process} tells no VmRSS")
