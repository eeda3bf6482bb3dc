from __future__ import annotations

from callctrl.sip.pace import Pace


def pace(*items: str, per_second: int = 20, most_unanswered: int = 20) -> Pace[str]:
    made: Pace[str] = Pace(per_second=per_second, most_unanswered=most_unanswered)
    for item in items:
        made.put(item)
    return made


def taken(queue: Pace[str], now: float) -> list[str]:
    found = []
    while (item := queue.take(now)) is not None:
        found.append(item)
    return found


def test_one_goes_alone_until_it_is_answered() -> None:
    queue = pace("a", "b", "c")
    assert taken(queue, 1.0) == ["a"]
    assert queue.next_timeout() is None, "only an answer helps"
    queue.answered("a")
    assert not queue.is_silent
    assert taken(queue, 2.0) == ["b", "c"]
    assert not queue.is_idle
    queue.answered("b")
    queue.answered("c")
    assert queue.is_idle


def test_no_more_leave_in_any_second_than_are_allowed() -> None:
    queue = pace(*map(str, range(100)))
    queue.heard()
    left_at: list[float] = []
    now = 0.0
    while (due := queue.next_timeout()) is not None:
        now = max(now, due) + 0.003  # a timer is never early, and seldom in time
        for item in taken(queue, now):
            left_at.append(now)
            queue.answered(item)
    assert len(left_at) == 100
    assert max(sum(at <= other < at + 1 for other in left_at) for at in left_at) == 20
    assert left_at[-1] < 5.2


def test_what_did_not_leave_with_the_others_waits_for_the_next_time() -> None:
    queue = pace("a")
    queue.heard()
    assert taken(queue, 1.0) == ["a"]
    queue.put("b")
    assert taken(queue, 1.1) == []
    assert queue.next_timeout() == 1.25
    assert taken(queue, 1.25) == ["b"]


def test_so_many_are_unanswered_at_most() -> None:
    queue = pace(*"abcdefgh", most_unanswered=3)
    queue.heard()
    assert taken(queue, 0.0) == ["a", "b", "c"]
    assert taken(queue, 9.0) == []
    queue.answered("b")
    assert taken(queue, 9.0) == ["d"]


def test_those_of_rank_1_come_last() -> None:
    queue = pace()
    queue.heard()
    queue.put("presence", rank=1)
    queue.put("calls")
    assert taken(queue, 0.0) == ["calls", "presence"]


def test_nothing_waits_twice() -> None:
    queue = pace("a", "b", "a")
    queue.heard()
    assert taken(queue, 0.0) == ["a", "b"]


def test_what_is_discarded_is_neither_asked_nor_waited_for() -> None:
    queue = pace("a", "b")
    assert taken(queue, 0.0) == ["a"]
    queue.discard("a")
    queue.discard("b")
    assert queue.is_idle
    assert taken(queue, 9.0) == []


def test_a_silent_server_is_asked_one_by_one_and_with_pauses() -> None:
    queue = pace("a", "b", "c")
    queue.heard()
    assert queue.take(0.0) == "a"
    queue.discard("a")
    queue.be_careful(5.0)
    assert queue.is_silent
    assert taken(queue, 4.9) == []
    assert queue.next_timeout() == 5.0
    assert taken(queue, 5.0) == ["b"]


def test_who_is_in_a_hurry_waits_for_no_answer() -> None:
    queue = pace(*map(str, range(30)), most_unanswered=1)
    queue.hurry(per_second=400)
    for time in range(6):
        assert len(taken(queue, time * 0.0125)) == 5
    assert queue.next_timeout() is None
