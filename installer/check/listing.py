"""What lies in a file system, and what differs between two looks at it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

__all__ = ["EXCEPTIONS", "Entry", "Listing", "differences", "look"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, folder or link, as far as a package could have changed it; times are left out."""

    mode: int
    """Kind and rights, as `st_mode` has them."""
    owner: tuple[int, int]
    """User and group."""
    content: str
    """Of a file its digest, of a link its target, else empty."""


Listing = Mapping[str, Entry]
"""By absolute path."""

EXCEPTIONS: Mapping[str, str] = {
    "/etc/ld.so.cache": "which libraries there are, by ldconfig",
    "/var/cache/apt/*": "what apt can read anew",
    "/var/cache/debconf/*-old": "the state before the last change",
    "/var/cache/ldconfig/aux-cache": "what ldconfig can read anew",
    "/var/lib/apt/extended_states": "which packages came on their own",
    "/var/lib/dpkg/*-old": "the state before the last change",
    "/var/log/*": "what was done, not what is there",
}
"""Patterns of what may differ after a package has come and gone, and why."""


def look(root: Path) -> Listing:
    """List a file system from its root, without what is mounted in it."""
    device = root.lstat().st_dev
    return dict(_below(root, "", device))


def differences(
    before: Listing, after: Listing, exceptions: Iterable[str] = EXCEPTIONS
) -> list[str]:
    """Lines such as "/usr/bin/callctrl appeared", in the order of the paths."""
    patterns = tuple(exceptions)
    lines = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old != new and not any(fnmatchcase(path, pattern) for pattern in patterns):
            lines.append(f"{path} {_what(old, new)}")
    return lines


def _what(old: Entry | None, new: Entry | None) -> str:
    if old is None:
        return "appeared"
    if new is None:
        return "is gone"
    changed = [
        what
        for what, differs in (
            ("rights", old.mode != new.mode),
            ("owner", old.owner != new.owner),
            ("content", old.content != new.content),
        )
        if differs
    ]
    return f"has another {', '.join(changed)}"


def _below(folder: Path, path: str, device: int) -> Iterator[tuple[str, Entry]]:
    with os.scandir(folder) as entries:
        for each in sorted(entries, key=lambda entry: entry.name):
            status = each.stat(follow_symlinks=False)
            if status.st_dev != device:
                continue
            name = f"{path}/{each.name}"
            content = ""
            if stat.S_ISLNK(status.st_mode):
                content = str(Path(each.path).readlink())
            elif stat.S_ISREG(status.st_mode):
                with Path(each.path).open("rb") as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
            yield name, Entry(status.st_mode, (status.st_uid, status.st_gid), content)
            if each.is_dir(follow_symlinks=False):
                yield from _below(Path(each.path), name, device)
