"""The desktop program whole, at a SIP PBX with colleagues: offscreen Qt, loop-back sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from callctrl.accounts import PbxKind
from callctrl.calls import (
    CallState,
    CommandAnswered,
    Dial,
    DialProgress,
    DialStage,
    LampState,
    SessionState,
    Trouble,
)
from callctrl.people import Number, NumberKind, Person
from callctrl.simulator.pbx import COLLEAGUES, Login, PbxConfig
from callctrl.store.contacts import Contacts
from callctrl.store.settings import Settings
from tests.office import PASSWORD, Office


@pytest.fixture(name="office")
async def office_at_work(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Office]:
    office = Office(tmp_path, PbxConfig(logins=(Login("callctrl", PASSWORD),), places=COLLEAGUES))
    office.account = replace(
        office.account, extension="callctrl", station="1001", kind=PbxKind.SIP, lamps=("1012",)
    )
    await office.open()
    yield office
    await office.close()


async def at_work(office: Office) -> None:
    """A desk that knows two colleagues by name and one by number."""
    await office.start_ready()
    for name, extension in (("Andreas Höfer", "1002"), ("Birgit Sommer", "1003")):
        person = Person(name, (Number(extension, NumberKind.EXTENSION),))
        await office.desktop.desk.contacts(partial(Contacts.add, person=person))
    await office.desktop.switchboard.refresh()


def lamp(office: Office, extension: str) -> LampState | None:
    shown = office.desktop.window.lamps.of(extension)
    return None if shown is None else shown.state


async def test_colleagues_of_the_people_and_of_the_settings_are_watched(office: Office) -> None:
    await at_work(office)
    await office.until(
        lambda: {lamp(office, each) for each in ("1002", "1003", "1012")} == {LampState.FREE}
    )
    office.simulation.execute("busy 1002 2125550134 Northwind")
    await office.until(lambda: lamp(office, "1002") is LampState.BUSY)
    office.simulation.execute("ring 1003 2125550134 Northwind")
    await office.until(lambda: lamp(office, "1003") is LampState.RINGING)
    office.simulation.execute("off 1012")
    await office.until(lambda: lamp(office, "1012") is LampState.AWAY)
    assert office.desktop.calls == ()  # nobody's call but my phone's comes up here


async def test_a_call_of_my_phone_is_shown_and_its_buttons_say_why_they_are_grey(
    office: Office,
) -> None:
    await office.start_ready()
    office.simulation.execute("ring 1001 2125550134 Northwind")
    await office.until(lambda: office.desktop.calls)
    (call,) = office.desktop.calls
    assert call.state is CallState.RINGING
    card = office.desktop.window.now.card(call.id)
    assert card is not None
    answer = next(each for each in card.findChildren(QPushButton) if each.text() == "Answer")
    assert answer.accessibleDescription()
    office.simulation.execute("answer 1001")
    await office.until(lambda: office.desktop.calls[0].state is CallState.CONNECTED)
    office.simulation.execute("bye 2125550134")
    await office.until(lambda: not office.desktop.calls)


async def test_a_number_is_dialled_by_way_of_my_phone(office: Office) -> None:
    await office.start_ready()
    office.desktop.switchboard.order(Dial("1002"))
    await office.until(
        lambda: [call for call in office.desktop.calls if call.state is CallState.CONNECTED]
    )


async def test_an_order_from_outside_is_told_how_far_its_call_is(office: Office) -> None:
    await office.start_ready()
    told: list[object] = []
    office.desktop.perform(Dial("1002"), told.append)
    await office.until(lambda: told and isinstance(told[-1], CommandAnswered))
    *stages, answered = told
    assert stages == [DialProgress(Dial("1002"), stage) for stage in DialStage]
    assert answered == CommandAnswered(Dial("1002"), 200)


async def test_the_phones_own_account_is_refused_and_said(office: Office) -> None:
    office.account = replace(office.account, extension="1001")
    await office.passwords.set(office.account, PASSWORD)
    await office.start(Settings(account=office.account))
    await office.until(lambda: office.state is SessionState.REFUSED)
    assert office.desktop.session.trouble is Trouble.OWN_PHONE
    assert not [line for line in office.said if "watches" in line or "challenged" in line]
