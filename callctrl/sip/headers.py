"""The grammar inside header fields: URIs, addresses, Via, CSeq and parameters.

RFC 3261 sections 19.1, 20 and 25. Lenient in what it reads, exact in what it writes. Everything
is scanned by hand, in one pass: no pattern here can explode on a hostile message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, unquote

from callctrl.sip import RemoteProtocolError

__all__ = [
    "CSeq",
    "NameAddr",
    "Parameters",
    "Uri",
    "Via",
    "canonical_name",
    "escape_user",
    "format_host",
    "parse_parameters",
    "quote_string",
    "split_outside_quotes",
    "tag_of",
    "unquote_string",
    "usual_name",
]

Parameters = Mapping[str, str | None]
"""Parameter names in lower case with their values; None where a name stands alone."""
NO_PARAMETERS: Parameters = MappingProxyType({})

_COMPACT_NAMES = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
}

_USUAL_NAMES = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Alert-Info",
    "Allow",
    "Allow-Events",
    "Authorization",
    "Call-ID",
    "Call-Info",
    "Contact",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "CSeq",
    "Date",
    "Event",
    "Expires",
    "From",
    "Max-Forwards",
    "Min-Expires",
    "P-Asserted-Identity",
    "P-Station-Name",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Record-Route",
    "Require",
    "Retry-After",
    "Route",
    "Server",
    "Subscription-State",
    "Supported",
    "To",
    "Unsupported",
    "User-Agent",
    "Via",
    "Warning",
    "WWW-Authenticate",
)

USUAL_NAMES = {
    spelling: name
    for name in (*_USUAL_NAMES, *_COMPACT_NAMES.values())
    for spelling in (name, name.lower())
} | _COMPACT_NAMES
"""Header names in the spellings that almost everybody uses, and that of the RFCs."""

SPELT_NAMES = frozenset(USUAL_NAMES.values())
"""Header names as the RFCs spell them: what a field is kept under, if it is kept at all."""

_TRANSPORTS = {f"SIP/2.0/{transport}": transport for transport in ("UDP", "TCP", "TLS")}
"""What Via begins with in the spelling that almost everybody uses, and the transport it names."""

_SPACE = " \t"


def canonical_name(name: str) -> str:
    """A header name in its long form and lower case (RFC 3261 section 7.3.3)."""
    return usual_name(name).lower()


def usual_name(name: str) -> str:
    """A header name in its long form as the RFCs spell it; lower case where it is unheard of."""
    key = name.lower()
    return USUAL_NAMES.get(key, key)


# Quoted strings, lists and parameters


def quote_string(text: str) -> str:
    """`text` as a quoted string (RFC 3261 section 25.1)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote_string(text: str) -> str:
    """The inside of a quoted string, escapes undone; other text comes back stripped."""
    text = text.strip()
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    out: list[str] = []
    escaped = False
    for char in inner:
        if char == "\\" and not escaped:
            escaped = True
            continue
        out.append(char)
        escaped = False
    return "".join(out)


def split_outside_quotes(text: str, separator: str) -> list[str]:
    """Split at `separator` where it is not inside a quoted string or angle brackets.

    Pieces come stripped; empty ones are kept, so the caller may tell `a;;b` from `a;b`.
    """
    if '"' not in text and "<" not in text:
        return [piece.strip() for piece in text.split(separator)]
    pieces: list[str] = []
    start = 0
    in_brackets = False
    for position, char in _outside_quotes(text):
        if char == "<":
            in_brackets = True
        elif char == ">":
            in_brackets = False
        elif char == separator and not in_brackets:
            pieces.append(text[start:position].strip())
            start = position + 1
    pieces.append(text[start:].strip())
    return pieces


def parse_parameters(text: str) -> Parameters:
    """Read `a=1;b;c="x;y"`: names in lower case, quotes undone, the first of equal names wins."""
    is_plain = '"' not in text and "<" not in text
    parameters: dict[str, str | None] = {}
    for piece in text.split(";") if is_plain else split_outside_quotes(text, ";"):
        name, has_value, value = piece.partition("=")
        name = name.strip().lower()
        if name and name not in parameters:
            value = value.strip() if is_plain else unquote_string(value)
            parameters[name] = value if has_value else None
    return parameters


def _format_parameters(parameters: Parameters) -> str:
    return "".join(
        f";{name}" if value is None else f";{name}={_quoted_if_needed(value)}"
        for name, value in parameters.items()
    )


def _quoted_if_needed(value: str) -> str:
    """A parameter's value, quoted where it would read differently without: tags go back as sent."""
    if value and not any(char in value for char in ' \t",;<>'):
        return value
    return quote_string(value)


# Hosts and URIs


