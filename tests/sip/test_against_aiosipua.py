"""The codec beside another one: aiosipua and we read the same of a message, but for a short list.

RFC 3261 section 7. aiosipua serves as oracle, since it is by other people; it is no part of the
product. Where it and we differ, the reason stands in `DIFFERENCES` or `FILES_THAT_DIFFER`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiosipua import SipMessage, SipRequest, SipResponse
from aiosipua.headers import MULTI_INSTANCE_HEADERS
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip import RemoteProtocolError
from callctrl.sip.headers import canonical_name, split_outside_quotes
from callctrl.sip.message import Request, parse

DATA = Path(__file__).parents[1] / "data"
FILES = sorted(
    path
    for path in (*DATA.glob("seed/**/*"), *DATA.glob("captures/*"), *DATA.glob("torture/*/*"))
    if path.suffix in (".sip", ".txt")
)


@dataclass(frozen=True)
class Reading:
    """What a codec understood; names in one case and form, lists taken apart, blanks as one."""

    start: tuple[str, str]
    """Method and Request-URI, or status and reason phrase."""
    fields: dict[str, list[str]]
    body: bytes


def ours(data: bytes) -> Reading | None:
    """What we read, None where we refuse."""
    try:
        message = parse(data)
    except RemoteProtocolError:
        return None
    if isinstance(message, Request):
        start = message.method, message.uri
    else:
        start = str(message.status), message.reason
    fields: dict[str, list[str]] = {}
    for name, value in message.headers:
        _note(fields, name, value)
    return Reading(start, fields, message.body)


def theirs(data: bytes) -> Reading | None:
    """What aiosipua reads, None where it refuses."""
    try:
        message = SipMessage.parse(data)
    except ValueError:
        return None
    if isinstance(message, SipRequest):
        start = message.method, message.uri
    else:
        assert isinstance(message, SipResponse)
        start = str(message.status_code), message.reason_phrase
    fields: dict[str, list[str]] = {}
    for name, values in message.headers.items():
        for value in values:
            _note(fields, name, value)
    return Reading(start, fields, message.body)


def _note(fields: dict[str, list[str]], name: str, value: str) -> None:
    name = canonical_name(name)
    values = split_outside_quotes(value, ",") if name in MULTI_INSTANCE_HEADERS else [value]
    if name != "content-length":
        fields.setdefault(name, []).extend(re.sub("[ \t]+", " ", each) for each in values if each)


# Captured and torture messages

FILES_THAT_DIFFER = {
    "guide-notify-to-spa9000.head": "a body shorter than Content-Length is refused; there: taken",
    "guide-notify-from-spa9000.head": "the same",
    "length-beyond-the-end": "the same",
    "seed/": "the printed page's left margin is taken off; there: all one folded line",
    "request-uri-in-brackets": "brackets round the Request-URI are refused; there: taken",
    "two-lengths": "two Content-Lengths that differ are refused; there: the first counts",
    "blank-in-request-uri": "three words before the version are refused; there: the third is lost",
    "http": "the version is looked at; there: it is not",
    "version-7": "the same",
    "method-not-a-token": "a method must be a token; there: any word",
    "length-negative": "a Content-Length that is no number is refused; there: passed over",
    "length-with-underscore": "the same; there: 1_0 is ten",
    "status-too-large": "a status has three digits; there: any number of them",
    "latin-1-name": "no UTF-8 is read as Latin-1; there: replaced by U+FFFD",
    "one-word-hosts": "line ends before the start line are skipped; there: refused",
}


def difference_of(path: Path) -> str | None:
    """Why a file is read differently, or None where it is not."""
    if path.parent.name == "seed":
        return FILES_THAT_DIFFER["seed/"]
    return FILES_THAT_DIFFER.get(path.stem)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_message_is_read_as_aiosipua_reads_it_or_the_reason_is_known(path: Path) -> None:
    data = path.read_bytes()
    assert (ours(data) != theirs(data)) is (difference_of(path) is not None)


# Written messages

HEAD = b"NOTIFY sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\n"

DIFFERENCES = {
    "lines that end in CR alone": b"From: <sip:a@b>\r\rbody",
    "a header line without colon": b"From: <sip:a@b>\r\nnonsense\r\n\r\n",
    "a header name that is no token": b"two words: x\r\n\r\n",
    "a lone CR inside a value": b"Subject: a\rb: c\r\n\r\n",
    "NUL inside a value": b"Subject: a\0b\r\n\r\n",
    "more than 256 header lines": b"a: b\r\n" * 300 + b"\r\n",
    "a signed Content-Length": b"Content-Length: +1\r\n\r\nab",
    "two Content-Lengths that disagree": b"l: 1\r\nl: 2\r\n\r\nab",
    "credentials that go on without an indent": b'Authorization: Digest a="b",\r\nc="d"\r\n\r\n',
    "a blank line of LF alone ends a head of CRLF": b"Subject: x\r\n\nbody\r\n\r\n",
    "a comma behind an escaped quote": b'Contact: "a\\",b" <sip:c@d>\r\n\r\n',
}


@pytest.mark.parametrize("reason", DIFFERENCES)
def test_a_known_difference_is_still_one(reason: str) -> None:
    data = HEAD + DIFFERENCES[reason]
    assert ours(data) != theirs(data)


# Made-up messages: what is well-formed is read alike

word = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=8)
name = st.text("abc Lé,;:@<>=", max_size=12).map(lambda text: text.strip())
uri = st.builds(
    "{}:{}@{}{}".format,
    st.sampled_from(["sip", "SIP", "sips"]),
    st.sampled_from(["200", "a%20b", "desk;x=y", "0616*004"]),
    st.sampled_from(["SPA9000", "my_pbx.lan:6060", "192.0.2.1", "[2001:db8::1]:5060"]),
    st.sampled_from(["", ";lr", ";transport=tcp", "?Replaces=1%3Bto-tag%3D2"]),
)
parameter = st.sampled_from(["", ";tag=1", ";q=0.5", ';+sip.instance="<urn:uuid:0-1>"', " ; lr"])
address = st.builds('"{}" <{}>{}'.format, name, uri, parameter) | st.builds(
    "<{}>{}".format, uri, parameter
)
via = st.builds(
    "SIP/2.0/{} {};branch=z9hG4bK{}".format,
    st.sampled_from(["UDP", "TCP", "TLS"]),
    st.sampled_from(["pbx:5060", "192.0.2.1", "[::1]:6060"]),
    word,
)
fields = st.one_of(
    st.tuples(st.sampled_from(["Via", "v", "VIA"]), st.lists(via, min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["Contact", "m", "Route"]), st.lists(address, min_size=1)),
    st.tuples(st.sampled_from(["From", "f", "To", "t"]), st.lists(address, min_size=1, max_size=1)),
    st.tuples(st.sampled_from(["Allow", "Supported", "k"]), st.lists(word, min_size=1)),
    st.tuples(st.sampled_from(["Call-ID", "i", "Subject", "X-Own"]), word.map(lambda w: [w])),
)
comma = st.sampled_from([",", ", ", " , ", ",\r\n ", "\r\n\t,  "])
colon = st.sampled_from([":", ": ", " : ", "\t:", ":\r\n "])
start = st.builds("{} {} SIP/2.0".format, word, uri) | st.builds(
    "SIP/2.0 {} {}".format, st.integers(100, 699), st.sampled_from(["", "OK", "No Way, señor"])
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A message as RFC 3261 allows it, folded and spaced at will."""
    lines = [draw(start)]
    for field, values in draw(st.lists(fields, max_size=6)):
        value = draw(comma).join(values)
        lines.append(f"{field}{draw(colon)}{value}")
    body = draw(st.binary(max_size=40))
    if draw(st.booleans()):
        lines.append(f"{draw(st.sampled_from(['Content-Length', 'l']))}: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@given(messages())
def test_a_well_formed_message_is_read_as_aiosipua_reads_it(data: bytes) -> None:
    reading = ours(data)
    assert reading is not None
    assert reading == theirs(data)


@given(messages())
def test_each_reads_what_the_other_writes(data: bytes) -> None:
    reading = ours(data)
    assert theirs(parse(data).to_bytes()) == reading
    assert ours(bytes(SipMessage.parse(data))) == reading


@given(messages())
def test_the_fields_every_message_has_are_taken_apart_alike(data: bytes) -> None:
    message, other = parse(data), SipMessage.parse(data)
    for field, theirs_ in (("From", other.from_addr), ("To", other.to_addr)):
        if len(message.headers.get_all(field)) != 1:
            continue
        mine = message.from_ if field == "From" else message.to
        assert theirs_ is not None
        assert mine.tag == theirs_.tag
    if "Via" in message.headers:
        first = other.via[0]
        via_ = message.via
        assert (via_.host, via_.port) == (first.host.strip("[]"), first.port)
        assert (via_.transport, via_.branch) == (first.transport, first.branch)
