"""A binding at the registrar, kept alive (RFC 3261 section 10.2).

Each round is one REGISTER and the answers to its challenges. A binding is renewed after half the
time the registrar granted: the SPA9000 grants 60 s where 3600 s were asked (protocol.md S21), and
half leaves room for a lost round. A failed round is repeated after a growing pause, for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto

from callctrl.sip import RemoteProtocolError
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.backoff import BackOff
from callctrl.sip.exchange import Exchange, Outcome, Outgoing
from callctrl.sip.headers import NameAddr, Uri
from callctrl.sip.message import Response, parse_seconds
from callctrl.sip.useragent import UserAgent

__all__ = ["Registration", "RegistrationState", "Round"]

_log = logging.getLogger(__name__)

_ASKED = 3600
"""Seconds asked for, as the documented program does (S12)."""
_SHORTEST_REFRESH = 1.0
"""Seconds between rounds at least, whatever is granted."""
_MOST_OUTLIVED = 3
"""So many contacts of ours are remembered, beside the newest, until they can be withdrawn."""


class RegistrationState(Enum):
    """Where the binding stands.

    [UNREGISTERED] --ask--> [REGISTERING] --granted--> [REGISTERED]
                              ^   |   ^                  |     |
                       ask or |   |   +-- half the time -+     |
                        pause |   | failed                     | postponed
                              |   v                            |
                            [WAITING] <------------------------+

    these three --move--> [REGISTERING]
    any --leave--> [UNREGISTERING] --left--> [UNREGISTERED]
    """

    UNREGISTERED = auto()
    REGISTERING = auto()
    REGISTERED = auto()
    WAITING = auto()
    UNREGISTERING = auto()


class _Input(Enum):
    ASK = auto()
    GRANTED = auto()
    POSTPONE = auto()
    """A round failed, or what is built on it: the next one comes after a pause."""
    MOVE = auto()
    """We or the registrar are elsewhere now: a round under way no longer counts."""
    LEAVE = auto()
    LEFT = auto()


_S = RegistrationState
_NEXT: dict[RegistrationState, dict[_Input, RegistrationState]] = {
    _S.UNREGISTERED: {_Input.ASK: _S.REGISTERING},
    _S.REGISTERING: {
        _Input.GRANTED: _S.REGISTERED,
        _Input.POSTPONE: _S.WAITING,
        _Input.MOVE: _S.REGISTERING,
        _Input.LEAVE: _S.UNREGISTERING,
    },
    _S.REGISTERED: {
        _Input.ASK: _S.REGISTERING,
        _Input.POSTPONE: _S.WAITING,
        _Input.MOVE: _S.REGISTERING,
        _Input.LEAVE: _S.UNREGISTERING,
    },
    _S.WAITING: {
        _Input.ASK: _S.REGISTERING,
        _Input.POSTPONE: _S.WAITING,
        _Input.MOVE: _S.REGISTERING,
        _Input.LEAVE: _S.UNREGISTERING,
    },
    _S.UNREGISTERING: {_Input.LEFT: _S.UNREGISTERED},
}


@dataclass(frozen=True, slots=True)
class Round:
    """How one REGISTER round ended."""

    outcome: Outcome
    granted: float | None
    """Seconds the binding lives, where it was granted."""
    retry_in: float | None
    """Seconds until the next round, where this one failed."""


class Registration:
    """Keeps one binding of the address of record to our contact."""

    def __init__(
        self,
        agent: UserAgent,
        *,
        user: str,
        host: str,
        port: int | None,
        authenticator: Authenticator,
        on_round: Callable[[Round, float], None],
        on_unregistered: Callable[[float], None],
    ) -> None:
        """`user` is the name this PC registers under.

        `host` and `port` are the registrar's, for the Request-URI.
        """
        self.state = RegistrationState.UNREGISTERED
        self._agent = agent
        self._authenticator = authenticator
        self._backoff = BackOff(agent.tokens)
        self._on_round = on_round
        self._on_unregistered = on_unregistered
        self._user = user
        self._tag = agent.tokens.tag()
        self._outgoing = Outgoing(
            method="REGISTER",
            uri=str(Uri("sip", host, port=port)),
            from_=self._from(),
            to=NameAddr(str(Uri("sip", host, user))),
            call_id=agent.tokens.call_id(),
        )
        self._asked = _ASKED
        self._may_ask_longer = True
        """Whether a 423 is still to be answered in this round: once is enough."""
        self._exchange: Exchange | None = None
        self._asked_for: Uri | None = None
        """The contact of the last round."""
        self._outlived: list[Uri] = []
        """Contacts that were ours and may still be bound, to be withdrawn."""
        self._round_at: float | None = None
        self._bound_until: float | None = None

    def is_bound(self, now: float) -> bool:
        """Whether a binding that was granted has not run out."""
        return self._bound_until is not None and now < self._bound_until

    def may_be_bound(self, now: float) -> bool:
        """Whether the registrar may hold a binding of ours, so that leaving must withdraw it."""
        return self.state is RegistrationState.REGISTERING or self.is_bound(now)

    def register(self, now: float) -> None:
        """Begin a round now, unless one is under way."""
        if self._step(_Input.ASK):
            self._may_ask_longer = True
            self._send(self._asked, self._round_ended, now)

    def relocate(self, now: float) -> None:
        """Bind the contact that the user agent has now, where one was bound or asked for.

        The contact of before is withdrawn once the new one is bound, if it can be.
        """
        former = self._asked_for
        if former is not None and former != self._agent.contact and self.may_be_bound(now):
            self._outlived = [each for each in self._outlived if each != former][-_MOST_OUTLIVED:]
            self._outlived.append(former)
        if self._step(_Input.MOVE):
            self._may_ask_longer = True
            self._send(self._asked, self._round_ended, now)

    def retry_later(self, now: float, outcome: Outcome) -> float | None:
        """Begin the next round after a growing pause, or the longer one a refusal asks for.

        The pause in seconds; None where nothing is registered any more.
        """
        pause = self._backoff.pause_after(outcome)
        return pause if self.postpone(now + pause) else None

    def postpone(self, until: float) -> bool:
        """Begin the next round not before `until`; False where nothing is registered any more."""
        if not self._step(_Input.POSTPONE, until):
            return False
        if self._exchange is not None:
            self._exchange.abandon()
        return True

    def settle(self) -> None:
        """All is well, behind the registration too: the next pause is the shortest again."""
        self._backoff.reset()

    def unregister(self, now: float) -> None:
        """Withdraw the binding (section 10.2.2)."""
        if self._step(_Input.LEAVE):
            self._send(0, self._unregister_ended, now)

    def handle_timeout(self, now: float) -> None:
        """Begin the round that is due by `now`."""
        if self._round_at is not None and now >= self._round_at:
            self.register(now)

    def next_timeout(self) -> float | None:
        """When the next round is due, or None."""
        return self._round_at

    def _step(self, what: _Input, round_at: float | None = None) -> bool:
        """Move, if the table allows it, and note when the next round is due; whether it did."""
        target = _NEXT[self.state].get(what)
        if target is None:
            return False
        _log.debug("registration %s -> %s", self.state.name, target.name)
        self.state = target
        self._round_at = round_at
        return True

    def _send(self, expires: int, on_outcome: Callable[[Outcome, float], None], now: float) -> None:
        if self._exchange is not None:
            self._exchange.abandon()
        self._asked_for = self._agent.contact
        self._exchange = self._request(self._asked_for, expires, on_outcome, now)

    def _request(
        self,
        contact: Uri,
        expires: int,
        on_outcome: Callable[[Outcome, float], None],
        now: float,
    ) -> Exchange:
        outgoing = replace(
            self._outgoing,
            from_=self._from(),
            contact=contact,
            after_length=(("Expires", str(expires)),),
        )
        return self._agent.request(outgoing, self._authenticator, on_outcome, now)

    def _from(self) -> NameAddr:
        """From shows the PC's address, To the registrar's (S8)."""
        uri = Uri("sip", self._agent.local.host, self._user)
        return NameAddr(str(uri), parameters={"tag": self._tag})

    def _round_ended(self, outcome: Outcome, now: float) -> None:
        longer = outcome.expires_instead_of(self._asked)
        if longer is not None and self._may_ask_longer:
            self._asked, self._may_ask_longer = longer, False
            self._send(longer, self._round_ended, now)
            return
        granted = self._granted(outcome.response) if outcome.is_success else 0
        if not granted:
            self._on_round(Round(outcome, None, self.retry_later(now, outcome)), now)
            return
        self._bound_until = now + granted
        self._step(_Input.GRANTED, now + max(granted / 2, _SHORTEST_REFRESH))
        self._on_round(Round(outcome, granted, None), now)
        self._withdraw_outlived(now)

    def _withdraw_outlived(self, now: float) -> None:
        """Withdraw what was ours before we moved, one by one (sections 10.2 and 10.2.2)."""
        self._outlived = [each for each in self._outlived if each != self._agent.contact]
        if self._outlived:
            self._request(self._outlived.pop(0), 0, self._outlived_withdrawn, now)

    def _outlived_withdrawn(self, outcome: Outcome, now: float) -> None:
        """See to it that not more was withdrawn than was asked for, and to what is left.

        The answer lists what is still bound (section 10.3 step 8). Where ours is not among that,
        the registrar may hold one binding to a name, and have withdrawn it [inferred].
        """
        if self.state is not RegistrationState.REGISTERED:
            return  # what is left is for the end of the next round
        ours = self._agent.contact
        contacts = outcome.response.contacts if outcome.is_success else None
        if contacts is None or any(_is_same_place(each.uri, ours) for each in contacts):
            self._withdraw_outlived(now)
        else:
            self.register(now)

    def _unregister_ended(self, _outcome: Outcome, now: float) -> None:
        self._bound_until = None
        if self._step(_Input.LEFT):
            self._on_unregistered(now)

    def _granted(self, response: Response) -> int:
        """Seconds granted to our contact (section 10.2.4).

        Ours is the Contact with our address. Where none is, something on the way has rewritten it,
        and the shortest time listed is safe. A registrar that lists no times grants by the Expires
        header field, and one that says nothing grants what was asked.
        """
        ours = self._agent.contact
        listed: list[int] = []
        for contact in response.contacts:
            seconds = parse_seconds(contact.parameters.get("expires"))
            if seconds is not None:
                listed.append(seconds)
                if _is_same_place(contact.uri, ours):
                    return seconds
        if listed:
            return min(listed)
        return self._asked if response.expires is None else response.expires


def _is_same_place(uri: str, ours: Uri) -> bool:
    """Whether a registrar's Contact is ours, whatever parameters it has added."""
    try:
        theirs = Uri.parse(uri)
    except RemoteProtocolError:
        return False
    place = (theirs.user, theirs.host.lower(), theirs.port)
    return place == (ours.user, ours.host.lower(), ours.port)
