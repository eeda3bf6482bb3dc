"""sipp: plays a scenario of ours as the other end, and judges what it hears by its exit code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from callctrl.sip.packets import Address
from tests.peers.program import HERE, PATIENCE, Program, eventually, free_ports, has_socket

__all__ = ["Sipp"]

_SCENARIOS = Path(__file__).with_name("scenarios")


class Sipp:
    """A scenario under way. Each Call-ID it meets, or begins with, is one run through it."""

    def __init__(
        self,
        folder: Path,
        scenario: str | Path,
        *,
        runs: int = 1,
        remote: Address | None = None,
        port: int | None = None,
        keys: Mapping[str, object] | None = None,
        by_tcp: bool = False,
    ) -> None:
        """`scenario` is one of ours by its name, or any by its file.

        `runs` are awaited; with a `remote` it is sipp that begins. `port` is its own.

        `keys` are put in where the scenario has their names in brackets.
        """
        self.address = Address(HERE, port or free_ports())
        self._runs = runs
        self._messages = folder / "messages"
        if isinstance(scenario, str):
            scenario = _SCENARIOS / f"{scenario}.xml"
        command = ["sipp", "-sf", str(scenario), "-m", str(runs)]
        command += ["-i", HERE, "-p", str(self.address.port), "-nostdin", "-nd"]
        command += ["-timeout", f"{PATIENCE:.0f}s", "-timeout_error"]
        command += ["-trace_err", "-error_file", str(folder / "errors.log")]
        command += ["-trace_msg", "-message_file", str(self._messages)]
        if by_tcp:
            command += ["-t", "t1"]
        for name, value in (keys or {}).items():
            command += ["-key", name, str(value)]
        if remote is not None:
            command += [f"{remote.host}:{remote.port}"]
        self._by_tcp = by_tcp
        self._is_first = remote is not None
        self._program = Program(folder, *command)

    def __enter__(self) -> Self:
        if not self._is_first:
            kind = "tcp" if self._by_tcp else "udp"
            self._program.settle(lambda: has_socket(self.address.port, kind), "sipp's port")
        return self

    def __exit__(self, *_: object) -> None:
        self._program.stop()

    @property
    def messages(self) -> str:
        """All that came and went."""
        return self._messages.read_text("utf-8", "replace")

    @property
    def exit_code(self) -> int | None:
        """0 where all came as the scenario has it; None while it is under way."""
        return self._program.exit_code

    async def is_content(self) -> bool:
        """Wait for the end of the scenario; whether everything came as it is written there."""
        await eventually(lambda: self._program.exit_code is not None, "the end of the scenario")
        return self._program.exit_code == 0
