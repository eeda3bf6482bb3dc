"""`make soak`: hours of work, and what they leave behind in memory and open files.

The engine has an hour of virtual time: calls, losses, restarts, a minute of silence. The whole
program has ten minutes of real time, offscreen against the simulator, with calls coming and going.
What each holds after a warm-up is compared with what it holds at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from callctrl.calls import SessionChanged, SessionState
from callctrl.headless.verbs import Offer, Press, Question, Request, order_from
from callctrl.simulator.scenarios import SCENARIOS, Player, Step
from tests.desk import PBX, PC, PHONE, Desk
from tests.wire import Weather

if TYPE_CHECKING:
    from tests.office import Office

__all__ = ["WorkingDay", "engine_objects"]

_MIB = 1024 * 1024
_MORE_MEMORY = 2 * _MIB
"""Bytes that may be held more at the end than at the beginning."""
_ROUND = 240.0
"""Seconds: how long the busy morning of the scenarios takes."""
_ENGINE_WARM_UP = 1200.0
_PROGRAM_WARM_UP = 120.0
_FASTER = 20.0
"""How much faster than life the program's callers come and go."""
_WEATHER = Weather(loss=0.05, duplicate=0.05, reorder=0.05, latency=0.02)


class WorkingDay:
    """A session and a phone system on a wire, and one busy morning after another."""

    def __init__(self, seed: int = 1) -> None:
        self.desk = Desk(weather=_WEATHER, seed=seed).start()
        self._rounds = 0
        self.calls = 0
        """How many calls there have been."""
        self.state = SessionState.OFFLINE
        """Where the session stands."""

    def work(self, seconds: float) -> None:
        """Let callers come and go, half of them served by keys of the phone, half from the PC."""
        for _ in range(round(seconds / _ROUND)):
            self._rounds += 1
            if self._rounds % 3 == 0:
                self.desk.say("reboot phone")
            if self._rounds % 5 == 0:
                self.desk.say("reboot pbx")
            if self._rounds % 7 == 0:
                self._fall_silent(60.0)
            self._play(SCENARIOS["rush-hour"])

    def rest(self) -> None:
        """Let the phone be put down, and time pass until every transaction is over."""
        for number in range(1, 5):
            self.desk.say(f"hangup {number}")
        self._let_pass(_ROUND)

    def _play(self, steps: Sequence[Step]) -> None:
        wire = self.desk.wire
        ends_at = wire.now + _ROUND
        player = Player(steps, wire.now)
        while (when := player.next_timeout()) is not None:
            self._let_pass(when - wire.now)
            for line in player.due(wire.now):
                self._do(line)
        self._let_pass(ends_at - wire.now)

    def _do(self, line: str) -> None:
        self.calls += line.startswith("ring")
        if line.split()[0] in ("answer", "hold", "resume", "hangup") and self._rounds % 2:
            try:
                order = order_from(line.split(), self.desk.session.calls)
            except ValueError:
                return  # there is no such call: its caller was lost on the way
            assert not isinstance(order, Offer | Press | Question | Request)
            self.desk.wire.do(lambda now: self.desk.session.perform(order, now))
        else:
            self.desk.say(line)

    def _fall_silent(self, seconds: float) -> None:
        self.desk.say("silence on")
        self._let_pass(seconds)
        self.desk.say("silence off")

    def _let_pass(self, seconds: float) -> None:
        self.desk.wire.run(max(0.0, seconds))
        if changes := self.desk.events(SessionChanged):
            self.state = changes[-1].state
        # The tests' own memory of it is not what is measured.
        self.desk.wire.sent.clear()
        for place in (PC, PBX, PHONE):
            self.desk.wire.events_of(place).clear()


