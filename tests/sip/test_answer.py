"""The bytes of responses (RFC 3261 section 8.2.6.2)."""

from __future__ import annotations

import pytest

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.answer import answer_to
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address

SOURCE = Address("192.168.1.20", 5060)
HEAD = """\
NOTIFY sip:a@b SIP/2.0
v: SIP/2.0/UDP 192.168.1.20;branch=z9hG4bK1
VIA: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2
f: "Zoë" <sip:a@b>;tag=1;x="y"
to: <sip:c@d>
i: 1@b
CSeq:  0027\tNOTIFY
"""


def request(charset: str = "utf-8") -> Request:
    message = parse(f"{HEAD}\n".replace("\n", "\r\n").encode(charset))
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_what_a_request_says_goes_back_as_it_stood(charset: str) -> None:
    """RFC 3261 section 8.2.6.2; octets that are no UTF-8 are the same octets again."""
    data = answer_to(request(charset), SOURCE, 200, "OK", "<sip:c@d>;tag=2", [("Allow", "NOTIFY")])
    expected = """\
SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.168.1.20;branch=z9hG4bK1
Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2
From: "Zoë" <sip:a@b>;tag=1;x="y"
To: <sip:c@d>;tag=2
Call-ID: 1@b
CSeq: 0027\tNOTIFY
Allow: NOTIFY
Content-Length: 0

"""
    assert data == expected.replace("\n", "\r\n").encode(charset)


def test_the_bytes_are_those_of_a_response_with_the_same_fields() -> None:
    data = answer_to(request(), SOURCE, 481, "Unknown", "<sip:c@d>;tag=2")
    response = parse(data)
    assert isinstance(response, Response)
    assert (response.status, response.reason) == (481, "Unknown")
    assert response.to_bytes() == data


@pytest.mark.parametrize(
    ("reason", "to", "field"),
    [
        ("O\nK", "<sip:c@d>", ("Allow", "NOTIFY")),
        ("OK", "<sip:c@d>\r\nEvil: 1", ("Allow", "NOTIFY")),
        ("OK", "<sip:c@d>", ("Allow", "NOTIFY\0")),
        ("OK", "<sip:c@d>", ("Al low", "NOTIFY")),
        ("OK", "<sip:c@d>", ("Evil: 1\r\nAllow", "NOTIFY")),
    ],
)
def test_nothing_of_ours_breaks_out_of_its_line(
    reason: str, to: str, field: tuple[str, str]
) -> None:
    """RFC 3261 section 7.3.1: a field ends with its line."""
    with pytest.raises(LocalProtocolError):
        answer_to(request(), SOURCE, 200, reason, to, [field])


def test_nothing_echoed_breaks_out_of_its_line_either() -> None:
    """A request that was not read, but made, may hold anything."""
    made = Request(
        "NOTIFY", "sip:a@b", [("Via", "SIP/2.0/UDP b;branch=z9hG4bK1"), ("From", "a\r\nb")]
    )
    with pytest.raises(LocalProtocolError):
        answer_to(made, SOURCE, 200, "OK", "<sip:c@d>")


def test_without_a_way_back_there_is_no_answer() -> None:
    """RFC 3261 section 18.2.2."""
    with pytest.raises(RemoteProtocolError):
        answer_to(Request("NOTIFY", "sip:a@b", []), SOURCE, 200, "OK", "<sip:c@d>")
