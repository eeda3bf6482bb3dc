"""What happens when: scripts of console commands that demo, screenshots and tests share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["SCENARIOS", "Player", "Step"]


class Step(NamedTuple):
    """At an instant, a command."""

    at: float
    """Seconds from the beginning."""
    line: str
    """As it would be typed at the console."""


_DEMO = (
    Step(3, 'ring 5551234 "Anna Lee"'),
    Step(7, "answer"),
    Step(12, "hold"),
    Step(16, "resume"),
    Step(20, "far-hangup"),
    Step(22, "hangup"),
    Step(25, "ring 5550199 Bäckerei-Öztürk"),
    Step(28, "answer"),
    Step(31, 'ring 5557788 "Dr. Maria da Silva"'),
    Step(34, "answer 2"),
    Step(38, "hangup 2"),
    Step(40, "resume 1"),
    Step(44, "hangup 1"),
    Step(47, "ring 5550000"),
    Step(55, "far-hangup"),
    Step(58, "dial 5551486"),
    Step(63, "hangup"),
    Step(65, "dial 5552345"),
    Step(72, "hangup"),
)
"""A call held and resumed; one on top of another; one missed; one to a busy number; one placed."""

SCENARIOS: dict[str, tuple[Step, ...]] = {
    "demo": _DEMO,
    "busy-desk": (
        Step(2, 'ring 5551234 "Anna Lee"'),
        Step(3, "answer"),
        Step(4, 'ring 5557788 "Dr. Maria da Silva"'),
        Step(5, "answer"),
        Step(6, 'ring 5550199 "Bäckerei Öztürk"'),
    ),
    "refused": (Step(0, "password not-the-one-you-know"),),
    "reboot": (
        Step(3, 'ring 5551234 "Anna Lee"'),
        Step(5, "answer"),
        Step(8, "reboot phone"),
        Step(15, "ring 5550199"),
        Step(17, "answer"),
        Step(20, "reboot pbx"),
        Step(24, "hangup"),
        Step(90, "ring 5551234"),
    ),
}
"""`refused` must begin before the client does, so that its first round fails (S23, S33)."""


class Player:
    """Plays a scenario: tells which lines are due. Whoever owns it executes them."""

    def __init__(self, steps: Sequence[Step], start_at: float) -> None:
        self._steps = sorted(steps, key=lambda step: step.at)
        self._start_at = start_at

    def next_timeout(self) -> float | None:
        """When `due` has something to tell, or None when the play is over."""
        return self._start_at + self._steps[0].at if self._steps else None

    def due(self, now: float) -> list[str]:
        """The lines to execute by now, in order; each is told once."""
        lines = []
        while self._steps and self._start_at + self._steps[0].at <= now:
            lines.append(self._steps.pop(0).line)
        return lines
