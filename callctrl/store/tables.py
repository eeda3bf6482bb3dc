"""One table of a TOML file: the keys that are known, and what makes a value of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

__all__ = ["Checks", "Tables", "plain", "take", "told"]

Checks = Mapping[str, Callable[[object], object]]
"""The keys of one table, each with what makes a field's value of it or raises ValueError."""

Tables = Mapping[str, Checks]
"""The tables of a file by their names."""


def take(table: dict[str, Any], name: str, checks: Checks, faults: list[str]) -> dict[str, Any]:
    """The values of a table that are right, by key; a wrong one leaves the table, and a fault.

    Keys that are not known stay where they are. `name` is what the table is called in a fault.
    """
    taken = {}
    for key, check in checks.items():
        if key not in table:
            continue
        try:
            taken[key] = check(table[key])
        except ValueError as error:
            faults.append(f"[{name}] {key}: {error}, found {told(table.pop(key))}")
    return taken


def told(value: object) -> str:
    """A value as it is told in a fault; TOML lets one be nested, or be a number, without end."""
    try:
        return f"{value!r:.40}"
    except (ValueError, RecursionError):
        return f"a monstrous {type(value).__name__}"


def plain(value: object) -> object:
    """A field's value as TOML and JSON have it."""
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value
