"""A list of extensions that the PBX keeps, watched by one subscription (RFC 4662).

Only `Require: eventlist` in the answer, or a report on a list, proves that there is one: kamailio
without its module for lists grants any name and reports nothing. Asterisk grants a list of any
length, and reports nothing where the report would be longer than it can send.
"""

from __future__ import annotations

from collections.abc import Callable

from callctrl.calls import LampDoubt, LampListTrouble
from callctrl.eventpackages import UnreadableBodyError
from callctrl.eventpackages.resourcelist import ResourceList, read_resource_list
from callctrl.sip.exchange import Outcome
from callctrl.sip.headers import split_outside_quotes
from callctrl.sip.inspection import Capabilities
from callctrl.sip.message import Request, Response
from callctrl.sip.pacedsubscriptions import PacedSubscriptions, Standing

__all__ = ["ABLE_LIST", "LampList"]

_EVENTLIST = "eventlist"
ABLE_LIST = Capabilities(
    ("NOTIFY",),
    ("dialog",),
    ("application/dialog-info+xml", "application/rlmi+xml", "multipart/related"),
    (_EVENTLIST,),
)
"""Reports on lists require the extension (RFC 4662 section 4.3)."""
_REPORT_WITHIN = 5.0
"""Seconds from the answer to the report that must follow it (RFC 6665 section 4.2.1.2)."""
_TROUBLES = {
    404: LampListTrouble.UNKNOWN,
    420: LampListTrouble.NOT_OFFERED,
    489: LampListTrouble.NOT_OFFERED,
}


class LampList:
    """Asks for one list, until it turns out to be of no use."""

    def __init__(
        self,
        subscriptions: PacedSubscriptions,
        *,
        target: str,
        to: str,
        on_report: Callable[[ResourceList, float], None],
        on_doubt: Callable[[LampDoubt, float], None],
        on_failure: Callable[[LampListTrouble, float], None],
    ) -> None:
        """`on_doubt` says why nothing good is known of its members, `on_failure` ends it all."""
        self._subscriptions = subscriptions
        self._on_report = on_report
        self._on_doubt = on_doubt
        self._on_failure = on_failure
        self._is_over = False
        self._heard_at = float("-inf")
        self._silent_at: float | None = None
        """When the report that must follow an answer is missed."""
        self._version: int | None = None
        self._subscription = subscriptions.begin(
            ABLE_LIST,
            target=target,
            to=to,
            on_standing=self._stands,
            on_notify=self._read,
            fields=(("Supported", _EVENTLIST),),
        )

    def ask_for_full_state(self, now: float) -> None:
        """Something that it has told of a member is missing here."""
        self._subscriptions.ask_for_full_state(self._subscription, now)

    def handle_timeout(self, now: float) -> None:
        """Miss the report that is overdue."""
        if self._silent_at is not None and now >= self._silent_at:
            self._fail(LampListTrouble.SILENT, now)

    def next_timeout(self) -> float | None:
        """When a report is overdue, or None."""
        return self._silent_at

    def _stands(self, standing: Standing, outcome: Outcome | None, now: float) -> None:
        self._silent_at = None
        match standing:
            case Standing.LOST:
                self._version = None
                self._on_doubt(LampDoubt.LOST, now)
            case Standing.REFUSED:
                status = 0 if outcome is None else outcome.status
                self._fail(_TROUBLES.get(status, LampListTrouble.REFUSED), now)
            case Standing.GRANTED if outcome is not None:
                is_heard = self._heard_at >= self._subscription.asked_at
                if not (is_heard or _is_of_list(outcome.response)):
                    self._fail(LampListTrouble.NOT_OFFERED, now)
                elif not is_heard:
                    self._silent_at = now + _REPORT_WITHIN

    def _read(self, notify: Request, now: float) -> None:
        if self._is_over or self._subscription.standing is not Standing.GRANTED:
            return
        if not self._subscription.is_told:
            self._on_doubt(LampDoubt.NO_WORD, now)
            return
        if not notify.content_type.startswith("multipart/"):
            return  # nothing follows from that, nor does it prove a list
        try:
            report = read_resource_list(notify.headers.get("Content-Type") or "", notify.body)
        except UnreadableBodyError:
            self._fail(LampListTrouble.UNREADABLE, now)
            return
        self._heard_at, self._silent_at = now, None
        if self._is_behind(report):
            self.ask_for_full_state(now)
        self._version = report.version
        self._on_report(report, now)

    def _is_behind(self, report: ResourceList) -> bool:
        """Whether a report before this one is missing (RFC 4662 section 5.2).

        One that counts from the start comes from a server that has restarted: Asterisk's lists do,
        while their members count on.
        """
        if report.is_full or report.version is None:
            return False
        return self._version is None or report.version > self._version + 1

    def _fail(self, trouble: LampListTrouble, now: float) -> None:
        if not self._is_over:
            self._is_over = True
            self._silent_at = None
            self._subscriptions.end(self._subscription, now)
            self._on_failure(trouble, now)


def _is_of_list(response: Response) -> bool:
    """Whether the answer is that of a server of lists (RFC 4662 section 4.2)."""
    required = (
        tag
        for line in response.headers.get_all("Require")
        for tag in split_outside_quotes(line, ",")
    )
    return _EVENTLIST in required
