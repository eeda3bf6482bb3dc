"""Numbers on their way: what is ordered, typed or linked, and what the phone gets for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from callctrl.numbers import DialPlan
from callctrl.orders import Orders
from callctrl.remote import Reply
from callctrl.simulator import phonexml
from tests.atwork import Key, Reception, at_work

NEW_YORK = DialPlan(True, "US", "212", outside_digit="9", long_distance_digit="1")
OFF = replace(NEW_YORK, enabled=False)


class Wire:
    """A receptionist, and the bodies of the NOTIFYs her phone has got."""

    def __init__(self, reception: Reception, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reception = reception
        self.orders = Orders(reception.desktop)
        self.bodies: list[str] = []

        def read(body: bytes) -> list[phonexml.Control]:
            self.bodies.append(body.decode())
            return phonexml.read_control(body)

        monkeypatch.setattr("callctrl.simulator.spa9000.read_control", read)

    async def got(self, element: str) -> None:
        """Wait for the phone to have got this one order."""
        await self.reception.until(lambda: self.bodies)
        await self.reception.until(lambda: self.reception.desktop.calls)
        assert self.bodies == [f"<spa-control>\r\n{element}\r\n</spa-control>\r\n"]


@pytest.fixture(name="wire")
async def wire_at_work(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Wire]:
    async with at_work(tmp_path) as reception:
        yield Wire(reception, monkeypatch)


NUMBERS = [
    (OFF, "5551234", "5551234"),
    (OFF, "+1-212-555-0100", "+1-212-555-0100"),
    (OFF, "1234#", "1234%23"),
    (OFF, "*72301", "*72301"),
    (OFF, "1-800-FLOWERS", "1-800-FLOWERS"),
    (OFF, "911", "911"),
    (NEW_YORK, "+1-212-555-0100", "92125550100"),
    (NEW_YORK, "+49 30 1234567", "901149301234567"),
    (NEW_YORK, "(415) 555-0100", "914155550100"),
    (NEW_YORK, "1234#", "1234%23"),
    (NEW_YORK, "*72301", "*72301"),
    (NEW_YORK, "1-800-FLOWERS", "918003569377"),
    (NEW_YORK, "301", "301"),
    (NEW_YORK, "911", "911"),
    (NEW_YORK, "9911", "9911"),
]


def _ids(value: object) -> str:
    return ("plan" if value.enabled else "as entered") if isinstance(value, DialPlan) else ""


@pytest.mark.parametrize(("plan", "number", "user"), NUMBERS, ids=_ids)
async def test_a_number_that_is_ordered(wire: Wire, plan: DialPlan, number: str, user: str) -> None:
    wire.reception.desktop._set_dial_plan(plan)

    assert await wire.orders.carry_out(["dial", number]) == Reply("dial: taken by the phone")

    await wire.got(f'<newcall uri="{user}@$PROXY" call="1"/>')


@pytest.mark.parametrize("plan", [OFF, NEW_YORK], ids=_ids)
async def test_a_word_that_is_ordered_does_not_reach_the_phone(wire: Wire, plan: DialPlan) -> None:
    wire.reception.desktop._set_dial_plan(plan)

    reply = await wire.orders.carry_out(["dial", "anna"])

    assert reply.exit_code == 1
    assert wire.bodies == []


@pytest.mark.parametrize(("plan", "number", "user"), NUMBERS, ids=_ids)
async def test_a_number_that_is_typed(wire: Wire, plan: DialPlan, number: str, user: str) -> None:
    wire.reception.desktop._set_dial_plan(plan)
    wire.reception.type(number)
    await wire.reception.shows(f"Call {number}")
    wire.reception.key(Key.Key_Return)

    await wire.got(f'<newcall uri="{user}@$PROXY" call="1"/>')


@pytest.mark.parametrize(
    ("plan", "link", "user"),
    [
        (OFF, "tel:+1-212-555-0100;ext=7", "+12125550100"),
        (NEW_YORK, "tel:+1-212-555-0100;ext=7", "92125550100"),
        (OFF, "tel:555-1234", "5551234"),
        (NEW_YORK, "callto:+1%20(415)%20555-0100", "914155550100"),
        (NEW_YORK, "sip:301@pbx.example.org", "301"),
        (NEW_YORK, "tel:911", "911"),
    ],
    ids=_ids,
)
async def test_a_number_in_a_link_is_dialled_by_enter(
    wire: Wire, plan: DialPlan, link: str, user: str
) -> None:
    wire.reception.desktop._set_dial_plan(plan)
    await wire.orders.carry_out(["dial", link])
    await wire.reception.until(lambda: wire.reception.rows[:1] != [])
    await wire.reception.until(lambda: wire.reception.rows[0].startswith("Call "))
    assert wire.bodies == []
    wire.reception.key(Key.Key_Return)

    await wire.got(f'<newcall uri="{user}@$PROXY" call="1"/>')


@pytest.mark.parametrize("link", ["tel:*72301", "tel:%2A72301", "sip:*72301@pbx", "tel:301%23"])
async def test_a_code_in_a_link_is_refused(wire: Wire, link: str) -> None:
    reply = await wire.orders.carry_out(["dial", link])

    assert "Codes for the phone can only be dialled by hand." in reply.text
    assert reply.exit_code != 0
    assert wire.reception.window._field.text() == ""
    assert wire.bodies == []


@pytest.mark.parametrize(("plan", "user"), [(OFF, "+1-212-555-0100"), (NEW_YORK, "92125550100")])
async def test_a_call_is_diverted_to_a_number_as_one_would_dial_it(
    wire: Wire, plan: DialPlan, user: str
) -> None:
    wire.reception.desktop._set_dial_plan(plan)
    wire.reception.phone("ring 5551234")
    await wire.reception.until(lambda: wire.reception.desktop.calls)
    await wire.orders.carry_out(["divert", "+1-212-555-0100"])

    assert wire.bodies == [
        f'<spa-control>\r\n<reject uri="{user}@$PROXY" call="1" reason="redir"/>\r\n'
        "</spa-control>\r\n"
    ]
