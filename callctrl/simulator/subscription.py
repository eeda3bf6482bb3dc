"""Somebody who watches the phone, and the NOTIFY requests it gets."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random

from callctrl.simulator.config import Config, NotifyForm
from callctrl.sip.headers import NameAddr, escape_user, format_host
from callctrl.sip.matching import MAGIC_COOKIE
from callctrl.sip.message import Request
from callctrl.sip.packets import Address

__all__ = ["PACKAGE", "STATUS_TYPE", "Notice", "Subscription", "hex_token", "write_notify"]

PACKAGE = "x-spa-cti"
STATUS_TYPE = "application/x-spa-status"


def hex_token(random: Random, digits: int) -> str:
    """A tag, branch or nonce as the Linksys family writes them: hexadecimal, lower case."""
    return f"{random.getrandbits(4 * digits):0{digits}x}"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell a subscriber."""

    body: bytes
    end: str = ""
    """Why the subscription ends with it; empty where it goes on."""


@dataclass(slots=True)
class Subscription:
    """One subscription, known by its Call-ID and From tag (E17).

    Notices go out one after another, each when the one before it was answered or given up, so
    that they arrive in order whatever is lost on the way.
    """

    key: tuple[str, str]
    user: str
    """User part of the From: the computer's name."""
    subscriber: NameAddr
    """The From of the SUBSCRIBE."""
    tag: str
    """Ours, of 16 digits as printed (protocol.md B.5 no. 6)."""
    cseq: int
    """Of the last NOTIFY in the dialog."""
    target: str
    """Where NOTIFYs are addressed to: the Contact."""
    remote: Address
    expires_at: float = 0.0
    waiting: deque[Notice] = field(default_factory=deque)
    is_notifying: bool = False
    """Whether a NOTIFY is on its way."""


def write_notify(
    subscription: Subscription, notice: Notice, config: Config, random: Random, now: float
) -> Request:
    """A status NOTIFY in the form that is set, modelled on the SPA9000's own (B.5 no. 9, F.2)."""
    transport = subscription.remote.transport
    here = f"{format_host(config.host)}:{config.port_of(transport)}"
    station = f"sip:{escape_user(config.station_name)}@{format_host(config.host)}"
    via = f"SIP/2.0/{transport} {here}"
    if config.notify_form is NotifyForm.DIALOG:
        subscription.cseq += 1
        seconds = max(0, round(subscription.expires_at - now))
        from_ = f"<{station}>;tag={subscription.tag}"
        tag = subscription.subscriber.tag
        to = f"<{subscription.subscriber.uri}>" + (f";tag={tag}" if tag else "")
        call_id, cseq = subscription.key[0], subscription.cseq
        state = f"terminated;reason={notice.end}" if notice.end else f"active;expires={seconds}"
    else:
        # Each with a Call-ID and CSeq of its own, and a name without quotes: so the SPA9000
        # tells its stations of shared lines (protocol.md F.2).
        from_ = f"{config.station_name} <{station}>;tag={hex_token(random, 16)}"
        to = f"<{subscription.target}>"
        call_id = f"{hex_token(random, 8)}-{hex_token(random, 8)}@localhost"
        cseq, state = random.randrange(1, 65536), ""
    return Request(
        "NOTIFY",
        subscription.target,
        [
            ("Via", f"{via};branch={MAGIC_COOKIE}-{hex_token(random, 8)}"),
            ("From", from_),
            ("To", to),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} NOTIFY"),
            ("Max-Forwards", "70"),
            ("Event", PACKAGE),
            *([("Subscription-State", state)] if state else []),
            ("P-Station-Name", f"{config.station_name} ;mac={config.mac}"),
            ("Content-Length", ""),
            ("Content-Type", STATUS_TYPE),
        ],
        notice.body,
    )
