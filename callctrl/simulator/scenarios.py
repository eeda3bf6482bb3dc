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
    Step(2, 'ring 5551234 "Anna Lee"'),
    Step(5, "answer"),
    Step(8, "hold"),
    Step(11, "resume"),
    Step(14, "far-hangup"),
    Step(15.5, "hangup"),
    Step(17, "ring 5550199 Bäckerei-Öztürk"),
    Step(20, "far-hangup"),
    Step(21, "dial 5552345"),
    Step(25, "hangup"),
)
"""A call answered, held and resumed; one missed; one placed."""

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
