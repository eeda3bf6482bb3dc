"""Repetitions, endings and answers of one transaction: RFC 3261 section 17."""

from __future__ import annotations

import sys

import pytest

from callctrl.sip import LocalProtocolError
from callctrl.sip.matching import MAGIC_COOKIE
from callctrl.sip.message import Response
from callctrl.sip.packets import Packet
from callctrl.sip.transaction import Timers
from callctrl.sip.transactionlayer import TransactionLayer
from tests.sip.layers import (
    NOTIFY,
    PBX,
    PBX_TCP,
    PC_TCP,
    SpyReceiver,
    ask,
    begin,
    by_tcp,
    is_empty,
    request,
    respond,
    response,
    run,
)

# Client transactions


def test_the_phone_family_gives_up_after_sixteen_seconds() -> None:
    assert Timers() == Timers(t1=0.5, t2=4.0, t4=5.0, give_up=16.0, linger=32.0)


@pytest.mark.parametrize("start", [0.0, 1000.0])
def test_a_request_without_answer_is_repeated_on_schedule_and_fails_with_408(start: float) -> None:
    """RFC 3261 sections 17.1.2.2 and 8.1.3.1."""
    layer = TransactionLayer()
    _, spy = begin(layer, now=start)
    sent = [when - start for when in run(layer, start + 1000)]
    assert sent == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5]
    assert spy.heard == [(408, start + 16.0)]
    assert is_empty(layer)


def test_every_repetition_is_the_same_to_the_byte() -> None:
    layer = TransactionLayer()
    sent, _ = begin(layer)
    for _ in range(3):
        when = layer.next_timeout()
        assert when is not None
        layer.handle_timeout(when)
        assert layer.packets_to_send() == [Packet(sent.to_bytes(), PBX)]


def test_the_timers_of_the_rfc_wait_32_seconds() -> None:
    layer = TransactionLayer(Timers(give_up=32))
    _, spy = begin(layer)
    assert run(layer, 1000) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert spy.heard == [(408, 32.0)]


def test_after_a_provisional_answer_the_request_is_repeated_every_four_seconds() -> None:
    """RFC 3261 section 17.1.2.2: the timer that runs is left running, the next are T2."""
    layer = TransactionLayer()
    sent, spy = begin(layer)
    layer.receive(response(100, sent), PBX, 0.2)
    assert run(layer, 1000) == [0.5, 4.5, 8.5, 12.5]
    assert spy.heard == [(100, 0.2), (408, 16.0)]
    assert is_empty(layer)


@pytest.mark.parametrize("status", [200, 202, 302, 401, 403, 481, 503, 603])
def test_a_final_answer_ends_the_repetitions(status: int) -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    assert run(layer, 2.0) == [0.5, 1.5]
    layer.receive(response(status, sent), PBX, 2.0)
    assert run(layer, 1000) == []
    assert spy.heard == [(status, 2.0)]
    assert is_empty(layer)


def test_repeated_answers_are_absorbed_for_five_seconds_and_never_told() -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    for now in (0.1, 0.2, 5.0):
        layer.receive(response(200, sent), PBX, now)
    layer.receive(response(100, sent), PBX, 5.05)
    layer.receive(response(401, sent), PBX, 5.05)
    assert layer.next_timeout() == pytest.approx(5.1)
    run(layer, 6)
    layer.receive(response(200, sent), PBX, 6.0)
    assert spy.heard == [(200, 0.1)]
    assert is_empty(layer)


def test_each_provisional_answer_and_one_final_one_are_told() -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    for now, status in enumerate((100, 180, 100, 200), start=1):
        layer.receive(response(status, sent), PBX, now / 10)
    assert [status for status, _ in spy.heard] == [100, 180, 100, 200]


def test_nothing_listening_fails_the_request_with_503_at_once() -> None:
    layer = TransactionLayer()
    _, spy = begin(layer)
    layer.transport_failed(PBX, 0.01)
    assert spy.heard == [(503, 0.01)]
    assert run(layer, 1000) == []
    assert is_empty(layer)


