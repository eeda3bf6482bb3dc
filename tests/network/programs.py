"""The two programs, each on a machine of its own: the make-believe phone system, and `watch`."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.network.machines import PBX, Machine
from tests.peers.program import Program

__all__ = ["BACK_WITHIN", "PATIENCE", "PhoneSystem", "Watch", "until"]

BACK_WITHIN = 10.0
"""Seconds from the network being back to the phone being under control: what is promised."""
PATIENCE = 30.0
"""Seconds after which what must come has not. It ends a test that failed, and measures nothing."""

_PORT = 6060
_ROOT = Path(__file__).parents[2]
_PASSWORD = "sesame-4321"


def until(condition: Callable[[], object], what: str, *, within: float = PATIENCE) -> None:
    """Wait for something to be true."""
    ends_at = time.monotonic() + within
    while not condition():
        assert time.monotonic() < ends_at, f"not within {within:g} s: {what}"
        time.sleep(0.05)


class _CallCtrl(Program):
    def __init__(self, machine: Machine, folder: Path, *arguments: str) -> None:
        command = machine.inside(sys.executable, "-m", "callctrl", *arguments, "--password-stdin")
        super().__init__(folder, *command, env={"PYTHONPATH": str(_ROOT)})
        self.type(_PASSWORD)

    @property
    def lines(self) -> list[str]:
        """What it has printed, without a last line that is not complete yet."""
        return self.log.split("\n")[:-1]


class PhoneSystem(_CallCtrl):
    """`callctrl simulate`, at the well-known port."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        super().__init__(
            machine, folder, "simulate", f"--bind={PBX}", f"--port={_PORT}", "--seed=1"
        )
        until(lambda: self.has_logged("SPA9000 at"), "the phone system")

    def kill(self) -> None:
        """End it without a word to anybody."""
        self._process.send_signal(signal.SIGKILL)
        self.stop()

    def registered(self) -> list[str]:
        """The addresses that are registered with it now."""
        said = len(self.lines)
        self.type("status")
        until(
            lambda: any(line.startswith("loss ") for line in self.lines[said:]), "the whole status"
        )
        found = (
            re.match(r"registered: RECEPTION at UDP ([\d.]+):", line) for line in self.lines[said:]
        )
        return [match[1] for match in found if match]


class Watch(_CallCtrl):
    """`callctrl watch --json`."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        super().__init__(
            machine,
            folder,
            "watch",
            "--json",
            f"--pbx={PBX}:{_PORT}",
            "--extension=200",
            "--station=FrontDesk",
            "--computer=RECEPTION",
        )

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it has told so far."""
        return [json.loads(line) for line in self.lines]

    def count(self) -> int:
        """How many events it has told."""
        return len(self.lines)

    def has_told(self, *, since: int = 0, **wanted: object) -> bool:
        """Whether it has told of an event with these values, after the first so many."""
        return any(wanted.items() <= event.items() for event in self.events[since:])

    @property
    def calls(self) -> dict[str, str]:
        """The last state it has told of each call, by its number."""
        return {each["id"]: each["state"] for each in self.events if each["event"] == "call"}

    def is_ready(self, *, since: int = 0) -> bool:
        """Whether it has registered and subscribed, after the first so many events."""
        return self.has_told(
            since=since, event="registration", state="registered"
        ) and self.has_told(since=since, event="subscription", state="active")
