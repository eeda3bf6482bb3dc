"""P1 and P2: a NOTIFY is read, and answered, by us and by four libraries, on the same bytes.

Each in its own way (`tests/bench/codecs.py`). "bare" is what `bytes.split` can do without a check.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.bench.clock import medians, own_cpu, scaled
from tests.bench.codecs import codecs
from tests.bench.table import AtLeast, Metric, Result

__all__ = ["METRICS", "measure"]

_PEERS = ("bare", "opensip", "aiosipua", "sippy", "sipmessage")

METRICS = (
    Metric(
        "P1",
        "read a NOTIFY of 770 bytes, CPU",
        "us",
        (
            AtLeast(0.55, "bare"),
            AtLeast(1.2, "opensip"),
            AtLeast(2.5, "aiosipua"),
            AtLeast(2.5, "sippy"),
            AtLeast(3.5, "sipmessage"),
        ),
        _PEERS,
    ),
    Metric(
        "P2",
        "the same and the bytes of its 200, CPU",
        "us",
        (
            AtLeast(2, "opensip"),
            AtLeast(3, "aiosipua"),
            AtLeast(3, "sippy"),
            AtLeast(3, "sipmessage"),
        ),
        _PEERS,
        "reading, which looks at each header line once, is five sixths of it; the rest sees that "
        "no value leaves its line, and looks whether Via has to tell of the source, which the "
        "peers' writers do not.",
    ),
)

_BODY = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="5" state="full" \
entity="sip:200@192.168.1.20">
 <dialog id="200" direction="recipient">
  <state>early</state>
 </dialog>
</dialog-info>
"""
_HEAD = f"""\
NOTIFY sip:RECEPTION@192.168.1.55:5060 SIP/2.0
Via: SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bKPj7f31c9a2
From: <sip:200@192.168.1.20>;tag=5d0c5c1e
To: "Reception" <sip:RECEPTION@192.168.1.20>;tag=1928301774
Contact: <sip:192.168.1.20:5060>
Call-ID: 3848276298220188511@192.168.1.55
CSeq: 27 NOTIFY
Event: dialog
Subscription-State: active;expires=3412
Allow-Events: presence, dialog, message-summary
Max-Forwards: 70
User-Agent: Asterisk PBX 18.10.0
Content-Type: application/dialog-info+xml
Content-Length: {len(_BODY)}

"""
NOTIFY = _HEAD.replace("\n", "\r\n").encode() + _BODY
"""As Asterisk writes it."""


def measure(share: float = 1.0) -> list[Result]:
    """Both rows."""
    calls, rounds = scaled(500, share), scaled(25, share)
    ways = codecs()
    reading: dict[str, Callable[[], object]] = {
        name: partial(way.read, NOTIFY) for name, way in ways.items()
    }
    answering: dict[str, Callable[[], object]] = {
        name: partial(_answer, way.read, way.write)
        for name, way in ways.items()
        if way.write is not None
    }
    return [
        Result(
            metric,
            medians({name: partial(own_cpu, work, calls) for name, work in works.items()}, rounds),
        )
        for metric, works in zip(METRICS, (reading, answering), strict=True)
    ]


def _answer(
    read: Callable[[bytes], tuple[object, Any]], write: Callable[[Any], bytes]
) -> tuple[object, bytes]:
    known, message = read(NOTIFY)
    return known, write(message)
