"""The system's word on its network is passed on, and done without where there is none."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from callctrl.ui.networknews import NetworkNews


class FakeSystem(QObject):
    """Speaks as QNetworkInformation does, when a test wants it to."""

    reachabilityChanged = Signal(int)  # noqa: N815 - Qt's name
    transportMediumChanged = Signal(int)  # noqa: N815 - Qt's name

    def __init__(self, *, has_backend: bool = True) -> None:
        super().__init__()
        self._has_backend = has_backend

    def loadDefaultBackend(self) -> bool:  # noqa: N802 - Qt's name
        return self._has_backend

    def instance(self) -> FakeSystem:
        return self


def _listening(monkeypatch: pytest.MonkeyPatch, system: FakeSystem) -> tuple[NetworkNews, bool]:
    monkeypatch.setattr("callctrl.ui.networknews.QNetworkInformation", system)
    news = NetworkNews()
    return news, news.listen()


def test_each_change_is_told(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    system = FakeSystem()
    news, is_listening = _listening(monkeypatch, system)
    assert is_listening
    for signal in (system.reachabilityChanged, system.transportMediumChanged):
        with qtbot.waitSignal(news.changed):
            signal.emit(1)


def test_changes_of_one_moment_are_one(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    system = FakeSystem()
    news, _ = _listening(monkeypatch, system)
    told: list[bool] = []
    news.changed.connect(lambda: told.append(True))
    with qtbot.waitSignal(news.changed):
        system.reachabilityChanged.emit(4)
        system.transportMediumChanged.emit(1)
    assert told == [True]


def test_a_system_that_tells_nothing_is_done_without(
    qapp: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, is_listening = _listening(monkeypatch, FakeSystem(has_backend=False))
    assert not is_listening


def test_this_system_is_asked_without_harm(qapp: QObject) -> None:
    assert NetworkNews().listen() in (True, False)
