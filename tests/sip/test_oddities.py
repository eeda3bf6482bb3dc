"""What other SIP libraries stumble over: every line of that list has its test here.

RFC 3261 sections 7, 19, 20 and 25. A message reads as it was meant, and is written as it was read.
"""

from __future__ import annotations

import pytest

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.headers import NameAddr, Uri, Via, parse_parameters, split_outside_quotes
from callctrl.sip.message import MAX_HEADER_LINES, Request, Response, parse
from callctrl.sip.packets import Address
from callctrl.sip.transactionlayer import TransactionLayer

HEAD = (
    "NOTIFY sip:a@b SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.10:6060;branch=z9hG4bK1\r\n"
    "From: <sip:a@b>;tag=1\r\n"
    "To: <sip:c@d>;tag=2\r\n"
    "Call-ID: 1\r\n"
    "CSeq: 1 NOTIFY\r\n"
)


def with_fields(*fields: str, body: bytes = b"") -> bytes:
    """A NOTIFY with further header fields."""
    return (HEAD + "".join(f"{field}\r\n" for field in fields) + "\r\n").encode() + body


def value_of(field: str) -> str | None:
    """What is read of one header field."""
    message = parse(with_fields(field))
    assert len(message.headers) == 6
    return list(message.headers)[-1][1]


@pytest.mark.parametrize("host", ["SPA9000", "pbx1", "my_pbx.lan", "_sip.pbx_2", "a.b.", "1"])
def test_a_host_of_one_label_or_with_underscores_is_a_host(host: str) -> None:
    assert Uri.parse(f"sip:200@{host}:6060") == Uri("sip", host, "200", 6060)
    assert Via.parse(f"SIP/2.0/UDP {host}:6060").host == host


def test_scheme_and_version_may_be_in_any_case() -> None:
    """RFC 3261 sections 7.1 and 19.1.1."""
    message = parse(with_fields().replace(b"sip:a@b SIP/2.0", b"SIP:a@b sip/2.0", 1))
    assert isinstance(message, Request)
    assert (message.target, message.uri) == (Uri("sip", "b", "a"), "SIP:a@b")
    answer = parse(b"sip/2.0 200 OK\r\n\r\n")
    assert isinstance(answer, Response)
    assert answer.status == 200


@pytest.mark.parametrize("before", [b"\r\n", b"\r\n\r\n", b"\n", b"\r\n" * 100])
def test_line_ends_before_the_start_line_are_skipped(before: bytes) -> None:
    """RFC 3261 section 7.5; keep-alives are sent so (RFC 5626 section 3.5.1)."""
    assert parse(before + with_fields(body=b"x")).body == b"x"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Subject: one\r\n two", "one two"),
        ("Subject: one\r\n\ttwo: with a colon", "one two: with a colon"),
        ("Subject:\r\n one\r\n   two  \r\n three", "one two three"),
        ("Subject: one\r\n ", "one"),
    ],
)
def test_a_folded_field_is_one_line(field: str, value: str) -> None:
    """RFC 3261 section 7.3.1."""
    assert value_of(field) == value


@pytest.mark.parametrize(
    ("compact", "name", "value"),
    [
        ("c", "Content-Type", "text/plain"),
        ("e", "Content-Encoding", "gzip"),
        ("k", "Supported", "gruu"),
        ("l", "Content-Length", "0"),
        ("m", "Contact", "<sip:a@b>"),
        ("o", "Event", "x-spa-cti"),
        ("r", "Refer-To", "<sip:a@b>"),
        ("s", "Subject", "x"),
        ("u", "Allow-Events", "talk"),
    ],
)
def test_a_compact_name_is_the_long_one_and_is_written_as_it_came(
    compact: str, name: str, value: str
) -> None:
    """RFC 3261 sections 7.3.3 and 20, RFC 6665 section 8.2.1, RFC 3515 section 2.1."""
    data = with_fields(f"{compact}: {value}")
    message = parse(data)
    assert message.headers.get(name) == value
    assert f"\r\n{compact}: {value}\r\n".encode() in message.to_bytes()


