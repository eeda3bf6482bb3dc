from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.exchange import Outgoing
from callctrl.sip.headers import NameAddr
from callctrl.sip.matching import MAGIC_COOKIE
from callctrl.sip.message import Response, parse
from callctrl.sip.packets import Address, Packet
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent
from tests.sip.asking import (
    PBX,
    PC,
    SpyOutcome,
    begin,
    control,
    make_agent,
    make_authenticator,
)

DATA = Path(__file__).parents[1] / "data"
ORIGINALS = [
    path.read_bytes()
    for folder in ("seed", "captures", "torture/valid")
    for path in sorted((DATA / folder).iterdir())
    if path.suffix in (".sip", ".txt")
]


# Tokens


def test_tokens_have_the_forms_of_the_documented_program() -> None:
    tokens = Tokens(Random(1))
    assert re.fullmatch(rf"{MAGIC_COOKIE}\d+", tokens.branch())
    assert re.fullmatch(r"\d+", tokens.tag())
    assert re.fullmatch(r"\d+-\d+-\d+", tokens.call_id())
    assert 0 <= tokens.fraction() < 1


def test_the_same_seed_makes_the_same_talk_and_no_token_comes_twice() -> None:
    def talk(seed: int) -> list[str]:
        tokens = Tokens(Random(seed))
        return [make() for _ in range(100) for make in (tokens.branch, tokens.tag, tokens.call_id)]

    assert talk(1) == talk(1)
    assert len(set(talk(1) + talk(2))) == 600


# Requests of ours


def test_a_request_is_written_in_the_documented_order() -> None:
    agent = make_agent()
    agent.request(control(b"<x/>"), make_authenticator(agent), SpyOutcome(), 0.0)
    (packet,) = agent.packets_to_send()
    branch = parse(packet.data).via.branch
    assert packet == Packet(
        (
            "NOTIFY sip:FrontDesk@192.168.1.10:6060 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 192.168.1.50:5060;branch={branch}\r\n"
            "Max-Forwards: 70\r\n"
            "From: sip:RECEPTION@192.168.1.50;tag=1710\r\n"
            "To: sip:FrontDesk@192.168.1.10\r\n"
            "Call-ID: 482113\r\n"
            "CSeq: 1 NOTIFY\r\n"
            "Contact: sip:RECEPTION@192.168.1.50:5060\r\n"
            "Event: x-spa-cti\r\n"
            "Content-Type: application/x-spa-control\r\n"
            "Content-Length: 4\r\n"
            "User-Agent: Call Ctrl 1.1 jdoe\r\n"
            "\r\n"
            "<x/>"
        ).encode(),
        PBX,
    )


def test_the_route_set_follows_max_forwards() -> None:
    outgoing = Outgoing(
        "SUBSCRIBE", "sip:a", NameAddr("sip:b"), NameAddr("sip:c"), "1",
        route_set=("<sip:first;lr>", "<sip:last;lr>"),
    )  # fmt: skip
    request, _ = begin(make_agent(), outgoing)
    assert [name for name, _ in request.headers][:4] == ["Via", "Max-Forwards", "Route", "Route"]
    assert request.headers.get_all("Route") == ["<sip:first;lr>", "<sip:last;lr>"]


def test_one_counter_numbers_every_request_of_the_program() -> None:
    agent = make_agent()
    requests = [begin(agent)[0] for _ in range(3)]
    assert [request.cseq.number for request in requests] == [1, 2, 3]
    assert len({request.via.branch for request in requests}) == 3


def test_what_a_dialog_counts_for_itself_leaves_the_counter_alone() -> None:
    """RFC 3261 section 12.2.1.1: without a gap in the dialog."""
    agent = make_agent()
    begin(agent)
    inside, _ = begin(agent, replace(control(), number=lambda: 7))
    after, _ = begin(agent)
    assert (inside.cseq.number, after.cseq.number) == (7, 2)


