"""What was tried, said line by line."""

from __future__ import annotations

import io
import json
from pathlib import Path

from installer.check.report import Report, StepError


def test_a_step_that_passes_says_so_with_its_remark() -> None:
    report = Report(out := io.StringIO())
    with report.part("a package"), report.step("apt installs it") as step:
        step.remark = "with 7 others"
    assert out.getvalue() == "a package:\nok      apt installs it (0 s): with 7 others\n"
    assert report.passed


def test_the_first_failure_ends_its_part_and_no_other() -> None:
    report = Report(out := io.StringIO())
    with report.part("a package"):
        with report.step("apt installs it"):
            _fail(StepError("no such package"))
        with report.step("it starts"):
            pass
    with report.part("an archive"), report.step("it is unpacked"):
        pass
    assert out.getvalue().splitlines() == [
        "a package:",
        "FAILED  apt installs it (0 s): StepError: no such package",
        "an archive:",
        "ok      it is unpacked (0 s)",
    ]
    assert not report.passed


def test_what_goes_wrong_between_steps_counts() -> None:
    report = Report(io.StringIO())
    with report.part("a package"):
        _fail(OSError("no space left"))
    assert [step.remark for step in report.steps] == ["OSError: no space left"]
    assert not report.passed


def test_nothing_tried_is_nothing_passed() -> None:
    assert not Report(io.StringIO()).passed


def test_all_of_it_is_written_as_json(tmp_path: Path) -> None:
    report = Report(io.StringIO())
    with report.part("a package"), report.step("apt installs it"):
        pass
    report.write(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text()) == {
        "passed": True,
        "steps": [
            {
                "part": "a package",
                "what": "apt installs it",
                "passed": True,
                "seconds": 0.0,
                "remark": "",
            }
        ],
    }


def _fail(error: Exception) -> None:
    raise error
