"""The first start at a SIP phone system: from the wizard's first question to a desk that works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from callctrl.accounts import PbxKind
from callctrl.calls import SessionState
from callctrl.simulator.pbx import Login, PbxConfig
from callctrl.store.settings import Settings, load
from callctrl.ui.widgets import Choice, Outcome, Row
from callctrl.ui.wizard import Wizard
from tests.office import PASSWORD, Office, press, window

pytestmark = pytest.mark.qt_log_ignore("does not support grabbing the keyboard", extend=True)


@pytest.fixture(name="office")
async def office_with_a_sip_phone_system(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Office]:
    office = Office(tmp_path, PbxConfig(logins=(Login("callctrl", PASSWORD),)))
    await office.open()
    yield office
    await office.close()


def fill(wizard: Wizard, **texts: str) -> None:
    """Type into the lines of the page; "User_name" is the one called "User name"."""
    lines = {it.accessibleName(): it for it in wizard.findChildren(QLineEdit) if it.isVisible()}
    for name, text in texts.items():
        lines[name.replace("_", " ")].setText(text)


def rows(wizard: Wizard) -> dict[str, Outcome]:
    """How each row of the last page stands."""
    return {it.text(): it.outcome for it in wizard.findChildren(Row) if it.isVisible()}


async def test_from_the_first_question_to_a_desk_that_works(office: Office) -> None:
    await office.start(Settings())
    await office.until(lambda: window(Wizard))
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    (choice,) = (it for it in wizard.findChildren(Choice) if "Another" in it.text())
    choice.click()
    press(wizard, "Next")
    fill(wizard, **{"Server's address": "127.0.0.1", "Port": str(office.account.port)})
    press(wizard, "Next")
    press(wizard, "Advanced")
    fill(wizard, User_name="callctrl", **{"My phone's extension": "1001", "Port on this PC": "0"})
    fill(wizard, Password=PASSWORD)
    press(wizard, "Test the connection")
    await office.until(lambda: any("The connection works" in text for text in rows(wizard)))
    told = rows(wizard)
    assert told["Whether phone “1001” is there: shown"] is Outcome.PASSED
    assert told["Waiting messages of “1001”: shown"] is Outcome.PASSED
    assert not any("registered" in said for said in office.said)
    press(wizard, "Finish")
    await office.until(lambda: office.state is SessionState.READY)
    account = load(office.paths).settings.account
    assert account is not None
    kept = (account.kind, account.extension, account.station)
    assert kept == (PbxKind.SIP, "callctrl", "1001")
    assert await office.passwords.get(account) == PASSWORD
    assert PASSWORD not in office.paths.settings_file.read_text("utf-8")


async def test_the_phones_own_account_is_refused_before_anything_is_asked(office: Office) -> None:
    await office.start(Settings())
    await office.until(lambda: window(Wizard))
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)
    (choice,) = (it for it in wizard.findChildren(Choice) if "Another" in it.text())
    choice.click()
    press(wizard, "Next")
    fill(wizard, **{"Server's address": "127.0.0.1", "Port": str(office.account.port)})
    press(wizard, "Next")
    before = list(office.said)
    fill(wizard, User_name="1001", **{"My phone's extension": "1001"})
    press(wizard, "Test the connection")
    assert rows(wizard) == {}, "still on the page with the names"
    assert office.said == before
