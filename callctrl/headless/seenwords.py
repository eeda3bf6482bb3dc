"""What is seen at a desk, in English and in JSON."""

from __future__ import annotations

from collections.abc import Iterable

from callctrl.accounts import Account, PbxKind
from callctrl.calls import No, Untested, Yes
from callctrl.offers import Finding, Offer, Seen, Sight

__all__ = ["seen_as_data", "seen_in_words"]


def seen_as_data(rows: Iterable[Seen]) -> list[dict[str, object]]:
    """What is seen, for JSON; `status` is what the SUBSCRIBE was answered, null where none was."""
    return [
        {
            "sight": row.sight.value,
            "ability": _WORDS[type(row.ability)],
            "status": row.finding.status if row.finding is not None else None,
        }
        for row in rows
    ]


_WORDS = {Yes: "yes", Untested: "untested", No: "no"}


def seen_in_words(account: Account, rows: Iterable[Seen]) -> str:
    """A line for each sight, e.g. "calls       works: what the phone 1002 does"."""
    return "\n".join(f"{row.sight.value:<12}{_in_words(account, row)}" for row in rows)


def _in_words(account: Account, row: Seen) -> str:
    what = _WHAT[row.sight].format(
        phone=account.station, colleague=account.lamps[0] if account.lamps else ""
    )
    if account.kind is PbxKind.SPA9000:
        does = "works" if isinstance(row.ability, Yes) else "no"
        return f"{does}: {what}" if does == "works" else f"{does}: a SPA9000 is not asked for it"
    match row.ability, row.finding:
        case Yes(), _:
            return f"works: {what}"
        case Untested(), None:
            return "not tried yet: name a colleague with --lamp to see"
        case Untested(), _:
            return f"not known yet: {what}; the phone system agreed, and has said nothing so far"
        case _, None:
            return "no: as the phone's own calls"
        case _, finding:
            return f"no: {_why(finding)}"


_WHAT = {
    Sight.CALLS: "what the phone {phone} does",
    Sight.COLLEAGUES: "what the phone {colleague} does",
    Sight.PRESENCE: "whether the phone {phone} is there at all",
    Sight.MESSAGES: "what waits in the mailbox of {phone}",
}

_REFUSALS = {
    401: "the user name or the password is wrong (401)",
    403: "the account may not see it (403); the administrator can allow that",
    404: "the phone system knows nothing of it (404)",
    489: "the phone system does not have it (489)",
}


def _why(finding: Finding) -> str:
    match finding.offer:
        case Offer.NO_ANSWER:
            return "no answer"
        case Offer.UNREPORTED:
            return "it was granted, but no report came"
        case _ if finding.reason:
            return f"the phone system took the order, and ended it ({finding.reason})"
        case _:
            return _REFUSALS.get(
                finding.status or 0, f"the phone system refuses ({finding.status})"
            )
