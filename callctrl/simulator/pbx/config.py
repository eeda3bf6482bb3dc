"""Who works in the simulated office, and every knob of its SIP PBX.

One frozen dataclass holds it all. A knob is turned by putting another value in its place:
`pbx.config = replace(pbx.config, style=Style.KAMAILIO)`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

__all__ = ["COLLEAGUES", "FarEnd", "Login", "Manner", "PbxConfig", "Place", "Style"]


class Style(Enum):
    """Whose habits the PBX has."""

    ASTERISK = "asterisk"
    """A back-to-back agent: one pseudo-dialog per extension, made from a hint; the PBX itself takes
    the REFER and tells what becomes of it."""
    KAMAILIO = "kamailio"
    """A proxy: one dialog per real call; it records a route, and REFER goes through to the
    phone."""


class FarEnd(Enum):
    """What a number outside the office does."""

    ANSWERS = "answers"
    BUSY = "busy"
    RINGS = "rings"
    """For ever."""
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"


class Manner(Enum):
    """What a phone does about calls that come from the program, or by its order."""

    ANSWERS = "answers"
    REJECTS = "rejects"
    RINGS = "rings"
    """Nobody is there to pick up; by hand it can be answered all the same."""
    HOLDS_FIRST = "holds-first"
    """Picks up, and holds whoever refers it before it obeys."""
    DEAF_TO_REFER = "deaf-to-refer"
    """Picks up, and never answers the REFER."""
    OUT_OF_REACH = "out-of-reach"
    """Picks up, and its Contact leads nowhere: nothing inside the dialog gets to it."""


@dataclass(frozen=True, slots=True)
class Place:
    """An extension, and who sits there."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Login:
    """An account of a program, with no phone behind it."""

    user: str
    password: str = field(repr=False)
    name: str = "Call Ctrl"
    """What a phone shows when this account calls."""


COLLEAGUES = (
    Place("1001", "Reception"),
    Place("1002", "Andreas Höfer"),
    Place("1003", "Birgit Sommer"),
    Place("1004", "Chen Wei"),
    Place("1005", "Deniz Yildiz"),
    Place("1006", "Elena Petrova"),
    Place("1007", "Farid Haddad"),
    Place("1008", "Grace Okafor"),
    Place("1009", "Hugo Lindqvist"),
    Place("1010", "Inês Carvalho"),
    Place("1011", "Jonas Weber"),
    Place("1012", "Kim Nguyen"),
)
"""The first is the desk at which the program is used."""


@dataclass(frozen=True, slots=True)
class PbxConfig:
    """The PBX, its phones, and how they behave. Durations are in seconds."""

    # Who they are

    host: str = "127.0.0.1"
    """The PBX's address, which is also the realm and the domain."""
    port: int = 5060
    """Where it listens, for UDP and TCP."""
    tls_port: int = 5061
    """Where it listens for TLS, if it has a certificate."""
    places: tuple[Place, ...] = COLLEAGUES
    logins: tuple[Login, ...] = (Login("callctrl", ""),)
    """Who may ask and call; one without a password is let in unasked."""
    phone_password: str = field(default="", repr=False)
    """Of the phones' own accounts, named as their extensions. Empty lets nobody register one."""
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Names of resource lists, and the extensions on each (RFC 4662)."""
    voicemail: str = "*97"

    # How it lets people in

    algorithms: tuple[str, ...] = ("SHA-256", "MD5")
    """Digest algorithms, one challenge for each, the best first (RFC 8760 section 2.4)."""
    nonce_uses: int = 0
    """After so many a nonce is stale; 0 for never."""
    removes_contacts: bool = True
    """Whether whoever registers a phone's account throws the phone out; else that is a 403."""

    # How it tells

    style: Style = Style.ASTERISK
    packages: tuple[str, ...] = ("dialog", "presence", "message-summary")
    """Event packages it knows; 489 to any other."""
    subscription_expires: int = 3600
    """The most that is granted to a subscription."""
    min_expires: int = 0
    """Less is refused with 423, but for the 0 that ends a subscription."""
    registration_expires: int = 3600
    tells_callers: bool = False
    """Asterisk: whether a ringing phone's document names the caller; newer releases do."""
    tells_holds: bool = False
    """Asterisk: whether a call on hold shows; with real phones it does not."""
    tells_twice: bool = True
    """Kamailio: whether each document is sent twice, as it often is."""
    has_lists: bool = True
    """Whether it can do lists at all; else a list is answered as an empty extension."""
    list_bytes: int = 65_535
    """A list whose NOTIFY is longer is never told: the packet limit of Asterisk."""
    list_batch: float = 0.0
    """How long changes of a list are gathered for one NOTIFY."""

    # When it is restarted

    keeps_subscriptions: bool = True
    """Whether subscriptions outlive a restart, in a database of its own."""
    boot_time: float = 3.0
    """How long it is deaf then."""
    resumes_after: float = 0.7
    """From the end of that to the NOTIFYs of the subscriptions that were kept."""

    # How it is out of order

    forbid: bool = False
    """403 to every SUBSCRIBE and INVITE."""
    silent: bool = False
    """Hears nothing and says nothing."""

    # Calls

    answer_after: float = 2.0
    """How long somebody takes to pick up a phone, where that happens by itself."""
    reject_after: float = 1.5
    far_ends: tuple[tuple[str, FarEnd], ...] = (
        ("486", FarEnd.BUSY),
        ("480", FarEnd.RINGS),
        ("404", FarEnd.UNKNOWN),
        ("503", FarEnd.UNREACHABLE),
    )
    """Last digits of numbers outside and what such numbers do; all others answer."""

    @property
    def domain(self) -> str:
        """The host part of everybody's address."""
        return self.host

    def port_of(self, transport: str) -> int:
        """Where it is reached by UDP, TCP or TLS."""
        return self.tls_port if transport == "TLS" else self.port
