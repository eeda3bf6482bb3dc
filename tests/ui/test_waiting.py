"""Who is free for whom somebody waited: said once each, and taken back where it no longer holds."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from callctrl.calls import Lamp, LampState
from callctrl.ui.lampboard import LampBoard
from callctrl.ui.notice import Notice
from callctrl.ui.waiting import Waiting
from tests.reception import NOW, Clock

NAMES = {"214": "Andreas Höfer", "231": "Ana Pérez"}


class Desk:
    """A strip, and lamps of people whom somebody waits for."""

    def __init__(self) -> None:
        self.lamps = LampBoard(Clock(), lambda: NOW)
        self.notice = Notice()
        self.waiting = Waiting(self.lamps, self.notice, lambda who: NAMES.get(who, ""))
        self.told = QSignalSpy(self.waiting.told)

    def lamp(self, who: str, state: LampState) -> None:
        self.lamps.show(Lamp(who, state, 1000.0, "dialog", None))

    def wait_for(self, *extensions: str) -> None:
        for who in extensions:
            self.lamp(who, LampState.BUSY)
            self.lamps.await_free(who, True)

    def free(self, *extensions: str) -> None:
        for who in extensions:
            self.lamp(who, LampState.FREE)

    def close(self) -> None:
        self.notice.hide()
        QApplication.processEvents()

    @property
    def calls(self) -> str:
        """The number that the strip offers to call."""
        return "" if self.notice._call.isHidden() else self.notice._number


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    it = Desk()
    qtbot.addWidget(it.notice)
    return it


def test_each_is_said_once_and_the_first_again_when_the_last_is_done_with(desk: Desk) -> None:
    desk.wait_for("214", "231", "98")
    desk.free("214", "231", "98")
    assert desk.told.count() == 3
    said = []
    while desk.notice.said():
        said.append((desk.notice.said(), desk.calls))
        desk.close()
    assert said == [
        ("98 is free now.", "98"),
        ("Andreas Höfer (214) is free now.", "214"),
        ("Ana Pérez (231) is free now.", "231"),
    ]
    assert desk.told.count() == 3


def test_what_another_sentence_covered_is_said_again_after_it(desk: Desk) -> None:
    desk.wait_for("214")
    desk.free("214")
    desk.notice.tell("Taken back.")
    desk.close()
    assert (desk.notice.said(), desk.calls) == ("Andreas Höfer (214) is free now.", "214")
    desk.close()
    assert desk.notice.said() == ""


def test_who_is_no_longer_free_is_not_offered(desk: Desk) -> None:
    desk.wait_for("214", "231")
    desk.free("214", "231")
    desk.lamp("214", LampState.RINGING)
    assert desk.notice.said() == "Ana Pérez (231) is free now.", "nobody looked at the other"
    desk.lamps.forget(["231"])
    assert (desk.notice.said(), desk.calls) == ("Ana Pérez (231) was free, and no longer is.", "")
    desk.close()
    assert desk.notice.said() == ""


def test_who_stays_free_stays_offered_whatever_else_is_told_of_the_phone(desk: Desk) -> None:
    desk.wait_for("214")
    desk.free("214")
    desk.lamps.show(Lamp("214", LampState.FREE, 1001.0, "presence", None))
    assert (desk.notice.said(), desk.calls) == ("Andreas Höfer (214) is free now.", "214")


def test_a_sentence_that_hides_itself_makes_room(desk: Desk) -> None:
    desk.wait_for("214")
    desk.free("214")
    desk.notice.tell("Taken back.")
    desk.notice._timer.timeout.emit()
    QApplication.processEvents()
    assert desk.notice.said() == "Andreas Höfer (214) is free now."


def test_nothing_is_said_in_the_place_of_what_was_said_meanwhile(desk: Desk) -> None:
    desk.wait_for("214")
    desk.free("214")
    desk.notice.tell("One.")
    desk.notice.hide()
    desk.notice.tell("Another.")
    QApplication.processEvents()
    assert desk.notice.said() == "Another."
