"""A telephone behind kamailio that does in a call what a test wrote down; sipp plays it.

What it does is told by the names and functions below, one after the other, from the INVITE that
reaches it to the end of the call:

    Handset(folder, port, RINGS, IS_PICKED_UP, IS_REFERRED, ACCEPTS, tells("200 OK"), IS_LEFT)
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.peers.kamailio import Kamailio
from tests.peers.program import until
from tests.peers.sipp import Sipp

__all__ = [
    "ACCEPTS",
    "HOLDS",
    "IS_LEFT",
    "IS_PICKED_UP",
    "IS_PUT_DOWN",
    "IS_REFERRED",
    "RINGS",
    "USER",
    "Handset",
    "refuses",
    "refuses_refer",
    "registered",
    "tells",
]

USER = "1009"
"""Whom it plays."""

_CONTACT = f"Contact: <sip:{USER}@[local_ip]:[local_port]>"


def _hears(method: str, **variables: str) -> str:
    """Take a request; the fields of these names are kept in these variables."""
    fields = {name.replace("_", "-"): variable for name, variable in variables.items()}
    actions = [
        f'<ereg regexp=".+" search_in="hdr" header="{name}:" assign_to="{variable}"/>'
        for name, variable in fields.items()
    ]
    route = ' rrs="true"' if method == "INVITE" else ""
    return f'<recv request="{method}"{route}><action>{"".join(actions)}</action></recv>\n'


def _says(lines: Iterable[str], body: str, *, is_repeated: bool) -> str:
    """Send a message; it is repeated until it is answered where the transport may lose it."""
    if body:
        content_type = "message/sipfrag" if body.startswith("SIP/") else "application/sdp"
        lines = [*lines, f"Content-Type: {content_type}", "Content-Length: [len]", "", body]
    else:
        lines = [*lines, "Content-Length: 0", ""]
    attributes = ' retrans="500"' if is_repeated else ""
    text = "\n".join(lines)
    return f"<send{attributes}><![CDATA[\n\n{text}\n\n]]></send>\n"


def _answers(status: str, *fields: str, body: str = "", is_repeated: bool = False) -> str:
    """Answer the request that was heard last."""
    echoed = ["[last_Via:]", "[last_From:]", *fields, "[last_Call-ID:]", "[last_CSeq:]", _CONTACT]
    return _says([f"SIP/2.0 {status}", *echoed], body, is_repeated=is_repeated)


def _answers_invite(status: str, body: str = "") -> str:
    tagged = "[last_To:];tag=[call_number]phone"
    return _answers(status, "[last_Record-Route:]", tagged, body=body, is_repeated=bool(body))


def _answers_refer(status: str) -> str:
    echoed = ["Via: [$via]", "Via: [$via_before]", "From: [$caller]", "To: [$us]"]
    echoed += ["Call-ID: [call_id]", "CSeq: [$refer]"]
    return _says([f"SIP/2.0 {status}", *echoed, _CONTACT], "", is_repeated=False)


def _asks(method: str, number: int, *fields: str, body: str = "") -> str:
    """Ask something inside the dialog."""
    lines = [
        f"{method} [next_url] SIP/2.0",
        "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]",
        "[routes]",
        "Max-Forwards: 70",
        "From: [$phone];tag=[call_number]phone",
        "To: [$caller]",
        "Call-ID: [call_id]",
        f"CSeq: {number} {method}",
        _CONTACT,
    ]
    return _says([*lines, *fields], body, is_repeated=method != "ACK")


def _sdp(direction: str) -> str:
    lines = ["v=0", "o=- 1 [call_number] IN IP4 [local_ip]", "s=-", "c=IN IP4 [local_ip]", "t=0 0"]
    return "\n".join([*lines, "m=audio 9 RTP/AVP 0", f"a={direction}"])


_IS_CALLED = _hears("INVITE", From="caller", To="phone")
_OK = '<recv response="200"/>\n'

RINGS = _answers_invite("180 Ringing")
IS_PICKED_UP = _answers_invite("200 OK", _sdp("recvonly")) + _hears("ACK")


def refuses(status: str) -> str:
    """It refuses the call, at once or after it rang."""
    return _answers_invite(status) + _hears("ACK")


IS_REFERRED = _hears("REFER", CSeq="refer", To="us").replace(
    "</action>",
    '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="id"/>'
    '<ereg regexp=".+" search_in="hdr" header="Via:" occurrence="1" assign_to="via"/>'
    '<ereg regexp=".+" search_in="hdr" header="Via:" occurrence="2" assign_to="via_before"/>'
    "</action>",
)
ACCEPTS = _answers_refer("202 Accepted")


def refuses_refer(status: str) -> str:
    """It does not obey."""
    return _answers_refer(status)


HOLDS = (
    _asks("INVITE", 1, body=_sdp("sendonly"))
    + '<recv response="100" optional="true"/>\n<recv response="200"><action>'
    '<ereg regexp="a=(inactive|recvonly)" search_in="body" check_it="true" assign_to="answer"/>'
    "</action></recv>\n" + _asks("ACK", 1)
)
"""It puts the call on hold before it obeys, as some do (RFC 3264 section 8.4)."""


def tells(outcome: str, number: int = 2, *, is_last: bool = True, status: str = "200") -> str:
    """It tells what became of the REFER so far (RFC 3515 section 2.4), and is answered `status`.

    `number` is that of the request: each needs a higher one than those before.
    """
    state = "terminated;reason=noresource" if is_last else "active;expires=60"
    fields = ["Event: refer;id=[$id]", f"Subscription-State: {state}"]
    notify = _asks("NOTIFY", number, *fields, body=f"SIP/2.0 {outcome}\n")
    return notify + f'<recv response="{status}"/>\n'


IS_LEFT = _hears("BYE") + _answers("200 OK", "[last_To:]")
IS_PUT_DOWN = _asks("BYE", 9) + _OK

_VARIABLE = re.compile(r'assign_to="(\w+)"')


class Handset(Sipp):
    """The telephone in one call."""

    def __init__(self, folder: Path, port: int, *deeds: str) -> None:
        """`port` is where it is registered."""
        folder.mkdir(parents=True)
        script = "".join([_IS_CALLED, *deeds])
        variables = ",".join(sorted(set(_VARIABLE.findall(script))))
        scenario = folder / "handset.xml"
        scenario.write_text(
            f'<?xml version="1.0"?>\n<scenario name="handset">\n{script}'
            f'<Reference variables="{variables}"/>\n</scenario>\n'
        )
        super().__init__(folder, scenario, port=port)


@contextlib.contextmanager
def registered(folder: Path, kamailio: Kamailio) -> Iterator[int]:
    """Have it registered meanwhile, at a port that it is to be played at.

    Each time at another: what kamailio still repeats to the one of before must not reach this one.
    """
    port = _register(folder / "in", kamailio, expires=1800)
    try:
        yield port
    finally:
        _register(folder / "out", kamailio, expires=0, port=port)


def _register(folder: Path, kamailio: Kamailio, *, expires: int, port: int | None = None) -> int:
    """Register it for so many seconds; its port."""
    pbx, keys = kamailio.address("UDP"), {"expires": expires}
    with Sipp(folder, "register", remote=pbx, port=port, keys=keys) as phone:
        until(lambda: phone.exit_code is not None, "the answer to a REGISTER")
        assert phone.exit_code == 0
        return phone.address.port
