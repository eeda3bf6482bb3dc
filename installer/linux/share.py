"""Puts what a Linux desktop is given into a tree such as `/usr/share` or `~/.local/share`."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from installer.icons import DRAWING, SIZES, png
from installer.linux.manpage import manpage
from installer.linux.metainfo import metainfo
from installer.product import APP_ID, NAME

__all__ = ["fill"]


def fill(share: Path) -> None:
    """Menu entries, icons, metainfo and man page below `share`."""
    for entry in sorted(Path(__file__).parent.glob("*.desktop")):
        _copy(entry, share / "applications" / entry.name)
    icons = share / "icons" / "hicolor"
    _copy(DRAWING, icons / "scalable" / "apps" / f"{NAME}.svg")
    for size in SIZES:
        _write(icons / f"{size}x{size}" / "apps" / f"{NAME}.png", png(size))
    _write(share / "metainfo" / f"{APP_ID}.metainfo.xml", metainfo().encode())
    # Without the time of day in it, which gzip else puts there.
    _write(share / "man" / "man1" / f"{NAME}.1.gz", gzip.compress(manpage().encode(), mtime=0))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
