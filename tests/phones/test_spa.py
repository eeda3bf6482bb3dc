from __future__ import annotations

import typing
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.calls import (
    NUMBER,
    Answer,
    CallReport,
    CallState,
    Command,
    Dial,
    Direction,
    Divert,
    Feature,
    HangUp,
    Hold,
    No,
    Reason,
    Reject,
    Resume,
    Yes,
)
from callctrl.phones import Phone, StatusError
from callctrl.phones.spa import SpaPhone
from callctrl.sip.headers import Uri
from callctrl.sip.message import parse
from callctrl.texts import one_line

DATA = Path(__file__).parents[1] / "data"
PHONE = SpaPhone()


def captured(name: str) -> bytes:
    return parse((DATA / "captures" / f"{name}.sip").read_bytes()).body


def status(*calls: str) -> bytes:
    return "".join(
        ["<spa-status>\r\n", *(f"{call}\r\n" for call in calls), "</spa-status>\r\n"]
    ).encode()


def reported(call: str) -> CallReport:
    (report,) = PHONE.read_status(status(call))
    return report


def is_a_phone(phone: Phone) -> Phone:
    return phone


def test_the_dialect_says_what_it_speaks() -> None:
    assert is_a_phone(PHONE).event == "x-spa-cti"
    assert PHONE.accepts == ("application/x-spa-status",)
    assert {PHONE.ability(each, None) for each in typing.get_args(Command)} == {Yes()}


def test_what_takes_no_order_is_told_with_the_keys_to_press() -> None:
    """No control is known for these (protocol.md E13)."""
    by_hand = {each: PHONE.ability(each, None) for each in Feature}
    assert by_hand[Feature.TRANSFER] == No(Reason.BY_HAND, ("xfer", NUMBER, "dial", "xfer"))
    assert by_hand[Feature.PARK] == No(Reason.BY_HAND)


# Status


def test_the_captured_statuses_are_read() -> None:
    assert PHONE.read_status(captured("notify-answering")) == [
        CallReport("1", CallState.ANSWERING, "answering", "129", 1, None, None)
    ]
    assert PHONE.read_status(captured("notify-idle")) == [
        CallReport("1", CallState.ENDED, "idle", "135", 1, None, None)
    ]


def test_a_ringing_call_has_name_and_number() -> None:
    """The example of the protocol notes, B.5 no. 9, with its Content-Length of 120."""
    body = status(
        '<call id="1" ref="8" ext="1" state="ringing" name="Anna Lee" uri="5551234@192.168.1.10"/>'
    )
    assert len(body) == 120
    assert PHONE.read_status(body) == [
        CallReport("1", CallState.RINGING, "ringing", "8", 1, "5551234", "Anna Lee")
    ]


STATES = {
    "idle": CallState.ENDED,
    "dialing": CallState.DIALING,
    "calling": CallState.CALLING,
    "proceeding": CallState.PROCEEDING,
    "ringing": CallState.RINGING,
    "answering": CallState.ANSWERING,
    "connected": CallState.CONNECTED,
    "holding": CallState.HOLDING,
    "hold": CallState.HELD,
    "resuming": CallState.RESUMING,
    "invalid": CallState.FAILED,
    "reorder": CallState.FAILED,
}


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title, " {} ".format])
@pytest.mark.parametrize("state", STATES)
def test_a_state_is_known_in_any_case(state: str, spell: typing.Callable[[str], str]) -> None:
    report = reported(f'<call id="1" state="{spell(state)}"/>')
    assert report.state is STATES[state]
    assert report.wire_state == spell(state).strip()


@pytest.mark.parametrize("state", ["onhook", "offhook", "on", "off", "busy", "no service", ""])
def test_a_state_not_known_is_told_as_such(state: str) -> None:
    report = reported(f'<call id="1" state="{state}"/>')
    assert (report.state, report.wire_state) == (CallState.UNKNOWN, state)


def test_a_call_without_state_is_in_no_known_one() -> None:
    assert reported('<call id="2"/>') == CallReport("2", CallState.UNKNOWN)


