"""What a phone system offers to this account: each thing is asked for once, and ended again.

    OPTIONS --------------> who are you?
    SUBSCRIBE dialog -----> what does my phone do?     401, or no answer: that is all
    SUBSCRIBE dialog -----> what does the first colleague's phone do?
    SUBSCRIBE presence ---> is my phone there?
    SUBSCRIBE message-summary ---> what waits in its mailbox?
    each: 200, NOTIFY, SUBSCRIBE with Expires: 0

Nothing is registered, so no call ever comes here. The password is tried once only: an account that
is refused is not tried again three times over, as some phone systems lock it then.

An engine in the shape `transport` drives; its events are `Surveyed`, the last one `is_over`.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from callctrl.accounts import Account
from callctrl.answering import METHODS, Answering, Watch
from callctrl.offers import Finding, Offer, Sight, Surveyed
from callctrl.sip import RemoteProtocolError
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.deadlines import earliest
from callctrl.sip.digest import Credentials
from callctrl.sip.exchange import Outcome, Outgoing
from callctrl.sip.headers import NameAddr, Uri
from callctrl.sip.inspection import Capabilities
from callctrl.sip.message import Request, Response
from callctrl.sip.packets import Address, Packet
from callctrl.sip.subscription import Ending, Subscription
from callctrl.sip.tokens import Tokens
from callctrl.sip.transaction import Timers
from callctrl.sip.useragent import UserAgent
from callctrl.texts import one_line
from callctrl.way import SessionSetup, Way, route_set_of

__all__ = ["Survey"]

_log = logging.getLogger(__name__)

_REPORT_WITHIN = 4.0
"""Seconds from the 200 to the first NOTIFY, which has to come at once (RFC 6665 section 4.2.1)."""
_LAST_REPORT_WITHIN = 0.5
"""Seconds from the end of a subscription to its last NOTIFY (RFC 6665 section 4.1.2.3)."""
_LEAVE_WITHIN = 2.0
"""Seconds at most from the end of the last question to the end of all."""
_LONGEST_NAME = 60
"""Characters of what the phone system calls itself."""


class _Package(NamedTuple):
    event: str
    accept: str


_DIALOG = _Package("dialog", "application/dialog-info+xml")
_PACKAGES = {
    Sight.CALLS: _DIALOG,
    Sight.COLLEAGUES: _DIALOG,
    Sight.PRESENCE: _Package("presence", "application/pidf+xml"),
    Sight.MESSAGES: _Package("message-summary", "application/simple-message-summary"),
}


@dataclass(eq=False, slots=True)
class _Question:
    """One sight, while it is asked for."""

    sight: Sight
    subscription: Subscription
    able: Capabilities
    outcome: Outcome | None = None
    """How the SUBSCRIBE ended."""
    was_reported: bool = False
    """Whether a NOTIFY came."""
    was_told: bool = False
    """Whether it said something."""
    ending: Ending | None = None
    """How the phone system ended it by itself."""
    decide_at: float | None = None
    """When no NOTIFY is waited for any longer."""
    finding: Finding | None = None
    over_at: float | None = None
    """When it is over: ended again, and the last NOTIFY has had its time to be answered."""
    is_over: bool = False

    def decided(self, now: float) -> Finding | None:
        """What came of it, or None while that is not known."""
        if self.outcome is None:
            return None
        status = self.outcome.answered_status
        if status is None:
            return Finding(Offer.NO_ANSWER)
        if not self.outcome.is_success:
            return Finding(Offer.REFUSED, status)
        if self.was_told:
            return Finding(Offer.TOLD, status)
        if self.ending is not None:
            return Finding(Offer.REFUSED, status, self.ending.reason)
        if self.was_reported:
            return Finding(Offer.SILENT, status)
        if self.decide_at is not None and now >= self.decide_at:
            return Finding(Offer.UNREPORTED, status)
        return None


class Survey:
    """Asks, and is over by itself; `stop` ends it sooner."""

    def __init__(
        self,
        account: Account,
        password: str,
        setup: SessionSetup,
        tokens: Tokens,
        *,
        sights: Collection[Sight] = tuple(Sight),
        timers: Timers | None = None,
    ) -> None:
        """`sights` are asked for, but for that of colleagues where the account names none.

        Raises ValueError for the phone's own account.
        """
        if account.is_own_phone:
            raise ValueError("expected an account of our own, found that of the phone")
        self._account = account
        self._sights = [
            sight
            for sight in Sight
            if sight in sights and (sight is not Sight.COLLEAGUES or account.lamps)
        ]
        self._agent = UserAgent(
            local=setup.local,
            remote=setup.remote,
            contact_user=account.extension,
            product=setup.product,
            tokens=tokens,
            timers=timers,
            route_set=route_set_of(account),
            datagrams_at=setup.datagrams_at,
            asks_rport=True,
        )
        self._authenticator = Authenticator(Credentials(account.extension, password), tokens)
        self._way = Way(
            self._agent,
            setup,
            user=account.extension,
            host=account.pbx,
            port=account.port or None,
            on_moved=lambda _now: None,
            on_back=lambda now: None,
            on_dead=lambda now: None,
        )
        events, accepts = zip(*dict.fromkeys(_PACKAGES.values()), strict=True)
        able = Capabilities(METHODS, events, accepts)
        self._answering = Answering(self._agent, able, self._watch_of)
        self._questions: list[_Question] = []
        self._findings = Surveyed(local=setup.local.host)
        self._events: deque[Surveyed] = deque()
        self._stop_at: float | None = None

    def start(self, now: float) -> None:
        """Begin to ask."""
        self._ask_who(now)
        self._ask(self._sights[0], now)

    def stop(self, now: float) -> None:
        """Ask no more; it is over within two seconds."""
        if self._stop_at is None:
            self._stop_at = now + _LEAVE_WITHIN
            for question in self._questions:
                self._end(question, now)
            self._settle(now)

    def hears(self, source: Address) -> bool:
        """Whether what comes from there is read."""
        return self._way.hears(source)

    # The engine's verbs

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take one message; whoever is not the phone system is not heard."""
        if not self.hears(source) or self._way.receive_line_ends(data, source):
            return
        try:
            transaction = self._agent.receive(data, source, now)
            if transaction is not None:
                self._answering.answer(transaction, now)
        except RemoteProtocolError as error:
            _log.warning("message from %s not understood: %s", source, error)
        self._settle(now)

    def transport_failed(self, remote: Address, error: str, now: float) -> None:
        """Nothing listens at `remote`, or there is no way to it."""
        _log.info("%s: %s", remote, error)
        self._agent.transport_failed(remote, now)
        self._settle(now)

    def handle_timeout(self, now: float) -> None:
        """Do what is due by `now`."""
        self._agent.handle_timeout(now)
        self._settle(now)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        if self._findings.is_over:
            return None
        instants = [self._agent.next_timeout(), self._stop_at]
        for question in self._questions:
            if not question.is_over:
                instants.append(question.over_at)
            if question.finding is None and self._stop_at is None:
                instants.append(question.decide_at)
        return earliest(*instants)

    def packets_to_send(self) -> list[Packet]:
        """What is to go out, in order."""
        return self._agent.packets_to_send() + self._way.packets_to_send()

    def next_event(self) -> Surveyed | None:
        """The oldest news not yet handed out, or None."""
        return self._events.popleft() if self._events else None

    # Asking

    def _ask_who(self, now: float) -> None:
        """Whatever OPTIONS is answered, it says who answers; nothing is proved for that."""
        account, tokens = self._account, self._agent.tokens
        outgoing = Outgoing(
            method="OPTIONS",
            uri=str(Uri("sip", account.pbx, port=account.port or None)),
            from_=NameAddr(self._own_uri(), parameters={"tag": tokens.tag()}),
            to=NameAddr(str(Uri("sip", account.pbx))),
            call_id=tokens.call_id(),
            route_set=self._agent.route_set,
        )
        self._agent.transmit(outgoing, (), self._told_who, now)

    def _told_who(self, response: Response, now: float) -> None:
        if response.status < 200 or "Via" not in response.headers:
            return
        name = response.headers.get("Server") or response.headers.get("User-Agent") or ""
        self._learn(options_status=response.status, server=one_line(name, _LONGEST_NAME))

    def _ask(self, sight: Sight, now: float) -> None:
        account, package = self._account, _PACKAGES[sight]
        who = account.lamps[0] if sight is Sight.COLLEAGUES else account.station
        whom = Uri("sip", account.pbx, who)

        def on_answer(outcome: Outcome, granted: float | None, now: float) -> None:
            question.outcome = outcome
            question.decide_at = now + _REPORT_WITHIN
            if outcome.was_challenged:
                self._learn(was_challenged=True)

        def on_ended(ending: Ending, now: float) -> None:
            question.ending = ending

        def on_unsubscribed(now: float) -> None:
            has_heard_last = question.over_at is not None
            question.over_at = now if has_heard_last else now + _LAST_REPORT_WITHIN

        question = _Question(
            sight,
            Subscription(
                self._agent,
                event=package.event,
                accept=(package.accept,),
                target=str(replace(whom, port=account.port or None)),
                from_=self._own_uri(),
                to=str(whom),
                authenticator=self._authenticator,
                refresh_within=60.0,  # which is never reached: nothing is asked for twice
                on_answer=on_answer,
                on_ended=on_ended,
                on_unsubscribed=on_unsubscribed,
            ),
            Capabilities(METHODS, (package.event,), (package.accept,)),
        )
        self._questions.append(question)
        question.subscription.subscribe(now)

    def _own_uri(self) -> str:
        return str(Uri("sip", self._account.pbx, self._account.extension))

    def _watch_of(self, request: Request) -> Watch | None:
        for question in self._questions:
            if question.subscription.matches(request):
                return Watch(
                    question.able,
                    partial(self._take_report, question),
                    partial(self._read_report, question),
                )
        return None

    def _take_report(self, question: _Question, notify: Request, now: float) -> bool:
        question.was_reported = True
        state = notify.headers.get("Subscription-State") or ""
        is_left = question.finding is not None or self._stop_at is not None
        if is_left and state.lower().startswith("terminated"):
            question.over_at = now
        return question.subscription.receive_notify(notify, now)

    def _read_report(self, question: _Question, _notify: Request, _now: float) -> None:
        question.was_told = True

    # What came of it

    def _settle(self, now: float) -> None:
        """Decide what can be decided, ask what comes next, and see whether that was all."""
        if self._findings.is_over:
            return
        for question in tuple(self._questions):
            if question.finding is None and self._stop_at is None:
                question.finding = question.decided(now)
                if question.finding is not None:
                    self._end(question, now)
                    self._found(question, now)
        for question in self._questions:
            question.is_over |= question.over_at is not None and now >= question.over_at
        is_done = all(question.is_over for question in self._questions)
        if is_done or (self._stop_at is not None and now >= self._stop_at):
            self._agent.abandon_all()
            self._learn(is_over=True)

    def _found(self, question: _Question, now: float) -> None:
        finding = question.finding
        assert finding is not None
        is_first = question.sight is self._sights[0]
        if is_first and finding.offer is Offer.NO_ANSWER and self._way.leave_place(now):
            self._questions.clear()
            self.start(now)
            return
        self._learn(of={**self._findings.of, question.sight: finding})
        if is_first and finding.offer is not Offer.NO_ANSWER and finding.status not in (401, 407):
            for sight in self._sights[1:]:
                self._ask(sight, now)
        if len(self._findings.of) == len(self._questions):
            self._stop_at = now + _LEAVE_WITHIN

    def _end(self, question: _Question, now: float) -> None:
        """End what was granted, and ask no more."""
        subscription = question.subscription
        if subscription.may_be_subscribed:
            subscription.unsubscribe(now)
        else:
            subscription.forget()
            question.over_at = now

    def _learn(self, **news: Any) -> None:
        self._findings = replace(self._findings, **news)
        self._events.append(self._findings)
