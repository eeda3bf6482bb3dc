"""The lamps there are, and whom somebody waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from callctrl.calls import Lamp, LampDoubt, LampState
from callctrl.people import Number, NumberKind, Person
from callctrl.ui.lampboard import LampBoard, extension_of
from tests.reception import ANA, ANNA, NOW, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(qtbot: QtBot, clock: Clock) -> LampBoard:
    return LampBoard(clock, lambda: NOW)


def lamp(state: LampState, who: str = "231", since: float = 1000.0) -> Lamp:
    return Lamp(who, state, since, "dialog", None)


def heard(spy: QSignalSpy) -> list[object]:
    return [spy.at(at)[0] for at in range(spy.count())]


@pytest.mark.parametrize(
    ("person", "extension"),
    [
        (ANA, "231"),
        (ANNA, ""),
        (Person("Bo", (Number("555"), Number("2 14", NumberKind.EXTENSION))), "214"),
        (Person("Bo", (Number("bo.bell", NumberKind.EXTENSION),)), "bo.bell"),
    ],
)
def test_a_persons_lamp_is_that_of_the_extension(person: Person, extension: str) -> None:
    assert extension_of(person) == extension


def test_who_is_not_watched_has_no_lamp_and_no_word(board: LampBoard) -> None:
    assert board.of("231") is None
    assert (board.in_words("231"), board.explained("231")) == ("", "")
    assert not board.ages("231")


def test_a_change_is_told_once(board: LampBoard) -> None:
    changed, came = QSignalSpy(board.changed), QSignalSpy(board.came_or_went)
    for state in (LampState.FREE, LampState.FREE, LampState.BUSY):
        board.show(lamp(state))
    assert heard(changed) == ["231", "231"]
    assert (came.count(), len(board), list(board)) == (1, 1, ["231"])


def test_the_age_is_that_of_the_engines_clock(board: LampBoard, clock: Clock) -> None:
    board.show(lamp(LampState.BUSY))
    clock.now += 250
    assert board.in_words("231") == "on a call for 4 min"
    assert board.ages("231")
    board.show(Lamp("231", since=1000.0, doubt=LampDoubt.LOST))
    assert not board.ages("231"), "the time it names stays the same"


def test_who_says_so_is_explained(board: LampBoard) -> None:
    board.show(lamp(LampState.FREE))
    told = "Free. Since 15:30. The phone system tells of the calls on it."
    assert board.explained("231") == told


def test_nobody_is_waited_for_who_is_not_watched(board: LampBoard) -> None:
    """It was forgotten with a click on its way: nobody could tell when it is free."""
    board.await_free("231", True)
    assert (board.is_awaited("231"), board.promised("231")) == (False, "")


def test_who_is_waited_for_is_told_of_once_when_free(board: LampBoard) -> None:
    free = QSignalSpy(board.came_free)
    board.show(lamp(LampState.BUSY))
    board.await_free("231", True)
    assert board.is_awaited("231")
    assert (board.promised("231"), board.promised("214")) == ("you are told when free", "")
    for state in (LampState.HELD, LampState.UNKNOWN, LampState.AWAY, LampState.RINGING):
        board.show(lamp(state))
    assert heard(free) == []
    for state in (LampState.FREE, LampState.BUSY, LampState.FREE):
        board.show(lamp(state))
    assert heard(free) == ["231"]
    assert (board.is_awaited("231"), board.promised("231")) == (False, "")


def test_nobody_is_told_of_who_is_waited_for_no_more(board: LampBoard) -> None:
    free = QSignalSpy(board.came_free)
    board.show(lamp(LampState.BUSY))
    board.show(lamp(LampState.BUSY, "214"))
    board.await_free("231", True)
    board.await_free("231", False)
    board.await_free("214", True)
    board.forget(["214", "999"])
    board.show(lamp(LampState.FREE))
    board.show(lamp(LampState.FREE, "214"))
    assert heard(free) == []


def test_after_the_end_nothing_is_shown_that_may_be_false(board: LampBoard) -> None:
    board.show(lamp(LampState.FREE))
    board.show(replace(lamp(LampState.BUSY), who="214"))
    changed, went = QSignalSpy(board.changed), QSignalSpy(board.came_or_went)
    board.clear()
    board.clear()
    assert (len(board), sorted(map(str, heard(changed))), went.count()) == (0, ["214", "231"], 1)
