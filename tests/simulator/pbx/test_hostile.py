"""What comes from the network is anybody's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.simulator.pbx import Login, Manner, Style

from .peer import CONFIG, Program, pbx

OPEN = replace(CONFIG, logins=(Login("callctrl", ""),))
"""Lets everybody in, so that everything is reached."""

HEAD = (
    b" sip:1001@192.168.1.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK1\r\n"
    b"From: <sip:callctrl@192.168.1.10>;tag=mine\r\nTo: <sip:1001@192.168.1.10>\r\n"
    b"Call-ID: talk\r\nContact: <sip:callctrl@192.168.1.50:5060>\r\n"
)
SDP = b"v=0\r\nc=IN IP4 192.168.1.50\r\nm=audio 9 RTP/AVP 0 8\r\n"
SEEDS = (
    b"SUBSCRIBE" + HEAD + b"CSeq: 1 SUBSCRIBE\r\nEvent: dialog\r\nExpires: 60\r\n\r\n",
    b"INVITE" + HEAD + b"CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\n" + SDP,
    b"REFER" + HEAD + b"CSeq: 2 REFER\r\nRefer-To: <sip:1003@192.168.1.10>\r\n\r\n",
    b"REGISTER" + HEAD + b"CSeq: 1 REGISTER\r\nExpires: 60\r\n\r\n",
    b"CANCEL" + HEAD + b"CSeq: 1 CANCEL\r\n\r\n",
    b"ACK" + HEAD + b"CSeq: 1 ACK\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK1\r\n\r\n",
)


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """One of the seeds with a piece of it replaced."""
    seed = draw(st.sampled_from(SEEDS))
    start = draw(st.integers(0, len(seed)))
    end = draw(st.integers(start, min(len(seed), start + 12)))
    return seed[:start] + draw(st.binary(max_size=12)) + seed[end:]


@given(st.lists(bent() | st.binary(max_size=80), max_size=6), st.sampled_from(list(Style)))
def test_nothing_that_comes_in_stops_it(datagrams: list[bytes], style: Style) -> None:
    program = Program(pbx(replace(OPEN, style=style)))
    for data in datagrams:
        program.deliver(data)
        program.run(1)
    program.run(40)
    assert program.send("OPTIONS", "sip:192.168.1.10")[0].status == 200


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("contact", ["<sip:a b@192.168.1.50>", "<nowhere>", "<>", "sip:", "*"])
def test_a_contact_that_leads_nowhere_makes_no_subscription(contact: str, style: Style) -> None:
    program = Program(pbx(replace(OPEN, style=style)))
    assert program.subscribe(Contact=contact).status == 400
    assert program.engine.subscriptions == []


def test_a_name_that_would_break_a_header_is_escaped() -> None:
    program = Program(pbx(replace(OPEN, style=Style.KAMAILIO)))
    program.subscribe("a%0d%0aX%3A%20b%3E")
    (notify,) = program.notifies
    assert notify.from_.uri == "sip:a%0D%0AX%3A%20b%3E@192.168.1.10"


def test_a_phone_out_of_reach_hears_nothing_inside_the_dialog() -> None:
    """As one whose Contact the proxy does not resolve: its 200 is repeated until it gives up."""
    program = Program(pbx(OPEN))
    program.engine.office.phones["1001"].manner = Manner.OUT_OF_REACH
    program.send("INVITE", "sip:1001@192.168.1.10", SDP, Content_Type="application/sdp")
    program.run(2.5)
    accepted = next(each for each in program.sent if b" 200 OK" in each)
    to = accepted.split(b"To: ")[1].split(b"\r\n")[0].decode()
    uri = "sip:192.168.1.10:5060"
    program.send("ACK", uri, To=to, CSeq="1 ACK")
    assert program.send("REFER", uri, To=to, Refer_To="<sip:1003@192.168.1.10>") == []
    assert program.send("BYE", uri, To=to) == []
    program.run(40)
    assert [each.method for each in program.requests] == ["BYE"]
    assert program.engine.office.phones["1001"].legs == []
