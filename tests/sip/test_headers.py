from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callctrl.sip import RemoteProtocolError
from callctrl.sip.headers import (
    CSeq,
    NameAddr,
    Parameters,
    Uri,
    Via,
    canonical_name,
    escape_user,
    format_host,
    parse_parameters,
    quote_string,
    split_outside_quotes,
    tag_of,
    unquote_string,
)
from callctrl.sip.message import parse

DATA = Path(__file__).parents[1] / "data"

token = st.text("abcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~", min_size=1, max_size=12)
host = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True) | st.sampled_from(
    ["::1", "2001:db8::9:1", "192.0.2.1", "SPA9000"]
)
parameters = st.dictionaries(token, st.none() | token, max_size=4)
uri = st.builds(
    Uri, st.sampled_from(["sip", "sips"]), host, st.text(), st.none() | st.integers(0, 65535)
)
plausible = st.text('sip:/2.0UDP<>"\\;,=@[] \t%aé1', max_size=60) | st.text(max_size=60)
"""Text that gets further than noise does."""


# Names


@pytest.mark.parametrize(
    ("name", "canonical"),
    [("FROM", "from"), ("f", "from"), ("V", "via"), ("Call-ID", "call-id"), ("X-Own", "x-own")],
)
def test_a_header_name_has_one_canonical_form(name: str, canonical: str) -> None:
    assert canonical_name(name) == canonical


# Quoted strings and lists


@given(st.text())
@example('say "hello"')
@example("back\\slash")
@example("\\")
def test_a_quoted_string_comes_back_as_it_was(text: str) -> None:
    assert unquote_string(quote_string(text)) == text


@pytest.mark.parametrize("text", ["plain", "  plain ", '"', '"open', 'shut"', ""])
def test_what_is_not_quoted_is_only_stripped(text: str) -> None:
    assert unquote_string(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a, b ,c", ["a", "b", "c"]),
        ("a,,b,", ["a", "", "b", ""]),
        ("", [""]),
        ('"a,b",c', ['"a,b"', "c"]),
        ('"a\\",b",c', ['"a\\",b"', "c"]),
        ("<sip:a,b@c>,d", ["<sip:a,b@c>", "d"]),
        ('"x<",y', ['"x<"', "y"]),
        ('"never closed, a', ['"never closed, a']),
    ],
)
def test_a_list_is_split_outside_quotes_and_brackets(text: str, pieces: list[str]) -> None:
    assert split_outside_quotes(text, ",") == pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1;b;c=", {"a": "1", "b": None, "c": ""}),
        (" A = 1 ; tAg = x", {"a": "1", "tag": "x"}),
        ("a=1;A=2", {"a": "1"}),
        (";;,", {",": None}),
        ("=1;a=2", {"a": "2"}),
        ('realm="a;b=c";d', {"realm": "a;b=c", "d": None}),
        ('self;self="1"', {"self": None}),
        ('self="1"', {"self": "1"}),
        ('+sip.instance="<urn:uuid:0-1>";q=1', {"+sip.instance": "<urn:uuid:0-1>", "q": "1"}),
        ('pub-gruu="sip:a@b;gr=1"', {"pub-gruu": "sip:a@b;gr=1"}),
    ],
)
def test_parameters_are_read(text: str, expected: Parameters) -> None:
    assert parse_parameters(text) == expected


# URIs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sip:RECEPTION@192.168.1.50:5060", Uri("sip", "192.168.1.50", "RECEPTION", 5060)),
        ("sip:SPA9000", Uri("sip", "SPA9000")),
        ("SIP:a@my_pbx.lan", Uri("sip", "my_pbx.lan", "a")),
        (
            "sips:a@b;transport=TLS;lr",
            Uri("sips", "b", "a", None, {"transport": "TLS", "lr": None}),
        ),
        ("sip:a:secret@b", Uri("sip", "b", "a")),
        ("sip:a@b?Replaces=1%3Bto-tag%3D2", Uri("sip", "b", "a")),
        ("sip:0616*004@pbx5.example.net", Uri("sip", "pbx5.example.net", "0616*004")),
        ("sip:desk;par=u%40x@b", Uri("sip", "b", "desk;par=u@x")),
        ("sip:a%3Ab@c", Uri("sip", "c", "a:b")),
        ("sip:[2001:db8::1]:5070", Uri("sip", "2001:db8::1", "", 5070)),
        ("sip:a@[::1];lr", Uri("sip", "::1", "a", None, {"lr": None})),
        ("tel:+15551234;ext=1", Uri("tel", "+15551234;ext=1")),
        ("soap.beep://h", Uri("soap.beep", "//h")),
    ],
)
def test_a_uri_is_taken_apart(text: str, expected: Uri) -> None:
    assert Uri.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a@b",
        "sip",
        "sip:",
        "sip:a@",
        "sip:a@:5060",
        "sip:[::1",
        "sip:a@b:x",
        "sip:b:65536",
        "sip:a@b:+5",
        "sip:a@b:1_0",
        "sip:a@b:٣",
        "1:2",
        "+1:2",
        "a_b:c",
        "\u017fip:a@b",
    ],
)
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        Uri.parse(text)


