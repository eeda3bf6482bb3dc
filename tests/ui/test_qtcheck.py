from __future__ import annotations

import ctypes
import sys

import pytest
from PySide6.QtWidgets import QApplication

from callctrl.ui import qtcheck


class LeakyObject:
    """A stub for a QObject of PySide6 6.12.0."""

    lost = 0

    def startTimer(self, interval: int) -> int:  # noqa: N802 — Qt's name
        return interval

    def killTimer(self, timer: int) -> None:  # noqa: N802
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(None))
        LeakyObject.lost += 1


def test_the_installed_pyside_keeps_its_references(qapp: QApplication) -> None:
    assert not qtcheck.loses_references()


def test_lost_references_are_noticed_where_they_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qtcheck, "QObject", LeakyObject)
    monkeypatch.setattr(LeakyObject, "lost", 0)
    try:
        noticed = qtcheck.loses_references()
    finally:
        for _ in range(LeakyObject.lost):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))
    assert noticed == (sys.version_info < (3, 12))
