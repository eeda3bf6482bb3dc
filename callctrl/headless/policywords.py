"""The administrator's policy in words: what is default, what is locked, what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from callctrl.store.administration import Administration, Values
from callctrl.store.tables import plain

__all__ = [
    "faults_in_words",
    "policy_as_json",
    "policy_in_words",
    "set_by_in_words",
    "value_in_words",
]


def set_by_in_words(by: str) -> str:
    """Who has locked something, as a sentence."""
    return f"Set by {by.rstrip('.') or 'the administrator'}."


def value_in_words(value: object) -> str:
    """A setting's value as it stands in a file."""
    return json.dumps(plain(value), ensure_ascii=False)


def faults_in_words(administration: Administration) -> str:
    """What is wrong with the policy file, a line each; empty where nothing is."""
    return "\n".join(
        f"The policy file {administration.file} is not obeyed: {fault}"
        for fault in administration.faults
    )


def policy_in_words(administration: Administration, place: Path, *, is_candidate: bool) -> str:
    """The whole policy; `place` is where it is looked for, and a candidate lies elsewhere."""
    if administration.faults:
        return faults_in_words(administration)
    if administration.file is None:
        return f"There is no policy: no file {place}."
    if is_candidate:
        state = f"has no fault. It is obeyed as {place}, if only an administrator can write it."
    else:
        state = "is obeyed."
    lines = [
        f"{administration.file} {state}",
        f"Beside what is locked stands: {set_by_in_words(administration.by)}",
    ]
    rows = list(_rows(administration))
    width = max((len(name) for _, name, _ in rows), default=0)
    lines += (f"{kind:8} {name:{width}} = {value}" for kind, name, value in rows)
    return "\n".join(lines)


def policy_as_json(administration: Administration, place: Path) -> str:
    """The same for scripts, as one line."""
    return json.dumps(
        {
            "file": str(administration.file or place),
            "exists": administration.file is not None,
            "obeyed": administration.file is not None and not administration.faults,
            "faults": administration.faults,
            "by": administration.by,
            "default": _as_data(administration.defaults),
            "locked": _as_data(administration.locked),
        }
    )


def _rows(administration: Administration) -> Iterator[tuple[str, str, str]]:
    for kind, tables in ("default", administration.defaults), ("locked", administration.locked):
        for name, table in tables.items():
            for key, value in table.items():
                yield kind, f"{name}.{key}", value_in_words(value)


def _as_data(tables: Values) -> dict[str, dict[str, object]]:
    return {
        name: {key: plain(value) for key, value in table.items()} for name, table in tables.items()
    }
