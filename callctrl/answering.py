"""What others ask of us, and what we answer.

Reports that were asked for are acted on and OPTIONS tells what we do. Everything else is refused
with the response the RFCs have for it, since who gets none asks again and then takes us for dead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from callctrl.sip.inspection import (
    Capabilities,
    Refusal,
    inspect_body,
    inspect_headers,
    inspect_method,
    is_body_optional,
)
from callctrl.sip.message import Request
from callctrl.sip.transaction import ServerTransaction
from callctrl.sip.useragent import UserAgent

__all__ = ["METHODS", "Answering", "Watch", "event_of"]

METHODS = ("ACK", "CANCEL", "NOTIFY", "OPTIONS")
"""INVITE is missing: it is understood, but to name it would ask for calls."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is owed a NOTIFY."""

    able: Capabilities
    """With the one event package, and the types of its bodies."""
    receive: Callable[[Request, float], bool]
    """Takes it; whether it is news."""
    on_report: Callable[[Request, float], None]
    """Gets each that is news and has a body that can be read; called behind the 200."""


class Answering:
    """Answers each request of the PBX or the phone, once."""

    def __init__(
        self,
        agent: UserAgent,
        able: Capabilities,
        find: Callable[[Request], Watch | None],
    ) -> None:
        """`find` tells who is owed a request, by its dialog or outside any; None for nobody."""
        self._agent = agent
        self._able = able
        self._find = find

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
        return request.method == "NOTIFY" and self._find(request) is not None

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
        if request.to_tag is not None and self._find(request) is None:
            self._agent.respond(transaction, 481, now)
        else:
            self._agent.respond(transaction, 200, now, self._able.fields)

    def _answer_notify(self, transaction: ServerTransaction, now: float) -> None:
        notify = transaction.request
        event = event_of(notify)
        watch = self._find(notify)
        if watch is None:
            # A dialog we do not know: 481 ends what a killed program has left behind.
            is_known = event in self._able.events
            refusal = Refusal(481) if is_known else Refusal(489, (self._able.allow_events,))
            self._refuse(transaction, refusal, now)
            return
        if event not in watch.able.events:
            self._refuse(transaction, Refusal(489, (self._able.allow_events,)), now)
            return
        unreadable = inspect_body(notify, watch.able)
        if unreadable is not None and not is_body_optional(notify):
            self._refuse(transaction, unreadable, now)
            return
        # A NOTIFY overtaken by a later one is old news. RFC 3261 section 12.2.2 has 500 for it,
        # but an error would end the subscription (RFC 6665 section 4.2.2).
        is_news = watch.receive(notify, now)
        self._agent.respond(transaction, 200, now)
        if is_news and notify.body and unreadable is None:
            watch.on_report(notify, now)


def event_of(notify: Request) -> str:
    """The event package, without an id (RFC 6665 section 8.2.1)."""
    return (notify.headers.get("Event") or "").partition(";")[0].strip().lower()
