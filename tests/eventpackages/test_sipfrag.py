"""What became of a REFER: RFC 3420, RFC 3515 section 2.4.5."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.eventpackages import UnreadableBodyError
from callctrl.eventpackages.sipfrag import read_sipfrag


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"SIP/2.0 100 Trying\r\n", 100),
        (b"SIP/2.0 180 Ringing", 180),
        (b"SIP/2.0 200 OK\r\nContact: <sip:2004@h>\r\n\r\nv=0\r\n", 200),
        (b"SIP/2.0 404 Not Found\n", 404),
        (b"SIP/2.0 486\r\n", 486),
        (b"SIP/2.0 503", 503),
        (b"\r\nsip/2.0  603 Decline \xff\r\n", 603),
    ],
)
def test_the_status_is_that_of_the_first_line(body: bytes, status: int) -> None:
    assert read_sipfrag(body) == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"SIP/2.0",
        b"SIP/2.0 ",
        b"SIP/2.0 20",
        b"SIP/2.0 2000",
        b"SIP/2.0 200OK",
        b"SIP/2.0 099 Early",
        b"SIP/2.0 700 Late",
        b"SIP/3.0 200 OK",
        b"HTTP/1.1 200 OK",
        b"INVITE sip:2004@h SIP/2.0\r\n",
        b"Contact: <sip:2004@h>\r\n",
        "SIP/2.0 ٢٠٠ OK".encode(),
        b"SIP/2.0 -200 OK",
    ],
)
def test_what_begins_with_no_status_line_is_refused(body: bytes) -> None:
    """A fragment may be any part of a message, but that of a REFER must tell its outcome."""
    with pytest.raises(UnreadableBodyError):
        read_sipfrag(body)


@given(st.binary(max_size=60) | st.binary(max_size=20).map(b"SIP/2.0 ".__add__))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        status = read_sipfrag(body)
    except UnreadableBodyError:
        return
    assert 100 <= status <= 699
