"""The settings a SPA9000 and its phones show at /admin/spacfg.xml, as far as the wizard asks.

It is one flat document of many hundred elements, settings and live status alike (C.1, C.2, F.5):

    <User_ID_1_ group="Ext_1/Subscriber_Information">200</User_ID_1_>

Names repeat from group to group, so a setting is looked up by both. Anything may be missing, and
missing is never an error: it is None or empty. A document that breaks off gives what stood before
the fault, and says so in `fault`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from callctrl.untrustedxml import UntrustedXmlError, encoding_of, read_elements

__all__ = [
    "MAX_BYTES",
    "Extension",
    "PbxProfile",
    "PhoneProfile",
    "ProfileError",
    "Registration",
    "read_pbx",
    "read_phone",
]

MAX_BYTES = 1_048_576
"""A real document has up to 200 KB."""
_MAX_ELEMENTS = 10_000
"""A real document has up to 1,500."""
_LONGEST_TEXT = 256
"""Characters of a setting that are kept."""


class ProfileError(Exception):
    """Not a settings document, or nothing in it can be read; never quotes what is in it."""


class Registration(Enum):
    """How an extension stands with its PBX, as the phone spells it."""

    REGISTERED = "Registered"
    NOT_REGISTERED = "Not Registered"
    FAILED = "Failed"
    REFUSED = "FailedAuthenticate"
    """The PBX does not take its password."""
    UNKNOWN = ""
    """Not said, or in a word we do not know."""


@dataclass(frozen=True, slots=True)
class PbxProfile:
    """What a SPA9000 says about itself."""

    model: str = ""
    phone_ext_password: str | None = field(default=None, repr=False)
    """The password of all its phones, None where it cannot be read, so that a person is asked.

    Empty is the factory default: nobody is challenged, no password is needed (S40).
    """
    fault: str = ""
    """Where the document breaks off and why; empty for a whole one."""


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension that is set up on a phone."""

    index: int
    """Its number on the phone, from 1; Ext 1 is the one a SPA9000 sets up."""
    user_id: str
    auth_id: str = ""
    """The name it authenticates by in place of the User ID; empty where it is not used."""
    registration: Registration = Registration.UNKNOWN
    is_in_use: bool = True
    """Whether a line key uses it; taken for granted where the phone names no line keys."""

    @property
    def username(self) -> str:
        """The digest user name: the User ID, unless the phone is told otherwise (S2, C.2)."""
        return self.auth_id or self.user_id


@dataclass(frozen=True, slots=True)
class PhoneProfile:
    """What a phone says about itself."""

    model: str = ""
    current_ip: str = ""
    station: str = ""
    """Its Station Name, the user part we subscribe to."""
    is_cti_enabled: bool | None = None
    extensions: tuple[Extension, ...] = ()
    """Those with a User ID, by index."""
    fault: str = ""
    """Where the document breaks off and why; empty for a whole one."""

    @property
    def primary(self) -> Extension | None:
        """Ext 1, whose account is ours; None where it is not set up."""
        return next((each for each in self.extensions if each.index == 1), None)


# Reading


def read_pbx(data: bytes, *, is_protected: bool = False) -> PbxProfile:
    """Read a SPA9000's document; raises ProfileError where it is none.

    A password hidden by stars is told by them (E6). One hidden by leaving it out looks like none
    at all; it is told by the admin password, which a device that asked for it (`is_protected`)
    has for certain: where that is shown empty, nothing empty is believed. A device with neither
    stars nor an admin password is taken at its word.
    """
    settings, fault = _read_settings(data)
    password = settings.get(("SIP/PBX_Phone_Parameters", "Phone_Ext_Password"))
    if password is not None and not password.strip():
        password = ""
    if password:
        is_masked = not password.strip().strip("*")
    else:
        admin_password = settings.get(("System/System_Configuration", "Admin_Passwd"))
        is_blanked = admin_password is not None and not admin_password.strip()
        is_masked = password is not None and is_protected and is_blanked
    return PbxProfile(
        model=_text(settings, "Info/Product_Information", "Product_Name"),
        phone_ext_password=None if is_masked else password,
        fault=fault,
    )


