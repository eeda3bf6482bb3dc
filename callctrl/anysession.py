"""What is the same in every session, whichever phone system it watches a phone at.

It hears the PBX and nobody else, tells how far it has come and what became of that, and ends once.
What is asked of the PBX, and what its answers mean, is for `session` and `bystander`.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import replace

from callctrl.accounts import Account, PbxKind, Policy
from callctrl.calls import (
    Dropped,
    Event,
    Lamp,
    LampChanged,
    SessionChanged,
    SessionState,
    Stopped,
    SubscriptionChanged,
    Trouble,
)
from callctrl.lamps.watching import Lamps
from callctrl.sip import RemoteProtocolError
from callctrl.sip.authenticator import Authenticator, Obstacle
from callctrl.sip.exchange import Outcome
from callctrl.sip.packets import Address, Packet
from callctrl.sip.subscription import Subscription
from callctrl.sip.tokens import Tokens
from callctrl.sip.transaction import ServerTransaction, Timers
from callctrl.sip.useragent import UserAgent
from callctrl.sparing import SparingLog
from callctrl.way import SessionSetup, Way, route_set_of

__all__ = ["LEAVE_WITHIN", "AnySession", "trouble_of"]

_log = logging.getLogger(__name__)

LEAVE_WITHIN = 2.0
"""Seconds at most from leaving to stopped, whether the PBX answers or not."""

_OBSTACLES = {
    Obstacle.UNKNOWN: Trouble.UNKNOWN_PROOF,
    Obstacle.WEAKER: Trouble.WEAKER_PROOF,
    Obstacle.ELSEWHERE: Trouble.ELSEWHERE,
}


def trouble_of(outcome: Outcome) -> Trouble:
    """What a failure means for the session."""
    if outcome.obstacle is not None:
        return _OBSTACLES[outcome.obstacle]
    return Trouble.of(outcome.answered_status)


class AnySession(ABC):
    """The part of an engine that is the same for all."""

    def __init__(
        self,
        account: Account,
        setup: SessionSetup,
        tokens: Tokens,
        *,
        user: str,
        authenticator: Authenticator,
        policy: Policy | None,
        timers: Timers | None,
    ) -> None:
        """`user` is who we are to the PBX, `authenticator` proves it where lamps are asked for.

        The rest is as in `UserAgent`.
        """
        self._policy = policy or Policy()
        self.dropped = Dropped()
        """What came in and came to nothing."""
        self._account = account
        self._events: deque[Event] = deque()
        self._shown = SessionChanged(SessionState.OFFLINE)
        self._complaints = SparingLog(_log)
        self._strangers = SparingLog(_log, most=1)
        self._agent = UserAgent(
            local=setup.local,
            remote=setup.remote,
            contact_user=user,
            product=setup.product,
            tokens=tokens,
            timers=timers,
            route_set=route_set_of(account),
            datagrams_at=setup.datagrams_at,
            # The documented Via has none (S6), and the SPA9000 is in the same building.
            asks_rport=account.kind is PbxKind.SIP,
        )
        self._way = Way(
            self._agent,
            setup,
            user=user,
            host=account.pbx,
            port=account.port or None,
            on_moved=self._forget,
            on_back=self._back,
            on_dead=self._begin_anew,  # what is under way would wait on a dead stream
        )
        self._lamps = Lamps(
            self._agent,
            replace(account, extension=user),
            authenticator,
            lambda lamp, _now: self._events.append(LampChanged(lamp)),
            policy=self._policy,
            on_list_failure=lambda failed, _now: self._events.append(failed),
        )

    # What a person wants

    @property
    def policy(self) -> Policy:
        """What is done where there is a choice; may be replaced while the session runs."""
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._policy = self._lamps.policy = policy

    @property
    def lamps(self) -> tuple[Lamp, ...]:
        """What is known of the colleagues' phones."""
        return tuple(self._lamps.all)

    @property
    def local(self) -> Address:
        """Where we are reached."""
        return self._agent.local

    @property
    def remote(self) -> Address:
        """The place of the PBX that is in use."""
        return self._way.remote

    @property
    def places(self) -> tuple[Address, ...]:
        """All places of the PBX that are known, the best first."""
        return self._way.places

    def hears(self, source: Address) -> bool:
        """Whether what comes from there is read: from the PBX or the phone, at any port."""
        return self._way.hears(source)

    # The engine's verbs

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take one message; whoever is neither the PBX nor the phone is not heard."""
        if self._is_stopped:
            return
        if not self.hears(source):
            self.dropped.strangers += 1
            self._strangers.warning(now, "datagram from %s dropped: neither PBX nor phone", source)
            return
        if self._way.receive_line_ends(data, source):
            return
        try:
            transaction = self._agent.receive(data, source, now)
            if transaction is not None:
                self._answer(transaction, now)
        except RemoteProtocolError as error:
            self.dropped.not_understood += 1
            self._complaints.warning(now, "message from %s not understood: %s", source, error)
        self._go_on_leaving(now)

    def transport_failed(self, remote: Address, error: str, now: float) -> None:
        """Nothing listens at `remote`, or there is no way to it."""
        _log.info("%s: %s", remote, error)
        if not self._is_stopped:
            self._agent.transport_failed(remote, now)
            if remote == self.remote:
                self._lost(now)
            self._go_on_leaving(now)

    def packets_to_send(self) -> list[Packet]:
        """What is to go out, in order."""
        return self._way.packets_to_send() + self._agent.packets_to_send()

    def next_event(self) -> Event | None:
        """The oldest event not yet handed out, or None."""
        return self._events.popleft() if self._events else None

    # What each session does in its own way

    @abstractmethod
    def _answer(self, transaction: ServerTransaction, now: float) -> None:
        """Answer a request; may raise RemoteProtocolError."""

    @abstractmethod
    def _begin_anew(self, now: float) -> None:
        """Ask at once for all there is, whatever was before."""

    @abstractmethod
    def _forget(self, now: float) -> None:
        """Another place of the PBX is asked from now on, which knows of no dialog with us."""

    @abstractmethod
    def _lost(self, now: float) -> None:
        """Nobody is there where the PBX is asked."""

    @abstractmethod
    def _go_on_leaving(self, now: float) -> None:
        """Take the next step to the end, where that was begun and nothing is waited for before."""

    def _back(self, now: float) -> None:
        """The best place answers again: go back."""
        if not self._is_leaving:
            self._way.go_back(now)
            self._begin_anew(now)

    # How far it has come

    @property
    def _is_leaving(self) -> bool:
        return self._shown.state in (SessionState.LEAVING, SessionState.STOPPED)

    @property
    def _is_stopped(self) -> bool:
        return self._shown.state is SessionState.STOPPED

    def _show(
        self,
        state: SessionState,
        trouble: Trouble | None = None,
        status: int | None = None,
        retry_in: float | None = None,
    ) -> None:
        changed = SessionChanged(state, trouble, status, retry_in)
        if changed != self._shown:
            _log.info("session %s -> %s", self._shown.state.value, state.value)
            self._shown = changed
            self._events.append(changed)

    def _show_again(self, state: SessionState) -> None:
        """Show a step to the end, with whatever was wrong before."""
        self._show(state, self._shown.trouble, self._shown.status)

    def _tell_subscription(
        self, subscription: Subscription, status: int | None, granted: float | None
    ) -> None:
        state = subscription.state.name.lower()
        self._events.append(SubscriptionChanged(state, status, granted))

    def _stopped(self) -> None:
        """It is over: told once, and nothing behind it."""
        if not self._is_stopped:
            self._agent.abandon_all()
            self._show_again(SessionState.STOPPED)
            _log.info("%s", self.dropped)
            self._events.append(Stopped())
