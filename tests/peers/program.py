"""A program that none of us wrote: started in a folder of its own, ended by its process number.

Debian's packages of all of them are in `.ci/prepare peers`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self, TypeVar

__all__ = [
    "HERE",
    "PATIENCE",
    "ROOT",
    "Program",
    "callctrl",
    "eventually",
    "find_library",
    "free_ports",
    "has_socket",
    "missing_peer",
    "until",
]

_T = TypeVar("_T")

HERE = "127.0.0.1"
"""Everything happens on loop-back."""

PATIENCE = 20.0
"""Seconds after which what must come has not. It ends a test that failed, and measures nothing."""
_ENDS_WITHIN = 1.0
"""Seconds a program has to say good-bye in, where nobody needs that."""

# Debian keeps the servers where not every user's path leads.
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])

_PROGRAMS = {
    "kamailio": "kamailio",
    "baresip": "baresip-core",
    "linphonec": "linphone-cli",
    "sipp": "sip-tester",
    "sipsak": "sipsak",
}
ROOT = Path(__file__).parents[2]
"""Where the sources lie."""

_MODULES = {
    "presence": "kamailio-presence-modules",
    "tls": "kamailio-tls-modules",
    "db_sqlite": "kamailio-sqlite-modules",
}


def missing_peer() -> str:
    """What the tests cannot do without and is not installed; empty where all is there."""
    if not sys.platform.startswith("linux"):
        return "the SIP programs of a Linux system"
    missing = [
        f"{name} ({package})"
        for name, package in _PROGRAMS.items()
        if not shutil.which(name, path=_PATH)
    ]
    missing += [
        f"kamailio's {name} ({package})"
        for name, package in _MODULES.items()
        if not find_library(f"kamailio/modules/{name}.so")
    ]
    return ", ".join(missing)


def find_library(path: str) -> Path | None:
    """Where a package has put what it loads itself."""
    lib = Path("/usr/lib")
    places = [lib, *lib.glob("*-linux-gnu*"), Path("/usr/lib64")]
    return next((found for each in places if (found := each / path).exists()), None)


def until(condition: Callable[[], _T | None], what: str) -> _T:
    """Wait, with the loop at rest, for something true and return it."""
    ends_at = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > ends_at:
            raise AssertionError(f"{what} never came")
        time.sleep(0.02)
    return found


async def eventually(condition: Callable[[], _T | None], what: str) -> _T:
    """Wait, while the loop runs, for something true and return it."""
    ends_at = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > ends_at:
            raise AssertionError(f"{what} never came")
        await asyncio.sleep(0.02)  # another program's log tells no event
    return found


def free_ports(count: int = 1) -> int:
    """The first of `count` ports in a row that nobody has, for UDP nor TCP.

    They lie below those the kernel gives away, so that no socket of ours takes one in between.
    """
    while True:
        first = random.randrange(11_000, 32_000, 16)
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for port in range(first, first + count):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    held.enter_context(socket.socket(type=kind)).bind((HERE, port))
            return first


def has_socket(port: int, kind: str = "udp") -> bool:
    """Whether somebody has bound a port."""
    sockets = Path(f"/proc/net/{kind}").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") for line in sockets)


class Program:
    """A running program. What it prints is kept in its folder, and shown where a test fails."""

    def __init__(
        self, folder: Path, *command: str | Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.log_file = folder / "log"
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env={"PATH": _PATH, "LANG": "C.UTF-8", "HOME": str(folder)} | dict(env or {}),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def settle(self, is_ready: Callable[[], bool], what: str) -> None:
        """Wait until it is ready to be talked to; one that ends instead, or never is, is ended."""

        def look() -> bool:
            assert self.exit_code is None, f"{self._process.args!r} ended: {self.log[-2000:]}"
            return is_ready()

        try:
            until(look, what)
        except BaseException:
            self.stop()
            raise

    @property
    def log(self) -> str:
        """What it has printed so far."""
        return self.log_file.read_text("utf-8", "replace")

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None while it runs."""
        return self._process.poll()

    def has_logged(self, text: str) -> bool:
        """Whether it has printed a text; an error where it has ended without."""
        if text in self.log:
            return True
        assert self.exit_code is None, f"{self._process.args!r} ended: {self.log[-2000:]}"
        return False

    def type(self, line: str) -> None:
        """A line of input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def kill(self) -> None:
        """Have it and those it has started gone, without a good-bye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._close()

    def stop(self, within: float = _ENDS_WITHIN) -> None:
        """End it, and those it has started; it has so many seconds to say good-bye in."""
        self._process.terminate()
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close()

    def _close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()


def callctrl(folder: Path, *arguments: str, password: str) -> Program:
    """Our own program, with its password on standard input."""
    command = [sys.executable, "-m", "callctrl", *arguments, "--password-stdin"]
    program = Program(folder, *command, env={"PYTHONPATH": str(ROOT)})
    program.type(password)
    return program
