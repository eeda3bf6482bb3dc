"""mimeapps.list: which program opens which kind of thing.

Association between MIME types and applications 1.0.1. A kind of thing is a MIME type; links of a
scheme are `x-scheme-handler/` and the scheme. A program is the name of its desktop entry.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path

from callctrl.system.desktopentry import (
    BLANKS,
    is_installed,
    list_of,
    read_group,
    read_text,
    values_in,
)
from callctrl.system.xdg import Folders

__all__ = ["ADDED", "DEFAULTS", "REMOVED", "Associations", "edited"]

DEFAULTS = "Default Applications"
ADDED = "Added Associations"
REMOVED = "Removed Associations"

_log = logging.getLogger(__name__)

_LIST = "mimeapps.list"
_APPLICATIONS = "applications"
_DEEPEST = 2
"""Folders below each other that an entry is looked for in."""

_Programs = Callable[[Path], list[tuple[str, list[str]]]]
"""Of a folder: its entries, and what each opens."""


class Associations:
    """What the desktop's files say now; each question reads them anew."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    @property
    def user_lists(self) -> tuple[Path, ...]:
        """The file of the user's own choices, behind those that count before it on this desktop."""
        return tuple(self._lists_in(self._folders.config_home))

    def openers(self, mimes: Sequence[str]) -> dict[str, str | None]:
        """For each kind of thing the entry of the program that opens it; None where none does."""
        programs = cache(partial(_programs, mimes))  # there may be hundreds: read once for all
        return {mime: self._opener(mime, programs) for mime in mimes}

    def entry(self, name: str) -> dict[str, str] | None:
        """A desktop entry by its name; None where there is none, or its program is not there."""
        for folder in self._folders.all_data:
            text = _text_of_entry(folder / _APPLICATIONS, name)
            if text is not None:
                entry = read_group(text)
                is_there = entry.get("Hidden") != "true" and is_installed(entry)
                return entry if is_there else None
        return None

    def _opener(self, mime: str, programs: _Programs) -> str | None:
        for file in self._lists():
            for name in _names(file, DEFAULTS, mime):
                if self.entry(name) is not None:
                    return name
        return next(self._associated(mime, programs), None)

    def _associated(self, mime: str, programs: _Programs) -> Iterator[str]:
        """The programs that say of themselves that they open it, or of which a list says so."""
        removed: set[str] = set()
        seen: set[str] = set()
        for folder in self._folders.all_config:
            yield from self._added(folder / _LIST, mime, removed)
        for folder in self._folders.all_data:
            applications = folder / _APPLICATIONS
            yield from self._added(applications / _LIST, mime, removed)
            for name, opens in programs(applications):
                if name in removed or name in seen:
                    continue
                seen.add(name)
                if mime in opens and self.entry(name):
                    yield name

    def _added(self, file: Path, mime: str, removed: set[str]) -> Iterator[str]:
        for name in _names(file, ADDED, mime):
            if name not in removed and self.entry(name) is not None:
                yield name
        removed.update(_names(file, REMOVED, mime))

    def _lists(self) -> Iterator[Path]:
        for folder in self._folders.all_config:
            yield from self._lists_in(folder)
        for folder in self._folders.all_data:
            yield from self._lists_in(folder / _APPLICATIONS)

    def _lists_in(self, folder: Path) -> Iterator[Path]:
        for desktop in self._folders.desktops:
            yield folder / f"{desktop.lower()}-{_LIST}"
        yield folder / _LIST


def _programs(mimes: Sequence[str], applications: Path) -> list[tuple[str, list[str]]]:
    """The entries in a folder, and what each says that it opens, if one of these is among it."""
    found = []
    for file in sorted(applications.rglob("*.desktop")):
        text = _text_of(file) or ""
        # Most know nothing of it, and need not be taken apart.
        is_told = any(mime in text for mime in mimes)
        opens = list_of(read_group(text).get("MimeType", "")) if is_told else []
        found.append(("-".join(file.relative_to(applications).parts), opens))
    return found


def _names(file: Path, group: str, mime: str) -> list[str]:
    return list_of(values_in(_text_of(file) or "", group).get(mime, ""))


def _text_of(file: Path) -> str | None:
    """What is in a file; one that cannot be read is none, as to the desktop itself."""
    try:
        return read_text(file)
    except OSError as error:
        _log.info("%s", error)
        return None


def _text_of_entry(folder: Path, name: str, deepest: int = _DEEPEST) -> str | None:
    """The entry of that name; a `-` in it may stand for a folder."""
    text = _text_of(folder / name)
    if text is not None or not deepest:
        return text
    for dash in re.finditer("-", name):
        below = folder / name[: dash.start()]
        if dash.start() and _is_folder(below):
            text = _text_of_entry(below, name[dash.end() :], deepest - 1)
            if text is not None:
                return text
    return None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # such as a name that is too long for any
        return False


def edited(text: str, group: str, key: str, change: Callable[[list[str]], list[str]]) -> str:
    """The text with one list changed, made, or taken out where nothing is left in it.

    Everything else stays as it is, to the byte; so does a list that `change` leaves alone.
    """
    lines: list[str] = []
    header: int | None = None
    is_inside = is_found = False
    for line in text.split("\n"):
        name, equals, value = line.partition("=")
        if line.strip(BLANKS).startswith("["):
            is_inside = line.strip(BLANKS) == f"[{group}]"
            if is_inside and header is None:
                header = len(lines)
        elif is_inside and equals and name.strip(BLANKS) == key:
            is_found = True  # more than once in a crooked file
            before = list_of(value)
            after = change(before)
            if after != before:
                if after:
                    lines.append(f"{key}={_listed(after)}")
                continue
        lines.append(line)
    if is_found or not (new := change([])):
        return "\n".join(lines)
    if header is not None:
        lines.insert(header + 1, f"{key}={_listed(new)}")
        return "\n".join(lines)
    above = lines if lines[-1] else lines[:-1]
    gap = [""] if above else []
    return "\n".join([*above, *gap, f"[{group}]", f"{key}={_listed(new)}", ""])


def _listed(names: list[str]) -> str:
    return "".join(f"{name};" for name in names)
