"""What works at a desk: the table, what is presumed, and what a bystander can have done."""

from __future__ import annotations

import typing

from callctrl.abilities import (
    ACTIONS,
    WhatWorks,
    bystander_ability,
    presumed_ability,
    what_works,
)
from callctrl.calls import (
    Answer,
    Command,
    Dial,
    Feature,
    HangUp,
    No,
    Reason,
    Untested,
    Yes,
)
from callctrl.phones.spa import SpaPhone


def test_each_command_and_each_feature_is_listed_once() -> None:
    assert len(set(ACTIONS)) == len(ACTIONS)
    assert set(ACTIONS) == {*typing.get_args(Command), *Feature}


def test_the_table_has_a_row_for_each_action_as_the_phone_answers() -> None:
    table = what_works(SpaPhone().ability)
    assert [row.action for row in table] == list(ACTIONS)
    assert WhatWorks(Answer, Yes()) in table
    assert WhatWorks(Feature.PARK, No(Reason.BY_HAND)) in table


def test_while_no_phone_is_known_orders_are_presumed_possible() -> None:
    assert presumed_ability(HangUp, None) == Yes()
    assert presumed_ability(Feature.TRANSFER, None) == No(Reason.BY_HAND)


def test_a_bystander_can_have_calls_placed_and_do_nothing_to_those_there_are() -> None:
    """RFC 3261 section 12.2: requests within a dialog come from who is in it."""
    table = what_works(lambda action, _call: bystander_ability(action, Untested()))
    assert {row.action for row in table if row.ability == Untested()} == {Dial}
    rest = [row.ability for row in table if row.action is not Dial]
    assert rest == [No(Reason.BYSTANDER)] * (len(ACTIONS) - 1)
