"""The page of the preferences on this PC: it shows what is so, and says what does not work."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from callctrl.store.administration import Administration
from callctrl.system.autostart import AtLogin
from callctrl.system.linkhandlers import SCHEMES, Choosing, Holder
from callctrl.system.thispc import ThisPc
from callctrl.ui.thispcpage import ThisPcPage
from callctrl.ui.widgets import Switch

START = "Start when I log in"
MINIMIZED = "Start in the tray, without a window"
TAKE = "Open them with Call Ctrl"
GIVE_BACK = "Give them back"
OURS = Holder("Call Ctrl", is_ours=True)
READ_ONLY = OSError(30, "Read-only file system")


class FakeAutostart:
    """A desktop that starts what it is told to."""

    def __init__(self, state: AtLogin = AtLogin.ABSENT) -> None:
        self.now = state
        self.told: list[str] = []
        self.error: OSError | None = None

    def state(self) -> AtLogin:
        return self.now

    def switch_on(self, *, minimized: bool) -> None:
        self._tell("minimized" if minimized else "with a window", AtLogin.STARTS)

    def switch_off(self) -> None:
        self._tell("off", AtLogin.ABSENT)

    def _tell(self, what: str, state: AtLogin) -> None:
        if self.error is not None:
            raise self.error
        self.told.append(what)
        self.now = state


class FakeLinks:
    """A desktop that opens links with what it is told to, or asks its user."""

    def __init__(
        self, before: Mapping[str, Holder | None], choosing: Choosing = Choosing.HERE
    ) -> None:
        self.choosing = choosing
        self.before = self.now = before
        self.error: OSError | None = None
        self.taken = 0
        self.looks = 0

    def holders(self) -> Mapping[str, Holder | None]:
        self.looks += 1
        return self.now

    def take(self) -> None:
        if self.error is not None:
            raise self.error
        self.taken += 1
        if self.choosing is Choosing.HERE:
            self.now = dict.fromkeys(SCHEMES, OURS)

    def give_back(self) -> None:
        self.now = self.before


NOBODY: Mapping[str, Holder | None] = dict.fromkeys(SCHEMES)
Show = Callable[..., ThisPcPage]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def open_page(
        autostart: FakeAutostart | None = None,
        links: FakeLinks | None = None,
        *,
        minimized: bool = True,
    ) -> ThisPcPage:
        pc = ThisPc(autostart or FakeAutostart(), links or FakeLinks(NOBODY))
        page = ThisPcPage(pc, minimized=minimized)
        qtbot.addWidget(page)
        page.show()
        return page

    return open_page


def switch(page: ThisPcPage, name: str) -> Switch:
    (found,) = (it for it in page.findChildren(Switch) if it.accessibleName() == name)
    return found


def buttons(page: ThisPcPage) -> dict[str, QPushButton]:
    found = page.findChildren(QPushButton)
    return {it.text().replace("&", ""): it for it in found if it.isVisible()}


def words(page: ThisPcPage) -> str:
    return "\n".join(it.text() for it in page.findChildren(QLabel) if it.isVisible())


def test_it_starts_at_log_in_at_once(show: Show) -> None:
    autostart = FakeAutostart()
    page = show(autostart)
    spy = QSignalSpy(page.at_login_changed)
    assert not switch(page, START).isChecked()
    switch(page, START).click()
    switch(page, START).click()
    assert autostart.told == ["minimized", "off"]
    assert [spy.at(number)[0] for number in range(spy.count())] == [True, False]


def test_what_starts_is_told_anew_whether_with_a_window(show: Show) -> None:
    autostart = FakeAutostart()
    page = show(autostart, minimized=False)
    spy = QSignalSpy(page.minimized_changed)
    assert not switch(page, MINIMIZED).isChecked()
    switch(page, MINIMIZED).click()
    assert autostart.told == [], "nothing starts yet"
    switch(page, START).click()
    switch(page, MINIMIZED).click()
    assert autostart.told == ["minimized", "with a window"]
    assert [spy.at(number)[0] for number in range(spy.count())] == [True, False]


def test_what_is_refused_is_said_and_shown_as_it_was(show: Show) -> None:
    autostart = FakeAutostart()
    autostart.error = READ_ONLY
    page = show(autostart)
    spy = QSignalSpy(page.at_login_changed)
    switch(page, START).click()
    assert not switch(page, START).isChecked()
    assert "This PC does not allow it: Read-only file system." in words(page)
    assert spy.count() == 0
    autostart.now = AtLogin.STARTS
    switch(page, MINIMIZED).click()
    assert switch(page, MINIMIZED).isChecked()
    autostart.error = None
    switch(page, START).click()
    assert "does not allow" not in words(page)


def test_task_manager_has_the_last_word(show: Show) -> None:
    page = show(FakeAutostart(AtLogin.KEPT_OFF))
    spy = QSignalSpy(page.system_settings_requested)
    assert not switch(page, START).isChecked()
    assert not switch(page, START).isEnabled()
    assert "switched off in Task Manager" in words(page)
    buttons(page)["Open Windows' settings…"].click()
    assert spy.at(0)[0] == "ms-settings:startupapps"


def test_what_an_administrator_has_arranged_is_on(show: Show) -> None:
    page = show(FakeAutostart(AtLogin.STARTS_FOR_ALL))
    assert switch(page, START).isChecked()
    assert not switch(page, START).isEnabled()
    assert "administrator" in words(page)


def test_where_nothing_is_possible_nothing_can_be_switched(qtbot: QtBot) -> None:
    page = ThisPcPage(ThisPc.untouched(), minimized=True)
    qtbot.addWidget(page)
    page.show()
    assert not any(it.isEnabled() for it in page.findChildren(Switch))
    assert buttons(page) == {}
    assert "cannot arrange that here" in words(page)
    assert "cannot arrange here who opens them" in words(page)


def test_links_are_taken_and_given_back(show: Show, qtbot: QtBot) -> None:
    links = FakeLinks({"tel": Holder("Thunder {bird}"), "sip": None, "callto": None})
    page = show(links=links)
    spy = QSignalSpy(page.links_changed)
    assert "Links with tel: are opened by Thunder {bird}." in words(page)
    assert "Links with sip:, callto: are opened by no program." in words(page)
    assert list(buttons(page)) == [TAKE]
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    buttons(page)[TAKE].setFocus()
    buttons(page)[TAKE].click()
    assert "Links with tel:, sip:, callto: are opened by Call Ctrl." in words(page)
    assert list(buttons(page)) == [GIVE_BACK]
    assert buttons(page)[GIVE_BACK].hasFocus()
    buttons(page)[GIVE_BACK].click()
    assert "opened by Thunder {bird}" in words(page)
    assert buttons(page)[TAKE].hasFocus()
    assert [spy.at(number)[0] for number in range(spy.count())] == [True, False]


def test_links_that_cannot_be_taken_are_said(show: Show) -> None:
    links = FakeLinks(NOBODY)
    links.error = READ_ONLY
    page = show(links=links)
    spy = QSignalSpy(page.links_changed)
    buttons(page)[TAKE].click()
    assert "Read-only file system" in words(page)
    assert spy.count() == 0


def test_links_that_stay_though_given_back_are_explained(show: Show) -> None:
    links = FakeLinks(dict.fromkeys(SCHEMES, OURS))  # by an administrator's list, say
    page = show(links=links)
    buttons(page)[GIVE_BACK].click()
    assert "Another program can be chosen in the desktop's settings." in words(page)
    links.before = NOBODY
    buttons(page)[GIVE_BACK].click()
    assert "Another program" not in words(page)


def test_links_that_are_locked_can_only_be_looked_at(qtbot: QtBot) -> None:
    administration = Administration(by="IT", locked={"preferences": {"opens_links": True}})
    links = FakeLinks({"tel": OURS, "sip": None, "callto": None})
    page = ThisPcPage(ThisPc(FakeAutostart(), links), administration, minimized=True)
    qtbot.addWidget(page)
    page.show()
    assert buttons(page) == {}
    assert "Set by IT." in words(page)
    assert switch(page, START).isEnabled()


@pytest.mark.parametrize(
    ("key", "name"), [("starts_at_login", START), ("starts_minimized", MINIMIZED)]
)
@pytest.mark.parametrize("state", list(AtLogin))
def test_a_start_that_is_locked_is_grey_whatever_the_desktop_does(
    qtbot: QtBot, key: str, name: str, state: AtLogin
) -> None:
    administration = Administration(by="IT", locked={"preferences": {key: True}})
    autostart = FakeAutostart(state)
    page = ThisPcPage(ThisPc(autostart, FakeLinks(NOBODY)), administration, minimized=True)
    qtbot.addWidget(page)
    page.show()
    assert not switch(page, name).isEnabled()
    switch(page, name).click()
    assert autostart.told == []


def test_windows_lets_its_user_choose(show: Show) -> None:
    links = FakeLinks(NOBODY, Choosing.IN_SYSTEM_SETTINGS)
    page = show(links=links)
    spy = QSignalSpy(page.system_settings_requested)
    buttons(page)["Choose in Windows' settings…"].click()
    assert links.taken == 1, "so that Windows offers us"
    assert spy.at(0)[0] == "ms-settings:defaultapps"


def test_whoever_comes_back_sees_what_is_so_now(show: Show, qtbot: QtBot) -> None:
    autostart, links = FakeAutostart(), FakeLinks(NOBODY)
    page = show(autostart, links)
    elsewhere = QWidget()
    qtbot.addWidget(elsewhere)
    elsewhere.show()
    elsewhere.activateWindow()
    qtbot.waitUntil(elsewhere.isActiveWindow)
    autostart.now, links.now = AtLogin.STARTS, dict.fromkeys(SCHEMES, OURS)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    assert switch(page, START).isChecked()
    assert list(buttons(page)) == [GIVE_BACK]


def test_nothing_is_looked_up_while_another_page_is_shown(qtbot: QtBot) -> None:
    links = FakeLinks(NOBODY)
    page = ThisPcPage(ThisPc(FakeAutostart(), links), minimized=True)
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    stack.addWidget(QWidget())
    stack.addWidget(page)
    stack.show()
    links.now = dict.fromkeys(SCHEMES, OURS)
    looks = links.looks
    stack.activateWindow()
    qtbot.waitUntil(stack.isActiveWindow)
    assert links.looks == looks
    stack.setCurrentWidget(page)
    assert list(buttons(page)) == [GIVE_BACK]