def format_host(host: str) -> str:
    """A host as it stands in a URI or Via: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _split_host_port(text: str) -> tuple[str, int | None]:
    """Take `host`, `host:port`, `[v6]` or `[v6]:port` apart; the host comes without brackets."""
    host, _, port_text = text.partition(":")
    host = host.strip()
    if host and len(port_text) < 5 and port_text.isdigit() and port_text.isascii():
        return host, int(port_text)  # as nearly everybody writes it
    text = text.strip()
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise RemoteProtocolError(f"expected a closing bracket in host {text!r}")
        rest = rest.strip()
        port_text = rest[1:] if rest.startswith(":") else ""
    elif text.count(":") > 1:  # a bare IPv6 address, as some devices write in `received`
        host, port_text = text, ""
    else:
        host, _, port_text = text.partition(":")
    host = host.strip()
    if not host:
        raise RemoteProtocolError(f"expected a host, found {text!r}")
    port_text = port_text.strip()
    if not port_text:
        return host, None
    return host, _parse_number(port_text, "port", 65535)


def _parse_number(text: str, what: str, limit: int) -> int:
    """A decimal number in plain ASCII digits, at most `limit`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise RemoteProtocolError(f"expected a number as {what}, found {text[:40]!r}")
    number = int(text)
    if number > limit:
        raise RemoteProtocolError(f"{what} {number} is over {limit}")
    return number


def _is_scheme(text: str) -> bool:
    """Whether `text` may name a kind of URI (RFC 3986 section 3.1)."""
    return text.isascii() and text[:1].isalpha() and all(c.isalnum() or c in "+-." for c in text)


def escape_user(user: str) -> str:
    """The user part of a SIP URI, percent-escaped where it must be (RFC 3261 section 19.1.2).

    A number from the command line may hold octets that are no text; they are escaped too.
    """
    return quote(user, safe="-_.!~*'()&=+$,;?/", errors="surrogatepass")


@dataclass(frozen=True, slots=True)
class Uri:
    """A SIP URI, or any other kind, of which then only scheme and text are known."""

    scheme: str
    """In lower case: "sip", "sips", "tel", …"""
    host: str = ""
    """Without brackets; for other schemes the whole text behind the colon."""
    user: str = ""
    """With escapes undone; empty where there is none."""
    port: int | None = None
    parameters: Parameters = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Uri:
        """Read a URI; raises RemoteProtocolError where there is no scheme or no host."""
        scheme, colon, rest = text.strip().partition(":")
        scheme = scheme.strip().lower()
        if not colon or not _is_scheme(scheme):
            raise RemoteProtocolError(f"expected a URI, found {text[:80]!r}")
        if scheme not in ("sip", "sips"):
            return cls(scheme, rest)
        # Parameters may hold an @, user parts a semicolon or question mark: the user ends at the
        # last @ before the parameters of the host, which is the first @ there is.
        user, at, host_part = rest.partition("@")
        if not at:
            user, host_part = "", rest
        host_part, _, _headers = host_part.partition("?")
        host_port, _, parameters = host_part.partition(";")
        host, port = _split_host_port(host_port)
        user, _, _password = user.partition(":")
        return cls(scheme, host, unquote(user), port, parse_parameters(parameters))

    def __str__(self) -> str:
        if self.scheme not in ("sip", "sips"):
            return f"{self.scheme}:{self.host}"
        user = f"{escape_user(self.user)}@" if self.user else ""
        port = f":{self.port}" if self.port is not None else ""
        parameters = _format_parameters(self.parameters)
        return f"{self.scheme}:{user}{format_host(self.host)}{port}{parameters}"


# Header fields with a grammar of their own


class NameAddr(NamedTuple):
    """An address as in From, To, Contact: display name, URI and header parameters."""

    uri: str
    """The URI as it stood; `Uri.parse` takes it apart."""
    display_name: str = ""
    parameters: Parameters = NO_PARAMETERS

    @classmethod
    def parse(cls, text: str) -> NameAddr:
        """Read one address; raises RemoteProtocolError where there is no URI.

        Without angle brackets every parameter belongs to the header (RFC 3261 section 20.10), so
        the SPA9000's `Contact: sip:a@b;expires=60` grants 60 seconds (protocol.md B.8 no. 6).
        """
        text = text.strip()
        opening = _find_outside_quotes(text, "<")
        if opening < 0:
            if text.startswith('"') and "<" in text:
                raise RemoteProtocolError(f"expected a closing quote in address {text[:80]!r}")
            uri, _, rest = text.partition(";")
            uri, rest = _tolerate_missing_semicolon_before_tag(uri, rest)
            display_name = ""
        else:
            closing = text.find(">", opening)
            if closing < 0:
                raise RemoteProtocolError(f"expected > in address {text[:80]!r}")
            display_name = unquote_string(text[:opening]) if opening else ""
            uri = text[opening + 1 : closing]
            rest = text[closing + 1 :]
        uri = uri.strip()
        if not uri:
            raise RemoteProtocolError(f"expected a URI in address {text[:80]!r}")
        return cls(uri, display_name, parse_parameters(rest) if rest else NO_PARAMETERS)

    @property
    def tag(self) -> str | None:
        """The tag parameter (RFC 3261 section 19.3)."""
        return self.parameters.get("tag")

    def __str__(self) -> str:
        """The address as the documented program writes it: no brackets where none are needed."""
        parameters = _format_parameters(self.parameters)
        if self.display_name:
            return f"{quote_string(self.display_name)} <{self.uri}>{parameters}"
        if any(char in self.uri for char in ";?,"):
            return f"<{self.uri}>{parameters}"
        return f"{self.uri}{parameters}"


