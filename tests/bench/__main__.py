"""`make bench`: measure, and print tables; `--write FILE` puts them into a file as well.

`python -m tests.bench parsing timers` measures only these, and writes only their rows anew; `flood`
has to be asked for.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.bench import (
    answering,
    bundled,
    bursting,
    carding,
    contacts,
    flood,
    holding,
    lamping,
    parsing,
    repainting,
    seeking,
    stalls,
    starting,
    timers,
)
from tests.bench.contacts import Row
from tests.bench.table import Result, table, updated

_GOALS: dict[str, Callable[[], list[Result]]] = {
    "parsing": parsing.measure,
    "answering": answering.measure,
    "bursting": bursting.measure,
    "holding": holding.measure,
    "starting": starting.measure,
    "carding": carding.measure,
    "repainting": repainting.measure,
    "timers": timers.measure,
    "seeking": seeking.measure,
    "stalls": stalls.measure,
    "lamping": lamping.measure,
    "bundled": bundled.measure,
}
"""In the order of their numbers."""
_SIZES: dict[str, Callable[[], list[Row]]] = {"contacts": contacts.measure}
_ASKED_FOR: dict[str, Callable[[], list[Row]]] = {"flood": flood.measure}

_PEERS = ("opensip", "aiosipua", "sippy", "sipmessage", "qasync", "PySide6-Essentials", "keyring")

_HEADING = """\
# How fast it is

`make bench` measures anew; nothing is asserted, here or in the tests. Each figure is a median over
rounds in which all that are compared take turns, as it came out on one machine which may have had
other things to do: compare within a row, and read absolute times as sizes. CPU means CPU time. A
ratio above 1 says that we need less. Whether a goal holds is computed from the row.

How Python was built counts too. What the engine does with one NOTIFY took 48 us in Debian's own
3.11.2, which was compiled with a profile, and 58 us in a 3.11.7 compiled without. To measure
with Debian's, begin with a fresh clone and `make PYTHON=/usr/bin/python3 bench`.
"""
_PEOPLE = """\
## Fifty thousand people

They are invented, and always the same ones.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write where that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the tables to a file")
    every = [*_GOALS, *_SIZES, *_ASKED_FOR]
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"among {', '.join(every)}")
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in every:
            parser.error(f"expected one of {', '.join(every)}, found {name!r}")
    wanted = options.names or [*_GOALS, *_SIZES]
    sections = [_HEADING, f"{_today()}, {_machine()}.\n"]
    results: list[Result] = []
    for name in _chosen(_GOALS, wanted):
        results += _GOALS[name]()
    if results:
        results.sort(key=lambda result: int(result.metric.number[1:]))
        sections.append(f"{table(results)}\n")
    for name in _chosen(_SIZES, wanted):
        sections += [_PEOPLE, _plain_table(_SIZES[name]())]
    for name in _chosen(_ASKED_FOR, wanted):
        sections += [f"## {name.capitalize()}\n", _plain_table(_ASKED_FOR[name]())]
    text = "\n".join(sections)
    print(text)
    if options.write is not None:
        if options.names and results:
            before = options.write.read_text(encoding="utf-8")
            text = updated(before, results, f"{_today()}, {_load()}")
        options.write.write_text(text, encoding="utf-8")


def _chosen(among: Iterable[str], wanted: Sequence[str]) -> Iterator[str]:
    """Those that are wanted, each announced when its turn has come."""
    for name in among:
        if name in wanted:
            print(f"measuring {name} …", file=sys.stderr)
            yield name


def _plain_table(rows: Sequence[Row]) -> str:
    lines = [("metric", "goal", "measured"), ("---",) * 3, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _today() -> str:
    return str(datetime.datetime.now(datetime.UTC).date())


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def _machine() -> str:
    load = f"{_load()} by others when it began, priority {os.nice(0)}"
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {load},"
        f" Python {platform.python_version()} ({', '.join(platform.python_build())}),"
        f" SQLite {sqlite3.sqlite_version},"
        f" {', '.join(_version_of(name) for name in _PEERS)}"
    )


def _version_of(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"


if __name__ == "__main__":
    main()
