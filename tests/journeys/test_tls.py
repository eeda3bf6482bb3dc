"""TLS, as whoever sits before it sees it: a padlock, or why a certificate was refused.

RFC 3261 section 26.3.1: the other end shows a certificate, and without one that can be trusted
nothing is sent.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from pytestqt.qtbot import QtBot

from callctrl.accounts import SipTransport
from callctrl.calls import SessionState, Trouble
from callctrl.simulator import Config
from callctrl.store.settings import Settings
from callctrl.ui.widgets import Outcome, Row
from callctrl.ui.wizard import Secret, Wizard
from tests.office import PASSWORD, Office, press, window


@pytest.fixture(name="ca_file")
def file_of_the_authority(tmp_path: Path) -> Path:
    return tmp_path / "authority.pem"


@pytest.fixture(name="office")
async def office_with_tls(ca_file: Path, tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Office]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(certificate)
    office = Office(tmp_path / "profile", Config(password=PASSWORD, tls_port=0), certificate)
    await office.open()
    (port,) = (line.rpartition(":")[2] for line in office.said if line.startswith("TLS at"))
    office.account = replace(office.account, port=int(port), transport=SipTransport.TLS)
    await office.passwords.set(office.account, PASSWORD)
    yield office
    await office.close()


async def test_a_padlock_is_shown_while_tls_carries_it(office: Office, ca_file: Path) -> None:
    office.account = replace(office.account, ca_file=str(ca_file))
    desktop = await office.start_ready()
    assert desktop.window.is_shown_encrypted()
    assert desktop.presence.tray.tool_tip() == "Ready · FrontDesk, extension 200 · TLS"


async def test_without_tls_there_is_no_padlock(office: Office) -> None:
    (place,) = (line for line in office.said if line.startswith("SPA9000 at"))
    port = int(place.partition(",")[0].rpartition(":")[2])
    office.account = replace(office.account, port=port, transport=SipTransport.AUTO)
    desktop = await office.start_ready()
    assert not desktop.window.is_shown_encrypted()
    assert "TLS" not in desktop.presence.tray.tool_tip()


async def test_a_refused_certificate_is_explained_and_put_right_in_the_wizard(
    office: Office, ca_file: Path
) -> None:
    desktop = await office.start(Settings(account=office.account))
    await office.until(lambda: desktop.session.trouble is Trouble.CERTIFICATE)
    assert desktop.session.detail
    for told in (desktop.window.reason(), desktop.presence.tray.tool_tip()):
        assert "The certificate of 127.0.0.1 is not to be trusted." in told
        assert desktop.session.detail in told
        assert "name its file in the Settings Wizard under Advanced" in told
    assert not desktop.window.is_shown_encrypted()
    assert not any("REGISTER" in line for line in office.said), "nothing went out"

    desktop.open_wizard()
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    account = replace(office.account, ca_file=str(ca_file))
    wizard.save_requested.emit(account, Secret(PASSWORD), False)
    await office.until(lambda: office.state is SessionState.READY)
    assert desktop.account == account
    assert desktop.window.is_shown_encrypted()
    assert desktop.window.reason() == ""


async def test_the_wizards_test_explains_it_too(office: Office) -> None:
    desktop = await office.start(Settings(account=office.account))
    desktop.open_wizard()
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    for step in ("Next", "Type them in", "Test the connection"):
        press(wizard, step)

    def told() -> list[str]:
        return [row.text() for row in wizard.findChildren(Row) if row.outcome is Outcome.FAILED]

    await office.until(told)
    (why,) = told()
    assert why.startswith("The certificate of 127.0.0.1 is not to be trusted. ")
    assert "this computer does not know" in why
    assert "go back and name its file under Advanced" in why
