from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from callctrl.store.database import (
    Opened,
    Schema,
    StoreError,
    open_database,
    store_errors,
    transaction,
)

ROOMS = Schema(
    "rooms",
    (
        """
        CREATE TABLE room (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE key (
            id INTEGER PRIMARY KEY,
            room INTEGER NOT NULL REFERENCES room ON DELETE CASCADE,
            label TEXT
        );
        CREATE INDEX key_of_room ON key (room);
        """,
    ),
)
ROOMS_2 = Schema("rooms", (*ROOMS.steps, "ALTER TABLE room ADD COLUMN floor INTEGER DEFAULT 0"))
ROOMS_4 = Schema("rooms", (*ROOMS_2.steps, "CREATE TABLE guest (id INTEGER PRIMARY KEY)", "-- 4"))

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "rooms.sqlite3"


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """What a test opens and does not close itself."""
    with ExitStack() as stack:
        yield stack


def names(file: Path) -> list[str]:
    return sorted(each.name for each in file.parent.iterdir())


def rooms(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM room ORDER BY id")]


def reopen(file: Path, schema: Schema = ROOMS) -> tuple[Opened, list[str]]:
    """Open, read and close: what `open_database` said, and the rooms."""
    opened = open_database(file, schema)
    with closing(opened.connection) as connection:
        return opened, rooms(connection)


def furnish(file: Path, count: int = 3, schema: Schema = ROOMS) -> list[str]:
    """A closed file with rooms, each with a key; the names of the rooms."""
    with closing(open_database(file, schema).connection) as connection, transaction(connection):
        for number in range(1, count + 1):
            connection.execute("INSERT INTO room (id, name) VALUES (?, ?)", [number, f"R{number}"])
            connection.execute("INSERT INTO key (room, label) VALUES (?, 'k')", [number])
    return [f"R{number}" for number in range(1, count + 1)]


# A sound file


def test_what_is_written_is_there_when_opened_again(file: Path) -> None:
    written = furnish(file)

    opened, found = reopen(file)

    assert found == written
    assert opened.set_aside is None
    assert not opened.salvaged


def test_a_file_that_is_not_there_is_begun(file: Path) -> None:
    opened, found = reopen(file)

    assert found == []
    assert opened.set_aside is None
    assert names(file) == ["rooms.sqlite3"]


def test_each_change_is_on_the_disk_when_the_call_returns(file: Path) -> None:
    with closing(open_database(file, ROOMS).connection) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        connection.execute("INSERT INTO room (name) VALUES ('R1')")
        assert not connection.in_transaction


def test_foreign_keys_hold(file: Path) -> None:
    furnish(file)
    with closing(open_database(file, ROOMS).connection) as connection:
        connection.execute("DELETE FROM room WHERE id = 1")
        assert connection.execute("SELECT count(*) FROM key").fetchone() == (2,)
        with pytest.raises(StoreError), store_errors():
            connection.execute("INSERT INTO key (room) VALUES (99)")


@on_posix
def test_nobody_else_may_read_it(file: Path) -> None:
    with closing(open_database(file, ROOMS).connection) as connection:
        connection.execute("INSERT INTO room (name) VALUES ('R1')")
        modes = {each.name: each.stat().st_mode & 0o777 for each in file.parent.iterdir()}
    reopen(file, ROOMS_2)

    assert modes == dict.fromkeys(
        ["rooms.sqlite3", "rooms.sqlite3-shm", "rooms.sqlite3-wal"], 0o600
    )
    assert file.with_name("rooms-before-v2.sqlite3").stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    file = tmp_path / "a?b#c%20 ü" / "rooms.sqlite3"
    written = furnish(file)

    assert reopen(file)[1] == written


def test_a_broken_character_costs_only_itself(file: Path) -> None:
    with closing(open_database(file, ROOMS).connection) as connection:
        connection.execute("INSERT INTO room (name) VALUES (CAST(x'4dfc6c' AS TEXT))")

    assert reopen(file)[1] == ["M\N{REPLACEMENT CHARACTER}l"]


# Several statements


def test_a_transaction_is_kept_wholly_or_not_at_all(file: Path) -> None:
    def add(*names: str) -> None:
        with transaction(connection):
            for name in names:
                connection.execute("INSERT INTO room (name) VALUES (?)", [name])

    with closing(open_database(file, ROOMS).connection) as connection:
        add("R1", "R2")
        with pytest.raises(StoreError):
            add("R3", "R1")

        assert rooms(connection) == ["R1", "R2"]
        assert not connection.in_transaction
