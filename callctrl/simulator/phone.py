"""One SPA9xx desk phone: its calls, and what may be done to them.

The phone is the authority. It knows nothing of SIP messages: orders come in as `Control`s or as
keys pressed by hand, reports go out as `Report`s, and the SPA9000 carries both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from callctrl.simulator.config import Config, FarEnd
from callctrl.simulator.phonexml import CallState, Control, Report

__all__ = ["Call", "SpaPhone"]

_TRANSIENT = 0.08
"""How long answering, holding and resuming take."""
_DIALING = 0.05
_RING_BACK = 0.3
"""From the INVITE to the far end's first answer."""
_INVALID_FOR = 30.0
"""How long a dead line stays off hook when nobody hangs up."""


class _Input(Enum):
    READY = auto()
    """What takes a moment is done."""
    ALERTED = auto()
    """The far end rings."""
    ANSWERED = auto()
    """The far end answered."""
    REFUSED = auto()
    """The far end is busy."""
    LEFT = auto()
    """The far end hung up."""
    ANSWER = auto()
    REJECT = auto()
    HOLD = auto()
    RESUME = auto()
    END = auto()


_S = CallState
_ENDINGS = {_Input.END: _S.IDLE, _Input.LEFT: _S.INVALID}
_NEXT: dict[CallState, dict[_Input, CallState]] = {
    _S.IDLE: {},
    _S.DIALING: {_Input.READY: _S.CALLING, _Input.END: _S.IDLE},
    _S.CALLING: {
        _Input.ALERTED: _S.PROCEEDING,
        _Input.ANSWERED: _S.CONNECTED,
        _Input.REFUSED: _S.INVALID,
        **_ENDINGS,
    },
    _S.PROCEEDING: {
        _Input.ANSWERED: _S.CONNECTED,
        _Input.REFUSED: _S.INVALID,
        **_ENDINGS,
    },
    _S.RINGING: {
        _Input.ANSWER: _S.ANSWERING,
        _Input.REJECT: _S.IDLE,
        _Input.END: _S.IDLE,
        _Input.LEFT: _S.IDLE,
    },
    _S.ANSWERING: {_Input.READY: _S.CONNECTED, _Input.HOLD: _S.HOLDING, **_ENDINGS},
    _S.CONNECTED: {_Input.HOLD: _S.HOLDING, **_ENDINGS},
    _S.HOLDING: {_Input.READY: _S.HOLD, _Input.RESUME: _S.RESUMING, **_ENDINGS},
    _S.HOLD: {_Input.RESUME: _S.RESUMING, **_ENDINGS},
    _S.RESUMING: {_Input.READY: _S.CONNECTED, _Input.HOLD: _S.HOLDING, **_ENDINGS},
    _S.INVALID: {_Input.READY: _S.IDLE, _Input.END: _S.IDLE},
}
_BY_ITSELF: dict[CallState, tuple[float, _Input]] = {
    _S.DIALING: (_DIALING, _Input.READY),
    _S.CALLING: (_RING_BACK, _Input.ALERTED),
    _S.ANSWERING: (_TRANSIENT, _Input.READY),
    _S.HOLDING: (_TRANSIENT, _Input.READY),
    _S.RESUMING: (_TRANSIENT, _Input.READY),
    _S.INVALID: (_INVALID_FOR, _Input.READY),
}
"""What happens next when nobody does anything, and after how long."""
_ACTIONS = {
    "answer": _Input.ANSWER,
    "reject": _Input.REJECT,
    "hold": _Input.HOLD,
    "resume": _Input.RESUME,
    "endcall": _Input.END,
    "far-answer": _Input.ANSWERED,
    "far-busy": _Input.REFUSED,
    "far-hangup": _Input.LEFT,
}
_TALKING = frozenset({_S.ANSWERING, _S.CONNECTED, _S.RESUMING})
_OFF_HOOK = _TALKING | {_S.DIALING, _S.CALLING, _S.PROCEEDING, _S.INVALID}


@dataclass(slots=True)
class Call:
    """One call, on one line key."""

    id: int
    """The line key, from 1."""
    ref: int
    ext: int
    state: CallState
    name: str
    number: str
    is_incoming: bool
    far_end: FarEnd
    wake_at: float | None = None
    """When the next step happens by itself."""
    connected_at: float | None = None

    def report(self) -> Report:
        """The call as it is now."""
        return Report(self.id, self.ref, self.ext, self.state, self.name, self.number)


