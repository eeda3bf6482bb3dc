"""What others ask of us, and what we answer.

The phone's reports are acted on and OPTIONS tells what we do. Everything else is refused with the
response the RFCs have for it, since who gets none asks again and then takes us for dead.
"""

from __future__ import annotations

from collections.abc import Callable

from callctrl.calls import Account
from callctrl.phones import Phone
from callctrl.sip import RemoteProtocolError
from callctrl.sip.headers import Uri
from callctrl.sip.inspection import (
    Capabilities,
    Refusal,
    inspect_body,
    inspect_headers,
    inspect_method,
    is_body_optional,
)
from callctrl.sip.message import Request
from callctrl.sip.subscription import Subscription
from callctrl.sip.transaction import ServerTransaction
from callctrl.sip.useragent import UserAgent

__all__ = ["Answering"]

_METHODS = ("ACK", "CANCEL", "NOTIFY", "OPTIONS")
"""INVITE is missing: it is understood, but to name it would ask for calls."""


class Answering:
    """Answers each request of the PBX or the phone, once."""

    def __init__(
        self,
        agent: UserAgent,
        subscription: Subscription,
        phone: Phone,
        account: Account,
        on_report: Callable[[bytes, float], None],
    ) -> None:
        """`on_report` gets the body of each report on the phone we control that is news."""
        self._agent = agent
        self._subscription = subscription
        self._event = phone.event
        self._able = Capabilities(_METHODS, (phone.event,), phone.accepts)
        self._our_names = {account.station.lower(), account.extension.lower()}
        self._on_report = on_report

    def answer(self, transaction: ServerTransaction, now: float) -> None:
        """Answer a request not seen before.

        Raises RemoteProtocolError where what has to be echoed is too much for an answer.
        """
        request = transaction.request
        match request.method:
            case "CANCEL":
                self._agent.answer_cancel(transaction, now)
            case "INVITE":
                self._answer_invite(transaction, now)
            case method:
                refusal = inspect_method(request, self._able) or self._inspect(transaction)
                if refusal is not None:
                    self._refuse(transaction, refusal, now)
                elif method == "NOTIFY":
                    self._answer_notify(transaction, now)
                else:
                    self._answer_options(transaction, now)

    def _inspect(self, transaction: ServerTransaction) -> Refusal | None:
        request = transaction.request
        is_merged = transaction.is_merged and not self._tolerate_reports_counted_alike(request)
        return inspect_headers(request, self._able, is_merged=is_merged)

    def _tolerate_reports_counted_alike(self, request: Request) -> bool:
        """The phone's own reports are never taken for one that came on two paths.

        Nobody has seen how the SPA9000 numbers those it relays, and SPA Call Manager numbers
        nothing (protocol.md B.5) [inferred]: a call that is shown twice is better than one missed.
        """
        return request.method == "NOTIFY" and self._is_unasked_report(request)

    def _refuse(self, transaction: ServerTransaction, refusal: Refusal, now: float) -> None:
        self._agent.respond(transaction, refusal.status, now, refusal.fields)

    def _answer_invite(self, transaction: ServerTransaction, now: float) -> None:
        """Refuse a call that the PBX forks to us, so that it goes on ringing elsewhere.

        A 6xx would end it everywhere, 486 would end it at some groups, and 415 for its body would
        have the caller try again (RFC 3261 section 16.7 no. 6).
        """
        is_inside_a_dialog = transaction.request.to_tag is not None
        refusal = self._inspect(transaction) or Refusal(481 if is_inside_a_dialog else 480)
        self._refuse(transaction, refusal, now)

    def _answer_options(self, transaction: ServerTransaction, now: float) -> None:
        """Tell what we do (RFC 3261 section 11.2); inside a dialog, if it is ours.

        The RFC wants the status an INVITE would get. It has phones in mind: to a PBX that asks
        whether we live, the 480 would say that we do not.
        """
        request = transaction.request
        if request.to_tag is not None and not self._subscription.matches(request):
            self._agent.respond(transaction, 481, now)
        else:
            self._agent.respond(transaction, 200, now, self._able.fields)

    def _answer_notify(self, transaction: ServerTransaction, now: float) -> None:
        """Find whose NOTIFY it is: of our dialog, or one the phone sends unasked.

        The SPA9000's own NOTIFYs may come with a foreign Call-ID, no To tag and no
        Subscription-State (protocol.md B.5 no. 9), so the event and the station decide.
        """
        notify = transaction.request
        is_of_our_dialog = self._subscription.matches(notify)
        refusal = self._inspect_notify(notify, is_of_our_dialog=is_of_our_dialog)
        unreadable = inspect_body(notify, self._able)
        if refusal is None and unreadable is not None and not is_body_optional(notify):
            refusal = unreadable
        if refusal is not None:
            self._refuse(transaction, refusal, now)
            return
        is_news = True
        if is_of_our_dialog:
            # A NOTIFY overtaken by a later one is old news. RFC 3261 section 12.2.2 has 500 for
            # it, but an error would end the subscription (RFC 6665 section 4.2.2).
            is_news = self._subscription.receive_notify(notify, now)
        self._agent.respond(transaction, 200, now)
        if is_news and notify.body and unreadable is None:
            self._on_report(notify.body, now)

    def _inspect_notify(self, notify: Request, *, is_of_our_dialog: bool) -> Refusal | None:
        if _event_of(notify) != self._event:
            return Refusal(489, (self._able.allow_events,))
        if not (is_of_our_dialog or self._is_unasked_report(notify)):
            # A dialog we do not know: 481 ends what a killed program has left behind.
            return Refusal(481)
        return None

    def _is_unasked_report(self, notify: Request) -> bool:
        """Whether a NOTIFY outside any dialog speaks of the phone we control.

        `P-Station-Name: FrontDesk ;mac=…` names the phone; without it the sender's user part may.
        """
        if notify.to_tag is not None or _event_of(notify) != self._event:
            return False
        name = (notify.headers.get("P-Station-Name") or "").partition(";")[0].strip()
        if not name:
            try:
                name = Uri.parse(notify.from_.uri).user
            except RemoteProtocolError:
                return False
        return name.lower() in self._our_names


def _event_of(notify: Request) -> str:
    """The event package, without an id (RFC 6665 section 8.2.1)."""
    return (notify.headers.get("Event") or "").partition(";")[0].strip().lower()