def engine_objects() -> Counter[str]:
    """The live objects of the engine's classes, by class."""
    gc.collect()
    kinds = (type(each) for each in gc.get_objects())
    return Counter(
        kind.__qualname__
        for kind in kinds
        if kind.__module__.startswith("callctrl.")
        and not kind.__module__.startswith("callctrl.simulator")
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """What a process holds."""

    rss: int
    """Bytes of memory."""
    files: int
    """Open file descriptors."""
    traced: int = 0
    """Bytes that Python allocated, where that is traced."""

    @classmethod
    def now(cls) -> _Held:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        files = sum(1 for _ in Path("/proc/self/fd").iterdir())
        traced, _ = tracemalloc.get_traced_memory()
        return cls(pages * os.sysconf("SC_PAGE_SIZE"), files, traced)


def soak_engine(hours: float) -> tuple[_Held, _Held]:
    """What the process held before and after the engine's working day."""
    tracemalloc.start()
    try:
        day = WorkingDay()
        day.work(_ENGINE_WARM_UP)
        day.rest()
        before = _Held.now()
        day.work(hours * 3600.0)
        day.rest()
        after = _Held.now()
    finally:
        tracemalloc.stop()
    return before, after


def soak_program(minutes: float) -> tuple[_Held, _Held]:
    """What the desktop program held before and after so many minutes of calls."""
    # Before any Qt, which the engine's soak does without.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from callctrl.running import _run
    from callctrl.starting import _open_qt

    held: list[_Held] = []

    async def main() -> None:
        with tempfile.TemporaryDirectory(prefix="callctrl-soak-") as folder:
            held.extend(await _at_the_office(Path(folder), minutes * 60.0))

    app = _open_qt()
    assert app is not None
    _run(app, main)
    return held[0], held[1]


async def _at_the_office(folder: Path, seconds: float) -> tuple[_Held, _Held]:
    from tests.office import Office

    office = Office(folder)
    await office.open()
    try:
        desktop = await office.start_ready()
        desktop.window.show()
        await _keep_calling(office, _PROGRAM_WARM_UP)
        before = _Held.now()
        await _keep_calling(office, seconds)
        after = _Held.now()
        assert office.state is SessionState.READY
    finally:
        await office.close()
    return before, after


async def _keep_calling(office: Office, seconds: float) -> None:
    """Play busy mornings, faster than life, for at least so long."""
    steps = [Step(step.at / _FASTER, step.line) for step in SCENARIOS["rush-hour"]]
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    while loop.time() < ends_at:
        await office.simulation.play(steps)
        await office.until(lambda: not office.desktop.calls)
        office.said.clear()


# The table


def _rows(name: str, before: _Held, after: _Held) -> list[tuple[str, str, str, str, str, bool]]:
    def memory(what: str, one: int, other: int) -> tuple[str, str, str, str, str, bool]:
        return (
            f"{name}: {what}",
            f"{one / _MIB:.1f} MiB",
            f"{other / _MIB:.1f} MiB",
            f"{(other - one) / _MIB:+.2f} MiB",
            f"{_MORE_MEMORY / _MIB:+.0f} MiB",
            other - one <= _MORE_MEMORY,
        )

    more = after.files - before.files
    files = (f"{before.files}", f"{after.files}", f"{more:+d}", "+0", more <= 0)
    rows = [memory("resident", before.rss, after.rss)]
    if after.traced:
        rows.append(memory("allocated by Python", before.traced, after.traced))
    return [*rows, (f"{name}: open files", *files)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak both, print the table; 1 where a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0, help="of virtual time for the engine")
    parser.add_argument("--minutes", type=float, default=10.0, help="of real time for the program")
    options = parser.parse_args(arguments)
    rows = [
        *_rows(f"engine, {options.hours:g} virtual h", *soak_engine(options.hours)),
        *_rows(f"program, {options.minutes:g} min", *soak_program(options.minutes)),
    ]
    print("| what | after the warm-up | at the end | more | bound | holds |")
    print("| --- | --- | --- | --- | --- | --- |")
    for *words, holds in rows:
        print(f"| {' | '.join(words)} | {'yes' if holds else 'NO'} |")
    return 0 if all(holds for *_, holds in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
