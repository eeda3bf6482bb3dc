"""Commands by hand: text in, text out."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import NamedTuple

from callctrl.simulator.config import Config, Masking, NotifyForm
from callctrl.simulator.network import Network, Weather
from callctrl.simulator.spa9000 import Spa9000

__all__ = ["Console"]


class _Misused(Exception):  # noqa: N818 - ends a command, and is no fault of the program
    """What was typed is not a command; the text says why, if there is more to say."""


class _Command(NamedTuple):
    run: Callable[[Console, list[str], float], list[str]]
    usage: str
    help: str


class Console:
    """Carries out what is typed.

    The network's knobs are there only with a `network`, which must be the one round `spa`.
    """

    def __init__(self, spa: Spa9000, network: Network | None = None) -> None:
        self.is_over = False
        """Whether `quit` was typed."""
        self._spa = spa
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
        command = _COMMANDS.get(name.lower())
        if command is None:
            return [f"unknown command {name!r}; `help` lists what there is"]
        try:
            answers = command.run(self, arguments, now)
        except _Misused as misuse:
            why = f"{misuse}; " if str(misuse) else ""
            return [f"{why}usage: {name.lower()} {command.usage}".rstrip()]
        # Without bad weather reports go out by themselves soon; this makes it now.
        (self._network or self._spa).handle_timeout(now)
        return answers

    # Commands. Each takes its arguments and returns what to print.

    def _help(self, arguments: list[str], _now: float) -> list[str]:
        _expect(arguments, 0)
        return [
            f"{f'{name} {command.usage}':<34} {command.help}" for name, command in _COMMANDS.items()
        ]

    def _quit(self, arguments: list[str], _now: float) -> list[str]:
        _expect(arguments, 0)
        self.is_over = True
        return ["bye"]

    def _ring(self, arguments: list[str], now: float) -> list[str]:
        _expect(arguments, 1, 3)
        number, name, line = [*arguments, "", ""][:3]
        if not self._spa.phone.ring(number, name, _line(line) if line else None, now=now):
            return ["no line is free"]
        return []

    def _dial(self, arguments: list[str], now: float) -> list[str]:
        _expect(arguments, 1, 2)
        line = _line(arguments[1]) if len(arguments) > 1 else None
        return [] if self._spa.phone.dial(arguments[0], line, now=now) else ["no line is free"]

    def _act(self, action: str, arguments: list[str], now: float) -> list[str]:
        _expect(arguments, 0, 1)
        call = _line(arguments[0]) if arguments else None
        done = self._spa.phone.act(action, call, now=now)
        return [] if done else ["there is no call to do that to"]

    def _give_up(self, arguments: list[str], now: float) -> list[str]:
        _expect(arguments, 1)
        self._spa.phone.leave(arguments[0], now=now, if_unanswered=True)
        return []  # a story says so without knowing what was done about the call

    def _bye(self, arguments: list[str], now: float) -> list[str]:
        _expect(arguments, 1)
        self._spa.phone.leave(arguments[0], now=now)
        return []

    def _password(self, arguments: list[str], _now: float) -> list[str]:
        _expect(arguments, 1)
        (password,) = arguments
        if password == "none":  # noqa: S105 - the word for having none
            self._turn(replace(self._spa.config, password=""))
            return ["no password: nobody is challenged"]
        self._turn(replace(self._spa.config, password=password))
        return ["password changed; the phone learns it when it reboots"]

    def _notify(self, arguments: list[str], _now: float) -> list[str]:
        form = NotifyForm(_one_of(arguments, [form.value for form in NotifyForm]))
        self._turn(replace(self._spa.config, notify_form=form))
        return []

    def _mask(self, arguments: list[str], _now: float) -> list[str]:
        masking = Masking(_one_of(arguments, [masking.value for masking in Masking]))
        self._turn(replace(self._spa.config, masking=masking))
        return []

    def _expiry(self, arguments: list[str], _now: float) -> list[str]:
        _expect(arguments, 1, 2)
        registration, *subscription = [int(_number(each, 1, 86_400)) for each in arguments]
        config = replace(self._spa.config, registration_expires=registration)
        if subscription:
            config = replace(config, subscription_expires=subscription[0])
        self._turn(config)
        return []

    def _reboot(self, arguments: list[str], now: float) -> list[str]:
        match _one_of(arguments, ["pbx", "phone"]):
            case "pbx":
                self._spa.reboot(now)
            case _:
                self._spa.reboot_phone(now)
        return [f"back in {self._spa.config.boot_time:g} s"]

    def _status(self, arguments: list[str], now: float) -> list[str]:
        _expect(arguments, 0)
        spa, config = self._spa, self._spa.config
        lines = [
            f"SPA9000 {config.host}:{config.port}, password {'set' if config.password else 'none'}"
        ]
        lines += [
            f"extension {extension.number}: {spa.phone.registration_state(n)}"
            for n, extension in enumerate(config.extensions, 1)
        ]
        lines += [
            f"registered: {each.user} at {each.remote} for {each.expires_at - now:.0f} s"
            for each in spa.bindings
        ]
        lines += [
            f"watching: {each.user} for {each.expires_at - now:.0f} s" for each in spa.subscriptions
        ]
        lines += [
            f"call {call.id}: {call.state.value} {call.report().party}".rstrip()
            for call in spa.phone.calls
        ]
        lines.append(f"notify {config.notify_form.value}, expiry {config.registration_expires} s")
        switched_on = [name for name, (read, _) in _SWITCHES.items() if read(config)]
        lines.append(f"on: {', '.join(switched_on) or 'nothing'}")
        if self._network is not None:
            weather = asdict(self._network.weather)
            lines.append(", ".join(f"{name} {value:g}" for name, value in weather.items()))
        return lines

    def _switch(self, name: str, arguments: list[str], _now: float) -> list[str]:
        _, turn = _SWITCHES[name]
        self._turn(turn(self._spa.config, _one_of(arguments, ["on", "off"]) == "on"))
        return []

    def _weather(self, name: str, arguments: list[str], _now: float) -> list[str]:
        _expect(arguments, 1)
        if self._network is None:
            return ["there is no network to make worse"]
        limit, turn = _WEATHER[name]
        self._network.weather = turn(self._network.weather, _number(arguments[0], 0, limit))
        return []

    def _turn(self, config: Config) -> None:
        self._spa.config = config


# Reading arguments


def _split(line: str) -> list[str]:
    """Words, and what stands in double quotes; an apostrophe is no quote, as in O'Brien."""
    words = shlex.shlex(line, posix=True)
    words.whitespace_split = True
    words.quotes, words.escape, words.commenters = '"', "", ""
    return list(words)


