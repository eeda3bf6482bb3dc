"""A subscription to a package of events, kept alive (RFC 6665 section 4.1).

Departures that the SPA9000 asks for, each harmless elsewhere: its 200 has neither Contact nor
Event, and whether a first NOTIFY follows is not known (protocol.md B.5 no. 6, E2), so a 2xx alone
counts as active.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from callctrl.sip import LocalProtocolError
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.backoff import BackOff
from callctrl.sip.dialog import Dialog
from callctrl.sip.exchange import Exchange, Outcome, OutcomeReceiver, Outgoing
from callctrl.sip.headers import NameAddr, Parameters, parse_parameters
from callctrl.sip.message import Request, parse_seconds
from callctrl.sip.useragent import UserAgent

__all__ = ["Ending", "Subscription", "SubscriptionState"]

_log = logging.getLogger(__name__)

_ASKED = 3600
"""Seconds asked for; what the SPA9000 grants (S32)."""
_SHORTEST_REFRESH = 1.0
"""Seconds between two SUBSCRIBEs at least, whatever is granted."""
_ENDED_BY = frozenset({403, 404, 405, 408, 410, 416, *range(480, 486), 489, 501, 604})
"""Answers that end a subscription (RFC 6665 section 4.1.2.2; 403 and 408 by protocol.md B.7)."""
_ENDED_FOR_NOW = frozenset({"deactivated", "timeout"})
"""Reasons of the notifier to ask again at once (RFC 6665 section 4.1.3)."""
_ENDED_FOR_GOOD = frozenset({"rejected", "noresource", "invariant"})
"""Reasons not to ask again."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the notifier ended a subscription."""

    reason: str
    """In lower case, e.g. "probation"; empty where none was given."""
    retry_in: float | None
    """Seconds until it is begun afresh; None where it is not."""


class SubscriptionState(Enum):
    """Where the subscription stands; the names are those of RFC 6665 figure 2 and our own waits.

    [TERMINATED] --ask--> [NOTIFY_WAIT] --granted, notified--> [ACTIVE] <--> [PENDING]
                            ^   ^   |                            ^  |          |
                            |   |   |                    granted |  | half the time
                    ask or  |   |   | failed                     |  v          v
                     pause  |   +---|------ lost (481) ------- [REFRESHING] <--+
                            |       v                            |
                          [WAITING] <----- failed, ended by the notifier, from any

    any --leave--> [UNSUBSCRIBING] --left--> [TERMINATED] <-- ended for good, from any
                          ^                        ^
                   leave  |                        | left
    [NOTIFY_WAIT] --leave, without tag--> [LEAVE_WAIT]
    """

    TERMINATED = auto()
    NOTIFY_WAIT = auto()
    ACTIVE = auto()
    PENDING = auto()
    REFRESHING = auto()
    WAITING = auto()
    LEAVE_WAIT = auto()
    """Only a dialog can be left, and the first SUBSCRIBE is not answered yet."""
    UNSUBSCRIBING = auto()


class _Input(Enum):
    ASK = auto()
    """A SUBSCRIBE goes out: the first one, or one that refreshes."""
    GRANTED = auto()
    SUSPENDED = auto()
    """NOTIFY: the notifier has not decided yet."""
    LOST = auto()
    """481: the notifier knows the dialog no more."""
    POSTPONE = auto()
    END = auto()
    """NOTIFY: the notifier has ended it for good."""
    LEAVE = auto()
    LEAVE_LATER = auto()
    LEFT = auto()


_S = SubscriptionState
_LIVE = {
    _Input.ASK: _S.REFRESHING,
    _Input.GRANTED: _S.ACTIVE,
    _Input.SUSPENDED: _S.PENDING,
    _Input.LOST: _S.NOTIFY_WAIT,
    _Input.POSTPONE: _S.WAITING,
    _Input.END: _S.TERMINATED,
    _Input.LEAVE: _S.UNSUBSCRIBING,
}
_NEXT: dict[SubscriptionState, dict[_Input, SubscriptionState]] = {
    _S.TERMINATED: {_Input.ASK: _S.NOTIFY_WAIT},
    _S.NOTIFY_WAIT: {
        _Input.ASK: _S.NOTIFY_WAIT,
        _Input.GRANTED: _S.ACTIVE,
        _Input.SUSPENDED: _S.PENDING,
        _Input.POSTPONE: _S.WAITING,
        _Input.END: _S.TERMINATED,
        _Input.LEAVE: _S.UNSUBSCRIBING,
        _Input.LEAVE_LATER: _S.LEAVE_WAIT,
    },
    _S.ACTIVE: _LIVE,
    _S.PENDING: _LIVE,
    _S.REFRESHING: _LIVE,
    _S.WAITING: {
        _Input.ASK: _S.NOTIFY_WAIT,
        _Input.POSTPONE: _S.WAITING,
        _Input.END: _S.TERMINATED,
        _Input.LEAVE: _S.UNSUBSCRIBING,
    },
    _S.LEAVE_WAIT: {_Input.LEAVE: _S.UNSUBSCRIBING, _Input.LEFT: _S.TERMINATED},
    _S.UNSUBSCRIBING: {_Input.LEFT: _S.TERMINATED},
}


