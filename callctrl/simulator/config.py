"""Who the simulated SPA9000 and its phone are, and every knob that can be turned.

One frozen dataclass holds it all. A knob is turned by putting another value in its place:
`spa.config = replace(spa.config, forbid=True)`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import Enum

__all__ = ["Config", "Extension", "FarEnd", "Masking", "NotifyForm"]

_PST = timezone(timedelta(hours=-8), "PST")


class NotifyForm(Enum):
    """How the SPA9000 passes status on; never printed anywhere (protocol.md B.5 no. 9, E3)."""

    DIALOG = "dialog"
    """In the dialog of the subscription, with Subscription-State."""
    FOREIGN = "foreign"
    """With a Call-ID of its own, no To tag and no Subscription-State, like its shared lines."""


class Masking(Enum):
    """How the web pages show a password (protocol.md C.1, E6)."""

    OPEN = "open"
    STARS = "stars"
    BLANK = "blank"


class FarEnd(Enum):
    """What a dialled number does."""

    ANSWERS = "answers"
    BUSY = "busy"
    RINGS = "rings"
    """For ever."""


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension of the phone: its Ext n page."""

    number: str
    """The User ID, which is also the user name of the digest (S20)."""
    password: str = field(default="", repr=False)
    """As typed in by hand. Ext 1 has the SPA9000's Phone Ext Password instead (S45)."""
    auth_id: str = ""
    """A user name that takes the place of the number, where one is set."""

    @property
    def user_name(self) -> str:
        """The user name of the digest."""
        return self.auth_id or self.number


@dataclass(frozen=True, slots=True)
class Config:
    """The SPA9000, its phone, and how they behave. Durations are in seconds."""

    # Who they are

    host: str = "127.0.0.1"
    """The SPA9000's address, which is also the realm (S16)."""
    port: int = 6060
    """Where its proxy listens (protocol.md B.1), for UDP and TCP."""
    tls_port: int = 5061
    """Where it listens for TLS, if it has a certificate; a real SPA9000 has none."""
    phone_host: str = ""
    """The phone's own address, if it has one; empty means the SPA9000's."""
    phone_port: int = 5060
    """SIP port of the phone's first extension; those of the others follow."""
    station: str = "FrontDesk"
    """The phone's Station Name; without one it goes by its MAC address (protocol.md C.4)."""
    mac: str = "000e08aabbcc"
    extensions: tuple[Extension, ...] = (Extension("200"),)
    """In the order of the phone's Ext pages; line keys are shared out evenly among them."""
    lines: int = 4
    """Line keys: a SPA942 has four."""
    password: str = field(default="", repr=False)
    """Phone Ext Password. Empty, as from the factory, challenges nobody (S40)."""
    admin_password: str = field(default="", repr=False)
    """Of both web pages. Empty, as from the factory, asks nobody."""
    clock: datetime = datetime(2010, 7, 6, 15, 48, 49, tzinfo=_PST)
    """What the SPA9000's clock shows when it is started."""

    # How the SPA9000 behaves

    registration_expires: int = 60
    """The most that is granted to a computer, whatever it asks (S21)."""
    station_expires: int = 3600
    """The most that is granted to a phone, known by its P-Station-Name (protocol.md F.2)."""
    subscription_expires: int = 3600
    """The most that is granted to a subscription (S32)."""
    notify_form: NotifyForm = NotifyForm.DIALOG
    picture_first: bool = True
    """Whether a subscription begins with a NOTIFY of the calls there are (E2)."""
    forbid: bool = False
    """403 to every SUBSCRIBE and NOTIFY, whoever is registered."""
    silent: bool = False
    """Hears nothing and says nothing."""
    crooked: bool = False
    """The slips of the seed's samples, and hostile datagrams among the reports."""
    boot_time: float = 5.0
    """How long the SPA9000 is deaf after a reboot, and the phone after one of its own."""

    # How the phone behaves

    cti_enabled: bool = True
    """CTI Enable: without it no status goes out and no control is obeyed (E15)."""
    key_system: bool = True
    """Linksys Key System, shown on the phone's page."""
    challenge_controls: bool = False
    """401 to a control without credentials, as other models do (protocol.md B.6)."""
    charset: str = "iso-8859-1"
    """Of names in status bodies; this is the phone's default (E20)."""
    answer_after: float = 2.0
    """How long a dialled number rings before it answers."""
    far_ends: tuple[tuple[str, FarEnd], ...] = (
        ("486", FarEnd.BUSY),
        ("480", FarEnd.RINGS),
        ("999", FarEnd.RINGS),
    )
    """Last digits of dialled numbers and what such numbers do; all others answer."""

    # Answers for which there is no evidence (E14, E15)

    status_unknown_call: int = 481
    """To a control for a call that is not there, or not in a state for it."""
    status_bad_body: int = 400
    """To a control that cannot be read."""
    status_other_event: int = 489
    """To an event package other than x-spa-cti."""
    status_cti_off: int = 405
    """To any control while CTI Enable is No."""

    # The web pages

    masking: Masking = Masking.OPEN
    web_digest: bool = False
    """Whether the pages ask for HTTP Digest instead of Basic."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.extensions) <= self.lines:
            raise ValueError(
                f"expected 1 to {self.lines} extensions for {self.lines} lines, "
                f"found {len(self.extensions)}"
            )

    @property
    def station_name(self) -> str:
        """The user part by which the phone is reached."""
        return self.station or self.mac

    def port_of(self, transport: str) -> int:
        """Where it is reached by UDP, TCP or TLS."""
        return self.tls_port if transport == "TLS" else self.port

    @property
    def phone_address(self) -> tuple[str, int]:
        """Host and port of the phone itself."""
        return self.phone_host or self.host, self.phone_port

    def is_phone(self, host: str, port: int | None) -> bool:
        """Whether a Request-URI names the phone itself and not the SPA9000."""
        return bool(self.phone_host) and (host, port or 5060) == self.phone_address

    def extension_of_line(self, line: int) -> int:
        """Index, from 1, of the extension on a line key, from 1.

        Two extensions on four keys share them 1, 1, 2, 2, as in the vendor's example with 200 on
        lines 1 and 2 and 300 on lines 3 and 4 (KB50058).
        """
        return (line - 1) * len(self.extensions) // self.lines + 1