def _expect(arguments: list[str], least: int, most: int | None = None) -> None:
    if not least <= len(arguments) <= (least if most is None else most):
        raise _Misused


def _one_of(arguments: list[str], words: list[str]) -> str:
    _expect(arguments, 1)
    word = arguments[0].lower()
    if word not in words:
        raise _Misused
    return word


def _line(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise _Misused(f"{text!r} is no call or line")
    return int(text)


def _number(text: str, least: float, most: float) -> float:
    """A number in a range; a percent sign divides by a hundred."""
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = -1.0
    if not least <= number <= most:
        raise _Misused(f"expected a number from {least:g} to {most:g}")
    return number


# The tables

_SWITCHES: dict[str, tuple[Callable[[Config], bool], Callable[[Config, bool], Config]]] = {
    "forbid": (lambda c: c.forbid, lambda c, on: replace(c, forbid=on)),
    "silence": (lambda c: c.silent, lambda c, on: replace(c, silent=on)),
    "crooked": (lambda c: c.crooked, lambda c, on: replace(c, crooked=on)),
    "cti": (lambda c: c.cti_enabled, lambda c, on: replace(c, cti_enabled=on)),
    "challenge": (lambda c: c.challenge_controls, lambda c, on: replace(c, challenge_controls=on)),
    "picture": (lambda c: c.picture_first, lambda c, on: replace(c, picture_first=on)),
}
_WEATHER: dict[str, tuple[float, Callable[[Weather, float], Weather]]] = {
    "loss": (1, lambda weather, share: replace(weather, loss=share)),
    "delay": (60, lambda weather, seconds: replace(weather, delay=seconds)),
    "duplicate": (1, lambda weather, share: replace(weather, duplicate=share)),
    "reorder": (1, lambda weather, share: replace(weather, reorder=share)),
}


def _acting(action: str, help_: str) -> _Command:
    return _Command(lambda console, words, now: console._act(action, words, now), "[CALL]", help_)


def _switching(name: str, help_: str) -> _Command:
    return _Command(lambda console, words, now: console._switch(name, words, now), "on|off", help_)


def _worsening(name: str, usage: str, help_: str) -> _Command:
    return _Command(lambda console, words, now: console._weather(name, words, now), usage, help_)


_COMMANDS = {
    "ring": _Command(Console._ring, "NUMBER [NAME] [LINE]", "a call comes in"),
    "answer": _acting("answer", "the user answers"),
    "reject": _acting("reject", "the user rejects a ringing call"),
    "hold": _acting("hold", "the user holds the call"),
    "resume": _acting("resume", "the user goes back to a held call"),
    "hangup": _acting("endcall", "the user hangs up"),
    "dial": _Command(
        Console._dial, "NUMBER [LINE]", "the user dials; ..486 is busy, ..480 rings on"
    ),
    "far-answer": _acting("far-answer", "the other side answers"),
    "far-busy": _acting("far-busy", "the other side is busy"),
    "far-hangup": _acting("far-hangup", "the other side hangs up"),
    "give-up": _Command(Console._give_up, "NUMBER", "who rings hangs up, if nobody answered"),
    "bye": _Command(Console._bye, "NUMBER", "the other side with this number hangs up, if there"),
    "password": _Command(Console._password, "PW|none", "change the Phone Ext Password"),
    "forbid": _switching("forbid", "403 to every SUBSCRIBE and NOTIFY"),
    "silence": _switching("silence", "hear nothing, say nothing"),
    "loss": _worsening("loss", "SHARE", "lose datagrams: 0.3 or 30%"),
    "delay": _worsening("delay", "SECONDS", "deliver datagrams late"),
    "duplicate": _worsening("duplicate", "SHARE", "deliver datagrams twice"),
    "reorder": _worsening("reorder", "SHARE", "let later datagrams overtake"),
    "expiry": _Command(Console._expiry, "SECONDS [SUBSCRIPTION]", "the most that is granted"),
    "notify": _Command(Console._notify, "dialog|foreign", "the form of status NOTIFYs"),
    "crooked": _switching("crooked", "the seed's slips, and hostile datagrams"),
    "cti": _switching("cti", "CTI Enable on the phone's page"),
    "challenge": _switching("challenge", "401 to controls without credentials"),
    "picture": _switching("picture", "a NOTIFY at once after each SUBSCRIBE"),
    "mask": _Command(Console._mask, "open|stars|blank", "passwords on the web pages"),
    "reboot": _Command(Console._reboot, "pbx|phone", "restart without a word to anybody"),
    "status": _Command(Console._status, "", "who is here, and what is set"),
    "help": _Command(Console._help, "", "this list"),
    "quit": _Command(Console._quit, "", "end the simulator"),
}
