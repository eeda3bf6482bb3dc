"""What a client must survive: the slips of the seed's samples, and datagrams meant to hurt.

`crooked on` switches both on. Slips bend the answers themselves; hostile datagrams are thrown in
before each true report, which then puts right whatever they made a client believe.
"""

from __future__ import annotations

from collections.abc import Callable

from callctrl.sip.message import Request

__all__ = ["HOSTILE", "without_semicolon"]


def without_semicolon(address: str) -> str:
    """`sip:a@b;tag=1` as the seed's first 401 has it: `sip:a@b tag=1` (protocol.md B.8 no. 2)."""
    return address.replace(";tag=", " tag=")


def _garbage(_notify: Request) -> bytes:
    return bytes(range(256))


def _doctype(notify: Request) -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    notify.body = (
        f'<!DOCTYPE spa-status [<!ENTITY e0 "spa">{entities}]>\r\n<spa-status>&e8;</spa-status>\r\n'
    ).encode()
    return notify.to_bytes()


def _unknown_state(notify: Request) -> bytes:
    head, _, rest = notify.body.partition(b' state="')
    notify.body = head + b' state="levitating"' + rest.partition(b'"')[2]
    return notify.to_bytes()


def _endless_name(notify: Request) -> bytes:
    notify.body = notify.body.replace(b' name="', b' name="' + b"A" * 4000)
    return notify.to_bytes()


def _length_too_long(notify: Request) -> bytes:
    right = f"Content-Length: {len(notify.body)}".encode()
    return notify.to_bytes().replace(right, b"Content-Length: 9999", 1)


def _cut_short(notify: Request) -> bytes:
    return notify.to_bytes()[:150]


def _no_xml(notify: Request) -> bytes:
    notify.body = b"<spa-status><call id=1 ref='\xff\x00"
    return notify.to_bytes()


def _length_zero(notify: Request) -> bytes:
    """As the guide prints a NOTIFY of waiting messages (protocol.md F.3)."""
    notify.body = b""
    return notify.to_bytes() + b"Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n"


HOSTILE: dict[str, Callable[[Request], bytes]] = {
    "garbage": _garbage,
    "doctype": _doctype,
    "unknown state": _unknown_state,
    "endless name": _endless_name,
    "Content-Length too long": _length_too_long,
    "cut short": _cut_short,
    "no XML": _no_xml,
    "Content-Length zero": _length_zero,
}
"""Each makes a hostile datagram out of a true NOTIFY, in turn."""
