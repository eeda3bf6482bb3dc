"""One phone under control: register, subscribe, follow its calls, obey, leave.

The documented conversation (KB50059) as a policy over the SIP machines below:

- Every REGISTER round that was answered is followed at once by SUBSCRIBE, whatever the answer
  was (S27); a quiet refresh, unchallenged and accepted, is not.
- 401 is retried with growing pauses, without end (S24).
- What the notifier has ended for good (RFC 6665 section 4.1.3) is not asked for again until the
  registration has failed, and so may be another one.
- 403 to the SUBSCRIBE behind a REGISTER round ends the session (S36, S37), unless the policy is
  to stay open, or the PBX was not well enough to register anybody. 403 to anything else may only
  mean that the PBX has rebooted and forgotten us: one fresh round decides (E21).
- Leaving is polite and short: unsubscribe, unregister, at most two seconds.

An engine in the shape `transport` drives: bytes, commands and `now` in; packets, events and
the next deadline out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto

from callctrl.absence import Absence
from callctrl.accounts import Account, ControlPath, Policy
from callctrl.answering import METHODS, Answering, Watch, event_of
from callctrl.anysession import LEAVE_WITHIN, AnySession, trouble_of
from callctrl.calllist import CallList
from callctrl.calls import (
    Ability,
    Action,
    Call,
    CallChanged,
    CallState,
    Command,
    CommandAnswered,
    Messages,
    PhoneRestarted,
    Refused,
    RegistrationChanged,
    SessionState,
    Trouble,
)
from callctrl.commands import Commands
from callctrl.phones import Phone, StatusError
from callctrl.sip import RemoteProtocolError
from callctrl.sip.authenticator import Authenticator, Floor
from callctrl.sip.deadlines import earliest
from callctrl.sip.digest import Credentials
from callctrl.sip.exchange import Outcome
from callctrl.sip.headers import Uri
from callctrl.sip.inspection import Capabilities
from callctrl.sip.message import Request
from callctrl.sip.packets import Address
from callctrl.sip.registration import Registration, RegistrationState, Round
from callctrl.sip.subscription import Ending, Subscription, SubscriptionState
from callctrl.sip.tokens import Tokens
from callctrl.sip.transaction import ServerTransaction, Timers
from callctrl.way import SessionSetup

__all__ = ["Session"]

_UNSUBSCRIBE_WITHIN = 1.0
"""Seconds to wait for the answer to the unsubscribe before unregistering all the same."""

_REFRESH_WITHIN = 60.0
"""Seconds after which a subscription that died in silence is found out and begun afresh."""

_UNWELL = frozenset({408, *range(500, 600)})
"""Answers that speak of the PBX and not of us (RFC 3261 section 21.5)."""

_STATUS_SOURCE = "SPA-STATUS"
"""The documented name of the part that watches the phone."""


class _Forbidden(Enum):
    """What a 403 to the SUBSCRIBE under way means."""

    END = auto()
    """It begins afresh behind a REGISTER round: the PBX will not have us (S36)."""
    DOUBT = auto()
    """The PBX may have rebooted and forgotten us, dialog and all: one fresh round decides (E21)."""
    UNREGISTERED = auto()
    """The PBX could not take the last REGISTER: no more than that we have no binding."""


class Session(AnySession):
    """The engine of the product. `start`, `perform` and `stop` steer it."""

    def __init__(
        self,
        account: Account,
        password: str,
        phone: Phone,
        setup: SessionSetup,
        tokens: Tokens,
        *,
        policy: Policy | None = None,
        timers: Timers | None = None,
    ) -> None:
        credentials = Credentials(account.extension, password)
        floor = Floor()
        super().__init__(
            account,
            setup,
            tokens,
            user=account.computer,
            # Who is not named is not asked for: nobody has seen a SPA9000 tell of other phones.
            authenticator=Authenticator(credentials, tokens, floor),
            policy=policy,
            timers=timers,
        )
        self._phone = phone
        self.calls = CallList()
        # A phone that takes orders itself is another server, and may ask for something else.
        is_direct = account.control is ControlPath.PHONE
        self._commands = Commands(
            self._agent,
            account,
            phone,
            Authenticator(credentials, tokens, None if is_direct else floor),
            free_call_id=self._free_call_id,
            on_answer=self._events.append,
            on_forbidden=self._command_forbidden,
        )
        self._commands.phone_at = setup.phone
        self._registration = Registration(
            self._agent,
            user=account.computer,
            host=account.pbx,
            port=account.port or None,
            authenticator=Authenticator(credentials, tokens, floor),
            on_round=self._register_round_ended,
            on_unregistered=self._unregistered,
        )
        station = Uri("sip", account.pbx, account.station)
        self._subscription = Subscription(
            self._agent,
            event=phone.event,
            accept=phone.accepts,
            target=str(replace(station, port=account.port or None)),
            from_=str(Uri("sip", account.pbx, account.computer)),
            to=str(station),
            authenticator=Authenticator(credentials, tokens, floor),
            refresh_within=_REFRESH_WITHIN,
            on_answer=self._subscribe_answered,
            on_ended=self._subscription_ended,
            on_unsubscribed=self._unsubscribed,
            counts_alone=False,
        )
        able = Capabilities(METHODS, (phone.event,), phone.accepts)
        self._answering = Answering(self._agent, able, self._watch_of)
        self._watch = Watch(able, self._subscription.receive_notify, self._read_status)
        self._unasked = Watch(able, lambda _notify, _now: True, self._read_status)
        self._phone_names = {account.station.lower(), account.extension.lower()}
        self._must_subscribe = True
        """The PBX may have no subscription of ours: the next good round must be followed by one."""
        self._forbidden_means = _Forbidden.DOUBT
        self._is_given_up = False
        """The notifier has ended the subscription for good."""
        self._absence = Absence()
        self._subscribed_as: str | None = None
        """The Call-ID of the subscription that was accepted last."""
        self._unregister_at: float | None = None
        self._stop_at: float | None = None

    # What a person wants

    def start(self, now: float) -> None:
        """Begin to register."""
        if self._shown.state is SessionState.OFFLINE:
            self._lamps.watch(self._account.lamps, now)
            self._show(SessionState.REGISTERING)
            self._registration.register(now)

    def ability(self, action: Action, call: Call | None) -> Ability:
        """Whether the phone can be told to do this with that call, or with any."""
        return self._phone.ability(action, call)

    @property
    def phone(self) -> Address | None:
        """The phone itself, where it is known."""
        return self._commands.phone_at

    def relocate(
        self,
        local: Address,
        remote: Address,
        now: float,
        *,
        places: tuple[Address, ...] = (),
        datagrams_at: Address | None = None,
    ) -> None:
        """From now on we are reached at `local` and the PBX at `remote`; either may be unchanged.

        `places` are all those of the PBX; without them those known stay, where `remote` is one.
        `datagrams_at` is our end for datagrams, where `local` is that of a stream and both moved.
        We register anew at once and withdraw what was bound before, and subscribe again in the
        dialog there is, which tells the new contact (RFC 3261 section 12.2.1.1). Nothing moves any
        more once we leave.
        """
        if self._is_leaving:
            return
        is_news = self._way.relocate(local, remote, places, datagrams_at)
        if is_news:  # a stream that was opened once more is no reason to hope
            self._registration.settle()
        if self._shown.state is not SessionState.OFFLINE:
            self._subscription.relocate()
            self._lamps.relocate(now)
            self._begin_anew(now)

    def refresh(self, now: float) -> None:
        """See at once whether the PBX is there, rather than when that is due."""
        if self._shown.state is not SessionState.OFFLINE and not self._is_leaving:
            self._registration.register(now)

    def place_phone(self, phone: Address) -> None:
        """The phone itself is found at `phone`."""
        self._commands.phone_at = phone
        self._way.trust_phone(phone)

    def watch(self, extensions: Sequence[str], now: float) -> None:
        """Watch the phones of people whom the account does not name: no SPA9000 tells of them."""

    @property
    def messages(self) -> Messages | None:
        """What waits in the mailbox: no SPA9000 tells of it."""
        return None

    def perform(self, command: Command, now: float) -> None:
        """Ask the phone to act; what comes of it arrives as `CommandAnswered`."""
        is_way = self._commands.is_direct or self._registration.is_bound(now)
        if self._is_leaving or not is_way:
            self._events.append(CommandAnswered(command, 480))
        else:
            self._commands.perform(command, now)

    def stop(self, now: float) -> None:
        """Leave politely; `Stopped` follows within two seconds."""
        if self._is_leaving:
            return
        self._show_again(SessionState.LEAVING)
        self._stop_at = now + LEAVE_WITHIN
        self._unregister_at = now + _UNSUBSCRIBE_WITHIN
        self._lamps.stop(now)
        self._subscription.unsubscribe(now)
        self._go_on_leaving(now)

    # The engine's verbs

    def handle_timeout(self, now: float) -> None:
        """Do what is due by `now`."""
        if self._is_stopped:
            return
        self._agent.handle_timeout(now)
        if self._is_leaving:
            self._lamps.handle_timeout(now)
            self._go_on_leaving(now)
            if self._stop_at is not None and now >= self._stop_at:
                self._stopped()
        else:
            self._registration.handle_timeout(now)
            self._subscription.handle_timeout(now)
            self._lamps.handle_timeout(now)
            is_bound = self._registration.is_bound(now)
            self._way.handle_timeout(now, keep_alive=self.policy.keep_alive if is_bound else 0)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted next, or None when nothing is pending."""
        if self._is_stopped:
            return None
        if self._is_leaving:
            return earliest(
                self._agent.next_timeout(),
                self._lamps.next_timeout(),
                self._unregister_at,
                self._stop_at,
            )
        return earliest(
            self._agent.next_timeout(),
            self._registration.next_timeout(),
            self._subscription.next_timeout(),
            self._lamps.next_timeout(),
            self._way.next_timeout(),
        )

    # REGISTER and SUBSCRIBE rounds

    @property
    def _is_registered(self) -> bool:
        return self._registration.state in (
            RegistrationState.REGISTERED,
            RegistrationState.REGISTERING,
        )

    def _register_round_ended(self, round_: Round, now: float) -> None:
        outcome = round_.outcome
        self._events.append(
            RegistrationChanged(
                self._registration.state.name.lower(),
                outcome.answered_status,
                round_.granted,
                outcome.was_challenged,
            )
        )
        if self._is_leaving:
            return  # nothing is built on it any more, and leaving has a clock of its own
        if not _has_failed(outcome):
            self._way.watch_best(now)
        elif self._fail_over(now):
            return
        if round_.granted is None:
            self._must_subscribe = True
            self._is_given_up = False
            self._show_trouble(outcome, now)
        if not outcome.was_answered:
            return  # no SUBSCRIBE into an empty line; the next round comes after a pause
        if round_.granted is not None:
            self._way.keep_open(self.policy.keep_alive, now)
        if self._is_given_up:
            self._commands.give_up()
            return
        if round_.granted is not None and not outcome.was_challenged and not self._must_subscribe:
            return  # a quiet refresh
        # A new challenge may come from a rebooted PBX, which has forgotten the subscription.
        if self._shown.state is SessionState.REGISTERING:
            self._show(SessionState.SUBSCRIBING)
        if outcome.status in _UNWELL:
            self._forbidden_means = _Forbidden.UNREGISTERED
        elif self._subscription.is_refreshable:
            self._forbidden_means = _Forbidden.DOUBT
        else:
            self._forbidden_means = _Forbidden.END
        self._subscription.subscribe(now)

    def _forget(self, now: float) -> None:
        """Another place of the PBX knows of no dialog with us."""
        self._subscription.forget()
        self._lamps.forget(now)

    def _begin_anew(self, now: float) -> None:
        """Register at once, and subscribe behind it whatever was before."""
        self._must_subscribe = True
        self._forbidden_means = _Forbidden.DOUBT
        self._is_given_up = False
        self._show(SessionState.REGISTERING)
        self._registration.relocate(now)

    def _lost(self, now: float) -> None:
        """Nobody is there where all seemed well: ask at once, and see whether the PBX is back.

        One that has restarted knows us no more. A round under way finds out by itself.
        """
        if self._registration.state is not RegistrationState.REGISTERED or self._is_leaving:
            return
        pause = self._way.pause_after_loss(now)
        if not pause:
            self._begin_anew(now)
            return
        self._must_subscribe = True
        self._is_given_up = False
        self._registration.postpone(now + pause)
        self._show(SessionState.RETRYING, Trouble.NO_ANSWER, None, self._retry_in(now))

    def _fail_over(self, now: float) -> bool:
        """Go on at the next place, where one is left to be tried."""
        has_next = self._way.leave_place(now)
        if has_next:
            self._begin_anew(now)
        return has_next

    def _subscribe_answered(self, outcome: Outcome, granted: float | None, now: float) -> None:
        forbidden_means = self._forbidden_means
        if forbidden_means is _Forbidden.END:
            self._forbidden_means = _Forbidden.DOUBT  # it speaks of the answer to this round alone
        if outcome.status == 403:
            self._subscription.forget()
        self._tell_subscription(self._subscription, outcome.answered_status, granted)
        if granted is not None:
            was_away = self._must_subscribe or self._subscription.call_id != self._subscribed_as
            self._subscribed_as = self._subscription.call_id
            self._absence.subscribed(now, was_away=was_away)
            # Behind a refused round it may be welcome too, while the binding of before lasts.
            if self._is_registered:
                self._must_subscribe = False
                self._ready(now)
        elif outcome.status != 403:
            self._must_subscribe = True
            remote = self.remote
            if _has_failed(outcome) and self._fail_over(now):
                return
            if self.remote != remote:  # back at the first place, where we must register before
                self._registration.retry_later(now, outcome)
            self._show_trouble(outcome, now)
        elif forbidden_means is _Forbidden.UNREGISTERED:
            self._must_subscribe = True  # behind the next round, which comes after its pause
        elif forbidden_means is _Forbidden.DOUBT:
            self._recover(now)
        elif not self.policy.stay_open:
            self._refuse(outcome, now)
        else:
            if self._is_registered:
                self._registration.retry_later(now, outcome)
            self._must_subscribe = True
            self._show_trouble(outcome, now)

    def _subscription_ended(self, ending: Ending, now: float) -> None:
        self._tell_subscription(self._subscription, None, None)
        if ending.retry_in is None:
            self._is_given_up = True
            self._commands.give_up()
            self._show(SessionState.REFUSED, Trouble.ENDED)
        else:
            self._show(SessionState.SUBSCRIBING, retry_in=self._retry_in(now))

    def _ready(self, now: float) -> None:
        self._registration.settle()
        self._way.found_good()
        self._show(SessionState.READY)
        self._commands.give_again(now)
        self._lamps.reachable(now)

    def _recover(self, now: float) -> None:
        """Let one fresh round decide what a 403 meant (E21)."""
        self._must_subscribe = True
        self._registration.register(now)

    def _refuse(self, outcome: Outcome, now: float) -> None:
        status, reason = outcome.status, outcome.response.reason or "Forbidden"
        self._commands.give_up()
        self._show(SessionState.REFUSED, Trouble.FORBIDDEN, status)
        self._events.append(Refused(status, reason, _STATUS_SOURCE))
        self.stop(now)

    def _show_trouble(self, outcome: Outcome, now: float) -> None:
        status = outcome.answered_status
        self._commands.give_up()
        if status is None:
            self._lamps.unreachable(now)
        self._show(SessionState.RETRYING, trouble_of(outcome), status, self._retry_in(now))

    def _retry_in(self, now: float) -> float | None:
        """Seconds until the next try of whatever has failed; None where none is planned."""
        instants = []
        if self._registration.state is RegistrationState.WAITING:
            instants.append(self._registration.next_timeout())
        if self._subscription.state is SubscriptionState.WAITING:
            instants.append(self._subscription.next_timeout())
        waits = [round(max(0.0, at - now), 3) for at in instants if at is not None]
        return min(waits, default=None)

    # Leaving

    def _unsubscribed(self, now: float) -> None:
        self._tell_subscription(self._subscription, None, None)
        self._go_on_leaving(now)

    def _go_on_leaving(self, now: float) -> None:
        """Unregister behind all else, as the PBX may take no other word from a stranger."""
        if self._unregister_at is None:
            return
        has_left = self._lamps.has_left and not self._subscription.is_leaving
        if not has_left and now < self._unregister_at:
            return
        self._unregister_at = None
        if self._registration.may_be_bound(now):
            self._registration.unregister(now)
        else:
            self._stopped()

    def _unregistered(self, now: float) -> None:
        self._events.append(RegistrationChanged(self._registration.state.name.lower()))
        self._stopped()

    def _stopped(self) -> None:
        self._commands.end()
        super()._stopped()

    # What the phone reports

    def _answer(self, transaction: ServerTransaction, now: float) -> None:
        self._answering.answer(transaction, now)

    def _watch_of(self, request: Request) -> Watch | None:
        """Whose a request is: of our dialog, or a report that the phone sends unasked.

        The SPA9000's own NOTIFYs may come with a foreign Call-ID, no To tag and no
        Subscription-State (protocol.md B.5 no. 9), so the event and the station decide.
        """
        if self._subscription.matches(request):
            return self._watch
        if self._is_unasked_report(request):
            return self._unasked
        return self._lamps.watch_of(request)

    def _is_unasked_report(self, notify: Request) -> bool:
        """Whether a NOTIFY outside any dialog speaks of the phone we control.

        `P-Station-Name: FrontDesk ;mac=…` names the phone; without it the sender's user part may.
        """
        if notify.to_tag is not None or event_of(notify) != self._phone.event:
            return False
        name = (notify.headers.get("P-Station-Name") or "").partition(";")[0].strip()
        if not name:
            try:
                name = Uri.parse(notify.from_.uri).user
            except RemoteProtocolError:
                return False
        return name.lower() in self._phone_names

    def _read_status(self, notify: Request, now: float) -> None:
        if self._is_stopped:
            return  # the NOTIFY that brought it was the last thing waited for
        try:
            reports = self._phone.read_status(notify.body)
        except StatusError as error:
            self._complaints.warning(now, "status not understood: %s", error)
            return
        is_picture = self._absence.reported(now) and self.policy.believe_picture
        if self.policy.notice_restart:
            forgotten = _ended_away(self.calls.forget_if_restarted(reports, now))
            self._events.extend(CallChanged(call) for call in forgotten)
            if forgotten:
                self._events.append(PhoneRestarted(tuple(forgotten)))
        changed = self.calls.end_unnamed(reports, now) if is_picture else []
        for report in reports:
            changed += self.calls.apply(report, now)
        if is_picture:
            changed = _ended_away(changed)
        self._events.extend(CallChanged(call) for call in changed)

    # What comes of commands

    def _command_forbidden(self, now: float) -> bool:
        """Let one fresh round decide what the 403 meant, unless we leave."""
        if self._is_leaving:
            return False
        self._recover(now)
        return True

    def _free_call_id(self) -> str:
        """The lowest call number that no call has (E10)."""
        number = 1
        while self.calls.get(str(number)) is not None:
            number += 1
        return str(number)


def _has_failed(outcome: Outcome) -> bool:
    """Whether this place of the PBX is of no use just now (RFC 3263 section 4.3)."""
    return not outcome.was_answered or outcome.status == 503


def _ended_away(calls: list[Call]) -> list[Call]:
    """The calls, those that are over marked as ended at a time that nobody knows."""
    return [replace(call, ended_away=call.state is CallState.ENDED) for call in calls]
