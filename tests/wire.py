"""Engines joined in memory: a virtual clock, and a network that may be as bad as you like."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from callctrl.sip.message import Request, parse
from callctrl.sip.packets import Address
from callctrl.transport import Engine

__all__ = ["Weather", "Wire"]


@dataclass(frozen=True, slots=True)
class Weather:
    """What the network does to each datagram."""

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    latency: float = 0.01


@dataclass(slots=True)
class Sent:
    """One datagram as it left."""

    at: float
    source: Address
    target: Address
    data: bytes

    @property
    def title(self) -> str:
        """`REGISTER` for a request, `401 REGISTER` for its answer."""
        message = parse(self.data)
        if isinstance(message, Request):
            return message.method
        return f"{message.status} {message.cseq.method}"


@dataclass
class Wire:
    """Carries packets between engines until nothing happens, or until an instant."""

    weather: Weather = field(default_factory=Weather)
    random: Random = field(default_factory=lambda: Random(1))
    now: float = 1000.0
    sent: list[Sent] = field(default_factory=list)
    line_ends: list[Sent] = field(default_factory=list)
    """Pings and pongs; they are no part of the conversation."""
    events: list[tuple[float, Any]] = field(default_factory=list)
    """What the engines reported, by the address of the engine."""

    def __post_init__(self) -> None:
        self._engines: dict[Address, Engine] = {}
        self._under_way: list[tuple[float, int, Address, Address, bytes]] = []
        self._planned: list[tuple[float, int, Callable[[float], object]]] = []
        self._count = 0
        self._events_of: dict[Address, list[Any]] = {}

    def join(self, address: Address, engine: Engine) -> None:
        """Put an engine at an address."""
        self._engines[address] = engine
        self._events_of[address] = []

    def move(self, old: Address, new: Address) -> None:
        """Let the engine at `old` be at `new`; what is on its way to `old` arrives nowhere."""
        self._engines = {
            (new if address == old else address): engine
            for address, engine in self._engines.items()
        }
        self._events_of[new] = self._events_of[old]

    def events_of(self, address: Address) -> list[Any]:
        """Everything the engine there has reported so far."""
        return self._events_of[address]

    def at(self, when: float, action: Callable[[float], object]) -> None:
        """Do something at `when` seconds from the beginning of time, which is 1000."""
        self._count += 1
        heapq.heappush(self._planned, (1000.0 + when, self._count, action))

    def do(self, action: Callable[[float], object]) -> None:
        """Do something now."""
        action(self.now)
        self._drain()

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        self._drain()
        while (when := self._next_instant()) is not None and when <= end:
            self.now = max(self.now, when)
            while self._under_way and self._under_way[0][0] <= self.now:
                _, _, source, target, data = heapq.heappop(self._under_way)
                engine = self._engines.get(target)
                if engine is not None:
                    engine.receive(data, source, self.now)
                self._drain()
            while self._planned and self._planned[0][0] <= self.now:
                heapq.heappop(self._planned)[2](self.now)
                self._drain()
            for engine in self._engines.values():
                due = engine.next_timeout()
                if due is not None and due <= self.now:
                    engine.handle_timeout(self.now)
                    self._drain()
        self.now = end

    def titles(self, *, source: Address | None = None) -> list[str]:
        """What went over the wire, in order, losses included."""
        return [sent.title for sent in self.sent if source is None or sent.source == source]

    def ladder(self) -> str:
        """The conversation as a ladder, for the eyes of whoever reads a failure."""
        left = next(iter(self._engines))
        lines = []
        for sent in self.sent:
            arrow = f"{sent.title:-^28}"
            arrow = f"{arrow}>" if sent.source == left else f"<{arrow}"
            lines.append(f"{sent.at - 1000.0:9.3f} {arrow}")
        return "\n".join(lines)

    def _next_instant(self) -> float | None:
        instants = [self._under_way[0][0]] if self._under_way else []
        if self._planned:
            instants.append(self._planned[0][0])
        for engine in self._engines.values():
            due = engine.next_timeout()
            if due is not None:
                instants.append(due)
        return min(instants, default=None)

    def _drain(self) -> None:
        for address, engine in self._engines.items():
            for packet in engine.packets_to_send():
                sent = Sent(self.now, address, packet.remote, packet.data)
                (self.sent if packet.data.strip() else self.line_ends).append(sent)
                self._carry(address, packet.remote, packet.data)
            while (event := engine.next_event()) is not None:
                self._events_of[address].append(event)

    def _carry(self, source: Address, target: Address, data: bytes) -> None:
        if self.random.random() < self.weather.loss:
            return
        copies = 2 if self.random.random() < self.weather.duplicate else 1
        for _ in range(copies):
            late = self.weather.latency
            if self.random.random() < self.weather.reorder:
                late += self.random.uniform(0.05, 0.4)
            self._count += 1
            heapq.heappush(self._under_way, (self.now + late, self._count, source, target, data))
