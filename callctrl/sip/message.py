"""Requests and responses: parsed from bytes, written to bytes, masked for the log.

RFC 3261 section 7. Reading is lenient: each tolerance is one function named `_tolerate_…` with
the captured message as its test. Writing is exact: header names and values that would break the
message raise `LocalProtocolError`, and Content-Length always tells the truth.
"""

from __future__ import annotations

import string
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.headers import (
    SPELT_NAMES,
    USUAL_NAMES,
    CSeq,
    NameAddr,
    Uri,
    Via,
    canonical_name,
    split_outside_quotes,
    tag_of,
    usual_name,
)

__all__ = [
    "MAX_MESSAGE_BYTES",
    "Headers",
    "Message",
    "Request",
    "Response",
    "field_line",
    "head_to_bytes",
    "parse",
    "parse_seconds",
    "redact",
]

MAX_MESSAGE_BYTES = 65_535
"""Nothing longer fits into a UDP datagram."""
MAX_HEADER_LINES = 512
"""More are a flood; the longest real heads have a few dozen."""
_VERSION = "SIP/2.0"
_SPACE = " \t"
"""What may stand round a value; other blanks of Unicode belong to it."""
_MARGIN = b" \t\xc2\xa0"  # blank, tab, and the two bytes of a no-break space
_MARGIN_BYTES = (b" ", b"\t", b"\xc2")
_TOKEN_CHARACTERS = f"{string.ascii_letters}{string.digits}-.!%*_+`'~"
_PLAIN_NAMES = frozenset(
    spelling for spelling, name in USUAL_NAMES.items() if name != "Content-Length"
)
"""Header names that can be sent as they are."""
_UNREAD = "(unread)"
"""Stands for a tag that nobody has asked for yet."""
_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_SECRET_HEADERS = _CREDENTIALS | {"authentication-info", "proxy-authentication-info"}
_HARMLESS_PARAMETERS = frozenset(
    {"username", "realm", "nonce", "nextnonce", "uri", "algorithm", "opaque", "qop", "nc", "stale"}
)
MAX_CONTACTS = 32
"""Addresses read from Contact; more are nobody's."""


