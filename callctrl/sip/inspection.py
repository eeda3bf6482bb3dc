"""What a request is asked before it is acted on (RFC 3261 section 8.2), and what OPTIONS tells.

In the order of the RFC: is the method one of ours (8.2.1), is the request meant for us, new, and
without extensions we lack (8.2.2), can its body be read (8.2.3). Each question returns the
refusal that is due, or None.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_letters, digits
from typing import NamedTuple

from callctrl.sip.headers import parse_parameters, split_outside_quotes
from callctrl.sip.message import Request

__all__ = [
    "Capabilities",
    "Refusal",
    "inspect_body",
    "inspect_headers",
    "inspect_method",
    "is_body_optional",
]

_KNOWN_METHODS = frozenset(
    (
        *("ACK", "BYE", "CANCEL", "INVITE", "OPTIONS", "REGISTER"),
        *("INFO", "MESSAGE", "NOTIFY", "PRACK", "PUBLISH", "REFER", "SUBSCRIBE", "UPDATE"),
    )
)
"""Those of RFC 3261, and of RFC 3262, 3311, 3428, 3515, 3903, 6086 and 6665."""
_SCHEMES = ("sip", "sips")
_SCHEME = frozenset(ascii_letters + digits + "+-.")
"""What the scheme of a URI is written in (RFC 3986 section 3.1)."""
_IDENTITY = "identity"

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What we do, as OPTIONS tells it and refusals name it."""

    methods: tuple[str, ...]
    """Those understood, ACK and CANCEL included (RFC 3261 section 20.5)."""
    events: tuple[str, ...]
    """Event packages (RFC 6665 section 8.2.2)."""
    accepts: tuple[str, ...]
    """Media types of bodies."""
    extensions: tuple[str, ...] = ()
    """Option tags."""

    @property
    def fields(self) -> Fields:
        """What a 200 to OPTIONS says (RFC 3261 section 11.2); an empty Supported means none."""
        return (
            self.allow,
            self.accept,
            _ACCEPT_ENCODING,
            ("Accept-Language", "*"),
            ("Supported", ", ".join(self.extensions)),
            self.allow_events,
        )

    @property
    def allow(self) -> tuple[str, str]:
        """The Allow field."""
        return "Allow", ", ".join(self.methods)

    @property
    def allow_events(self) -> tuple[str, str]:
        """The Allow-Events field."""
        return "Allow-Events", ", ".join(self.events)

    @property
    def accept(self) -> tuple[str, str]:
        """The Accept field."""
        return "Accept", ", ".join(self.accepts)


class Refusal(NamedTuple):
    """A response that ends a request before it is acted on."""

    status: int
    fields: Fields = ()


_ACCEPT_ENCODING = ("Accept-Encoding", _IDENTITY)


def inspect_method(request: Request, able: Capabilities) -> Refusal | None:
    """405 for a method we know and do not do, 501 for any other (sections 8.2.1 and 21.5.2)."""
    if request.method in able.methods:
        return None
    return Refusal(405 if request.method in _KNOWN_METHODS else 501, (able.allow,))


def inspect_headers(
    request: Request, able: Capabilities, *, is_merged: bool = False
) -> Refusal | None:
    """416, 482 or 420 (sections 8.2.2.1 to 8.2.2.3); not to be asked of a CANCEL.

    Whom the Request-URI names is not looked at, only its kind: phones and PBXs write what they
    please. Max-Forwards concerns who forwards (section 16.3); at the end of the way 0 is as good
    as 70.
    """
    if _scheme_of(request.uri) not in _SCHEMES:
        return Refusal(416)
    if is_merged:
        return Refusal(482)
    lacking = [tag for tag in _values(request, "Require") if tag not in able.extensions]
    if lacking:
        return Refusal(420, (("Unsupported", ", ".join(dict.fromkeys(lacking))),))
    return None


def inspect_body(request: Request, able: Capabilities) -> Refusal | None:
    """415 where there is a body that cannot be read (sections 8.2.3 and 21.4.13).

    The refusal says what would have been welcome. It is due unless `is_body_optional`.
    """
    if not request.body:
        return None
    if any(each.lower() != _IDENTITY for each in _values(request, "Content-Encoding")):
        return Refusal(415, (_ACCEPT_ENCODING,))
    if request.content_type in able.accepts or _tolerate_a_body_without_type(request):
        return None
    return Refusal(415, (able.accept,))


def is_body_optional(request: Request) -> bool:
    """Whether the body is marked as one that may be left aside (section 20.11)."""
    disposition = request.headers.get("Content-Disposition")
    if disposition is None:
        return False
    _, _, parameters = disposition.partition(";")
    return (parse_parameters(parameters).get("handling") or "").lower() == "optional"


def _tolerate_a_body_without_type(request: Request) -> bool:
    """Section 20.15 wants a Content-Type; who leaves it out means what he always sends."""
    return not request.content_type


def _scheme_of(uri: str) -> str:
    scheme, colon, _ = uri.partition(":")
    if scheme in _SCHEMES:
        return scheme
    is_scheme = colon and scheme.isascii() and scheme[:1].isalpha() and not set(scheme) - _SCHEME
    return scheme.lower() if is_scheme else _tolerate_a_uri_without_scheme(uri)


def _tolerate_a_uri_without_scheme(_uri: str) -> str:
    """`RECEPTION@192.168.1.50:5060` can only be SIP."""
    return "sip"


def _values(request: Request, name: str) -> list[str]:
    """What a field lists, from all its lines."""
    lines = request.headers.get_all(name)
    return [value for line in lines for value in split_outside_quotes(line, ",") if value]
