"""The phones of an office and the calls between them.

The authority on what happens. It knows nothing of SIP: keys are pressed by hand or by the PBX, and
each change is told at once to whoever made the office.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random

from callctrl.simulator.pbx.config import FarEnd, Manner, PbxConfig
from callctrl.simulator.subscription import hex_token

__all__ = ["Leg", "LegState", "Office", "Phone"]

_RING_BACK = 0.1
"""From dialling to the far end's first answer."""


class LegState(Enum):
    """How far one phone's end of a call has come (RFC 4235 section 3.7.1).

     dialled                 rung
        |                      |
    [TRYING] -- alerted --> [EARLY] -- answered --> [CONFIRMED]
        |                      |                         |
        +----------------------+------- ended -----------+--> [TERMINATED]
    """

    TRYING = "trying"
    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class _Input(Enum):
    ALERTED = auto()
    ANSWERED = auto()
    ENDED = auto()


_S = LegState
_NEXT: dict[LegState, dict[_Input, LegState]] = {
    _S.TRYING: {
        _Input.ALERTED: _S.EARLY,
        _Input.ANSWERED: _S.CONFIRMED,
        _Input.ENDED: _S.TERMINATED,
    },
    _S.EARLY: {_Input.ANSWERED: _S.CONFIRMED, _Input.ENDED: _S.TERMINATED},
    _S.CONFIRMED: {_Input.ENDED: _S.TERMINATED},
    _S.TERMINATED: {},
}


@dataclass(slots=True, eq=False)
class Leg:
    """One phone's end of a call."""

    call_id: str
    phone: str
    """The extension."""
    peer: str
    """Number of the other party."""
    peer_name: str
    is_incoming: bool
    state: LegState
    local_tag: str
    remote_tag: str
    other: Leg | None = None
    """The other phone's end, where that one is in the office too."""
    is_held: bool = False
    status: int = 0
    """Why it ended before it was answered, as a SIP status."""
    wake_at: float = math.inf
    """When something happens by itself."""

    @property
    def is_ringing(self) -> bool:
        """Whether the phone rings with it."""
        return self.is_incoming and self.state is LegState.EARLY


@dataclass(slots=True)
class Phone:
    """A desk phone."""

    number: str
    name: str
    is_there: bool = True
    """Whether it is switched on and registered."""
    is_undisturbed: bool = False
    """Whether it lets nobody through (DND)."""
    manner: Manner = Manner.ANSWERS
    messages: tuple[int, int] = (0, 0)
    """New and old ones in its mailbox."""
    legs: list[Leg] = field(default_factory=list)
    ended: Leg | None = None
    """The last call that is over."""


