"""What all packages say of the program: its version, whose it is, what is new and since when."""

from __future__ import annotations

import os
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from callctrl import PRODUCT, __version__

__all__ = [
    "APP_ID",
    "MAINTAINER",
    "NAME",
    "PRODUCT",
    "PUBLISHER",
    "ROOT",
    "SUMMARY",
    "VERSION",
    "built_at",
    "changes",
]

ROOT = Path(__file__).resolve().parents[1]
NAME = "callctrl"
VERSION = __version__
"""The one source of it is `callctrl/__init__.py`."""
PUBLISHER = "The Call Ctrl project"
APP_ID = "io.github.callctrl.CallCtrl"
"""How software centres know the program: a domain backwards, and a name."""
SUMMARY = "Desk phone control for receptionists"
MAINTAINER = f"{PUBLISHER} <callctrl@users.noreply.github.com>"
"""Whom a package names; DEBFULLNAME and DEBEMAIL say who else packs it."""


def built_at() -> datetime:
    """The time that goes into packages, so that the same source gives the same package.

    SOURCE_DATE_EPOCH where it is set, else that of the last commit, else now.
    """
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not said:
        try:
            asked = subprocess.run(
                ["git", "log", "-1", "--format=%ct"],  # noqa: S607
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:  # no git here
            pass
        else:
            said = asked.stdout.strip()
    return datetime.fromtimestamp(int(said or time.time()), UTC)


def changes() -> list[str]:
    """What is new in this version, the first sentence each of what CHANGELOG.md says."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    newest = next(
        (each for each in sections if each.startswith(VERSION)),
        sections[0],  # not released yet
    )
    points = re.findall(r"^- (.+?)(?=^- |^#|\Z)", newest, flags=re.MULTILINE | re.DOTALL)
    return [_first_sentence(" ".join(point.split())) for point in points]


def _first_sentence(text: str) -> str:
    plain = text.replace("`", "").replace("*", "")
    return re.split(r"(?<=[a-z)\"])\. ", plain, maxsplit=1)[0].rstrip(".") + "."