class Headers:
    """Header fields in order, found by name whatever its case or compact form."""

    __slots__ = ("_first", "_lines", "_listed", "_others")

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        # Nobody goes through the fields of what comes in, nor looks one up in an answer of ours.
        self._listed: list[tuple[str, str]] | None = list(fields)
        """Names and values; made when somebody goes through them."""
        self._lines: Sequence[str] = ()
        """What they are made of."""
        self._first: dict[str, str] | None = None
        """By usual name, the first value of each; made when something is looked up."""
        self._others: dict[str, list[str]] = {}
        """By usual name, what follows the first value."""

    def read_usual(self, lines: Sequence[str]) -> bool:
        """Read a head that keeps to the usual: known names, a blank behind each colon, no repeats.

        Nearly every message does. False, and nothing is read, where this one does not. The first
        line is left aside, and none may hold a CR, LF or NUL.
        """
        if len(lines) > MAX_HEADER_LINES:
            return False
        lines = lines[1:]
        first: dict[str, str] = {}
        try:
            for line in lines:
                name, _, value = line.partition(": ")
                first[USUAL_NAMES[name]] = value.strip(" \t")
        except KeyError:
            return False
        if len(first) < len(lines) or not all(first.values()):  # as of a line without a colon
            return False
        self._lines, self._listed, self._first = lines, None, first
        return True

    def read(self, lines: Sequence[str]) -> None:
        """Read a head of any kind but for its first line.

        Raises RemoteProtocolError at a line that cannot be read; those before it have been then.
        """
        _expect_clean(lines[0])
        for line in lines[1:MAX_HEADER_LINES]:
            _expect_clean(line)
            self._read_line(line)
        if len(lines) > MAX_HEADER_LINES:
            raise RemoteProtocolError(f"{len(lines)} header lines are too many", 513)

    @property
    def _fields(self) -> list[tuple[str, str]]:
        if self._listed is None:
            assert self._first is not None  # which has the values in the order of the lines
            names = [line.partition(":")[0] for line in self._lines]
            self._listed = list(zip(names, self._first.values(), strict=True))
        return self._listed

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._fields == other._fields

    def __repr__(self) -> str:
        # Values may be secret or long; the names are what a debugger needs.
        return f"Headers({[name for name, _ in self._fields]})"

    def add(self, name: str, value: str) -> None:
        """Append a field behind those already there."""
        self._fields.append((name, value))
        self._first = None

    def get(self, name: str) -> str | None:
        """The first value of the named field, or None."""
        first = self._first if self._first is not None else self._index()
        value = first.get(name)
        if value is None and name not in SPELT_NAMES:
            value = first.get(usual_name(name))
        return value

    def get_all(self, name: str) -> list[str]:
        """Every value of the named field, one per line as it came."""
        first = self.get(name)
        if first is None:
            return []
        return [first, *self._others.get(usual_name(name), ())] if self._others else [first]

    def only(self, name: str) -> str:
        """The value of a field that there must be.

        Raises RemoteProtocolError where it is missing, or there several times with values that
        differ: each reader might pick another.
        """
        value = self.get(name)
        if value is None:
            raise RemoteProtocolError(f"expected a {name} header field")
        if self._others and any(value != other for other in self.get_all(name)):
            raise RemoteProtocolError(f"expected one {name} header field, found several")
        return value

    def _index(self) -> dict[str, str]:
        self._first, self._others = {}, {}
        for name, value in self._fields:
            key = usual_name(name)
            if key in self._first:
                self._others.setdefault(key, []).append(value)
            else:
                self._first[key] = value
        return self._first

    def _read_line(self, line: str) -> None:
        name, colon, value = line.partition(":")
        name = name.rstrip(_SPACE)
        if not line.strip(_SPACE):
            return
        if line[0] in _SPACE:  # folded, RFC 3261 section 7.3.1
            if not self._fields:
                raise RemoteProtocolError(f"expected a header field, found {line[:80]!r}")
            self._lengthen(line)
        elif colon and _is_token(name):
            self.add(name, value.strip(_SPACE))
        elif self._fields and _tolerate_unindented_continuation(self._fields[-1]):
            self._lengthen(line)
        else:
            raise RemoteProtocolError(f"expected a header field, found {line[:80]!r}")

    def _lengthen(self, line: str) -> None:
        """Append a line to the field before it."""
        name, value = self._fields[-1]
        self._fields[-1] = name, f"{value} {line.strip(_SPACE)}".lstrip(_SPACE)
        self._first = None