@pytest.mark.parametrize(("method", "has_contact"), [("BYE", False), ("REFER", True)])
def test_what_moves_no_target_says_no_contact(method: str, has_contact: bool) -> None:
    """RFC 3261 table 2."""
    request, _ = begin(make_agent(), replace(control(), method=method))
    assert ("Contact" in request.headers) is has_contact


def test_an_ack_has_no_transaction_and_is_repeated_to_the_byte() -> None:
    """RFC 3261 section 13.2.2.4."""
    agent = make_agent()
    outgoing = replace(control(b""), method="ACK", before_length=(), route_set=("<sip:a;lr>",))
    ack = agent.acknowledge(outgoing, 3, [("Authorization", "Digest x")])
    agent.acknowledge_again(ack)
    assert agent.packets_to_send() == [ack, ack]
    assert agent.next_timeout() is None
    request = parse(ack.data)
    assert (str(request.cseq), ack.remote) == ("3 ACK", PBX)
    assert request.headers.get("Authorization") == "Digest x"
    assert request.headers.get("Route") == "<sip:a;lr>"
    assert "Contact" not in request.headers


def test_an_ipv6_address_stands_in_brackets() -> None:
    """RFC 3261 sections 19.1.1 and 25.1."""
    request, _ = begin(make_agent(Address("2001:db8::1", 5062)))
    via = request.headers.get("Via") or ""
    assert via.startswith("SIP/2.0/UDP [2001:db8::1]:5062;branch=")
    assert request.contacts == [NameAddr("sip:RECEPTION@[2001:db8::1]:5062")]


def test_a_request_that_would_be_no_sip_is_refused_and_leaves_nothing_behind() -> None:
    agent, spy = make_agent(), SpyOutcome()
    with pytest.raises(LocalProtocolError):
        agent.request(replace(control(), uri="sip:a b@c"), make_authenticator(agent), spy, 0.0)
    assert agent.packets_to_send() == []
    assert agent.next_timeout() is None
    assert spy.heard == []


# Requests of the peer


def incoming(name: str = "captures/notify-answering.sip") -> bytes:
    return (DATA / name).read_bytes()


def respond(agent: UserAgent, data: bytes, status: int = 200, **more: str) -> bytes:
    transaction = agent.receive(data, PBX, 0.0)
    assert transaction is not None
    agent.respond(transaction, status, 0.0, more.items())
    (packet,) = agent.packets_to_send()
    return packet.data


def test_an_answer_repeats_what_the_request_said_and_adds_a_tag() -> None:
    response = respond(make_agent(), incoming())
    tag = parse(response).to.tag
    assert tag
    assert (
        response
        == (
            "SIP/2.0 200 OK\r\n"
            "Via: SIP/2.0/UDP 10.0.0.164:5060;branch=z9hG4bK-edba58c2"
            ";received=192.168.1.10\r\n"
            'From: "CS / reception" <sip:0616*004@pbx5.example.net>;tag=ef768b8611d9b415o0\r\n'
            f"To: <sip:cti@pbx5.example.net>;tag={tag}\r\n"
            "Call-ID: 2ec7053e-2a88f2f3@10.0.0.164\r\n"
            "CSeq: 13466 NOTIFY\r\n"
            "Content-Length: 0\r\n"
            "\r\n"
        ).encode()
    )


def test_a_tag_that_is_there_is_left_alone() -> None:
    data = incoming().replace(b"<sip:cti@pbx5.example.net>\r\n", b"<sip:c@d>;tag=7\r\n")
    assert b"\r\nTo: <sip:c@d>;tag=7\r\n" in respond(make_agent(), data)


def test_every_via_is_returned_in_order() -> None:
    response = parse(respond(make_agent(), incoming("torture/valid/transports.sip")))
    assert [via.split()[0] for via in response.headers.get_all("Via")] == [
        "SIP/2.0/UNKNOWN",
        "SIP/2.0/SCTP",
        "SIP/2.0/TLS",
        "SIP/2.0/UDP",
    ]


