"""Bad weather between the simulator and whoever talks to it.

`Network` wraps a phone system and is itself an engine of the same six methods: what goes in or
comes out may be lost, late, doubled or overtaken.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from random import Random
from typing import Protocol

from callctrl.simulator.events import Event
from callctrl.sip.packets import Address, Packet

__all__ = ["Engine", "Network", "Weather"]

_HELD_BACK = 0.2
"""How much later a datagram comes that is overtaken, in seconds."""


class Engine(Protocol):
    """A simulated phone system."""

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take one message."""
        ...

    def transport_failed(self, remote: Address, error: str, now: float) -> None:
        """Nothing listens at `remote`."""
        ...

    def handle_timeout(self, now: float) -> None:
        """Do what is due."""
        ...

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        ...

    def packets_to_send(self) -> list[Packet]:
        """What is to go out since the last call, in order."""
        ...

    def next_event(self) -> Event | None:
        """The oldest thing that happened and was not yet asked for."""
        ...


@dataclass(frozen=True, slots=True)
class Weather:
    """How the network treats each datagram, in either direction."""

    loss: float = 0.0
    """The share that is lost, 0 to 1."""
    delay: float = 0.0
    """How long each is under way, in seconds."""
    duplicate: float = 0.0
    """The share that comes twice, 0 to 1."""
    reorder: float = 0.0
    """The share that is held back, so that later ones overtake it, 0 to 1."""


class Network:
    """An engine that hands datagrams to another, and back, as the weather has it."""

    def __init__(self, engine: Engine, random: Random) -> None:
        self.weather = Weather()
        self._engine = engine
        self._random = random
        self._under_way: list[tuple[float, int, bool, Packet]] = []
        """When each arrives, its number, whether it goes in, and what it is."""
        self._sent = 0
        self._ready: list[Packet] = []
        self._now = 0.0

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take one datagram from outside."""
        self._send(Packet(data, source), now, is_inbound=True)
        self.handle_timeout(now)

    def transport_failed(self, remote: Address, error: str, now: float) -> None:
        """Nothing listens at `remote`."""
        self._engine.transport_failed(remote, error, now)
        self.handle_timeout(now)

    def handle_timeout(self, now: float) -> None:
        """Deliver what arrives by now, and do what is due."""
        self._now = now
        while self._under_way and self._under_way[0][0] <= now:
            _, _, is_inbound, packet = heapq.heappop(self._under_way)
            if is_inbound:
                self._engine.receive(packet.data, packet.remote, now)
                self._collect()
            else:
                self._ready.append(packet)
        self._engine.handle_timeout(now)
        self._collect()

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        instants = [self._under_way[0][0]] if self._under_way else []
        of_engine = self._engine.next_timeout()
        return min([*instants, *([] if of_engine is None else [of_engine])], default=None)

    def packets_to_send(self) -> list[Packet]:
        """What has come through to the outside."""
        self._collect()
        packets = self._ready
        self._ready = []
        return packets

    def next_event(self) -> Event | None:
        """The oldest thing that happened in the simulator."""
        return self._engine.next_event()

    def _collect(self) -> None:
        for packet in self._engine.packets_to_send():
            self._send(packet, self._now, is_inbound=False)

    def _send(self, packet: Packet, now: float, *, is_inbound: bool) -> None:
        weather, random = self.weather, self._random.random
        if packet.remote.is_reliable:
            weather = Weather(delay=weather.delay)  # TCP makes good for the rest
        if random() < weather.loss:
            return
        for _ in range(2 if random() < weather.duplicate else 1):
            late = weather.delay + (_HELD_BACK if random() < weather.reorder else 0.0)
            if late or is_inbound:
                self._sent += 1
                heapq.heappush(self._under_way, (now + late, self._sent, is_inbound, packet))
            else:
                self._ready.append(packet)
