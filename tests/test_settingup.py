"""What the wizard's test page shows of a check that is under way."""

from __future__ import annotations

from callctrl.calls import Trouble
from callctrl.check import CheckResult, Verdict
from callctrl.settingup import steps_of
from callctrl.ui.widgets import Outcome
from callctrl.ui.wizardwords import StepResult, TestStep


def test_a_refused_certificate_is_where_it_ended_and_says_why() -> None:
    why = "Its authority, Example CA, is unknown here."
    assert steps_of(CheckResult(verdict=Verdict.CERTIFICATE, detail=why)) == [
        StepResult(TestStep.ANSWERS, Outcome.FAILED, why, trouble=Trouble.CERTIFICATE)
    ]


def test_a_name_that_nobody_has_is_told_from_silence() -> None:
    assert steps_of(CheckResult(verdict=Verdict.UNREACHABLE, was_found=False)) == [
        StepResult(TestStep.ANSWERS, Outcome.FAILED, trouble=Trouble.NO_ANSWER, was_found=False)
    ]
    running = StepResult(TestStep.ANSWERS, Outcome.RUNNING)
    assert steps_of(CheckResult(was_found=False)) == [running], "nobody has looked yet"


def test_nobody_answering_is_no_certificate() -> None:
    assert steps_of(CheckResult(verdict=Verdict.UNREACHABLE)) == [
        StepResult(TestStep.ANSWERS, Outcome.FAILED, trouble=Trouble.NO_ANSWER)
    ]