class SpaPhone:
    """Several lines, one handset.

    Never more than one call is off hook: a call that is answered, resumed or dialled puts the one
    before it on hold, or gives it up where it was not yet answered (protocol.md B.4).
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._calls: dict[int, Call] = {}
        self._ref = 1
        self._reports: list[Report] = []
        self._reported_at = 0.0
        self._up_at: float | None = None
        self._ext_1_password = config.password

    @property
    def is_up(self) -> bool:
        """Whether it has booted."""
        return self._up_at is None

    @property
    def calls(self) -> list[Call]:
        """The calls there are, by line; for looking at only."""
        return [self._calls[id_] for id_ in sorted(self._calls)]

    def registration_state(self, extension: int) -> str:
        """The state on the phone's page for an extension, from 1 (KB50058, S44, S45).

        Ext 1 has the password that the SPA9000 had when the phone last booted (protocol.md C.4).
        """
        mine = self.config.extensions[extension - 1]
        numbers = [each.number for each in self.config.extensions[: extension - 1]]
        if not self.is_up or mine.number in numbers:
            return "Not Registered"
        fits = self.password(extension) == self.config.password or not self.config.password
        return "Registered" if fits else "FailedAuthenticate"

    def password(self, extension: int) -> str:
        """The password an extension, from 1, registers with."""
        if extension == 1:
            return self._ext_1_password
        return self.config.extensions[extension - 1].password

    def picture(self) -> list[Report]:
        """Every call; where there is none, that line 1 is idle."""
        calls = [call.report() for call in self.calls]
        return calls or [Report(1, self._ref, self.config.extension_of_line(1), CallState.IDLE)]

    # Orders and keys

    def ring(self, number: str, name: str = "", line: int | None = None, *, now: float) -> bool:
        """Let a call come in; False where no line, or not the wanted one, is free."""
        return self._add(CallState.RINGING, number, name, line, now)

    def dial(self, number: str, line: int | None = None, *, now: float) -> bool:
        """Place a call; False where no line, or not the wanted one, is free."""
        return self._add(CallState.DIALING, number, "", line, now)

    def act(self, action: str, call: int | None = None, *, now: float) -> bool:
        """Do `action` to a call, by default to the newest that allows it; whether it could be.

        Actions are `answer`, `reject`, `hold`, `resume`, `endcall`, and those of the world outside:
        `far-answer`, `far-busy`, `far-hangup`.
        """
        what = _ACTIONS[action]
        if call is not None:
            chosen = self._calls.get(call)
        else:
            able = [each for each in self._calls.values() if what in _NEXT[each.state]]
            chosen = max(able, key=lambda each: (each.state in _OFF_HOOK, each.ref), default=None)
        return chosen is not None and self._step(chosen, what, now)

    def leave(self, number: str, *, now: float, if_unanswered: bool = False) -> None:
        """Let the party with this number hang up, or only give up ringing; it may be gone."""
        states = [_S.RINGING] if if_unanswered else [s for s in _S if _Input.LEFT in _NEXT[s]]
        theirs = [call for call in self.calls if call.number == number and call.state in states]
        newest = max(theirs, key=lambda call: call.ref, default=None)
        if newest is not None:
            self._step(newest, _Input.LEFT, now)

    def obey(self, control: Control, now: float) -> bool:
        """Carry out an order; False where there is no such call or line."""
        if control.action == "newcall":
            return self.dial(control.number, control.call, now=now)
        return self.act(control.action, control.call, now=now)

    def reboot(self, now: float) -> None:
        """Drop all calls without a word; the first report follows when the phone is up again."""
        self._calls.clear()
        self._reports.clear()
        self._ref = 1
        self._up_at = now + self.config.boot_time

    # Time

    def take_reports(self) -> list[Report]:
        """What was said since the last call, in order."""
        reports = self._reports
        self._reports = []
        return reports

    def next_timeout(self) -> float | None:
        """When `handle_timeout` or `take_reports` is wanted, or None."""
        instants = [call.wake_at for call in self._calls.values() if call.wake_at is not None]
        if self._up_at is not None:
            instants.append(self._up_at)
        if self._reports:
            instants.append(self._reported_at)
        return min(instants, default=None)

    def handle_timeout(self, now: float) -> None:
        """Do what happens by itself."""
        if self._up_at is not None and now >= self._up_at:
            self._up_at = None
            self._ext_1_password = self.config.password
            self._say(self.picture()[0], now)
        for call in self.calls:
            step = self._next_step(call)
            if step is not None and call.wake_at is not None and call.wake_at <= now:
                self._step(call, step[1], now)

    # The machine

    def _add(self, state: CallState, number: str, name: str, line: int | None, now: float) -> bool:
        free = [each for each in range(1, self.config.lines + 1) if each not in self._calls]
        if line is None and free:
            line = free[0]
        if line not in free or not self.is_up:
            return False
        self._ref += 1
        far_end = next(
            (end for digits, end in self.config.far_ends if number.endswith(digits)),
            FarEnd.ANSWERS,
        )
        call = Call(
            line,
            self._ref,
            self.config.extension_of_line(line),
            state,
            _printable(name),
            _printable(number),
            state is CallState.RINGING,
            far_end,
        )
        if not call.is_incoming:
            self._make_way_for(call, now)
        self._calls[line] = call
        self._enter(call, state, now)
        return True

    def _step(self, call: Call, what: _Input, now: float) -> bool:
        target = _NEXT[call.state].get(what)
        if target is None:
            return False
        if what in (_Input.ANSWER, _Input.RESUME):
            self._make_way_for(call, now)
        self._enter(call, target, now)
        return True

    def _make_way_for(self, call: Call, now: float) -> None:
        for other in self.calls:
            if other is call:
                continue
            if other.state in _TALKING:
                self._step(other, _Input.HOLD, now)
            elif other.state in _OFF_HOOK:
                self._step(other, _Input.END, now)

    def _enter(self, call: Call, state: CallState, now: float) -> None:
        call.state = state
        if state is CallState.IDLE:
            del self._calls[call.id]
        if state is CallState.CONNECTED and call.connected_at is None:
            call.connected_at = now
        step = self._next_step(call)
        call.wake_at = None if step is None else now + step[0]
        self._say(call.report(), now)

    def _next_step(self, call: Call) -> tuple[float, _Input] | None:
        match call.state, call.far_end:
            case CallState.CALLING, FarEnd.BUSY:
                return _RING_BACK, _Input.REFUSED
            case CallState.PROCEEDING, FarEnd.ANSWERS:
                return self.config.answer_after, _Input.ANSWERED
        return _BY_ITSELF.get(call.state)

    def _say(self, report: Report, now: float) -> None:
        self._reports.append(report)
        self._reported_at = now


def _printable(text: str) -> str:
    """`text` without what XML cannot hold: control characters and lone surrogates."""
    return "".join(char for char in text if char.isprintable())
