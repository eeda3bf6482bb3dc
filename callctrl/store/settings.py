"""Settings: the account and the preferences, in a TOML file without passwords.

Each table of the file is one dataclass and each key one field:

    [account]       Account
    [policy]        Policy
    [dial_plan]     DialPlan
    [preferences]   the plain fields of Settings

A wrong value costs only itself: it falls back to its default, and an account that lacks a value
without default is no account. Whoever loads is told, and the damaged file is kept as a copy.

The file holds what its user has decided, and nothing else: built-in defaults and those of an
`Administration` lie below it, what is locked lies above, and neither is ever written into it.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import Enum
from functools import partial
from itertools import combinations
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, TypeVar

import tomli_w

from callctrl.accounts import MOST_LAMPS, Account, ControlPath, PbxKind, Policy, SipTransport
from callctrl.keystrokes import keystroke_from
from callctrl.numbers import DialPlan
from callctrl.places import place_from
from callctrl.store import files
from callctrl.store.administration import Administration, read
from callctrl.store.paths import Paths, policy_file
from callctrl.store.tables import Checks, Tables, plain, take, told
from callctrl.store.trust import why_untrusted

__all__ = [
    "TABLES",
    "Loaded",
    "Paths",
    "Settings",
    "administration_here",
    "load",
    "obeying",
    "policy_in",
    "save",
]

_log = logging.getLogger(__name__)

_E = TypeVar("_E", bound=Enum)

_HEADING = "# The settings of Call Ctrl. The password is not here but in the system's keyring.\n\n"


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
    starts_minimized: bool = True
    """Whether it starts in the tray, without a window, when the desktop starts it at log-in."""
    starts_at_login: bool = False
    """Whether each start sees to it that the desktop starts it at log-in."""
    opens_links: bool = False
    """Whether each start sees to it that links to telephone numbers are opened by it."""
    global_keys: bool = False
    """Whether keys answer, hold and hang up from any window."""
    answer_key: str = "Ctrl+Shift+F6"
    """Each of them as `callctrl.keystrokes` reads it; empty where there is to be none."""
    hold_key: str = "Ctrl+Shift+F7"
    hang_up_key: str = "Ctrl+Shift+F8"
    administration: Administration = field(default_factory=Administration)
    """What is default and locked on this PC; comes from elsewhere and is never saved."""
    own: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What the file held when it was loaded, laid out as there; what we do not know goes back."""

    @property
    def draft(self) -> Account:
        """What is known of the account as yet, the rest blank: what the wizard begins with."""
        if self.account is not None:
            return self.account
        values = _account_values(self.own, self.administration)
        if values.get("kind") is PbxKind.SIP:
            values = {"port": 0} | values  # 6060 is the SPA9000's
        return Account(**(dict.fromkeys(_REQUIRED, "") | values))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found in the settings file."""

    settings: Settings
    """What could be read, the rest at its default."""
    faults: tuple[str, ...] = ()
    """What could not be read, one phrase each; empty when all is well."""
    set_aside: Path | None = None
    """The copy of a damaged file, or None where there is none."""


def administration_here() -> Administration:
    """What the administrator of this PC has decided, whoever's profile is meant."""
    return policy_in(policy_file())


def policy_in(file: Path, *, distrust: Callable[[Path], str] = why_untrusted) -> Administration:
    """What a policy file says, as `read` has it; one keystroke for two things is a fault, too."""
    found = read(file, TABLES, distrust=distrust)
    keys = {**_built_in(Settings()), **found.given("preferences")}
    faults = tuple(
        f"{one} and {other}: expected two keys, found {keys[one]} for both"
        for one, other in combinations(_KEYSTROKES, 2)
        if keys[one] and keys[one] == keys[other]
    )
    return Administration(file=found.file, faults=faults) if faults else found


def load(paths: Paths, administration: Administration | None = None) -> Loaded:
    """Read the settings; a missing file is no fault and holds no account.

    A damaged file is copied beside itself under a new name and written anew with what could be
    read. Where the folder does not let us, it stays as it is. Raises OSError, and touches
    nothing, where a file is there that cannot be read.
    """
    administration = administration or Administration()
    try:
        data = paths.settings_file.read_bytes()
    except FileNotFoundError:
        data = b""
    settings, faults = _parse(data, administration)
    if not faults:
        return Loaded(settings)
    for fault in faults:
        _log.warning("damaged settings: %s", fault)
    # The copy comes first, so that at no moment the user's words are nowhere.
    copy = None
    try:
        claimed = files.claim_damaged(paths.settings_file)
        claimed.write_bytes(data)
        copy = claimed
        save(paths, settings)
    except (OSError, ValueError) as error:
        _log.warning("the damaged settings stay where they are: %s", error)
    return Loaded(settings, tuple(faults), copy)


def save(paths: Paths, settings: Settings) -> None:
    """Write the settings, for this user's eyes only: wholly, or not at all.

    Comments are not kept. Raises OSError where the disk refuses, and ValueError where the
    settings hold something that `load` would not take back.
    """
    data = _serialise(settings)
    _, faults = _parse(data, settings.administration)
    if faults:
        raise ValueError("; ".join(faults))
    paths.create()
    files.replace(paths.settings_file, data)