def test_several_calls_are_told_in_order() -> None:
    reports = PHONE.read_status(
        status('<call id="1" state="hold"/>', '<call id="2" state="ringing"/>')
    )
    assert [(report.id, report.state) for report in reports] == [
        ("1", CallState.HELD),
        ("2", CallState.RINGING),
    ]


def test_a_status_without_calls_tells_nothing() -> None:
    assert PHONE.read_status(b"<spa-status/>") == []


@pytest.mark.parametrize(
    "call",
    [
        '<call state="offhook"/>',
        '<call id="" state="idle"/>',
        '<call id=" "/>',
        f'<call id="{"1" * 257}"/>',
        '<call id="1&#10;Call 2"/>',
        '<call id="1&#x202e;"/>',
    ],
)
def test_a_call_without_id_is_left_aside(call: str) -> None:
    assert PHONE.read_status(status(call, '<call id="3" state="idle"/>')) == [
        CallReport("3", CallState.ENDED, "idle")
    ]


def test_what_is_not_known_is_left_aside() -> None:
    body = status(
        '<hook state="off"/>',
        "<!-- x -->",
        '<call id="1" state="connected"><sub>text</sub></call>',
        "<lamp><led/></lamp>",
    )
    assert PHONE.read_status(body) == [CallReport("1", CallState.CONNECTED, "connected")]


@pytest.mark.parametrize(
    "call",
    [
        '<Call ID="3" REF="8" Ext="2" State="Hold" NAME="Anna" Uri="200@pbx"/>',
        '<CALL id="3" ref="8" EXT="2" STATE="HOLD" name="Anna" uri="200@pbx"/>',
    ],
)
def test_names_are_known_in_any_case(call: str) -> None:
    assert reported(call) == CallReport(
        "3", CallState.HELD, reported(call).wire_state, "8", 2, "200", "Anna"
    )
    assert PHONE.read_status(b"<SPA-Status/>") == []


@pytest.mark.parametrize(
    ("said", "direction"),
    [
        ("in", Direction.INCOMING),
        ("Outgoing", Direction.OUTGOING),
        ("inbound", Direction.INCOMING),
        ("sideways", Direction.UNKNOWN),
        ("", Direction.UNKNOWN),
    ],
)
def test_a_direction_is_read_where_there_is_one(said: str, direction: Direction) -> None:
    """`dir` has no public evidence (protocol.md B.2)."""
    assert reported(f'<call id="1" dir="{said}"/>').direction is direction


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("75", 75.0),
        ("1:15", 75.0),
        ("01:01:15", 3675.0),
        (" 0 ", 0.0),
        ("", None),
        ("-5", None),
        ("1:2:3:4", None),
        ("1::2", None),
        ("9" * 5000, None),
        ("٣", None),
    ],
)
def test_a_duration_is_read_where_there_is_one(duration: str, seconds: float | None) -> None:
    assert reported(f'<call id="1" duration="{duration}"/>').talked == seconds


def test_attributes_not_known_are_kept_up_to_a_few() -> None:
    report = reported('<call id="1" state="hold" type="x &#9;" lamp="red"/>')
    assert report.extra == (("lamp", "red"), ("type", "x"))
    many = " ".join(f'a{number}="{number}"' for number in range(1000))
    assert len(reported(f'<call id="1" {many}/>').extra) == 8


def test_a_name_not_known_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    phone = SpaPhone()
    for _ in range(3):
        phone.read_status(status('<hook state="off"/>', '<call id="1" lamp="red"/>', "<call/>"))
    noted = [record.getMessage() for record in caplog.records]
    assert len(noted) == 3
    for what in ("<hook>", "lamp=", "<call> without id"):
        assert any(what in line for line in noted)


