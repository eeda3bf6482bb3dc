"""What was tried and how it went: a line for each step, and all of it as JSON."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

__all__ = ["Report", "Step", "StepError"]

_LONGEST = 2000
"""Characters of a failure that are shown."""


class StepError(Exception):
    """A step did not come out as it should."""


class _StoppedError(Exception):
    """A step has failed, and has been reported: those that build on it make no sense."""


@dataclass(slots=True)
class Step:
    """One thing that was tried."""

    part: str
    what: str
    passed: bool = False
    seconds: float = 0.0
    remark: str = ""
    """How it came out, or why it failed."""


class Report:
    """Collects the steps, and says each as soon as it is over."""

    def __init__(self, out: TextIO) -> None:
        self.steps: list[Step] = []
        self._out = out
        self._part = ""

    @property
    def passed(self) -> bool:
        """Whether something was tried, and nothing failed."""
        return bool(self.steps) and all(step.passed for step in self.steps)

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Steps that build on each other: the first that fails is the last."""
        self._part = name
        print(f"{name}:", file=self._out, flush=True)
        try:
            yield
        except _StoppedError:
            pass
        except Exception as error:  # noqa: BLE001 - the other parts are tried all the same
            step = Step(name, "what lies between the steps", remark=_words(error))
            self.steps.append(step)
            self._say(step)

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[Step]:
        """Try something; whatever is raised inside is its failure."""
        step = Step(self._part, what)
        self.steps.append(step)
        begun = time.monotonic()
        try:
            yield step
        except Exception as error:
            step.remark = _words(error)
            raise _StoppedError from error
        else:
            step.passed = True
        finally:
            step.seconds = round(time.monotonic() - begun, 1)
            self._say(step)

    def write(self, file: Path) -> None:
        """Write all of it as JSON."""
        told = {"passed": self.passed, "steps": [asdict(step) for step in self.steps]}
        file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

    def _say(self, step: Step) -> None:
        remark = step.remark if step.passed else step.remark[-_LONGEST:]
        line = f"{'ok     ' if step.passed else 'FAILED '} {step.what} ({step.seconds:g} s)"
        print(f"{line}: {remark}" if remark else line, file=self._out, flush=True)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
