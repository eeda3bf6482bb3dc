"""The Windows side of Call Ctrl, tried under wine: its tests, its bundle, its installer.

Runs on Linux, by `make windows-check`. What it makes is for this check alone, never to be shipped.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import windowspython
from .bundling import make_bundle
from .frozen import ALL_WELL
from .programtests import run_tests
from .roundtrip import RoundTrip, UnderWine, make_older, make_setup
from .windowspython import PYTHON
from .wine import Wine, WineError

_ROOT = Path(__file__).parents[3]
_USES_WITHIN = 900.0


def main() -> int:
    """All stages, or those asked for; 0 where all was well in each."""
    parser = argparse.ArgumentParser(
        prog="installer.windows.check", description="Try the Windows side under wine."
    )
    parser.add_argument(
        "--folder",
        metavar="DIR",
        type=Path,
        default=_ROOT / ".cache" / "windows-check",
        help="where all of it lies; it is kept, so that the next time is quick",
    )
    parser.add_argument(
        "--only", choices=_STAGES, action="append", help="this stage, and others named so"
    )
    parser.add_argument("pytest", nargs="*", help="behind --: what pytest is told instead of all")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # Windows is to be ended then, too
    wine = Wine(options.folder.absolute())
    failed: list[str] = []
    try:
        with wine.running():
            windowspython.set_up(wine.drive)
            for name, stage in _STAGES.items():
                if options.only and name not in options.only:
                    continue
                started_at = time.monotonic()
                print(f"== {name}", flush=True)
                if not _passes(stage, wine, options.pytest):
                    failed.append(name)
                print(f"== {name} took {time.monotonic() - started_at:.0f} s", flush=True)
    except (WineError, subprocess.CalledProcessError) as error:
        failed.append(f"Windows itself ({error})")
    print(f"FAILED: {', '.join(failed)}" if failed else "All as it should be under wine.")
    return 1 if failed else 0


_Stage = Callable[[Wine, list[str]], bool]


def _passes(stage: _Stage, wine: Wine, arguments: list[str]) -> bool:
    try:
        return stage(wine, arguments)
    except (WineError, OSError, subprocess.SubprocessError) as error:
        print(f"  FAILED  {error}", flush=True)
        return False


def _use_the_bundle(wine: Wine, _: list[str]) -> bool:
    """The frozen program, used as somebody would."""
    bundle = wine.path(make_bundle(wine))
    script = f"{PYTHON} -X utf8 -u -m installer.windows.check.frozen"
    return wine.run(f"{script} {bundle}", timeout=_USES_WITHIN) == 0 and ALL_WELL in wine.told


def _go_round(wine: Wine, _: list[str]) -> bool:
    """Its installer: installed, upgraded and uninstalled."""
    bundle = make_bundle(wine)
    setup, older = (
        bundle.with_name(f"callctrl{age}-wine-test-setup.exe") for age in ("", "-older")
    )
    make_setup(bundle, setup, "--quick")
    make_older(bundle, older)
    return RoundTrip(UnderWine(wine), bundle, setup, older).run() == 0


_STAGES: dict[str, _Stage] = {
    "tests": run_tests,
    "bundle": _use_the_bundle,
    "installer": _go_round,
}


if __name__ == "__main__":
    sys.exit(main())
