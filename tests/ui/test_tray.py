"""The tray icon, its menu, and the window in its stead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from callctrl.accounts import Account
from callctrl.calls import Call, CallState, Lamp, LampState, SessionChanged, SessionState, Trouble
from callctrl.ui.state import PhoneState
from callctrl.ui.tray import Presence, Tray
from callctrl.ui.window import Window

ACCOUNT = Account("192.168.1.10", "200", "FrontDesk", "RECEPTION-PC")
# The offscreen platform has no tray and no stack of windows.
pytestmark = pytest.mark.qt_log_ignore(
    "systemTrayWindowChanged", r"does not support raise\(\)", extend=True
)

READY = SessionChanged(SessionState.READY)


def texts(tray: Tray) -> list[str]:
    return [action.text() for action in entries(tray)]


def entries(tray: Tray) -> list[QAction]:
    return [each for each in tray.menu().actions() if not each.isSeparator() and each.isVisible()]


class TestTray:
    @pytest.fixture
    def tray(self, qapp: QApplication) -> Tray:
        return Tray()

    def test_the_menu_says_the_state_and_offers_the_rest(self, tray: Tray) -> None:
        tray.show_state(PhoneState.READY, "Ready · FrontDesk, extension 200", "")
        assert texts(tray) == [
            "Ready · FrontDesk, extension 200",
            "&Show Call Ctrl",
            "P&ractise…",
            "Settings &wizard…",
            "&Preferences…",
            "&About Call Ctrl",
            "&Quit",
        ]

    def test_the_state_cannot_be_chosen(self, tray: Tray) -> None:
        assert not tray.menu().actions()[0].isEnabled()
        assert all(action.isEnabled() for action in entries(tray)[1:])

    def test_the_practice_offers_nothing_of_the_real_phone(self, tray: Tray) -> None:
        tray.show_practice()
        assert texts(tray)[1:] == [
            "&Show Call Ctrl",
            "&Preferences…",
            "&About Call Ctrl",
            "&Quit",
        ]

    def test_an_ampersand_in_a_name_is_no_mnemonic(self, tray: Tray) -> None:
        tray.show_state(PhoneState.READY, "Ready · Lee & Sons, extension 200", "")
        assert texts(tray)[0] == "Ready · Lee && Sons, extension 200"

    def test_the_tool_tip_says_the_state_and_why(self, tray: Tray) -> None:
        tray.show_state(PhoneState.TROUBLE, "No connection", "No answer from 192.168.1.10.")
        assert tray.tool_tip() == "No connection\nNo answer from 192.168.1.10."
        tray.show_state(PhoneState.READY, "Ready", "")
        assert tray.tool_tip() == "Ready"

    @pytest.mark.parametrize(
        ("place", "signal"),
        [
            (1, "activated"),
            (2, "practice_requested"),
            (3, "wizard_requested"),
            (4, "preferences_requested"),
            (5, "about_requested"),
            (6, "quit_requested"),
        ],
    )
    def test_each_entry_asks_for_its_own(
        self, qtbot: QtBot, tray: Tray, place: int, signal: str
    ) -> None:
        with qtbot.waitSignal(getattr(tray, signal)):
            entries(tray)[place].trigger()

    def test_missed_calls_are_counted_until_somebody_looks(self, qtbot: QtBot, tray: Tray) -> None:
        tray.show_state(PhoneState.READY, "Ready", "")
        tray.show_missed(2)
        assert texts(tray)[2] == "Missed calls: 2"
        assert tray.tool_tip() == "Ready\nMissed calls: 2"
        with qtbot.waitSignal(tray.missed_requested):
            entries(tray)[2].trigger()
        tray.show_missed(0)
        assert tray.tool_tip() == "Ready"
        assert "Missed calls: 2" not in texts(tray)

    def test_a_state_that_comes_again_is_not_drawn_again(self, tray: Tray) -> None:
        icon = tray.findChild(QSystemTrayIcon)
        assert icon is not None

        def drawn(state: PhoneState) -> int:
            tray.show_state(state, "", "")
            return icon.icon().cacheKey()

        before = {state: drawn(state) for state in PhoneState}
        assert {state: drawn(state) for state in PhoneState} == before
        tray.show_missed(1)
        assert drawn(PhoneState.READY) not in before.values()

    def test_a_sentence_is_said_in_the_programs_name_and_a_click_on_it_is_told(
        self, qtbot: QtBot, tray: Tray, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[tuple[object, ...]] = []
        monkeypatch.setattr(tray._icon, "showMessage", lambda *message: told.append(message))
        tray.tell("214 is free now.")
        assert told[0][:2] == ("Call Ctrl", "214 is free now.")
        with qtbot.waitSignal(tray.activated):
            tray._icon.messageClicked.emit()

    def test_a_click_is_told_and_the_menus_is_not(self, qtbot: QtBot, tray: Tray) -> None:
        reason = QSystemTrayIcon.ActivationReason
        icon = tray.findChild(QSystemTrayIcon)
        assert icon is not None
        with qtbot.assertNotEmitted(tray.activated):
            icon.activated.emit(reason.Context)
        with qtbot.waitSignal(tray.activated):
            icon.activated.emit(reason.Trigger)

    def test_each_state_has_an_icon_of_its_own(self, tray: Tray) -> None:
        icon = tray.findChild(QSystemTrayIcon)
        assert icon is not None
        pictures = []
        for state in PhoneState:
            tray.show_state(state, "", "")
            pictures.append(icon.icon().pixmap(32, 32).toImage())
        assert all(a != b for a, b in pairwise(pictures))


class FakeDesktop:
    """A desktop whose tray comes and goes."""

    def __init__(self, has_tray: bool) -> None:
        self.has_tray = has_tray

    def __call__(self) -> bool:
        return self.has_tray


def look_often(presence: Presence, times: int) -> None:
    for _ in range(times):
        presence.look_for_tray()


def icon_of(presence: Presence) -> QSystemTrayIcon:
    return presence.tray._icon


class TestPresence:
    @pytest.fixture
    def desktop(self) -> FakeDesktop:
        return FakeDesktop(has_tray=False)

    @pytest.fixture
    def presence(self, qtbot: QtBot, desktop: FakeDesktop) -> Iterator[Presence]:
        presence = Presence(ACCOUNT, Window(), Tray(), desktop)
        qtbot.addWidget(presence.window)
        yield presence
        presence.stop()

    def test_in_the_tray_where_there_is_one(self, presence: Presence, desktop: FakeDesktop) -> None:
        desktop.has_tray = True
        presence.start()
        assert presence.tray.is_visible()
        assert not presence.window.isVisible()

    def test_nothing_is_shown_before_it_starts(self, presence: Presence) -> None:
        assert not presence.tray.is_visible()
        assert not presence.window.isVisible()

    def test_without_a_tray_the_window_is_listed_minimised_and_never_flashes(
        self, qtbot: QtBot, presence: Presence
    ) -> None:
        presence.start()
        for _ in range(3):
            presence.look_for_tray()
        assert not presence.window.isVisible(), "the tray may be slow at log-in"
        presence.look_for_tray()
        assert presence.window.isVisible()
        assert presence.window.isMinimized()

    def test_a_tray_that_comes_late_takes_the_minimised_window_in(
        self, presence: Presence, desktop: FakeDesktop
    ) -> None:
        presence.start()
        look_often(presence, 10)
        desktop.has_tray = True
        presence.look_for_tray()
        assert presence.tray.is_visible()
        assert not presence.window.isVisible()

    def test_a_window_that_a_person_opened_stays_when_the_tray_comes(
        self, presence: Presence, desktop: FakeDesktop
    ) -> None:
        presence.start()
        look_often(presence, 10)
        presence.window.come_forward()
        desktop.has_tray = True
        presence.look_for_tray()
        assert presence.window.isVisible()

    def test_a_window_that_a_person_opened_stays_open_without_a_tray(
        self, presence: Presence
    ) -> None:
        presence.start()
        presence.window.come_forward()
        look_often(presence, 10)
        assert not presence.window.isMinimized()

    def test_a_window_that_a_person_minimised_stays_listed_when_the_tray_comes(
        self, presence: Presence, desktop: FakeDesktop
    ) -> None:
        presence.window.come_forward()
        presence.start()
        look_often(presence, 10)
        presence.window.showMinimized()
        desktop.has_tray = True
        presence.look_for_tray()
        assert presence.window.isVisible()

    def test_a_tray_in_time_keeps_the_window_away(
        self, presence: Presence, desktop: FakeDesktop
    ) -> None:
        presence.start()
        desktop.has_tray = True
        presence.look_for_tray()
        assert presence.tray.is_visible()
        assert not presence.window.isVisible()

    def test_a_tray_that_was_not_there_gets_an_icon_made_for_it(
        self, presence: Presence, desktop: FakeDesktop
    ) -> None:
        presence.show_state(READY, [])
        made_without = icon_of(presence)
        presence.start()
        desktop.has_tray = True
        presence.look_for_tray()
        icon = icon_of(presence)
        assert icon is not made_without
        assert icon.isVisible()
        assert icon.toolTip() == presence.tray.tool_tip() == "Ready · FrontDesk, extension 200"
        assert icon.contextMenu() is presence.tray.menu()

    def test_a_tray_that_goes_is_missed_and_joined_again(
        self, presence: Presence, desktop: FakeDesktop
    ) -> None:
        desktop.has_tray = True
        presence.start()
        desktop.has_tray = False
        look_often(presence, 5)
        assert presence.window.isMinimized(), "it was hidden, and the icon has gone"
        assert not presence.window.closes_to_tray
        desktop.has_tray = True
        presence.look_for_tray()
        assert not presence.window.isVisible()
        assert presence.window.closes_to_tray

    def test_the_icon_stays_where_the_tray_stays(
        self, presence: Presence, desktop: FakeDesktop
    ) -> None:
        desktop.has_tray = True
        presence.start()
        icon = icon_of(presence)
        look_often(presence, 3)
        assert icon_of(presence) is icon

    def test_without_a_tray_closing_minimises(self, qtbot: QtBot, presence: Presence) -> None:
        presence.window.show()
        qtbot.waitExposed(presence.window)
        assert not presence.window.close()
        assert presence.window.isMinimized()

    def test_with_a_tray_closing_hides(
        self, qtbot: QtBot, presence: Presence, desktop: FakeDesktop
    ) -> None:
        desktop.has_tray = True
        presence.start()
        presence.tray.activated.emit()
        assert presence.window.isVisible()
        assert presence.window.close()
        assert not presence.window.isVisible()

    def test_a_click_on_the_icon_brings_a_minimised_window_back(self, presence: Presence) -> None:
        presence.window.show()
        presence.window.close()
        presence.tray.activated.emit()
        assert not presence.window.isMinimized()

    def test_looks_once_a_second_for_a_minute_and_twice_a_minute_for_ever(
        self, presence: Presence, desktop: FakeDesktop
    ) -> None:
        presence.start()
        look_often(presence, 58)
        assert presence.pause == 1000
        presence.look_for_tray()
        assert presence.pause == 30_000
        desktop.has_tray = True
        presence.look_for_tray()
        assert presence.pause == 30_000
        desktop.has_tray = False
        presence.look_for_tray()
        assert presence.pause == 1000

    def test_both_show_the_state(self, presence: Presence) -> None:
        presence.show_state(READY, [Call("1", CallState.HELD)])
        assert texts(presence.tray)[0] == "On hold · FrontDesk, extension 200"
        assert presence.window.line() == "On hold · FrontDesk, extension 200"

    def test_both_show_the_reason(self, presence: Presence) -> None:
        trouble = SessionChanged(SessionState.RETRYING, Trouble.NO_ANSWER, 408, 4.0)
        presence.show_state(trouble, [])
        reason = "No answer from 192.168.1.10. Trying again in 4 s."
        assert presence.tray.tool_tip().splitlines()[1] == reason
        assert presence.window.reason() == reason

    def test_both_say_that_the_phone_is_not_there_unless_it_has_a_call(
        self, presence: Presence
    ) -> None:
        presence.show_state(READY, [], is_there=False)
        assert presence.window.line().startswith("Phone not there")
        assert "is not registered" in presence.window.reason()
        assert "is not registered" in presence.tray.tool_tip()
        presence.show_state(READY, [Call("1", CallState.RINGING, number="214")], is_there=False)
        assert presence.window.line().startswith("Ringing")
        assert presence.window.reason() == "214"

    @pytest.mark.parametrize("is_active", [True, False])
    def test_who_is_free_is_told_beside_the_icon_where_she_is_elsewhere(
        self, presence: Presence, monkeypatch: pytest.MonkeyPatch, is_active: bool
    ) -> None:
        told: list[str] = []
        monkeypatch.setattr(presence.tray, "tell", told.append)
        monkeypatch.setattr(presence.tray, "is_visible", lambda: True)
        monkeypatch.setattr(presence.window, "isActiveWindow", lambda: is_active)
        lamps = presence.window.lamps
        lamps.show(Lamp("214", LampState.BUSY, 1.0, "dialog", None))
        lamps.await_free("214", True)
        lamps.show(Lamp("214", LampState.FREE, 2.0, "dialog", None))
        assert told == ([] if is_active else ["214 is free now."])

    def test_both_explain_a_refused_certificate(self, presence: Presence) -> None:
        why = "Its authority, Example CA, is unknown here."
        trouble = SessionChanged(
            SessionState.RETRYING, Trouble.CERTIFICATE, retry_in=4.0, detail=why
        )
        presence.show_state(trouble, [])
        _, reason, explanation = presence.tray.tool_tip().splitlines()
        assert reason == (
            "The certificate of 192.168.1.10 is not to be trusted. Trying again in 4 s."
        )
        assert explanation.startswith(f"{why} If only its authority is unknown here, ")
        assert presence.window.reason() == f"{reason}\n{explanation}"

    def test_both_say_that_the_way_is_encrypted(self, presence: Presence) -> None:
        presence.show_state(READY, [], is_encrypted=True)
        assert presence.tray.tool_tip() == "Ready · FrontDesk, extension 200 · TLS"
        assert presence.window.line() == "Ready · FrontDesk, extension 200"
        assert presence.window.is_shown_encrypted()

    @pytest.mark.parametrize("state", set(SessionState) - {SessionState.READY})
    def test_nothing_is_called_encrypted_before_it_is(
        self, presence: Presence, state: SessionState
    ) -> None:
        presence.show_state(READY, [], is_encrypted=True)
        presence.show_state(SessionChanged(state), [], is_encrypted=True)
        assert "TLS" not in presence.tray.tool_tip()
        assert not presence.window.is_shown_encrypted()

    def test_a_new_account_is_shown_at_once(self, presence: Presence) -> None:
        presence.show_state(READY, [])
        presence.show_account(None)
        assert presence.window.line() == "Not set up yet"

    @pytest.mark.parametrize(
        "signal",
        ["wizard_requested", "preferences_requested", "about_requested", "quit_requested"],
    )
    def test_what_is_asked_of_either_is_asked(
        self, qtbot: QtBot, presence: Presence, signal: str
    ) -> None:
        for part in (presence.tray, presence.window):
            with qtbot.waitSignal(getattr(presence, signal)):
                getattr(part, signal).emit()
