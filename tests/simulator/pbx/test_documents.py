"""What is told of a phone: RFC 4235, RFC 3863, RFC 3842, and the habits of two servers."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from callctrl.simulator.pbx import Style

from .peer import CONFIG, Program, pbx

DIALOG = "{urn:ietf:params:xml:ns:dialog-info}"
PIDF = "{urn:ietf:params:xml:ns:pidf}"
KAMAILIO = replace(CONFIG, style=Style.KAMAILIO, tells_twice=False)


def watching(*lines: str, event: str = "dialog", **knobs: object) -> Program:
    """A program that begins to watch 1003 and then sees commands carried out."""
    program = Program(pbx(replace(CONFIG, **knobs)))  # type: ignore[arg-type]
    program.subscribe(event=event)
    for line in lines:
        assert program.type(line) == []
    return program


def dialogs(body: str) -> list[dict[str, str | None]]:
    """Each dialog of a document, its attributes and what stands in it."""
    found = []
    for dialog in ET.fromstring(body).iter(f"{DIALOG}dialog"):  # noqa: S314
        remote = dialog.find(f"{DIALOG}remote/{DIALOG}identity")
        found.append(
            {
                **dialog.attrib,
                "state": dialog.findtext(f"{DIALOG}state"),
                "remote": None if remote is None else remote.text,
                "name": None if remote is None else remote.get("display"),
            }
        )
    return found


# Asterisk: one pseudo-dialog per extension


def test_an_extension_is_one_dialog_whatever_it_does() -> None:
    program = watching("ring 1003 5551234", "answer 1003", "ring 1003 5550199")
    assert [dialogs(body) for body in program.bodies] == [
        [{"id": "1003", "state": "terminated", "remote": None, "name": None}],
        [
            {
                "id": "1003",
                "direction": "recipient",
                "state": "early",
                "remote": None,
                "name": None,
            }
        ],
        [{"id": "1003", "state": "confirmed", "remote": None, "name": None}],
    ]


def test_newer_releases_name_the_caller_while_it_rings() -> None:
    program = watching('ring 1003 5551234 "Lee <& Daughters"', tells_callers=True)
    (dialog,) = dialogs(program.bodies[-1])
    assert (dialog["remote"], dialog["name"]) == ("sip:5551234@192.168.1.10", "Lee <& Daughters")


def test_an_outgoing_call_is_confirmed_while_the_far_end_still_rings() -> None:
    program = watching("dial 1003 5550480")
    program.run(1)
    assert [dialogs(body)[0]["state"] for body in program.bodies] == ["terminated", "confirmed"]


def test_a_real_hold_is_not_told() -> None:
    program = watching("busy 1003")
    told = len(program.bodies)
    program.type("hold 1003")
    assert len(program.bodies) == told


def test_a_hint_on_hold_says_so_by_a_parameter() -> None:
    program = watching("busy 1003", "hold 1003", tells_holds=True)
    assert '<param pname="+sip.rendering" pvalue="no" />' in program.bodies[-1]
    assert dialogs(program.bodies[-1])[0]["state"] == "confirmed"


def test_a_phone_that_is_off_looks_free() -> None:
    program = watching("off 1003")
    assert len(program.bodies) == 1
    assert dialogs(program.bodies[0])[0]["state"] == "terminated"


def test_do_not_disturb_looks_busy() -> None:
    assert dialogs(watching("dnd 1003 on").bodies[-1])[0]["state"] == "confirmed"


# Asterisk: presence, the honest lamp


@pytest.mark.parametrize(
    ("lines", "basic", "note"),
    [
        ([], "open", "Ready"),
        (["ring 1003 5551234"], "open", "Ringing"),
        (["busy 1003"], "open", "On the phone"),
        (["busy 1003", "ring 1003 5550199"], "open", "Ringing"),
        (["off 1003"], "closed", "Unavailable"),
        (["off 1003", "on 1003"], "open", "Ready"),
    ],
)
def test_presence_tells_whether_the_phone_is_there(lines: list[str], basic: str, note: str) -> None:
    body = ET.fromstring(watching(*lines, event="presence").bodies[-1])  # noqa: S314
    assert body.get("entity") == "sip:1003@192.168.1.10"
    assert body.findtext(f"{PIDF}tuple/{PIDF}status/{PIDF}basic") == basic
    assert body.findtext(f"{PIDF}note") == note


def test_presence_tells_of_a_hint_on_hold() -> None:
    program = watching("busy 1003", "hold 1003", event="presence", tells_holds=True)
    assert "<note>On hold</note>" in program.bodies[-1]


# Messages


def test_waiting_messages_are_counted_and_where_to_hear_them_is_told() -> None:
    program = watching("messages 1003 2 8", event="message-summary")
    assert program.notifies[-1].content_type == "application/simple-message-summary"
    assert program.bodies == [
        "Messages-Waiting: no\r\nMessage-Account: sip:*97@192.168.1.10\r\n"
        "Voice-Message: 0/0 (0/0)\r\n",
        "Messages-Waiting: yes\r\nMessage-Account: sip:*97@192.168.1.10\r\n"
        "Voice-Message: 2/8 (0/0)\r\n",
    ]


# Kamailio: one dialog per real call


def test_two_calls_are_two_dialogs() -> None:
    program = Program(pbx(KAMAILIO))
    program.subscribe()
    program.type("busy 1003 5551234")
    program.type('ring 1003 5550199 "Somebody"')
    first, second = dialogs(program.bodies[-1])
    assert (first["state"], first["remote"]) == (
        "confirmed",
        "sip:5551234@192.168.1.10;transport=udp",
    )
    assert (second["state"], second["direction"]) == ("early", "recipient")
    assert first["call-id"] != second["call-id"]
    assert second["name"] is None


def test_tags_are_told_only_while_early() -> None:
    program = Program(pbx(KAMAILIO))
    program.subscribe()
    program.type("ring 1003 5551234")
    (early,) = dialogs(program.bodies[-1])
    program.type("answer 1003")
    (confirmed,) = dialogs(program.bodies[-1])
    assert {"local-tag", "remote-tag"} <= early.keys()
    assert not {"local-tag", "remote-tag"} & confirmed.keys()
    assert early["call-id"] == confirmed["call-id"]


def test_a_dialled_call_is_trying_with_a_capital_letter() -> None:
    program = Program(pbx(KAMAILIO))
    program.subscribe()
    program.type("dial 1003 5551234")
    program.run(5)
    assert [dialogs(body)[0]["state"] for body in program.bodies[1:]] == [
        "Trying",
        "early",
        "confirmed",
    ]
    assert dialogs(program.bodies[-1])[0]["direction"] == "initiator"


def test_a_finished_call_appears_again() -> None:
    program = Program(pbx(KAMAILIO))
    program.subscribe()
    for line in ("busy 1003 5551234", "hangup 1003", "ring 1003 5550199"):
        program.type(line)
    assert [each["state"] for each in dialogs(program.bodies[-1])] == ["early", "terminated"]


def test_both_ends_of_a_call_in_the_house_get_their_own_document() -> None:
    program = Program(pbx(KAMAILIO))
    program.subscribe("1003")
    program.subscribe("1004", Call_ID="other")
    program.type("ring 1003 1004")
    mine, theirs = (dialogs(body)[0] for body in program.bodies[-2:])
    assert (mine["direction"], theirs["direction"]) == ("recipient", "initiator")
    assert mine["call-id"] == theirs["call-id"]
    assert mine["local-tag"] == theirs["remote-tag"]


def test_a_call_on_hold_stays_confirmed() -> None:
    program = Program(pbx(KAMAILIO))
    program.subscribe()
    program.type("busy 1003")
    told = len(program.bodies)
    program.type("hold 1003")
    assert len(program.bodies) == told
