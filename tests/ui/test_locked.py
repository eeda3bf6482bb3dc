"""What the administrator has locked, on every screen: shown, explained, and not to be changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from callctrl.accounts import Account, ControlPath, PbxKind, SipTransport
from callctrl.calls import Refused
from callctrl.numbers import DialPlan
from callctrl.store.administration import Administration
from callctrl.store.settings import Settings, obeying
from callctrl.ui.dialplanpage import DialPlanPage
from callctrl.ui.keys import Deed
from callctrl.ui.locked import why_locked
from callctrl.ui.preferences import Preferences
from callctrl.ui.refusal import RefusalBox
from callctrl.ui.watchingpage import WatchingPage
from callctrl.ui.widgets import Choice, DropDown, Switch
from callctrl.ui.window import Window
from callctrl.ui.wizard import Found, Reading, Wizard

BY = "IT department, extension 500"
SET_BY = f"Set by {BY}."
ACCOUNT = Account(
    "192.168.1.20",
    "desk",
    "1002",
    "PC",
    5070,
    kind=PbxKind.SIP,
    transport=SipTransport.TLS,
    lamps=("1003",),
)
SPA = Account("192.168.1.20", "200", "FrontDesk", "PC", phone="192.168.1.7")
PLAN = DialPlan(enabled=True, country="DE", area_code="711", outside_digit="0", internal_length=3)


def locked(table: str, **values: object) -> Administration:
    return Administration(by=BY, locked={table: values})


def values_of(holder: Account | DialPlan, *names: str) -> dict[str, object]:
    return {name: getattr(holder, name) for name in names or [it.name for it in fields(holder)]}


def shown(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is widget)


def notes(widget: QWidget) -> list[QLabel]:
    """The lines that say who has set it."""
    return [it for it in widget.findChildren(QLabel) if it.isVisible() and it.text() == SET_BY]


def named(widget: QWidget, name: str) -> QWidget:
    (found,) = (
        it
        for it in widget.findChildren(QWidget)
        if it.accessibleName() == name and isinstance(it, QLineEdit | QCheckBox | QComboBox)
    )
    return found


def tries_to_change(widget: QWidget) -> None:
    """As somebody would by mouse and keyboard, and a screen reader in their stead."""
    widget.setFocus()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Down, Qt.Key.Key_5):
        QTest.keyClick(widget, key)
    interface = QAccessible.queryAccessibleInterface(widget)
    actions = interface.actionInterface()
    if actions is not None:
        for action in actions.actionNames():
            actions.doAction(action)
    QApplication.processEvents()


# The sentence


def test_the_sentence_names_who_has_locked_it() -> None:
    administration = locked("preferences", debug=False)
    assert why_locked(administration, "preferences", "debug") == SET_BY
    assert why_locked(administration, "preferences", "notifies", "debug") == SET_BY
    assert why_locked(administration, "preferences", "notifies") == ""
    unsigned = Administration(locked={"preferences": {"debug": False}})
    assert why_locked(unsigned, "preferences", "debug") == "Set by the administrator."
    signed = Administration(by="The IT dept.", locked={"preferences": {"debug": False}})
    assert why_locked(signed, "preferences", "debug") == "Set by The IT dept."


# Preferences


@pytest.mark.parametrize(
    ("table", "key", "value", "name", "page", "signal", "said"),
    [
        (
            "preferences",
            "shows_cards",
            False,
            "Show a card when the phone rings",
            Qt.Key.Key_C,
            "cards_changed",
            ": off",
        ),
        (
            "preferences",
            "notifies",
            True,
            "Show the desktop's own notification, too",
            Qt.Key.Key_C,
            "notifications_changed",
            ": on",
        ),
        (
            "preferences",
            "keep_days",
            90,
            "How long calls are kept",
            Qt.Key.Key_C,
            "keep_days_changed",
            ": 90 days",
        ),
        (
            "preferences",
            "debug",
            False,
            "Write a debug log",
            Qt.Key.Key_I,
            "debug_changed",
            ": off",
        ),
        (
            "preferences",
            "starts_at_login",
            False,
            "Start when I log in",
            Qt.Key.Key_H,
            "at_login_changed",
            ": off",
        ),
        (
            "preferences",
            "starts_minimized",
            True,
            "Start in the tray, without a window",
            Qt.Key.Key_H,
            "minimized_changed",
            ": on",
        ),
        (
            "policy",
            "stay_open",
            True,
            "Stay open and keep trying when the phone system answers 403 Forbidden",
            Qt.Key.Key_I,
            "stay_open_changed",
            ": on",
        ),
        (
            "account",
            "control",
            ControlPath.PHONE,
            "Send orders straight to the phone",
            Qt.Key.Key_I,
            "direct_changed",
            ": on",
        ),
    ],
)
def test_a_locked_preference_is_grey_and_says_by_whom(
    qtbot: QtBot,
    table: str,
    key: str,
    value: object,
    name: str,
    page: Qt.Key,
    signal: str,
    said: str,
) -> None:
    settings = obeying(Settings(account=SPA, administration=locked(table, **{key: value})))
    dialog = Preferences(settings, Path("callctrl.log"), debug=settings.debug)
    shown(qtbot, dialog)
    spy = QSignalSpy(getattr(dialog, signal))
    QTest.keyClick(dialog, page, Qt.KeyboardModifier.AltModifier)
    widget = named(dialog, name)
    before = widget.grab().toImage()

    tries_to_change(widget)

    assert spy.count() == 0
    assert widget.grab().toImage() == before
    assert not widget.isEnabled()
    assert widget.accessibleDescription() == SET_BY
    (note,) = notes(dialog)
    assert note.accessibleName() == f"{name}{said}. {SET_BY}"
    assert note.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_letter_of_a_locked_switch_leads_to_its_explanation(qtbot: QtBot) -> None:
    settings = Settings(administration=locked("preferences", debug=False))
    dialog = Preferences(settings, Path("callctrl.log"), debug=False)
    shown(qtbot, dialog)
    for letter in (Qt.Key.Key_I, Qt.Key.Key_D):
        QTest.keyClick(dialog, letter, Qt.KeyboardModifier.AltModifier)
    assert dialog.focusWidget() is notes(dialog)[0]


def test_what_is_not_locked_says_nothing_of_it(qtbot: QtBot) -> None:
    settings = Settings(administration=locked("preferences", debug=False))
    dialog = Preferences(settings, Path("callctrl.log"), debug=False)
    shown(qtbot, dialog)
    assert notes(dialog) == []
    assert all(it.isEnabled() for it in dialog.findChildren(Switch) if it.isVisible())


def test_why_there_are_no_notifications_does_not_unlock_them(qtbot: QtBot) -> None:
    settings = Settings(notifies=True, administration=locked("preferences", notifies=True))
    dialog = Preferences(settings, Path("callctrl.log"), debug=False)
    shown(qtbot, dialog)
    dialog.show_why_no_notifications("")
    switch = named(dialog, "Show the desktop's own notification, too")
    assert (switch.isEnabled(), switch.accessibleDescription()) == (False, SET_BY)


# The dial plan


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("enabled", "Enable Dial Plan"),
        ("country", "Country"),
        ("area_code", "Area code"),
        ("outside_digit", "Outside line"),
        ("long_distance_digit", "Long distance"),
        ("internal_length", "Internal numbers"),
    ],
)
def test_a_locked_field_of_the_dial_plan_takes_nothing(qtbot: QtBot, key: str, name: str) -> None:
    page = DialPlanPage(PLAN, locked("dial_plan", **values_of(PLAN, key)))
    shown(qtbot, page)
    spy = QSignalSpy(page.changed)
    widget = named(page, name)
    tries_to_change(widget)
    assert spy.count() == 0
    assert page.plan == PLAN
    assert widget.accessibleDescription() == SET_BY
    assert len(notes(page)) == 1


def test_the_fields_beside_a_locked_one_of_the_dial_plan_work(qtbot: QtBot) -> None:
    page = DialPlanPage(DialPlan(), locked("dial_plan", country="", area_code="711"))
    shown(qtbot, page)
    spy = QSignalSpy(page.changed)
    QTest.mouseClick(named(page, "Enable Dial Plan"), Qt.MouseButton.LeftButton)
    assert spy.at(0)[0] == DialPlan(enabled=True, area_code="711")


def test_the_dial_plan_in_the_windows_menu_is_grey_where_it_is_locked(qtbot: QtBot) -> None:
    window = Window()
    qtbot.addWidget(window)
    window.show_dial_plan(PLAN, SET_BY)
    action = window._menus.action(Deed.DIAL_PLAN)
    spy = QSignalSpy(window.dial_plan_switched)
    action.trigger()
    assert (spy.count(), action.isEnabled(), action.isChecked()) == (0, False, True)
    assert action.toolTip() == SET_BY
    window.show_dial_plan(PLAN)
    assert not action.isEnabled()


# Colleagues


@pytest.mark.parametrize(
    ("key", "name"), [("lamps", "Extensions"), ("lamp_list", "List"), ("voicemail", "Voicemail")]
)
def test_a_locked_line_of_the_colleagues_can_be_read_only(
    qtbot: QtBot, key: str, name: str
) -> None:
    page = WatchingPage(ACCOUNT, locked("account", **values_of(ACCOUNT, key)))
    shown(qtbot, page)
    spy = QSignalSpy(page.changed)
    line = named(page, name)
    assert isinstance(line, QLineEdit)
    tries_to_change(line)
    page.tell()
    assert (spy.count(), line.isReadOnly(), line.isEnabled()) == (0, True, True)
    assert line.accessibleDescription() == SET_BY
    assert len(notes(page)) == 1


# The box of the 403


def test_the_box_of_the_403_does_not_switch_on_a_log_that_is_locked_off(qtbot: QtBot) -> None:
    box = RefusalBox(Refused(403, "Forbidden", "X"), Path("a.log"), debug_locked=SET_BY)
    shown(qtbot, box)
    spy = QSignalSpy(box.debugging_requested)
    QTest.keyClick(box, Qt.Key.Key_D, Qt.KeyboardModifier.AltModifier)
    assert spy.count() == 0
    said = [it.text() for it in box.findChildren(QLabel) if it.isVisible()]
    assert f"No debug log is written. {SET_BY}" in said
    assert "The debug log is written to a.log" not in said


def test_the_box_of_the_403_says_where_a_log_is_that_is_locked_on(qtbot: QtBot) -> None:
    box = RefusalBox(
        Refused(403, "Forbidden", "X"), Path("a.log"), debugging=True, debug_locked=SET_BY
    )
    shown(qtbot, box)
    said = [it.text() for it in box.findChildren(QLabel) if it.isVisible()]
    assert "The debug log is written to a.log" in said


# The wizard

Show = Callable[[Account, Administration], Wizard]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def open_wizard(account: Account, administration: Administration) -> Wizard:
        wizard = Wizard("RECEPTION-PC", account, None, administration)
        shown(qtbot, wizard)
        return wizard

    return open_wizard


def press(wizard: Wizard, text: str) -> None:
    QTest.mouseClick(
        next(
            it
            for it in wizard.findChildren(QWidget)
            if it.isVisible() and str(it.property("text")).replace("&", "") == text
        ),
        Qt.MouseButton.LeftButton,
    )


def test_half_an_account_is_filled_in_and_the_rest_asked_for(show: Show) -> None:
    draft = Account("192.168.1.20", "", "", "", 0, kind=PbxKind.SIP, lamps=("1003",))
    wizard = show(draft, Administration())
    press(wizard, "Next")
    press(wizard, "Next")
    assert wizard.focusWidget().accessibleName() == "User name"
    assert wizard.account() == Account(
        "192.168.1.20", "", "", "RECEPTION-PC", 0, kind=PbxKind.SIP, lamps=("1003",)
    )


def test_a_blank_account_is_as_none(qtbot: QtBot, show: Show) -> None:
    blank, none = show(Account("", "", "", ""), Administration()), Wizard("RECEPTION-PC")
    qtbot.addWidget(none)
    assert blank.account() == none.account()


def test_the_other_kind_of_phone_system_cannot_be_chosen(show: Show) -> None:
    wizard = show(ACCOUNT, locked("account", kind=PbxKind.SIP))
    for choice in wizard.findChildren(Choice):
        tries_to_change(choice)
    assert wizard.account().kind is PbxKind.SIP
    assert len(notes(wizard)) == 1


@pytest.mark.parametrize(
    ("account", "key", "name", "presses"),
    [
        (ACCOUNT, "pbx", "Server's address", ["Next"]),
        (ACCOUNT, "port", "Port", ["Next"]),
        (SPA, "phone", "Phone's address", ["Next"]),
        (ACCOUNT, "extension", "User name", ["Next", "Next"]),
        (ACCOUNT, "station", "My phone's extension", ["Next", "Next"]),
        (SPA, "computer", "This PC's name", ["Next", "Type them in"]),
        (SPA, "port", "SPA9000's port", ["Next", "Type them in", "Advanced"]),
        (ACCOUNT, "transport", "Transport", ["Next", "Next", "Advanced"]),
        (ACCOUNT, "local_port", "Port on this PC", ["Next", "Next", "Advanced"]),
        (ACCOUNT, "outbound_proxy", "Outbound proxy", ["Next", "Next", "Advanced"]),
        (ACCOUNT, "ca_file", "Authorities file", ["Next", "Next", "Advanced"]),
    ],
)
def test_a_locked_line_of_the_wizard_can_be_read_only(
    show: Show, account: Account, key: str, name: str, presses: list[str]
) -> None:
    wizard = show(account, locked("account", **values_of(account, key)))
    for text in presses:
        press(wizard, text)
    widget = named(wizard, name)
    assert widget.isVisible()
    tries_to_change(widget)
    assert wizard.account() == account
    assert widget.accessibleDescription() == SET_BY
    assert len(notes(wizard)) == 1
    if isinstance(widget, DropDown):
        assert not widget.isEnabled()
    else:
        assert isinstance(widget, QLineEdit)
        assert widget.isReadOnly()


def test_no_file_is_chosen_for_locked_authorities(show: Show) -> None:
    wizard = show(ACCOUNT, locked("account", ca_file=""))
    for text in ("Next", "Next", "Advanced"):
        press(wizard, text)
    (choose,) = (
        it
        for it in wizard.findChildren(QWidget)
        if it.accessibleName() == "Choose the authorities file"
    )
    assert not choose.isEnabled()


def test_what_the_phone_tells_of_itself_is_not_above_a_lock(show: Show) -> None:
    wizard = show(
        SPA, locked("account", extension="200", station="FrontDesk", phone="", pbx="192.168.1.20")
    )
    press(wizard, "Next")
    wizard.findChildren(QLineEdit)
    press(wizard, "Read settings")
    wizard.show_found(
        Found(
            pbx=Reading.READ,
            phone=Reading.READ,
            extension="999",
            station="Other",
            phone_address="10.0.0.9",
        )
    )
    account = wizard.account()
    assert (account.extension, account.station, account.phone) == ("200", "FrontDesk", "")


def test_what_has_no_line_in_the_wizard_is_as_it_is_locked(show: Show) -> None:
    administration = locked("account", control=ControlPath.PBX, lamps=("1009",), phone_port=5061)
    account = show(ACCOUNT, administration).account()
    assert (account.control, account.lamps, account.phone_port) == (
        ControlPath.PBX,
        ("1009",),
        5061,
    )
