"""The Windows side of Call Ctrl, tried under wine: its tests, its bundle, its installer.

Run on Linux, by `make windows-check`. What is built here has been made with stand-ins for parts of
Windows and is for this check alone, never to be shipped.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import windowspython
from .programtests import run_tests
from .wine import Wine, WineError

_ROOT = Path(__file__).parents[3]


def main() -> int:
    """All stages, or those asked for; 0 where all was well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=_ROOT / "build" / "windows-check")
    options, others = parser.parse_known_args()
    wine = Wine(options.folder.absolute())
    try:
        with wine.running():
            windowspython.set_up(wine.drive)
            return 0 if run_tests(wine, others) else 1
    except WineError as error:
        print(f"FAILED  {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
