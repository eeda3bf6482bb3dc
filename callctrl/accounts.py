"""The account of a phone system, and what we do where it leaves us a choice.

Plain immutable data, and never a password: that is for `callctrl.store.passwords`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = [
    "MOST_LAMPS",
    "PASSWORD_LIMIT",
    "Account",
    "ControlPath",
    "PbxKind",
    "Policy",
    "SipTransport",
]

PASSWORD_LIMIT = 1280
"""Longest password in characters: what a Windows credential can hold."""


MOST_LAMPS = 1000
"""Extensions an administrator may name."""


class PbxKind(Enum):
    """Which phone system the account belongs to; decides what the wizard fetches by itself."""

    SPA9000 = "spa9000"
    SIP = "sip"


class ControlPath(Enum):
    """Which way commands go to the phone (protocol.md E4)."""

    PBX = "pbx"
    """Through the phone system, which knows us, as the documented program does."""
    PHONE = "phone"
    """Straight to the phone's own address, as SPA Call Manager does."""


class SipTransport(Enum):
    """What SIP is carried by on the way to the phone system."""

    AUTO = "auto"
    """As RFC 3263 finds it: UDP where nothing says otherwise."""
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Account:
    """One phone system and the phone it lets us control. The password is never part of it."""

    pbx: str
    """Host name or IP address of the SPA9000 or other SIP PBX."""
    extension: str
    """The digest user name: at a SPA9000 the phone's User ID, e.g. "200", elsewhere our own."""
    station: str
    """Whom we subscribe to: at a SPA9000 the phone's Station Name, elsewhere its extension."""
    computer: str
    """The name this PC registers under."""
    port: int = 6060
    """Port of the PBX; 6060 is the SPA9000's proxy port, 0 asks the name server (RFC 3263)."""
    phone: str = ""
    """The phone's own host name or IP address, or empty when it is not known."""
    phone_port: int = 5060
    """UDP port of the phone's first extension."""
    local_port: int = 5060
    """The UDP port wanted on this PC; another is taken where it is in use, 0 takes any."""
    kind: PbxKind = PbxKind.SPA9000
    control: ControlPath = ControlPath.PBX
    """Which way commands go; `PHONE` needs the phone's address."""
    transport: SipTransport = SipTransport.AUTO
    """What carries SIP to the PBX."""
    outbound_proxy: str = ""
    """`HOST` or `HOST:PORT` that everything for the PBX goes through, or empty."""
    ca_file: str = ""
    """A PEM file of authorities to trust for TLS, beside the system's; empty for those alone."""
    lamps: tuple[str, ...] = ()
    """Extensions of colleagues to watch, beside those of the people that are known."""
    lamp_list: str = ""
    """The name of a list of extensions on the PBX (RFC 4662), or empty: each is asked for alone."""
    voicemail: str = ""
    """The number that plays the messages; empty where the PBX tells it."""

    @property
    def is_own_phone(self) -> bool:
        """Whether it is the account of the phone it is to watch; only a SPA9000 allows that.

        Elsewhere the phone's calls would come to us instead, or the phone be thrown out.
        """
        is_same = self.extension.casefold() == self.station.casefold()
        return self.kind is PbxKind.SIP and is_same


@dataclass(frozen=True, slots=True)
class Policy:
    """What the product does where the protocol leaves a choice."""

    stay_open: bool = False
    """Keep trying after 403 Forbidden. Off: say so and end, as the documented program does."""
    notice_restart: bool = True
    """End the calls of a phone that counts its calls anew: it has restarted and forgotten them.

    Off: they stay until the phone speaks of them [inferred: nothing is printed about restarts].
    """
    believe_picture: bool = True
    """End the calls that a phone no longer speaks of after we were away, as far as that shows.

    It shows where each SUBSCRIBE is followed by a status: the first one after an absence is the
    whole picture then. Off: such calls stay until the phone speaks of them [inferred: whether the
    SPA9000 sends such a picture is not printed (protocol.md E2)].
    """
    keep_alive: int = 8
    """Seconds between two pairs of line ends sent to the PBX, 0 for none (RFC 5626 section 3.5.1).

    They keep open what NATs and firewalls on the way would close, and show early that the PBX is
    gone. Every SIP element skips them (RFC 3261 section 7.5), so the SPA9000 will [inferred].
    """
    silence_is_free: bool = False
    """Show a colleague's phone as free where the PBX grants the subscription and reports nothing.

    kamailio does so of a phone that had no call yet [inferred: it does so of one that is switched
    off as well]. Off: it is unknown.
    """