@pytest.mark.parametrize("colon", [" :", "\t: ", "   :\t ", ":"])
def test_blanks_may_stand_round_the_colon(colon: str) -> None:
    """RFC 3261 section 25.1: HCOLON."""
    assert parse(with_fields(f"Event{colon}x-spa-cti")).headers.get("event") == "x-spa-cti"


def test_a_comma_in_quotes_parts_nothing() -> None:
    """RFC 3261 section 20.7: a realm, and `qop` with two values."""
    challenge = 'Digest realm="Lee, Anna", qop="auth,auth-int", nonce="a\\",b",'
    assert split_outside_quotes(challenge, ",") == [
        'Digest realm="Lee, Anna"',
        'qop="auth,auth-int"',
        'nonce="a\\",b"',
        "",
    ]


def test_two_quoted_names_in_one_contact_are_two_addresses() -> None:
    """RFC 3261 section 20.10."""
    message = parse(with_fields('Contact: "Lee, A" <sip:a@b>;q=1, "Ek, \\"B\\"" <sip:c@d>'))
    assert message.contacts == [
        NameAddr("sip:a@b", "Lee, A", {"q": "1"}),
        NameAddr("sip:c@d", 'Ek, "B"'),
    ]


REPLACES = "sip:a@b?Replaces=1%40c%3Bto-tag%3D2%3Bfrom-tag%3D3&Require=replaces"


@pytest.mark.parametrize("name", ["Refer-To", "Contact", "r", "m"])
def test_headers_inside_a_uri_stay_as_they_stand(name: str) -> None:
    """RFC 3261 section 19.1.1, RFC 3891 section 6.1: an attended transfer."""
    data = with_fields(f"{name}: <{REPLACES}>", "Content-Length: 0")
    message = parse(data)
    assert NameAddr.parse(list(message.headers)[-2][1]).uri == REPLACES
    assert Uri.parse(REPLACES) == Uri("sip", "b", "a")
    assert message.to_bytes() == data


def test_a_star_is_a_contact_that_names_nobody() -> None:
    """RFC 3261 section 20.10."""
    data = with_fields("Contact: *", "Expires: 0", "Content-Length: 0")
    message = parse(data)
    assert (message.headers.get("Contact"), message.contacts) == ("*", [])
    assert message.to_bytes() == data


def test_an_instance_and_a_gruu_are_read_and_keep_their_spelling() -> None:
    """RFC 5626 section 4.1, RFC 5627 section 5.3."""
    data = with_fields(
        'Contact: <sip:a@b>;+sip.instance="<urn:uuid:0-1>";pub-gruu="sip:a@b;gr=1";expires=60',
        "Content-Length: 0",
    )
    message = parse(data)
    (contact,) = message.contacts
    assert contact.parameters == {
        "+sip.instance": "<urn:uuid:0-1>",
        "pub-gruu": "sip:a@b;gr=1",
        "expires": "60",
    }
    assert NameAddr.parse(str(contact)) == contact
    assert message.to_bytes() == data


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        (";lr", "lr", None),
        (";LR", "lr", None),
        (";self=1", "self", "1"),
        (';self="1"', "self", "1"),
        (";cls;self=1", "self", "1"),
        (";lr=", "lr", ""),
        (" ; lr = on ", "lr", "on"),
    ],
)
def test_a_parameter_may_have_any_name_and_no_value(
    text: str, name: str, value: str | None
) -> None:
    """RFC 3261 section 25.1: generic-param."""
    parameters = parse_parameters(text)
    assert name in parameters
    assert parameters[name] == value


def test_a_name_in_latin_1_is_read_and_answered_in_its_own_bytes() -> None:
    """No UTF-8, which RFC 3261 section 7 wants, but what SPA phones send."""
    data = with_fields('Subject: "M\xfcller"', "Content-Length: 0").decode().encode("latin-1")
    message = parse(data)
    assert message.headers.get("Subject") == '"Müller"'
    assert message.to_bytes() == data