@given(uri, parameters)
def test_a_uri_that_is_written_reads_the_same(bare: Uri, extra: Parameters) -> None:
    written = Uri(bare.scheme, bare.host, bare.user, bare.port, extra)
    assert Uri.parse(str(written)) == written


@pytest.mark.parametrize(
    ("user", "escaped"),
    [("FRONT DESK", "FRONT%20DESK"), ("*98#", "*98%23"), ("a@b:c", "a%40b%3Ac")],
)
def test_a_user_part_is_escaped_where_it_must_be(user: str, escaped: str) -> None:
    assert escape_user(user) == escaped
    assert Uri.parse(f"sip:{escaped}@h").user == user


@pytest.mark.parametrize(("user", "escaped"), [("5\udcff", "5%ED%B3%BF"), ("\ud83d", "%ED%A0%BD")])
def test_octets_that_are_no_text_are_escaped_too(user: str, escaped: str) -> None:
    assert escape_user(user) == escaped


def test_only_ipv6_addresses_are_put_in_brackets() -> None:
    assert [format_host(host) for host in ("::1", "[::1]", "10.0.0.1", "pbx")] == [
        "[::1]",
        "[::1]",
        "10.0.0.1",
        "pbx",
    ]


# Addresses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sip:a@b;tag=1", NameAddr("sip:a@b", "", {"tag": "1"})),
        ("<sip:a@b;lr>;tag=1", NameAddr("sip:a@b;lr", "", {"tag": "1"})),
        ("sip:a@b;expires=60", NameAddr("sip:a@b", "", {"expires": "60"})),
        ('"User-A" <sip:a@b>', NameAddr("sip:a@b", "User-A")),
        ("PBX Line 1 <sip:a@b>;tag=5o2", NameAddr("sip:a@b", "PBX Line 1", {"tag": "5o2"})),
        ('"Lee, <Anna>" <sip:a@b>', NameAddr("sip:a@b", "Lee, <Anna>")),
        ('"a \\"b\\""<sip:a@b> ; tag = 7', NameAddr("sip:a@b", 'a "b"', {"tag": "7"})),
        ("<sip:a@b?Replaces=1>", NameAddr("sip:a@b?Replaces=1")),
        ("< sip:a@b >", NameAddr("sip:a@b")),
        ("isbn:2983792873", NameAddr("isbn:2983792873")),
        ('<sip:a@b>;x=">"', NameAddr("sip:a@b", "", {"x": ">"})),
        ('sip:a@b;x="<"', NameAddr("sip:a@b", "", {"x": "<"})),
    ],
)
def test_an_address_is_taken_apart(text: str, expected: NameAddr) -> None:
    assert NameAddr.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";tag=1",
        "<>",
        "< >;tag=1",
        '"a" <sip:a@b',
        "   ",
        '"Front Desk <sip:frontdesk@192.0.2.10>;tag=1',  # RFC 4475 section 3.1.2.6
        '"Front; Desk\\" <sip:frontdesk@192.0.2.10>;tag=1',
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        NameAddr.parse(text)


def test_the_tag_is_none_where_there_is_none() -> None:
    assert NameAddr.parse("<sip:a@b>").tag is None


def test_an_address_is_written_as_the_documented_program_does() -> None:
    assert str(NameAddr("sip:a@b", parameters={"tag": "1", "x": None})) == "sip:a@b;tag=1;x"
    assert str(NameAddr("sip:a@b;lr", parameters={"tag": "1"})) == "<sip:a@b;lr>;tag=1"
    assert str(NameAddr("sip:a@b", 'A "B"')) == '"A \\"B\\"" <sip:a@b>'


@given(uri, st.text(), parameters)
def test_an_address_that_is_written_reads_the_same(
    address: Uri, name: str, extra: Parameters
) -> None:
    written = NameAddr(str(address), name, extra)
    assert NameAddr.parse(str(written)) == written


@pytest.mark.parametrize("value", ["x;tag=2", "", "a b", '"', "a,b", "<a>"])
def test_a_parameter_that_would_read_differently_is_quoted(value: str) -> None:
    address = NameAddr("sip:a@b", parameters={"tag": "1", "note": value})
    assert str(address) == f"sip:a@b;tag=1;note={quote_string(value)}"
    assert NameAddr.parse(str(address)) == address


nearly_addresses = st.lists(
    st.sampled_from(['"', "<", ">", ";", "tag=", "TAG", "=", "\\", ",", " ", "sip:a@b", "x"]),
    max_size=14,
).map("".join)