def obeying(settings: Settings) -> Settings:
    """The settings with all that is locked, whatever somebody has set."""
    administration = settings.administration
    changed = administration.obeyed("preferences", settings)
    return replace(
        changed,
        account=changed.account and administration.obeyed("account", changed.account),
        policy=administration.obeyed("policy", changed.policy),
        dial_plan=administration.obeyed("dial_plan", changed.dial_plan),
    )


# The file's contents


def _parse(data: bytes, administration: Administration) -> tuple[Settings, list[str]]:
    """What can be read, and what is wrong with the rest."""
    faults: list[str] = []
    document: dict[str, Any] = {}
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))  # Windows' Notepad leads with a BOM
    except (ValueError, RecursionError) as error:
        faults.append(f"expected TOML: {error}")
    values = {}
    for name, checks in TABLES.items():
        table = document.get(name, {})
        if not isinstance(table, dict):
            faults.append(f"[{name}]: expected a table, found {told(document.pop(name))}")
            table = {}
        values[name] = administration.merged(name, take(table, name, checks, faults))
    is_whole = all(key in values["account"] for key in _REQUIRED)
    settings = Settings(
        account=Account(**values["account"]) if is_whole else None,
        policy=Policy(**values["policy"]),
        dial_plan=DialPlan(**values["dial_plan"]),
        **values["preferences"],
        administration=administration,
        own=document,
    )
    return settings, faults


def _account_values(own: Mapping[str, Any], administration: Administration) -> dict[str, Any]:
    """What a file and the administrator say of the account."""
    return administration.merged("account", take(dict(own.get("account", {})), "", _ACCOUNT, []))


def _serialise(settings: Settings) -> bytes:
    """What the file held, and what has been decided since.

    A value that is what it would be without being written is not written: so a default reaches
    those who never decided otherwise, also one that the administrator thinks of later. An account
    that is not complete stays as it was begun.
    """
    document: dict[str, Any] = dict(settings.own)
    holders = {
        "account": settings.account,
        "policy": settings.policy,
        "dial_plan": settings.dial_plan,
        "preferences": settings,
    }
    administration = settings.administration
    for name, checks in TABLES.items():
        holder = holders[name]
        if holder is None:
            continue
        table = document[name] = dict(document.get(name, {}))
        below = {**_built_in(holder), **administration.defaults.get(name, {})}
        for key in checks:
            value = getattr(holder, key)
            if not administration.is_locked(name, key) and (
                key in table or key not in below or value != below[key]
            ):
                table[key] = plain(value)
        if not table:
            del document[name]
    try:
        return (_HEADING + tomli_w.dumps(document)).encode()
    except RecursionError as error:
        raise ValueError("something unknown in it is nested without end") from error


def _built_in(holder: Account | Policy | DialPlan | Settings) -> dict[str, Any]:
    """The built-in defaults of a table's fields, by key."""
    return {each.name: each.default for each in fields(holder) if each.default is not MISSING}


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


def _host(value: object) -> str:
    text = _name(value)
    if text.count(":") == 1:  # an IPv6 address has more of them
        raise ValueError("expected a host without a port, which has a key of its own")
    return text


def _whole_path(value: object) -> str:
    text = _text(value)
    # Another system's, too: who rolls out may look through a policy on one for the other.
    kinds = PurePosixPath, PureWindowsPath
    if not text or any(kind(text).is_absolute() for kind in kinds):
        return text
    raise ValueError("expected a whole path")


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


def _keystroke(value: object) -> str:
    text = _text(value)
    return str(keystroke_from(text)) if text else ""


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


_KEYSTROKES = ("answer_key", "hold_key", "hang_up_key")

_ACCOUNT: Checks = {
    "pbx": _host,
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
    "ca_file": _whole_path,
    "lamps": _extensions,
    "lamp_list": _text,
    "voicemail": _text,
}
_POLICY: Checks = {
    "stay_open": _flag,
    "notice_restart": _flag,
    "believe_picture": _flag,
    "keep_alive": partial(_count, most=600),
    "silence_is_free": _flag,
}
_DIAL_PLAN: Checks = {
    "enabled": _flag,
    "country": _country,
    "area_code": _digits,
    "outside_digit": _digits,
    "long_distance_digit": _digits,
    "internal_length": partial(_count, most=10),
}
_PREFERENCES: Checks = {
    "debug": _flag,
    "shows_cards": _flag,
    "notifies": _flag,
    "keep_days": partial(_count, most=36_500),
    "starts_minimized": _flag,
    "starts_at_login": _flag,
    "opens_links": _flag,
    "global_keys": _flag,
    **dict.fromkeys(_KEYSTROKES, _keystroke),
}
TABLES: Tables = {
    "account": _ACCOUNT,
    "policy": _POLICY,
    "dial_plan": _DIAL_PLAN,
    "preferences": _PREFERENCES,
}
"""What may stand in the file, and in an administrator's."""

_REQUIRED = [each.name for each in fields(Account) if each.default is MISSING]
