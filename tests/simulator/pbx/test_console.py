"""Commands by hand to the PBX and its phones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.simulator import Network
from callctrl.simulator.pbx import Manner, Style
from callctrl.simulator.pbx.console import PbxConsole

from .peer import CONFIG, Program, pbx


def test_plays_a_day_at_an_extension() -> None:
    program = Program(pbx())
    for line in (
        'ring 1003 5551234 "Anna Lee"', "answer 1003", "hold 1003", "resume 1003",
        "ring 1003 1004", "reject 1003", "hangup 1003", "dial 1003 1004", "busy 1005",
        "bye 5550123", "ring 1006 5551234", "give-up 5551234", "messages 1001 2 5",
        "off 1002", "dnd 1007 on",
    ):  # fmt: skip
        assert program.type(line) == []
    said = [str(event) for event in program.events()]
    assert said[0] == "1003 ringing Anna Lee 5551234"
    assert "1003 on hold Anna Lee 5551234" in said
    assert "1004 early Birgit Sommer 1003" in said
    assert "1002 off, messages 0/0" in said
    assert program.type("status")[1:] == [
        "1001 Reception: 2 messages",
        "1002 Andreas Höfer: off",
        "1003 Birgit Sommer: trying 1004",
        "1007 Farid Haddad: do not disturb",
        "watching: 0",
        "on: twice, lists, keep",
    ]


def test_says_where_it_is_and_how_to_connect() -> None:
    assert Program(pbx()).type("status")[0] == (
        "SIP PBX (asterisk) at 192.168.1.10:5060; account callctrl, my phone 1001, "
        "colleagues 1002 to 1012, list lamps; `help` lists the commands"
    )


def test_says_when_there_is_nothing_to_do_it_to() -> None:
    program = Program(pbx())
    program.type("off 1002")
    assert program.type("answer 1003") == ["there is no call to do that to"]
    assert program.type("ring 1002 5551234") == ["1002 takes no calls"]
    assert program.type("busy 1002") == ["1002 takes no calls"]
    assert program.type("dial 1002 5551234") == ["1002 is switched off"]


def test_knobs_turn() -> None:
    engine = pbx()
    console = PbxConsole(engine, Network(engine, None))  # type: ignore[arg-type]
    for line in (
        "style kamailio", "callers on", "holds on", "twice off", "lists off", "keep off",
        "forbid on", "silence on", "expiry 90", "manner 1003 holds-first", "loss 0",
    ):  # fmt: skip
        assert console.execute(line, 0.0) == []
    assert engine.config == replace(
        CONFIG,
        style=Style.KAMAILIO,
        tells_callers=True,
        tells_holds=True,
        tells_twice=False,
        has_lists=False,
        keeps_subscriptions=False,
        forbid=True,
        silent=True,
        subscription_expires=90,
    )
    assert engine.office.phones["1003"].manner is Manner.HOLDS_FIRST


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("ring 1077 5551234", "'1077' is no extension; usage: ring EXT NUMBER [NAME]"),
        ("answer", "usage: answer EXT"),
        ("dnd 1003 maybe", "usage: dnd EXT on|off"),
        ("messages 1003 many", "expected a number from 0 to 9999; usage: messages EXT NEW [OLD]"),
        ("style freeswitch", "usage: style asterisk|kamailio"),
        ("loss 30%", "there is no network to make worse"),
    ],
)
def test_misuse_says_how_to_use_it(line: str, answer: str) -> None:
    assert Program(pbx()).type(line) == [answer]


def test_help_lists_every_command() -> None:
    names = {line.split()[0] for line in Program(pbx()).type("help")}
    assert {"ring", "busy", "off", "messages", "manner", "restart", "help", "quit"} <= names


def test_a_phone_that_is_switched_off_loses_its_calls() -> None:
    program = Program(pbx())
    program.type("busy 1003 1004")
    program.type("off 1003")
    assert program.engine.office.phones["1003"].legs == []
    assert program.engine.office.phones["1004"].legs == []
