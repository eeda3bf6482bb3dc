"""P14: the longest gap of the loop while passwords, names and the databases are at work."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from tests.bench.atwork import Pulse, inside
from tests.bench.clock import scaled
from tests.bench.table import AtMost, Metric, Result
from tests.crowd import crowd

if TYPE_CHECKING:
    from callctrl.people import Person
    from tests.atwork import Reception

__all__ = ["METRICS", "measure", "work"]

_WORKS = ("keyring", "DNS", "SQLite")

METRICS = (
    Metric(
        "P14",
        "longest gap of the loop while keyring, DNS and SQLite are used",
        "ms",
        tuple(AtMost(16, name) for name in _WORKS),
        ("calm",),
        "each works in a thread; while it imports modules or computes, it shares the interpreter "
        "with the loop, which waits 1 ms at a time for its turn.",
    ),
)
_REMARK = (
    "calm is the longest gap of an idle second; keyring: import, look-up of its backend (one in "
    "memory) and 20 passwords; DNS: 20 names of this computer, 5 that do not exist; SQLite: 2,000 "
    "people imported."
)


def measure(share: float = 1.0) -> list[Result]:
    """The row."""
    found = inside(__name__, share)
    return [Result(METRICS[0], {name: max(lags) for name, lags in found.items()}, _REMARK)]


async def work(reception: Reception, share: float) -> dict[str, list[float]]:
    """Use each in turn."""
    works = {
        "keyring": _ask_keyring(reception, scaled(20, share)),
        "DNS": _ask_names(scaled(20, share)),
        "SQLite": _import_people(reception, list(crowd(scaled(2000, share)))),
    }
    found = {"calm": await _lags_during(asyncio.sleep(share))}
    for name, each in works.items():
        found[name] = await _lags_during(each)
        await asyncio.sleep(0.2)
    return found


async def _lags_during(work: Awaitable[object]) -> list[float]:
    pulse = Pulse()
    try:
        await work
        await asyncio.sleep(0.01)
    finally:
        lags = pulse.stop()
    return lags


async def _ask_keyring(reception: Reception, count: int) -> None:
    import os

    from callctrl.store.passwords import KeyringPasswords

    os.environ["PYTHON_KEYRING_BACKEND"] = "tests.bench.stalls_keyring.Kept"
    passwords = KeyringPasswords()
    for number in range(count):
        await passwords.set(reception.office.account, f"secret {number}")
        await passwords.get(reception.office.account)


async def _ask_names(count: int) -> None:
    from callctrl.locating import find_host

    names = [socket.gethostname()] * count + [f"nobody-{number}.invalid" for number in range(5)]
    for name in names:
        await asyncio.gather(_found(find_host(name, 5060)))


async def _found(look_up: Awaitable[Any]) -> None:
    try:
        await look_up
    except (OSError, TimeoutError):
        return


async def _import_people(reception: Reception, people: list[Person]) -> None:
    await reception.desktop.desk.contacts(lambda kept: kept.import_people(people, merge=True))
