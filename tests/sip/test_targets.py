"""Which place of a server is tried when (RFC 3263 section 4.3)."""

from __future__ import annotations

from callctrl.sip.packets import Address
from callctrl.sip.targets import Targets

A, B, C = (Address(f"192.0.2.{number}", 5060) for number in (1, 2, 3))


def test_each_place_is_tried_once_before_all_have_failed() -> None:
    targets = Targets([A, B, C])
    tried = [targets.current]
    while targets.next_after_failure():
        tried.append(targets.current)
    assert tried == [A, B, C]
    assert targets.current == A


def test_a_single_place_has_no_next() -> None:
    targets = Targets([A])
    assert not targets.next_after_failure()
    assert targets.current == A


def test_the_better_ones_are_tried_too_when_a_lesser_one_fails_later() -> None:
    targets = Targets([A, B, C])
    targets.next_after_failure()
    targets.found_good()
    assert targets.current == B
    assert targets.next_after_failure()
    assert targets.current == A


def test_a_strange_place_is_the_only_one() -> None:
    targets = Targets([A, B])
    targets.use(B)
    assert (targets.places, targets.current, targets.best) == ((A, B), B, A)
    targets.use(C)
    assert (targets.places, targets.current) == ((C,), C)


def test_what_has_failed_before_is_tried_again_behind_a_place_that_is_named() -> None:
    targets = Targets([A, B])
    targets.next_after_failure()
    targets.use(B)
    assert targets.next_after_failure()
    assert targets.current == A
