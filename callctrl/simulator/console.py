"""Commands by hand: text in, text out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

from callctrl.simulator.config import Config, Masking, NotifyForm
from callctrl.simulator.network import Network
from callctrl.simulator.spa9000 import Spa9000
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

__all__ = ["Console"]


class Console(Typed):
    """Carries out what is typed.

    The network's knobs are there only with a `network`, which must be the one round `spa`.
    """

    def __init__(self, spa: Spa9000, network: Network | None = None) -> None:
        super().__init__(_VERBS, spa, network)
        self._spa = spa

    # Commands. Each takes its arguments and returns what to print.

    def _ring(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 1, 3)
        number, name, line = [*arguments, "", ""][:3]
        if not self._spa.phone.ring(number, name, _line(line) if line else None, now=now):
            return ["no line is free"]
        return []

    def _dial(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 1, 2)
        line = _line(arguments[1]) if len(arguments) > 1 else None
        return [] if self._spa.phone.dial(arguments[0], line, now=now) else ["no line is free"]

    def _act(self, action: str, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 0, 1)
        call = _line(arguments[0]) if arguments else None
        done = self._spa.phone.act(action, call, now=now)
        return [] if done else ["there is no call to do that to"]

    def _give_up(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 1)
        self._spa.phone.leave(arguments[0], now=now, if_unanswered=True)
        return []  # a story says so without knowing what was done about the call

    def _bye(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 1)
        self._spa.phone.leave(arguments[0], now=now)
        return []

    def _password(self, arguments: list[str], _now: float) -> list[str]:
        expect(arguments, 1)
        (password,) = arguments
        if password == "none":  # noqa: S105 - the word for having none
            self._turn(replace(self._spa.config, password=""))
            return ["no password: nobody is challenged"]
        self._turn(replace(self._spa.config, password=password))
        return ["password changed; the phone learns it when it reboots"]

    def _notify(self, arguments: list[str], _now: float) -> list[str]:
        form = NotifyForm(one_of(arguments, [form.value for form in NotifyForm]))
        self._turn(replace(self._spa.config, notify_form=form))
        return []

    def _mask(self, arguments: list[str], _now: float) -> list[str]:
        masking = Masking(one_of(arguments, [masking.value for masking in Masking]))
        self._turn(replace(self._spa.config, masking=masking))
        return []

    def _expiry(self, arguments: list[str], _now: float) -> list[str]:
        expect(arguments, 1, 2)
        registration, *subscription = [int(number_from(each, 1, 86_400)) for each in arguments]
        config = replace(self._spa.config, registration_expires=registration)
        if subscription:
            config = replace(config, subscription_expires=subscription[0])
        self._turn(config)
        return []

    def _reboot(self, arguments: list[str], now: float) -> list[str]:
        match one_of(arguments, ["pbx", "phone"]):
            case "pbx":
                self._spa.reboot(now)
            case _:
                self._spa.reboot_phone(now)
        return [f"back in {self._spa.config.boot_time:g} s"]

    def _status(self, arguments: list[str], now: float) -> list[str]:
        expect(arguments, 0)
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

    def _turn(self, config: Config) -> None:
        self._spa.config = config


def _line(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise Misused(f"{text!r} is no call or line")
    return int(text)


# The tables

_SWITCHES: dict[str, tuple[Callable[[Config], bool], Callable[[Config, bool], Config]]] = {
    "forbid": (lambda c: c.forbid, lambda c, on: replace(c, forbid=on)),
    "silence": (lambda c: c.silent, lambda c, on: replace(c, silent=on)),
    "crooked": (lambda c: c.crooked, lambda c, on: replace(c, crooked=on)),
    "cti": (lambda c: c.cti_enabled, lambda c, on: replace(c, cti_enabled=on)),
    "challenge": (lambda c: c.challenge_controls, lambda c, on: replace(c, challenge_controls=on)),
    "picture": (lambda c: c.picture_first, lambda c, on: replace(c, picture_first=on)),
}


def _acting(action: str, help_: str) -> Verb:
    return Verb(lambda console, words, now: console._act(action, words, now), "[CALL]", help_)


def _switching(name: str, help_: str) -> Verb:
    _, turn = _SWITCHES[name]
    return switching(lambda console, is_on: console._turn(turn(console._spa.config, is_on)), help_)


_VERBS = {
    "ring": Verb(Console._ring, "NUMBER [NAME] [LINE]", "a call comes in"),
    "answer": _acting("answer", "the user answers"),
    "reject": _acting("reject", "the user rejects a ringing call"),
    "hold": _acting("hold", "the user holds the call"),
    "resume": _acting("resume", "the user goes back to a held call"),
    "hangup": _acting("endcall", "the user hangs up"),
    "dial": Verb(Console._dial, "NUMBER [LINE]", "the user dials; ..486 is busy, ..480 rings on"),
    "far-answer": _acting("far-answer", "the other side answers"),
    "far-busy": _acting("far-busy", "the other side is busy"),
    "far-hangup": _acting("far-hangup", "the other side hangs up"),
    "give-up": Verb(Console._give_up, "NUMBER", "who rings hangs up, if nobody answered"),
    "bye": Verb(Console._bye, "NUMBER", "the other side with this number hangs up, if there"),
    "password": Verb(Console._password, "PW|none", "change the Phone Ext Password"),
    "forbid": _switching("forbid", "403 to every SUBSCRIBE and NOTIFY"),
    "silence": _switching("silence", "hear nothing, say nothing"),
    "expiry": Verb(Console._expiry, "SECONDS [SUBSCRIPTION]", "the most that is granted"),
    "notify": Verb(Console._notify, "dialog|foreign", "the form of status NOTIFYs"),
    "crooked": _switching("crooked", "the seed's slips, and hostile datagrams"),
    "cti": _switching("cti", "CTI Enable on the phone's page"),
    "challenge": _switching("challenge", "401 to controls without credentials"),
    "picture": _switching("picture", "a NOTIFY at once after each SUBSCRIBE"),
    "mask": Verb(Console._mask, "open|stars|blank", "passwords on the web pages"),
    "reboot": Verb(Console._reboot, "pbx|phone", "restart without a word to anybody"),
    "status": Verb(Console._status, "", "who is here, and what is set"),
    **COMMON_VERBS,
}
