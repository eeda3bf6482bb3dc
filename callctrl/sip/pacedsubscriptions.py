"""Hundreds of subscriptions at one server, which neither side notices (RFC 6665).

- They are asked for at a pace, one alone first: its challenge brings the nonce for all others.
- The first refresh of each comes at a random point of its time, so that from then on they are
  spread evenly; what is due within seconds goes together, so that the program sleeps in between.
- A refresh that finds its dialog unknown (481) tells of a server that has restarted: all others are
  refreshed as well. With many subscriptions that is found out within seconds.
- What is refused for good reason is asked for again, but seldom. A server that does not answer is
  asked one thing at a time.
- A NOTIFY finds its subscription by its Call-ID, however many there are.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial

from callctrl.sip.authenticator import Authenticator
from callctrl.sip.backoff import BackOff
from callctrl.sip.deadlines import earliest
from callctrl.sip.exchange import Outcome
from callctrl.sip.inspection import Capabilities
from callctrl.sip.message import Request
from callctrl.sip.pace import Pace
from callctrl.sip.subscription import Ending, Subscription, SubscriptionState
from callctrl.sip.useragent import UserAgent

__all__ = [
    "REFUSING_REASONS",
    "PacedSubscription",
    "PacedSubscriptions",
    "Standing",
    "StandingReceiver",
]

_PER_SECOND = 20
_MOST_UNANSWERED = 20
_LEAVING_PER_SECOND = 400
"""Who leaves has two seconds at most."""
_APART = 6.0
"""Seconds between two refreshes, of all subscriptions together, where enough is granted."""
_SOONEST, _LATEST = 60.0, 1800.0
"""Seconds between which the pause between two refreshes of one lies, however many there are."""
_TOGETHER_WITHIN = 15.0
"""Seconds by which a refresh may come early, to go with another one."""
_FIRST_AFTER = 1.0
"""Seconds for which a new subscription is left alone at least."""
_JITTER = 0.2
"""The part of a pause that chance may take away."""
_RETRIES_PER_SECOND = 2
"""Of what a server fails at that answers all the same."""
_SELDOM = 300.0
"""Seconds after which something refused is asked for again."""
_DOUBTED_AGAIN = 60.0
"""Seconds after which a lost subscription has all others doubted again at the soonest."""
_FULL_STATE_AFTER = 5.0
"""Seconds between two requests for the full state at least."""
_LINGER = 5.0
"""Seconds for which the last NOTIFY of a subscription that has ended is awaited."""
_UNWELL = frozenset({408, 500, 502, 504})
"""Answers that speak of the server and not of what was asked for."""
REFUSING_REASONS = frozenset({"rejected", "noresource"})
"""Reasons of the notifier that speak of what was asked for."""


class Standing(Enum):
    """What became of a subscription."""

    GRANTED = auto()
    REFUSED = auto()
    """By the server: it will not, or knows nothing of whom we ask for."""
    LOST = auto()
    """The server does not answer, has forgotten or ended it, or what it granted has run out."""


StandingReceiver = Callable[[Standing, Outcome | None, float], None]


@dataclass(eq=False, slots=True)
class PacedSubscription:
    """One of many."""

    able: Capabilities
    """With the one event package, and the types of its bodies."""
    on_standing: StandingReceiver
    on_notify: Callable[[Request, float], None]
    rank: int
    subscription: Subscription = field(init=False)
    standing: Standing | None = field(default=None, init=False)
    """None before anything became of it."""
    call_id: str | None = field(default=None, init=False)
    """By which it is found at present."""
    asked_at: float = field(default=float("-inf"), init=False)
    granted_at: float = field(default=float("-inf"), init=False)
    due_at: float | None = field(default=None, init=False)
    """When it gets into the queue; None where it is there, or is being asked for, or never."""
    wake_at: float | None = field(default=None, init=False)
    """When it is looked at next."""
    is_leaving: bool = field(default=False, init=False)

    @property
    def is_told(self) -> bool:
        """Whether what its NOTIFYs say counts: a pending one says nothing true (RFC 6665 4.1.3)."""
        is_pending = self.subscription.state is SubscriptionState.PENDING
        return self.standing is Standing.GRANTED and not is_pending and not self.is_leaving

    @property
    def wants_to_wake_at(self) -> float | None:
        """When it is due, or what was granted runs out."""
        is_granted = self.standing is Standing.GRANTED and not self.is_leaving
        runs_out_at = self.subscription.granted_until if is_granted else None
        if self.due_at is None or runs_out_at is None:
            return self.due_at if runs_out_at is None else runs_out_at
        return min(self.due_at, runs_out_at)


class PacedSubscriptions:
    """Keeps them all. `begin` and `end` say which."""

    def __init__(self, agent: UserAgent, *, from_: str, authenticator: Authenticator) -> None:
        """`from_` is the URI of who subscribes."""
        self._agent = agent
        self._from = from_
        self._authenticator = authenticator
        self._all: dict[PacedSubscription, None] = {}
        self._by_call_id: dict[str, PacedSubscription] = {}
        self._pace: Pace[PacedSubscription] = Pace(
            per_second=_PER_SECOND, most_unanswered=_MOST_UNANSWERED
        )
        self._silence = BackOff(agent.tokens)
        self._silent_until = float("-inf")
        self._doubted_at = float("-inf")
        self._is_gone = False
        """Whether the server is known not to be there, so that nothing is asked."""
        self._wakes: list[tuple[float, int, PacedSubscription]] = []
        """An entry counts while its subscription still says the same."""
        self._wakes_made = 0

    # Which there are

    def begin(
        self,
        able: Capabilities,
        *,
        target: str,
        to: str,
        on_standing: StandingReceiver,
        on_notify: Callable[[Request, float], None],
        rank: int = 0,
        fields: tuple[tuple[str, str], ...] = (),
    ) -> PacedSubscription:
        """Subscribe when its turn comes; those of rank 1 come behind all of rank 0.

        `able` names the event package and the types of its bodies, `target` is the Request-URI,
        `to` is a URI too. `on_standing` hears what becomes of it, with the outcome of the SUBSCRIBE
        where it was that, and `now`; GRANTED comes again with each refresh. `on_notify` is for
        whoever hands out what `receive_notify` took.
        """
        each = PacedSubscription(able, on_standing, on_notify, rank)
        each.subscription = Subscription(
            self._agent,
            event=able.events[0],
            accept=able.accepts,
            target=target,
            from_=self._from,
            to=to,
            authenticator=self._authenticator,
            refresh_within=_LATEST,
            on_answer=partial(self._answered, each),
            on_ended=partial(self._ended, each),
            on_unsubscribed=partial(self._unsubscribed, each),
            fields=fields,
            asks_at_once=False,
        )
        self._all[each] = None
        self._pace.put(each, rank=rank)
        return each

    def end(self, each: PacedSubscription, now: float) -> None:
        """Unsubscribe when its turn comes."""
        if each.is_leaving:
            return
        self._pace.discard(each)
        each.is_leaving = True
        if each.call_id is not None and each.subscription.may_be_subscribed:
            self._wait_until(each, None)
            self._pace.put(each, rank=each.rank)
        else:
            self._remove(each)

    def find(self, request: Request) -> PacedSubscription | None:
        """The one in whose dialog a request of the server comes."""
        each = self._by_call_id.get(request.call_id)
        return each if each is not None and each.subscription.matches(request) else None

    # What happens to all of them

    def doubt(self, now: float) -> None:
        """The server is there, and may have forgotten all of them: refresh them."""
        self._doubted_at = now
        if self._is_gone or self._pace.is_silent:
            self._is_gone = False
            self._ask_anew()
            self._server_is_there()
        for each in self._all:
            if each.standing is Standing.GRANTED and each.due_at is not None:
                self._get_into_queue(each)

    def relocate(self, now: float) -> None:
        """We or the server are elsewhere: refresh all, once one was answered there."""
        self._ask_anew()
        self._silence.reset()
        self._silent_until = now
        self._pace.be_careful(now)

    def forget(self, now: float) -> None:
        """The server is another one, which knows of no dialog with us: ask it for all afresh."""
        self.relocate(now)
        for each in list(self._all):
            each.subscription.forget()
            self._note_call_id(each)
        self._lose_all(now)

    def unreachable(self, now: float) -> None:
        """The server is not there: what it has told is worth nothing until it speaks again.

        Nothing is asked before `doubt`: whoever knows that it is not there finds out when it is.
        """
        if not self._is_gone:
            self._is_gone = True
            self._ask_anew()
        self._lose_all(now)

    def stop(self, now: float) -> None:
        """Leave all; `has_left` tells when that is done. Nobody is left who does not answer."""
        is_there = not (self._is_gone or self._pace.is_silent)
        for each in list(self._all):
            self.end(each, now)
            if not is_there and each in self._all:
                self._remove(each)
        self._pace.hurry(_LEAVING_PER_SECOND)

    @property
    def has_left(self) -> bool:
        """Whether there is nothing left that the server holds for us, as far as we know."""
        return self._pace.is_idle and all(each.is_leaving for each in self._all)

    # The engine's verbs

    def receive_notify(self, each: PacedSubscription, notify: Request, now: float) -> bool:
        """Take a NOTIFY that `find` has found it for; False where a later one has overtaken it."""
        is_news = each.subscription.receive_notify(notify, now)
        self._server_is_there()
        if each.is_leaving:
            if each.subscription.state is SubscriptionState.TERMINATED:
                self._remove(each)
        elif each.subscription.is_accepted:
            if each.standing is not Standing.GRANTED:
                self._stands(each, Standing.GRANTED, None, now)
            latest = each.subscription.next_timeout()
            if each.due_at is not None and latest is not None:
                self._wait_until(each, min(each.due_at, latest))
        return is_news

    def ask_for_full_state(self, each: PacedSubscription, now: float) -> None:
        """Refresh it, since something it has told is missing here (RFC 4235 section 4.3)."""
        if each.due_at is not None:
            self._wait_until(each, min(each.due_at, max(now, each.asked_at + _FULL_STATE_AFTER)))

    def handle_timeout(self, now: float) -> None:
        """Do what is due by `now`."""
        if self._wakes and self._wakes[0][0] <= now:
            while self._wakes and self._is_due(self._wakes[0], now):
                when, _, each = heapq.heappop(self._wakes)
                if each.wake_at == when:
                    each.wake_at = None
                    self._wake(each, now)
        while not self._is_gone and (turn := self._pace.take(now)) is not None:
            self._ask(turn, now)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        while self._wakes and self._wakes[0][2].wake_at != self._wakes[0][0]:
            heapq.heappop(self._wakes)
        wake_at = self._wakes[0][0] if self._wakes else None
        return earliest(wake_at, None if self._is_gone else self._pace.next_timeout())

    # One of them

    def _is_due(self, wake: tuple[float, int, PacedSubscription], now: float) -> bool:
        """Whether it is time, or near enough for a refresh to go with another one."""
        when, _, each = wake
        is_refresh = each.standing is Standing.GRANTED and each.due_at is not None
        return when <= now or (is_refresh and when <= now + _TOGETHER_WITHIN)

    def _wake(self, each: PacedSubscription, now: float) -> None:
        if each.is_leaving:
            self._remove(each)  # its last NOTIFY has not come
            return
        until = each.subscription.granted_until
        if each.standing is Standing.GRANTED and until is not None and until <= now:
            self._stands(each, Standing.LOST, None, now)
        if each.due_at is not None:
            self._get_into_queue(each)

    def _ask(self, each: PacedSubscription, now: float) -> None:
        """Subscribe, refresh or unsubscribe: its turn has come."""
        each.asked_at = now
        if each.is_leaving and not each.subscription.may_be_subscribed:
            self._remove(each)
        elif each.is_leaving:
            each.subscription.unsubscribe(now)
        else:
            each.subscription.subscribe(now)
            if each.subscription.state is SubscriptionState.WAITING:  # no SIP could be made of it
                self._pace.discard(each)
                self._stands(each, Standing.LOST, None, now)
                self._wait_until(each, each.subscription.next_timeout())
        self._note_call_id(each)

    def _answered(
        self, each: PacedSubscription, outcome: Outcome, granted: float | None, now: float
    ) -> None:
        self._note_call_id(each)
        if each.is_leaving:
            return  # what is to be left is seen when its turn comes
        if not outcome.was_answered or outcome.status == 503:
            self._fall_silent(now, outcome)
            self._pace.discard(each)
            self._pace.put(each, rank=each.rank)
            self._tell_if_lost(each, Standing.LOST, outcome, now)
            return
        self._server_is_there()
        self._pace.answered(each)
        if granted is not None:
            is_first = each.standing is not Standing.GRANTED
            each.standing, each.granted_at = Standing.GRANTED, now
            self._wait_until(each, now + self._pause_before_refresh(each, now, is_first=is_first))
            each.on_standing(Standing.GRANTED, outcome, now)
            return
        retry_at = each.subscription.next_timeout() or now
        if outcome.status == 481 and self._is_news_that_it_is_lost(each, now):
            self.doubt(now)
        if outcome.status in _UNWELL:
            self._tell_if_lost(each, Standing.LOST, outcome, now)
            lost = sum(other.standing is Standing.LOST for other in self._all)
            retry_at = max(retry_at, now + self._shortened(lost / _RETRIES_PER_SECOND))
        elif retry_at <= now:  # the refresh met a 481
            self._tell_if_lost(each, Standing.LOST, outcome, now)
        else:
            self._tell_if_lost(each, Standing.REFUSED, outcome, now)
            retry_at = max(retry_at, now + self._shortened(_SELDOM))
        self._wait_until(each, retry_at)

    def _is_news_that_it_is_lost(self, each: PacedSubscription, now: float) -> bool:
        """Whether the server knew it when all were doubted last, if they ever were."""
        was_known = each.standing is Standing.GRANTED and each.granted_at >= self._doubted_at
        return was_known and now >= self._doubted_at + _DOUBTED_AGAIN

    def _tell_if_lost(
        self, each: PacedSubscription, standing: Standing, outcome: Outcome, now: float
    ) -> None:
        """Say so, unless the dialog lives on (RFC 6665 section 4.1.2.2)."""
        if each.subscription.call_id is None:
            self._stands(each, standing, outcome, now)

    def _ended(self, each: PacedSubscription, ending: Ending, now: float) -> None:
        self._note_call_id(each)
        if each.is_leaving:
            return
        self._pace.answered(each)
        is_refused = ending.reason in REFUSING_REASONS
        self._stands(each, Standing.REFUSED if is_refused else Standing.LOST, None, now)
        retry_at = each.subscription.next_timeout()
        if retry_at is None:  # ended for good, which may be allowed some day as a refusal may
            retry_at = now + self._shortened(_SELDOM)
        self._wait_until(each, retry_at)

    def _unsubscribed(self, each: PacedSubscription, now: float) -> None:
        self._pace.discard(each)
        self._wait_until(each, now + _LINGER)

    def _stands(
        self, each: PacedSubscription, standing: Standing, outcome: Outcome | None, now: float
    ) -> None:
        each.standing = standing
        self._wait_until(each, each.due_at)
        each.on_standing(standing, outcome, now)

    def _pause_before_refresh(
        self, each: PacedSubscription, now: float, *, is_first: bool
    ) -> float:
        latest = each.subscription.next_timeout()
        assert latest is not None  # half the time granted
        pause = min(latest - now, max(_SOONEST, _APART * len(self._all)))
        if is_first:
            return max(pause * self._agent.tokens.fraction(), _FIRST_AFTER)
        return self._shortened(pause)

    def _shortened(self, pause: float) -> float:
        return pause * (1 - _JITTER * self._agent.tokens.fraction())

    # The server

    def _server_is_there(self) -> None:
        if self._pace.is_silent:
            self._silence.reset()
            self._pace.heard()

    def _fall_silent(self, now: float, outcome: Outcome | None = None) -> None:
        """Nobody answers. Requests that fail together are one failure."""
        if now >= self._silent_until:
            if outcome is None:
                pause = self._silence.next_pause(was_answered=False)
            else:
                pause = self._silence.pause_after(outcome)
            self._silent_until = now + pause
            self._pace.be_careful(self._silent_until)

    def _lose_all(self, now: float) -> None:
        for each in list(self._all):
            if each.standing is Standing.GRANTED and not each.is_leaving:
                self._stands(each, Standing.LOST, None, now)

    def _ask_anew(self) -> None:
        """Give up what is under way, and ask for all again, each when its turn comes."""
        for each in list(self._all):
            self._pace.discard(each)
            if each.is_leaving:
                self._remove(each)
            else:
                each.subscription.relocate()
                self._get_into_queue(each)

    # Order

    def _get_into_queue(self, each: PacedSubscription) -> None:
        self._wait_until(each, None)
        self._pace.put(each, rank=each.rank)

    def _wait_until(self, each: PacedSubscription, due_at: float | None) -> None:
        each.due_at = due_at
        wake_at = each.wants_to_wake_at
        if wake_at is not None and wake_at != each.wake_at:
            self._wakes_made += 1
            heapq.heappush(self._wakes, (wake_at, self._wakes_made, each))
        each.wake_at = wake_at

    def _note_call_id(self, each: PacedSubscription) -> None:
        call_id = each.subscription.call_id
        if call_id == each.call_id:
            return
        if each.call_id is not None:
            self._by_call_id.pop(each.call_id, None)
        if call_id is not None:
            self._by_call_id[call_id] = each
        each.call_id = call_id

    def _remove(self, each: PacedSubscription) -> None:
        each.subscription.relocate()  # an answer under way no longer counts
        self._pace.discard(each)
        self._all.pop(each, None)
        each.wake_at = None
        if each.call_id is not None:
            self._by_call_id.pop(each.call_id, None)
