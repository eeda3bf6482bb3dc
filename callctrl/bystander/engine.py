"""One phone at any SIP PBX, seen by a bystander: watched by subscriptions, never registered.

Plain SIP tells a third party what a phone does, and lets nobody but its owner steer it. So there is
no REGISTER, which would draw the phone's calls here (`docs/decisions/0022`): the subscription to
the phone's dialogs (RFC 4235) stands in its place. Where it is granted all is well; where it fails
the session is in trouble and asks again. Whether the phone is there at all (`presence`), what waits
in its mailbox (`message-summary`) and what the colleagues do are asked for beside it, and whatever
of these the PBX does not offer is left alone.

An engine in the shape `transport` drives, as `session` is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from callctrl.accounts import Account, Policy, SipTransport
from callctrl.answering import METHODS, Answering, Watch
from callctrl.anysession import LEAVE_WITHIN, AnySession, trouble_of
from callctrl.bystander.aside import Aside
from callctrl.bystander.mailbox import Mailbox
from callctrl.bystander.ownphone import OwnPhone
from callctrl.bystander.placing import Placing
from callctrl.bystander.presence import Presence
from callctrl.calllist import CallList
from callctrl.calls import (
    Ability,
    Action,
    Call,
    CallChanged,
    Command,
    CommandAnswered,
    Dial,
    DialFailure,
    DialProgress,
    DialStage,
    Messages,
    MessagesChanged,
    No,
    PhoneSeen,
    SessionState,
    Trouble,
    Yes,
)
from callctrl.lamps.watching import Lamps
from callctrl.phones import StatusError
from callctrl.phones.generic import GenericPhone
from callctrl.sip.authenticator import Authenticator, Floor
from callctrl.sip.deadlines import earliest
from callctrl.sip.digest import Credentials
from callctrl.sip.exchange import Outcome
from callctrl.sip.headers import Uri
from callctrl.sip.inspection import Capabilities
from callctrl.sip.message import Request
from callctrl.sip.packets import Address
from callctrl.sip.subscription import Ending, Subscription, SubscriptionState
from callctrl.sip.tokens import Tokens
from callctrl.sip.transaction import ServerTransaction, Timers
from callctrl.way import SessionSetup

__all__ = ["Bystander"]

_LAST_REPORT_WITHIN = 0.25
"""Seconds for which the last NOTIFYs are answered, once all is ended (RFC 6665 4.1.2.3)."""
_REFRESH_WITHIN = 60.0
"""Seconds between two questions whether the PBX is there and still watches my phone for us."""
_ASKED_AGAIN = 300.0
"""Seconds after which we ask once more a PBX that has ended its reports on my phone for good."""
_FULL_STATE_AFTER = 5.0
"""Seconds between two requests for the full state at least."""


class Bystander(AnySession):
    """The engine for a phone at any SIP PBX. `start`, `perform` and `stop` steer it."""

    def __init__(
        self,
        account: Account,
        password: str,
        phone: GenericPhone,
        setup: SessionSetup,
        tokens: Tokens,
        *,
        policy: Policy | None = None,
        timers: Timers | None = None,
    ) -> None:
        # One for all: what one subscription learns of the PBX's nonces spares the others a round.
        self._authenticator = Authenticator(
            Credentials(account.extension, password), tokens, Floor()
        )
        super().__init__(
            account,
            setup,
            tokens,
            user=account.extension,
            authenticator=self._authenticator,
            policy=policy,
            timers=timers,
        )
        self._phone = phone
        self._us = str(Uri("sip", account.pbx, account.extension))
        self._subscription = Subscription(
            self._agent,
            event=phone.event,
            accept=phone.accepts,
            target=self._uri_of(account.station),
            from_=self._us,
            to=self._uri_of(account.station),
            authenticator=self._authenticator,
            refresh_within=_REFRESH_WITHIN,
            on_answer=self._answered,
            on_ended=self._ended,
            on_unsubscribed=self._unsubscribed,
        )
        able = Capabilities(METHODS, (phone.event,), phone.accepts)
        self._watch = Watch(able, self._receive_notify, self._read_status)
        presence = Presence(lambda is_there: self._events.append(PhoneSeen(is_there)))
        self._mailbox = Mailbox(
            account.voicemail, lambda messages: self._events.append(MessagesChanged(messages))
        )
        self._asides = (self._aside(presence), self._aside(self._mailbox))
        self._wanted = account.lamps
        """The extensions to watch."""
        self._placing = Placing(
            self._agent,
            phone=self._uri_of(account.station),
            caller=self._us,
            authenticator=self._authenticator,
            uri_of=self._called_uri_of,
            on_stage=self._dial_progressed,
            on_end=self._dial_ended,
        )
        ables = (able, *(aside.watch.able for aside in self._asides), Lamps.able)
        self._answering = Answering(self._agent, _all_of(ables), self._watch_of)
        self._own_phone = OwnPhone(
            phone,
            placed=lambda: self._placing.under_way,
            on_changed=lambda call: self._events.append(CallChanged(call)),
        )
        self._granted_in: str | None = None
        """The Call-ID of the subscription to my phone, as it was last granted."""
        self._call_id = ""
        """Of the subscription that the last report on my phone came in."""
        self._ask_at: float | None = None
        self._full_state_at = float("-inf")
        """When the full state was asked for last, or will be."""
        self._is_owed_reports = False
        """Whether the PBX was asked to end something, and says a last word on that."""
        self._has_left = False
        self._stop_at: float | None = None

    def _aside(self, told: Presence | Mailbox) -> Aside:
        return Aside(
            self._agent,
            Capabilities(METHODS, (told.event,), told.accepts),
            user=self._us,
            target=self._uri_of(self._account.station),
            authenticator=self._authenticator,
            on_report=told.report,
            on_lost=told.lose,
            on_unsubscribed=self._go_on_leaving,
        )

    def _uri_of(self, extension: str) -> str:
        return str(Uri("sip", self._account.pbx, extension, self._account.port or None))

    def _called_uri_of(self, number: str) -> str:
        """Who is wanted, as the phone is told; the port at which we speak TLS is none of its."""
        if self._account.transport is SipTransport.TLS:
            return str(Uri("sip", self._account.pbx, number))
        return self._uri_of(number)

    @property
    def calls(self) -> CallList:
        """The phone's calls, as the PBX reported them."""
        return self._own_phone.calls

    # What a person wants

    def start(self, now: float) -> None:
        """Begin to watch; not with the phone's own account, whose calls would come here."""
        if self._shown.state is not SessionState.OFFLINE:
            return
        if self._account.is_own_phone:
            self._show(SessionState.REFUSED, Trouble.OWN_PHONE)
        else:
            self._show(SessionState.SUBSCRIBING)
            self._lamps.watch(self._wanted, now)
            self._subscription.subscribe(now)

    def ability(self, action: Action, call: Call | None) -> Ability:
        """Whether the phone can be told to do this with that call, or with any."""
        return self._phone.ability(action, call)

    @property
    def phone(self) -> Address | None:
        """Nobody speaks with the phone itself here."""
        return None

    def place_phone(self, phone: Address) -> None:
        """Learn where the phone itself is, which concerns only who steers it."""

    def relocate(
        self,
        local: Address,
        remote: Address,
        now: float,
        *,
        places: tuple[Address, ...] = (),
        datagrams_at: Address | None = None,
    ) -> None:
        """From now on we are reached at `local` and the PBX at `remote`; see `Session.relocate`."""
        if self._is_leaving:
            return
        self._way.relocate(local, remote, places, datagrams_at)
        if self._is_watching:
            self._subscription.relocate()
            for aside in self._asides:
                aside.relocate()
            self._lamps.relocate(now)
            self._placing.unreachable(now)
            self._begin_anew(now)

    def refresh(self, now: float) -> None:
        """See at once whether the PBX is there, rather than when that is due."""
        if self._is_watching:
            self._subscription.subscribe(now)

    def perform(self, command: Command, now: float) -> None:
        """Ask the PBX to act; what comes of it arrives as `CommandAnswered`."""
        ability = self.ability(type(command), None)
        if isinstance(ability, No) or not isinstance(command, Dial):
            impossible = ability if isinstance(ability, No) else None
            self._events.append(CommandAnswered(command, 488, impossible=impossible))
        elif not self._is_watching:
            self._events.append(CommandAnswered(command, 480))
        else:
            self._placing.dial(command, now)

    def watch(self, extensions: Sequence[str], now: float) -> None:
        """Watch the phones of these colleagues too, beside those the account names."""
        self._wanted = (*self._account.lamps, *extensions)
        self._lamps.watch(self._wanted, now)

    @property
    def messages(self) -> Messages | None:
        """What waits in the mailbox; None where the PBX does not tell."""
        return self._mailbox.messages

    def stop(self, now: float) -> None:
        """Leave politely; `Stopped` follows within two seconds."""
        if self._is_leaving:
            return
        self._show_again(SessionState.LEAVING)
        for each in self._subscriptions:
            each.unsubscribe(now)
        self._lamps.stop(now)
        self._placing.cancel(now)
        self._stop_at = now + LEAVE_WITHIN  # not sooner: what ends at once would be taken for all
        self._is_owed_reports = not self._has_ended_all
        self._go_on_leaving(now)

    # The engine's verbs

    def handle_timeout(self, now: float) -> None:
        """Do what is due by `now`."""
        if self._is_stopped:
            return
        self._agent.handle_timeout(now)
        self._placing.handle_timeout(now)
        self._lamps.handle_timeout(now)
        if self._is_leaving:
            self._go_on_leaving(now)
            return
        for each in self._subscriptions:
            each.handle_timeout(now)
        if self._ask_at is not None and now >= self._ask_at:
            self._ask_at = None
            self._subscription.subscribe(now)
        self._way.handle_timeout(
            now, keep_alive=self.policy.keep_alive if self._subscription.is_accepted else 0
        )

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted next, or None when nothing is pending."""
        if self._is_stopped:
            return None
        if self._is_leaving:
            waited_for = [self._stop_at]
        else:
            waited_for = [
                self._way.next_timeout(),
                self._ask_at,
                *[each.next_timeout() for each in self._subscriptions],
            ]
        return earliest(
            self._agent.next_timeout(),
            self._lamps.next_timeout(),
            self._placing.next_timeout(),
            *waited_for,
        )

    # The subscription to my phone, which tells whether the PBX is there

    @property
    def _subscriptions(self) -> tuple[Subscription, ...]:
        return (self._subscription, *(aside.subscription for aside in self._asides))

    @property
    def _is_watching(self) -> bool:
        is_begun = self._shown.state is not SessionState.OFFLINE
        return is_begun and not self._is_leaving and self._shown.trouble is not Trouble.OWN_PHONE

    def _answered(self, outcome: Outcome, granted: float | None, now: float) -> None:
        self._tell_subscription(self._subscription, outcome.answered_status, granted)
        if self._is_leaving:
            return
        if granted is None:
            self._failed(outcome, now)
            return
        if self._granted_in not in (None, self._subscription.call_id):
            self._doubt_the_rest()
        self._granted_in = self._subscription.call_id
        self._way.found_good()
        self._way.watch_best(now)
        self._way.keep_open(self.policy.keep_alive, now)
        self._show(SessionState.READY)
        self._ask_for_the_rest(now)

    def _ask_for_the_rest(self, now: float) -> None:
        """The PBX is there and knows us: see what else it tells."""
        for aside in self._asides:
            aside.begin(now)
        self._lamps.reachable(now)

    def _doubt_the_rest(self) -> None:
        """The PBX knew the dialog no more: it may have restarted, and know of nothing else."""
        for aside in self._asides:
            aside.doubt()
        self._lamps.doubt()

    def _lose_the_rest(self, now: float) -> None:
        """The PBX is not there: ask nothing else until it is."""
        for aside in self._asides:
            aside.lose(now)
        self._lamps.unreachable(now)

    def _failed(self, outcome: Outcome, now: float) -> None:
        self._own_phone.miss()
        is_gone = not outcome.was_answered or outcome.status == 503
        if is_gone:
            self._lose_the_rest(now)
            if self._way.leave_place(now):
                self._begin_anew(now)
                return
        elif outcome.status not in (401, 407):
            self._ask_for_the_rest(now)  # it may offer that all the same
        status, retry_in = outcome.answered_status, self._retry_in(now)
        self._show(SessionState.RETRYING, trouble_of(outcome), status, retry_in)

    def _ended(self, ending: Ending, now: float) -> None:
        self._own_phone.miss()
        self._tell_subscription(self._subscription, None, None)
        if ending.retry_in is None:
            self._ask_at = now + _ASKED_AGAIN
            self._show(SessionState.REFUSED, Trouble.ENDED, retry_in=_ASKED_AGAIN)
        else:
            self._show(SessionState.SUBSCRIBING, retry_in=self._retry_in(now))

    def _lost(self, now: float) -> None:
        """Nobody is there where all seemed well: ask at once, and see whether the PBX is back."""
        self._placing.unreachable(now)
        if not self._is_watching:
            return
        if self._subscription.state is SubscriptionState.WAITING:
            self._lose_the_rest(now)
            return
        self._own_phone.miss()
        pause = self._way.pause_after_loss(now)
        if not pause:
            self._begin_anew(now)
            return
        self._lose_the_rest(now)
        self._subscription.forget()
        self._ask_at = now + pause
        self._show(SessionState.RETRYING, Trouble.NO_ANSWER, None, pause)

    def _begin_anew(self, now: float) -> None:
        self._own_phone.miss()
        self._ask_at = None
        self._show(SessionState.SUBSCRIBING)
        self._subscription.subscribe(now)

    def _forget(self, now: float) -> None:
        """Another place of the PBX knows of no dialog with us."""
        self._subscription.forget()
        for aside in self._asides:
            aside.forget()
        self._lamps.forget(now)

    def _retry_in(self, now: float) -> float | None:
        if self._subscription.state is not SubscriptionState.WAITING:
            return None
        at = self._subscription.next_timeout()
        return None if at is None else round(max(0.0, at - now), 3)

    # Leaving

    def _unsubscribed(self, now: float) -> None:
        self._tell_subscription(self._subscription, None, None)
        self._go_on_leaving(now)

    def _go_on_leaving(self, now: float) -> None:
        """Stop soon where nothing is left to wait for, and in any case where time is up."""
        if not self._is_leaving or self._stop_at is None:
            return
        if self._has_ended_all and not self._has_left:
            self._has_left = True
            pause = _LAST_REPORT_WITHIN if self._is_owed_reports else 0.0
            self._stop_at = min(self._stop_at, now + pause)
        if now >= self._stop_at:
            self._stopped()

    @property
    def _has_ended_all(self) -> bool:
        return (
            self._lamps.has_left
            and self._placing.leaves_nothing
            and not any(each.is_leaving for each in self._subscriptions)
        )

    # What the PBX reports

    def _answer(self, transaction: ServerTransaction, now: float) -> None:
        if not self._placing.answer(transaction, now):
            self._answering.answer(transaction, now)

    def _watch_of(self, request: Request) -> Watch | None:
        if self._subscription.matches(request):
            return self._watch
        for aside in self._asides:
            if aside.subscription.matches(request):
                return aside.watch
        return self._lamps.watch_of(request)

    def _receive_notify(self, notify: Request, now: float) -> bool:
        """Take note of a report on my phone.

        The first of a subscription tells all there is (RFC 4235 section 4.2). kamailio's first has
        no body where it knows of no call.
        """
        if not self._subscription.receive_notify(notify, now):
            return False
        if notify.call_id != self._call_id:
            self._call_id = notify.call_id
            self._own_phone.miss()
            if not notify.body:
                self._own_phone.begin_anew(now)
        return True

    def _read_status(self, notify: Request, now: float) -> None:
        if self._is_stopped:
            return
        try:
            has_all = self._own_phone.report(notify.body, now)
        except StatusError as error:
            self._complaints.warning(now, "status not understood: %s", error)
            return
        if not has_all:
            self._ask_for_full_state(now)

    def _ask_for_full_state(self, now: float) -> None:
        """A refresh brings it (RFC 4235 section 4.3).

        A PBX may count in a way that never fits, and then each answer would be another question.
        """
        if now >= self._full_state_at:
            self._full_state_at = max(now, self._full_state_at + _FULL_STATE_AFTER)
        self._subscription.refresh_by(self._full_state_at)

    # What becomes of the calls that the PBX places

    def _dial_progressed(self, command: Dial, stage: DialStage) -> None:
        self._events.append(DialProgress(command, stage))

    def _dial_ended(
        self, command: Dial, failure: DialFailure | None, status: int, now: float
    ) -> None:
        if failure is None:
            self._phone.dialling = Yes()
        self._events.append(CommandAnswered(command, status, failure))
        if self._placing.under_way is None:
            self._own_phone.settle(now)


def _all_of(ables: Iterable[Capabilities]) -> Capabilities:
    """What all of these say together, as OPTIONS tells it; each once."""
    return Capabilities(
        METHODS,
        tuple(dict.fromkeys(each for able in ables for each in able.events)),
        tuple(dict.fromkeys(each for able in ables for each in able.accepts)),
        tuple(dict.fromkeys(each for able in ables for each in able.extensions)),
    )
