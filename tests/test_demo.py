"""The stage of a practice."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing
from pathlib import Path

import pytest

from callctrl.accounts import PbxKind
from callctrl.demo import Ladder, Stage
from callctrl.people import NumberKind
from callctrl.simulator import ORDERS, PBX_SCENARIOS, SCENARIOS, Step
from callctrl.store.contacts import SCHEMA, Contacts
from callctrl.store.database import open_database


@pytest.mark.parametrize("scenario", sorted(SCENARIOS.keys() - PBX_SCENARIOS))
async def test_the_phone_of_every_story_is_called_practice(scenario: str) -> None:
    stage = Stage(scenario)
    account = await stage.open()
    stage.close()
    assert account.station == "Practice"


async def test_at_a_sip_pbx_the_colleagues_are_watched_and_known(tmp_path: Path) -> None:
    stage = Stage("sip-pbx")
    account = await stage.open()
    stage.close()
    assert (account.kind, account.station) == (PbxKind.SIP, "1001")
    assert not account.is_own_phone
    stage.furnish(tmp_path)
    opened = open_database(tmp_path / f"{SCHEMA.name}.sqlite3", SCHEMA)
    with closing(opened.connection):
        people = Contacts(opened.connection).people(0, 100)
    extensions = {
        number.text
        for person in people
        for number in person.numbers
        if number.kind is NumberKind.EXTENSION
    }
    assert extensions == set(account.lamps)
    assert len(extensions) == 11


async def test_a_story_that_ends_as_it_began_goes_on_and_we_act_in_it_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(SCENARIOS, "sip-pbx", (Step(0.02, "busy 1003"), Step(0.04, "bye 5550123")))
    monkeypatch.setitem(ORDERS, "sip-pbx", (Step(0.01, "dial 1004"),))
    stage = Stage("sip-pbx")
    await stage.open()
    ordered: list[str] = []
    began: list[str] = []
    thrice = asyncio.Event()

    def say(text: str) -> None:
        if text == "> busy 1003":
            began.append(text)
            if len(began) == 3:
                thrice.set()

    stage._simulation._say = say
    story = stage.play(ordered.append, again=True)
    await thrice.wait()
    story.cancel()
    stage.close()
    assert ordered == ["dial 1004"]


def test_the_ladder_has_no_rung_for_line_ends(capsys: pytest.CaptureFixture[str]) -> None:
    ladder = Ladder("SPA9000")
    for message in ("OPTIONS sip:a@b SIP/2.0\n", "\r\n\r\n"):
        ladder.emit(logging.makeLogRecord({"msg": "sent to %s\n%s", "args": ("PBX", message)}))
    rungs = [line.strip(" <>-") for line in capsys.readouterr().out.splitlines()[1:]]
    assert rungs == ["OPTIONS"]