class Message(ABC):
    """What requests and responses share: headers, body, and the fields every message has.

    The typed properties raise `RemoteProtocolError` when the field is missing or malformed.
    """

    __slots__ = (
        "_call_id",
        "_cseq",
        "_from_tag",
        "_to_tag",
        "_via",
        "body",
        "charset",
        "headers",
    )

    def __init__(self, headers: Headers | Iterable[tuple[str, str]], body: bytes = b"") -> None:
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.body = body
        self.charset = "utf-8"
        """How the head is encoded; an answer to a Latin-1 request must echo the same bytes."""
        # Taken apart once; a field that is added later stands behind the first, which counts.
        self._via: Via | None = None
        self._cseq: CSeq | None = None
        self._call_id: str | None = None
        self._from_tag: str | None = _UNREAD
        self._to_tag: str | None = _UNREAD

    @property
    @abstractmethod
    def start_line(self) -> str:
        """The first line, without its line end."""

    @property
    def via(self) -> Via:
        """The topmost Via."""
        if self._via is None:
            value = self.headers.get("Via")
            if value is None:
                raise RemoteProtocolError("expected a Via header field")
            self._via = Via.parse(value)
        return self._via

    @property
    def from_(self) -> NameAddr:
        """The From address."""
        return NameAddr.parse(self.headers.only("From"))

    @property
    def to(self) -> NameAddr:
        """The To address."""
        return NameAddr.parse(self.headers.only("To"))

    @property
    def from_tag(self) -> str | None:
        """The tag in From; without the rest of it, since it is what finds a dialog."""
        if self._from_tag is _UNREAD:
            self._from_tag = tag_of(self.headers.only("From"))
        return self._from_tag

    @property
    def to_tag(self) -> str | None:
        """The tag in To."""
        if self._to_tag is _UNREAD:
            self._to_tag = tag_of(self.headers.only("To"))
        return self._to_tag

    @property
    def call_id(self) -> str:
        """The Call-ID, compared byte by byte (RFC 3261 section 20.8)."""
        if self._call_id is None:
            self._call_id = self.headers.only("Call-ID")
        return self._call_id

    @property
    def cseq(self) -> CSeq:
        """Sequence number and method."""
        if self._cseq is None:
            self._cseq = CSeq.parse(self.headers.only("CSeq"))
        return self._cseq

    @property
    def contacts(self) -> list[NameAddr]:
        """The Contact addresses that can be read; empty where there is none, or only `*`."""
        addresses = []
        values = self.headers.get_all("Contact")[:MAX_CONTACTS]
        pieces = [piece for value in values for piece in split_outside_quotes(value, ",")]
        for piece in pieces[:MAX_CONTACTS]:
            try:
                if piece and piece != "*":
                    addresses.append(NameAddr.parse(piece))
            except RemoteProtocolError:
                continue
        return addresses

    @property
    def expires(self) -> int | None:
        """The Expires header field in seconds, or None where it is missing or no number."""
        return parse_seconds(self.headers.get("Expires"))

    @property
    def content_type(self) -> str:
        """The type of the body in lower case, without parameters; empty where none is given."""
        return (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()

    def to_bytes(self) -> bytes:
        """The message as it goes on the wire.

        Content-Length keeps its place among the headers, or is added last. Raises
        LocalProtocolError where a name or value would break the message apart.
        """
        lines = [self.start_line]
        has_length = False
        for name, value in self.headers:
            if name in _PLAIN_NAMES or canonical_name(name) != "content-length":
                lines.append(field_line(name, value))
            elif not has_length:
                has_length = True
                lines.append(f"{name}: {len(self.body)}")
        if not has_length:
            lines.append(f"Content-Length: {len(self.body)}")
        data = head_to_bytes(lines, self.charset) + self.body
        if len(data) > MAX_MESSAGE_BYTES:
            raise LocalProtocolError(f"message of {len(data)} bytes is over {MAX_MESSAGE_BYTES}")
        return data


class Request(Message):
    """A request (RFC 3261 section 7.1)."""

    __slots__ = ("method", "uri")

    def __init__(
        self,
        method: str,
        uri: str,
        headers: Headers | Iterable[tuple[str, str]],
        body: bytes = b"",
    ) -> None:
        super().__init__(headers, body)
        self.method = method
        self.uri = uri

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.uri}>"

    @property
    def start_line(self) -> str:
        """The request line; raises LocalProtocolError where it would fall apart."""
        if not _is_token(self.method):
            raise LocalProtocolError(f"expected a token as method, found {self.method[:40]!r}")
        if self.uri.split() != [self.uri]:
            raise LocalProtocolError(f"expected a URI without blanks, found {self.uri[:80]!r}")
        return f"{self.method} {self.uri} {_VERSION}"

    @property
    def target(self) -> Uri:
        """The Request-URI, taken apart."""
        return Uri.parse(self.uri)


class Response(Message):
    """A response (RFC 3261 section 7.2)."""

    __slots__ = ("reason", "status")

    def __init__(
        self,
        status: int,
        reason: str,
        headers: Headers | Iterable[tuple[str, str]],
        body: bytes = b"",
    ) -> None:
        super().__init__(headers, body)
        self.status = status
        self.reason = reason

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}>"

    @property
    def start_line(self) -> str:
        """The status line; raises LocalProtocolError where the status is none."""
        if not 100 <= self.status <= 699:
            raise LocalProtocolError(f"expected a status from 100 to 699, found {self.status}")
        return f"{_VERSION} {self.status} {self.reason}"


