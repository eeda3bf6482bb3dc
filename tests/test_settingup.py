"""What the wizard's test page shows of a check that is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, cast

import pytest
from PySide6.QtCore import QObject, Signal

from callctrl.accounts import Account, PbxKind
from callctrl.calls import No, Trouble, Untested, Yes
from callctrl.check import CheckResult, Verdict
from callctrl.offers import Finding, Offer, Seen, Sight, Surveyed
from callctrl.settingup import SettingUp, steps_of, steps_of_survey
from callctrl.ui.widgets import Outcome
from callctrl.ui.wizard import Wizard
from callctrl.ui.wizardwords import Secret, StepResult, TestStep
from tests.offering import TELLS, OfferingPbx, Taking, at_a_port


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


# At any SIP phone system


def survey(finding: Finding | None, **known: Any) -> Surveyed:
    of = {} if finding is None else {Sight.CALLS: finding}
    return Surveyed(of=of, options_status=200, local="10.0.0.5", **known)


def outcomes(surveyed: Surveyed) -> dict[TestStep, Outcome]:
    return {step.step: step.outcome for step in steps_of_survey(surveyed)}


ANSWERS = {TestStep.ANSWERS: Outcome.PASSED}
ACCEPTED = {
    **ANSWERS,
    TestStep.CHALLENGE: Outcome.SKIPPED,
    TestStep.ACCEPTED: Outcome.PASSED,
}


@pytest.mark.parametrize(
    ("finding", "outcome"),
    [
        (Finding(Offer.TOLD, 200), Outcome.PASSED),
        (Finding(Offer.SILENT, 200), Outcome.WARNED),
        (Finding(Offer.UNREPORTED, 200), Outcome.FAILED),
        (Finding(Offer.REFUSED, 403), Outcome.FAILED),
    ],
)
def test_the_last_step_is_what_my_phone_does(finding: Finding, outcome: Outcome) -> None:
    assert outcomes(survey(finding)) == {**ACCEPTED, TestStep.REPORTS: outcome}


def test_a_survey_is_told_step_by_step() -> None:
    assert outcomes(Surveyed()) == {TestStep.ANSWERS: Outcome.RUNNING}
    assert steps_of_survey(survey(None)) == [
        StepResult(TestStep.ANSWERS, Outcome.PASSED, "10.0.0.5")
    ]
    challenged = survey(Finding(Offer.TOLD, 200), was_challenged=True)
    assert outcomes(challenged)[TestStep.CHALLENGE] is Outcome.PASSED


def test_a_password_that_is_refused_is_no_matter_of_the_phone() -> None:
    steps = steps_of_survey(survey(Finding(Offer.REFUSED, 401), was_challenged=True))
    assert steps[-1] == StepResult(
        TestStep.ACCEPTED, Outcome.FAILED, trouble=Trouble.UNAUTHORIZED, status=401
    )


def test_what_was_granted_and_ended_at_once_is_no_status_to_look_up() -> None:
    """RFC 6665 section 4.1.3: the 200 came before the phone system thought better of it."""
    steps = steps_of_survey(survey(Finding(Offer.REFUSED, 200, "rejected")))
    assert steps[-1] == StepResult(TestStep.REPORTS, Outcome.FAILED, trouble=Trouble.REJECTED)


def test_what_came_to_nothing_is_told_where_it_ended() -> None:
    assert steps_of_survey(Surveyed(was_found=False, is_over=True)) == [
        StepResult(TestStep.ANSWERS, Outcome.FAILED, trouble=Trouble.NO_ANSWER, was_found=False)
    ]
    assert steps_of_survey(Surveyed(untrusted="Why.", is_over=True)) == [
        StepResult(TestStep.ANSWERS, Outcome.FAILED, "Why.", trouble=Trouble.CERTIFICATE)
    ]
    assert outcomes(Surveyed(of={Sight.CALLS: Finding(Offer.NO_ANSWER)}, is_over=True)) == {
        TestStep.ANSWERS: Outcome.FAILED
    }
    assert outcomes(survey(None, is_over=True)) == {**ANSWERS, TestStep.REPORTS: Outcome.FAILED}


class _Wizard(QObject):
    """In the place of the wizard: what it was told, in order."""

    fetch_requested = Signal(object)
    test_requested = Signal(object, object)
    test_cancelled = Signal()
    save_requested = Signal(object, object, bool)

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[StepResult] = []
        self.seen: tuple[Seen, ...] = ()
        self.verdict: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def show_step(self, step: StepResult) -> None:
        self.steps.append(step)

    def show_desk(self, sees: tuple[Seen, ...], _does: object) -> None:
        self.seen = sees

    def show_verdict(self, passed: bool) -> None:
        self.verdict.set_result(passed)


async def put_to_the_test(pbx: OfferingPbx) -> tuple[_Wizard, bool]:
    """What the wizard was told, and whether all is well."""

    async def free_the_line() -> None:
        pass

    async def keep(_account: Account, _password: str, _session_only: bool) -> None:
        pass

    wizard, tasks = _Wizard(), set[asyncio.Task[None]]()

    def spawn(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        return task

    setting_up = SettingUp(cast(Wizard, wizard), before_test=free_the_line, keep=keep, spawn=spawn)
    async with at_a_port(pbx) as port:
        account = Account("127.0.0.1", "desk-app", "1002", "PC", port, kind=PbxKind.SIP)
        wizard.test_requested.emit(replace(account, local_port=0), Secret("secret"))
        is_well = await asyncio.wait_for(wizard.verdict, 10)
    setting_up.cancel()
    return wizard, is_well


async def test_the_wizard_is_told_what_the_phone_system_offers() -> None:
    wizard, is_well = await put_to_the_test(OfferingPbx({**TELLS, "presence": Taking(489)}))
    assert is_well
    assert [step.step for step in wizard.steps] == [TestStep.ANSWERS, *TestStep]
    assert [type(row.ability) for row in wizard.seen] == [Yes, Untested, No, Yes]


async def test_behind_a_refused_password_nothing_is_said_of_what_works() -> None:
    wizard, is_well = await put_to_the_test(OfferingPbx(refuses=True))
    assert not is_well
    assert wizard.steps[-1].step is TestStep.ACCEPTED
    assert wizard.seen == ()
