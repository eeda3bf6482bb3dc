"""What can be done from the PC and what cannot, in words."""

from __future__ import annotations

import pytest

from callctrl.abilities import ACTIONS
from callctrl.calls import (
    NUMBER,
    Ability,
    Answer,
    Feature,
    No,
    Reason,
    Untested,
    Yes,
)
from callctrl.ui.handsetwords import ability_in_words, action_in_words, why_not_in_words


def test_each_action_has_a_name_of_its_own() -> None:
    assert len({action_in_words(each) for each in ACTIONS}) == len(ACTIONS)


def test_each_ability_has_a_word_of_its_own() -> None:
    words = [ability_in_words(each) for each in (Yes(), Untested(), No(Reason.BY_HAND))]
    assert words == ["Works", "Not tried yet", "Does not work"]


@pytest.mark.parametrize("ability", [Yes(), Untested()])
def test_what_can_be_done_needs_no_reason(ability: Ability) -> None:
    assert {why_not_in_words(action, ability) for action in ACTIONS} == {""}


@pytest.mark.parametrize("reason", Reason)
def test_what_cannot_be_done_has_one_that_ends_with_what_to_do(reason: Reason) -> None:
    sentences = [why_not_in_words(action, No(reason)) for action in ACTIONS]
    assert all("se the handset" in each and each.endswith(".") for each in sentences)


def test_to_a_bystander_it_says_what_helps() -> None:
    assert why_not_in_words(Answer, No(Reason.BYSTANDER)) == (
        "Your phone system tells us who is calling, but not how to answer. Use the handset."
    )
    sentences = {why_not_in_words(action, No(Reason.BYSTANDER)) for action in ACTIONS}
    assert len(sentences) == len(ACTIONS)


def test_keys_are_named_in_their_order() -> None:
    assert why_not_in_words(Feature.CONFERENCE, No(Reason.BY_HAND, ("conf", NUMBER))) == (
        "This phone takes no conference from a PC. On the handset press: conf, the number."
    )
