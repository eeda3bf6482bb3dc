"""How soon the bundle's icon is there, beside the same program from source."""

from __future__ import annotations

from pathlib import Path

from installer.check.report import Report, StepError
from tests.bench import bundled

__all__ = ["check_starts"]


def check_starts(dist: Path, report: Report) -> None:
    """Measure both in turn, on a desktop of this machine."""
    with (
        report.part("the start of the bundle"),
        report.step(f"{bundled.METRIC.what}: {'; '.join(map(str, bundled.METRIC.goals))}") as step,
    ):
        (result,) = bundled.measure(dist=dist)
        _, _, _, measured, peers, verdict = result.row
        if not result.figures or result.missed:
            raise StepError(f"{verdict}: {measured} ms, {peers}; {result.remark}")
        step.remark = f"{measured} ms, {peers}; {result.remark}"
