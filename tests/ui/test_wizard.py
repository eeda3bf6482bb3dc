"""The settings wizard, walked through as a person would: with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from callctrl.abilities import bystander_ability, what_works
from callctrl.accounts import PASSWORD_LIMIT, Account, ControlPath, PbxKind, SipTransport
from callctrl.calls import Trouble, Untested
from callctrl.offers import Finding, Offer, Sight, Surveyed, what_is_seen
from callctrl.store.passwords import StoreProblem
from callctrl.ui.theme import Scheme
from callctrl.ui.widgets import Choice, DropDown, Row
from callctrl.ui.wizard import (
    FetchRequest,
    Found,
    Outcome,
    Reading,
    Secret,
    StepResult,
    TestStep,
    Wizard,
)

Key = Qt.Key
ACCOUNT = Account("192.168.1.10", "200", "FrontDesk", "RECEPTION-PC", phone="192.168.1.20")
SIP_ACCOUNT = Account(
    "pbx", "desk-app", "1002", "PC", 5062, kind=PbxKind.SIP, lamps=("1003",), voicemail="*97"
)
SECRET = Secret("geheim")
FOUND = Found(
    Reading.READ, Reading.READ, extension="200", station="FrontDesk", password=Secret("geheim")
)


class Person:
    """Someone at the keyboard: keys go to whatever has the focus."""

    def __init__(self, wizard: Wizard) -> None:
        self.wizard = wizard

    def press(self, key: Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        QTest.keyClick(self.focus(), key, modifier or Qt.KeyboardModifier.NoModifier)
        QApplication.processEvents()

    def alt(self, key: Key) -> None:
        self.press(key, Qt.KeyboardModifier.AltModifier)

    def enter(self) -> None:
        self.press(Key.Key_Return)

    def types(self, text: str) -> None:
        QTest.keyClicks(self.focus(), text)

    def focus(self) -> QWidget:
        return QApplication.focusWidget() or self.wizard

    def name(self) -> str:
        """What a screen reader would say of what has the focus."""
        focus = self.focus()
        if focus.accessibleName():
            return focus.accessibleName()
        return focus.text().replace("&", "") if isinstance(focus, QPushButton | Choice) else ""


def title(wizard: Wizard) -> str:
    (found,) = (it for it in labels(wizard) if it.property("role") == "title")
    return found.text()


def labels(widget: QWidget) -> list[QLabel]:
    return [it for it in widget.findChildren(QLabel) if it.isVisible()]


def words(widget: QWidget) -> str:
    return " ".join(it.text() for it in labels(widget))


def buttons(wizard: Wizard) -> list[str]:
    """What can be pressed at the bottom, from the left."""
    shown = [
        it
        for it in wizard.findChildren(QPushButton)
        if it.isVisible() and it.parent() is wizard and it.isEnabled()
    ]
    return [it.text().replace("&", "") for it in sorted(shown, key=lambda it: it.x())]


def press(wizard: Wizard, text: str) -> None:
    (found,) = (
        it
        for it in wizard.findChildren(QPushButton)
        if it.isVisible() and it.text().replace("&", "") == text
    )
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def rows(wizard: Wizard) -> list[tuple[Outcome, str]]:
    """The rows of marks, from above."""
    QApplication.processEvents()
    shown = (it for it in wizard.findChildren(Row) if it.isVisible())
    in_order = sorted(shown, key=lambda it: it.mapTo(wizard, it.rect().topLeft()).y())
    return [(it.outcome, it.text()) for it in in_order]


def field(wizard: Wizard, name: str) -> QLineEdit:
    (found,) = (
        it
        for it in wizard.findChildren(QLineEdit)
        if it.isVisible() and it.accessibleName() == name
    )
    return found


def transport_of(wizard: Wizard) -> DropDown:
    (found,) = (it for it in wizard.findChildren(DropDown) if it.isVisible())
    assert found.accessibleName() == "Transport"
    return found


def arguments(spy: QSignalSpy) -> list[object]:
    """What the one signal carried."""
    assert spy.count() == 1
    return list(spy.at(0))


@pytest.fixture
def show(qtbot: QtBot) -> Callable[..., Wizard]:
    def open_wizard(account: Account | None = None, secret: Secret | None = None) -> Wizard:
        wizard = Wizard("RECEPTION-PC", account, secret)
        qtbot.addWidget(wizard)
        wizard.open()
        wizard.activateWindow()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is wizard)
        return wizard

    return open_wizard


@pytest.fixture
def wizard(show: Callable[..., Wizard]) -> Wizard:
    return show()


@pytest.fixture
def at_test(show: Callable[..., Wizard]) -> Wizard:
    """On the last page, the test under way."""
    wizard = show(ACCOUNT, SECRET)
    press(wizard, "Next")
    press(wizard, "Type them in")
    press(wizard, "Test the connection")
    return wizard


def pass_all(wizard: Wizard) -> None:
    for step in TestStep:
        wizard.show_step(StepResult(step, Outcome.PASSED, ms=9))
    wizard.show_verdict(True)


class TestKeyboard:
    def test_from_first_to_last_page_at_a_spa9000(self, wizard: Wizard) -> None:
        person = Person(wizard)
        fetch = QSignalSpy(wizard.fetch_requested)
        test = QSignalSpy(wizard.test_requested)
        save = QSignalSpy(wizard.save_requested)
        assert person.name() == "Linksys or Cisco SPA9000"
        person.enter()

        assert person.name() == "SPA9000's address"
        person.types("192.168.1.10")
        person.press(Key.Key_Tab)
        assert person.name() == "Phone's address"
        person.types("192.168.1.20")
        person.press(Key.Key_Tab)
        assert person.name() == "Admin password"
        person.types("hunter2")
        person.enter()
        assert arguments(fetch) == [FetchRequest("192.168.1.10", "192.168.1.20", Secret("hunter2"))]
        wizard.show_found(FOUND)
        person.enter()

        assert title(wizard) == "Who is who?"
        assert person.name() == "Test the connection"
        person.enter()
        account = Account(
            "192.168.1.10", "200", "FrontDesk", "RECEPTION-PC", 6060, "192.168.1.20", 5060
        )
        assert arguments(test) == [account, Secret("geheim")]
        pass_all(wizard)
        assert person.name() == "Finish"
        person.enter()
        assert arguments(save) == [account, Secret("geheim"), False]
        wizard.show_saved()
        assert wizard.result() == Wizard.DialogCode.Accepted

    def test_from_first_to_last_page_elsewhere(self, wizard: Wizard) -> None:
        person = Person(wizard)
        test = QSignalSpy(wizard.test_requested)
        person.press(Key.Key_Down)
        assert person.name() == "Another SIP phone system"
        person.enter()
        assert person.name() == "Server's address"
        person.types("pbx.example.com")
        person.press(Key.Key_Tab)
        assert person.name() == "Port"
        person.enter()
        assert person.name() == "User name"
        person.types("reception")
        person.press(Key.Key_Tab)
        assert person.name() == "My phone's extension"
        person.types("200")
        person.press(Key.Key_Tab)
        assert person.name() == "Password"
        person.types(" pass word ")
        person.enter()
        account = Account(
            "pbx.example.com", "reception", "200", "RECEPTION-PC", 0, kind=PbxKind.SIP
        )
        assert arguments(test) == [account, Secret(" pass word ")]

    def test_mnemonics(self, qtbot: QtBot, wizard: Wizard) -> None:
        # A button pressed by its mnemonic is shown pressed for a moment before it acts.
        person = Person(wizard)
        person.alt(Key.Key_N)
        qtbot.waitUntil(lambda: title(wizard) == "Where are the SPA9000 and the phone?")
        person.alt(Key.Key_B)
        qtbot.waitUntil(lambda: title(wizard) == "Which phone system do you have?")
        person.alt(Key.Key_A)
        qtbot.waitUntil(lambda: wizard.account().kind is PbxKind.SIP)
        person.alt(Key.Key_N)
        qtbot.waitUntil(lambda: title(wizard) == "Where is the phone system?")
        person.alt(Key.Key_O)
        qtbot.waitUntil(lambda: person.name() == "Port")

    def test_escape_closes_and_saves_nothing(self, wizard: Wizard) -> None:
        save = QSignalSpy(wizard.save_requested)
        Person(wizard).press(Key.Key_Escape)
        assert not wizard.isVisible()
        assert wizard.result() == Wizard.DialogCode.Rejected
        assert save.count() == 0

    def test_enter_does_nothing_while_the_test_runs(self, at_test: Wizard) -> None:
        person = Person(at_test)
        person.enter()
        person.enter()
        assert title(at_test) == "Testing the connection"
        assert buttons(at_test) == ["Back", "Save anyway"]

    def test_the_password_can_be_shown(self, qtbot: QtBot, show: Callable[..., Wizard]) -> None:
        wizard = show(ACCOUNT, SECRET)
        press(wizard, "Next")
        press(wizard, "Type them in")
        edit = field(wizard, "Password")
        assert edit.echoMode() is QLineEdit.EchoMode.Password
        Person(wizard).alt(Key.Key_H)
        qtbot.waitUntil(lambda: edit.echoMode() is QLineEdit.EchoMode.Normal)
        Person(wizard).alt(Key.Key_H)
        qtbot.waitUntil(lambda: edit.echoMode() is QLineEdit.EchoMode.Password)

    def test_tab_goes_as_one_reads(self, show: Callable[..., Wizard]) -> None:
        wizard = show(ACCOUNT, SECRET)
        press(wizard, "Next")
        press(wizard, "Type them in")
        person = Person(wizard)
        field(wizard, "This PC's name").setFocus()
        seen = [person.name()]
        for _ in range(7):
            person.press(Key.Key_Tab)
            seen.append(person.name())
        assert seen == [
            "This PC's name",
            "Extension",
            "Station name",
            "Password",
            "Show the password",
            "Advanced",
            "Back",
            "Test the connection",
        ]


class TestAccessible:
    def test_everything_has_a_name_on_every_page(
        self, show: Callable[..., Wizard], unnamed: Callable[[QWidget], list[str]]
    ) -> None:
        wizard = show(ACCOUNT, SECRET)
        for button in ("Next", "Type them in", "Advanced", "Test the connection"):
            assert unnamed(wizard) == []
            press(wizard, button)
        assert unnamed(wizard) == []

    def test_fields_tell_what_they_are_for(self, wizard: Wizard) -> None:
        press(wizard, "Next")
        assert "192.168.1.10" in field(wizard, "SPA9000's address").accessibleDescription()

    def test_labels_lead_to_their_fields(self, wizard: Wizard) -> None:
        press(wizard, "Next")
        buddies = {
            label.text().replace("&", ""): label.buddy()
            for label in labels(wizard)
            if label.buddy()
        }
        assert len(buddies) == 3
        for name, edit in buddies.items():
            assert edit is field(wizard, name)


class TestReading:
    @pytest.fixture
    def at_address(self, show: Callable[..., Wizard]) -> Wizard:
        wizard = show(ACCOUNT, SECRET)
        press(wizard, "Next")
        return wizard

    def test_an_address_is_needed(self, wizard: Wizard) -> None:
        fetch = QSignalSpy(wizard.fetch_requested)
        press(wizard, "Next")
        for button in ("Read settings", "Type them in"):
            press(wizard, button)
            assert "Type the address" in words(wizard)
            assert Person(wizard).name() == "SPA9000's address"
        assert fetch.count() == 0

    def test_a_complaint_goes_away_with_the_first_letter(self, wizard: Wizard) -> None:
        press(wizard, "Next")
        press(wizard, "Read settings")
        Person(wizard).types("1")
        assert "Type the address" not in words(wizard)

    @pytest.mark.parametrize(
        ("typed", "host"),
        [
            ("http://192.168.1.10/admin/voice", "192.168.1.10"),
            ("  spa9000.example.com ", "spa9000.example.com"),
            ("HTTPS://spa9000/", "spa9000"),
        ],
    )
    def test_what_was_copied_from_a_browser_will_do(
        self, wizard: Wizard, typed: str, host: str
    ) -> None:
        fetch = QSignalSpy(wizard.fetch_requested)
        press(wizard, "Next")
        Person(wizard).types(typed)
        press(wizard, "Read settings")
        assert arguments(fetch) == [FetchRequest(host)]

    def test_the_port_of_the_web_page_is_not_that_of_sip(self, qtbot: QtBot) -> None:
        wizard = Wizard("PC", Account("192.168.1.10:8080", "200", "Desk", "PC", phone="::1"))
        qtbot.addWidget(wizard)
        assert (wizard.account().pbx, wizard.account().port) == ("192.168.1.10", 6060)
        assert wizard.account().phone == "::1"

    def test_an_address_with_a_blank_is_no_address(self, wizard: Wizard) -> None:
        fetch = QSignalSpy(wizard.fetch_requested)
        press(wizard, "Next")
        Person(wizard).types("front desk")
        press(wizard, "Read settings")
        assert fetch.count() == 0
        assert "no blanks" in words(wizard)

    def test_tells_what_was_read(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        at_address.show_found(FOUND)
        assert [outcome for outcome, _ in rows(at_address)] == [Outcome.PASSED] * 3
        assert buttons(at_address) == ["Back", "Read again", "Next"]

    def test_what_was_read_replaces_what_was_stored(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        at_address.show_found(
            Found(Reading.READ, Reading.READ, "300", "Backdesk", password=Secret("new"))
        )
        assert at_address.account().extension == "300"
        assert at_address.account().station == "Backdesk"
        assert at_address.secret() == Secret("new")

    def test_what_was_not_read_stays(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        at_address.show_found(Found(pbx=Reading.READ))
        assert at_address.account() == ACCOUNT
        assert at_address.secret() == SECRET

    def test_an_empty_password_is_read_as_such(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        at_address.show_found(Found(pbx=Reading.READ, password=Secret()))
        assert at_address.secret() == Secret()

    def test_what_was_typed_stays_when_the_answer_comes_late(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        press(at_address, "Type them in")
        edit = field(at_address, "Station name")
        edit.selectAll()
        QTest.keyClicks(edit, "Lobby")
        at_address.show_found(
            Found(Reading.READ, Reading.READ, "300", "Backdesk", password=Secret("new"))
        )
        assert at_address.account().station == "Lobby"
        assert at_address.account().extension == "300"

    def test_an_answer_nobody_waits_for_any_more_is_left_aside(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        QTest.keyClicks(field(at_address, "SPA9000's address"), "0")
        at_address.show_found(Found(Reading.READ, Reading.READ, "300", "Backdesk"))
        assert at_address.account().extension == "200"
        assert rows(at_address) == []

    def test_an_answer_does_not_change_what_is_being_tested(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        press(at_address, "Type them in")
        press(at_address, "Test the connection")
        at_address.show_found(Found(Reading.READ, Reading.READ, "300", "Backdesk"))
        assert at_address.account() == ACCOUNT

    def test_a_failure_is_told_and_does_not_stop_anybody(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        at_address.show_fetch_failed(Reading.NO_ANSWER)
        assert [outcome for outcome, _ in rows(at_address)] == [Outcome.FAILED] * 2
        press(at_address, "Next")
        assert title(at_address) == "Who is who?"

    def test_a_phone_that_was_not_named_has_not_failed(self, wizard: Wizard) -> None:
        press(wizard, "Next")
        Person(wizard).types("192.168.1.10")
        press(wizard, "Read settings")
        wizard.show_fetch_failed(Reading.NO_ANSWER)
        assert len(rows(wizard)) == 1

    def test_enter_does_nothing_while_reading_again(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        at_address.show_found(FOUND)
        press(at_address, "Read again")
        Person(at_address).enter()
        assert title(at_address) == "Where are the SPA9000 and the phone?"
        at_address.show_found(FOUND)
        assert Person(at_address).name() == "Next"

    def test_typing_is_possible_while_reading(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        assert buttons(at_address) == ["Back", "Type them in"]
        press(at_address, "Type them in")
        assert title(at_address) == "Who is who?"

    def test_another_address_is_read_anew(self, at_address: Wizard) -> None:
        press(at_address, "Read settings")
        at_address.show_found(FOUND)
        QTest.keyClicks(field(at_address, "SPA9000's address"), "0")
        assert rows(at_address) == []
        assert buttons(at_address) == ["Back", "Type them in", "Read settings"]

    def test_the_phones_address_is_filled_in(self, wizard: Wizard) -> None:
        press(wizard, "Next")
        Person(wizard).types("192.168.1.10")
        press(wizard, "Read settings")
        wizard.show_found(Found(pbx=Reading.READ, phone_address="192.168.1.20"))
        assert wizard.account().phone == "192.168.1.20"


class TestNames:
    @pytest.fixture
    def at_names(self, wizard: Wizard) -> Wizard:
        press(wizard, "Next")
        Person(wizard).types("192.168.1.10")
        press(wizard, "Type them in")
        return wizard

    def test_this_pcs_name_is_right_already(self, at_names: Wizard) -> None:
        assert field(at_names, "This PC's name").text() == "RECEPTION-PC"
        assert Person(at_names).name() == "Extension"

    def test_each_name_is_needed(self, at_names: Wizard) -> None:
        test = QSignalSpy(at_names.test_requested)
        for name in ("Extension", "Station name"):
            press(at_names, "Test the connection")
            assert Person(at_names).name() == name
            assert field(at_names, name).accessibleDescription() == "This is needed."
            Person(at_names).types("200")
        press(at_names, "Test the connection")
        assert arguments(test)[1] == Secret()

    def test_a_password_has_an_end(self, at_names: Wizard) -> None:
        for name in ("Extension", "Station name"):
            field(at_names, name).setText("200")
        field(at_names, "Password").setText("x" * (PASSWORD_LIMIT + 1))
        press(at_names, "Test the connection")
        assert title(at_names) == "Who is who?"
        assert str(PASSWORD_LIMIT) in words(at_names)

    def test_a_wrong_port_does_not_bar_the_way_back(self, show: Callable[..., Wizard]) -> None:
        wizard = show(Account("pbx", "reception", "200", "PC", 5062, kind=PbxKind.SIP))
        press(wizard, "Next")
        field(wizard, "Port").setText("x")
        press(wizard, "Next")
        assert Person(wizard).name() == "Port"
        press(wizard, "Back")
        assert title(wizard) == "Which phone system do you have?"

    def test_names_are_called_as_elsewhere(self, show: Callable[..., Wizard]) -> None:
        wizard = show(Account("pbx", "reception", "200", "PC", 5062, kind=PbxKind.SIP))
        press(wizard, "Next")
        assert field(wizard, "Port").text() == "5062"
        press(wizard, "Next")
        assert field(wizard, "User name").text() == "reception"
        assert "SPA9000" not in words(wizard)

    @pytest.mark.parametrize("own", ["200", "ANNA"])
    def test_the_phones_own_account_is_refused_before_the_test(
        self, show: Callable[..., Wizard], own: str
    ) -> None:
        """Its calls would come here; no packet goes out with it."""
        wizard = show(SIP_ACCOUNT)
        test = QSignalSpy(wizard.test_requested)
        press(wizard, "Next")
        press(wizard, "Next")
        field(wizard, "User name").setText(own)
        field(wizard, "My phone's extension").setText(own.lower())
        press(wizard, "Test the connection")
        assert Person(wizard).name() == "User name"
        assert "the phone's own account" in field(wizard, "User name").accessibleDescription()
        assert test.count() == 0

    def test_only_a_spa9000_knows_this_pc_by_a_name(self, show: Callable[..., Wizard]) -> None:
        wizard = show(SIP_ACCOUNT)
        press(wizard, "Next")
        press(wizard, "Next")
        assert "This PC's name" not in words(wizard)
        assert "its calls would come to this PC" in words(wizard)
        assert wizard.account().computer == "PC"

    @pytest.mark.parametrize(("port", "typed"), [(0, ""), (5062, "5062")])
    def test_a_server_without_a_port_goes_by_its_name(
        self, show: Callable[..., Wizard], port: int, typed: str
    ) -> None:
        """RFC 3263 section 4: only a name without a port is looked up in full."""
        wizard = show(Account("example.com", "reception", "200", "PC", port, kind=PbxKind.SIP))
        press(wizard, "Next")
        assert field(wizard, "Port").text() == typed
        press(wizard, "Next")
        assert title(wizard) == "Who is who?"
        assert wizard.account().port == port


class TestConnection:
    """What only an administrator changes."""

    @pytest.fixture
    def at_advanced(self, show: Callable[..., Wizard]) -> Wizard:
        wizard = show(ACCOUNT, SECRET)
        press(wizard, "Next")
        press(wizard, "Type them in")
        press(wizard, "Advanced")
        return wizard

    @pytest.fixture
    def ca_file(self, tmp_path: Path) -> Path:
        path = tmp_path / "authority.pem"
        trustme.CA().cert_pem.write_to_path(path)
        return path

    def choose(self, wizard: Wizard, transport: SipTransport) -> None:
        drop_down = transport_of(wizard)
        drop_down.setFocus()
        QTest.keyClick(drop_down, Key.Key_Home)
        for _ in range(list(SipTransport).index(transport)):
            QTest.keyClick(drop_down, Key.Key_Down)

    def test_ports(self, at_advanced: Wizard) -> None:
        assert at_advanced.account().port == 6060
        assert at_advanced.account().local_port == 5060
        field(at_advanced, "SPA9000's port").setText("6061")
        field(at_advanced, "Port on this PC").setText("0")
        assert at_advanced.account().port == 6061
        assert at_advanced.account().local_port == 0

    @pytest.mark.parametrize("port", ["", "0", "65536", "x", "²"])
    def test_a_wrong_port_is_shown_even_where_it_was_hidden(
        self, at_advanced: Wizard, port: str
    ) -> None:
        field(at_advanced, "SPA9000's port").setText(port)
        press(at_advanced, "Advanced")
        press(at_advanced, "Test the connection")
        assert Person(at_advanced).name() == "SPA9000's port"

    def test_it_is_out_of_the_way_until_it_is_wanted(self, at_advanced: Wizard) -> None:
        press(at_advanced, "Advanced")
        assert "Transport" not in words(at_advanced)
        assert "Outbound proxy" not in words(at_advanced)

    @pytest.mark.parametrize(
        ("key", "name"),
        [
            (Key.Key_R, "Transport"),
            (Key.Key_X, "Outbound proxy"),
            (Key.Key_A, "Authorities file"),
            (Key.Key_P, "This PC's name"),
        ],
    )
    def test_a_letter_key_brings_into_view_where_it_leads(
        self, at_advanced: Wizard, key: Key, name: str
    ) -> None:
        at_advanced.resize(at_advanced.width(), 300)
        person = Person(at_advanced)
        person.alt(Key.Key_E)
        person.alt(key)
        assert person.name() == name
        assert person.focus().visibleRegion().boundingRect() == person.focus().rect()

    def test_the_account_says_what_stands_there(self, at_advanced: Wizard, ca_file: Path) -> None:
        self.choose(at_advanced, SipTransport.TLS)
        field(at_advanced, "Outbound proxy").setText(" edge.example.com:5061 ")
        field(at_advanced, "Authorities file").setText(str(ca_file))
        account = replace(
            ACCOUNT,
            transport=SipTransport.TLS,
            outbound_proxy="edge.example.com:5061",
            ca_file=str(ca_file),
        )
        test = QSignalSpy(at_advanced.test_requested)
        press(at_advanced, "Test the connection")
        assert arguments(test) == [account, SECRET]

    def test_what_is_kept_is_filled_in_and_kept(
        self, show: Callable[..., Wizard], ca_file: Path
    ) -> None:
        account = replace(
            ACCOUNT,
            phone_port=5062,
            control=ControlPath.PHONE,
            transport=SipTransport.TLS,
            outbound_proxy="[2001:db8::1]:5061",
            ca_file=str(ca_file),
        )
        assert show(account, SECRET).account() == account

    def test_orders_do_not_go_to_a_phone_that_is_not_known(
        self, show: Callable[..., Wizard]
    ) -> None:
        wizard = show(replace(ACCOUNT, control=ControlPath.PHONE), SECRET)
        press(wizard, "Next")
        field(wizard, "Phone's address").clear()
        assert wizard.account().control is ControlPath.PBX

    def test_each_transport_says_what_it_is_for(self, at_advanced: Wizard) -> None:
        told = set()
        for transport in SipTransport:
            self.choose(at_advanced, transport)
            assert at_advanced.account().transport is transport
            told.add(transport_of(at_advanced).accessibleDescription())
            assert transport_of(at_advanced).accessibleDescription() in words(at_advanced)
        assert len(told) == len(SipTransport)

    def test_authorities_are_asked_for_where_there_may_be_tls(self, at_advanced: Wizard) -> None:
        for transport in SipTransport:
            self.choose(at_advanced, transport)
            is_asked = transport in (SipTransport.AUTO, SipTransport.TLS)
            assert ("Authorities file" in words(at_advanced)) is is_asked

    def test_a_file_that_is_not_asked_for_does_not_bar_the_way(self, at_advanced: Wizard) -> None:
        field(at_advanced, "Authorities file").setText("/no/such/file.pem")
        self.choose(at_advanced, SipTransport.UDP)
        press(at_advanced, "Test the connection")
        assert title(at_advanced) == "Testing the connection"

    @pytest.mark.parametrize("typed", ["sip:edge", "edge:sip", "edge:0", "my edge", "edge:70000"])
    def test_a_wrong_proxy_is_told_while_it_is_typed(self, at_advanced: Wizard, typed: str) -> None:
        edit = field(at_advanced, "Outbound proxy")
        edit.setFocus()
        QTest.keyClicks(edit, typed)
        assert edit.accessibleDescription().startswith("A name or an address is expected")
        press(at_advanced, "Advanced")
        press(at_advanced, "Test the connection")
        assert Person(at_advanced).name() == "Outbound proxy"
        QTest.keyClicks(edit, "edge")  # over what is selected
        assert "goes through it" in edit.accessibleDescription()

    @pytest.mark.parametrize("typed", ["edge.example.com:5062", "[2001:db8::1]:5061", "10.0.0.1"])
    def test_a_proxy_is_not_called_wrong_before_it_is_typed_to_its_end(
        self, at_advanced: Wizard, typed: str
    ) -> None:
        edit = field(at_advanced, "Outbound proxy")
        for letter in typed:
            QTest.keyClicks(edit, letter)
            assert "goes through it" in edit.accessibleDescription()
        press(at_advanced, "Test the connection")
        assert title(at_advanced) == "Testing the connection"

    @pytest.mark.parametrize(
        ("typed", "problem"),
        [
            ("authority.pem", "The whole path is needed; Choose finds it."),
            (f"{__file__}.pem", "There is no such file."),
            (__file__, "This file holds no certificate in PEM form."),
        ],
    )
    def test_a_file_that_will_not_do_is_told_while_it_is_typed(
        self, at_advanced: Wizard, typed: str, problem: str
    ) -> None:
        edit = field(at_advanced, "Authorities file")
        edit.setText(typed)
        assert edit.accessibleDescription() == problem
        press(at_advanced, "Test the connection")
        assert Person(at_advanced).name() == "Authorities file"
        edit.clear()
        assert edit.accessibleDescription().startswith("PEM. ")

    def test_the_file_can_be_chosen(
        self, at_advanced: Wizard, ca_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        not_native = QFileDialog.Option.DontUseNativeDialog
        monkeypatch.setattr(
            QFileDialog, "open", lambda self: (self.setOption(not_native), self.show())[1]
        )
        press(at_advanced, "Choose…")
        (dialog,) = at_advanced.findChildren(QFileDialog)
        name = dialog.findChild(QLineEdit, "fileNameEdit")
        assert name is not None
        name.setText(str(ca_file))
        dialog.accept()
        assert field(at_advanced, "Authorities file").text() == str(ca_file)
        assert at_advanced.account().ca_file == str(ca_file)

    def test_tab_goes_as_one_reads(self, at_advanced: Wizard) -> None:
        person = Person(at_advanced)
        transport_of(at_advanced).setFocus()
        seen = [person.name()]
        for _ in range(6):
            person.press(Key.Key_Tab)
            seen.append(person.name())
        assert seen == [
            "Transport",
            "SPA9000's port",
            "Port on this PC",
            "Outbound proxy",
            "Authorities file",
            "Choose the authorities file",
            "Back",
        ]

    @pytest.mark.parametrize(
        ("key", "name"),
        [
            (Key.Key_R, "Transport"),
            (Key.Key_O, "SPA9000's port"),
            (Key.Key_I, "Port on this PC"),
            (Key.Key_X, "Outbound proxy"),
            (Key.Key_A, "Authorities file"),
        ],
    )
    def test_mnemonics(self, qtbot: QtBot, at_advanced: Wizard, key: Key, name: str) -> None:
        person = Person(at_advanced)
        person.alt(key)
        qtbot.waitUntil(lambda: person.name() == name)

    def test_a_refused_certificate_is_explained_and_nothing_makes_it_pass(
        self, at_test: Wizard
    ) -> None:
        """RFC 3261 section 26.3.1: a certificate that is not to be trusted ends it."""
        at_test.show_step(
            StepResult(
                TestStep.ANSWERS,
                Outcome.FAILED,
                "Its authority, Example CA, is unknown here.",
                trouble=Trouble.CERTIFICATE,
            )
        )
        at_test.show_verdict(False)
        assert rows(at_test)[0][1].startswith(
            "The certificate of 192.168.1.10 is not to be trusted. Its authority, Example CA, is "
            "unknown here. If only its authority is unknown here, go back and name its file under "
            "Advanced, or install it on this PC; otherwise have the certificate issued anew."
        )
        assert buttons(at_test) == ["Back", "Save anyway", "Test again"]


class TestTest:
    def test_it_begins_by_itself(self, at_test: Wizard) -> None:
        assert [outcome for outcome, _ in rows(at_test)] == [Outcome.WAITING] * 4

    def test_steps_are_told_as_they_come(self, at_test: Wizard) -> None:
        at_test.show_step(StepResult(TestStep.ANSWERS, Outcome.PASSED, "192.168.1.50", 12))
        at_test.show_step(StepResult(TestStep.CHALLENGE, Outcome.RUNNING))
        assert rows(at_test)[:2] == [
            (
                Outcome.PASSED,
                "SPA9000 answers. 192.168.1.10 port 6060, from this PC's 192.168.1.50. 12 ms",
            ),
            (Outcome.RUNNING, "It asks for credentials"),
        ]

    def test_a_failure_is_explained_and_can_be_saved_all_the_same(self, at_test: Wizard) -> None:
        save = QSignalSpy(at_test.save_requested)
        at_test.show_step(
            StepResult(TestStep.ACCEPTED, Outcome.FAILED, trouble=Trouble.UNAUTHORIZED, status=401)
        )
        at_test.show_verdict(False)
        assert rows(at_test)[2][1].startswith("Extension 200 was refused (401). The password")
        assert buttons(at_test) == ["Back", "Save anyway", "Test again"]
        assert save.count() == 0
        press(at_test, "Save anyway")
        assert arguments(save) == [ACCOUNT, SECRET, False]

    def test_again(self, at_test: Wizard) -> None:
        test = QSignalSpy(at_test.test_requested)
        at_test.show_step(StepResult(TestStep.ANSWERS, Outcome.FAILED, trouble=Trouble.NO_ANSWER))
        at_test.show_verdict(False)
        assert Person(at_test).name() == "Test again"
        Person(at_test).enter()
        assert arguments(test) == [ACCOUNT, SECRET]
        assert [outcome for outcome, _ in rows(at_test)] == [Outcome.WAITING] * 4

    def test_what_still_ran_at_the_end_did_not_end(self, at_test: Wizard) -> None:
        at_test.show_step(StepResult(TestStep.ANSWERS, Outcome.RUNNING))
        at_test.show_verdict(False)
        assert Outcome.RUNNING not in [outcome for outcome, _ in rows(at_test)]

    def test_going_back_calls_it_off(self, at_test: Wizard) -> None:
        cancelled = QSignalSpy(at_test.test_cancelled)
        press(at_test, "Back")
        assert cancelled.count() == 1

    def test_going_away_calls_it_off(self, at_test: Wizard) -> None:
        cancelled = QSignalSpy(at_test.test_cancelled)
        Person(at_test).press(Key.Key_Escape)
        assert cancelled.count() == 1

    def test_a_test_that_is_over_is_not_called_off(self, at_test: Wizard) -> None:
        cancelled = QSignalSpy(at_test.test_cancelled)
        pass_all(at_test)
        at_test.close()
        assert cancelled.count() == 0

    def test_saving_before_it_is_over_calls_it_off(self, at_test: Wizard) -> None:
        cancelled = QSignalSpy(at_test.test_cancelled)
        save = QSignalSpy(at_test.save_requested)
        press(at_test, "Save anyway")
        assert (cancelled.count(), save.count()) == (1, 1)

    def test_a_late_verdict_changes_nothing(self, at_test: Wizard) -> None:
        press(at_test, "Save anyway")
        at_test.show_verdict(True)
        assert buttons(at_test) == []

    def test_a_password_changed_after_the_test_is_tested_anew(self, at_test: Wizard) -> None:
        pass_all(at_test)
        press(at_test, "Back")
        test = QSignalSpy(at_test.test_requested)
        field(at_test, "Password").setText("another")
        press(at_test, "Test the connection")
        assert arguments(test) == [ACCOUNT, Secret("another")]
        assert buttons(at_test) == ["Back", "Save anyway"]


class TestDesk:
    """What works at this desk, where it is no SPA9000."""

    @pytest.fixture
    def at_sip_test(self, show: Callable[..., Wizard]) -> Wizard:
        wizard = show(SIP_ACCOUNT, SECRET)
        press(wizard, "Next")
        press(wizard, "Next")
        press(wizard, "Test the connection")
        return wizard

    def tell(self, wizard: Wizard) -> None:
        told = Finding(Offer.TOLD, 200)
        of = {
            Sight.CALLS: told,
            Sight.COLLEAGUES: told,
            Sight.PRESENCE: Finding(Offer.REFUSED, 489),
            Sight.MESSAGES: Finding(Offer.SILENT, 200),
        }
        does = what_works(lambda action, _call: bystander_ability(action, Untested()))
        wizard.show_desk(what_is_seen(SIP_ACCOUNT, Surveyed(of=of)), does)
        pass_all(wizard)

    def test_it_is_told_below_the_steps(self, at_sip_test: Wizard) -> None:
        self.tell(at_sip_test)
        told = rows(at_sip_test)[len(TestStep) :]
        assert [outcome for outcome, _ in told] == [
            Outcome.PASSED,
            Outcome.WARNED,
            Outcome.SKIPPED,
            Outcome.SKIPPED,
            Outcome.SKIPPED,
            Outcome.PASSED,
        ]
        assert told[0][1] == "Colleagues' phones: shown"
        assert "does not have it (489)" in told[1][1]
        assert told[3][1].startswith("Calling from this PC: not tried yet")
        assert "Answer, Divert" in told[4][1]
        assert told[5][1].startswith("The connection works"), "not all of it does"

    def test_it_is_measured_as_a_whole(self, at_sip_test: Wizard) -> None:
        self.tell(at_sip_test)
        measured = at_sip_test._test.heightForWidth(500)
        QApplication.processEvents()
        assert at_sip_test._test.heightForWidth(500) == measured, "nothing comes up later"

    def test_what_is_not_there_does_not_bar_the_way(self, at_sip_test: Wizard) -> None:
        save = QSignalSpy(at_sip_test.save_requested)
        self.tell(at_sip_test)
        Person(at_sip_test).enter()
        assert arguments(save) == [SIP_ACCOUNT, SECRET, False]

    def test_it_is_said_aloud(self, at_sip_test: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
        said: list[str] = []
        monkeypatch.setattr("callctrl.ui.wizardpages.announce", lambda _, text: said.append(text))
        self.tell(at_sip_test)
        assert "Colleagues' phones: shown. Whether phone “1002”" in said[0]
        assert said[-1].startswith("The connection works")

    def test_what_is_higher_than_the_screen_is_read_by_the_keyboard(
        self, qtbot: QtBot, at_sip_test: Wizard
    ) -> None:
        self.tell(at_sip_test)
        at_sip_test.resize(at_sip_test.width(), 320)  # as on a small screen
        last = next(it for it in labels(at_sip_test) if it.text() == "The connection works")
        person = Person(at_sip_test)
        qtbot.waitUntil(lambda: last.visibleRegion().isEmpty())
        for _ in range(3):
            person.press(Key.Key_PageDown)
        qtbot.waitUntil(lambda: not last.visibleRegion().isEmpty())
        for _ in range(3):
            person.press(Key.Key_PageUp)
        qtbot.waitUntil(lambda: last.visibleRegion().isEmpty())

    def test_it_is_told_anew_with_each_test(self, at_sip_test: Wizard) -> None:
        self.tell(at_sip_test)
        count = len(rows(at_sip_test))
        press(at_sip_test, "Back")
        press(at_sip_test, "Test the connection")
        assert len(rows(at_sip_test)) == len(TestStep)
        self.tell(at_sip_test)
        assert len(rows(at_sip_test)) == count

    def test_nothing_is_told_where_nothing_could_be_asked(self, at_sip_test: Wizard) -> None:
        does = what_works(lambda action, _call: bystander_ability(action, Untested()))
        at_sip_test.show_desk((), does)
        assert len(rows(at_sip_test)) == len(TestStep)

    def test_a_late_answer_changes_nothing(self, at_sip_test: Wizard) -> None:
        at_sip_test.show_verdict(False)
        self.tell(at_sip_test)
        assert len(rows(at_sip_test)) == len(TestStep)


class TestSaving:
    def test_there_is_no_way_back_meanwhile(self, at_test: Wizard) -> None:
        pass_all(at_test)
        assert buttons(at_test) == ["Back", "Finish"]
        press(at_test, "Finish")
        assert buttons(at_test) == []
        assert "password store" in words(at_test)

    @pytest.mark.parametrize("problem", StoreProblem)
    def test_for_this_session_only(self, at_test: Wizard, problem: StoreProblem) -> None:
        pass_all(at_test)
        press(at_test, "Finish")
        at_test.show_keyring_problem(problem)
        assert rows(at_test)[-1][0] is Outcome.WARNED
        save = QSignalSpy(at_test.save_requested)
        press(at_test, "Keep for this session only")
        assert arguments(save) == [ACCOUNT, SECRET, True]

    def test_try_again(self, at_test: Wizard) -> None:
        pass_all(at_test)
        press(at_test, "Finish")
        at_test.show_keyring_problem(StoreProblem.LOCKED)
        save = QSignalSpy(at_test.save_requested)
        assert Person(at_test).name() == "Try again"
        Person(at_test).enter()
        assert arguments(save) == [ACCOUNT, SECRET, False]

    def test_enter_tries_again_after_an_untested_save_too(self, at_test: Wizard) -> None:
        press(at_test, "Save anyway")
        at_test.show_keyring_problem(StoreProblem.LOCKED)
        assert Person(at_test).name() == "Try again"

    def test_steps_do_not_take_the_focus_away(self, at_test: Wizard) -> None:
        Person(at_test).press(Key.Key_Tab)
        before = Person(at_test).name()
        assert before in ("Back", "Save anyway")
        at_test.show_step(StepResult(TestStep.ANSWERS, Outcome.PASSED))
        assert Person(at_test).name() == before

    def test_saved(self, at_test: Wizard) -> None:
        pass_all(at_test)
        press(at_test, "Finish")
        at_test.show_saved()
        assert not at_test.isVisible()
        assert at_test.result() == Wizard.DialogCode.Accepted


class TestSecrets:
    def test_no_label_shows_a_password(self, at_test: Wizard) -> None:
        pass_all(at_test)
        everything = " ".join(label.text() for label in at_test.findChildren(QLabel))
        assert "geheim" not in everything
        assert "geheim" not in repr(at_test.secret())
        assert "geheim" not in repr(at_test.account())


class TestSize:
    def test_the_buttons_stay_where_they_are(self, show: Callable[..., Wizard]) -> None:
        wizard = show(ACCOUNT, SECRET)
        height = wizard.height()
        for button in ("Next", "Type them in", "Test the connection"):
            press(wizard, button)
            assert wizard.height() == height

    def test_a_complaint_comes_into_view(
        self,
        qtbot: QtBot,
        dress: Callable[[Scheme | None], None],
        show: Callable[..., Wizard],
    ) -> None:
        dress(Scheme.LIGHT)  # it makes the page higher than the screen of the tests
        wizard = show(ACCOUNT, SECRET)
        press(wizard, "Next")
        press(wizard, "Type them in")
        press(wizard, "Advanced")
        field(wizard, "Authorities file").setText(f"{__file__}.pem")
        press(wizard, "Advanced")
        press(wizard, "Test the connection")
        (complaint,) = (it for it in labels(wizard) if it.text() == "There is no such file.")
        qtbot.waitUntil(lambda: complaint.visibleRegion().boundingRect() == complaint.rect())

    def test_nothing_is_cut_off(self, show: Callable[..., Wizard]) -> None:
        wizard = show(ACCOUNT, SECRET)
        press(wizard, "Next")
        press(wizard, "Type them in")
        for label in labels(wizard):
            assert label.height() >= label.heightForWidth(label.width())