def read_phone(data: bytes) -> PhoneProfile:
    """Read a phone's document; raises ProfileError where it is none."""
    settings, fault = _read_settings(data)
    return PhoneProfile(
        model=_text(settings, "Info/Product_Information", "Product_Name"),
        current_ip=_text(settings, "Info/System_Information", "Current_IP"),
        station=_text(settings, "Phone/General", "Station_Name"),
        is_cti_enabled=_yes_or_no(settings, "SIP/SIP_Parameters", "CTI_Enable"),
        extensions=tuple(_extensions(settings)),
        fault=fault,
    )


_Settings = dict[tuple[str, str], str]
"""Text by group and name."""

_ROOT = re.compile(rb"<(?:[\w.-]+:)?flat-profile[\s/>]")
_STRAY = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]"
    rb"|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)"
    rb"|<(?![A-Za-z_/!?])"
)


def _read_settings(data: bytes) -> tuple[_Settings, str]:
    """All settings, and where the document breaks off."""
    if len(data) > MAX_BYTES:
        raise ProfileError(f"expected at most {MAX_BYTES} bytes, found {len(data)}")
    if not _ROOT.search(data[:4096]):
        raise ProfileError("expected a <flat-profile> element")
    settings: _Settings = {}
    fault = ""

    def on_element(name: str, attributes: dict[str, str], text: str) -> None:
        settings[attributes.get("group", ""), name] = text

    try:
        read_elements(
            _with_strays_escaped(data.lstrip()),  # an XML declaration must come first
            on_element,
            encoding=encoding_of(data),
            max_bytes=5 * MAX_BYTES,  # an escaped stray has up to five
            max_elements=_MAX_ELEMENTS,
        )
    except UntrustedXmlError as error:
        if not settings:
            raise ProfileError(str(error)) from None
        fault = str(error)
    return settings, fault


def _with_strays_escaped(data: bytes) -> bytes:
    """Escape each `&` and `<` that begins no markup, and drop control characters (C.1).

    Names such as "Sales & Service" and dial plans such as `(<:9>xx.)` may stand there as typed.
    """
    escaped = {b"&": b"&amp;", b"<": b"&lt;"}
    return _STRAY.sub(lambda stray: escaped.get(stray[0], b""), data)


def _extensions(settings: _Settings) -> Iterator[Extension]:
    used = {  # None where a key is "Disabled"
        _number(settings, f"Phone/Line_Key_{key}", f"Extension_{key}_")
        for key in _numbers(settings, r"Phone/Line_Key_(\d{1,2})")
    }
    for index in _numbers(settings, r"Ext_(\d{1,2})/Subscriber_Information"):
        subscriber = f"Ext_{index}/Subscriber_Information"
        user_id = _text(settings, subscriber, f"User_ID_{index}_")
        if not user_id:
            continue
        uses_auth_id = _yes_or_no(settings, subscriber, f"Use_Auth_ID_{index}_")
        registration = _text(settings, f"Info/Ext_{index}_Status", "Registration_State")
        yield Extension(
            index=index,
            user_id=user_id,
            auth_id=_text(settings, subscriber, f"Auth_ID_{index}_") if uses_auth_id else "",
            registration=_REGISTRATIONS.get(registration.lower(), Registration.UNKNOWN),
            is_in_use=index in used or not used,
        )


_REGISTRATIONS = {each.value.lower(): each for each in Registration}


def _numbers(settings: _Settings, group_pattern: str) -> list[int]:
    """The numbers in the names of such groups, in order."""
    matches = (re.fullmatch(group_pattern, group) for group, _ in settings)
    return sorted({int(match[1]) for match in matches if match})


def _text(settings: _Settings, group: str, name: str) -> str:
    return " ".join(settings.get((group, name), "").split())[:_LONGEST_TEXT]


def _number(settings: _Settings, group: str, name: str) -> int | None:
    match = re.fullmatch(r"[0-9]{1,5}", _text(settings, group, name))
    return int(match[0]) if match else None


def _yes_or_no(settings: _Settings, group: str, name: str) -> bool | None:
    return {"yes": True, "no": False}.get(_text(settings, group, name).lower())
