"""An INVITE, repeated, ended, acknowledged: RFC 3261 sections 17.1.1 and 17.2.1, RFC 6026."""

from __future__ import annotations

import pytest

from callctrl.sip import LocalProtocolError
from callctrl.sip.matching import MAGIC_COOKIE
from callctrl.sip.message import Request, parse
from callctrl.sip.packets import Address, Packet
from callctrl.sip.transactionlayer import TransactionLayer
from tests.sip.layers import (
    INVITE,
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

# Ours: RFC 3261 section 17.1.1

OURS = request(
    method="INVITE", Route="<sip:192.168.1.1;lr>", Contact="sip:a@b", User_Agent="Call Ctrl"
)


def call(
    layer: TransactionLayer, sent: Request = OURS, remote: Address = PBX
) -> tuple[Request, SpyReceiver]:
    return begin(layer, sent, remote=remote)


def cancel(layer: TransactionLayer, now: float) -> None:
    (client,) = layer._clients()
    layer.cancel(client, now)


def outgoing(layer: TransactionLayer) -> list[Request]:
    """What is to go out."""
    requests = [parse(packet.data) for packet in layer.packets_to_send()]
    assert all(isinstance(each, Request) for each in requests)
    return [each for each in requests if isinstance(each, Request)]


def test_an_invite_nobody_answers_is_repeated_at_doubled_intervals_and_fails_with_408() -> None:
    """Timers A and B: there is no longest pause (section 17.1.1.2)."""
    layer = TransactionLayer()
    _, spy = call(layer)
    assert run(layer, 1000) == [0.5, 1.5, 3.5, 7.5, 15.5]
    assert spy.heard == [(408, 16.0)]
    assert is_empty(layer)


def test_what_rings_is_not_repeated_and_waited_for_as_long_as_a_proxy_does() -> None:
    """Timer C begins anew with each provisional answer (section 16.6 no. 11)."""
    layer = TransactionLayer()
    sent, spy = call(layer)
    layer.receive(response(180, sent), PBX, 0.4)
    layer.receive(response(180, sent), PBX, 100)
    assert run(layer, 1000) == []
    assert spy.heard == [(180, 0.4), (180, 100), (408, 280)]
    assert is_empty(layer)


def test_a_refusal_is_told_once_and_acknowledged_as_often_as_it_comes() -> None:
    """Section 17.1.1.3, and timer D."""
    layer = TransactionLayer()
    sent, spy = call(layer)
    acks = []
    for when in (0.3, 0.8, 31.9):
        layer.receive(response(486, sent), PBX, when)
        acks += [packet.data for packet in layer.packets_to_send()]
    assert spy.heard == [(486, 0.3)]
    assert acks == [acks[0]] * 3
    ack = parse(acks[0])
    assert isinstance(ack, Request)
    assert (ack.method, ack.uri, str(ack.cseq)) == ("ACK", sent.uri, "1 ACK")
    assert (ack.via, ack.to_tag) == (sent.via, "60b7acd9-0")
    for name in ("From", "Call-ID", "Route"):
        assert ack.headers.get(name) == sent.headers.get(name)
    assert "Contact" not in ack.headers
    assert run(layer, 1000) == []
    layer.receive(response(486, sent), PBX, 1000)
    assert is_empty(layer)


def test_each_2xx_is_told_and_acknowledged_by_nobody_here() -> None:
    """RFC 6026 section 7.2: what repeats a 2xx, or forks, is for the dialog to acknowledge."""
    layer = TransactionLayer()
    sent, spy = call(layer)
    for when in (0.3, 0.8, 32.2):
        layer.receive(response(200, sent), PBX, when)
    layer.receive(response(486, sent), PBX, 1.0)
    layer.receive(response(180, sent), PBX, 1.0)
    assert spy.heard == [(200, 0.3), (200, 0.8), (200, 32.2)]
    assert layer.packets_to_send() == []
    assert layer.next_timeout() == 32.3  # timer M
    layer.handle_timeout(32.3)
    assert spy.heard[3:] == []
    assert is_empty(layer)


def test_a_cancel_waits_for_a_provisional_answer_and_goes_the_way_of_the_invite() -> None:
    """Section 9.1."""
    layer = TransactionLayer()
    sent, spy = call(layer)
    cancel(layer, 0.1)
    cancel(layer, 0.2)
    assert layer.packets_to_send() == []
    assert run(layer, 0.6) == [0.5], "the INVITE goes on"
    layer.receive(response(100, sent), PBX, 0.7)
    (taken_back,) = outgoing(layer)
    assert (taken_back.method, taken_back.uri) == ("CANCEL", sent.uri)
    assert (taken_back.via, str(taken_back.cseq)) == (sent.via, "1 CANCEL")
    for name in ("From", "To", "Call-ID", "Route"):
        assert taken_back.headers.get(name) == sent.headers.get(name)
    layer.receive(response(180, sent), PBX, 0.8)
    layer.receive(response(200, taken_back), PBX, 0.8)
    layer.receive(response(487, sent), PBX, 0.9)
    assert [each.method for each in outgoing(layer)] == ["ACK"]
    assert spy.heard == [(100, 0.7), (180, 0.8), (487, 0.9)]
    run(layer, 1000)
    assert is_empty(layer)


def test_what_rings_is_cancelled_at_once_and_over_in_32_seconds_come_what_may() -> None:
    """Section 9.1: 64 times T1."""
    layer = TransactionLayer()
    sent, spy = call(layer)
    layer.receive(response(180, sent), PBX, 0.4)
    cancel(layer, 1.0)
    (taken_back,) = outgoing(layer)
    layer.receive(response(200, taken_back), PBX, 1.1)
    layer.receive(response(180, sent), PBX, 20)
    assert run(layer, 1000) == []
    assert spy.heard == [(180, 0.4), (180, 20), (408, 33.0)]
    assert is_empty(layer)


def test_where_the_cancel_reaches_nobody_no_answer_is_waited_for() -> None:
    layer = TransactionLayer()
    sent, spy = call(layer, by_tcp(OURS), PBX_TCP)
    layer.receive(response(180, sent), PBX_TCP, 0.4)
    cancel(layer, 1.0)
    layer.packets_to_send()
    layer.transport_failed(PBX_TCP, 1.2)
    assert spy.heard == [(180, 0.4), (503, 1.2)]
    assert is_empty(layer)


@pytest.mark.parametrize("status", [200, 486])
def test_what_is_answered_cannot_be_cancelled(status: int) -> None:
    layer = TransactionLayer()
    sent, _ = call(layer)
    layer.receive(response(status, sent), PBX, 0.4)
    layer.packets_to_send()
    cancel(layer, 0.5)
    assert layer.packets_to_send() == []


def test_only_an_invite_can_be_cancelled() -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    cancel(layer, 0.1)
    layer.receive(response(100, sent), PBX, 0.2)
    assert layer.packets_to_send() == []
    assert spy.heard == [(100, 0.2)]


def test_nothing_listening_fails_an_invite_that_has_not_arrived_and_no_other() -> None:
    """Figure 5: what rings already is not being sent any more."""
    layer = TransactionLayer()
    sent, spy = call(layer)
    layer.receive(response(180, sent), PBX, 0.1)
    layer.transport_failed(PBX, 0.2)
    assert spy.heard == [(180, 0.1)]
    other, spy = begin(layer, request(f"{MAGIC_COOKIE}2", "INVITE"))
    layer.transport_failed(PBX, 0.3)
    assert spy.heard == [(503, 0.3)]
    assert other.method == "INVITE"


def test_over_a_stream_an_invite_goes_out_once_and_nothing_lingers_behind_a_refusal() -> None:
    """Timer A is not started, timer D is zero (sections 17.1.1.2 and 17.1.1.3)."""
    layer = TransactionLayer()
    sent, spy = call(layer, by_tcp(OURS), PBX_TCP)
    assert run(layer, 15.9) == []
    layer.receive(response(486, sent), PBX_TCP, 15.9)
    assert [each.method for each in outgoing(layer)] == ["ACK"]
    run(layer, 16)
    assert spy.heard == [(486, 15.9)]
    assert is_empty(layer)


def test_an_invite_too_long_for_a_datagram_is_acknowledged_the_way_it_went() -> None:
    """Section 18.1.1: by TCP, and as a datagram where nobody takes that."""
    layer = TransactionLayer()
    spy = SpyReceiver()
    layer.send(OURS, PBX, spy, 0.0, longest_datagram=10)
    (by_stream,) = outgoing(layer)
    assert by_stream.via.transport == "TCP"
    layer.transport_failed(PBX_TCP, 0.1)
    (datagram,) = outgoing(layer)
    assert datagram.via.transport == "UDP"
    layer.receive(response(486, datagram), PBX, 0.2)
    (packet,) = layer.packets_to_send()
    ack = parse(packet.data)
    assert (ack.via.transport, packet.remote) == ("UDP", PBX)


def test_a_refusal_whose_ack_would_be_too_long_is_told_all_the_same() -> None:
    layer = TransactionLayer()
    sent, spy = call(layer)
    to = "sip:" + "x" * 65_300 + "@h"
    data = response(486, request(method="INVITE", To=to, Call_ID=sent.call_id))
    layer.receive(data, PBX, 0.1)
    assert layer.packets_to_send() == []
    assert spy.heard == [(486, 0.1)]


ACK_OF_REFUSAL = over("-invite", "ACK", To="sip:RECEPTION@192.168.1.10;tag=60b7acd9-0")


def refuse(layer: TransactionLayer, source: Address = PBX) -> bytes:
    """An INVITE comes and is refused at 0.0; the bytes that go out."""
    server = layer.receive(INVITE, source, 0.0)
    assert server is not None
    return respond(layer, server, 480, 0.0)


# Of others: RFC 3261 section 17.2.1


def test_a_refusal_is_repeated_until_timer_h_when_no_ack_comes() -> None:
    """Timer G doubles from T1 up to T2."""
    layer = TransactionLayer()
    refuse(layer)
    assert run(layer, 1000) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert is_empty(layer)


def test_the_ack_ends_the_repetitions_and_is_absorbed_for_five_seconds() -> None:
    """Timer I; a repeated INVITE that crosses the ACK finds the transaction and no answer."""
    layer = TransactionLayer()
    refuse(layer)
    assert run(layer, 2.0) == [0.5, 1.5]
    assert layer.receive(ACK_OF_REFUSAL, PBX, 2.0) is None
    assert layer.next_timeout() == 7.0
    for data in (ACK_OF_REFUSAL, INVITE, ACK_OF_REFUSAL):
        assert layer.receive(data, PBX, 6.9) is None
    assert layer.next_timeout() == 7.0
    assert run(layer, 1000) == []
    assert is_empty(layer)


def test_a_repeated_invite_gets_the_refusal_it_had() -> None:
    layer = TransactionLayer()
    answer = refuse(layer)
    assert layer.receive(INVITE, PBX, 0.3) is None
    assert layer.packets_to_send() == [Packet(answer, PBX)]
    assert layer.next_timeout() == 0.5


def test_an_invite_may_be_answered_provisionally_first() -> None:
    layer = TransactionLayer()
    server = ask(layer, INVITE)
    ringing = respond(layer, server, 180, 0.0)
    layer.receive(INVITE, PBX, 0.5)
    assert layer.packets_to_send() == [Packet(ringing, PBX)]
    assert layer.next_timeout() == 32.0
    respond(layer, server, 480, 1.0)
    assert layer.next_timeout() == 1.5


def test_over_a_reliable_transport_a_refusal_goes_out_once() -> None:
    """No timer G, and timer I is zero; timer H runs all the same."""
    layer = TransactionLayer()
    refuse(layer, PBX_TCP)
    assert layer.next_timeout() == 32.0
    layer.receive(ACK_OF_REFUSAL, PBX_TCP, 1.0)
    assert layer.next_timeout() == 1.0
    assert run(layer, 1000) == []
    assert is_empty(layer)


def test_a_late_clock_repeats_a_refusal_once_and_keeps_the_schedule() -> None:
    layer = TransactionLayer()
    refuse(layer)
    layer.handle_timeout(3.6)
    assert len(layer.packets_to_send()) == 1
    assert layer.next_timeout() == 7.5


@pytest.mark.parametrize(
    "stray",
    [
        over("-other", "ACK"),
        over("-invite", "ACK").replace(b"192.168.1.10:6060", b"192.168.1.11:6060"),
        ACK_OF_REFUSAL.replace(b"ACK", b"PRACK"),
    ],
)
def test_an_ack_to_something_else_ends_nothing(stray: bytes) -> None:
    """RFC 3261 section 17.2.3: branch, sent-by, and no other method."""
    layer = TransactionLayer()
    refuse(layer)
    layer.receive(stray, PBX, 0.1)
    assert layer.next_timeout() == 0.5


def test_an_ack_ahead_of_the_refusal_ends_nothing() -> None:
    layer = TransactionLayer()
    server = ask(layer, INVITE)
    layer.receive(ACK_OF_REFUSAL, PBX, 0.1)
    respond(layer, server, 480, 0.2)
    assert layer.next_timeout() == 0.7


@pytest.mark.parametrize("status", [200, 202])
def test_an_invite_outside_a_dialog_is_never_accepted(status: int) -> None:
    """Call Ctrl takes no calls."""
    layer = TransactionLayer()
    server = ask(layer, INVITE)
    with pytest.raises(LocalProtocolError):
        respond(layer, server, status, 0.1)
    assert respond(layer, server, 480, 0.2)


# Inside a dialog: RFC 3261 section 13.3.1.4, RFC 6026 section 7.1

INSIDE = over("-invite", "INVITE", To="sip:RECEPTION@192.168.1.10;tag=60b7acd9-0")
ACK_OF_2XX = over("-ack", "ACK", To="sip:RECEPTION@192.168.1.10;tag=60b7acd9-0")


@pytest.mark.parametrize("source", [PBX, PC_TCP])
def test_a_2xx_is_repeated_over_any_transport_until_its_ack_comes(source: Address) -> None:
    layer = TransactionLayer()
    server = layer.receive(INSIDE, source, 0.0)
    assert server is not None
    respond(layer, server, 200, 0.0)
    assert run(layer, 8) == [0.5, 1.5, 3.5, 7.5]
    layer.receive(ACK_OF_2XX, source, 8.0)
    layer.receive(ACK_OF_2XX, source, 8.1)
    assert run(layer, 1000) == []
    assert is_empty(layer)


def test_a_2xx_without_ack_ends_with_timer_l() -> None:
    layer = TransactionLayer()
    respond(layer, ask(layer, INSIDE), 200, 0.0)
    assert run(layer, 1000)[-1] == 31.5
    assert is_empty(layer)


@pytest.mark.parametrize("changed", [{"CSeq": "2 ACK"}, {"Call_ID": "other"}])
def test_the_ack_of_another_2xx_ends_nothing(changed: dict[str, str]) -> None:
    layer = TransactionLayer()
    respond(layer, ask(layer, INSIDE), 200, 0.0)
    layer.receive(over("-ack", "ACK", **changed), PBX, 0.1)
    assert layer.next_timeout() == 0.5


def test_a_repeated_invite_inside_a_dialog_gets_the_2xx_it_had() -> None:
    layer = TransactionLayer()
    data = respond(layer, ask(layer, INSIDE), 200, 0.0)
    assert layer.receive(INSIDE, PBX, 0.1) is None
    assert [packet.data for packet in layer.packets_to_send()] == [data]
