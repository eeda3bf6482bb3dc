"""The desktop program whole: offscreen Qt, the simulated phone system on loop-back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from callctrl.accounts import Account
from callctrl.app import Desktop
from callctrl.calls import CallState, CommandAnswered, Dial, Hold, SessionState
from callctrl.globalkeys import GlobalKey
from callctrl.headless.words import outcome_in_words
from callctrl.numbers import DialPlan
from callctrl.orders import Orders
from callctrl.remote import Reply
from callctrl.store.passwords import MemoryPasswords, PasswordStoreError, StoreProblem
from callctrl.store.settings import Loaded, Settings, load
from callctrl.ui.preferences import Preferences
from callctrl.ui.refusal import RefusalBox
from callctrl.ui.rows import Row
from callctrl.ui.widgets import Switch
from callctrl.ui.wizard import Secret, Wizard
from tests.office import PASSWORD, Office, press, window

THE_MESSAGE = (
    "The error '403 Forbidden' was received from SPA-STATUS and will prevent Call Ctrl from "
    "functioning properly. Please enable Debugging and restart Call Ctrl to diagnose the problem."
)


@pytest.fixture(name="office")
async def office_at_work(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    await office.open()
    yield office
    await office.close()


# First run


async def test_s41_without_settings_the_wizard_opens(office: Office) -> None:
    await office.start(Settings())
    await office.until(lambda: window(Wizard))


async def test_the_first_run_goes_from_the_wizard_to_a_phone_under_control(office: Office) -> None:
    """S1, S4 and S43: what the wizard saved is used at once; no restart is needed."""
    await office.start(Settings())
    await office.until(lambda: window(Wizard))
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    wizard.save_requested.emit(office.account, Secret(PASSWORD), False)
    await office.until(lambda: office.state is SessionState.READY)
    assert window(Wizard) is None
    assert load(office.paths).settings.account == office.account
    assert await office.passwords.get(office.account) == PASSWORD


async def test_the_wizards_test_page_goes_green_before_anything_is_saved(office: Office) -> None:
    await office.start(Settings())
    await office.until(lambda: window(Wizard))
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    verdicts: list[bool] = []
    wizard.show_verdict = verdicts.append  # type: ignore[method-assign, assignment]
    wizard.test_requested.emit(office.account, Secret(PASSWORD))
    await office.until(lambda: verdicts)
    wizard.test_requested.emit(office.account, Secret("wrong"))
    await office.until(lambda: len(verdicts) == 2)
    assert verdicts == [True, False]
    assert not office.paths.settings_file.exists()
    assert office.said[-1] == "SUBSCRIBE of RECEPTION refused with 403"


async def test_a_wizard_closed_without_saving_leaves_the_account_at_work(office: Office) -> None:
    desktop = await office.start_ready()
    desktop.open_wizard()
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    wizard.test_requested.emit(office.account, Secret("wrong"))
    await office.until(lambda: "SUBSCRIBE of RECEPTION refused with 403" in office.said)
    wizard.reject()
    await office.until(lambda: office.state is SessionState.READY)


async def test_the_password_may_be_kept_for_this_session_only(office: Office) -> None:
    await office.start(Settings())
    await office.until(lambda: window(Wizard))
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    wizard.save_requested.emit(office.account, Secret(PASSWORD), True)
    await office.until(lambda: office.state is SessionState.READY)
    assert await office.passwords.get(office.account) is None


class LockedPasswords(MemoryPasswords):
    """A keyring nobody unlocks."""

    async def get(self, account: Account) -> str | None:
        raise PasswordStoreError(StoreProblem.LOCKED, "test")

    async def set(self, account: Account, password: str) -> None:
        raise PasswordStoreError(StoreProblem.LOCKED, "test")


async def test_a_locked_keyring_saves_nothing_and_is_told_in_the_wizard(office: Office) -> None:
    office.passwords = LockedPasswords()
    await office.start(Settings())
    await office.until(lambda: window(Wizard))
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    told: list[StoreProblem] = []
    wizard.show_keyring_problem = told.append  # type: ignore[method-assign, assignment]
    wizard.save_requested.emit(office.account, Secret(PASSWORD), False)
    await office.until(lambda: told)
    assert told == [StoreProblem.LOCKED]
    assert not office.paths.settings_file.exists()


async def test_a_password_that_cannot_be_had_is_asked_for(office: Office) -> None:
    await office.start(Settings(account=office.account))
    await office.until(lambda: window(QMessageBox))
    box = window(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "The password of extension 200 is not in the password store." in box.text()
    await office.passwords.set(office.account, PASSWORD)
    press(box, "Try again")
    await office.until(lambda: office.state is SessionState.READY)


# At work


async def test_a_call_is_shown_as_the_phone_reports_it(office: Office) -> None:
    desktop = await office.start_ready()
    for command, line in [
        ('ring 5551234 "Anna Lee"', "Ringing"),
        ("answer", "On a call"),
        ("hold", "On hold"),
        ("resume", "On a call"),
        ("hangup", "Ready"),
    ]:
        office.simulation.execute(command)
        await office.until(
            lambda line=line: desktop.presence.tray.tool_tip().startswith(f"{line} ·")  # type: ignore[misc]
        )


async def test_quitting_leaves_politely(office: Office) -> None:
    desktop = await office.start_ready()
    desktop.quit()
    await office.ended()
    assert office.said[-2:] == ["RECEPTION watches no longer: time is up", "RECEPTION unregistered"]


# Refusal


async def test_s36_the_403_is_a_box_with_the_documented_message(office: Office) -> None:
    await office.passwords.set(office.account, "wrong")
    await office.start(Settings(account=office.account))
    await office.until(lambda: window(RefusalBox))
    box = window(RefusalBox)
    assert isinstance(box, RefusalBox)
    assert box.accessibleDescription() == THE_MESSAGE
    assert box.isModal()


def _said_in(box: QDialog) -> str:
    return " ".join(each.text() for each in box.findChildren(QLabel) if not each.isHidden())


async def test_the_box_says_that_the_password_was_refused(office: Office) -> None:
    await office.passwords.set(office.account, "wrong")
    await office.start(Settings(account=office.account))
    await office.until(lambda: window(RefusalBox))
    box = window(RefusalBox)
    assert box is not None
    assert "The phone system refused the password of extension 200 (401)." in _said_in(box)


async def test_the_box_blames_no_password_that_was_taken(office: Office) -> None:
    office.simulation.execute("forbid on")
    await office.passwords.set(office.account, PASSWORD)
    await office.start(Settings(account=office.account))
    await office.until(lambda: window(RefusalBox))
    box = window(RefusalBox)
    assert box is not None
    assert "(401)" not in _said_in(box)


async def test_the_boxs_wizard_takes_its_place_until_it_is_closed(office: Office) -> None:
    await office.passwords.set(office.account, "wrong")
    desktop = await office.start(Settings(account=office.account))
    await office.until(lambda: window(RefusalBox))
    for _ in range(2):
        box = window(RefusalBox)
        assert box is not None
        press(box, "Settings Wizard…")
        wizard = window(Wizard)
        assert isinstance(wizard, Wizard)
        assert window(RefusalBox) is None
        assert desktop.is_running
        wizard.reject()
        assert window(RefusalBox) is not None
    box = window(RefusalBox)
    assert box is not None
    assert "(401)" in _said_in(box)
    press(box, "Close Call Ctrl")
    await office.ended()


async def test_the_boxs_wizard_puts_things_right(office: Office) -> None:
    await office.passwords.set(office.account, "wrong")
    desktop = await office.start(Settings(account=office.account))
    await office.until(lambda: window(RefusalBox))
    box = window(RefusalBox)
    assert box is not None
    press(box, "Settings Wizard…")
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    wizard.save_requested.emit(office.account, Secret(PASSWORD), False)
    await office.until(lambda: office.state is SessionState.READY)
    assert window(RefusalBox) is None
    assert desktop.is_running


async def test_s37_closing_the_box_ends_the_program(office: Office) -> None:
    office.simulation.execute("forbid on")
    await office.passwords.set(office.account, PASSWORD)
    await office.start(Settings(account=office.account))
    await office.until(lambda: window(RefusalBox))
    box = window(RefusalBox)
    assert box is not None
    QTest.keyClick(box, Qt.Key.Key_Escape)
    await office.ended()
    assert "RECEPTION unregistered" in office.said


async def test_s38_the_box_switches_debugging_on_for_the_next_start(office: Office) -> None:
    office.simulation.execute("forbid on")
    await office.passwords.set(office.account, PASSWORD)
    await office.start(Settings(account=office.account))
    await office.until(lambda: window(RefusalBox))
    box = window(RefusalBox)
    assert box is not None
    press(box, "Enable Debugging")
    assert load(office.paths).settings.debug
    assert office.debug_log.is_debugging
    assert str(office.paths.log_file) in _said_in(box)


async def test_a_refusal_waits_while_the_wizard_puts_things_right(office: Office) -> None:
    await office.passwords.set(office.account, "wrong")
    desktop = await office.start(Settings(account=office.account))
    desktop.open_wizard()
    await office.until(lambda: office.state is SessionState.STOPPED)
    assert window(RefusalBox) is None
    wizard = window(Wizard)
    assert wizard is not None
    wizard.reject()
    await office.until(lambda: window(RefusalBox))


async def test_staying_open_is_a_policy_that_can_be_changed_at_work(office: Office) -> None:
    desktop = await office.start_ready()
    desktop.open_preferences()
    preferences = window(Preferences)
    assert isinstance(preferences, Preferences)
    preferences.stay_open_changed.emit(True)
    assert load(office.paths).settings.policy.stay_open
    office.simulation.execute("forbid on")
    office.simulation.execute("reboot pbx")


# Preferences


async def test_the_debug_log_starts_at_once_and_survives_restarts(office: Office) -> None:
    desktop = await office.start_ready()
    desktop.open_preferences()
    preferences = window(Preferences)
    assert isinstance(preferences, Preferences)
    preferences.debug_changed.emit(True)
    office.simulation.execute('ring 5551234 "Anna Lee"')
    await office.until(lambda: desktop.presence.tray.tool_tip().startswith("Ringing"))
    office.debug_log.close()
    log = office.paths.log_file.read_text()
    assert "NOTIFY sip:RECEPTION@" in log
    assert PASSWORD not in log
    assert load(office.paths).settings.debug


async def test_colleagues_are_kept_and_asked_for_from_then_on(office: Office) -> None:
    desktop = await office.start_ready()
    desktop.open_preferences()
    preferences = window(Preferences)
    assert isinstance(preferences, Preferences)
    preferences.colleagues_changed.emit(("1003", "1004"), "office", "*97")
    account = load(office.paths).settings.account
    assert account is not None
    kept = (account.lamps, account.lamp_list, account.voicemail)
    assert kept == (("1003", "1004"), "office", "*97")
    line = desktop._line
    await office.until(lambda: line.connection is not None and line.connection.account == account)
    await office.until(lambda: office.state is SessionState.READY)


async def test_a_dial_plan_for_no_country_opens_the_page_where_it_is_said(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callctrl.ui.dialplanpage.country_here", lambda: "")
    desktop = await office.start_ready()
    desktop.window.dial_plan_switched.emit(True)
    preferences = window(Preferences)
    assert isinstance(preferences, Preferences)
    assert preferences.dial_plan.isVisible()
    assert preferences.dial_plan.plan == DialPlan(enabled=True)
    assert load(office.paths).settings.dial_plan.enabled
    desktop.window.dial_plan_switched.emit(False)
    assert preferences.dial_plan.plan == DialPlan(enabled=False)


async def test_a_dial_plan_for_a_known_country_asks_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callctrl.ui.dialplanpage.country_here", lambda: "DE")
    desktop = await office.start_ready()
    desktop.window.dial_plan_switched.emit(True)
    assert window(Preferences) is None
    assert load(office.paths).settings.dial_plan == DialPlan(enabled=True, country="DE")


async def test_how_it_starts_at_log_in_is_kept(office: Office) -> None:
    desktop = await office.start(Settings(starts_at_login=True, opens_links=True))
    entry = office.folders.config_home / "autostart" / "callctrl.desktop"
    await office.until(entry.exists)
    links = office.folders.config_home / "mimeapps.list"
    assert "x-scheme-handler/tel=callctrl-links.desktop;" in links.read_text()
    desktop.open_preferences()
    preferences = window(Preferences)
    assert isinstance(preferences, Preferences)
    for name in ("Start in the tray, without a window", "Start when I log in"):
        (it,) = (it for it in preferences.findChildren(Switch) if it.accessibleName() == name)
        it.click()
    press(preferences, "Give them back")
    assert not entry.exists()
    settings = load(office.paths).settings
    assert not settings.starts_minimized
    assert not settings.starts_at_login, "or it would be switched on at the next start"
    assert not settings.opens_links


async def test_what_this_pc_does_not_allow_hinders_nothing_else(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.folders.config_home.parent.mkdir()
    office.folders.config_home.write_text("in the way")
    await office.passwords.set(office.account, PASSWORD)
    await office.start(Settings(account=office.account, starts_at_login=True))
    await office.until(lambda: office.state is SessionState.READY)
    assert "could not be arranged as the settings want it" in caplog.text


async def test_damaged_settings_are_said_so(office: Office) -> None:
    await office.start(Settings(), Loaded(Settings(), ("expected TOML",), Path("kept.toml")))
    await office.until(lambda: window(QMessageBox))
    box = window(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "damaged" in box.text()
    assert "kept.toml" in box.informativeText()


# Practice


async def _practise(office: Office) -> tuple[Desktop, dict[str, QAction]]:
    """The program in a practice, and what its menus offer."""
    await office.passwords.set(office.account, PASSWORD)
    desktop = await office.start(Settings(account=office.account), practice=True)
    await office.until(lambda: office.state is SessionState.READY)
    entries = {
        action.text().replace("&", ""): action
        for menu in desktop.window.menuBar().findChildren(QMenu)
        for action in menu.actions()
    }
    return desktop, entries


async def test_a_practice_says_that_it_is_one(office: Office) -> None:
    desktop, entries = await _practise(office)
    assert desktop.window.windowTitle() == "Call Ctrl — Practice"
    for name in ("Practise…", "Settings wizard…"):
        assert not entries[name].isEnabled()
    assert entries["Preferences…"].isEnabled()


async def test_closing_the_window_of_the_real_phone_ends_nothing(office: Office) -> None:
    desktop = await office.start_ready()
    assert desktop.window.windowTitle() == "Call Ctrl"
    desktop.window.close()
    assert desktop.is_running


async def test_closing_the_window_of_a_practice_ends_it(office: Office) -> None:
    desktop, _ = await _practise(office)
    assert desktop.window.close()
    await office.ended()
    assert office.said[-1] == "RECEPTION unregistered"


async def test_a_practice_has_nothing_to_set_up_whoever_asks(office: Office) -> None:
    desktop, _ = await _practise(office)
    desktop.open_preferences()
    preferences = window(Preferences)
    assert preferences is not None
    press(preferences, "Settings wizard…")
    assert window(Wizard) is None
    assert desktop.window.notice.text().startswith("The practice has a phone of its own")


# What goes on at the same time


class SlowPasswords(MemoryPasswords):
    """A keyring that waits to be unlocked."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = asyncio.Event()

    async def get(self, account: Account) -> str | None:
        await self.unlocked.wait()
        return await super().get(account)