def parse(data: bytes) -> Request | Response:
    """Read one datagram; raises RemoteProtocolError, and nothing else, where it is not SIP.

    A body longer than Content-Length is cut there (RFC 3261 section 18.3); a shorter one is a
    fault, since a part of it is missing.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise RemoteProtocolError(f"message of {len(data)} bytes is too long", 513)
    if not data[:1].isalpha():
        data = _trimmed(data)
    head_bytes, blank, body = data.partition(b"\r\n\r\n")
    head, charset = _decoded(head_bytes)
    lines = head.split("\r\n")
    is_clean = _is_clean(lines)
    if not blank or (not is_clean and any("\n" in line for line in lines)):
        head_bytes, body = _tolerate_bare_line_ends(data)
        head, charset = _decoded(head_bytes)
        lines = head.split("\r\n")
        is_clean = False
    headers = Headers()
    try:
        if not (is_clean and headers.read_usual(lines)):
            headers.read(lines)
        message = _parse_start_line(lines[0], headers)
        message.body = _cut_body(headers, body)
    except RemoteProtocolError as error:
        error.first_line, error.charset = lines[0], charset
        error.fields = tuple(headers)
        raise
    message.charset = charset
    return message


def _trimmed(data: bytes) -> bytes:
    """A message without what may stand before it (RFC 3261 section 7.5)."""
    data = data.lstrip(b"\r\n")
    return _tolerate_printed_margin(data) if data[:1] in _MARGIN_BYTES else data


def _decoded(head: bytes) -> tuple[str, str]:
    """Text and character set."""
    try:
        return head.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _tolerate_latin_1(head), "latin-1"


def _parse_start_line(line: str, headers: Headers) -> Request | Response:
    words = line.split(" ")
    if len(words) == 3 and words[2] == _VERSION:
        method, uri, _ = words
        if _is_token(method) and uri[:1] not in "<" and uri.isprintable():
            return Request(method, uri, headers)  # as nearly everybody writes it
    first, _, rest = line.strip(_SPACE).partition(" ")
    rest = rest.strip(_SPACE)
    if first.upper() == _VERSION:
        status, _, reason = rest.partition(" ")  # the reason phrase may be missing
        if not (
            len(status) == 3 and status.isascii() and status.isdigit() and status[0] in "123456"
        ):
            raise RemoteProtocolError(f"expected a status code, found {status[:40]!r}")
        return Response(int(status), reason.strip(_SPACE), headers)
    uri, _, version = rest.rpartition(" ")
    uri = uri.strip()
    if version.upper() != _VERSION:
        status_hint = 505 if version.upper().startswith("SIP/") else 400
        raise RemoteProtocolError(f"expected {_VERSION} in {line[:80]!r}", status_hint)
    if not _is_token(first) or uri.split() != [uri] or uri[0] == "<":
        raise RemoteProtocolError(f"expected a request line, found {line[:80]!r}")
    return Request(first, uri, headers)


def _expect_clean(line: str) -> None:
    if "\r" in line or "\0" in line:
        raise RemoteProtocolError("a lone CR or a NUL in a header field")


def _cut_body(headers: Headers, body: bytes) -> bytes:
    values = headers.get_all("Content-Length")
    if not values or values == [str(len(body))]:
        return body  # over UDP the datagram ends the body (RFC 3261 section 18.3)
    sizes = set()
    for value in values:
        if not (value.isascii() and value.isdigit() and len(value) <= 10):
            raise RemoteProtocolError(f"expected a number as Content-Length, found {value[:40]!r}")
        sizes.add(int(value))
    size = sizes.pop()
    if sizes:
        raise RemoteProtocolError(f"expected one Content-Length, found {size} and others")
    if size > len(body):
        raise RemoteProtocolError(f"expected {size} bytes of body, found {len(body)}")
    return body[:size]


def _tolerate_printed_margin(data: bytes) -> bytes:
    """A message copied from a page with the page's left margin before every line.

    The seed article prints its messages so, with no-break spaces among the blanks. What is
    indented further than the margin stays so, since it is a folded line.
    """
    lines = [line for line in data.splitlines() if line.strip(_MARGIN)]
    if not lines:
        return b""
    start_line, *rest = lines
    margin = min((len(line) - len(line.lstrip(_MARGIN)) for line in rest), default=0)
    return b"\r\n".join([start_line.strip(_MARGIN), *(line[margin:] for line in rest)])


def _tolerate_bare_line_ends(data: bytes) -> tuple[bytes, bytes]:
    """Lines that end in LF or CR alone, as SPA Call Manager sends them (protocol.md B.5 no. 10).

    Only the head is mended: the body is returned as it came.
    """
    end = len(data)
    body = b""
    for blank in (b"\r\n\r\n", b"\n\n", b"\r\r", b"\n\r\n"):
        position = data.find(blank)
        if 0 <= position < end:
            end, body = position, data[position + len(blank) :]
    head = data[:end].replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return head, body


def _tolerate_latin_1(head: bytes) -> str:
    """Display names in the phone's default character set (protocol.md E20)."""
    return head.decode("latin-1")