def test_unknown_names_without_end_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    phone = SpaPhone()
    for number in range(1000):
        phone.read_status(status(f"<x{number}/>"))
    assert len(caplog.records) == 32


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("*72%239@192.168.1.10", "*72#9"),
        ("5%0a5%40x@192.168.1.10", "5 5@x"),
        ("50%@192.168.1.10", "50%"),
        ("5551234@192.168.1.10", "5551234"),
        ("5551234", "5551234"),  # SCMP's bug no. 11: the host may be missing
        ("sip:5551234@pbx", "5551234"),
        ("sip:5551234", "5551234"),
        ("SIP:5551234@pbx", "5551234"),
        ("sips:5551234@pbx", "5551234"),
        ("tel:5551234", "5551234"),
        ("*98@pbx", "*98"),
        ("", ""),
        ("@pbx", ""),
    ],
)
def test_the_number_is_the_user_part(uri: str, number: str) -> None:
    assert reported(f'<call id="1" uri="{uri}"/>').number == number


@pytest.mark.parametrize(
    ("ref", "expected"),
    [("129", "129"), ("", None), (" 7 ", "7"), ("9" * 60_000, "9" * 256), ("1&#10;2", "1 2")],
)
def test_a_reference_is_one_short_line(ref: str, expected: str | None) -> None:
    assert reported(f'<call id="1" ref="{ref}"/>').ref == expected


@pytest.mark.parametrize(
    ("ext", "line"),
    [("1", 1), ("12", 12), ("", None), ("x", None), ("-1", None), ("12345", None), ("٣", None)],
)
def test_the_line_is_a_small_number(ext: str, line: int | None) -> None:
    assert reported(f'<call id="1" ext="{ext}"/>').line == line


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", ""),
        ("Anna Lee", "Anna Lee"),
        ("  Anna &#10; Lee\t", "Anna Lee"),
        ("&quot;A&quot; &amp; &lt;B&gt;", '"A" & <B>'),
        ("Jürgen Müller", "Jürgen Müller"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}evil", "evil"),
        ("x" * 4000, "x" * 256),
    ],
)
def test_a_name_is_one_line_fit_to_be_shown(name: str, shown: str) -> None:
    assert reported(f'<call id="1" name="{name}"/>').name == shown


def test_tolerate_latin_1() -> None:
    """The phone's default character set (protocol.md E20)."""
    call = '<call id="1" state="ringing" name="Jürgen Müller" uri="200@pbx"/>'
    for body in (status(call), status(call).decode().encode("latin-1")):
        (report,) = PHONE.read_status(body)
        assert report.name == "Jürgen Müller"


@pytest.mark.parametrize("line_end", [b"\r", b"\n", b""])
def test_line_ends_do_not_matter(line_end: bytes) -> None:
    body = captured("notify-idle").replace(b"\r\n", line_end)
    assert PHONE.read_status(body) == PHONE.read_status(captured("notify-idle"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<spa-status>",
        b"<spa-control><hold/></spa-control>",
        b"not XML",
        b"\xff\xfe\xff",
        b"<!DOCTYPE spa-status><spa-status/>",
        b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><spa-status>&y;</spa-status>',
        b"<spa-status>" * 40 + b"</spa-status>" * 40,
        status(*['<call id="1"/>'] * 10_000),
        status(*['<call id="1"/>'] * 2_001),
        status('<call id="1" state="idle"/>', "<call"),
    ],
)
def test_a_body_that_is_no_status_is_refused_whole(body: bytes) -> None:
    with pytest.raises(StatusError):
        PHONE.read_status(body)


@given(st.binary(max_size=200))
def test_a_status_raises_nothing_but_status_error(data: bytes) -> None:
    for body in (data, b"<spa-status>" + data + b"</spa-status>"):
        try:
            PHONE.read_status(body)
        except StatusError:
            continue


texts = st.text(max_size=300)


@given(texts, texts, texts, texts, texts)
def test_whatever_the_attributes_hold_a_report_is_fit_to_be_shown(
    call_id: str, state: str, name: str, uri: str, ext: str
) -> None:
    element = ElementTree.Element(
        "call", {"id": call_id, "state": state, "name": name, "uri": uri, "ext": ext}
    )
    body = b"<spa-status>" + ElementTree.tostring(element) + b"</spa-status>"
    try:
        reports = PHONE.read_status(body)
    except StatusError:
        return  # a control character, which XML has no place for
    for report in reports:
        assert report.name is not None
        assert report.number is not None
        for text in (report.id, report.wire_state, report.name, report.number):
            assert len(text) <= 256
            assert text == one_line(text, 256)


