"""What happened in the simulator, for printing and for tests."""

from __future__ import annotations

from dataclasses import dataclass

from callctrl.sip.packets import Address

__all__ = [
    "Challenged",
    "Controlled",
    "Event",
    "NotUnderstood",
    "PhoneChanged",
    "Rebooted",
    "Refused",
    "Registered",
    "Reported",
    "Subscribed",
    "SubscriptionEnded",
    "TooLong",
    "Unreachable",
    "Unregistered",
]


@dataclass(frozen=True, slots=True)
class Registered:
    """A REGISTER was accepted."""

    user: str
    """User part of the address of record: a computer's name, or a number."""
    remote: Address
    seconds: int
    """Granted, whatever was asked."""

    def __str__(self) -> str:
        return f"{self.user} registered from {self.remote} for {self.seconds} s"


@dataclass(frozen=True, slots=True)
class Unregistered:
    """A binding ended."""

    user: str
    lapsed: bool
    """Whether it ran out; otherwise it was taken back."""

    def __str__(self) -> str:
        return f"{self.user} {'was not heard of again' if self.lapsed else 'unregistered'}"


@dataclass(frozen=True, slots=True)
class Challenged:
    """A request was answered 401."""

    method: str
    user: str
    had_credentials: bool
    """Whether it came with credentials, which then were wrong or outdated."""

    def __str__(self) -> str:
        why = "wrong credentials" if self.had_credentials else "no credentials"
        return f"{self.method} of {self.user} challenged: {why}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A request was answered with an error other than 401."""

    method: str
    user: str
    status: int

    def __str__(self) -> str:
        return f"{self.method} of {self.user or 'nobody'} refused with {self.status}"


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription was made or refreshed."""

    user: str
    station: str
    seconds: int

    def __str__(self) -> str:
        return f"{self.user} watches {self.station} for {self.seconds} s"


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """A subscription is no more."""

    user: str
    reason: str

    def __str__(self) -> str:
        return f"{self.user} watches no longer: {self.reason}"


@dataclass(frozen=True, slots=True)
class Reported:
    """The phone told of a call."""

    call: int
    state: str
    party: str
    """Name and number of the other party, as far as known."""

    def __str__(self) -> str:
        return f"call {self.call} {self.state} {self.party}".rstrip()


@dataclass(frozen=True, slots=True)
class Controlled:
    """The phone obeyed a computer."""

    user: str
    action: str
    call: int | None
    target: str
    """The number dialled or diverted to; empty for other actions."""

    def __str__(self) -> str:
        call = "" if self.call is None else f" call {self.call}"
        target = f" to {self.target}" if self.target else ""
        return f"{self.user or 'somebody'} orders {self.action}{call}{target}"


@dataclass(frozen=True, slots=True)
class PhoneChanged:
    """One of a PBX's phones does something else."""

    number: str
    state: str
    party: str
    """Name and number of the other party, where there is one."""

    def __str__(self) -> str:
        return f"{self.number} {self.state} {self.party}".rstrip()


@dataclass(frozen=True, slots=True)
class TooLong:
    """What was to be told is longer than a packet may be: nobody hears of it."""

    name: str
    size: int
    """In bytes."""

    def __str__(self) -> str:
        return f"too large to send: {self.size} bytes about {self.name}"


@dataclass(frozen=True, slots=True)
class Rebooted:
    """A device was restarted."""

    device: str

    def __str__(self) -> str:
        return f"{self.device} reboots"


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A datagram that is not SIP."""

    remote: Address
    error: str

    def __str__(self) -> str:
        return f"not understood from {self.remote}: {self.error}"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nothing listens at an address we sent to."""

    remote: Address
    error: str

    def __str__(self) -> str:
        return f"{self.remote} cannot be reached: {self.error}"


Event = (
    Registered
    | Unregistered
    | Challenged
    | Refused
    | Subscribed
    | SubscriptionEnded
    | Reported
    | Controlled
    | PhoneChanged
    | TooLong
    | Rebooted
    | NotUnderstood
    | Unreachable
)