async def test_a_wizard_closed_while_the_keyring_is_locked_leaves_one_session(
    office: Office,
) -> None:
    passwords = SlowPasswords()
    office.passwords = passwords
    await passwords.set(office.account, PASSWORD)
    desktop = await office.start(Settings(account=office.account))
    for _ in range(3):
        desktop.open_wizard()
        wizard = window(Wizard)
        assert wizard is not None
        wizard.reject()
    passwords.unlocked.set()
    await office.until(lambda: office.state is SessionState.READY)
    desktop.quit()
    await office.ended()
    assert sum("registered from" in line for line in office.said) == 1
    assert office.said[-1] == "RECEPTION unregistered"


async def test_quitting_while_something_is_saved_starts_no_session(office: Office) -> None:
    saving = asyncio.Event()

    class Stuck(MemoryPasswords):
        async def set(self, account: Account, password: str) -> None:
            saving.set()
            await asyncio.Event().wait()

    office.passwords = Stuck()
    desktop = await office.start(Settings())
    await office.until(lambda: window(Wizard))
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    wizard.save_requested.emit(office.account, Secret(PASSWORD), False)
    await saving.wait()
    desktop.quit()
    await office.ended()
    assert not any("registered" in line for line in office.said)


async def test_a_password_kept_for_good_replaces_one_for_the_session(office: Office) -> None:
    desktop = await office.start(Settings())
    for password, session_only in (("wrong", True), (PASSWORD, False)):
        desktop.open_wizard()
        await office.until(lambda: window(Wizard))
        wizard = window(Wizard)
        assert isinstance(wizard, Wizard)
        wizard.save_requested.emit(office.account, Secret(password), session_only)
        await office.until(lambda: window(Wizard) is None)
    await office.until(lambda: office.state is SessionState.READY)
    desktop.open_wizard()
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    wizard.test_requested.emit(office.account, Secret("another wrong one"))
    await office.until(lambda: "SUBSCRIBE of RECEPTION refused with 403" in office.said)
    wizard.reject()
    await office.until(lambda: office.state is SessionState.READY)


