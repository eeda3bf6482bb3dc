"""Why a command was not carried out."""

from __future__ import annotations

from typing import get_args

import pytest

from callctrl.calls import (
    Answer,
    Command,
    CommandAnswered,
    Dial,
    DialFailure,
    DialProgress,
    DialStage,
    Divert,
    Failure,
    HangUp,
    Hold,
    No,
    Reason,
    Reject,
    Resume,
)
from callctrl.ui.commandwords import progress_in_words, refusal_in_words

COMMANDS: list[Command] = [
    Dial("214"),
    Answer("1"),
    Reject("1"),
    Divert("1", "214"),
    Hold(),
    Resume("1"),
    HangUp("1"),
]
STATUSES = (401, 403, 404, 405, 407, 408, 480, 481, 486, 488, 500, 503, 603)


def test_every_command_is_among_those_tried() -> None:
    assert {type(command) for command in COMMANDS} == set(get_args(Command))


def test_every_command_has_a_first_sentence_of_its_own() -> None:
    firsts = {
        refusal_in_words(CommandAnswered(command, 603)).split(". ")[0] for command in COMMANDS
    }
    assert len(firsts) == len(COMMANDS)
    assert "The call was not placed" in firsts


def test_every_failure_says_what_to_do() -> None:
    told = {}
    for status in STATUSES:
        answered = CommandAnswered(Hold(), status)
        assert answered.failure is not None
        told[answered.failure] = refusal_in_words(answered)
    assert told.keys() == set(Failure)
    assert len(set(told.values())) == len(Failure)
    for sentence in told.values():
        assert sentence.startswith("The call was not held. ")
        assert sentence[-1] in ".?"
        assert "{" not in sentence


@pytest.mark.parametrize("failure", DialFailure)
def test_why_nobody_was_reached_is_said_without_a_status(failure: DialFailure) -> None:
    sentence = refusal_in_words(CommandAnswered(Dial("214"), 486, failure))
    assert sentence[-1] in ".?"
    assert not any(letter.isdigit() for letter in sentence.replace("214", ""))


def test_no_two_such_failures_are_told_alike() -> None:
    told = {refusal_in_words(CommandAnswered(Dial("2"), 480, each)) for each in DialFailure}
    assert len(told) == len(DialFailure)
    assert any(each.startswith("2 is busy.") for each in told)


@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        (DialStage.RINGING, "Your phone rings: pick up the handset to call 214."),
        (DialStage.ANSWERED, "You picked up: your phone is told to call 214."),
        (DialStage.REFERRED, "Your phone calls 214."),
    ],
)
def test_each_stage_of_a_call_says_what_to_do(stage: DialStage, sentence: str) -> None:
    assert progress_in_words(DialProgress(Dial("214"), stage)) == sentence


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "The password was refused (401): run the Settings Wizard again."),
        (403, "The phone system does not allow it (403). Use the handset."),
        (599, "The phone refused (599). Use the handset."),
    ],
)
def test_the_number_stands_beside_the_words_and_never_alone(status: int, words: str) -> None:
    assert (
        refusal_in_words(CommandAnswered(Dial("1"), status)) == f"The call was not placed. {words}"
    )


def test_what_the_phone_system_takes_no_order_for_says_why_and_what_helps() -> None:
    answered = CommandAnswered(Answer("1"), 488, impossible=No(Reason.BYSTANDER))
    assert refusal_in_words(answered) == (
        "The call was not answered. Your phone system tells us who is calling, but not how to "
        "answer. Use the handset."
    )
