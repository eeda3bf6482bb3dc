"""Settings: the account and the preferences, in a TOML file without passwords.

Each table of the file is one dataclass and each key one field:

    [account]       Account
    [policy]        Policy
    [dial_plan]     DialPlan
    [preferences]   the plain fields of Settings

A wrong value costs only itself: it falls back to its default, and an account that lacks a value
without default is no account. Whoever loads is told, and the damaged file is kept as a copy.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from callctrl.accounts import MOST_LAMPS, Account, ControlPath, PbxKind, Policy, SipTransport
from callctrl.numbers import DialPlan
from callctrl.places import place_from
from callctrl.store.files import claim_damaged, replace
from callctrl.store.paths import Paths

__all__ = ["Loaded", "Paths", "Settings", "load", "save"]

_log = logging.getLogger(__name__)

_E = TypeVar("_E", bound=Enum)

_HEADING = "# The settings of Call Ctrl. The password is not here but in the system's keyring.\n\n"

_Checks = Mapping[str, Callable[[object], object]]
"""The keys of one table, each with what makes a field's value of it or raises ValueError."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program keeps about what its user wants."""

    account: Account | None = None
    """None until the wizard has been through."""
    debug: bool = False
    """Whether the debug log is written."""
    policy: Policy = field(default_factory=Policy)
    dial_plan: DialPlan = field(default_factory=DialPlan)
    shows_cards: bool = True
    """Whether a card comes up when the phone rings."""
    notifies: bool = False
    """Whether the desktop's own notification comes up, too."""
    keep_days: int = 0
    """Days after which calls are forgotten; 0 keeps them all."""
    unknown: Mapping[str, object] = field(default_factory=dict, repr=False)
    """What the file held that we do not know, laid out as in the file; goes back on saving."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found in the settings file."""

    settings: Settings
    """What could be read, the rest at its default."""
    faults: tuple[str, ...] = ()
    """What could not be read, one phrase each; empty when all is well."""
    set_aside: Path | None = None
    """The copy of a damaged file, or None where there is none."""


def load(paths: Paths) -> Loaded:
    """Read the settings; a missing file is no fault and holds no account.

    A damaged file is copied beside itself under a new name and written anew with what could be
    read. Where the folder does not let us, it stays as it is. Raises OSError, and touches
    nothing, where a file is there that cannot be read.
    """
    try:
        data = paths.settings_file.read_bytes()
    except FileNotFoundError:
        return Loaded(Settings())
    settings, faults = _parse(data)
    if not faults:
        return Loaded(settings)
    for fault in faults:
        _log.warning("damaged settings: %s", fault)
    # The copy comes first, so that at no moment the user's words are nowhere.
    copy = None
    try:
        claimed = claim_damaged(paths.settings_file)
        claimed.write_bytes(data)
        copy = claimed
        save(paths, settings)
    except OSError as error:
        _log.warning("the damaged settings stay where they are: %s", error)
    return Loaded(settings, tuple(faults), copy)


def save(paths: Paths, settings: Settings) -> None:
    """Write the settings, for this user's eyes only: wholly, or not at all.

    Comments are not kept. Raises OSError where the disk refuses, and ValueError where the
    settings hold something that `load` would not take back.
    """
    data = _serialise(settings)
    _, faults = _parse(data)
    if faults:
        raise ValueError("; ".join(faults))
    paths.create()
    replace(paths.settings_file, data)


# The file's contents


def _parse(data: bytes) -> tuple[Settings, list[str]]:
    """What can be read, and what is wrong with the rest."""
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))  # Windows' Notepad leads with a BOM
    except (ValueError, RecursionError) as error:
        return Settings(), [f"expected TOML: {error}"]
    faults: list[str] = []
    account = _take(document, "account", _ACCOUNT, faults)
    policy = _take(document, "policy", _POLICY, faults)
    dial_plan = _take(document, "dial_plan", _DIAL_PLAN, faults)
    preferences = _take(document, "preferences", _PREFERENCES, faults)
    missing = [each for each in _REQUIRED if each not in account]
    if account and missing:
        faults.append(f"[account] is incomplete without {', '.join(missing)}")
    settings = Settings(
        account=None if missing else Account(**account),
        policy=Policy(**policy),
        dial_plan=DialPlan(**dial_plan),
        **preferences,
        unknown=document,
    )
    return settings, faults


