"""Links to a telephone: tel: (RFC 3966), sip: and sips: (RFC 3261 section 19.1), callto:.

Anybody can put a link on a web page. So it may name a telephone and nothing else: above all no
feature code, which could send all calls of the house elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote

from callctrl.numbers.text import LONGEST, typed, without_separators

__all__ = ["Link", "LinkError", "LinkFault", "is_link", "read_link"]

_LONGEST_LINK = 1024
"""Characters; a host name and parameters come on top of the number."""

_SIP = ("sip", "sips")
_SCHEMES = ("tel", "callto", *_SIP)

_NUMBER = re.compile(r"\+?[0-9]+")
_EXTENSION = re.compile(r"[0-9]{0,16}")
_NAME = re.compile(r"[0-9._~!'-]*[a-z][a-z0-9._~!'-]*", re.ASCII | re.IGNORECASE)
"""A user name of a phone system. It has a letter, or else it is a number."""


class LinkFault(Enum):
    """Why a link is refused, in a sentence."""

    NO_LINK = "This is not a link to a telephone number."
    EMPTY = "There is no telephone number in the link."
    TOO_LONG = "The link is too long."
    UNPRINTABLE = "The link holds characters that cannot be seen."
    CODE = "The link holds * or #. Codes for the phone can only be dialled by hand."
    NO_NUMBER = "The link holds something other than a telephone number."


class LinkError(ValueError):
    """A link that is not followed; as text, a sentence that says why."""

    def __init__(self, fault: LinkFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Link:
    """What a link wants dialled."""

    number: str
    """Digits, behind a `+` or not; or a user name of the phone system."""
    extension: str = ""
    """Digits to key in after the answer; empty where there are none."""
    shown: str = ""
    """The number as the link spells it."""


def is_link(text: str) -> bool:
    """Whether this is meant as a link to a telephone, sound or not."""
    return _parts(text)[0] in _SCHEMES


def read_link(text: str) -> Link:
    """Read a link as a browser or a mail program hands it over; raises LinkError.

    The scheme may be in any case, `//` behind it and `<>` around it. Of a SIP address only the
    user part counts: the call goes through the desk's own phone system.
    """
    if len(text) > _LONGEST_LINK:
        raise LinkError(LinkFault.TOO_LONG)
    decoded = unquote(text)
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text + decoded):
        raise LinkError(LinkFault.UNPRINTABLE)
    scheme, address = _parts(text)
    if scheme not in _SCHEMES:
        raise LinkError(LinkFault.NO_LINK)
    if not {"*", "#"}.isdisjoint(typed(decoded)):
        raise LinkError(LinkFault.CODE)
    if scheme in _SIP:
        address = _user(address)
    spelled, *fields = (typed(unquote(each)) for each in address.split(";"))
    if scheme in _SIP and len(spelled) <= LONGEST and _NAME.fullmatch(spelled):
        return Link(spelled, shown=spelled)
    return _telephone(spelled, dict(map(_parameter, fields)))


def _telephone(spelled: str, parameters: dict[str, str]) -> Link:
    """The telephone-subscriber of RFC 3966, or what pages make of it."""
    number = without_separators(spelled)
    if not number.removeprefix("+"):
        raise LinkError(LinkFault.EMPTY)
    context = parameters.get("phone-context", "")
    if context.startswith("+") and not number.startswith("+"):
        spelled = number = context + number
    extension = parameters.get("ext", "")
    if len(number) > LONGEST:
        raise LinkError(LinkFault.TOO_LONG)
    if not _NUMBER.fullmatch(number) or not _EXTENSION.fullmatch(extension):
        raise LinkError(LinkFault.NO_NUMBER)
    return Link(number, extension, spelled)


def _parts(text: str) -> tuple[str, str]:
    """Scheme in lower case and address; both empty where there is no colon."""
    text = text.strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1].strip()
    scheme, colon, rest = text.partition(":")
    if not colon:
        return "", ""
    return scheme.lower(), rest.strip().partition("?")[0].removeprefix("//").removesuffix("/")


def _user(address: str) -> str:
    """The user part of a SIP address with its parameters; empty where there is only a host."""
    user, at, _ = address.rpartition("@")
    if at:
        # What follows a colon is a password, which is deprecated and none of our business.
        return user.partition(":")[0]
    # Pages write "sip:2125550100". A host has a dot, whether it is a name or digits.
    return "" if "." in address or not _NUMBER.match(unquote(address)) else address


def _parameter(field: str) -> tuple[str, str]:
    """Name in lower case, and value."""
    name, _, value = field.partition("=")
    return name.strip().lower(), without_separators(value)