@pytest.mark.parametrize("blank", ["\xa0", "\x85", "\u2028", "\x0b", "\x1c"])
def test_a_blank_of_unicode_belongs_to_the_value(blank: str) -> None:
    """RFC 3261 section 25.1: white space is a blank or a tab, nothing else."""
    assert value_of(f"Subject: {blank}x{blank}") == f"{blank}x{blank}"


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (("Content-Length: 3",), b"abc"),
        (("Content-Length: 2",), b"ab"),
        (("l: 0",), b""),
        ((), b"abc"),
        (("Content-Length: 3", "l: 03"), b"abc"),
    ],
)
def test_content_length_ends_the_body(fields: tuple[str, ...], body: bytes) -> None:
    """RFC 3261 section 18.3: what follows is left aside; without one, the datagram ends it."""
    assert parse(with_fields(*fields, body=b"abc")).body == body


@pytest.mark.parametrize(
    "fields",
    [
        ("Content-Length: 4",),
        ("Content-Length: 1_0",),
        ("Content-Length: -1",),
        ("Content-Length: +3",),
        ("Content-Length: 3.0",),
        ("Content-Length: 0x3",),
        ("Content-Length: three",),
        ("Content-Length:",),
        ("Content-Length: 3, 3",),
        ("Content-Length: 3", "Content-Length: 2"),
        ("l: 3", "Content-Length: x"),
    ],
)
def test_a_content_length_that_cannot_be_right_deserves_400(fields: tuple[str, ...]) -> None:
    """RFC 3261 section 18.3, RFC 4475 sections 3.1.2.2, 3.1.2.3 and 3.3.9."""
    with pytest.raises(RemoteProtocolError) as caught:
        parse(with_fields(*fields, body=b"abcdefghij"[:3]))
    assert caught.value.status == 400
    assert len(caught.value.fields) == 5 + len(fields)


@pytest.mark.parametrize(
    "text",
    [
        "SIP/2.0/UDP [2001:db8::1]:5060;received=2001:db8::9",
        "SIP/2.0/UDP [2001:db8::1]:5060;received=[2001:db8::9]",
        "SIP/2.0/UDP [2001:db8::1] : 5060 ; received = 2001:db8::9",
        'SIP/2.0/UDP [2001:db8::1]:5060;received="2001:db8::9"',
    ],
)
def test_an_ipv6_address_in_received_may_stand_in_brackets(text: str) -> None:
    """RFC 5118 section 4.5."""
    via = Via.parse(text)
    assert (via.host, via.port) == ("2001:db8::1", 5060)
    assert (via.parameters["received"] or "").strip("[]") == "2001:db8::9"


@pytest.mark.parametrize("sent_by", ["pbx : 5060", "pbx: 5060", "pbx :5060", " pbx\t:\t5060 "])
def test_blanks_may_stand_round_the_port_in_via(sent_by: str) -> None:
    """RFC 3261 section 25.1: sent-by has COLON, which takes blanks."""
    assert Via.parse(f"SIP/2.0/UDP {sent_by};rport") == Via("pbx", 5060, parameters={"rport": None})


def test_a_reason_phrase_may_be_missing() -> None:
    """RFC 4475 section 3.1.1.13."""
    for line in ("SIP/2.0 100", "SIP/2.0 100 "):
        message = parse(f"{line}\r\nl: 0\r\n\r\n".encode())
        assert isinstance(message, Response)
        assert (message.status, message.reason) == (100, "")
        assert message.to_bytes().startswith(b"SIP/2.0 100 \r\n")


@pytest.mark.parametrize(
    "text",
    ["tel:+15551234;ext=1", "nobodyKnowsThisScheme:x", "soap.beep://192.0.2.1:3002", "h323:"],
)
def test_a_uri_of_an_unknown_kind_is_kept(text: str) -> None:
    """RFC 3261 section 8.2.2.1: it is answered 416, so it has to be read. RFC 3986 section 3.1."""
    uri = Uri.parse(text)
    scheme, _, rest = text.partition(":")
    assert (uri.scheme, uri.host) == (scheme.lower(), rest)
    message = parse(with_fields().replace(b"sip:a@b SIP", f"{text} SIP".encode(), 1))
    assert isinstance(message, Request)
    assert message.uri == text


def test_unknown_fields_keep_name_value_and_place() -> None:
    """RFC 3261 section 7.3.2."""
    data = with_fields("x-Odd_Name.!%*+`'~: ;;,,;;,;", "Content-Length: 0", "X-Empty: ")
    assert parse(data).to_bytes() == data