def test_an_answer_has_its_reason_and_further_fields() -> None:
    response = respond(make_agent(), incoming(), 489, Allow_Events="x")
    assert response.startswith(b"SIP/2.0 489 Bad Event\r\n")
    assert response.endswith(b"\r\nAllow_Events: x\r\nContent-Length: 0\r\n\r\n")
    assert respond(make_agent(), incoming(), 499).startswith(b"SIP/2.0 499 Refused\r\n")


def test_an_answer_may_have_a_body() -> None:
    agent = make_agent()
    transaction = agent.receive(incoming(), PBX, 0.0)
    assert transaction is not None
    agent.respond(transaction, 200, 0.1, [("Content-Type", "application/sdp")], b"v=0\r\n")
    (packet,) = agent.packets_to_send()
    answer = parse(packet.data)
    assert (answer.body, answer.headers.get("Content-Length")) == (b"v=0\r\n", "5")


def test_a_latin_1_name_is_returned_in_the_bytes_it_came_in() -> None:
    response = respond(make_agent(), incoming("torture/valid/latin-1-name.sip"))
    assert b'From: "Empfang J\xfcrgen M\xfcller" <sip:200@192.0.2.10>;tag=1o0\r\n' in response


def test_every_response_to_a_request_has_the_same_tag() -> None:
    """RFC 3261 section 8.2.6.2."""
    agent = make_agent()
    transaction = agent.receive(incoming(), PBX, 0.0)
    assert transaction is not None
    for status in (100, 200):
        agent.respond(transaction, status, 0.0)
    first, second = (parse(packet.data).to.tag for packet in agent.packets_to_send())
    assert first
    assert first == second


@pytest.mark.parametrize(("branch", "status"), [(b"-edba58c2", 200), (b"-other", 481)])
def test_a_cancel_is_answered_whether_its_invite_is_known_or_not(
    branch: bytes, status: int
) -> None:
    """RFC 3261 section 9.2; with the tag of the answer to the INVITE where it is known."""
    agent = make_agent()
    invite = parse(respond(agent, incoming().replace(b"NOTIFY", b"INVITE"), 480))
    cancel = incoming().replace(b"NOTIFY", b"CANCEL").replace(b"-edba58c2", branch)
    transaction = agent.receive(cancel, PBX, 0.1)
    assert transaction is not None
    agent.answer_cancel(transaction, 0.1)
    (packet,) = agent.packets_to_send()
    answer = parse(packet.data)
    assert isinstance(answer, Response)
    assert answer.status == status
    assert answer.to.tag
    assert (answer.to.tag == invite.to.tag) is (status == 200)


def test_the_repeated_request_gets_the_same_tag() -> None:
    agent = make_agent()
    response = respond(agent, incoming())
    assert agent.receive(incoming(), PBX, 0.5) is None
    (packet,) = agent.packets_to_send()
    assert packet.data == response


@pytest.mark.parametrize(
    "name", [path.name for path in sorted((DATA / "torture" / "valid").glob("*.sip"))]
)
def test_a_crooked_request_is_answered(name: str) -> None:
    agent = make_agent()
    transaction = agent.receive(incoming(f"torture/valid/{name}"), PBX, 0.0)
    if transaction is not None:
        request = transaction.request
        agent.respond(transaction, 480, 0.0)  # of an INVITE we take nothing else
        (packet,) = agent.packets_to_send()
        answer = parse(packet.data)
        assert (answer.call_id, answer.cseq) == (
            request.call_id,
            request.cseq,
        )
        asked = request.via
        assert (answer.via.host, answer.via.port) == (asked.host, asked.port)
        assert answer.via.parameters == {**asked.parameters, "received": PBX.host}


