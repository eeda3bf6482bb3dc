from __future__ import annotations

import errno
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.store import database as module
from callctrl.store.database import (
    NewerDatabase,
    Opened,
    Schema,
    StoreError,
    StoreReason,
    open_database,
    store_errors,
    transaction,
)

ROOT = Path(__file__).parents[2]

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


def test_what_is_deleted_is_gone_from_the_file(file: Path) -> None:
    with closing(open_database(file, ROOMS).connection) as connection:
        connection.execute("INSERT INTO room (name) VALUES ('the secret room')")
        connection.execute("DELETE FROM room")

    assert b"secret" not in file.read_bytes()
    assert names(file) == ["rooms.sqlite3"]


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    question_mark = "" if sys.platform == "win32" else "?"  # Windows allows it in no name
    file = tmp_path / f"a{question_mark}b#c%20 ü" / "rooms.sqlite3"
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


# An older or a newer version


def test_an_older_version_is_brought_up_to_date(file: Path) -> None:
    written = furnish(file)

    with closing(open_database(file, ROOMS_4).connection) as connection:
        assert connection.execute("SELECT DISTINCT floor FROM room").fetchall() == [(0,)]
        assert connection.execute("SELECT * FROM guest").fetchall() == []
        assert connection.execute("PRAGMA user_version").fetchone() == (4,)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert reopen(file, ROOMS_4)[1] == written


def test_a_copy_is_kept_of_what_there_was_before(file: Path) -> None:
    written = furnish(file)
    reopen(file, ROOMS_2)
    with closing(open_database(file, ROOMS_2).connection) as connection:
        connection.execute("DELETE FROM room")

    copy = file.with_name("rooms-before-v2.sqlite3")
    opened, found = reopen(copy)

    assert found == written
    assert opened.set_aside is None


def test_only_the_newest_two_copies_are_kept(file: Path) -> None:
    furnish(file)
    for old in (1, 9, 10):
        file.with_name(f"rooms-before-v{old}.sqlite3").touch()
    file.with_name("rooms-before-vX.sqlite3").touch()

    reopen(file, ROOMS_2)

    assert names(file) == [
        "rooms-before-v10.sqlite3",
        "rooms-before-v9.sqlite3",
        "rooms-before-vX.sqlite3",
        "rooms.sqlite3",
    ]