class Office:
    """All phones; `on_call` and `on_phone` are called with each change and `now`."""

    def __init__(
        self,
        config: PbxConfig,
        random: Random,
        on_call: Callable[[Leg, float], None],
        on_phone: Callable[[Phone, float], None],
    ) -> None:
        self.config = config
        self.phones = {place.number: Phone(place.number, place.name) for place in config.places}
        self._random = random
        self._on_call = on_call
        self._on_phone = on_phone

    def name_of(self, number: str) -> str:
        """Who sits at an extension; empty for any other number."""
        phone = self.phones.get(number)
        return phone.name if phone is not None else ""

    # By hand

    def ring(self, number: str, caller: str, name: str = "", *, now: float) -> Leg | None:
        """Let a call come in; None where the phone is not there or lets nobody through.

        The caller's phone, where it is in the office, rings back meanwhile.
        """
        phone = self.phones.get(number)
        if phone is None or self._refusal_of(phone):
            return None
        leg = self._leg(number, caller, name or self.name_of(caller), is_incoming=True)
        if caller in self.phones and caller != number:
            theirs = self._leg(caller, number, phone.name, is_incoming=False)
            self._connect(leg, theirs)
            self._make_way(theirs, now)
            self._add(theirs, now)
        self._add(leg, now)
        return leg

    def dial(
        self, number: str, target: str, *, now: float, beside: Leg | None = None
    ) -> Leg | None:
        """Place a call; what the other side does it does by itself. None if the phone is off.

        What else is talked on goes on hold, but for the call `beside`.
        """
        phone = self.phones.get(number)
        if phone is None or not phone.is_there:
            return None
        leg = self._leg(number, target, self.name_of(target), is_incoming=False)
        leg.state, leg.wake_at = LegState.TRYING, now + _RING_BACK
        self._make_way(leg, now, but_for=beside)
        self._add(leg, now)
        return leg

    def answer_by_itself(self, leg: Leg, now: float) -> None:
        """Let whoever sits at a ringing phone do what is their manner."""
        match self.phones[leg.phone].manner:
            case Manner.RINGS:
                return
            case Manner.REJECTS:
                leg.wake_at = now + self.config.reject_after
            case _:
                leg.wake_at = now + self.config.answer_after

    def answer(self, number: str, now: float) -> bool:
        """Pick up the call that rings longest; whether there was one."""
        leg = self._find(number, lambda leg: leg.is_ringing)
        return leg is not None and self.pick_up(leg, now)

    def reject(self, number: str, now: float) -> bool:
        """Refuse the call that rings longest; whether there was one."""
        leg = self._find(number, lambda leg: leg.is_ringing)
        return leg is not None and self.end(leg, now, 486)

    def hold(self, number: str, now: float) -> bool:
        """Hold the call that is talked on; whether there was one."""
        leg = self._find(number, lambda leg: leg.state is _S.CONFIRMED and not leg.is_held)
        return leg is not None and self._hold(leg, now, is_held=True)

    def resume(self, number: str, now: float) -> bool:
        """Go back to a held call; whether there was one."""
        leg = self._find(number, lambda leg: leg.is_held)
        if leg is None:
            return False
        self._make_way(leg, now)
        return self._hold(leg, now, is_held=False)

    def hang_up(self, number: str, now: float) -> bool:
        """End the call that is talked on or dialled, else any; whether there was one."""
        leg = self._find(number, lambda leg: not leg.is_held and not leg.is_ringing)
        leg = leg or self._find(number, lambda _leg: True)
        return leg is not None and self.end(leg, now, 486 if leg.is_ringing else 487)

    def bye(self, number: str, now: float, *, if_unanswered: bool = False) -> None:
        """Let everybody outside with this number hang up, or only give up ringing."""
        for phone in self.phones.values():
            for leg in [each for each in phone.legs if each.peer == number]:
                if leg.state is LegState.EARLY or not if_unanswered:
                    self.end(leg, now, 487)

    # What a phone is set to

    def switch(self, number: str, now: float, *, is_on: bool) -> None:
        """Switch a phone on or off; its calls end with it."""
        phone = self.phones[number]
        for leg in list(phone.legs):
            if not is_on:
                self.end(leg, now, 503)
        phone.is_there = is_on
        self._on_phone(phone, now)

    def disturb(self, number: str, now: float, *, may: bool) -> None:
        """Let callers through or not."""
        phone = self.phones[number]
        phone.is_undisturbed = not may
        self._on_phone(phone, now)

    def leave_messages(self, number: str, new: int, old: int, now: float) -> None:
        """Let so many messages wait in a phone's mailbox."""
        phone = self.phones[number]
        phone.messages = (new, old)
        self._on_phone(phone, now)

    # Time

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        when = min((leg.wake_at for leg in self._legs()), default=math.inf)
        return when if when < math.inf else None

    def handle_timeout(self, now: float) -> None:
        """Do what happens by itself."""
        for leg in list(self._legs()):
            if leg.wake_at <= now and leg.state is not LegState.TERMINATED:
                leg.wake_at = math.inf
                if leg.is_incoming:
                    is_refused = self.phones[leg.phone].manner is Manner.REJECTS
                    _ = self.end(leg, now, 486) if is_refused else self.pick_up(leg, now)
                elif leg.state is LegState.TRYING:
                    self._route(leg, now)
                else:
                    self._step(leg, _Input.ANSWERED, now)

    # The machine

    def pick_up(self, leg: Leg, now: float) -> bool:
        """Answer a ringing call; whether that could be done."""
        if not leg.is_ringing:
            return False
        self._make_way(leg, now)
        return self._step(leg, _Input.ANSWERED, now)

    def end(self, leg: Leg, now: float, status: int = 487) -> bool:
        """End a call at both its ends; `status` tells why where it was not yet answered."""
        if leg.state is LegState.TERMINATED:
            return False
        if leg.state is not LegState.CONFIRMED:
            leg.status = status
        return self._step(leg, _Input.ENDED, now)

    def _leg(self, phone: str, peer: str, name: str, *, is_incoming: bool) -> Leg:
        tokens = [hex_token(self._random, digits) for digits in (16, 8, 8)]
        return Leg(tokens[0], phone, peer, name, is_incoming, _S.EARLY, tokens[1], tokens[2])

    def _connect(self, one: Leg, other: Leg) -> None:
        one.other, other.other = other, one
        other.call_id = one.call_id
        other.local_tag, other.remote_tag = one.remote_tag, one.local_tag

    def _add(self, leg: Leg, now: float) -> None:
        self.phones[leg.phone].legs.append(leg)
        self._on_call(leg, now)

    def _refusal_of(self, phone: Phone) -> int:
        """With which status a phone refuses every call, or 0."""
        if not phone.is_there:
            return 503
        return 486 if phone.is_undisturbed else 0

    def _route(self, leg: Leg, now: float) -> None:
        """Find whom a dialled number belongs to."""
        phone = self.phones.get(leg.peer)
        if phone is None:
            self._go_outside(leg, now)
        elif refusal := self._refusal_of(phone):
            self.end(leg, now, refusal)
        else:
            theirs = self._leg(leg.peer, leg.phone, self.name_of(leg.phone), is_incoming=True)
            self._connect(leg, theirs)
            self.answer_by_itself(theirs, now)
            self._add(theirs, now)
            self._step(leg, _Input.ALERTED, now)

    def _go_outside(self, leg: Leg, now: float) -> None:
        match self._far_end(leg.peer):
            case FarEnd.UNKNOWN:
                self.end(leg, now, 404)
            case FarEnd.UNREACHABLE:
                self.end(leg, now, 503)
            case FarEnd.BUSY:
                self.end(leg, now, 486)
            case FarEnd.RINGS:
                self._step(leg, _Input.ALERTED, now)
            case FarEnd.ANSWERS:
                leg.wake_at = now + self.config.answer_after
                self._step(leg, _Input.ALERTED, now)

    def _far_end(self, number: str) -> FarEnd:
        for digits, end in self.config.far_ends:
            if number.endswith(digits):
                return end
        is_extension = number.isdigit() and len(number) in map(len, self.phones)
        return FarEnd.UNKNOWN if is_extension else FarEnd.ANSWERS

    def _make_way(self, leg: Leg, now: float, but_for: Leg | None = None) -> None:
        """There is one handset: what else is talked on at this phone goes on hold."""
        for other in self.phones[leg.phone].legs:
            is_talking = other.state is LegState.CONFIRMED and not other.is_held
            if is_talking and other not in (leg, but_for):
                self._hold(other, now, is_held=True)

    def _hold(self, leg: Leg, now: float, *, is_held: bool) -> bool:
        leg.is_held = is_held
        self._on_call(leg, now)
        return True

    def _step(self, leg: Leg, what: _Input, now: float) -> bool:
        target = _NEXT[leg.state].get(what)
        if target is None:
            return False
        leg.state = target
        if what is not _Input.ALERTED:
            leg.wake_at = math.inf
        if target is LegState.TERMINATED:
            phone = self.phones[leg.phone]
            phone.legs.remove(leg)
            phone.ended = leg
        self._on_call(leg, now)
        if leg.other is not None and what is not _Input.ALERTED:
            leg.other.status = leg.status
            self._step(leg.other, what, now)
        return True

    def _find(self, number: str, fits: Callable[[Leg], bool]) -> Leg | None:
        phone = self.phones.get(number)
        return next((leg for leg in phone.legs if fits(leg)), None) if phone else None

    def _legs(self) -> Iterator[Leg]:
        return (leg for phone in self.phones.values() for leg in phone.legs)
