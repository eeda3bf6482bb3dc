"""What a phone system offers, as the table of what is seen at a desk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.accounts import Account, PbxKind
from callctrl.calls import Ability, No, Reason, Untested, Yes
from callctrl.offers import Finding, Offer, Seen, Sight, Surveyed, what_is_seen

ACCOUNT = Account("pbx", "desk-app", "1002", "PC", 0, kind=PbxKind.SIP, lamps=("1003",))
NOT_OFFERED = No(Reason.NOT_OFFERED)


@pytest.mark.parametrize(
    ("finding", "ability"),
    [
        (Finding(Offer.TOLD, 200), Yes()),
        (Finding(Offer.SILENT, 200), Untested()),
        (Finding(Offer.UNREPORTED, 200), NOT_OFFERED),
        (Finding(Offer.REFUSED, 403), NOT_OFFERED),
        (Finding(Offer.NO_ANSWER), NOT_OFFERED),
    ],
)
def test_each_finding_says_whether_it_works(finding: Finding, ability: Ability) -> None:
    rows = what_is_seen(ACCOUNT, Surveyed(of=dict.fromkeys(Sight, finding)))
    assert rows == tuple(Seen(sight, ability, finding) for sight in Sight)


@pytest.mark.parametrize(
    ("own", "colleagues"),
    [
        (Finding(Offer.TOLD, 200), Untested()),
        (Finding(Offer.SILENT, 200), Untested()),
        (Finding(Offer.REFUSED, 489), NOT_OFFERED),
        (Finding(Offer.UNREPORTED, 200), NOT_OFFERED),
        (Finding(Offer.REFUSED, 404), Untested()),
        (Finding(Offer.REFUSED, 403), Untested()),
    ],
)
def test_colleagues_nobody_named_are_presumed_to_be_as_the_own_phone(
    own: Finding, colleagues: Ability
) -> None:
    account = replace(ACCOUNT, lamps=())
    rows = what_is_seen(account, Surveyed(of={Sight.CALLS: own, Sight.MESSAGES: own}))
    assert [row.sight for row in rows] == [Sight.CALLS, Sight.COLLEAGUES, Sight.MESSAGES]
    assert rows[1] == Seen(Sight.COLLEAGUES, colleagues)


def test_what_was_not_asked_for_is_not_listed() -> None:
    """Behind a refused password nothing else is asked."""
    assert what_is_seen(ACCOUNT, Surveyed()) == ()


def test_a_spa9000_tells_the_calls_and_is_not_asked() -> None:
    rows = what_is_seen(replace(ACCOUNT, kind=PbxKind.SPA9000), Surveyed())
    assert [row.ability for row in rows] == [Yes(), NOT_OFFERED, NOT_OFFERED, NOT_OFFERED]
