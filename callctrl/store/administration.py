"""The administrator's policy file: what is the default on a PC, and what is locked there.

    by = "IT department, extension 500"      who is named beside what is locked
    [default.account]                        tables and keys as in settings.toml
    pbx = "192.168.1.20"
    [locked.preferences]
    debug = false

Built-in default < [default] < the user's settings.toml < [locked]. A policy is obeyed as a whole or
not at all: half of one that has a slip in it might lock the wrong half.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from callctrl.store.tables import Tables, take, told
from callctrl.store.trust import why_untrusted

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    _D = TypeVar("_D", bound=DataclassInstance)

__all__ = ["LARGEST", "Administration", "Values", "parse", "read"]

LARGEST = 65536
"""Bytes of a policy file; a thousand colleagues fit in."""

_LONGEST_BY = 200
_MOST_FAULTS = 20
"""So many are told; whoever mends the first ones sees the others."""

Values = Mapping[str, Mapping[str, Any]]
"""Fields' values by table and key."""


@dataclass(frozen=True, slots=True)
class Administration:
    """What whoever looks after the PC has decided for the people who use it."""

    by: str = ""
    """Who says so, in the administrator's own words; may be empty."""
    defaults: Values = field(default_factory=dict)
    """What holds where the user has said nothing."""
    locked: Values = field(default_factory=dict)
    """What holds whatever anybody says."""
    file: Path | None = None
    """The policy file; None where there is none."""
    faults: tuple[str, ...] = ()
    """Why the file is not obeyed, one phrase each; then nothing is default and nothing locked."""

    def is_locked(self, table: str, key: str) -> bool:
        """Whether the user cannot change this setting."""
        return key in self.locked.get(table, {})

    def given(self, table: str) -> dict[str, Any]:
        """What is said of a table at all, by key."""
        return {**self.defaults.get(table, {}), **self.locked.get(table, {})}

    def merged(self, table: str, own: Mapping[str, Any]) -> dict[str, Any]:
        """The user's own values of a table, above the defaults and below what is locked."""
        return {**self.defaults.get(table, {}), **own, **self.locked.get(table, {})}

    def obeyed(self, table: str, values: _D) -> _D:
        """The same with what is locked; `values` has the fields of that table."""
        locked = self.locked.get(table)
        return replace(values, **locked) if locked else values


def read(
    file: Path, tables: Tables, *, distrust: Callable[[Path], str] = why_untrusted
) -> Administration:
    """What the policy file says; never raises. A file that is not there says nothing.

    `distrust` tells why anybody but an administrator might have written it, or nothing.
    """
    try:
        data = _contents(file)
        doubt = distrust(file)
        # What anybody wrote is not even parsed: TOML can be written that takes minutes.
        found = Administration(faults=(doubt,)) if doubt else parse(data, tables)
    except FileNotFoundError:
        return Administration()
    except OSError as error:
        found = Administration(faults=(f"it cannot be read: {error.strerror or error}",))
    return replace(found, file=file)


def _contents(file: Path) -> bytes:
    """At most one byte more than a policy may have."""
    with open(file, "rb", opener=_open_at_once) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError("it is no plain file")
        return stream.read(LARGEST + 1)


def _open_at_once(path: str, flags: int) -> int:
    """Open it, but wait for nobody at the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def parse(data: bytes, tables: Tables) -> Administration:
    """What a policy file says that holds these bytes; never raises."""
    if len(data) > LARGEST:
        return Administration(faults=(f"it has more than {LARGEST} bytes",))
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))  # Windows' Notepad leads with a BOM
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Administration(faults=(f"expected text in UTF-8, which line {line} is not",))
    except (ValueError, RecursionError) as error:
        return Administration(faults=(f"expected TOML: {error}",))
    faults: list[str] = []
    by = document.pop("by", "")
    if not (isinstance(by, str) and by.isprintable() and len(by) <= _LONGEST_BY):
        faults.append(f"by: expected up to {_LONGEST_BY} characters on one line, found {told(by)}")
    defaults = _values_in(document.pop("default", {}), "default", tables, faults)
    locked = _values_in(document.pop("locked", {}), "locked", tables, faults)
    faults.extend(
        f"unknown key {key!r:.40}, expected one of by, default, locked" for key in document
    )
    if faults:
        return Administration(faults=tuple(faults[:_MOST_FAULTS]))
    return Administration(by.strip(), defaults, locked)


def _values_in(document: object, where: str, tables: Tables, faults: list[str]) -> Values:
    """The values below [default] or [locked], by table and key."""
    if not isinstance(document, dict):
        faults.append(f"[{where}]: expected a table, found {told(document)}")
        return {}
    values = {}
    for name, table in document.items():
        called = f"{where}.{name}"
        if name not in tables:
            known = ", ".join(tables)
            faults.append(f"[{where}]: unknown table {name!r:.40}, expected one of {known}")
        elif not isinstance(table, dict):
            faults.append(f"[{called}]: expected a table, found {told(table)}")
        else:
            values[name] = take(table, called, tables[name], faults)
            unknown = [key for key in table if key not in values[name]]
            faults.extend(f"[{called}] unknown key {key!r:.40}" for key in unknown)
    return values