def _take(
    document: dict[str, Any],
    name: str,
    checks: _Checks,
    faults: list[str],
) -> dict[str, Any]:
    """Move the values we know out of one table; what is left in the document is unknown to us."""
    table = document.pop(name, {})
    if not isinstance(table, dict):
        faults.append(f"[{name}]: expected a table, found {table!r:.40}")
        return {}
    taken = {}
    for key, check in checks.items():
        if key not in table:
            continue
        value = table.pop(key)
        try:
            taken[key] = check(value)
        except ValueError as error:
            faults.append(f"[{name}] {key}: {error}, found {value!r:.40}")
    if table:
        document[name] = table
    return taken


def _plain(account: Account) -> dict[str, object]:
    """The account as a table; enums by their value."""
    table = asdict(account)
    return {key: each.value if isinstance(each, Enum) else each for key, each in table.items()}


def _serialise(settings: Settings) -> bytes:
    ours: dict[str, dict[str, object]] = {
        "policy": asdict(settings.policy),
        "dial_plan": asdict(settings.dial_plan),
        "preferences": {key: getattr(settings, key) for key in _PREFERENCES},
    }
    if (account := settings.account) is not None:
        ours = {"account": _plain(account)} | ours
    document: dict[str, object] = {**ours, **settings.unknown}
    for name, table in ours.items():
        unknown = settings.unknown.get(name, {})
        assert isinstance(unknown, Mapping)
        document[name] = {**unknown, **table}
    return (_HEADING + tomli_w.dumps(document)).encode()


# The values


def _text(value: object) -> str:
    if isinstance(value, str) and value.isprintable():
        return value
    raise ValueError("expected text on one line")


def _name(value: object) -> str:
    text = _text(value)
    if text.strip():
        return text
    raise ValueError("expected a name")


def _place(value: object) -> str:
    text = _text(value)
    if text:
        place_from(text)
    return text


def _port(value: object, lowest: int = 1) -> int:
    if type(value) is int and lowest <= value <= 65535:  # True is an int by isinstance
        return value
    raise ValueError(f"expected a port from {lowest} to 65535")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("expected true or false")


def _one_of(kind: type[_E], value: object) -> _E:
    for each in kind:
        if each.value == value:
            return each
    raise ValueError(f"expected one of {', '.join(str(each.value) for each in kind)}")


def _count(value: object, most: int) -> int:
    if type(value) is int and 0 <= value <= most:
        return value
    raise ValueError(f"expected a number from 0 to {most}")


def _country(value: object) -> str:
    text = _text(value)
    if not text or (len(text) == 2 and text.isascii() and text.isupper()):
        return text
    raise ValueError("expected two capital letters")


def _extensions(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and len(value) <= MOST_LAMPS:
        return tuple(_name(each) for each in value)
    raise ValueError(f"expected a list of up to {MOST_LAMPS} extensions")


def _digits(value: object) -> str:
    text = _text(value)
    if len(text) <= 8 and all(char in "0123456789*#" for char in text):
        return text
    raise ValueError("expected up to 8 digits")


_ACCOUNT: _Checks = {
    "pbx": _name,
    "extension": _name,
    "station": _name,
    "computer": _name,
    "port": partial(_port, lowest=0),
    "phone": _text,
    "phone_port": _port,
    "local_port": partial(_port, lowest=0),
    "kind": partial(_one_of, PbxKind),
    "control": partial(_one_of, ControlPath),
    "transport": partial(_one_of, SipTransport),
    "outbound_proxy": _place,
    "ca_file": _text,
    "lamps": _extensions,
    "lamp_list": _text,
    "voicemail": _text,
}
_POLICY: _Checks = {
    "stay_open": _flag,
    "notice_restart": _flag,
    "believe_picture": _flag,
    "keep_alive": partial(_count, most=600),
    "silence_is_free": _flag,
}
_DIAL_PLAN: _Checks = {
    "enabled": _flag,
    "country": _country,
    "area_code": _digits,
    "outside_digit": _digits,
    "long_distance_digit": _digits,
    "internal_length": partial(_count, most=10),
}
_PREFERENCES: _Checks = {
    "debug": _flag,
    "shows_cards": _flag,
    "notifies": _flag,
    "keep_days": partial(_count, most=36_500),
}
_REQUIRED = [each.name for each in fields(Account) if each.default is MISSING]