# Commands


@pytest.mark.parametrize(
    ("command", "element", "length"),
    [
        (Dial("5551234"), '<newcall uri="5551234@$PROXY" call="1"/>', 73),
        (Hold(), "<hold/>", 40),
        (Resume("2"), '<resume call="2"/>', 51),
        (HangUp("2"), '<endcall call="2"/>', 52),
        (Answer("2"), '<answer call="2"/>', 51),
        (Reject("2"), '<reject call="2"/>', 51),
        (Divert("2", "301"), '<reject uri="301@$PROXY" call="2" reason="redir"/>', 83),
    ],
)
def test_a_command_is_the_documented_control_to_the_byte(
    command: Command, element: str, length: int
) -> None:
    """Lengths as in the protocol notes, B.5 no. 10."""
    control = PHONE.write_command(command, "1")
    assert control.event == "x-spa-cti"
    assert control.content_type == "application/x-spa-control"
    assert control.body == f"<spa-control>\r\n{element}\r\n</spa-control>\r\n".encode()
    assert len(control.body) == length


def test_a_new_call_takes_the_free_number() -> None:
    assert b'call="3"/>' in PHONE.write_command(Dial("1"), "3").body


@pytest.mark.parametrize(
    ("number", "uri"),
    [
        ("*72", "*72@$PROXY"),
        ("*66#", "*66%23@$PROXY"),
        ("#31#5551234", "%2331%235551234@$PROXY"),
        ("+442079460958", "+442079460958@$PROXY"),
        ("1-800-FLOWERS", "1-800-FLOWERS@$PROXY"),
        ("anna", "anna@$PROXY"),
        ("50%", "50%25@$PROXY"),
        ("555 1234", "555%201234@$PROXY"),
        ("anna@home", "anna%40home@$PROXY"),
        ("Zoë", "Zo%C3%AB@$PROXY"),
        ("+1-555(12)34", "+1-555(12)34@$PROXY"),
    ],
)
def test_a_number_is_escaped_for_the_uri(number: str, uri: str) -> None:
    """`#` as `%23` (protocol.md E16)."""
    for command in (Dial(number), Divert("2", number)):
        assert f' uri="{uri}" '.encode() in PHONE.write_command(command, "1").body


@pytest.mark.parametrize("number", ["555\x001234", "555\x071234", "555\n1234", "555\ud8001234"])
def test_a_number_that_no_phone_can_dial_is_refused(number: str) -> None:
    """It may come from the clipboard or a tel: link; half a character is a thing Qt has."""
    for command in (Dial(number), Divert("2", number)):
        with pytest.raises(ValueError, match="printable"):
            PHONE.write_command(command, "1")


def test_a_number_without_end_is_refused() -> None:
    """The command line takes what comes, and a datagram does not."""
    for command in (Dial("1" * 257), Divert("2", "1" * 257)):
        with pytest.raises(ValueError, match="256"):
            PHONE.write_command(command, "1")


printable = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=20)
in_xml = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs", "Co", "Cn"]), max_size=20
)


@given(number=printable, call_id=in_xml)
def test_nothing_breaks_out_of_its_attribute(number: str, call_id: str) -> None:
    commands: list[Command] = [
        Dial(number), Answer(call_id), Reject(call_id), Divert(call_id, number), Resume(call_id),
        HangUp(call_id),
    ]  # fmt: skip
    for command in commands:
        body = PHONE.write_command(command, call_id).body
        root = ElementTree.fromstring(body)  # noqa: S314 — our own
        (element,) = root
        assert root.tag == "spa-control"
        assert element.get("call") == call_id
        if isinstance(command, Dial | Divert):
            uri = element.get("uri") or ""
            assert Uri.parse(f"sip:{uri}") == Uri("sip", "$PROXY", number)
