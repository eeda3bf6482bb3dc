"""Power cuts, broken files, full disks and hostile names: the program goes on, and says so."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from callctrl.accounts import Account
from callctrl.calls import Call, CallState, SessionState
from callctrl.people import Number, Person
from callctrl.remote import Reply, address_of, call
from callctrl.simulator import Config
from callctrl.simulator.program import Simulation
from callctrl.store.database import StoreError, open_database
from callctrl.store.history import SCHEMA, Filter, History, Outcome, Record
from callctrl.store.settings import Paths, Settings, save
from callctrl.ui.keys import Deed
from tests.atwork import at_work, texts
from tests.office import PASSWORD, press

ROOT = Path(__file__).parents[2]
ANNA = Person("Anna Lee", (Number("555-1234"),), note="Speaks slowly.")


# Kill -9

PROGRAM = """
import sys
from callctrl import __main__, running
from callctrl.store.passwords import MemoryPasswords

class Keyring(MemoryPasswords):
    async def get(self, account):
        return sys.argv[1]

running.KeyringPasswords = Keyring
sys.exit(__main__.main(sys.argv[2:]))
"""
"""The program as it is, but for the keyring, which no test touches."""


class PhoneSystem:
    """A simulated one, and what it has said."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.paths = Paths.below(folder)
        self.simulation = Simulation(Config(password=PASSWORD, port=0), self.said.append, seed=1)

    @contextlib.asynccontextmanager
    async def program(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """The program at work with this phone, in a process of its own."""
        before = self._times("watches")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM, PASSWORD, f"--profile={self.paths.config_dir}"),
            cwd=ROOT,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )
        try:
            await self.until(lambda: self._times("watches") > before)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def order(self, *words: str) -> Reply:
        """What `callctrl` on the command line asks of it."""
        address = address_of(self.paths.config_dir)
        return await asyncio.to_thread(call, address, list(words), 20.0, patience=20.0)

    def _times(self, word: str) -> int:
        return sum(f" {word} " in f"{line} " for line in self.said)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not condition():  # noqa: ASYNC110 - the phone system tells nobody
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def phone_system(folder: Path) -> AsyncIterator[PhoneSystem]:
    """A phone system at work, and a profile in the folder that knows it."""
    phone = PhoneSystem(folder)
    port = await phone.simulation.open()
    account = Account("127.0.0.1", "200", "FrontDesk", "RECEPTION", port=port, local_port=0)
    save(phone.paths, Settings(account=account))
    try:
        yield phone
    finally:
        phone.simulation.close()


@pytest.mark.asyncio(loop_factories=["asyncio"])
@pytest.mark.skipif(sys.platform == "win32", reason="this loop starts no programs there")
async def test_a_call_outlives_the_program_that_was_killed(tmp_path: Path) -> None:
    async with phone_system(tmp_path) as phone:
        async with phone.program() as process:
            phone.simulation.execute('ring 5551234 "Anna Lee"')
            phone.simulation.execute("answer")
            await phone.until(lambda: _answered_calls(tmp_path))
            process.kill()
        phone.simulation.execute("hangup")

        async with phone.program() as process:
            assert await phone.order("quit") == Reply()
            assert await process.wait() == 0
    (record,) = _history(tmp_path)
    assert (record.number, record.name) == ("5551234", "Anna Lee")
    assert record.outcome is Outcome.UNKNOWN_END
    assert record.answered is not None


def _answered_calls(folder: Path) -> int:
    """How many are on the disk by now, seen from beside the program."""
    address = f"{(folder / 'history.sqlite3').as_uri()}?mode=ro"
    answered = "SELECT count(*) FROM call WHERE answered IS NOT NULL"
    with (
        contextlib.suppress(sqlite3.OperationalError),  # it has not been begun yet
        contextlib.closing(sqlite3.connect(address, uri=True)) as connection,
    ):
        return int(connection.execute(answered).fetchone()[0])
    return 0


def _history(folder: Path) -> list[Record]:
    """The calls that are kept, after the program has ended."""
    opened = open_database(folder / "history.sqlite3", SCHEMA)
    with contextlib.closing(opened.connection) as connection:
        assert opened.set_aside is None
        return History(connection, now=lambda: datetime.now(UTC)).records(Filter())


# Damaged files

DATABASES = ("contacts.sqlite3", "history.sqlite3")


async def _leave_something(folder: Path) -> None:
    """A profile with a contact, a favourite and three calls."""
    async with at_work(folder) as reception:
        await reception.favour(ANNA)
        for number in ("5551234", "5552345", "5553456"):
            reception.phone(f"ring {number}")
            await reception.states("ringing")
            reception.phone(f"give-up {number}")
            await reception.states()