def _tolerate_unindented_continuation(field: tuple[str, str]) -> bool:
    """Credentials spread over lines without leading blanks (protocol.md B.8 no. 5).

    The line before must be an authentication field that ends in a comma.
    """
    name, value = field
    is_authentication = canonical_name(name) in _CREDENTIALS | {
        "www-authenticate",
        "proxy-authenticate",
    }
    return is_authentication and value.endswith(",")


def _is_token(text: str) -> bool:
    """Whether `text` is a token (RFC 3261 section 25.1)."""
    if text.isalpha() and text.isascii():
        return True
    return bool(text) and not text.strip(_TOKEN_CHARACTERS)


def field_line(name: str, value: str) -> str:
    """A header field as it is sent; raises LocalProtocolError where its name is no token."""
    if name not in USUAL_NAMES and not _is_token(name):
        raise LocalProtocolError(f"expected a token as header name, found {name!r}")
    return f"{name}: {value}"


def head_to_bytes(lines: Sequence[str], charset: str) -> bytes:
    """Start line and header fields as they go on the wire, with the blank line behind them.

    What a value returns of octets that were no UTF-8 goes out as those octets (PEP 383). Raises
    LocalProtocolError where one would break out of its line, or is not in the character set.
    """
    if not _is_clean(lines):
        broken = next(line for line in lines if not _is_clean([line]))
        raise LocalProtocolError(f"line break or NUL inside {broken[:40]!r}")
    try:
        return ("\r\n".join(lines) + "\r\n\r\n").encode(charset, "surrogateescape")
    except UnicodeEncodeError as error:
        raise LocalProtocolError(f"expected text in {charset}: {error.reason}") from error


def _is_clean(lines: Sequence[str]) -> bool:
    """Whether each of these stays on its line."""
    text = "".join(lines)
    return "\r" not in text and "\n" not in text and "\0" not in text


def parse_seconds(text: str | None) -> int | None:
    """Delta-seconds (RFC 3261 section 20.19), or None where the text is no such number."""
    if text is None:
        return None
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    return min(int(digits[:11] or "0"), 2**32 - 1)


def redact(data: bytes) -> str:
    """A message for the debug log: whole, but for the answers inside credentials.

    Works on the raw lines, so that a message that cannot be parsed is masked as well. Of a
    credentials field, on its own line or a continuation, only what is known to be no secret stays.
    """
    out: list[str] = []
    in_secret = False
    margin = 0  # before the credentials, on a printed page; what is indented more continues them
    for raw_line in data.splitlines():  # of bytes: text has further characters that end a line
        if not raw_line:
            out.append("")
            continue
        line = raw_line.decode("utf-8", "replace")
        name, _, value = line.partition(":")
        indent = len(line) - len(line.lstrip())
        if name.strip().lower() in _SECRET_HEADERS:
            in_secret, margin = True, indent
            out.append(f"{name}:{_masked(value)}")
        elif in_secret and (indent > margin or not _is_token(name.strip())):
            out.append(_masked(line))
        else:
            in_secret = False
            out.append(line)
    return "\n".join(out)


def _masked(credentials: str) -> str:
    """What may be told of credentials; everything else of them becomes `***`."""
    pieces = []
    for piece in split_outside_quotes(credentials, ","):
        words, equals, value = piece.partition("=")
        *before, name = words.split() or [""]
        is_digest = not before or [word.lower() for word in before] == ["digest"]
        is_harmless = is_digest and name.lower() in _HARMLESS_PARAMETERS
        if not piece:
            pieces.append("")
        elif equals and is_harmless and _is_one_value(value.strip()):
            pieces.append(piece)
        elif equals and is_digest and _is_token(name):
            pieces.append(f'{" ".join([*before, name])}="***"')
        else:
            pieces.append("***")
    blank = " " if credentials[:1] in " \t" else ""
    return blank + ", ".join(pieces)


def _is_one_value(text: str) -> bool:
    """Whether `text` is a token or one quoted string, with nothing hidden behind it."""
    if text.startswith('"'):
        return len(text) > 1 and text.endswith('"') and '"' not in text[1:-1]
    return not any(char in text for char in ' \t;="')
