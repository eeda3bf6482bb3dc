"""Two machines with nothing but a cable between them: network namespaces, made and taken away here.

    PBX 10.77.0.1 ======= cable ======= PC 10.77.0.2, or .3

The plain cable is a veth pair. The bad one is a pair of tun devices whose packets go through our
hands, to be lost and delayed: netem's dice cannot be loaded, and a test must not depend on luck.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import os
import select
import shutil
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import Self

__all__ = ["PBX", "PC", "PC_LATER", "BadCable", "Cable", "Machine", "missing_right"]

PBX, PC, PC_LATER = "10.77.0.1", "10.77.0.2", "10.77.0.3"

_TUN = "/dev/net/tun"
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_UDP = 17


def missing_right() -> str:
    """What the tests cannot do without; empty where all is there."""
    if not sys.platform.startswith("linux"):
        return "Linux"
    if not shutil.which("ip"):
        return "ip (iproute2)"
    if not os.access(_TUN, os.R_OK | os.W_OK):
        return f"{_TUN}"
    try:
        with Cable():
            return ""
    except subprocess.CalledProcessError as error:
        return f"the right to make network namespaces ({error.stderr.strip()})"


class Machine:
    """One network namespace, with one network device."""

    def __init__(self, name: str, device: str) -> None:
        self.name = name
        self.device = device

    def inside(self, *command: str | Path) -> list[str]:
        """A command, to be run on this machine."""
        return ["ip", "netns", "exec", self.name, *map(str, command)]

    def ip(self, *words: str) -> None:
        """Change something about its network."""
        _run("ip", "-n", self.name, *words)

    def take(self, address: str) -> None:
        """Have an address from now on."""
        self.ip("address", "add", f"{address}/24", "dev", self.device)

    def lose(self, address: str) -> None:
        """Have it no longer."""
        self.ip("address", "del", f"{address}/24", "dev", self.device)


class Cable:
    """Two machines and a veth pair between them."""

    def __init__(self) -> None:
        self.pbx, self.pc = (
            Machine(f"callctrl-{os.getpid()}-{name}", f"{name}{os.getpid()}")
            for name in ("pbx", "pc")
        )
        self._made = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as made:
            for machine in (self.pbx, self.pc):
                _run("ip", "netns", "add", machine.name)
                made.callback(_run, "ip", "netns", "del", machine.name)
                # Packets of nobody's asking would only be in the way.
                no_ipv6 = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"
                _run(*machine.inside("sh", "-c", no_ipv6))
                machine.ip("link", "set", "lo", "up")
            self._lay(made)
            for machine, address in ((self.pbx, PBX), (self.pc, PC)):
                machine.take(address)
                machine.ip("link", "set", machine.device, "up")
            self._made = made.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    def unplug(self) -> None:
        """Pull it out at the far end: this PC's device loses its carrier and keeps its address."""
        self.pbx.ip("link", "set", self.pbx.device, "down")

    def plug(self) -> None:
        """Put it back."""
        self.pbx.ip("link", "set", self.pbx.device, "up")

    def _lay(self, made: contextlib.ExitStack) -> None:
        """Make both ends; the pair goes with either namespace."""
        far_end = ("peer", "name", self.pc.device, "netns", self.pc.name)
        self.pbx.ip("link", "add", self.pbx.device, "type", "veth", *far_end)


class BadCable(Cable):
    """Two machines and a cable that loses and delays, in each direction by dice of its own."""

    def __init__(self, *, loss: float, delay: float, seed: int) -> None:
        """`loss` is the share of datagrams, `delay` in seconds."""
        super().__init__()
        self.lost = 0
        self._loss = loss
        self._delay = delay
        self._seed = seed
        self._is_plugged = True
        self._is_over = False

    def unplug(self) -> None:
        """Let nothing through."""
        self._is_plugged = False

    def plug(self) -> None:
        """Let through what the dice let through."""
        self._is_plugged = True

    def _lay(self, made: contextlib.ExitStack) -> None:
        ends = []
        for machine in (self.pbx, self.pc):
            ends.append(_tun(machine.device))  # and it is gone when this is closed
            made.callback(os.close, ends[-1])
            _run("ip", "link", "set", machine.device, "netns", machine.name)
        carrier = threading.Thread(target=self._carry, args=ends, daemon=True)
        carrier.start()

        def end() -> None:
            self._is_over = True
            carrier.join()

        made.callback(end)

    def _carry(self, one: int, other: int) -> None:
        across = {one: other, other: one}
        dice = {end: Random(self._seed + end_number) for end_number, end in enumerate(across)}
        under_way: list[tuple[float, int, int, bytes]] = []
        count = 0
        while not self._is_over:
            pause = under_way[0][0] - time.monotonic() if under_way else 0.1
            readable, _, _ = select.select([one, other], [], [], min(max(pause, 0.0), 0.1))
            for end in readable:
                packet = os.read(end, 65_536)
                if packet[9] == _UDP and (not self._is_plugged or dice[end].random() < self._loss):
                    self.lost += 1
                    continue
                count += 1
                heapq.heappush(
                    under_way, (time.monotonic() + self._delay, count, across[end], packet)
                )
            while under_way and under_way[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(under_way)
                with contextlib.suppress(OSError):  # a device that is down takes nothing
                    os.write(end, packet)


def _tun(name: str) -> int:
    end = os.open(_TUN, os.O_RDWR)
    fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return end


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