@pytest.mark.parametrize("breaking", ["\r", "\n", "\r\n", "\r\nX: y", "\r\n\r\n", "\0"])
@pytest.mark.parametrize(
    "place", ["method", "uri", "reason", "name", "value", "display name", "parameter", "user"]
)
def test_nothing_is_written_that_breaks_out_of_its_field(place: str, breaking: str) -> None:
    """RFC 3261 section 25.1: CR, LF and NUL stand in no field."""
    evil = f"a{breaking}b"
    address = NameAddr(
        str(Uri("sip", "h")),
        evil if place == "display name" else "",
        {"x": evil} if place == "parameter" else {},
    )
    message: Request | Response = Request(
        evil if place == "method" else "NOTIFY",
        evil if place == "uri" else "sip:h",
        [("To", str(address)), (evil if place == "name" else "X", "y")],
    )
    if place == "reason":
        message = Response(200, evil, ())
    if place == "value":
        message.headers.add("Subject", evil)
    if place == "user":
        message.headers.add("From", str(NameAddr(str(Uri("sip", "h", evil)))))
        assert evil not in message.to_bytes().decode()  # escaped, so it stays inside
        return
    with pytest.raises(LocalProtocolError):
        message.to_bytes()


def test_a_body_is_written_as_it_is() -> None:
    """RFC 3261 section 7.4: it is bytes."""
    body = bytes(range(256)) + b"\r\n\r\nINVITE sip:x SIP/2.0\r\n\r\n"
    written = Request("NOTIFY", "sip:h", (), body).to_bytes()
    assert written.endswith(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    assert parse(written).body == body


@pytest.mark.parametrize("status", [-1, 0, 99, 700, 2000])
def test_only_a_status_of_three_digits_is_written(status: int) -> None:
    """RFC 3261 section 7.2."""
    with pytest.raises(LocalProtocolError):
        Response(status, "x", ()).to_bytes()


# A fault is answered with what could be read before it (RFC 3261 section 8.2)


def refusal_of(data: bytes) -> Response:
    """The answer to a request that cannot be understood."""
    layer = TransactionLayer()
    with pytest.raises(RemoteProtocolError):
        layer.receive(data, Address("192.0.2.10", 6060), 0.0)
    (packet,) = layer.packets_to_send()
    response = parse(packet.data)
    assert isinstance(response, Response)
    assert response.cseq.method == "NOTIFY"
    return response


def test_too_many_header_lines_are_answered_513() -> None:
    """RFC 3261 section 21.5.7; silence would have it sent again and again."""
    assert refusal_of(with_fields(*["a: b"] * MAX_HEADER_LINES)).status == 513


@pytest.mark.parametrize("line", ["no field at all", "\0", "two words: x", "Subject: a\rb", "é: x"])
def test_a_line_that_is_no_field_is_answered_400(line: str) -> None:
    """RFC 3261 section 21.4.1."""
    assert refusal_of(with_fields(line)).status == 400


@pytest.mark.parametrize("field", ["f: <sip:x@y>;tag=9", "To: <sip:x@y>", "i: 2", "CSeq: 2 NOTIFY"])
def test_a_field_that_contradicts_itself_is_answered_400(field: str) -> None:
    """RFC 4475 section 3.3.8: of two values each reader might pick another."""
    assert refusal_of(with_fields(field)).status == 400


@pytest.mark.parametrize("field", ["f: <sip:a@b>;tag=1", "To: <sip:c@d>;tag=2", "i: 1"])
def test_a_field_that_repeats_itself_is_harmless(field: str) -> None:
    message = parse(with_fields(field))
    assert (message.from_.tag, message.to.tag, message.call_id) == ("1", "2", "1")


@pytest.mark.parametrize("via", ["", ",", " , ,"])
def test_a_via_of_nothing_is_refused_without_an_answer(via: str) -> None:
    """RFC 3261 section 18.2.2: there is no way back."""
    layer = TransactionLayer()
    data = with_fields().replace(b"SIP/2.0/UDP 192.0.2.10:6060;branch=z9hG4bK1", via.encode())
    with pytest.raises(RemoteProtocolError):
        layer.receive(data, Address("192.0.2.10", 6060), 0.0)
    assert layer.packets_to_send() == []
