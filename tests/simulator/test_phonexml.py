"""Status bodies and control bodies (protocol.md B.2, B.3)."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from callctrl.simulator import Config
from callctrl.simulator.phonexml import (
    CallState,
    Control,
    ControlError,
    Report,
    read_control,
    write_status,
)

CONFIG = Config(host="192.168.1.10")


@pytest.mark.parametrize(
    ("report", "line", "length"),
    [
        (Report(1, 135, 1, CallState.IDLE), '<call id="1" ref="135" ext="1" state="idle"/>', 76),
        (
            Report(1, 129, 1, CallState.ANSWERING, "Anna Lee", "5551234"),
            '<call id="1" ref="129" ext="1" state="answering"/>',
            81,
        ),
    ],
)
def test_captured_bodies_are_written_byte_for_byte(report: Report, line: str, length: int) -> None:
    body = write_status([report], CONFIG)
    assert body == f"<spa-status>\r\n{line}\r\n</spa-status>\r\n".encode()
    assert len(body) == length


@pytest.mark.parametrize("state", CallState)
def test_only_early_reports_name_the_party(state: CallState) -> None:
    body = write_status([Report(1, 8, 1, state, "Anna Lee", "5551234")], CONFIG)
    early = state in (CallState.CALLING, CallState.PROCEEDING, CallState.RINGING)
    assert (b'name="Anna Lee" uri="5551234@192.168.1.10"' in body) is early


@pytest.mark.parametrize("name", ['Zoë "Z" <O\'Brien> & Söhne', "Łukasz 李", ""])
@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-8"])
def test_any_name_can_be_read_again_with_the_right_character_set(name: str, charset: str) -> None:
    config = Config(charset=charset)
    body = write_status([Report(1, 8, 1, CallState.RINGING, name, "1")], config)
    call = ElementTree.fromstring(body.decode(charset))[0]  # noqa: S314 - our own
    assert call.get("name") == name


def test_default_character_set_is_the_phone_s() -> None:
    body = write_status([Report(1, 8, 1, CallState.RINGING, "Zoë", "1")], CONFIG)
    assert b"Zo\xeb" in body


@pytest.mark.parametrize(
    ("order", "control"),
    [
        ('<newcall uri="5551234@$proxy" call="2" />', Control("newcall", 2, "5551234")),
        ('<newcall uri="*9825@$PROXY"/>', Control("newcall", None, "*9825")),
        ('<newcall uri="%23123@$Proxy" call="1"/>', Control("newcall", 1, "#123")),
        ('<newcall uri="sip:12@10.0.0.1" call="1"/>', Control("newcall", 1, "12")),
        ('<answer call="1"/>', Control("answer", 1)),
        ('<reject call="1"/>', Control("reject", 1)),
        ('<reject uri="301@$PROXY" call="1" reason="redir"/>', Control("reject", 1, "301")),
        ("<hold />", Control("hold")),
        ('<resume call="3"/>', Control("resume", 3)),
        ('<endcall call="4"></endcall>', Control("endcall", 4)),
    ],
)
@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n", ""])
def test_each_order_is_read_whatever_the_line_end(
    order: str, control: Control, line_end: str
) -> None:
    body = f"<spa-control>{line_end}{order}{line_end}</spa-control>{line_end}"
    assert read_control(body.encode()) == [control]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "newcall",
        "<spa-control>",
        "<spa-control/>",
        "<spa-status><hold/></spa-status>",
        '<!DOCTYPE a [<!ENTITY b "c">]><spa-control><hold/></spa-control>',
        '<?xml version="1.0" encoding="utf-7"?><spa-control><bad/></spa-control>',
        "<spa-control><transfer/></spa-control>",
        "<spa-control><answer/></spa-control>",
        '<spa-control><answer call="one"/></spa-control>',
        '<spa-control><answer call="-1"/></spa-control>',
        '<spa-control><answer call="²"/></spa-control>',
        '<spa-control><newcall call="1"/></spa-control>',
        '<spa-control><newcall uri="@$proxy" call="1"/></spa-control>',
        '<spa-control><reject call="1" reason="redir"/></spa-control>',
        "<spa-control><hold/></spa-control>" + " " * 4096,
        "<a>" * 1000,
    ],
)
def test_anything_else_is_refused(body: str) -> None:
    with pytest.raises(ControlError):
        read_control(body.encode())


@pytest.mark.parametrize("body", [b"\xff\xfe<", b"<spa-control>\xe9</spa-control>", b"\0"])
def test_bytes_that_are_no_text_are_refused(body: bytes) -> None:
    with pytest.raises(ControlError):
        read_control(body)