def test_a_step_that_fails_leaves_the_older_version(file: Path) -> None:
    written = furnish(file)
    broken = Schema("rooms", (*ROOMS.steps, "DELETE FROM room; INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(StoreError):
        open_database(file, broken)

    opened, found = reopen(file)
    assert found == written
    assert opened.set_aside is None


def test_a_newer_version_is_not_touched(file: Path) -> None:
    furnish(file, schema=ROOMS_4)
    before = file.read_bytes()

    with pytest.raises(NewerDatabase) as caught:
        open_database(file, ROOMS_2)

    assert caught.value.reason is StoreReason.NEWER
    assert file.read_bytes() == before
    assert names(file) == ["rooms.sqlite3"]


# A damaged file


def execute(file: Path, script: str) -> None:
    """Change the file behind our back."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script)


def overwrite(file: Path, at: int, data: bytes) -> None:
    with file.open("r+b") as stream:
        stream.seek(at)
        stream.write(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"\0" * 8192),
        lambda file: file.write_bytes(b"These are not the rooms you are looking for.\n" * 99),
        lambda file: overwrite(file, 0, b"SQLite format 9"),
        lambda file: overwrite(file, 44, b"\0\0\0\x63"),
        lambda file: overwrite(file, 100, b"\xff" * 12),
    ],
    ids=["empty", "zeros", "text", "no database", "a schema format unknown", "no schema"],
)
def test_a_file_that_cannot_be_read_is_set_aside_and_begun_anew(file: Path, damage: Any) -> None:
    furnish(file)
    damage(file)
    before = file.read_bytes()

    opened, found = reopen(file)

    assert found == []
    assert not opened.salvaged
    assert opened.set_aside == file.with_name("rooms-damaged-1.sqlite3")
    assert opened.set_aside.read_bytes() == before
    assert reopen(file)[0].set_aside is None


@pytest.mark.parametrize(
    "damage",
    [
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -3",
        "DROP TABLE key",
        "ALTER TABLE key DROP COLUMN label",
    ],
)
def test_a_file_that_is_not_as_we_made_it_gives_its_rows_to_a_new_one(
    file: Path, damage: str
) -> None:
    written = furnish(file)
    execute(file, damage)

    opened, found = reopen(file)

    assert found == written
    assert opened.salvaged
    assert opened.set_aside is not None
    with closing(sqlite3.connect(opened.set_aside)) as connection:
        assert rooms(connection) == written


def test_an_earlier_damaged_file_is_never_overwritten(file: Path) -> None:
    for content in (b"first", b"second"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        reopen(file)

    assert file.with_name("rooms-damaged-1.sqlite3").read_bytes() == b"first"
    assert file.with_name("rooms-damaged-2.sqlite3").read_bytes() == b"second"


def test_a_file_cut_short_anywhere_is_set_aside_and_salvaged(tmp_path: Path) -> None:
    source = tmp_path / "whole" / "rooms.sqlite3"
    written = furnish(source, 300)
    whole = source.read_bytes()
    salvaged = set()
    for length in {*range(0, len(whole), 777), 1, 99, 100, 101, 512, 4096, len(whole) - 1}:
        file = tmp_path / str(length) / "rooms.sqlite3"
        file.parent.mkdir()
        file.write_bytes(whole[:length])

        opened, found = reopen(file)

        assert opened.set_aside is not None, length
        assert opened.set_aside.read_bytes() == whole[:length]
        assert opened.salvaged == bool(found)
        salvaged.add(len(found))
    assert min(salvaged) == 0
    assert max(salvaged) == len(written)


def test_rows_are_salvaged_from_both_sides_of_a_fault(file: Path) -> None:
    furnish(file, 1)
    with closing(open_database(file, ROOMS).connection) as connection, transaction(connection):
        for number in range(2, 101):
            row = [number, "long " * 100]
            connection.execute("INSERT INTO key (id, room, label) VALUES (?, 1, ?)", row)
    middle = file.stat().st_size // 4096 // 2
    overwrite(file, middle * 4096, b"\xff" * 4096)

    opened = open_database(file, ROOMS)

    assert opened.salvaged
    with closing(opened.connection) as connection:
        found = [number for (number,) in connection.execute("SELECT id FROM key ORDER BY id")]
    assert found[0] == 1
    assert found[-1] == 100
    assert 80 < len(found) < 100


def test_what_lost_what_it_refers_to_is_not_salvaged(file: Path) -> None:
    furnish(file)
    execute(file, "DELETE FROM room WHERE id = 2; PRAGMA user_version = 0")  # keys not followed

    with closing(open_database(file, ROOMS).connection) as connection:
        assert connection.execute("SELECT room FROM key").fetchall() == [(1,), (3,)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_rows_that_the_tables_do_not_take_stay_behind(file: Path) -> None:
    furnish(file)
    execute(
        file,
        "DROP TABLE room; CREATE TABLE room (id, name);"
        "INSERT INTO room VALUES (1, 'A'), (2, NULL), (3, 'A'), ('four', 'B'), (5, 'C')",
    )
    execute(file, "DROP TABLE key")

    assert reopen(file)[1] == ["A", "C"]


def test_a_damaged_file_of_an_older_version_is_salvaged_too(file: Path) -> None:
    written = furnish(file)
    execute(file, "DROP TABLE key")

    with closing(open_database(file, ROOMS_2).connection) as connection:
        assert rooms(connection) == written
        assert connection.execute("SELECT DISTINCT floor FROM room").fetchall() == [(0,)]


def test_a_log_without_its_file_is_set_aside_and_not_replayed(file: Path) -> None:
    with closing(open_database(file, ROOMS).connection) as connection:
        connection.execute("INSERT INTO room (name) VALUES ('R1')")
        log = file.with_name("rooms.sqlite3-wal").read_bytes()
    file.unlink()
    file.with_name("rooms.sqlite3-wal").write_bytes(log)

    opened, found = reopen(file)

    assert found == []
    assert opened.set_aside is not None
    assert file.with_name("rooms-damaged-1.sqlite3-wal").read_bytes() == log


def test_a_full_disk_leaves_a_damaged_file_in_its_place(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    furnish(file)
    execute(file, "PRAGMA user_version = 0")
    before = file.read_bytes()
    with monkeypatch.context() as context:
        context.setattr(module, "claim_damaged", refuse)
        with pytest.raises(StoreError) as caught:
            open_database(file, ROOMS)

    assert caught.value.reason is StoreReason.FULL
    assert file.read_bytes() == before
    assert not any("damaged" in name or name.startswith(".") for name in names(file))


def test_damage_that_sqlite_cannot_put_into_words_is_damage(file: Path) -> None:
    """SQLite quotes the bytes it stumbles over, and Python's module wants them to be UTF-8."""
    furnish(file)
    overwrite(file, file.read_bytes().index(b"tableroomroom") + len("table"), b"\x80")

    assert reopen(file)[0].set_aside is not None


@given(st.data())
def test_no_damage_raises_anything_but_a_store_error(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rooms.sqlite3"
        written = furnish(file, 50)
        size = file.stat().st_size
        for at in data.draw(st.lists(st.integers(0, 120) | st.integers(0, size - 1), min_size=1)):
            overwrite(file, at, data.draw(st.binary(min_size=1, max_size=40)))
        before = file.read_bytes()
        refused = None
        try:
            opened, found = reopen(file)
        except StoreError as error:
            refused = error.reason
        if refused is not None:
            assert refused in (StoreReason.NEWER, StoreReason.READ_ONLY)
            assert file.read_bytes() == before
        elif opened.set_aside is not None:
            assert opened.set_aside.read_bytes() == before
        else:
            assert len(found) == len(written)


# A disk that refuses


def test_a_full_disk_keeps_what_was_written_before(file: Path) -> None:
    written = furnish(file)
    with closing(open_database(file, ROOMS).connection) as connection:
        connection.execute("PRAGMA max_page_count = 1")  # no more than there are
        with pytest.raises(StoreError) as caught, transaction(connection):
            connection.execute("INSERT INTO room (name) VALUES (?)", ["long " * 2000])

        assert caught.value.reason is StoreReason.FULL
        assert rooms(connection) == written
        assert not connection.in_transaction
    assert reopen(file)[1] == written


def test_a_file_locked_by_another_program_is_not_taken_for_damaged(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = furnish(file)
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError) as caught:
            open_database(file, ROOMS)

    assert caught.value.reason is StoreReason.LOCKED
    assert reopen(file)[1] == written


def test_a_file_that_may_not_be_opened_stays_as_it_is(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    written = furnish(file)
    with monkeypatch.context() as context:
        context.setattr(Path, "open", refuse)
        with pytest.raises(StoreError) as caught:
            open_database(file, ROOMS)

    assert caught.value.reason is StoreReason.READ_ONLY
    assert reopen(file)[1] == written


def test_a_folder_in_the_files_place_is_told(file: Path) -> None:
    file.mkdir(parents=True)
    (file / "something").touch()

    with pytest.raises(StoreError) as caught:
        open_database(file, ROOMS)

    denied = sys.platform == "win32"  # Windows tells no more of a folder
    assert caught.value.reason is (StoreReason.READ_ONLY if denied else StoreReason.OTHER)
    assert (file / "something").exists()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), StoreReason.FULL),
        (OSError(errno.EROFS, "Read-only file system"), StoreReason.READ_ONLY),
        (PermissionError(errno.EACCES, "Permission denied"), StoreReason.READ_ONLY),
        (OSError("out of the blue"), StoreReason.OTHER),
        (sqlite3.OperationalError("from Python itself"), StoreReason.OTHER),
    ],
)
def test_the_reason_of_an_error_is_told(error: Exception, reason: StoreReason) -> None:
    with pytest.raises(StoreError) as caught, store_errors():
        raise error

    assert caught.value.reason is reason
    assert caught.value.__cause__ is error


def test_a_database_that_must_not_be_written_is_told(file: Path) -> None:
    with closing(open_database(file, ROOMS).connection) as connection:
        connection.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError) as caught, store_errors():
            connection.execute("INSERT INTO room (name) VALUES ('R1')")

    assert caught.value.reason is StoreReason.READ_ONLY


def test_what_was_committed_survives_the_end_of_the_program_at_any_moment(file: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from callctrl.store.database import open_database, transaction
from tests.store.test_database import ROOMS

connection = open_database(Path(sys.argv[1]), ROOMS).connection
connection.execute("INSERT INTO room (name) VALUES ('R1')")
with transaction(connection):
    connection.execute("INSERT INTO room (name) VALUES ('R2')")
    os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code, str(file)], cwd=ROOT, check=False)

    assert abs(done.returncode) == 9
    opened, found = reopen(file)
    assert found == ["R1"]
    assert opened.set_aside is None
