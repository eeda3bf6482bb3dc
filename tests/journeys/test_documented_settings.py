"""What the seed and its companion articles say of set-up and settings (docs/protocol.md D)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import platformdirs
import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from callctrl.accounts import Account, PbxKind
from callctrl.calls import Dial, SessionState
from callctrl.phones.spa import SpaPhone
from callctrl.provisioning import find_settings
from callctrl.settingup import found_in
from callctrl.simulator import Config, Extension
from callctrl.store.settings import Paths, Settings
from callctrl.ui.refusal import RefusalBox
from callctrl.ui.wizard import (
    ExtensionFound,
    FetchRequest,
    Found,
    Outcome,
    Reading,
    Secret,
    Wizard,
)
from callctrl.ui.wizardwords import lines_about
from tests.office import PASSWORD, Office, window

TWO_EXTENSIONS = Config(
    password=PASSWORD, extensions=(Extension("200"), Extension("300", password="by-hand"))
)


@pytest.fixture(name="office")
async def office_with_web_pages(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Office]:
    office = Office(tmp_path, TWO_EXTENSIONS)
    await office.open(http_port=0)
    yield office
    await office.close()


async def _found_at(office: Office) -> Found:
    """What the wizard reads from the two devices of the office."""
    pages = [line.rpartition("/")[0].rpartition("/")[2] for line in office.said if "http" in line]
    return found_in(await find_settings(pages[0], pages[1], ""))


async def test_s1_sip_authentication_is_set_up_by_the_wizard(office: Office) -> None:
    await office.start(Settings())
    await office.until(lambda: window(Wizard))
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    wizard.save_requested.emit(office.account, Secret(PASSWORD), False)
    await office.until(lambda: office.state is SessionState.READY)
    assert any("challenged" in line for line in office.said)


async def test_s2_user_id_and_phone_ext_password_are_fetched_not_typed(office: Office) -> None:
    found = await _found_at(office)
    assert found.extension == "200"
    assert found.station == "FrontDesk"
    assert found.password == Secret(PASSWORD)


async def test_s3_another_pbx_has_its_user_name_and_password_typed_and_used_as_given(
    qtbot: QtBot,
) -> None:
    account = Account("pbx.example", "anna.lee", "anna", "PC", port=5060, kind=PbxKind.SIP)
    wizard = Wizard("PC", account, Secret(" pass word "))
    qtbot.addWidget(wizard)
    assert wizard.account() == account
    assert wizard.secret() == Secret(" pass word ")


async def test_s4_the_stored_values_are_used_for_the_first_connection(office: Office) -> None:
    await office.start_ready()
    first = office.said.index("REGISTER of RECEPTION challenged: no credentials")
    assert office.said[first + 1].startswith("RECEPTION registered")


async def test_s39_the_refusal_says_where_to_look(office: Office) -> None:
    office.simulation.execute("forbid on")
    await office.passwords.set(office.account, PASSWORD)
    await office.start(Settings(account=office.account))
    await office.until(lambda: window(RefusalBox))
    box = window(RefusalBox)
    assert box is not None
    words = " ".join(re.sub("<[^>]*>", "", each.text()) for each in box.findChildren(QLabel))
    for place in ("Registration State", "Phone Ext Password", "reboot the phone", "Wizard again"):
        assert place in words


async def test_s43_after_the_wizard_no_restart_is_required(office: Office) -> None:
    await office.start_ready()
    office.desktop.open_wizard()
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    office.simulation.execute("password another")
    wizard.save_requested.emit(office.account, Secret("another"), False)
    await office.until(lambda: window(Wizard) is None and office.state is SessionState.READY)
    assert await office.passwords.get(office.account) == "another"


async def test_s44_a_refused_extension_is_a_warning_and_a_repeated_one_is_not() -> None:
    request = FetchRequest("192.168.1.10", "192.168.1.20")

    def warnings_about(*extensions: ExtensionFound) -> list[str]:
        found = Found(Reading.READ, Reading.READ, "200", "Desk", extensions=extensions)
        lines = lines_about(found, request)
        return [line.title for line in lines if line.outcome is Outcome.WARNED][1:]

    good = ExtensionFound(1, "200", "Registered")
    assert warnings_about(good, ExtensionFound(2, "200", "Not Registered")) == []
    (warning,) = warnings_about(good, ExtensionFound(2, "200", "FailedAuthenticate"))
    assert "200" in warning


async def test_s45_only_ext_1_gets_the_password_by_itself(office: Office) -> None:
    found = await _found_at(office)
    assert [each.user_id for each in found.extensions] == ["200", "300"]
    details = " ".join(line.detail for line in lines_about(found, FetchRequest("a", "b")))
    assert "Ext 1" in details
    assert "Ext 2" in details


def test_s46_without_a_dial_plan_a_number_is_passed_on_unchanged() -> None:
    """Every character as typed, but for the escapes of URI and XML (E16)."""
    phone = SpaPhone()
    for typed in ("5551234", "9,1-212*", "+44 20", "abc"):
        body = phone.write_command(Dial(typed), "1").body.decode()
        assert f'uri="{typed.replace(" ", "%20")}@$PROXY"' in body


def test_s47_settings_are_the_users_own() -> None:
    paths = Paths.for_user()
    assert paths.settings_file.is_relative_to(platformdirs.user_config_path())
    assert paths.log_file.is_relative_to(platformdirs.user_log_path("callctrl", appauthor=False))