@given(nearly_addresses | plausible)
@example('"A > B" <sip:a@b>;tag=1')
@example('"\\"<" <sip:a@b>;tag=1')
@example("<sip:a@b>;tag=<1>")
@example("<sip:a@b>;tag")
@example("sip:a@b tag=1>;tag=2")
@example("<>;tag=1")
@example("<sip:a@b;tag=1")
@example('"a<b"sip:c>;tag=1')
def test_the_tag_alone_is_the_tag_of_the_address(text: str) -> None:
    try:
        address = NameAddr.parse(text)
    except RemoteProtocolError:
        with pytest.raises(RemoteProtocolError):
            tag_of(text)
    else:
        assert tag_of(text) == address.tag


@pytest.mark.parametrize("tag", ["a=b", "x/y", "@1", "ef768b8611d9b415o0"])
def test_a_peers_tag_goes_back_as_it_came(tag: str) -> None:
    assert str(NameAddr.parse(f"sip:a@b;tag={tag}")) == f"sip:a@b;tag={tag}"


def test_tolerate_missing_semicolon_before_tag() -> None:
    challenge = parse((DATA / "seed" / "2-challenge.txt").read_bytes())
    assert challenge.headers.get("From") == ("sip:COMPUTER-NAME@COMPUTER-IP-ADDRESS tag=1511064382")
    assert challenge.from_ == NameAddr(
        "sip:COMPUTER-NAME@COMPUTER-IP-ADDRESS", parameters={"tag": "1511064382"}
    )


def test_a_semicolon_missing_before_the_tag_leaves_further_parameters_readable() -> None:
    assert NameAddr.parse("sip:a@b  TAG=1;x=2").parameters == {"tag": "1", "x": "2"}


# Via and CSeq


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SIP/2.0/UDP a:5060;branch=z9hG4bK1", Via("a", 5060, "UDP", {"branch": "z9hG4bK1"})),
        ("sip/2.0/udp a", Via("a")),
        ("SIP/2.0/TCP a : 5060 ;rport", Via("a", 5060, "TCP", {"rport": None})),
        ("SIP/2.0/UDP [2001:db8::1]:6060", Via("2001:db8::1", 6060)),
        ("SIP/2.0/UDP [2001:db8::1]", Via("2001:db8::1")),
        ("SIP/2.0/UDP a;received=2001:db8::9", Via("a", parameters={"received": "2001:db8::9"})),
        ("SIP/2.0/UDP a, SIP/2.0/UDP b", Via("a")),
        ('SIP/2.0/UDP a;x="1,2", SIP/2.0/UDP b', Via("a", parameters={"x": "1,2"})),
    ],
)
def test_a_via_is_taken_apart(text: str, expected: Via) -> None:
    assert Via.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0 a",
        "SIP/1.0/UDP a",
        "SIP/2.0/ a",
        "HTTP/1.1/UDP a",
        "a:5060",
        "SIP/2.0/UDP :5060",
        "SIP/2.0/UDP a:99999",
        "SIP/2.0/UDP a:-1",
        "SIP/2.0/UDP [::1",
    ],
)
def test_what_is_no_via_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        Via.parse(text)


@given(host, st.none() | st.integers(0, 65535), parameters)
def test_a_via_that_is_written_reads_the_same(
    sent_by: str, port: int | None, extra: Parameters
) -> None:
    via = Via(sent_by, port, "UDP", extra)
    assert Via.parse(str(via)) == via


@pytest.mark.parametrize(
    "text",
    [
        "SIP / 2.0 / UDP first.example.com: 4000;branch=z9hG4bKa",  # RFC 4475 section 3.1.1.1
        "SIP  / 2.0   /UDP      first.example.com : 4000;branch= z9hG4bKa",
        "SIP/2.0/UDP\tfirst.example.com:4000 ; branch=z9hG4bKa",
    ],
)
def test_tolerate_spaces_around_slashes(text: str) -> None:
    assert Via.parse(text) == Via("first.example.com", 4000, "UDP", {"branch": "z9hG4bKa"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 REGISTER", CSeq(1, "REGISTER")),
        ("0009\t NOTIFY", CSeq(9, "NOTIFY")),
        ("4294967295 X", CSeq(2**32 - 1, "X")),
    ],
)
def test_a_cseq_is_taken_apart(text: str, expected: CSeq) -> None:
    assert CSeq.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "1", "NOTIFY", "NOTIFY 1", "1 2 NOTIFY", "-1 NOTIFY", "4294967296 X", "1_0 X"]
)
def test_what_is_no_cseq_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        CSeq.parse(text)


def test_a_cseq_is_written_as_number_and_method() -> None:
    assert str(CSeq(13466, "NOTIFY")) == "13466 NOTIFY"


# Whatever comes


@pytest.mark.parametrize(
    "read", [Uri.parse, NameAddr.parse, Via.parse, CSeq.parse, parse_parameters, unquote_string]
)
@given(text=plausible)
def test_a_parser_raises_nothing_but_remote_protocol_error(
    read: Callable[[str], object], text: str
) -> None:
    try:
        found = read(text)
    except RemoteProtocolError:
        return
    if not isinstance(found, dict):
        str(found)
