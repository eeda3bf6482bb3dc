"""A receptionist at a SIP phone system: her colleagues' lamps, her mailbox, and her own phone.

The whole program and a simulated PBX, over the loop-back network.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from callctrl.accounts import Account, PbxKind
from callctrl.people import Number, NumberKind, Person
from callctrl.simulator.pbx import Login, PbxConfig
from callctrl.ui.keys import Deed
from tests.atwork import Key, Reception
from tests.office import PASSWORD, Office, press

pytestmark = pytest.mark.qt_log_ignore("does not support grabbing the keyboard", extend=True)

ANDREAS = Person("Andreas Höfer", (Number("1002", NumberKind.EXTENSION),), "Accounts")
BIRGIT = Person("Birgit Sommer", (Number("1003", NumberKind.EXTENSION),))
NOBODY = Person("Zoe Nobody", (Number("1999", NumberKind.EXTENSION),))


@pytest.fixture(name="reception")
async def receptionist(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Reception]:
    """Her phone is 1001; the administrator named 1004, the others are people she knows."""
    office = Office(tmp_path, PbxConfig(logins=(Login("callctrl", PASSWORD),)))
    office.account = Account(
        "127.0.0.1",
        "callctrl",
        "1001",
        "RECEPTION",
        local_port=0,
        kind=PbxKind.SIP,
        lamps=("1004",),
    )
    await office.open()
    try:
        reception = Reception(office, await office.start_ready())
        await reception.favour(BIRGIT)
        await reception.add(ANDREAS, NOBODY)
        yield reception
    finally:
        await office.close()


async def lamps(reception: Reception, **expected: str) -> None:
    """Wait until the lamps say this; "_1002" is extension 1002."""
    wanted = {who.removeprefix("_"): words for who, words in expected.items()}
    board = reception.window.lamps
    await reception.until(lambda: {who: board.in_words(who) for who in wanted} == wanted)


async def test_the_page_shows_who_is_free_and_who_is_not(reception: Reception) -> None:
    reception.phone("busy 1002 5551234", "ring 1003 5552345", "off 1004")
    await lamps(reception, _1002="on a call", _1003="rings", _1004="away")
    reception.do(Deed.COLLEAGUES)
    await reception.shows("Birgit Sommer", "Andreas Höfer", "Zoe Nobody", "1004")
    await reception.until(
        lambda: reception.window.lamps.in_words("1999").startswith("unknown since ")
    )
    assert "knows no such extension" in reception.window.lamps.explained("1999")
    reception.phone("bye 5551234")
    await lamps(reception, _1002="free")


async def test_she_is_told_when_a_colleague_is_free_and_calls(reception: Reception) -> None:
    reception.phone("busy 1002 5551234")
    await lamps(reception, _1002="on a call")
    reception.window.lamps.await_free("1002", True)
    reception.phone("bye 5551234")
    await reception.told("Andreas Höfer (1002) is free now.")
    press(reception.window.notice, "Call")
    await reception.told("Your phone rings: pick up the handset to call 1002.")


async def test_messages_are_heard_by_one_click(reception: Reception) -> None:
    reception.phone("messages 1001 2 3")
    await reception.until(lambda: reception.window._head._messages.text() == "2 new messages")
    press(reception.window, "2 new messages")
    await reception.told("Your phone rings: pick up the handset to call *97.")


async def test_it_is_said_when_her_own_phone_is_not_there(reception: Reception) -> None:
    reception.phone("off 1001")
    await reception.until(lambda: reception.window.line() == "Phone not there · phone 1001")
    assert "is not registered" in reception.window.reason()
    reception.phone("on 1001")
    await reception.until(lambda: reception.window.line() == "Ready · phone 1001")


async def test_whoever_is_found_has_the_lamp_beside_and_is_called_by_her_phone(
    reception: Reception,
) -> None:
    await lamps(reception, _1002="free")
    reception.type("andr")
    await reception.shows("Andreas Höfer")
    (row,) = reception.window.shown_list.rows
    assert reception.window.lamps.in_words(row.extension) == "free"
    reception.key(Key.Key_Return)
    await reception.told("Your phone rings: pick up the handset to call 1002.")
    reception.phone("answer 1001")
    await lamps(reception, _1002="rings")
    await reception.told("")
    reception.phone("answer 1002")
    await lamps(reception, _1002="on a call")


@pytest.mark.parametrize(
    ("number", "key", "sentence"),
    [
        ("5550486", "answer 1001", "5550486 is busy. Try again later."),
        ("5550404", "answer 1001", "There is no number 5550404. Check it, and try again."),
        ("1002", "reject 1001", "Your phone refused the call. Is Do Not Disturb on?"),
    ],
)
async def test_a_call_that_comes_to_nothing_says_why(
    reception: Reception, number: str, key: str, sentence: str
) -> None:
    reception.type(number)
    reception.key(Key.Key_Return)
    await reception.told(f"Your phone rings: pick up the handset to call {number}.")
    reception.phone(key)
    await reception.until(lambda: reception.notice.startswith(sentence))