def test_a_dead_end_behind_the_answer_changes_nothing() -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    layer.receive(response(200, sent), PBX, 1.0)
    layer.transport_failed(PBX, 1.1)
    layer.transport_failed(PBX, 1.2)
    assert spy.heard == [(200, 1.0)]


@pytest.mark.parametrize(("late", "then"), [(3.0, 3.5), (3.5, 7.5), (9.0, 11.5)])
def test_a_late_clock_sends_once_and_keeps_the_schedule(late: float, then: float) -> None:
    layer = TransactionLayer()
    begin(layer)
    layer.handle_timeout(late)
    assert len(layer.packets_to_send()) == 1
    assert layer.next_timeout() == then


def test_a_clock_that_slept_through_it_all_only_gives_up() -> None:
    layer = TransactionLayer()
    _, spy = begin(layer)
    layer.handle_timeout(100_000.0)
    assert spy.heard == [(408, 100_000.0)]
    assert is_empty(layer)


def test_an_early_clock_does_nothing() -> None:
    layer = TransactionLayer()
    begin(layer)
    layer.handle_timeout(0.499)
    assert layer.packets_to_send() == []
    assert layer.next_timeout() == 0.5


def test_an_abandoned_request_is_neither_repeated_nor_told_of() -> None:
    layer = TransactionLayer()
    sent, spy = request(), SpyReceiver()
    client = layer.send(sent, PBX, spy, 0.0)
    layer.packets_to_send()
    layer.abandon(client)
    assert run(layer, 1000) == []
    layer.receive(response(200, sent), PBX, 0.2)
    layer.transport_failed(PBX, 0.3)
    layer.abandon(client)
    assert spy.heard == []
    assert is_empty(layer)


def test_an_answered_request_may_be_abandoned_by_whoever_hears_the_answer() -> None:
    layer = TransactionLayer()
    sent, heard = request(), []

    def give_up(response: Response, _now: float) -> None:
        heard.append(response.status)
        layer.abandon(client)

    client = layer.send(sent, PBX, give_up, 0.0)
    layer.packets_to_send()
    for now in (0.1, 0.2):
        layer.receive(response(200, sent), PBX, now)
    assert heard == [200]
    assert layer.next_timeout() is None
    assert is_empty(layer)


def test_an_answer_may_send_the_next_request() -> None:
    layer = TransactionLayer()
    second = request(f"{MAGIC_COOKIE}2", CSeq="2 REGISTER")

    def again(_: Response, now: float) -> None:
        layer.send(second, PBX, spy, now)

    spy = SpyReceiver()
    first = request()
    layer.send(first, PBX, again, 0.0)
    layer.packets_to_send()
    layer.receive(response(401, first), PBX, 0.1)
    assert layer.packets_to_send() == [Packet(second.to_bytes(), PBX)]
    layer.receive(response(200, second), PBX, 0.2)
    assert spy.heard == [(200, 0.2)]


# Server transactions: RFC 3261 section 17.2.2


def test_a_repeated_request_is_handed_out_once_and_gets_the_same_answer() -> None:
    layer = TransactionLayer()
    server = ask(layer)
    assert server.request.method == "NOTIFY"
    assert layer.receive(NOTIFY, PBX, 0.1) is None
    assert layer.packets_to_send() == []
    answer = respond(layer, server, 200, 0.2)
    for now in (0.5, 1.5, 15.0):
        assert layer.receive(NOTIFY, PBX, now) is None
        assert layer.packets_to_send() == [Packet(answer, PBX)]


def test_a_provisional_answer_is_repeated_until_the_final_one() -> None:
    layer = TransactionLayer()
    server = ask(layer)
    for status in (100, 200):
        answer = respond(layer, server, status, 0.1)
        layer.receive(NOTIFY, PBX, 0.2)
        assert layer.packets_to_send() == [Packet(answer, PBX)]


def test_of_an_answered_request_its_answer_alone_is_kept() -> None:
    """So half a minute of requests, however long, is no burden."""
    layer = TransactionLayer()
    server = ask(layer)
    request = server.request
    held = sys.getrefcount(request)
    respond(layer, server, 200, 0.1)
    assert sys.getrefcount(request) == held - 1


