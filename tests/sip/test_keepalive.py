"""Pings and pongs by the clock (RFC 5626 sections 3.5.1 and 4.4.1)."""

from __future__ import annotations

from callctrl.sip.keepalive import KeepAlive


def _started() -> KeepAlive:
    keep_alive = KeepAlive()
    keep_alive.start(8, 100.0)
    return keep_alive


def test_a_ping_is_due_every_so_often() -> None:
    keep_alive = _started()
    assert keep_alive.next_timeout() == 108.0
    assert not keep_alive.is_ping_due(107.9)
    assert keep_alive.is_ping_due(108.0)
    keep_alive.pinged(8, 108.0)
    assert keep_alive.next_timeout() == 116.0


def test_starting_twice_does_not_put_the_ping_off() -> None:
    keep_alive = _started()
    keep_alive.start(8, 107.0)
    assert keep_alive.next_timeout() == 108.0


def test_none_is_due_where_it_is_switched_off_or_stopped() -> None:
    off, stopped = KeepAlive(), _started()
    off.start(0, 100.0)
    stopped.stop()
    for keep_alive in (off, stopped):
        assert keep_alive.next_timeout() is None
        assert not keep_alive.is_ping_due(1000.0)


def test_who_never_answers_is_not_lost() -> None:
    """RFC 5626 section 3.5.1: only an outbound proxy has to answer."""
    keep_alive = _started()
    keep_alive.pinged(8, 108.0)
    assert not keep_alive.is_lost(1000.0)


def test_who_has_answered_once_must_answer_within_ten_seconds() -> None:
    """RFC 5626 section 4.4.1."""
    keep_alive = _started()
    keep_alive.pinged(8, 108.0)
    keep_alive.answered()
    keep_alive.pinged(8, 116.0)
    assert not keep_alive.is_lost(125.9)
    keep_alive.pinged(8, 124.0)  # another one puts nothing off
    assert keep_alive.next_timeout() == 126.0
    assert keep_alive.is_lost(126.0)


def test_an_answer_in_time_keeps_it() -> None:
    keep_alive = _started()
    keep_alive.answered()
    keep_alive.pinged(8, 108.0)
    keep_alive.answered()
    assert not keep_alive.is_lost(1000.0)


def test_another_way_owes_no_answers() -> None:
    keep_alive = _started()
    keep_alive.answered()
    keep_alive.stop()
    keep_alive.start(8, 200.0)
    keep_alive.pinged(8, 208.0)
    assert not keep_alive.is_lost(1000.0)
