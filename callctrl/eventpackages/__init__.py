"""What SIP servers tell of phones, colleagues and mailboxes: the bodies of their reports, read.

- `dialoginfo`      the calls of a phone (RFC 4235), and what several documents add up to
- `pidf`            whether a phone is there at all (RFC 3863)
- `messagesummary`  what waits in a mailbox (RFC 3842)
- `resourcelist`    many of these at once (RFC 4662)
- `sipfrag`         what became of a REFER (RFC 3420)

A reader is one function of bytes. It tells what stands there and no more: what a server leaves out
is None, or empty. It raises UnreadableBodyError, and nothing else, where a body is not of its kind.
A NOTIFY may come without a body (kamailio's first does); it tells nothing, so no reader is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from callctrl.texts import one_line
from callctrl.untrustedxml import UntrustedXmlError, encoding_of, read_elements

__all__ = ["UnreadableBodyError", "number_of", "read_xml", "text_of", "version_of"]

_LONGEST_TEXT = 256
"""Characters of a name, a number or an identifier that are kept."""
_LONGEST_VERSION = 11
"""Digits of a version, which is a number of 32 bits."""
_SCHEMES = frozenset({"sip", "sips", "tel", "pres", "im"})
_NOBODY = "anonymous.invalid"
_KEYS = "+0123456789*#"
"""What a number consists of that stands where a host should, as in `sip:2001`."""


class UnreadableBodyError(Exception):
    """A body that is not of its kind; the message says what was expected and found."""


def read_xml(body: bytes, on_element: Callable[[str, dict[str, str], str], None]) -> None:
    """Call `on_element(name, attributes, text)` for each element, the inner ones first.

    Raises UnreadableBodyError where `read_elements` refuses the document.
    """
    try:
        read_elements(_tolerate_blanks_before(body), on_element, encoding=encoding_of(body))
    except UntrustedXmlError as error:
        raise UnreadableBodyError(str(error)) from None


def text_of(text: str) -> str:
    """A name or an identifier on one line, fit to be shown."""
    return one_line(text, _LONGEST_TEXT)


def number_of(uri: str) -> str:
    """The number or user name in a URI, e.g. "2001" of `sip:2001@pbx;transport=udp`.

    Escapes are undone. Empty where there is none, and for whoever withholds it (RFC 3323
    section 4.1.1.3).
    """
    if "<" in uri:
        uri = uri.partition("<")[2].partition(">")[0]
    scheme, colon, rest = uri.strip().partition(":")
    scheme = scheme.lower()
    address = rest if colon and scheme in _SCHEMES else uri.strip()
    user, at, host = address.partition("@")
    user = user.partition(";")[0].partition(":")[0]
    is_host = not at and scheme != "tel" and user.strip(_KEYS)
    if is_host or host.lower().startswith(_NOBODY):
        return ""
    return text_of(unquote(user))


def version_of(text: str) -> int | None:
    """The version of a document; None where it is none. kamailio writes it with zeros before."""
    digits = text.strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_VERSION
    return int(digits) if is_number else None


def _tolerate_blanks_before(body: bytes) -> bytes:
    """An empty line before the XML declaration, which must come first (XML 1.0 section 2.8)."""
    return body.lstrip(b" \t\r\n")
