"""Metrics, their goals and the table of what came out; whether a goal holds is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

__all__ = [
    "AtLeast",
    "AtMost",
    "AtMostTimes",
    "Figures",
    "Goal",
    "Metric",
    "Result",
    "table",
    "updated",
]

Figures = Mapping[str, float]
"""What was measured, by name, in the metric's unit; "ours" is the program itself."""


class Goal(Protocol):
    """What a figure of ours is to be."""

    def holds(self, figures: Figures) -> bool | None:
        """Whether it is; None where something it needs was not measured."""
        ...


@dataclass(frozen=True, slots=True)
class AtMost:
    """A figure is at most so much."""

    bound: float
    figure: str = "ours"
    unit: str = ""
    """Where it is not the metric's."""

    def holds(self, figures: Figures) -> bool | None:
        """Whether it is."""
        value = figures.get(self.figure)
        return None if value is None else value <= self.bound

    def __str__(self) -> str:
        name = "" if self.figure == "ours" else f"{self.figure} "
        return f"{name}<= {self.bound:,g}{self.unit and f' {self.unit}'}"


@dataclass(frozen=True, slots=True)
class AtMostTimes:
    """A figure is at most so many times that of a peer."""

    times: float
    peer: str
    plus: float = 0.0
    """Added to the peer's."""
    figure: str = "ours"

    def holds(self, figures: Figures) -> bool | None:
        """Whether it is."""
        value, other = figures.get(self.figure), figures.get(self.peer)
        return None if value is None or other is None else value <= self.times * other + self.plus

    def __str__(self) -> str:
        times = "" if self.times == 1 else f"{self.times:g} x "
        return f"<= {times}{self.peer}{f' + {self.plus:g}' if self.plus else ''}"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least so many times as fast as a peer, by what both need for the same work."""

    times: float
    peer: str

    def holds(self, figures: Figures) -> bool | None:
        """Whether it is."""
        value, other = figures.get("ours"), figures.get(self.peer)
        return None if value is None or other is None else other >= self.times * value

    def __str__(self) -> str:
        return f">= {self.times:g} x as fast as {self.peer}"


@dataclass(frozen=True, slots=True)
class Metric:
    """A row of the table."""

    number: str
    what: str
    unit: str
    goals: Sequence[Goal]
    peers: Sequence[str] = ()
    """The figures that are others'."""
    why_missed: str = ""
    """Said where a goal is missed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one measurement came to."""

    metric: Metric
    figures: Figures
    remark: str = ""

    @property
    def missed(self) -> list[Goal]:
        """The goals that do not hold."""
        return [goal for goal in self.metric.goals if goal.holds(self.figures) is False]

    @property
    def verdict(self) -> str:
        """Whether the goals hold, and which do not."""
        missed = [str(goal) for goal in self.missed]
        absent = [str(goal) for goal in self.metric.goals if goal.holds(self.figures) is None]
        words = []
        if missed:
            words.append(f"**missed**: {'; '.join(missed)}")
        elif len(absent) < len(self.metric.goals):
            words.append("holds")
        if absent:
            words.append(f"not measured here: {'; '.join(absent)}")
        return ". ".join(words)

    @property
    def row(self) -> tuple[str, ...]:
        """Number, metric, goal, what was measured, peers and ratios, verdict."""
        metric = self.metric
        own = [name for name in self.figures if name not in metric.peers]
        measured = ", ".join(
            f"{'' if name == 'ours' else f'{name} '}{_short(self.figures[name])}" for name in own
        )
        ours = self.figures.get("ours")
        peers = [
            f"{name} {_short(self.figures[name])}"
            + (f" ({self.figures[name] / ours:.2f} x)" if ours else "")
            for name in metric.peers
            if name in self.figures
        ]
        goals = "; ".join(str(goal) for goal in metric.goals)
        what = f"{metric.what}, {metric.unit}" if metric.unit else metric.what
        return metric.number, what, goals, measured, ", ".join(peers), self.verdict


def _short(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(results: Sequence[Result]) -> str:
    """The results as Markdown, with the reasons of what was missed below."""
    rows = [
        ("", "metric", "goal", "measured", "peers, and their ratio to ours", "verdict"),
        ("---",) * 6,
        *(result.row for result in results),
    ]
    lines = [_line(row) for row in rows]
    remarks = [remark for result in results if (remark := _remark(result))]
    return "\n".join([*lines, *([""] if remarks else []), *remarks])


def updated(text: str, results: Sequence[Result], when: str) -> str:
    """A document with a table, and some of its rows measured anew; their remarks say when."""
    lines = text.splitlines()
    for result in results:
        anew = replace(result, remark=f"{when}: {result.remark}")
        number = result.metric.number
        for mark, line in ((f"| {number} |", _line(anew.row)), (f"- {number}:", _remark(anew))):
            kind = mark[:3]
            at = [at for at, each in enumerate(lines) if each.startswith(kind)]
            if not at:
                raise ValueError(f"expected lines that begin with {kind!r}, found none")
            same = [each for each in at if lines[each].startswith(mark)]
            if same:
                lines[same[0]] = line
            else:
                lines.insert(at[-1] + 1, line)
    return "\n".join(lines) + "\n"


def _line(row: Sequence[str]) -> str:
    return f"| {' | '.join(row)} |"


def _remark(result: Result) -> str:
    said = [result.remark, result.metric.why_missed if result.missed else ""]
    words = " Why: ".join(each for each in said if each)
    return words and f"- {result.metric.number}: {words}"
