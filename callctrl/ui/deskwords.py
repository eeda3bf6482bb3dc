"""What works at a desk, as lines for the last page of the wizard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QCoreApplication

from callctrl.abilities import WhatWorks
from callctrl.accounts import Account
from callctrl.calls import Dial, No, Untested, Yes
from callctrl.offers import Finding, Offer, Seen, Sight
from callctrl.ui.handsetwords import action_in_words
from callctrl.ui.widgets import Outcome
from callctrl.ui.wizardwords import Line

__all__ = ["lines_of_desk"]

translate = QCoreApplication.translate


def lines_of_desk(account: Account, sees: Iterable[Seen], does: Iterable[WhatWorks]) -> list[Line]:
    """A line for all there is to see but the calls, of which a step of the test tells; then orders.

    What cannot be ordered is one line: its reason is the same for all.
    """
    lines = [_seen(row, account) for row in sees if row.sight is not Sight.CALLS]
    return [*lines, *_done(tuple(does))]


def _seen(row: Seen, account: Account) -> Line:
    works, untested, fails = _TITLES[row.sight]()
    words = {
        "phone": account.station,
        "colleague": account.lamps[0] if account.lamps else "",
    }
    match row.ability, row.finding:
        case Yes(), _:
            return Line(Outcome.PASSED, works.format(**words))
        case Untested(), None:
            detail = translate(
                "Wizard",
                "Type your colleagues' extensions later, with their names or in the preferences.",
            )
        case Untested(), _:
            detail = translate("Wizard", "The phone system agreed, and has said nothing so far.")
        case _, finding:
            detail = _why(finding, row.sight)
            return Line(Outcome.WARNED, fails.format(**words), detail)
    return Line(Outcome.SKIPPED, untested.format(**words), detail)


_TITLES = {
    Sight.COLLEAGUES: lambda: (
        translate("Wizard", "Colleagues' phones: shown"),
        translate("Wizard", "Colleagues' phones: not tried yet"),
        translate("Wizard", "Colleagues' phones: not told"),
    ),
    Sight.PRESENCE: lambda: (
        translate("Wizard", "Whether phone “{phone}” is there: shown"),
        translate("Wizard", "Whether phone “{phone}” is there: not known yet"),
        translate("Wizard", "Whether phone “{phone}” is there: not told"),
    ),
    Sight.MESSAGES: lambda: (
        translate("Wizard", "Waiting messages of “{phone}”: shown"),
        translate("Wizard", "Waiting messages of “{phone}”: not known yet"),
        translate("Wizard", "Waiting messages of “{phone}”: not told"),
    ),
}
"""If it works, if that is not known yet, and if it does not."""


def _why(finding: Finding | None, sight: Sight) -> str:
    if finding is None:
        return translate("Wizard", "As the phone's own calls are not.")
    match finding.offer, finding.status:
        case Offer.NO_ANSWER, _:
            return translate("Wizard", "No answer came.")
        case Offer.UNREPORTED, _:
            return translate("Wizard", "The phone system agreed, but no report came.")
        case _, 403:
            return translate(
                "Wizard", "This account may not see it (403). The administrator can allow that."
            )
        case _, 404 if sight is Sight.MESSAGES:
            return translate("Wizard", "The phone system has no mailbox of that name (404).")
        case _, 404:
            return translate("Wizard", "The phone system knows nothing of that extension (404).")
        case _, 489:
            return translate("Wizard", "The phone system does not have it (489).")
        case _, 200:
            return translate("Wizard", "The phone system agreed, and ended it at once.")
        case _, status:
            return translate("Wizard", "The phone system refuses ({status}).").format(status=status)


def _done(does: tuple[WhatWorks, ...]) -> Iterator[Line]:
    for row in does:
        if row.action is Dial and not isinstance(row.ability, No):
            yield Line(
                Outcome.SKIPPED,
                translate("Wizard", "Calling from this PC: not tried yet"),
                translate("Wizard", "Your phone rings first. Pick it up, and it calls."),
            )
    by_hand = [action_in_words(row.action) for row in does if isinstance(row.ability, No)]
    if by_hand:
        yield Line(
            Outcome.SKIPPED,
            translate("Wizard", "On the handset only: {actions}").format(
                actions=translate("Wizard", ", ").join(by_hand)
            ),
            translate(
                "Wizard",
                "The phone system tells this PC of calls, but takes no such orders for them.",
            ),
        )
