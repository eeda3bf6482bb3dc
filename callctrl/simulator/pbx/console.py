"""Commands by hand to the PBX and its phones: text in, text out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from callctrl.simulator.network import Network
from callctrl.simulator.pbx.config import Manner, Style
from callctrl.simulator.pbx.engine import Pbx
from callctrl.simulator.verbs import (
    COMMON_VERBS,
    Misused,
    Typed,
    Verb,
    expect,
    number_from,
    one_of,
    switching,
)

__all__ = ["PbxConsole"]

_NOTHING = ["there is no call to do that to"]
_SOMEBODY = "5550123"
"""Who is spoken with where nobody is named."""


class PbxConsole(Typed):
    """Carries out what is typed.

    The network's knobs are there only with a `network`, which must be the one round `pbx`.
    """

    def __init__(self, pbx: Pbx, network: Network | None = None) -> None:
        super().__init__(_VERBS, pbx, network)
        self._pbx = pbx
        self._office = pbx.office

    # Calls. Each takes its arguments and returns what to print.

    def _ring(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 2, 3)
        number, caller, name = [*arguments, ""][:3]
        leg = self._office.ring(self._extension(number), caller, name, now=now)
        return [] if leg is not None else [f"{number} takes no calls"]

    def _busy(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 1, 3)
        number, caller, name = [*arguments, *(_SOMEBODY, "")[len(arguments) - 1 :]][:3]
        leg = self._office.ring(self._extension(number), caller, name, now=now)
        if leg is None:
            return [f"{number} takes no calls"]
        self._office.pick_up(leg, now)
        return []

    def _dial(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 2)
        number, target = arguments
        leg = self._office.dial(self._extension(number), target, now=now)
        return [] if leg is not None else [f"{number} is switched off"]

    def _press(
        self, key: Callable[[str, float], bool], arguments: list[str], now: float
    ) -> list[str]:
        expect(arguments, 1)
        return [] if key(self._extension(arguments[0]), now) else _NOTHING

    def _bye(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 1)
        self._office.bye(arguments[0], now)
        return []

    def _give_up(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 1)
        self._office.bye(arguments[0], now, if_unanswered=True)
        return []  # a story says so without knowing what was done about the call

    # Phones

    def _switch(self, arguments: list[str], now: float, *, is_on: bool) -> list[str]:
        expect(arguments, 1)
        self._office.switch(self._extension(arguments[0]), now, is_on=is_on)
        return []

    def _disturb(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 2)
        number, *word = arguments
        self._office.disturb(self._extension(number), now, may=one_of(word, ["on", "off"]) == "off")
        return []

    def _messages(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 2, 3)
        number, *counts = arguments
        new, old = [int(number_from(each, 0, 9999)) for each in [*counts, "0"][:2]]
        self._office.leave_messages(self._extension(number), new, old, now)
        return []

    def _manner(self, arguments: list[str], _now: float) -> list[str]:
        expect(arguments, 2)
        number, *word = arguments
        manner = Manner(one_of(word, [each.value for each in Manner]))
        self._office.phones[self._extension(number)].manner = manner
        return []

    # The PBX

    def _style(self, arguments: list[str], _now: float) -> list[str]:
        self._turn(style=Style(one_of(arguments, [each.value for each in Style])))
        return []

    def _expiry(self, arguments: list[str], _now: float) -> list[str]:
        expect(arguments, 1)
        self._turn(subscription_expires=int(number_from(arguments[0], 1, 86_400)))
        return []

    def _restart(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 0)
        self._pbx.restart(now)
        return [f"back in {self._pbx.config.boot_time:g} s"]

    def _status(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 0)
        config = self._pbx.config
        lines = [self._pbx.greeting]
        for phone in self._office.phones.values():
            words = [] if phone.is_there else ["off"]
            words += ["do not disturb"] if phone.is_undisturbed else []
            words += [f"{leg.state.value} {leg.peer}" for leg in phone.legs]
            words += [f"{phone.messages[0]} messages"] if phone.messages[0] else []
            if words:
                lines.append(f"{phone.number} {phone.name}: {', '.join(words)}")
        lines.append(f"watching: {len(self._pbx.subscriptions)}")
        switched_on = [name for name, knob in _SWITCHES.items() if getattr(config, knob)]
        lines.append(f"on: {', '.join(switched_on) or 'nothing'}")
        return lines

    def _extension(self, number: str) -> str:
        if number not in self._office.phones:
            raise Misused(f"{number!r} is no extension")
        return number

    def _turn(self, **knobs: Any) -> None:
        self._pbx.config = replace(self._pbx.config, **knobs)


# The table

_SWITCHES = {
    "callers": "tells_callers",
    "holds": "tells_holds",
    "twice": "tells_twice",
    "lists": "has_lists",
    "keep": "keeps_subscriptions",
    "forbid": "forbid",
    "silence": "silent",
}


def _pressing(key: str, help_: str) -> Verb:
    def run(console: PbxConsole, words: list[str], now: float) -> list[str]:
        return console._press(getattr(console._office, key), words, now)

    return Verb(run, "EXT", help_)


def _switching(name: str, help_: str) -> Verb:
    return switching(lambda console, is_on: console._turn(**{_SWITCHES[name]: is_on}), help_)


_VERBS = {
    "ring": Verb(PbxConsole._ring, "EXT NUMBER [NAME]", "a call comes in for a phone"),
    "busy": Verb(PbxConsole._busy, "EXT [NUMBER [NAME]]", "a call that is answered at once"),
    "answer": _pressing("answer", "its user answers"),
    "reject": _pressing("reject", "its user rejects a ringing call"),
    "hold": _pressing("hold", "its user holds the call"),
    "resume": _pressing("resume", "its user goes back to a held call"),
    "hangup": _pressing("hang_up", "its user hangs up"),
    "dial": Verb(
        PbxConsole._dial, "EXT NUMBER", "its user dials; ..486 is busy, 404, 480, 503 likewise"
    ),
    "give-up": Verb(PbxConsole._give_up, "NUMBER", "who rings hangs up, if nobody answered"),
    "bye": Verb(PbxConsole._bye, "NUMBER", "the other side with this number hangs up, if there"),
    "off": Verb(partial(PbxConsole._switch, is_on=False), "EXT", "a phone is switched off"),
    "on": Verb(partial(PbxConsole._switch, is_on=True), "EXT", "a phone is there again"),
    "dnd": Verb(PbxConsole._disturb, "EXT on|off", "a phone lets nobody through"),
    "messages": Verb(PbxConsole._messages, "EXT NEW [OLD]", "what waits in a mailbox"),
    "manner": Verb(
        PbxConsole._manner,
        "EXT MANNER",
        f"what a phone does by itself: {', '.join(each.value for each in Manner)}",
    ),
    "style": Verb(PbxConsole._style, "asterisk|kamailio", "whose habits the PBX has"),
    "callers": _switching("callers", "asterisk: name the caller while a phone rings"),
    "holds": _switching("holds", "asterisk: tell of calls on hold"),
    "twice": _switching("twice", "kamailio: send each document twice"),
    "lists": _switching("lists", "whether it can do resource lists"),
    "keep": _switching("keep", "whether subscriptions outlive a restart"),
    "forbid": _switching("forbid", "403 to every SUBSCRIBE and INVITE"),
    "silence": _switching("silence", "hear nothing, say nothing"),
    "expiry": Verb(PbxConsole._expiry, "SECONDS", "the most that is granted"),
    "restart": Verb(PbxConsole._restart, "", "restart without a word to anybody"),
    "status": Verb(PbxConsole._status, "", "who is here, and what is set"),
    **COMMON_VERBS,
}
