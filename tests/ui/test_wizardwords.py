"""What the wizard makes of what it is told, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.accounts import Account, PbxKind
from callctrl.calls import Trouble
from callctrl.store.passwords import StoreProblem
from callctrl.ui.widgets import Outcome
from callctrl.ui.wizardwords import (
    ExtensionFound,
    FetchRequest,
    Found,
    Line,
    Reading,
    Secret,
    StepResult,
    TestStep,
    lines_about,
    step_line,
    store_line,
)

SPA = Account("192.168.1.10", "200", "FrontDesk", "RECEPTION-PC")
SIP = Account("pbx.example.com", "reception", "200", "RECEPTION-PC", 5060, kind=PbxKind.SIP)
REQUEST = FetchRequest("192.168.1.10", "192.168.1.20", Secret("hunter2"))
ALL_READ = Found(
    Reading.READ,
    Reading.READ,
    extension="200",
    station="FrontDesk",
    password=Secret("geheim"),
    cti_enabled=True,
    extensions=(ExtensionFound(1, "200", "Registered"),),
)


def warnings(*extensions: ExtensionFound) -> list[Line]:
    found = Found(phone=Reading.READ, extension="200", station="Desk", extensions=extensions)
    return [line for line in lines_about(found, REQUEST) if line.outcome is Outcome.WARNED]


class TestSecret:
    def test_nothing_shows_it(self) -> None:
        found = Found(password=Secret("geheim"))
        for carrier in (Secret("hunter2"), REQUEST, found):
            for text in (repr(carrier), str(carrier), f"{carrier}", f"{[carrier]}"):
                assert "hunter2" not in text
                assert "geheim" not in text

    def test_no_line_shows_it(self) -> None:
        assert "geheim" not in str(lines_about(ALL_READ, REQUEST))


class TestWhatWasRead:
    def test_all_of_it(self) -> None:
        assert [(line.outcome, line.title) for line in lines_about(ALL_READ, REQUEST)] == [
            (Outcome.PASSED, "Password read from the SPA9000"),
            (Outcome.PASSED, "Extension 200 read from the phone"),
            (Outcome.PASSED, "Station name FrontDesk read from the phone"),
        ]

    def test_a_masked_password_is_to_be_typed(self) -> None:
        (line,) = lines_about(Found(pbx=Reading.READ), REQUEST)
        assert line.outcome is Outcome.WARNED
        assert "type it on the next page" in line.detail

    def test_an_empty_password_is_right(self) -> None:
        (line,) = lines_about(Found(pbx=Reading.READ, password=Secret()), REQUEST)
        assert line.outcome is Outcome.PASSED
        assert "empty" in line.detail

    @pytest.mark.parametrize(
        ("reading", "words"),
        [
            (Reading.NO_ANSWER, "192.168.1.10"),
            (Reading.REFUSED, "admin"),
            (Reading.NOT_UNDERSTOOD, "Check the address"),
        ],
    )
    def test_a_failure_says_what_to_do(self, reading: Reading, words: str) -> None:
        (line,) = lines_about(Found(pbx=reading), REQUEST)
        assert line.outcome is Outcome.FAILED
        assert words in line.detail

    def test_what_was_not_asked_is_not_mentioned(self) -> None:
        assert lines_about(Found(), REQUEST) == []

    def test_a_phone_without_a_name_or_extension(self) -> None:
        lines = lines_about(Found(phone=Reading.READ), REQUEST)
        assert [line.outcome for line in lines] == [Outcome.WARNED, Outcome.WARNED]

    def test_cti_switched_off(self) -> None:
        found = Found(phone=Reading.READ, extension="200", station="Desk", cti_enabled=False)
        assert lines_about(found, REQUEST)[-1].title == "CTI Enable is off on the phone"

    def test_cti_not_told(self) -> None:
        found = Found(phone=Reading.READ, extension="200", station="Desk", cti_enabled=None)
        assert all(line.outcome is Outcome.PASSED for line in lines_about(found, REQUEST))


class TestExtensions:
    """S44 and S45."""

    def test_all_registered(self) -> None:
        assert warnings(ExtensionFound(1, "200", "Registered")) == []

    def test_any_extension_in_use_whose_password_is_refused_is_a_warning(self) -> None:
        (line,) = warnings(
            ExtensionFound(1, "200", "Registered"), ExtensionFound(3, "300", "FailedAuthenticate")
        )
        assert "300" in line.title
        assert "Ext 3" in line.detail
        assert "FailedAuthenticate" in line.detail

    def test_a_repeated_one_need_not_register(self) -> None:
        assert not warnings(
            ExtensionFound(1, "200", "Registered"), ExtensionFound(2, "200", "Not Registered")
        )

    def test_one_that_is_not_repeated_has_to(self) -> None:
        assert warnings(ExtensionFound(1, "200", "Not Registered"))
        assert warnings(
            ExtensionFound(1, "200", "Not Registered"), ExtensionFound(2, "200", "Not Registered")
        )

    def test_what_is_not_known_is_no_warning(self) -> None:
        assert warnings(ExtensionFound(1, "200", "")) == []

    def test_only_the_first_gets_the_password_by_itself(self) -> None:
        found = Found(
            phone=Reading.READ,
            extensions=(
                ExtensionFound(1, "200", "Registered"),
                ExtensionFound(2, "300", "Registered"),
            ),
        )
        line = lines_about(found, REQUEST)[-1]
        assert line.outcome is Outcome.SKIPPED
        assert line.detail.startswith("Only Ext 1 gets the Phone Ext Password by itself")


class TestSteps:
    def test_the_first_says_which_way_it_went(self) -> None:
        result = StepResult(TestStep.ANSWERS, Outcome.PASSED, "192.168.1.50", 12)
        assert step_line(result, SPA) == (
            Outcome.PASSED,
            "SPA9000 answers",
            "192.168.1.10 port 6060, from this PC's 192.168.1.50",
        )

    def test_where_it_was_asked_is_said_as_the_account_has_it(self) -> None:
        result = StepResult(TestStep.ANSWERS, Outcome.PASSED)
        assert step_line(result, replace(SIP, port=0)).detail == "pbx.example.com"
        account = replace(SIP, outbound_proxy="edge.example.com:5061")
        assert step_line(result, account).detail == "the proxy edge.example.com:5061"
        failed = StepResult(TestStep.ANSWERS, Outcome.FAILED, trouble=Trouble.NO_ANSWER)
        assert "from the proxy edge.example.com:5061." in step_line(failed, account).detail

    def test_a_name_that_nobody_has_is_told_from_silence(self) -> None:
        failed = StepResult(
            TestStep.ANSWERS, Outcome.FAILED, trouble=Trouble.NO_ANSWER, was_found=False
        )
        line = step_line(failed, replace(SIP, port=0))
        assert line.title == "No way to pbx.example.com"
        assert line.detail.startswith("No computer goes by that name here, or nothing leads to it.")
        account = replace(SIP, outbound_proxy="edge.example.com:5061")
        assert step_line(failed, account).title == "No way to edge.example.com:5061"

    def test_titles_while_waiting(self) -> None:
        titles = [step_line(StepResult(step, Outcome.WAITING), SPA).title for step in TestStep]
        assert titles == [
            "SPA9000 answers",
            "It asks for credentials",
            "Extension 200 is accepted",
            "Phone “FrontDesk” reports its state",
        ]

    def test_nobody_is_asked_for_a_password(self) -> None:
        result = StepResult(TestStep.CHALLENGE, Outcome.SKIPPED)
        assert step_line(result, SPA).title == "It asks for no credentials"

    def test_a_wrong_password_at_a_spa9000(self) -> None:
        result = StepResult(
            TestStep.ACCEPTED, Outcome.FAILED, trouble=Trouble.UNAUTHORIZED, status=401
        )
        line = step_line(result, SPA)
        assert line.title == "Extension 200 was refused (401)"
        assert "Phone Ext Password" in line.detail

    def test_elsewhere_nothing_is_called_as_at_a_spa9000(self) -> None:
        for step in TestStep:
            for trouble in (None, *Trouble):
                result = StepResult(step, Outcome.FAILED, trouble=trouble, status=403)
                line = step_line(result, SIP)
                assert "SPA9000" not in line.title + line.detail
                assert "Phone Ext" not in line.title + line.detail

    def test_a_forbidden_subscription_says_where_to_look_first(self) -> None:
        result = StepResult(TestStep.REPORTS, Outcome.FAILED, trouble=Trouble.FORBIDDEN, status=403)
        assert "“Registered”" in step_line(result, SPA).detail

    def test_a_silent_phone(self) -> None:
        result = StepResult(TestStep.REPORTS, Outcome.FAILED)
        line = step_line(result, SPA)
        assert line.title == "Phone “FrontDesk” stays silent"
        assert "CTI Enable" in line.detail

    @pytest.mark.parametrize(
        ("status", "title", "detail"),
        [
            (None, "No report on phone “200” came", "over TCP nothing has to come in"),
            (403, "This PC may not follow phone “200” (403)", "let the account reception see"),
            (404, "Phone “200” was not found (404)", "knows nothing of that extension"),
            (489, "The phone system does not tell what phones do (489)", "package “dialog”"),
            (500, "This PC may not follow phone “200” (500)", "The administrator can allow it"),
        ],
    )
    def test_each_refusal_of_another_phone_system_says_what_to_do(
        self, status: int | None, title: str, detail: str
    ) -> None:
        trouble = None if status is None else Trouble.of(status)
        failed = StepResult(TestStep.REPORTS, Outcome.FAILED, trouble=trouble, status=status)
        line = step_line(failed, SIP)
        assert line.title == title
        assert detail in line.detail

    def test_a_phone_of_which_nothing_was_said_is_watched_all_the_same(self) -> None:
        line = step_line(StepResult(TestStep.REPORTS, Outcome.WARNED), SIP)
        assert line.title == "Phone “200” is watched"
        assert "Call it once to see." in line.detail

    @pytest.mark.parametrize("account", [SPA, SIP], ids=["spa", "sip"])
    @pytest.mark.parametrize("step", TestStep)
    @pytest.mark.parametrize("outcome", Outcome)
    @pytest.mark.parametrize("trouble", [None, *Trouble])
    @pytest.mark.parametrize("status", [None, 404, 500])
    def test_every_one_has_words(
        self,
        account: Account,
        step: TestStep,
        outcome: Outcome,
        trouble: Trouble | None,
        status: int | None,
    ) -> None:
        result = StepResult(step, outcome, trouble=trouble, status=status)
        line = step_line(result, account)
        assert line.outcome is outcome
        assert line.title
        assert "{" not in line.title + line.detail
        assert "None" not in line.title + line.detail
        assert "!" not in line.title + line.detail
        assert bool(line.detail) or outcome is not Outcome.FAILED

    def test_braces_in_a_name_do_no_harm(self) -> None:
        odd = Account("pbx", "200", "{station}", "{0}")
        for step in TestStep:
            for outcome in (Outcome.WAITING, Outcome.FAILED):
                step_line(StepResult(step, outcome, detail="{x}"), odd)


@pytest.mark.parametrize("problem", StoreProblem)
def test_a_password_that_cannot_be_kept_leaves_a_way(problem: StoreProblem) -> None:
    line = store_line(problem)
    assert line.outcome is Outcome.WARNED
    assert "for this session only" in line.detail