def test_a_request_whose_answer_would_be_too_long_is_the_peers_fault() -> None:
    """Compact names grow when they are written out."""
    agent = make_agent()
    vias = b"v:SIP/2.0/UDP a;branch=z9hG4bK1\r\n" * 480
    head = b"NOTIFY sip:a SIP/2.0\r\n" + vias + b"f:sip:a\r\nt:sip:a\r\nCSeq:1 NOTIFY\r\ni:"
    data = head + b"1" * (65_500 - len(head)) + b"\r\n\r\n"
    with pytest.raises(RemoteProtocolError) as caught:
        respond(agent, data)
    assert caught.value.status == 513


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(ORIGINALS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 1, 5, 40])))
        data = data[:start] + draw(st.binary(max_size=5)) + data[end:]
    return data


@given(mutilated())
def test_whatever_is_understood_can_be_answered(data: bytes) -> None:
    agent = make_agent()
    try:
        transaction = agent.receive(data, PBX, 0.0)
    except RemoteProtocolError:
        return
    if transaction is not None:
        agent.respond(transaction, 480, 0.0)
        assert len(agent.packets_to_send()) == 1


# Transports


@pytest.mark.parametrize(
    ("transport", "host", "via", "contact"),
    [
        ("UDP", "192.168.1.50", "SIP/2.0/UDP 192.168.1.50:5060", "sip:RECEPTION@192.168.1.50:5060"),
        (
            "TCP",
            "192.168.1.50",
            "SIP/2.0/TCP 192.168.1.50:5060",
            "<sip:RECEPTION@192.168.1.50:5060;transport=tcp>",
        ),
        (
            "TLS",
            "2001:db8::50",
            "SIP/2.0/TLS [2001:db8::50]:5060",
            "<sip:RECEPTION@[2001:db8::50]:5060;transport=tls>",
        ),
        (
            "UDP",
            "2001:db8::50",
            "SIP/2.0/UDP [2001:db8::50]:5060",
            "sip:RECEPTION@[2001:db8::50]:5060",
        ),
    ],
)
def test_via_and_contact_tell_the_transport(
    transport: str, host: str, via: str, contact: str
) -> None:
    """RFC 3261 sections 18.1.1 and 19.1.1."""
    agent = make_agent()
    agent.relocate(Address(host, 5060, transport), PBX._replace(transport=transport))
    agent.request(control(), make_authenticator(agent), SpyOutcome(), 0.0)
    (packet,) = agent.packets_to_send()
    sent = parse(packet.data)
    assert packet.remote.transport == transport
    assert (sent.headers.get("Via") or "").startswith(f"{via};branch=")
    assert sent.headers.get("Contact") == contact


def test_beside_a_stream_datagrams_have_an_address_of_their_own() -> None:
    """RFC 3261 section 18.1.1: the answer comes to where the Via says."""
    agent = UserAgent(
        local=Address("192.168.1.50", 40123, "TCP"),
        remote=PBX._replace(transport="TCP"),
        contact_user="RECEPTION",
        product="Call Ctrl 1.1 jdoe",
        tokens=Tokens(Random(1)),
        datagrams_at=PC,
    )
    phone = Address("192.168.1.20", 5060)
    outgoing = replace(control(), remote=phone)
    agent.request(outgoing, make_authenticator(agent), SpyOutcome(), 0.0)
    (packet,) = agent.packets_to_send()
    assert packet.remote == phone
    assert b"Via: SIP/2.0/UDP 192.168.1.50:5060;" in packet.data


def test_a_request_over_1300_bytes_is_no_datagram() -> None:
    """RFC 3261 section 18.1.1."""
    agent = make_agent()
    room = 1300 - len(begin(agent)[0].to_bytes())
    for body, transport in ((b"x" * (room - 10), "UDP"), (b"x" * (room + 20), "TCP")):
        agent.request(control(body), make_authenticator(agent), SpyOutcome(), 0.0)
        (packet,) = agent.packets_to_send()
        assert packet.remote == PBX._replace(transport=transport)
        assert f"Via: SIP/2.0/{transport} ".encode() in packet.data
