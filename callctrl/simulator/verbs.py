"""What every console has: words taken apart, help, and the network's knobs."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from callctrl.simulator.network import Engine, Network, Weather

__all__ = [
    "COMMON_VERBS",
    "Misused",
    "Typed",
    "Verb",
    "expect",
    "number_from",
    "one_of",
    "switching",
]


class Misused(Exception):  # noqa: N818 - ends a command, and is no fault of the program
    """What was typed is not a command; the text says why, if there is more to say."""


class Verb(NamedTuple):
    """A command: how it is carried out, and what `help` says of it."""

    run: Callable[[Any, list[str], float], list[str]]
    """Takes the console, the arguments and `now`; returns what to print."""
    usage: str
    help: str


class Typed:
    """Carries out what is typed at an engine.

    The network's knobs are there only with a `network`, which must be the one round the engine.
    """

    def __init__(
        self, verbs: Mapping[str, Verb], engine: Engine, network: Network | None = None
    ) -> None:
        self.is_over = False
        """Whether `quit` was typed."""
        self._verbs = verbs
        self._engine = engine
        self._network = network

    def execute(self, line: str, now: float) -> list[str]:
        """Carry out one line, and return what to print; never raises."""
        try:
            words = _split(line)
        except ValueError:
            return ["a quotation mark is missing its other half"]
        if not words:
            return []
        name, *arguments = words
        verb = self._verbs.get(name.lower())
        if verb is None:
            return [f"unknown command {name!r}; `help` lists what there is"]
        try:
            answers = verb.run(self, arguments, now)
        except Misused as misuse:
            why = f"{misuse}; " if str(misuse) else ""
            return [f"{why}usage: {name.lower()} {verb.usage}".rstrip()]
        # Without bad weather reports go out by themselves soon; this makes it now.
        (self._network or self._engine).handle_timeout(now)
        return answers

    def _help(self, arguments: list[str], _now: float) -> list[str]:
        expect(arguments, 0)
        return [f"{f'{name} {verb.usage}':<34} {verb.help}" for name, verb in self._verbs.items()]

    def _quit(self, arguments: list[str], _now: float) -> list[str]:
        expect(arguments, 0)
        self.is_over = True
        return ["bye"]

    def _turn_weather(self, name: str, arguments: list[str]) -> list[str]:
        expect(arguments, 1)
        if self._network is None:
            return ["there is no network to make worse"]
        limit, turn = _WEATHER[name]
        self._network.weather = turn(self._network.weather, number_from(arguments[0], 0, limit))
        return []


# Reading arguments


def _split(line: str) -> list[str]:
    """Words, and what stands in double quotes; an apostrophe is no quote, as in O'Brien."""
    words = shlex.shlex(line, posix=True)
    words.whitespace_split = True
    words.quotes, words.escape, words.commenters = '"', "", ""
    return list(words)


def expect(arguments: list[str], least: int, most: int | None = None) -> None:
    """Raise Misused unless there are so many arguments."""
    if not least <= len(arguments) <= (least if most is None else most):
        raise Misused


def one_of(arguments: list[str], words: list[str]) -> str:
    """The only argument, in lower case; raises Misused unless it is one of `words`."""
    expect(arguments, 1)
    word = arguments[0].lower()
    if word not in words:
        raise Misused
    return word


def number_from(text: str, least: float, most: float) -> float:
    """A number in a range; a percent sign divides by a hundred. Raises Misused for any other."""
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = -1.0
    if not least <= number <= most:
        raise Misused(f"expected a number from {least:g} to {most:g}")
    return number


# The tables

_WEATHER: dict[str, tuple[float, Callable[[Weather, float], Weather]]] = {
    "loss": (1, lambda weather, share: replace(weather, loss=share)),
    "delay": (60, lambda weather, seconds: replace(weather, delay=seconds)),
    "duplicate": (1, lambda weather, share: replace(weather, duplicate=share)),
    "reorder": (1, lambda weather, share: replace(weather, reorder=share)),
}


def switching(turn: Callable[[Any, bool], None], help_: str) -> Verb:
    """A verb that is followed by `on` or `off`; `turn` takes the console and which."""

    def run(console: Any, words: list[str], _now: float) -> list[str]:
        turn(console, one_of(words, ["on", "off"]) == "on")
        return []

    return Verb(run, "on|off", help_)


def _worsening(name: str, usage: str, help_: str) -> Verb:
    return Verb(lambda console, words, _now: console._turn_weather(name, words), usage, help_)


COMMON_VERBS = {
    "loss": _worsening("loss", "SHARE", "lose datagrams: 0.3 or 30%"),
    "delay": _worsening("delay", "SECONDS", "deliver datagrams late"),
    "duplicate": _worsening("duplicate", "SHARE", "deliver datagrams twice"),
    "reorder": _worsening("reorder", "SHARE", "let later datagrams overtake"),
    "help": Verb(Typed._help, "", "this list"),
    "quit": Verb(Typed._quit, "", "end the simulator"),
}
