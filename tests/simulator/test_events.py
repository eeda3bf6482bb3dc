"""What happened, as it is printed."""

from __future__ import annotations

import pytest

from callctrl.simulator.events import (
    Challenged,
    Controlled,
    Event,
    NotUnderstood,
    Rebooted,
    Refused,
    Registered,
    Reported,
    Subscribed,
    SubscriptionEnded,
    Unreachable,
    Unregistered,
)

from .peer import PC


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            Registered("RECEPTION", PC, 60),
            "RECEPTION registered from UDP 192.168.1.50:5060 for 60 s",
        ),
        (Unregistered("RECEPTION", lapsed=True), "RECEPTION was not heard of again"),
        (Unregistered("RECEPTION", lapsed=False), "RECEPTION unregistered"),
        (Challenged("REGISTER", "PC", True), "REGISTER of PC challenged: wrong credentials"),
        (Challenged("REGISTER", "PC", False), "REGISTER of PC challenged: no credentials"),
        (Refused("SUBSCRIBE", "PC", 403), "SUBSCRIBE of PC refused with 403"),
        (Subscribed("PC", "FrontDesk", 3600), "PC watches FrontDesk for 3600 s"),
        (SubscriptionEnded("PC", "time is up"), "PC watches no longer: time is up"),
        (Reported(1, "ringing", "Anna Lee 5551234"), "call 1 ringing Anna Lee 5551234"),
        (Reported(1, "idle", ""), "call 1 idle"),
        (Controlled("PC", "hold", None, ""), "PC orders hold"),
        (Controlled("", "newcall", 1, "5551234"), "somebody orders newcall call 1 to 5551234"),
        (Rebooted("phone"), "phone reboots"),
        (NotUnderstood(PC, "no SIP"), "not understood from UDP 192.168.1.50:5060: no SIP"),
        (Unreachable(PC, "refused"), "UDP 192.168.1.50:5060 cannot be reached: refused"),
    ],
)
def test_each_event_is_one_line(event: Event, text: str) -> None:
    assert str(event) == text