def tag_of(address: str) -> str | None:
    """The tag of a From or To, the same as `NameAddr.parse(address).tag`.

    That is all it takes to find a dialog, so nothing else of the usual form is taken apart.
    Raises RemoteProtocolError where there is no URI.
    """
    before, _, tag = address.partition(">;tag=")
    display_name, _, uri = before.partition("<")
    if (
        (tag.isalnum() or tag.replace("-", "").isalnum())
        and uri[-1:].isalnum()
        and ">" not in uri
        and "\\" not in display_name
        and display_name.count('"') % 2 == 0
    ):
        return tag
    return NameAddr.parse(address).tag


def _find_outside_quotes(text: str, wanted: str) -> int:
    """Position of the first `wanted` that is not inside a quoted string, or -1."""
    found = text.find(wanted)
    if "\\" not in text and text.count('"', 0, found) % 2 == 0:
        return found  # every quoted string before it has ended
    return next((position for position, char in _outside_quotes(text) if char == wanted), -1)


def _outside_quotes(text: str) -> Iterator[tuple[int, str]]:
    """Each character that is in no quoted string, and where it stands; the quotes are not told."""
    in_quotes = escaped = False
    for position, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == '"':
            in_quotes = not in_quotes
        elif not in_quotes:
            yield position, char
        else:
            escaped = char == "\\"


def _tolerate_missing_semicolon_before_tag(uri: str, rest: str) -> tuple[str, str]:
    """`sip:a@b tag=1`: the SPA9000's first 401 lacks the semicolon (protocol.md B.8 no. 2)."""
    address, _, behind = uri.strip().partition(" ")
    if behind.lstrip(_SPACE).lower().startswith("tag="):
        return address, f"{behind};{rest}"
    return uri, rest


class Via(NamedTuple):
    """The topmost Via: where a response goes and which transaction it belongs to."""

    host: str
    port: int | None = None
    transport: str = "UDP"
    parameters: Parameters = NO_PARAMETERS

    @classmethod
    def parse(cls, text: str) -> Via:
        """Read the first of the Vias in `text`; raises RemoteProtocolError where it is not one."""
        if "," in text:
            text = split_outside_quotes(text, ",")[0]
        sent, _, parameters = text.partition(";")
        protocol, _, sent_by = sent.partition(" ")
        transport = _TRANSPORTS.get(protocol)
        if transport is None:
            protocol, _, sent_by = _tolerate_spaces_around_slashes(sent).partition(" ")
            version, _, transport = protocol.upper().rpartition("/")
            if version != "SIP/2.0" or not transport:
                raise RemoteProtocolError(f"expected SIP/2.0 in Via, found {text[:80]!r}")
        host, port = _split_host_port(sent_by)
        # Cheaper than NamedTuple's own, and this one is made for every message.
        return tuple.__new__(cls, (host, port, transport, parse_parameters(parameters)))

    @property
    def branch(self) -> str | None:
        """The branch parameter, which names the transaction (RFC 3261 section 8.1.1.7)."""
        return self.parameters.get("branch")

    def __str__(self) -> str:
        port = f":{self.port}" if self.port is not None else ""
        parameters = _format_parameters(self.parameters)
        return f"SIP/2.0/{self.transport} {format_host(self.host)}{port}{parameters}"


def _tolerate_spaces_around_slashes(text: str) -> str:
    """`SIP / 2.0 / UDP host` is legal, if unheard of (RFC 4475 section 3.1.1.1)."""
    text = text.strip()
    if "/ " in text or " /" in text or "\t" in text:
        text = "/".join(piece.strip(_SPACE) for piece in text.replace("\t", " ").split("/"))
    return text


class CSeq(NamedTuple):
    """Sequence number and method (RFC 3261 section 20.16)."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> CSeq:
        """Read `1 REGISTER`; raises RemoteProtocolError where it is not of that form."""
        try:
            number, method = text.split()
        except ValueError:
            raise RemoteProtocolError(
                f"expected number and method in CSeq, found {text[:80]!r}"
            ) from None
        if len(number) < 10 and number.isdigit() and number.isascii():
            return tuple.__new__(cls, (int(number), method))  # cheaper than NamedTuple's own
        return cls(_parse_number(number, "CSeq", 2**32 - 1), method)

    def __str__(self) -> str:
        return f"{self.number} {self.method}"
