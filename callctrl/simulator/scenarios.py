"""What happens when: scripts of console commands that demo, screenshots and tests share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["ORDERS", "PBX_SCENARIOS", "PEOPLE", "SCENARIOS", "Player", "Someone", "Step"]


class Step(NamedTuple):
    """At an instant, a command."""

    at: float
    """Seconds from the beginning."""
    line: str
    """As it would be typed at the console."""


class Someone(NamedTuple):
    """Who calls in the stories, as a contact list would have it."""

    name: str
    number: str
    """As people write it; the phone reports it without blanks."""
    company: str


_ANNA = Someone("Anna Lee", "5551234", "Lee & Daughters")
_NORTHWIND = Someone("Northwind Traders", "+1 212 555 0188", "Northwind Traders")
_BAKERY = Someone("Bäckerei Öztürk", "5550199", "Bäckerei Öztürk")
_DOCTOR = Someone("Dr. Maria da Silva", "5557788", "Practice on the Square")
_ANDREAS = Someone("Andreas Höfer", "214", "")
_NOBODY = Someone("", "+1 646 555 0147", "")

PEOPLE = (_ANNA, _NORTHWIND, _BAKERY, _DOCTOR, _ANDREAS)
"""Everybody in the stories who has a name; those without a company are in the house."""


def _call(who: Someone, at: float, patience: float, until: float) -> tuple[Step, ...]:
    """Somebody rings, gives up after a while, or else has said everything at an instant."""
    number = who.number.replace(" ", "")
    return (
        Step(at, f'ring {number} "{who.name}"'),
        Step(at + patience, f"give-up {number}"),
        Step(until, f"bye {number}"),
    )


_CALLERS = (
    *_call(_ANNA, at=2, patience=25, until=50),
    *_call(_NORTHWIND, at=12, patience=25, until=75),
    # Two at once; one of them cannot wait, and calls again.
    *_call(_BAKERY, at=80, patience=20, until=110),
    *_call(_DOCTOR, at=80.5, patience=20, until=115),
    *_call(_NOBODY, at=118, patience=12, until=135),
    *_call(_DOCTOR, at=138, patience=20, until=165),
    *_call(_ANDREAS, at=170, patience=20, until=200),
    # Nobody on the stage has a hand free for this one.
    *_call(_NORTHWIND, at=175, patience=30, until=215),
    *_call(_ANNA, at=208, patience=15, until=228),
)
"""What comes in during four minutes of a busy morning, whatever is done about it."""

_KEYS = (
    Step(6, "answer 1"),
    Step(14, "hold 1"),
    Step(16, "answer 2"),
    Step(30, "hangup 2"),
    Step(32, "resume 1"),
    Step(52, "hangup 1"),
    Step(84, "answer 1"),
    Step(112, "hangup 1"),
    Step(142, "answer 1"),
    Step(167, "hangup 1"),
    Step(173, "answer 1"),
    Step(202, "hangup 1"),
    Step(212, "answer 1"),
    Step(217, "hold 1"),
    Step(222, "resume 1"),
    Step(230, "hangup 1"),
)
"""What a receptionist with two hands does about it, on the phone's own keys."""

_DEMO = (
    Step(2, 'ring 5551234 "Anna Lee"'),
    Step(5, "answer"),
    Step(8, "hold"),
    Step(11, "resume"),
    Step(14, "far-hangup"),
    Step(15.5, "hangup"),
    Step(17, "ring 5550199 Bäckerei-Öztürk"),
    Step(20, "far-hangup"),
    Step(21, "dial 5552345"),
    Step(25, "hangup"),
)
"""A call answered, held and resumed; one missed; one placed."""

_OFFICE = (
    Step(2, 'ring 1003 5557788 "Dr. Maria da Silva"'),
    Step(4.5, "answer 1003"),
    Step(6, "dial 1006 1009"),
    Step(9, "off 1011"),
    Step(11, "messages 1001 1"),
    Step(13, 'ring 1001 5551234 "Anna Lee"'),
    Step(16, "answer 1001"),
    Step(18, "hold 1003"),
    Step(20, 'ring 1004 5550199 "Bäckerei Öztürk"'),
    Step(22, "answer 1004"),
    Step(24, "resume 1003"),
    Step(26, "hold 1001"),
    Step(29, "resume 1001"),
    Step(31, "hangup 1001"),
    Step(33, "hangup 1003"),
    Step(36, "on 1011"),
    Step(45, "bye 5550199"),
    Step(47, "bye 1003"),
    Step(49, 'ring 1001 +12125550188 "Northwind Traders"'),
    Step(53, "give-up +12125550188"),
    Step(54, "messages 1001 2"),
    Step(56, "dnd 1012 on"),
    Step(58, "hangup 1009"),
    Step(60, "dnd 1012 off"),
    Step(62, "messages 1001 0 2"),
)
"""A minute in an office, at whose end all is as at its beginning: it can be played on and on."""

SCENARIOS: dict[str, tuple[Step, ...]] = {
    "demo": _DEMO,
    "busy-desk": (
        Step(2, 'ring 5551234 "Anna Lee"'),
        Step(3, "answer"),
        Step(4, 'ring 5557788 "Dr. Maria da Silva"'),
        Step(5, "answer"),
        Step(6, 'ring 5550199 "Bäckerei Öztürk"'),
    ),
    "rush-hour": _CALLERS + _KEYS,
    "practice": _CALLERS,
    "refused": (Step(0, "password not-the-one-you-know"),),
    "reboot": (
        Step(3, 'ring 5551234 "Anna Lee"'),
        Step(5, "answer"),
        Step(8, "reboot phone"),
        Step(15, "ring 5550199"),
        Step(17, "answer"),
        Step(20, "reboot pbx"),
        Step(24, "hangup"),
        Step(90, "ring 5551234"),
    ),
    "sip-pbx": _OFFICE,
}
"""In `practice` nobody presses the phone's keys: that is for whoever practises.

`refused` must begin before the client does, so that its first round fails (S23, S33).
"""

PBX_SCENARIOS = frozenset({"sip-pbx"})
"""Those that play at a SIP PBX with colleagues, and not at a SPA9000."""

ORDERS = {"sip-pbx": (Step(38, "dial 1003"),)}
"""What whoever sits at the program does meanwhile, as it is typed into `callctrl watch`."""


class Player:
    """Plays a scenario: tells which lines are due. Whoever owns it executes them."""

    def __init__(self, steps: Sequence[Step], start_at: float) -> None:
        self._steps = sorted(steps, key=lambda step: step.at)
        self._start_at = start_at

    def next_timeout(self) -> float | None:
        """When `due` has something to tell, or None when the play is over."""
        return self._start_at + self._steps[0].at if self._steps else None

    def due(self, now: float) -> list[str]:
        """The lines to execute by now, in order; each is told once."""
        lines = []
        while self._steps and self._start_at + self._steps[0].at <= now:
            lines.append(self._steps.pop(0).line)
        return lines