async def test_a_refusal_put_right_in_the_wizard_is_no_longer_the_end(office: Office) -> None:
    await office.passwords.set(office.account, "wrong")
    desktop = await office.start(Settings(account=office.account))
    await office.until(lambda: window(RefusalBox))
    for puts_right in (False, True):
        desktop.open_wizard()
        wizard = window(Wizard)
        assert isinstance(wizard, Wizard)
        if puts_right:
            wizard.save_requested.emit(office.account, Secret(PASSWORD), False)
        else:
            wizard.reject()
    await office.until(lambda: office.state is SessionState.READY)
    await office.until(lambda: window(RefusalBox) is None)
    assert desktop.is_running


async def test_the_old_entry_goes_when_the_account_changes(office: Office) -> None:
    old = replace(office.account, extension="100")
    await office.passwords.set(old, "old-password")
    desktop = await office.start(Settings(account=old))
    await office.until(lambda: office.state is SessionState.STOPPED)
    desktop.open_wizard()
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    wizard.save_requested.emit(office.account, Secret(PASSWORD), False)
    await office.until(lambda: office.state is SessionState.READY)
    assert await office.passwords.get(old) is None


async def test_a_full_disk_is_told_and_the_phone_stays_under_control(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = await office.start_ready()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("callctrl.app.save", full)
    desktop.open_preferences()
    preferences = window(Preferences)
    assert isinstance(preferences, Preferences)
    preferences.stay_open_changed.emit(True)
    box = window(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "could not be saved" in box.text()
    assert office.state is SessionState.READY


# Orders from outside


def _dialled(desktop: Desktop) -> list[str]:
    """The numbers of the calls, once the phone has told them."""
    return [call.number for call in desktop.calls if call.number]


def _rows(desktop: Desktop) -> list[Row]:
    """What the list in the window shows."""
    return desktop.window.shown_list.rows


async def test_what_is_dialled_from_outside_is_dialled_on_the_phone(office: Office) -> None:
    desktop = await office.start_ready()
    reply = await Orders(desktop).carry_out(["dial", "5552345"])
    assert reply == Reply("dial: taken by the phone")
    await office.until(lambda: _dialled(desktop))
    assert _dialled(desktop) == ["5552345"]


async def test_an_order_before_the_phone_is_under_control_is_refused_at_once(
    office: Office,
) -> None:
    desktop = await office.start(Settings())
    reply = await Orders(desktop).carry_out(["hold"])
    sentence = outcome_in_words(CommandAnswered(Hold(), 480))
    assert reply == Reply(sentence, exit_code=1)
    assert "under control" in sentence


async def test_an_order_after_signing_off_is_refused_at_once(office: Office) -> None:
    office.simulation.execute("forbid on")
    await office.passwords.set(office.account, PASSWORD)
    desktop = await office.start(Settings(account=office.account))
    await office.until(lambda: office.state is SessionState.STOPPED)
    answers: list[object] = []
    order = Dial("123")
    desktop.perform(order, answers.append)
    assert answers == [CommandAnswered(order, 480)]


async def test_an_order_under_way_at_the_end_is_told_that_it_was_refused(office: Office) -> None:
    desktop = await office.start_ready()
    office.simulation.execute("silence on")
    answers: list[object] = []
    order = Hold()
    desktop.perform(order, answers.append)
    desktop.quit()
    await office.ended()
    assert answers == [CommandAnswered(order, 480)]


async def test_a_number_from_a_link_is_dialled_by_enter(office: Office) -> None:
    desktop = await office.start_ready()
    reply = await Orders(desktop).carry_out(["dial", "tel:555-2345"])
    assert reply.text == "555-2345 is shown in the window; it is dialled from there."
    field = desktop.window._field
    assert field.text() == "5552345"
    assert desktop.window.isVisible()
    await office.until(lambda: [row.title for row in _rows(desktop)] == ["Call 5552345"])
    assert _dialled(desktop) == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    await office.until(lambda: _dialled(desktop))
    assert _dialled(desktop) == ["5552345"]
    assert field.text() == ""


async def test_a_number_from_a_link_is_not_dialled_where_nobody_wants_it(office: Office) -> None:
    desktop = await office.start_ready()
    await Orders(desktop).carry_out(["dial", "tel:5552345"])
    QTest.keyClick(desktop.window._field, Qt.Key.Key_Escape)
    assert desktop.window._field.text() == ""
    await Orders(desktop).carry_out(["dial", "301"])
    await office.until(lambda: _dialled(desktop))
    assert _dialled(desktop) == ["301"]


async def test_a_later_link_takes_the_place_of_the_one_before(office: Office) -> None:
    desktop = await office.start_ready()
    for number in range(5551000, 5551020):
        await Orders(desktop).carry_out(["dial", f"tel:{number}"])
    await office.until(lambda: [row.title for row in _rows(desktop)] == ["Call 5551019"])


async def test_a_link_does_not_answer_a_call_that_rings(office: Office) -> None:
    desktop = await office.start_ready()
    office.simulation.execute("ring 5551234")
    await office.until(lambda: desktop.calls)
    await Orders(desktop).carry_out(["dial", "tel:5552345"])
    assert desktop.window._field.text() == "5552345"
    assert [call.state.value for call in desktop.calls] == ["ringing"]


async def test_an_extension_in_a_link_is_to_be_keyed_in(office: Office) -> None:
    desktop = await office.start_ready()
    await Orders(desktop).carry_out(["dial", "tel:+1-212-555-0100;ext=7"])
    assert desktop.window._field.text() == "+12125550100"
    assert desktop.window.notice.text() == "When they have answered, key in the extension 7."


async def test_a_link_that_is_not_followed_is_said_in_the_window(office: Office) -> None:
    desktop = await office.start_ready()
    desktop.window.hide()
    await Orders(desktop).carry_out(["dial", "tel:*72,5551234"])
    assert desktop.window.isVisible()
    assert "can only be dialled by hand" in desktop.window.notice.text()
    assert desktop.window._field.text() == ""


async def test_show_and_quit_from_outside(office: Office) -> None:
    desktop = await office.start_ready()
    desktop.presence.window.hide()
    await Orders(desktop).carry_out(["show"])
    assert desktop.presence.window.isVisible()
    await Orders(desktop).carry_out(["quit"])
    await office.ended()
    assert office.said[-1] == "RECEPTION unregistered"


async def test_the_window_comes_back_where_it_was(office: Office) -> None:
    desktop = await office.start(Settings())
    await office.until(lambda: window(Wizard))
    desktop.window.setGeometry(40, 50, 512, 700)
    desktop.quit()
    await office.ended()
    again = await office.start(Settings())
    await office.until(lambda: again.window.size() == QSize(512, 700))


async def test_what_the_system_says_of_its_network_is_looked_into(office: Office) -> None:
    desktop = await office.start_ready()
    desktop._register_status = None
    desktop.network_news.changed.emit()
    await office.until(lambda: desktop._register_status == 200)
    desktop.quit()
    await office.ended()
    desktop.network_news.changed.emit()


async def test_keys_from_any_window_do_what_they_do_in_the_window(office: Office) -> None:
    await office.passwords.set(office.account, PASSWORD)
    desktop = await office.start(Settings(account=office.account, global_keys=True))
    await office.until(lambda: office.state is SessionState.READY)
    assert office.way.bound == {
        GlobalKey.ANSWER: "Ctrl+Shift+F6",
        GlobalKey.HOLD: "Ctrl+Shift+F7",
        GlobalKey.HANG_UP: "Ctrl+Shift+F8",
    }
    office.way.press(GlobalKey.ANSWER)
    assert desktop.window.notice.text() == "No call rings."

    def are(state: CallState) -> bool:
        return [it.state for it in desktop.calls] == [state]

    office.simulation.execute("ring 5551234")
    for key, state in (
        (GlobalKey.ANSWER, CallState.CONNECTED),
        (GlobalKey.HOLD, CallState.HELD),
        (GlobalKey.HOLD, CallState.CONNECTED),
    ):
        await office.until(lambda: desktop.calls)
        office.way.press(key)
        await office.until(partial(are, state))
    office.way.press(GlobalKey.HANG_UP)
    await office.until(lambda: not desktop.calls)


async def test_keys_are_taken_when_they_are_switched_on_and_given_back(office: Office) -> None:
    desktop = await office.start_ready()
    assert office.way.bound == {}
    office.way.taken = frozenset({"Ctrl+Shift+F6"})
    desktop.open_preferences()
    preferences = window(Preferences)
    assert isinstance(preferences, Preferences)
    preferences.keys.switched.emit(True)
    await office.until(lambda: len(office.way.bound) == 2)
    words = " ".join(it.text() for it in preferences.keys.findChildren(QLabel))
    assert "Ctrl+Shift+F6 is taken by another program." in words
    preferences.keys.key_changed.emit(GlobalKey.ANSWER, "Pause")
    await office.until(lambda: office.way.bound.get(GlobalKey.ANSWER) == "Pause")
    kept = load(office.paths).settings
    assert (kept.global_keys, kept.answer_key) == (True, "Pause")
    preferences.close()
    desktop.quit()
    await office.ended()
    assert office.way.bound == {}


async def test_the_log_off_is_held_up_by_name_while_there_is_a_call(office: Office) -> None:
    desktop = await office.start_ready()
    office.simulation.execute('ring 5551234 "Anna Meier"')
    await office.until(lambda: office.guard.reason == "Anna Meier is calling.")
    office.simulation.execute("answer")
    await office.until(lambda: office.guard.reason == "You are on a call with Anna Meier.")
    desktop.quit()
    await office.ended()
    assert office.guard.reason == ""
