"""What works at a desk, in the wizard's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.abilities import bystander_ability, what_works
from callctrl.accounts import Account, PbxKind
from callctrl.calls import No, Reason, Untested, Yes
from callctrl.offers import Finding, Offer, Sight, Surveyed, what_is_seen
from callctrl.ui.deskwords import lines_of_desk
from callctrl.ui.widgets import Outcome

ACCOUNT = Account("pbx", "desk-app", "1002", "PC", 0, kind=PbxKind.SIP, lamps=("1003",))
SIGHTS = (Sight.COLLEAGUES, Sight.PRESENCE, Sight.MESSAGES)


def titles(finding: Finding, account: Account = ACCOUNT) -> list[tuple[Outcome, str]]:
    rows = what_is_seen(account, Surveyed(of=dict.fromkeys(Sight, finding)))
    return [(line.outcome, line.title) for line in lines_of_desk(account, rows, ())]


def test_all_there_is_to_see_but_the_calls_has_a_line() -> None:
    assert titles(Finding(Offer.TOLD, 200)) == [
        (Outcome.PASSED, "Colleagues' phones: shown"),
        (Outcome.PASSED, "Whether phone “1002” is there: shown"),
        (Outcome.PASSED, "Waiting messages of “1002”: shown"),
    ]
    assert [outcome for outcome, _ in titles(Finding(Offer.SILENT, 200))] == 3 * [Outcome.SKIPPED]
    assert titles(Finding(Offer.NO_ANSWER)) == [
        (Outcome.WARNED, "Colleagues' phones: not told"),
        (Outcome.WARNED, "Whether phone “1002” is there: not told"),
        (Outcome.WARNED, "Waiting messages of “1002”: not told"),
    ]


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (Finding(Offer.SILENT, 200), "has said nothing so far"),
        (Finding(Offer.NO_ANSWER), "No answer"),
        (Finding(Offer.UNREPORTED, 200), "no report came"),
        (Finding(Offer.REFUSED, 403), "may not see it (403)"),
        (Finding(Offer.REFUSED, 404), "(404)"),
        (Finding(Offer.REFUSED, 489), "does not have it (489)"),
        (Finding(Offer.REFUSED, 500), "refuses (500)"),
        (Finding(Offer.REFUSED, 200, "rejected"), "ended it at once"),
    ],
)
def test_what_is_not_shown_says_why(sight: Sight, finding: Finding, words: str) -> None:
    rows = what_is_seen(ACCOUNT, Surveyed(of={sight: finding}))
    (line,) = lines_of_desk(ACCOUNT, rows, ())
    assert words in line.detail


@pytest.mark.parametrize(
    ("own", "outcome"),
    [(Finding(Offer.TOLD, 200), Outcome.SKIPPED), (Finding(Offer.REFUSED, 489), Outcome.WARNED)],
)
def test_colleagues_nobody_named_were_not_tried(own: Finding, outcome: Outcome) -> None:
    account = replace(ACCOUNT, lamps=())
    (line,) = lines_of_desk(account, what_is_seen(account, Surveyed(of={Sight.CALLS: own})), ())
    assert line.outcome is outcome
    assert line.detail


def test_what_cannot_be_ordered_is_one_line() -> None:
    does = what_works(lambda action, _call: bystander_ability(action, Untested()))
    dial, rest = lines_of_desk(ACCOUNT, (), does)
    assert dial.title == "Calling from this PC: not tried yet"
    assert rest.title.startswith("On the handset only: Answer, Divert, Reject, Hold, ")
    assert "Call," not in rest.title


def test_where_the_phone_system_places_no_calls_that_is_for_the_handset_too() -> None:
    no = No(Reason.NOT_OFFERED)
    (line,) = lines_of_desk(
        ACCOUNT, (), what_works(lambda action, _call: bystander_ability(action, no))
    )
    assert line.title.startswith("On the handset only: Call, Answer, ")


def test_where_all_can_be_ordered_nothing_is_for_the_handset() -> None:
    does = what_works(lambda _action, _call: Yes())
    assert all("handset" not in line.title for line in lines_of_desk(ACCOUNT, (), does))
