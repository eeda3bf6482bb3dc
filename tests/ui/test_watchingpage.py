"""The page of the preferences that says whose phones are watched."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from callctrl.accounts import MOST_LAMPS, Account, PbxKind
from callctrl.ui.watchingpage import WatchingPage

ACCOUNT = Account(
    "pbx",
    "desk-app",
    "1002",
    "PC",
    0,
    kind=PbxKind.SIP,
    lamps=("1003", "1004"),
    lamp_list="office",
    voicemail="*97",
)
Show = Callable[[Account | None], WatchingPage]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def open_page(account: Account | None) -> WatchingPage:
        page = WatchingPage(account)
        qtbot.addWidget(page)
        page.show()
        return page

    return open_page


def field(page: WatchingPage, name: str) -> QLineEdit:
    (found,) = (it for it in page.findChildren(QLineEdit) if it.accessibleName() == name)
    return found


def types(page: WatchingPage, name: str, text: str) -> None:
    edit = field(page, name)
    edit.clear()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def words(page: WatchingPage) -> str:
    return " ".join(it.text() for it in page.findChildren(QLabel) if it.isVisible())


def test_shows_what_is_kept(show: Show) -> None:
    page = show(ACCOUNT)
    assert field(page, "Extensions").text() == "1003, 1004"
    assert field(page, "List").text() == "office"
    assert field(page, "Voicemail").text() == "*97"


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("Extensions", "1005 1006,1005", [("1005", "1006"), "office", "*97"]),
        ("Extensions", "", [(), "office", "*97"]),
        ("List", " ", [("1003", "1004"), "", "*97"]),
        ("Voicemail", "8000", [("1003", "1004"), "office", "8000"]),
    ],
)
def test_a_line_works_when_it_is_left(
    show: Show, name: str, typed: str, told: list[object]
) -> None:
    page = show(ACCOUNT)
    spy = QSignalSpy(page.changed)
    types(page, name, typed)
    assert spy.count() == 1
    assert list(spy.at(0)) == told


def test_what_is_as_it_was_is_not_told(show: Show) -> None:
    """Each change has the phone system asked anew."""
    page = show(ACCOUNT)
    spy = QSignalSpy(page.changed)
    types(page, "Extensions", "1003,1004")
    assert spy.count() == 0
    types(page, "Voicemail", "8000")
    types(page, "Voicemail", "8000")
    assert spy.count() == 1


def test_too_many_are_not_taken(show: Show) -> None:
    page = show(ACCOUNT)
    spy = QSignalSpy(page.changed)
    field(page, "Extensions").setText(",".join(str(each) for each in range(MOST_LAMPS + 1)))
    QTest.keyClick(field(page, "Extensions"), Qt.Key.Key_Return)
    assert spy.count() == 0
    assert f"At most {MOST_LAMPS} extensions" in words(page)


@pytest.mark.parametrize(
    ("account", "why"),
    [
        (Account("192.168.1.10", "200", "FrontDesk", "PC"), "A SPA9000 tells nothing"),
        (None, "Set up a phone system first"),
    ],
)
def test_where_nothing_is_told_of_colleagues_it_says_so(
    show: Show, account: Account | None, why: str
) -> None:
    page = show(account)
    assert why in words(page)
    assert not any(it.isEnabled() for it in page.findChildren(QLineEdit))
