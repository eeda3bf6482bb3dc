"""`make bench`: measure, and print a table; `--write FILE` puts it into a file as well."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tests.bench import contacts

_HEADING = """\
# How fast it is

The people are invented, 50,000 of them, always the same ones. Times are of one run on one machine,
which may have had other things to do: read them as sizes, not to the last digit. `make bench`
measures anew; nothing is asserted, here or in the tests.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write where that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the table to a file")
    file: Path | None = parser.parse_args(arguments).write
    rows = [("metric", "goal", "measured"), ("---", "---", "---"), *contacts.measure()]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    today = datetime.datetime.now(datetime.UTC).date()
    text = f"{_HEADING}\n{today}, {_machine()}:\n\n{table}\n"
    print(text)
    if file is not None:
        file.write_text(text, encoding="utf-8")


def _machine() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors,"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


if __name__ == "__main__":
    main()