class Subscription:
    """Keeps one subscription alive: refreshed in its dialog, begun afresh when that is lost."""

    def __init__(
        self,
        agent: UserAgent,
        *,
        event: str,
        accept: tuple[str, ...],
        target: str,
        from_: str,
        to: str,
        authenticator: Authenticator,
        refresh_within: float,
        on_answer: Callable[[Outcome, float | None, float], None],
        on_ended: Callable[[Ending, float], None],
        on_unsubscribed: Callable[[float], None],
        fields: tuple[tuple[str, str], ...] = (),
        asks_at_once: bool = True,
        counts_alone: bool = True,
    ) -> None:
        """`target` is the Request-URI, `from_` and `to` are URIs, `fields` go with every SUBSCRIBE.

        `refresh_within` is the longest pause in seconds between two SUBSCRIBEs, however much is
        granted. A notifier whose NOTIFY got lost drops the subscription without a word (RFC 6665
        section 4.2.2); only asking shows it.
        `on_answer` is called with the outcome of a SUBSCRIBE, the seconds granted where it was
        accepted, and `now`; a 481 is not told, but followed by a fresh SUBSCRIBE, and a 423 by
        one that asks for longer. `on_ended` is called when the notifier ends the subscription.
        Where this is one of many, `asks_at_once` is False: a 481 is told, and the fresh SUBSCRIBE
        then due at once is left to `subscribe`. `counts_alone` is False where a SUBSCRIBE takes its
        number from the counter of the whole program, as at the SPA9000 (protocol.md B.5 no. 5).
        """
        self.state = SubscriptionState.TERMINATED
        self.event = event
        self._agent = agent
        self._accept = ", ".join(accept)
        self._target = target
        self._from = from_
        self._to = to
        self._authenticator = authenticator
        self._refresh_within = refresh_within
        self._backoff = BackOff(agent.tokens)
        self._on_answer = on_answer
        self._on_ended = on_ended
        self._on_unsubscribed = on_unsubscribed
        self._fields = fields
        self._asks_at_once = asks_at_once
        self._counts_alone = counts_alone
        self.granted_until: float | None = None
        """When what was granted runs out, as far as the notifier has told; None before it has."""
        self._dialog: Dialog | None = None
        self._asked = _ASKED
        self._may_ask_longer = True
        """Whether a 423 is still to be answered: once each time is enough."""
        self._exchange: Exchange | None = None
        self._ask_at: float | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the notifier has taken the subscription, and has not ended it."""
        return self.state in (_S.ACTIVE, _S.PENDING, _S.REFRESHING)

    @property
    def is_leaving(self) -> bool:
        """Whether its end has been asked for and is not answered yet."""
        return self.state in (_S.LEAVE_WAIT, _S.UNSUBSCRIBING)

    @property
    def call_id(self) -> str | None:
        """What names the dialog, or None where there is none."""
        return self._dialog.call_id if self._dialog is not None else None

    @property
    def is_refreshable(self) -> bool:
        """Whether the next SUBSCRIBE goes into a dialog that the notifier knows, or has known."""
        has_dialog = self._dialog is not None and self._dialog.is_confirmed
        return has_dialog and self.may_be_subscribed

    @property
    def may_be_subscribed(self) -> bool:
        """Whether the notifier may hold a subscription of ours, so that leaving must end it."""
        if self.state is _S.WAITING:
            return self._dialog is not None  # a refresh failed, and what was granted lives on
        return self.is_accepted or self.state is _S.NOTIFY_WAIT

    def subscribe(self, now: float) -> None:
        """Subscribe, or refresh what there is; an older SUBSCRIBE under way no longer counts."""
        if self.state is _S.TERMINATED:
            self._dialog = None
        if self._step(_Input.ASK):
            self._may_ask_longer = True
            self._ask(now)

    def refresh_by(self, when: float) -> None:
        """Refresh no later than that, where there is something to refresh."""
        if self.is_accepted:
            self._ask_at = when if self._ask_at is None else min(self._ask_at, when)

    def relocate(self) -> None:
        """Wait for the next `subscribe`, which tells the notifier our new contact.

        An answer to what is under way would come to where we no longer are.
        """
        self._ask_at = None
        if self._exchange is not None:
            self._exchange.abandon()
            self._exchange = None

    def forget(self) -> None:
        """Give the subscription up without asking again by itself."""
        if self._step(_Input.POSTPONE):
            self._lose_dialog()

    def unsubscribe(self, now: float) -> None:
        """End the subscription (section 4.1.2.3).

        A first SUBSCRIBE that is under way has no dialog yet. It is waited for: without the
        notifier's tag an Expires of 0 would begin a second one. Where its answer is no longer to be
        had, behind `relocate`, it is left to lapse.
        """
        if not self.may_be_subscribed:
            return
        is_first = self._dialog is not None and not self._dialog.is_confirmed
        if self.state is _S.NOTIFY_WAIT and is_first:
            self._step(_Input.LEAVE_LATER)
            if self._exchange is None:
                self._leave(now)
            else:
                self._exchange.send_no_more()
        elif self._step(_Input.LEAVE):
            self._send(0, self._left, now)

    def handle_timeout(self, now: float) -> None:
        """Send the SUBSCRIBE that is due by `now`."""
        if self._ask_at is not None and now >= self._ask_at:
            self.subscribe(now)

    def next_timeout(self) -> float | None:
        """When the next SUBSCRIBE is due, or None."""
        return self._ask_at

    def matches(self, notify: Request) -> bool:
        """Whether a NOTIFY comes in this subscription's dialog."""
        return self._dialog is not None and self._dialog.matches(notify)

    def receive_notify(self, notify: Request, now: float) -> bool:
        """Take a NOTIFY that `matches`; False where a later one has overtaken it.

        Subscription-State may be missing, as in the SPA9000's own NOTIFYs (protocol.md F.2).
        """
        assert self._dialog is not None
        if not self._dialog.accept(notify):
            return False
        value, _, rest = (notify.headers.get("Subscription-State") or "").partition(";")
        parameters = parse_parameters(rest)
        expires = parse_seconds(parameters.get("expires"))
        match value.strip().lower():
            case "active":
                self._renew(_Input.GRANTED, expires, now)
            case "pending":
                self._renew(_Input.SUSPENDED, expires, now)
            case "terminated" if self.may_be_subscribed:
                self._lose_dialog()
                self._on_ended(self._end(parameters, now), now)
            case "terminated" if self.state is _S.LEAVE_WAIT:
                self._lose_dialog()
                self._leave(now)
        if self.state is _S.LEAVE_WAIT and self._step(_Input.LEAVE):
            self._send(0, self._left, now)  # now there is a dialog to leave
        return True

    def _end(self, parameters: Parameters, now: float) -> Ending:
        """What the notifier's reason asks for (section 4.1.3); one we do not know is none."""
        reason = (parameters.get("reason") or "").lower()
        _log.info("the notifier has ended the subscription: %r", reason[:40])
        if reason in _ENDED_FOR_GOOD:
            self._step(_Input.END)
            return Ending(reason, None)
        if reason in _ENDED_FOR_NOW:
            pause = self._backoff.no_pause_at_first()
        else:
            wanted = parse_seconds(parameters.get("retry-after")) or 0
            pause = self._backoff.next_pause(wanted=wanted)
        self._retry_later(now, pause)
        return Ending(reason, pause)

    def _renew(self, what: _Input, seconds: int | None, now: float) -> None:
        """Note how long the subscription lives on.

        A NOTIFY may shorten the time to the next refresh, but never put it off: each one counts
        down what is left, so half of that would come ever later.
        """
        ask_at = self._ask_at
        if seconds is not None:
            self.granted_until = now + seconds
            ask_in = max(min(seconds / 2, self._refresh_within), _SHORTEST_REFRESH)
            ask_at = now + ask_in if ask_at is None else min(ask_at, now + ask_in)
        self._step(what, ask_at)

    def _retry_later(self, now: float, pause: float) -> None:
        """Subscribe after a pause."""
        self._step(_Input.POSTPONE, now + pause)

    def _lose_dialog(self) -> None:
        """Whatever comes next begins afresh; an answer under way no longer counts."""
        self._dialog = None
        if self._exchange is not None:
            self._exchange.abandon()

    def _step(self, what: _Input, ask_at: float | None = None) -> bool:
        """Move, if the table allows it, and note when to ask next; whether it did."""
        target = _NEXT[self.state].get(what)
        if target is None:
            return False
        if target is not self.state:
            _log.debug("subscription %s -> %s", self.state.name, target.name)
            self.state = target
        self._ask_at = ask_at
        return True

    def _ask(self, now: float) -> None:
        self._send(self._asked, self._answered, now)

    def _send(self, expires: int, on_outcome: OutcomeReceiver, now: float) -> None:
        if self._dialog is None:
            local = NameAddr(self._from, parameters={"tag": self._agent.tokens.tag()})
            self._dialog = Dialog(
                self._agent.tokens.call_id(), local, NameAddr(self._to), self._target
            )
        dialog = self._dialog
        uri, route_set = dialog.way
        outgoing = Outgoing(
            method="SUBSCRIBE",
            uri=uri,
            from_=dialog.local,
            to=dialog.remote,
            call_id=dialog.call_id,
            before_length=(
                ("Event", self.event),
                ("Accept", self._accept),
                ("Expires", str(expires)),
                *self._fields,
            ),
            route_set=route_set,
            number=dialog.next_number if self._counts_alone else None,
        )
        if self._exchange is not None:
            self._exchange.abandon()
        try:
            self._exchange = self._agent.request(outgoing, self._authenticator, on_outcome, now)
        except LocalProtocolError as error:
            # What the notifier says of itself, its Contact or tag, may be no SIP.
            _log.warning("the subscription cannot be kept: %s", error)
            self._lose_dialog()
            if self.state is _S.UNSUBSCRIBING:
                self._leave(now)
            else:
                self._retry_later(now, self._backoff.next_pause())

    def _leave(self, now: float) -> None:
        self._step(_Input.LEFT)  # the dialog stays known: its last NOTIFY is yet to come
        self._on_unsubscribed(now)

    def _left(self, _outcome: Outcome, now: float) -> None:
        self._leave(now)

    def _answered(self, outcome: Outcome, now: float) -> None:
        assert self._dialog is not None  # who loses it abandons the exchange as well
        if self.state is _S.LEAVE_WAIT:
            if outcome.is_success:
                self._dialog.confirm(outcome.response)
            if self._dialog.is_confirmed and self._step(_Input.LEAVE):
                self._send(0, self._left, now)
            else:
                self._leave(now)
            return
        longer = outcome.expires_instead_of(self._asked)
        if longer is not None and self._may_ask_longer:
            self._asked, self._may_ask_longer = longer, False
            self._ask(now)
            return
        granted = self._granted(outcome)
        if granted:
            self._dialog.confirm(outcome.response)
            if self.state is _S.REFRESHING:
                # Not before it has lasted: some notifiers grant and end, grant and end.
                self._backoff.reset()
            # Only a NOTIFY tells that a pending subscription has become active.
            is_pending = self.state is _S.PENDING
            self._renew(_Input.SUSPENDED if is_pending else _Input.GRANTED, granted, now)
            self._on_answer(outcome, granted, now)
            return
        if outcome.status == 481 and _Input.LOST in _NEXT[self.state]:
            self._lose_dialog()
            if self._asks_at_once:
                self._step(_Input.LOST)
                self._ask(now)
            else:
                self._retry_later(now, 0.0)
                self._on_answer(outcome, None, now)
            return
        is_left_alone = (
            self._dialog.is_confirmed
            and outcome.was_answered
            and not outcome.is_success  # granted for no time
            and outcome.status not in _ENDED_BY
        )
        if not is_left_alone:
            self._lose_dialog()
        self._retry_later(now, self._backoff.pause_after(outcome))
        self._on_answer(outcome, None, now)

    def _granted(self, outcome: Outcome) -> int:
        """Seconds granted, 0 where nothing was; who does not say grants what was asked."""
        if not outcome.is_success:
            return 0
        expires = outcome.response.expires
        return self._asked if expires is None else expires