def test_an_answered_request_is_forgotten_after_thirty_two_seconds() -> None:
    """RFC 3261 section 17.2.2, timer J: a PBX that follows the RFC repeats its own that long."""
    layer = TransactionLayer()
    respond(layer, ask(layer), 200, 1.0)
    layer.receive(NOTIFY, PBX, 32.9)
    layer.packets_to_send()
    assert layer.next_timeout() == 33.0
    layer.handle_timeout(33.0)
    assert is_empty(layer)
    assert ask(layer, now=33.1).request.method == "NOTIFY"


def test_a_request_that_is_never_answered_is_forgotten_too() -> None:
    """The session leaves one unanswered when the From of a NOTIFY holds no URI."""
    layer = TransactionLayer()
    server = ask(layer)
    assert layer.next_timeout() == 32.0
    layer.handle_timeout(32.0)
    assert is_empty(layer)
    with pytest.raises(LocalProtocolError):
        respond(layer, server, 200, 32.1)


def test_a_request_is_answered_finally_once() -> None:
    layer = TransactionLayer()
    server = ask(layer)
    answer = respond(layer, server, 200, 0.1)
    for status in (100, 200, 500):
        with pytest.raises(LocalProtocolError):
            layer.respond(server, Response(status, "Once more", ()), 0.2)
    layer.receive(NOTIFY, PBX, 0.3)
    assert layer.packets_to_send() == [Packet(answer, PBX)]


def test_an_answer_that_cannot_be_written_may_be_mended() -> None:
    layer = TransactionLayer()
    server = ask(layer)
    with pytest.raises(LocalProtocolError):
        layer.respond(server, Response(200, "O\nK", ()), 0.1)
    assert respond(layer, server, 500, 0.2).startswith(b"SIP/2.0 500 ")


def test_a_response_too_long_for_a_datagram_is_ours_to_shorten() -> None:
    """RFC 3261 section 18.1.1 bounds a message at what a UDP datagram holds: 65,507 bytes."""
    layer = TransactionLayer()
    server = ask(layer)
    for length, fits in ((65_508, False), (65_507, True)):
        answer = Response(200, "OK", [("Subject", "x")])
        answer = Response(200, "OK", [("Subject", "x" * (length - len(answer.to_bytes()) + 1))])
        assert len(answer.to_bytes()) == length
        if not fits:
            with pytest.raises(LocalProtocolError):
                layer.respond(server, answer, 0.1)
            assert layer.packets_to_send() == []
        else:
            layer.respond(server, answer, 0.1)
            assert len(layer.packets_to_send()) == 1


# Over a stream


def test_over_a_stream_a_request_goes_out_once_and_timer_f_stays() -> None:
    """RFC 3261 section 17.1.2.2: no timer E."""
    layer = TransactionLayer()
    _, spy = begin(layer, by_tcp(request()), remote=PBX_TCP)
    assert run(layer, 1000) == []
    assert spy.heard == [(408, 16.0)]
    assert is_empty(layer)


def test_over_a_stream_a_provisional_answer_starts_no_repetition() -> None:
    """RFC 3261 section 17.1.2.2."""
    layer = TransactionLayer()
    sent, spy = begin(layer, by_tcp(request()), remote=PBX_TCP)
    layer.receive(response(100, sent), PBX_TCP, 0.2)
    assert run(layer, 1000) == []
    assert spy.heard == [(100, 0.2), (408, 16.0)]


def test_over_a_stream_nothing_lingers_behind_the_answer() -> None:
    """RFC 3261 section 17.1.2.2: timer K is zero."""
    layer = TransactionLayer()
    sent, spy = begin(layer, by_tcp(request()), remote=PBX_TCP)
    layer.receive(response(200, sent), PBX_TCP, 0.2)
    assert spy.heard == [(200, 0.2)]
    assert is_empty(layer)


def test_over_a_stream_a_request_is_forgotten_once_it_is_answered() -> None:
    """RFC 3261 section 17.2.2: timer J is zero."""
    layer = TransactionLayer()
    server = layer.receive(by_tcp(request()).to_bytes(), PC_TCP, 0.0)
    assert server is not None
    respond(layer, server, 200, 0.1)
    assert is_empty(layer)
