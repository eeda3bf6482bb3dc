"""Which transaction a message belongs to, and what is remembered (RFC 3261 sections 17 and 18)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.matching import MAGIC_COOKIE
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address, Packet
from callctrl.sip.transaction import ClientTransaction, ServerTransaction
from callctrl.sip.transactionlayer import TransactionLayer
from tests.sip.layers import (
    BRANCH,
    INVITE,
    NOTIFY,
    PBX,
    PBX_TCP,
    PC_TCP,
    SpyReceiver,
    ask,
    begin,
    by_tcp,
    is_empty,
    over,
    request,
    respond,
    response,
    run,
)

PHONE = Address("192.168.1.20", 5060)


def test_only_requests_to_the_dead_end_fail() -> None:
    layer = TransactionLayer()
    _, lost = begin(layer)
    sent, living = begin(layer, request(f"{MAGIC_COOKIE}2"), remote=PHONE)
    layer.transport_failed(PBX, 1.0)
    layer.transport_failed(PHONE._replace(port=5061), 1.0)
    assert (lost.heard, living.heard) == ([(503, 1.0)], [])
    layer.receive(response(200, sent), PHONE, 2.0)
    assert living.heard == [(200, 2.0)]


@pytest.mark.parametrize(
    "changed",
    [
        {"Via": f"SIP/2.0/UDP 192.168.1.50:5060;branch={MAGIC_COOKIE}1"},
        {"Via": "SIP/2.0/UDP 192.168.1.50:5060"},
        {"CSeq": "1 SUBSCRIBE"},
    ],
)
def test_an_answer_to_something_else_is_not_taken(changed: dict[str, str]) -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    layer.receive(response(200, sent, **changed), PBX, 0.1)
    assert spy.heard == []
    assert layer.next_timeout() == 0.5


def test_two_methods_with_one_branch_are_two_transactions() -> None:
    layer = TransactionLayer()
    _, first = begin(layer)
    sent, second = begin(layer, request(method="SUBSCRIBE"))
    layer.receive(response(200, sent), PBX, 0.1)
    assert (first.heard, second.heard) == ([], [(200, 0.1)])


@pytest.mark.parametrize("branch", [None, ""])
def test_a_request_of_ours_needs_a_branch(branch: str | None) -> None:
    layer = TransactionLayer()
    with pytest.raises(LocalProtocolError):
        layer.send(request(branch), PBX, SpyReceiver(), 0.0)
    assert is_empty(layer)


def test_a_request_that_cannot_be_written_leaves_nothing_behind() -> None:
    layer = TransactionLayer()
    with pytest.raises(LocalProtocolError):
        layer.send(request(Subject="a\nb"), PBX, SpyReceiver(), 0.0)
    assert is_empty(layer)


@pytest.mark.parametrize("status", [100, 200])
def test_repeated_answers_do_not_pile_up_deadlines(status: int) -> None:
    layer = TransactionLayer()
    sent, _ = begin(layer)
    for _ in range(1000):
        layer.receive(response(status, sent), PBX, 0.1)
    assert len(layer._deadlines) < 10


@pytest.mark.parametrize("place", ["one field", "two fields"])
def test_an_answer_with_a_second_via_is_not_for_us(place: str) -> None:
    """RFC 3261 section 8.1.3.3."""
    layer = TransactionLayer()
    sent, spy = begin(layer)
    ours, other = sent.headers.get("Via") or "", "SIP/2.0/UDP 192.168.1.99;branch=z9hG4bKx"
    vias = [f"{ours}, {other}"] if place == "one field" else [ours, other]
    others = [(name, value) for name, value in sent.headers if name != "Via"]
    answer = Response(200, "OK", [*(("Via", via) for via in vias), *others])
    layer.receive(answer.to_bytes(), PBX, 0.1)
    assert spy.heard == []
    layer.receive(response(200, sent, Via=f"{ours},"), PBX, 0.2)
    assert spy.heard == [(200, 0.2)]


def test_of_a_flood_of_requests_the_oldest_are_forgotten_and_our_own_are_not() -> None:
    layer = TransactionLayer()
    ours, spy = begin(layer)
    flood = [NOTIFY.replace(b"edba58c2", b"%08x" % number) for number in range(5000)]
    for data in flood:
        respond(layer, ask(layer, data), 200, 0.0)
        assert len(layer._transactions) <= 2049
        assert len(layer._identities) <= 2048
        assert len(layer._deadlines) <= 2052
    assert layer.receive(flood[-1], PBX, 0.1) is None
    assert layer.receive(flood[-1000], PBX, 0.1) is None
    assert ask(layer, flood[0], 0.1).request.method == "NOTIFY"
    layer.receive(response(200, ours), PBX, 0.2)
    assert spy.heard == [(200, 0.2)]
    run(layer, 100.0)
    assert is_empty(layer)


def test_of_a_flood_of_long_requests_few_are_remembered() -> None:
    layer = TransactionLayer()
    bodies = [b"%06d" % number * 10_000 for number in range(600)]
    for number, body in enumerate(bodies):
        branch = f"{MAGIC_COOKIE}{number}"
        notify = Request("NOTIFY", "sip:a", request(branch, "NOTIFY").headers, body)
        ask(layer, notify.to_bytes())
        held = sum(
            len(each.request.body)
            for each in layer._transactions.values()
            if isinstance(each, ServerTransaction)
        )
        assert held <= 16 * 2**20
    assert len(layer._transactions) > 100
    run(layer, 100.0)
    assert is_empty(layer)


def test_a_thousand_requests_at_once_are_all_remembered() -> None:
    """A telephone system that starts anew tells of every lamp at once."""
    layer = TransactionLayer()
    burst = [NOTIFY.replace(b"edba58c2", b"%08x" % number) for number in range(1000)]
    for data in burst:
        respond(layer, ask(layer, data), 200, 0.0)
    assert [layer.receive(data, PBX, 0.5) for data in burst] == [None] * 1000
    assert len(layer.packets_to_send()) == 1000


def test_an_ack_is_not_handed_out_and_leaves_nothing_behind() -> None:
    layer = TransactionLayer()
    assert layer.receive(request(method="ACK").to_bytes(), PBX, 0.0) is None
    assert is_empty(layer)


@pytest.mark.parametrize("missing", ["Via", "From", "To", "Call-ID", "CSeq"])
@pytest.mark.parametrize("is_request", [True, False])
def test_a_message_without_its_essentials_is_refused_and_forgotten(
    missing: str, is_request: bool
) -> None:
    layer = TransactionLayer()
    fields = [(name, value) for name, value in request(method="NOTIFY").headers if name != missing]
    message = Request("NOTIFY", "sip:a", fields) if is_request else Response(200, "OK", fields)
    with pytest.raises(RemoteProtocolError):
        layer.receive(message.to_bytes(), PBX, 0.0)
    assert is_empty(layer)


def test_another_method_in_cseq_is_refused() -> None:
    layer = TransactionLayer()
    with pytest.raises(RemoteProtocolError):
        layer.receive(request(method="NOTIFY", CSeq="1 INVITE").to_bytes(), PBX, 0.0)
    (answer,) = layer.packets_to_send()
    assert answer.data.startswith(b"SIP/2.0 400 Bad Request: expected NOTIFY in CSeq\r\n")
    assert is_empty(layer)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b"Length: 0", b"Length: 9", b"400 Bad Request: expected 9 bytes of body"),
        (b"Length: 0", b"Length: \xe4", b"400 Bad Request: expected a number as Content-Length"),
        (b"1 NOTIFY", b"\xe4 NOTIFY", b"400 Bad Request: expected a number as CSeq"),
        (b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia", b"505 Version Not Supported"),
        (b"From: ", b"From: <", b"400 Bad Request"),
        (b"\r\n\r\n", b"\r\n" + b"X: y\r\n" * 600 + b"\r\n", b"513 Message Too Large"),
    ],
)
def test_a_refusal_names_the_fault_and_quotes_nothing(old: bytes, new: bytes, line: bytes) -> None:
    """RFC 3261 section 21.4.1; 505 and 513 say it all."""
    layer = TransactionLayer()
    assert old in NOTIFY
    with pytest.raises(RemoteProtocolError):
        layer.receive(NOTIFY.replace(old, new), PBX, 0.0)
    (answer,) = layer.packets_to_send()
    assert answer.data.partition(b"\r\n")[0] == b"SIP/2.0 " + line


def test_a_refusal_echoes_the_bytes_it_came_with() -> None:
    """RFC 3261 section 8.2.6.2: From equals that of the request, be it Latin-1."""
    layer = TransactionLayer()
    name = b'From: "J\xfcrgen" <sip:'
    data = NOTIFY.replace(b"From: sip:", name).replace(b"192.168.1.50;tag", b"a>;tag")
    with pytest.raises(RemoteProtocolError):
        layer.receive(data.replace(b"Length: 0", b"Length: 9"), PBX, 0.0)
    with pytest.raises(RemoteProtocolError):
        layer.receive(data.replace(b"1 NOTIFY", b"x NOTIFY"), PBX, 0.0)
    first, second = layer.packets_to_send()
    assert name in first.data
    assert name in second.data


def test_an_ack_is_not_refused_however_bad_it_is() -> None:
    """RFC 3261 section 17: an ACK is never answered."""
    layer = TransactionLayer()
    with pytest.raises(RemoteProtocolError):
        layer.receive(request(method="ACK", CSeq="one ACK").to_bytes(), PBX, 0.0)
    assert layer.packets_to_send() == []


def test_a_refusal_inside_a_dialog_has_the_tag_of_the_dialog() -> None:
    """RFC 3261 section 8.2.6.2."""
    layer = TransactionLayer()
    inside = request(method="NOTIFY", To="sip:RECEPTION@192.168.1.10;tag=ours", CSeq="one NOTIFY")
    with pytest.raises(RemoteProtocolError):
        layer.receive(inside.to_bytes(), PBX, 0.0)
    (answer,) = layer.packets_to_send()
    assert b"To: sip:RECEPTION@192.168.1.10;tag=ours\r\n" in answer.data


def test_a_refusal_too_long_for_a_datagram_is_not_sent() -> None:
    """RFC 3261 section 18.1.1; compact names grow when they are written out."""

    def refusal(length: int) -> list[Packet]:
        layer = TransactionLayer()
        head = b"NOTIFY sip:a SIP/2.0\r\nv:SIP/2.0/UDP a\r\nf:sip:a\r\nt:sip:a\r\nCSeq:1 X\r\ni:"
        with pytest.raises(RemoteProtocolError):
            layer.receive(head + b"1" * length + b"\r\n\r\n", PBX, 0.0)
        return layer.packets_to_send()

    (short,) = refusal(1)
    room = 65_507 - len(short.data) + 1
    assert [len(packet.data) for packet in refusal(room)] == [65_507]
    assert refusal(room + 1) == []


def test_a_cancel_finds_its_invite_and_no_other_request() -> None:
    """RFC 3261 section 9.2."""
    layer = TransactionLayer()
    server = ask(layer, INVITE)
    cancel = ask(layer, over("-invite", "CANCEL"))
    assert layer.cancelled_by(cancel.request) is server
    ask(layer, over("-options"))
    assert layer.cancelled_by(ask(layer, over("-options", "CANCEL")).request) is None
    assert layer.cancelled_by(ask(layer, over("-unknown", "CANCEL")).request) is None


# All together


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "send",
                    "answer",
                    "provisional",
                    "fail",
                    "abandon",
                    "ask",
                    "invite",
                    "ack",
                    "respond",
                    "wait",
                ]
            ),
            st.integers(0, 4),
            st.floats(0, 8),
        ),
        max_size=40,
    )
)
def test_in_the_end_nothing_is_left(actions: list[tuple[str, int, float]]) -> None:
    layer = TransactionLayer()
    now = 0.0
    spies: list[SpyReceiver] = []
    clients: list[ClientTransaction] = []
    abandoned: set[ClientTransaction] = set()
    servers: list[ServerTransaction] = []
    requests = [request(f"{MAGIC_COOKIE}{which}") for which in range(5)]
    under_way: set[int] = set()
    for action, which, pause in actions:
        sent = requests[which]
        match action:
            case "send" if which not in under_way:  # our branches are never used twice
                under_way.add(which)
                spies.append(SpyReceiver())
                clients.append(layer.send(sent, PBX, spies[-1], now))
            case "abandon" if clients:
                layer.abandon(clients[-1])
                abandoned.add(clients[-1])
            case "answer":
                layer.receive(response(200, sent), PBX, now)
            case "provisional":
                layer.receive(response(100, sent), PBX, now)
            case "fail":
                layer.transport_failed(PBX, now)
            case "ask":
                server = layer.receive(sent.to_bytes(), PBX, now)
                servers += [server] if server is not None else []
            case "invite":
                server = layer.receive(over(f"i{which}", "INVITE"), PBX, now)
                servers += [server] if server is not None else []
            case "ack":
                layer.receive(over(f"i{which}", "ACK"), PBX, now)
            case "respond" if servers:
                respond_all(layer, servers, now)
            case "wait":
                now += pause
                layer.handle_timeout(now)
        layer.packets_to_send()
    respond_all(layer, servers, now)
    run(layer, now + 100)
    assert is_empty(layer)
    for spy, client in zip(spies, clients, strict=True):
        finals = [status for status, _ in spy.heard if status >= 200]
        assert len(finals) == 1 or (client in abandoned and not finals)


def respond_all(layer: TransactionLayer, servers: list[ServerTransaction], now: float) -> None:
    for server in servers:
        if server.is_terminated:
            continue  # nobody asks any more
        layer.respond(server, Response(480, "No", list(server.request.headers)), now)
    servers.clear()
    layer.packets_to_send()


def test_a_late_clock_serves_everyone_in_one_call() -> None:
    layer = TransactionLayer()
    spies = [begin(layer, request(f"{MAGIC_COOKIE}{each}"), each / 10)[1] for each in range(20)]
    layer.handle_timeout(50.0)
    assert all(spy.heard == [(408, 50.0)] for spy in spies)
    assert is_empty(layer)


def test_a_bad_request_is_refused_on_its_connection() -> None:
    """RFC 3261 section 18.2.2."""
    layer = TransactionLayer()
    data = by_tcp(request()).to_bytes().replace(b"1 REGISTER", b"1 INVITE")
    with pytest.raises(RemoteProtocolError):
        layer.receive(data, PC_TCP, 0.0)
    (packet,) = layer.packets_to_send()
    assert packet.data.startswith(b"SIP/2.0 400 ")
    assert (packet.remote, packet.otherwise) == (PC_TCP, PC_TCP._replace(port=5060))


def test_a_lost_connection_fails_what_is_on_its_way_there_alone() -> None:
    """RFC 3261 section 17.1.4."""
    layer = TransactionLayer()
    _, by_stream = begin(layer, by_tcp(request()), remote=PBX_TCP)
    _, by_datagram = begin(layer, request(f"{MAGIC_COOKIE}1"))
    layer.transport_failed(PBX_TCP, 0.5)
    assert by_stream.heard == [(503, 0.5)]
    assert by_datagram.heard == []


@pytest.mark.parametrize("data", [b"\r\n", b"\r\n\r\n"])
def test_line_ends_that_keep_a_way_open_are_no_message(data: bytes) -> None:
    """RFC 5626 section 3.5.1."""
    layer = TransactionLayer()
    assert layer.receive(data, PBX_TCP, 0.0) is None
    assert is_empty(layer)


def send_long(layer: TransactionLayer, branch: str = BRANCH) -> tuple[Packet, SpyReceiver]:
    """A request of more than 1300 bytes, meant for UDP."""
    spy = SpyReceiver()
    layer.send(request(branch, Subject="x" * 1300), PBX, spy, 0.0, longest_datagram=1300)
    (packet,) = layer.packets_to_send()
    return packet, spy


# What is too long for a datagram: RFC 3261 section 18.1.1


def test_a_request_too_long_for_a_datagram_goes_by_tcp_and_says_so() -> None:
    """RFC 3261 section 18.1.1."""
    layer = TransactionLayer()
    packet, spy = send_long(layer)
    assert packet.remote == PBX_TCP
    assert packet.data.split(b"\r\n")[1].startswith(b"Via: SIP/2.0/TCP 192.168.1.50:5060;branch=")
    sent = parse(packet.data)
    assert isinstance(sent, Request)
    layer.receive(response(200, sent), PBX_TCP, 0.1)
    assert spy.heard == [(200, 0.1)]
    assert is_empty(layer)


def test_a_request_that_fits_stays_a_datagram() -> None:
    """RFC 3261 section 18.1.1."""
    layer = TransactionLayer()
    sent = request()
    length = len(sent.to_bytes())
    layer.send(sent, PBX, SpyReceiver(), 0.0, longest_datagram=length)
    assert layer.packets_to_send() == [Packet(sent.to_bytes(), PBX)]


def test_where_tcp_is_refused_it_goes_as_a_datagram_after_all() -> None:
    """RFC 3261 section 18.1.1: repeated like any, and given up when it would have been."""
    layer = TransactionLayer()
    _, spy = send_long(layer)
    layer.transport_failed(PBX_TCP, 1.0)
    (packet,) = layer.packets_to_send()
    assert packet.remote == PBX
    assert b"Via: SIP/2.0/UDP 192.168.1.50:5060" in packet.data
    assert run(layer, 1000) == [1.5, 2.5, 4.5, 8.5, 12.5]
    assert spy.heard == [(408, 16.0)]
    assert is_empty(layer)


def test_who_took_the_datagram_is_not_asked_by_tcp_again() -> None:
    layer = TransactionLayer()
    packet, spy = send_long(layer)
    layer.transport_failed(PBX_TCP, 1.0)
    sent = parse(layer.packets_to_send()[0].data)
    assert isinstance(sent, Request)
    layer.receive(response(200, sent), PBX, 1.1)
    assert spy.heard == [(200, 1.1)]
    packet, _ = send_long(layer, f"{MAGIC_COOKIE}2")
    assert packet.remote == PBX


def test_who_is_not_there_at_all_may_still_take_tcp_later() -> None:
    layer = TransactionLayer()
    _, spy = send_long(layer)
    layer.transport_failed(PBX_TCP, 1.0)
    layer.packets_to_send()
    layer.transport_failed(PBX, 1.1)
    assert spy.heard == [(503, 1.1)]
    packet, _ = send_long(layer, f"{MAGIC_COOKIE}2")
    assert packet.remote == PBX_TCP


def test_a_request_under_way_is_not_doubled_by_a_lost_connection() -> None:
    """RFC 3261 section 17.1.4: it has arrived, or there would be no provisional answer."""
    layer = TransactionLayer()
    packet, spy = send_long(layer)
    sent = parse(packet.data)
    assert isinstance(sent, Request)
    layer.receive(response(100, sent), PBX_TCP, 0.1)
    layer.transport_failed(PBX_TCP, 1.0)
    assert layer.packets_to_send() == []
    assert spy.heard == [(100, 0.1), (503, 1.0)]
