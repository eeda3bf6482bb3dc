"""What the settings wizard asks of the program: read the devices, try the account, keep it.

The wizard knows screens, `provisioning` and `check` know the network; this is the seam.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace

from callctrl.abilities import what_works
from callctrl.accounts import Account, PbxKind
from callctrl.calls import Trouble
from callctrl.check import CheckResult, Verdict, check, verdict_on_findings
from callctrl.offers import Offer, Sight, Surveyed, what_is_seen
from callctrl.phones.generic import GenericPhone
from callctrl.phones.spacfg import PbxProfile, PhoneProfile
from callctrl.provisioning import Findings, Problem, Unread, find_settings
from callctrl.store.passwords import PasswordStoreError
from callctrl.surveying import find_offers
from callctrl.ui.wizard import (
    ExtensionFound,
    FetchRequest,
    Found,
    Outcome,
    Reading,
    Secret,
    StepResult,
    TestStep,
    Wizard,
)

__all__ = ["SettingUp", "found_in", "steps_of", "steps_of_survey"]

_log = logging.getLogger(__name__)

_TEST_WITHIN = 40.0
"""Seconds: two requests that nobody answers, and a little more."""

_READINGS = {
    Problem.NO_ANSWER: Reading.NO_ANSWER,
    Problem.PASSWORD_WANTED: Reading.REFUSED,
    Problem.REFUSED: Reading.NOT_UNDERSTOOD,
    Problem.NOT_A_SPA: Reading.NOT_UNDERSTOOD,
}


class SettingUp:
    """Serves one open wizard."""

    def __init__(
        self,
        wizard: Wizard,
        *,
        before_test: Callable[[], Coroutine[None, None, None]],
        keep: Callable[[Account, str, bool], Coroutine[None, None, None]],
        spawn: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
    ) -> None:
        """`before_test` frees the line, `keep(account, password, session_only)` saves it all.

        `spawn` runs a coroutine as a task whose failure is not lost. `keep` may raise
        PasswordStoreError.
        """
        self._wizard = wizard
        self._before_test = before_test
        self._keep = keep
        self._spawn = spawn
        self._fetching: asyncio.Task[None] | None = None
        self._testing: asyncio.Task[None] | None = None
        wizard.fetch_requested.connect(self._fetch)
        wizard.test_requested.connect(self._test)
        wizard.test_cancelled.connect(self.cancel)
        wizard.save_requested.connect(self._save)

    def cancel(self) -> None:
        """Call off what is under way."""
        for task in (self._fetching, self._testing):
            if task is not None:
                task.cancel()

    def _fetch(self, request: FetchRequest) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
        self._fetching = self._spawn(self._find(request))

    def _test(self, account: Account, secret: Secret) -> None:
        if self._testing is not None:
            self._testing.cancel()
        self._testing = self._spawn(self._try_out(account, secret))

    def _save(self, account: Account, secret: Secret, session_only: bool) -> None:
        self._spawn(self._keep_all(account, secret, session_only))

    async def _find(self, request: FetchRequest) -> None:
        findings = await find_settings(request.pbx, request.phone, request.admin_password.text)
        self._wizard.show_found(found_in(findings))

    async def _try_out(self, account: Account, secret: Secret) -> None:
        await self._before_test()
        loop = asyncio.get_running_loop()
        began = loop.time()
        shown: dict[TestStep, Outcome] = {}

        def show(steps: list[StepResult]) -> None:
            for step in steps:
                if shown.get(step.step) is not step.outcome:
                    shown[step.step] = step.outcome
                    self._wizard.show_step(step)

        def passed_ms() -> int:
            return round((loop.time() - began) * 1000)

        show(steps_of(CheckResult()))
        if account.kind is PbxKind.SIP:
            findings = await find_offers(
                account,
                secret.text,
                timeout=_TEST_WITHIN,
                on_progress=lambda known: show(steps_of_survey(known, passed_ms())),
            )
            result = verdict_on_findings(findings)
            if result.verdict is not None and result.verdict.was_let_in:
                does = what_works(GenericPhone().ability)
                self._wizard.show_desk(what_is_seen(account, findings), does)
        else:
            result = await check(
                account,
                secret.text,
                timeout=_TEST_WITHIN,
                on_progress=lambda known, local: show(steps_of(known, local, passed_ms())),
            )
        self._wizard.show_verdict(result.verdict is Verdict.READY)

    async def _keep_all(self, account: Account, secret: Secret, session_only: bool) -> None:
        try:
            await self._keep(account, secret.text, session_only)
        except PasswordStoreError as error:
            _log.warning("%s", error)
            self._wizard.show_keyring_problem(error.problem)
        else:
            self._wizard.show_saved()


def found_in(findings: Findings) -> Found:
    """What was read, in the wizard's words."""
    found = Found(pbx=_reading(findings.pbx), phone=_reading(findings.phone))
    if isinstance(findings.pbx, PbxProfile) and findings.pbx.phone_ext_password is not None:
        found = replace(found, password=Secret(findings.pbx.phone_ext_password))
    if isinstance(findings.phone, PhoneProfile):
        phone = findings.phone
        found = replace(
            found,
            extension=phone.primary.username if phone.primary is not None else "",
            station=phone.station,
            phone_address=phone.current_ip,
            model=phone.model,
            cti_enabled=phone.is_cti_enabled,
            extensions=tuple(
                ExtensionFound(each.index, each.user_id, each.registration.value)
                for each in phone.extensions
                if each.is_in_use
            ),
        )
    return found


