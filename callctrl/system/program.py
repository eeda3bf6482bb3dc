"""How this very program is started again: by the desktop, by a link, by a key."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["own_command", "start_detached"]

_MODULE = ["-P", "-m", "callctrl"]
"""Without the folder it is started in: whoever opens a link stands where others may write."""


def own_command(*, windowed: bool) -> list[str]:
    """The words that start this program, with absolute paths; its options come behind them.

    On Windows a program either has a console or it has none, so there are two of them: `windowed`
    is the one without.
    """
    here = Path(sys.executable)
    if sys.platform == "win32":
        if getattr(sys, "frozen", False):
            return [_beside(here, "Call Ctrl.exe" if windowed else "callctrl.exe")]
        return [_beside(here, "pythonw.exe" if windowed else "python.exe"), *_MODULE]
    if getattr(sys, "frozen", False):
        return [str(here)]
    script = Path(sys.argv[0])
    if script.name == "callctrl" and script.is_file():
        return [str(script.absolute())]
    return [str(here), *_MODULE]


def _beside(program: Path, name: str) -> str:
    """The program of that name in the same folder, or the one there is."""
    other = program.with_name(name)
    return str(other if other.is_file() else program)


def start_detached(command: Sequence[str]) -> None:
    """Start a program that outlives this one, and hears and says nothing here.

    May raise OSError.
    """
    process = subprocess.Popen(  # noqa: S603 - all of its words are ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    process.returncode = 0  # nobody waits for it, which Python would complain of
