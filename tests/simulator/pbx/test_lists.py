"""One subscription for many extensions (RFC 4662)."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP

import pytest

from callctrl.simulator.events import TooLong
from callctrl.simulator.pbx import PbxConfig, Place
from callctrl.sip.message import Request
from callctrl.sip.packets import Address

from .peer import CONFIG, PC, Program, pbx


def parts(notify: Request) -> list[Message]:
    """The parts of a multipart body, read by Python's own reader."""
    head = f"Content-Type: {notify.headers.get('Content-Type')}\r\n\r\n".encode()
    message = message_from_bytes(head + notify.body, policy=HTTP)
    assert message.is_multipart()
    return list(message.iter_parts())


def text(part: Message) -> str:
    return part.get_payload(decode=True).decode()  # type: ignore[union-attr]


def office(members: int) -> PbxConfig:
    places = tuple(Place(str(1001 + n), f"Colleague {n}") for n in range(members + 1))
    lamps = tuple(place.number for place in places[1:])
    return replace(CONFIG, places=places, lists=(("lamps", lamps),))


def subscribed(config: PbxConfig = CONFIG, remote: Address = PC) -> Program:
    program = Program(pbx(config), remote=remote)
    response = program.subscribe("lamps", Supported="eventlist")
    assert (response.status, response.headers.get("Require")) == (200, "eventlist")
    return program


def test_a_list_is_told_whole_at_first() -> None:
    (notify,) = subscribed().notifies
    assert notify.headers.get("Require") == "eventlist"
    rlmi, *documents = parts(notify)
    assert rlmi.get_content_type() == "application/rlmi+xml"
    assert 'version="0" fullState="true"' in text(rlmi)
    assert [each.get_content_type() for each in documents] == ["application/dialog-info+xml"] * 3
    for document in documents:
        cid = str(document["Content-ID"]).strip("<>")
        assert f'state="active" cid="{cid}"' in text(rlmi)
    assert 'entity="sip:1002@192.168.1.10"' in text(documents[0])


def test_a_member_that_is_no_extension_has_no_document() -> None:
    rlmi, *_ = parts(subscribed().notifies[0])
    assert '<instance id="1099" state="terminated" reason="noresource" />' in text(rlmi)


def test_part_headers_have_blanks_before_numbers() -> None:
    assert b"\r\nContent-Length:    " in subscribed().notifies[0].body


def test_a_change_is_told_alone() -> None:
    program = subscribed()
    program.type("ring 1003 5551234")
    rlmi, *documents = parts(program.notifies[-1])
    assert 'version="1" fullState="false"' in text(rlmi)
    assert len(documents) == 1
    assert "<state>early</state>" in text(documents[0])
    assert 'version="1"' in text(documents[0])


def test_changes_can_be_gathered() -> None:
    program = subscribed(replace(CONFIG, list_batch=0.2))
    program.type("busy 1003")
    program.type("busy 1004")
    program.run(0.1)
    assert len(program.notifies) == 1
    program.run(0.2)
    assert len(program.notifies) == 2
    assert len(parts(program.notifies[-1])) == 3


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_hundred_members_are_told_and_of_150_nothing(transport: str) -> None:
    """The packet limit of Asterisk: 200 OK, then silence; changes come all the same."""
    remote = PC._replace(transport=transport)
    assert len(parts(subscribed(office(100), remote).notifies[0])) == 101
    program = subscribed(office(150), remote)
    assert program.notifies == []
    assert isinstance(program.events()[-1], TooLong)
    program.type("busy 1003")
    assert len(parts(program.notifies[-1])) == 2


def test_a_list_without_supported_is_not_found() -> None:
    assert Program(pbx()).subscribe("lamps").status == 404


def test_an_unknown_list_is_not_found() -> None:
    assert Program(pbx()).subscribe("lights", Supported="eventlist").status == 404


def test_a_list_of_dialogs_is_none_of_presence() -> None:
    program = Program(pbx())
    assert program.subscribe("lamps", "presence", Supported="eventlist").status == 404


def test_a_server_without_lists_answers_plainly_and_tells_nothing() -> None:
    """As kamailio without its list module: only Require: eventlist proves a list."""
    program = Program(pbx(replace(CONFIG, has_lists=False)))
    response = program.subscribe("lamps", Supported="eventlist")
    assert (response.status, response.headers.get("Require")) == (200, None)
    assert program.bodies == [""]


def test_after_a_restart_the_list_is_counted_anew_and_its_members_go_on() -> None:
    program = subscribed()
    program.type("ring 1003 5551234")
    program.type("restart")
    program.run(5)
    rlmi, *documents = parts(program.notifies[-1])
    assert 'version="0" fullState="true"' in text(rlmi)
    assert 'version="1"' in text(documents[0])
    assert 'version="2"' in text(documents[1])
