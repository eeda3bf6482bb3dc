"""Lists of resources in one body: RFC 4662, RFC 2387, and what Asterisk makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.eventpackages import UnreadableBodyError
from callctrl.eventpackages.dialoginfo import DialogState, read_dialog_info
from callctrl.eventpackages.resourcelist import Member, ResourceList, read_resource_list
from callctrl.sip.message import parse

DATA = Path(__file__).parents[1] / "data"
RLMI = "application/rlmi+xml"
DIALOG_INFO = "application/dialog-info+xml"
TYPE = f'multipart/related;type="{RLMI}";boundary=gc0p4'


def rlmi(*resources: str, version: int = 0, is_full: bool = True) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<list xmlns="urn:ietf:params:xml:ns:rlmi" uri="sip:lamps@192.168.1.10"'
        f' version="{version}" fullState="{str(is_full).lower()}">\n'
        f"{''.join(resources)}</list>\n"
    )


def resource(who: str, *instances: str) -> str:
    return (
        f' <resource uri="sip:{who}@192.168.1.10">\n  <name>{who}</name>\n'
        f"{''.join(instances)} </resource>\n"
    )


def instance(cid: str = "", state: str = "active", reason: str = "") -> str:
    cid = f' cid="{cid}"' if cid else ""
    reason = f' reason="{reason}"' if reason else ""
    return f'  <instance id="1" state="{state}"{cid}{reason} />\n'


def dialog_info(who: str, state: str = "terminated") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full"'
        f' entity="sip:{who}@192.168.1.10">\n'
        f' <dialog id="{who}">\n  <state>{state}</state>\n </dialog>\n</dialog-info>\n'
    )


def part(content: str, content_type: str = DIALOG_INFO, content_id: str = "") -> str:
    """A part as Asterisk writes it, with blanks before the length."""
    content_id = f"Content-ID: <{content_id}>\r\n" if content_id else ""
    return (
        f"Content-Type: {content_type}\r\n{content_id}"
        f"Content-Length:   {len(content.encode())}\r\n\r\n{content}"
    )


def multipart(*parts: str, boundary: str = "gc0p4") -> bytes:
    """A body as Asterisk writes it: before the first boundary stands an empty line."""
    pieces = "".join(f"\r\n--{boundary}\r\n{each}" for each in parts)
    return f"{pieces}\r\n--{boundary}--\r\n".encode()


def read(*parts: str) -> tuple[Member, ...]:
    return read_resource_list(TYPE, multipart(*parts)).members


THREE = multipart(
    part(
        rlmi(*(resource(who, instance(f"{who}@h")) for who in ("2001", "2002", "2003")), version=4),
        RLMI,
        "list@h",
    ),
    part(dialog_info("2001"), content_id="2001@h"),
    part(dialog_info("2003", "early"), content_id="2003@h"),
    part(dialog_info("2002", "confirmed"), content_id="2002@h"),
)


def captured(name: str) -> ResourceList:
    message = parse((DATA / "captures" / f"{name}.sip").read_bytes())
    return read_resource_list(message.headers.only("Content-Type"), message.body)


def test_the_captured_lists_of_kamailio_are_read() -> None:
    """Its first one names the members and tells nothing of them."""
    first = captured("kamailio-list-first")
    members = tuple(Member(f"sip:{who}@pbx.test") for who in ("1002", "1003", "1004"))
    assert first == ResourceList("sip:colleagues@pbx.test", True, 1, members)
    later = captured("kamailio-list")
    assert (later.is_full, later.version) == (False, 4)
    reports = [read_dialog_info(each.body) for each in later.members]
    assert [each.entity for each in reports] == [each.uri for each in later.members]
    assert [len(each.dialogs) for each in reports] == [1, 2]


def test_a_list_of_asterisk_is_read_with_the_report_of_each() -> None:
    found = read_resource_list(TYPE, THREE)
    assert (found.uri, found.is_full, found.version) == ("sip:lamps@192.168.1.10", True, 4)
    assert [each.uri for each in found.members] == [
        f"sip:{who}@192.168.1.10" for who in ("2001", "2002", "2003")
    ]
    assert {(each.state, each.content_type) for each in found.members} == {("active", DIALOG_INFO)}
    states = [read_dialog_info(each.body).dialogs[0].state for each in found.members]
    assert states == [DialogState.TERMINATED, DialogState.CONFIRMED, DialogState.EARLY]


def test_a_change_is_told_alone() -> None:
    body = multipart(
        part(rlmi(resource("2001", instance("1@h")), version=5, is_full=False), RLMI),
        part(dialog_info("2001"), content_id="1@h"),
    )
    found = read_resource_list(TYPE, body)
    assert not found.is_full
    assert [each.body for each in found.members] == [dialog_info("2001").encode()]


def test_a_resource_may_have_no_report_yet_or_no_more() -> None:
    """RFC 4662 section 5.3: a cid is not told of one that has nothing to say."""
    members = read(
        part(
            rlmi(
                resource("2001"),
                resource("2002", instance(state="pending")),
                resource("2003", instance(state="Terminated", reason="noresource")),
            ),
            RLMI,
        )
    )
    assert members == (
        Member("sip:2001@192.168.1.10"),
        Member("sip:2002@192.168.1.10", "pending"),
        Member("sip:2003@192.168.1.10", "terminated", "noresource"),
    )


def test_each_instance_of_a_resource_is_told() -> None:
    members = read(
        part(rlmi(resource("2001", instance("a@h"), instance("b@h"))), RLMI),
        part("A", "text/plain", "a@h"),
        part("B", "text/plain", "b@h"),
    )
    assert [each.body for each in members] == [b"A", b"B"]
    assert {each.uri for each in members} == {"sip:2001@192.168.1.10"}


def test_a_list_may_be_empty() -> None:
    assert read_resource_list(TYPE, multipart(part(rlmi(), RLMI))) == ResourceList(
        "sip:lamps@192.168.1.10", True, 0, ()
    )


def test_the_members_of_a_list_in_the_list_are_told_in_its_place() -> None:
    inner = multipart(
        part(rlmi(resource("2002", instance("x@h"))), RLMI),
        part("X", "text/plain", "x@h"),
        boundary="gc0p4-2",
    ).decode()
    members = read(
        part(rlmi(resource("2001"), resource("floor2", instance("i@h"))), RLMI),
        part(inner, f'Multipart/Related;type="{RLMI}";boundary="gc0p4-2"', "i@h"),
    )
    assert members == (
        Member("sip:2001@192.168.1.10"),
        Member("sip:2002@192.168.1.10", "active", "", "text/plain", b"X"),
    )


def test_lists_in_lists_have_an_end() -> None:
    """What is too deep is left as it came."""
    parts = [part(rlmi(resource("2001")), RLMI)]
    for level in range(1, 6):
        inner = multipart(*parts, boundary=f"b{level}").decode()
        parts = [
            part(rlmi(resource(f"list{level}", instance("i@h"))), RLMI),
            part(inner, f"multipart/related;boundary=b{level}", "i@h"),
        ]
    (member,) = read(*parts)
    assert member.uri == "sip:list3@192.168.1.10"
    assert member.content_type == "multipart/related"
    assert member.body


def test_a_broken_list_in_the_list_has_no_report() -> None:
    members = read(
        part(rlmi(resource("floor2", instance("i@h"))), RLMI),
        part("nothing", "multipart/related;boundary=x", "i@h"),
    )
    assert members == (Member("sip:floor2@192.168.1.10", "active"),)


# How bodies are cut into parts


@pytest.mark.parametrize(
    "content_type",
    [
        'Multipart/Related; boundary="gc0p4"',
        'multipart/related;start="<list@h>";type="application/rlmi+xml"; BOUNDARY=gc0p4 ;x=y',
        "multipart/related;start=unknown;boundary=gc0p4",
        "multipart/mixed;boundary=gc0p4",
    ],
)
def test_the_type_may_be_spelt_differently(content_type: str) -> None:
    assert len(read_resource_list(content_type, THREE).members) == 3


def test_the_list_need_not_come_first() -> None:
    """RFC 2387 section 3.2: `start` names it."""
    body = multipart(
        part(rlmi(resource("wrong")), RLMI), part(rlmi(resource("right")), "x/y", "a@h")
    )
    (member,) = read_resource_list(f'{TYPE};start="<a@h>"', body).members
    assert member.uri == "sip:right@192.168.1.10"


def test_line_ends_and_words_around_do_not_matter() -> None:
    """RFC 2046 section 5.1.1: what stands before the first and behind the last is no part."""
    body = b"words\r\n" + THREE.replace(b"--gc0p4\r\n", b"--gc0p4 \t\r\n") + b"--gc0p4\r\nwords"
    found = read_resource_list(TYPE, THREE)
    assert read_resource_list(TYPE, body) == found
    assert read_resource_list(TYPE, THREE.lstrip()) == found
    assert read_resource_list(TYPE, THREE.replace(b"\r\n", b"\n")) == found
    assert (
        read_resource_list(TYPE, THREE[: THREE.rindex(b"--gc0p4--")].rstrip()).members[0]
        == (found.members[0])
    )


def test_a_line_that_only_begins_like_a_boundary_is_part_of_a_report() -> None:
    text = "--gc0p4-no\r\nx --gc0p4\r\n--gc0p4x"
    (member,) = read(
        part(rlmi(resource("1", instance("a@h"))), RLMI), part(text, "text/plain", "a@h")
    )
    assert member.body.decode() == text


def test_a_part_may_lack_its_head_or_its_body() -> None:
    members = read(
        "\r\nno head",
        "",
        "Content-ID: <a@h>",
        part(rlmi(resource("1", instance("a@h")), resource("2", instance("b@h"))), RLMI),
    )
    assert [each.body for each in members] == [b"", b""]


@pytest.mark.parametrize("cid", ["a@h", "<a@h>", "cid:a@h"])
def test_a_report_is_found_however_its_content_id_is_spelt(cid: str) -> None:
    spelt = cid.replace("<", "&lt;").replace(">", "&gt;")
    (member,) = read(part(rlmi(resource("1", instance(spelt))), RLMI), part("A", "x/y", "a@h"))
    assert member.body == b"A"


def test_a_report_belongs_to_one_resource_alone() -> None:
    """Else a short list could have a long report read a thousand times."""
    members = read(
        part(rlmi(*(resource(who, instance("a@h")) for who in "12")), RLMI),
        part("A", "x/y", "a@h"),
        part("B", "x/y", "a@h"),
    )
    assert [each.body for each in members] == [b"A", b""]


def test_a_report_in_an_encoding_of_mail_is_not_read() -> None:
    encoded = part("QQ==", "x/y", "a@h").replace(
        "Content-ID", "Content-Transfer-Encoding: base64\r\nContent-ID"
    )
    (member,) = read(part(rlmi(resource("1", instance("a@h"))), RLMI), encoded)
    assert member.body == b""


# Bodies that are none


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        DIALOG_INFO,
        "multipart/related",
        "multipart/related;boundary",
        'multipart/related;boundary=""',
        f"multipart/related;boundary={'x' * 71}",
        "multipart/related;boundary=another",
        "multipart/related;boundary=\ud800",
        "related;boundary=gc0p4",
    ],
)
def test_a_type_that_tells_of_no_parts_is_refused(content_type: str) -> None:
    with pytest.raises(UnreadableBodyError):
        read_resource_list(content_type, THREE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"--gc0p4",
        b"--gc0p4--",
        b"--gc0p4--\r\n" + THREE,
        multipart(),
        multipart("", ""),
        multipart(part(dialog_info("2001"))),
        multipart(part("", RLMI)),
        multipart(part("<lists/>", RLMI)),
        multipart(part("<list>", RLMI)),
        multipart(part("<!DOCTYPE list><list/>", RLMI)),
        THREE[:200],
    ],
)
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_resource_list(TYPE, body)


def test_the_number_of_parts_is_limited() -> None:
    many = [part("x", "x/y")] * 1_999
    assert read(*many, part(rlmi(resource("1")), RLMI))
    with pytest.raises(UnreadableBodyError):
        read(*many, part("x", "x/y"), part(rlmi(resource("1")), RLMI))


# Any bytes

_LINES = ["--b", "--b--", "--b2", "Content-ID: <a>", "Content-Type: application/rlmi+xml", "x"]
_LIST = ["<list>", "</list>", "<resource uri='u'>", "</resource>", "<instance cid='a'/>", "\r\n"]
LINES = st.sampled_from([*_LINES, *_LIST, "", "Content-Type: multipart/x;boundary=b2"])


@given(st.binary(max_size=200) | st.lists(LINES, max_size=30).map("\r\n".join).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        found = read_resource_list("multipart/related;boundary=b", body)
    except UnreadableBodyError:
        return
    assert sum(len(each.body) for each in found.members) <= len(body)


@given(st.text(max_size=80) | st.text(max_size=40).map("multipart/related;boundary=".__add__))
def test_any_type_is_read_or_refused(content_type: str) -> None:
    try:
        found = read_resource_list(content_type, THREE)
    except UnreadableBodyError:
        return
    assert len(found.members) == 3


@given(
    st.lists(
        st.binary(max_size=60).filter(lambda data: b"\n--b" not in data and data[:3] != b"--b"),
        max_size=6,
    )
)
def test_reports_come_out_as_they_went_in(bodies: list[bytes]) -> None:
    listed = rlmi(*(resource(str(number), instance(f"{number}")) for number in range(len(bodies))))
    body = b"--b\r\nContent-Type: application/rlmi+xml\r\n\r\n" + listed.encode()
    for number, each in enumerate(bodies):
        body += b"\r\n--b\r\nContent-ID: %d\r\n\r\n" % number + each
    found = read_resource_list("multipart/related;boundary=b", body + b"\r\n--b--")
    assert [each.body for each in found.members] == bodies