def _reading(finding: PbxProfile | PhoneProfile | Unread | None) -> Reading:
    if finding is None:
        return Reading.NOT_ASKED
    if isinstance(finding, Unread):
        return _READINGS[finding.problem]
    return Reading.READ


def steps_of(result: CheckResult, local: str = "", ms: int | None = None) -> list[StepResult]:
    """How the steps of the test page stand, from what the check knows so far."""
    answered = result.register_status is not None
    is_over = result.verdict is not None
    if result.verdict is Verdict.CERTIFICATE:
        return [
            StepResult(TestStep.ANSWERS, Outcome.FAILED, result.detail, trouble=Trouble.CERTIFICATE)
        ]
    if not answered:
        state = Outcome.FAILED if is_over else Outcome.RUNNING
        return [
            StepResult(
                TestStep.ANSWERS,
                state,
                trouble=Trouble.NO_ANSWER if is_over else None,
                was_found=result.was_found or not is_over,
            )
        ]
    steps = [
        StepResult(TestStep.ANSWERS, Outcome.PASSED, local, ms),
        StepResult(
            TestStep.CHALLENGE,
            Outcome.PASSED if result.was_challenged else Outcome.SKIPPED,
        ),
    ]
    if result.register_expires is None:
        return [
            *steps,
            StepResult(
                TestStep.ACCEPTED,
                Outcome.FAILED,
                trouble=Trouble.of(result.register_status),
                status=result.register_status,
            ),
        ]
    steps.append(StepResult(TestStep.ACCEPTED, Outcome.PASSED))
    if result.verdict is Verdict.READY:
        steps.append(StepResult(TestStep.REPORTS, Outcome.PASSED, ms=ms))
    elif is_over:
        steps.append(
            StepResult(
                TestStep.REPORTS,
                Outcome.FAILED,
                trouble=Trouble.of(result.subscribe_status),
                status=result.subscribe_status,
            )
        )
    else:
        steps.append(StepResult(TestStep.REPORTS, Outcome.RUNNING))
    return steps


def steps_of_survey(findings: Surveyed, ms: int | None = None) -> list[StepResult]:
    """The same for a phone system that is not registered with."""
    finding = findings.of.get(Sight.CALLS)
    if findings.untrusted:
        return steps_of(CheckResult(verdict=Verdict.CERTIFICATE, detail=findings.untrusted))
    if findings.options_status is None and (finding is None or finding.status is None):
        verdict = Verdict.UNREACHABLE if findings.is_over else None
        return steps_of(CheckResult(verdict=verdict, was_found=findings.was_found))
    steps = [StepResult(TestStep.ANSWERS, Outcome.PASSED, findings.local, ms)]
    if finding is None:
        if findings.is_over:
            steps.append(StepResult(TestStep.REPORTS, Outcome.FAILED, trouble=Trouble.NO_ANSWER))
        return steps
    asked = Outcome.PASSED if findings.was_challenged else Outcome.SKIPPED
    steps.append(StepResult(TestStep.CHALLENGE, asked))
    status, trouble = finding.status, Trouble.of(finding.status)
    if trouble is Trouble.UNAUTHORIZED:
        return [
            *steps,
            StepResult(TestStep.ACCEPTED, Outcome.FAILED, trouble=trouble, status=status),
        ]
    steps.append(StepResult(TestStep.ACCEPTED, Outcome.PASSED))
    match finding.offer:
        case Offer.TOLD:
            steps.append(StepResult(TestStep.REPORTS, Outcome.PASSED, ms=ms))
        case Offer.SILENT:
            steps.append(StepResult(TestStep.REPORTS, Outcome.WARNED, ms=ms))
        case Offer.UNREPORTED:
            steps.append(StepResult(TestStep.REPORTS, Outcome.FAILED))
        case _:
            was_granted = status == 200  # and ended at once
            steps.append(
                StepResult(
                    TestStep.REPORTS,
                    Outcome.FAILED,
                    trouble=trouble,
                    status=None if was_granted else status,
                )
            )
    return steps