@pytest.mark.parametrize("damaged", DATABASES)
@pytest.mark.parametrize("damage", ["truncated", "overwritten", "emptied"])
async def test_a_damaged_file_is_told_and_the_other_is_whole(
    tmp_path: Path, qtbot: QtBot, damaged: str, damage: str
) -> None:
    await _leave_something(tmp_path)
    file = tmp_path / damaged
    sound = file.read_bytes()
    file.write_bytes(
        {
            "truncated": sound[: len(sound) // 2],
            "overwritten": b"\0" * 4096 + sound[4096:],
            "emptied": b"",
        }[damage]
    )

    async with at_work(tmp_path) as reception:
        await reception.until(lambda: reception.notice)
        aside = file.with_name(f"{file.stem}-damaged-1{file.suffix}")
        what = {"contacts.sqlite3": "contacts", "history.sqlite3": "calls of the history"}[damaged]
        assert reception.notice == (
            f"The {what} were damaged. What could be read was kept; the damaged file is {aside}."
        )
        assert aside.exists()
        assert reception.office.state is SessionState.READY
        if damaged == "history.sqlite3":
            assert await reception.favourites() == ["Anna Lee"]
        else:
            assert len(await reception.records()) == 3
        reception.phone("ring 5551234")
        await reception.until(reception.cards)
        press(reception.card, "Answer")
        await reception.states("connected")
        newest, *_ = await reception.records()
        assert (newest.number, newest.outcome) == ("5551234", Outcome.GOING_ON)


async def test_two_damaged_files_are_both_told(tmp_path: Path, qtbot: QtBot) -> None:
    for name in DATABASES:
        (tmp_path / name).write_bytes(b"no database")

    async with at_work(tmp_path) as reception:
        await reception.until(lambda: reception.notice)
        assert "The contacts were damaged." in reception.notice
        assert "The calls of the history were damaged." in reception.notice


async def test_a_database_that_cannot_be_opened_leaves_the_phone_under_control(
    tmp_path: Path, qtbot: QtBot
) -> None:
    for name in DATABASES:
        (tmp_path / name).mkdir()

    async with at_work(tmp_path) as reception:
        await reception.until(lambda: reception.notice)
        assert "The contacts cannot be opened: what is added now is lost" in reception.notice
        await reception.add(ANNA)
        reception.phone("ring 5551234")
        await reception.until(lambda: reception.cards() and "Anna Lee" in texts(reception.card))
        assert len(await reception.records()) == 1


# A full disk


async def test_a_full_disk_is_told_and_calls_go_on(tmp_path: Path, qtbot: QtBot) -> None:
    def fill(history: History) -> None:
        history._connection.execute("PRAGMA max_page_count = 1")  # no more than there are
        for number in ("5" * 200, ""):  # until not even the smallest record has room
            with contextlib.suppress(StoreError):
                for at in itertools.count():
                    history.see(Call("9", CallState.RINGING, number=number, began_at=float(at)))

    async with at_work(tmp_path) as reception:
        await reception.desktop.desk.history(fill)
        reception.phone("ring 5551234")
        await reception.told(
            "The disk is full: calls and people are not kept until there is room. "
            "The phone stays under control."
        )
        reception.window.notice.hide()
        press(reception.card, "Answer")
        await reception.states("connected")
        reception.do(Deed.HANG_UP)
        await reception.states()
        await reception.records()
        assert reception.notice == ""  # said once
        assert reception.office.state is SessionState.READY


# What comes from outside


@pytest.mark.parametrize(
    "name",
    [
        "N" * 4000,
        "<b>" * 1300,
        "\u202e" * 1000 + "Anna",
        "A\u0301" * 1300,
        "\U0001f469\u200d" * 500,
    ],
    ids=["long", "markup", "direction", "accents", "joined"],
)
async def test_a_name_of_any_length_and_kind_never_stops_the_program(
    tmp_path: Path, qtbot: QtBot, name: str
) -> None:
    async with at_work(tmp_path) as reception:
        reception.phone(f'ring 5551234 "{name}"')
        await reception.until(reception.cards)
        reception.window.grab()
        reception.card.grab()
        assert reception.card.width() < 1000
        assert len(reception.card.accessibleName()) < 200
        press(reception.card, "Answer")
        await reception.states("connected")
        reception.phone("hangup")
        await reception.states()

        reception.do(Deed.HISTORY)
        await reception.until(lambda: len(reception.rows) == 1)
        reception.window.grab()
        (record,) = await reception.records()
        assert 0 < len(record.name) <= 200
        assert record.outcome is Outcome.ANSWERED
