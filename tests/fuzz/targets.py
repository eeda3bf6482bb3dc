"""The targets by name, and the findings of the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import bodies, messages, sessions, streams

__all__ = ["FINDINGS", "TARGETS", "Target"]

FINDINGS = Path(__file__).parents[1] / "data" / "findings"
"""What fuzzing has found: a folder for each target, a file for each input that failed once."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that takes bytes from the network."""

    take: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    longest: int
    """Bytes of an input."""
    limit: float
    """Seconds of CPU time that no input may take."""


TARGETS = {
    "messages": Target(messages.take, messages.seeds, 16_384, 0.05),
    "bodies": Target(bodies.take, bodies.seeds, 16_384, 0.05),
    "sessions": Target(sessions.take, sessions.seeds, 1_024, 0.5),
    "streams": Target(streams.take, streams.seeds, 4_096, 0.1),
}
