"""The desktop program on the command line: its options, and whether it can open a window here.

Neither this module nor what it imports at first loads Qt, the engine or asyncio.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from callctrl.headless.exitcodes import ExitCode

__all__ = ["add_options", "run", "why_no_window"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the desktop program, some of them of all commands."""
    parser.add_argument(
        "--profile",
        type=Path,
        metavar="DIR",
        help="keep settings and logs below DIR instead of the user's own folders",
    )
    parser.add_argument(
        "--debug",
        action="store_true",
        help="write the debug log, whatever the preferences say; not where it is locked off",
    )
    parser.add_argument(
        "--minimized", action="store_true", help="start in the tray, without a window"
    )


def run(options: argparse.Namespace) -> ExitCode:
    """Start the desktop program, where windows can be opened."""
    reason = why_no_window()
    if reason:
        print(f"{reason} `callctrl watch` works without a screen.", file=sys.stderr)
        return ExitCode.FAILED
    from callctrl.starting import run_desktop
    from callctrl.store.paths import Paths

    return run_desktop(Paths.of(options.profile), debug=options.debug, minimized=options.minimized)


def why_no_window() -> str:
    """Why Qt cannot open a window here, or nothing; asked before Qt, which aborts instead."""
    if sys.platform == "linux" and not os.environ.get("QT_QPA_PLATFORM"):
        display = os.environ.get("DISPLAY", "")
        if not display and not os.environ.get("WAYLAND_DISPLAY"):
            return "There is no screen here."
        number = display.removeprefix(":").partition(".")[0]
        if display.startswith(":") and not Path(f"/tmp/.X11-unix/X{number}").exists():  # noqa: S108
            return f"There is no X server at {display}."
    try:
        import PySide6.QtNetwork  # its system libraries are others
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        is_packed = getattr(sys, "frozen", False)
        hint = "" if is_packed else "; on Debian, .ci/prepare qt installs what it needs"
        return f"Qt cannot be loaded ({error}{hint})."
    return ""
