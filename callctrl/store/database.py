"""A database in one file: opened, checked, brought up to date, and begun anew where damaged.

What is written survives a power cut, so each change is on the disk when its call returns. That
may take a while: a connection belongs to one worker thread (`callctrl.daemon.Worker`), which
opens, uses and closes it.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from callctrl.store.files import claim_damaged, replacement

__all__ = [
    "NewerDatabase",
    "Opened",
    "Schema",
    "StoreError",
    "StoreReason",
    "open_database",
    "open_in_memory",
    "store_errors",
    "transaction",
]

_log = logging.getLogger(__name__)

_PATIENCE = 5.0
"""Seconds to wait for another program that has the file locked, such as a backup."""

_BACKUPS_KEPT = 2

_MOST_ROWS = 1_000_000
"""A damaged table that seems to hold more leads in circles."""


class StoreReason(Enum):
    """Why something could not be kept or read."""

    FULL = "the disk is full"
    READ_ONLY = "it must not be written"
    DAMAGED = "the file is damaged"
    LOCKED = "another program has it locked"
    NEWER = "a newer version of the program wrote it"
    OTHER = "the disk refused"


class StoreError(OSError):
    """The disk did not do as asked; the text is for the log."""

    def __init__(self, reason: StoreReason, detail: str) -> None:
        super().__init__(f"{reason.value} ({detail})")
        self.reason = reason


class NewerDatabase(StoreError):  # noqa: N818 - no fault of anybody's
    """The file was written by a newer version of the program, and stays as it is."""

    def __init__(self, detail: str) -> None:
        super().__init__(StoreReason.NEWER, detail)


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database holds, as the steps that led there.

    Step N is an SQL script that makes version N of version N - 1; a step that was released never
    changes. They run with foreign keys off, as rebuilding a table needs, inside a transaction
    that is not theirs to end. Tables are plain ones with a rowid and come after those they refer
    to, so that a damaged file can be salvaged row by row.
    """

    name: str
    """Tells our databases apart; never changes."""
    steps: tuple[str, ...]

    @property
    def version(self) -> int:
        """The version all steps lead to."""
        return len(self.steps)

    @property
    def application_id(self) -> int:
        """The number in the file's header that says whose it is."""
        return zlib.crc32(f"callctrl {self.name}".encode()) & 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Opened:
    """A database ready for use."""

    connection: sqlite3.Connection
    """In autocommit mode; several statements that belong together go into a `transaction`."""
    set_aside: Path | None = None
    """Where the damaged file is now, or None where there was none."""
    salvaged: bool = False
    """Whether something of the damaged file could be taken over."""


def open_database(file: Path, schema: Schema) -> Opened:
    """Open the file, or begin it; in the thread that is going to use it.

    An older version is brought up to date, after a copy of it was put beside it. A damaged file
    is set aside and begun anew with what could be read of it. Raises NewerDatabase, touching
    nothing, and StoreError where the disk refuses; what was there is still there then.
    """
    with store_errors():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(part.exists() for part in _parts(file)):
            with replacement(file) as temporary, closing(_connect(temporary)) as fresh:
                _lift(fresh, schema, 0, schema.version)
        try:
            return Opened(_open_sound(file, schema))
        except sqlite3.Error as error:
            if _reason(error) is not StoreReason.DAMAGED:
                raise
            _log.warning("the %s are damaged: %s", schema.name, error)
        set_aside, rows = _begin_anew(file, schema)
        _log.warning("they are set aside as %s, %d rows were salvaged", set_aside.name, rows)
        return Opened(_open_sound(file, schema), set_aside, rows > 0)


def open_in_memory(schema: Schema) -> Opened:
    """An empty database that lasts as long as its connection, where there can be no other."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _lift(connection, schema, 0, schema.version)
    connection.execute("PRAGMA foreign_keys = ON")
    return Opened(connection)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All statements of the block take effect together, or none; may raise StoreError."""
    with store_errors():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise


# What went wrong


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Tell what SQLite and the operating system refuse as StoreError."""
    try:
        yield
    except StoreError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise StoreError(_reason(error), f"{type(error).__name__}: {error}") from error


_REASONS = {
    sqlite3.SQLITE_FULL: StoreReason.FULL,
    sqlite3.SQLITE_READONLY: StoreReason.READ_ONLY,
    sqlite3.SQLITE_PERM: StoreReason.READ_ONLY,
    sqlite3.SQLITE_CORRUPT: StoreReason.DAMAGED,
    sqlite3.SQLITE_NOTADB: StoreReason.DAMAGED,
    sqlite3.SQLITE_FORMAT: StoreReason.DAMAGED,
    sqlite3.SQLITE_BUSY: StoreReason.LOCKED,
    sqlite3.SQLITE_LOCKED: StoreReason.LOCKED,
}
_SYSTEM_REASONS = {
    errno.ENOSPC: StoreReason.FULL,
    errno.EDQUOT: StoreReason.FULL,
    errno.EFBIG: StoreReason.FULL,
    errno.EROFS: StoreReason.READ_ONLY,
    errno.EACCES: StoreReason.READ_ONLY,
    errno.EPERM: StoreReason.READ_ONLY,
    errno.EBUSY: StoreReason.LOCKED,
}
_WINDOWS_REASONS = {
    32: StoreReason.LOCKED,  # ERROR_SHARING_VIOLATION, an EACCES by its errno
    33: StoreReason.LOCKED,  # ERROR_LOCK_VIOLATION
}


def _reason(error: sqlite3.Error | OSError) -> StoreReason:
    if isinstance(error, sqlite3.Error):
        return _REASONS.get(_code(error), StoreReason.OTHER)
    of_system = _SYSTEM_REASONS.get(error.errno or 0, StoreReason.OTHER)
    return _WINDOWS_REASONS.get(getattr(error, "winerror", None) or 0, of_system)


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; Python's own errors have none."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def _damage(found: str) -> sqlite3.DatabaseError:
    """What SQLite would raise, for what it does not look at."""
    error = sqlite3.DatabaseError(found)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


# A sound file


def _open_sound(file: Path, schema: Schema) -> sqlite3.Connection:
    """The connection; raises sqlite3.Error or OSError, and NewerDatabase."""
    with contextlib.suppress(FileNotFoundError), file.open("r+b"):
        pass  # the system's own words are better than SQLite's "unable to open"
    if not file.exists() or file.stat().st_size == 0:
        # SQLite would take it for a new one and throw away the log that lies beside it.
        raise _damage("the file is empty")
    connection = _connect(file)
    try:
        try:
            version = _check(connection, file, schema)
        except sqlite3.Error as error:
            if _code(error) != sqlite3.SQLITE_ERROR:
                raise
            raise _damage(str(error)) from error  # the statements are right: it is the file
        if version < schema.version:
            _back_up(connection, file, version + 1)
            _lift(connection, schema, version, schema.version)
        [mode] = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            _log.info("the %s are kept with a journal of the kind %r", schema.name, mode)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # or what was deleted lingers in the file
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(file: Path, mode: str = "rw") -> sqlite3.Connection:
    """A connection in autocommit mode to a file that is there."""
    path = file.absolute().as_posix()
    root = "" if path.startswith("/") else "/"  # a Windows drive needs one
    connection = sqlite3.connect(
        f"file://{root}{quote(os.fsencode(path))}?mode={mode}",
        uri=True,
        timeout=_PATIENCE,
        isolation_level=None,
        factory=_Connection,
    )
    connection.text_factory = _text
    return connection


class _Connection(sqlite3.Connection):
    """Tells as damage what SQLite finds wrong with bytes that are no text: Python cannot read it.

    SQLite quotes them as they are, and instead of its error a UnicodeDecodeError is raised.
    """

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """As sqlite3 has it; raises sqlite3.Error and nothing else."""
        try:
            return super().execute(sql, parameters)
        except UnicodeDecodeError as error:
            raise _damage("a name is no text") from error


def _text(data: bytes) -> str:
    """Text as the database has it; a broken character costs only itself."""
    return data.decode("utf-8", errors="replace")


def _check(connection: sqlite3.Connection, file: Path, schema: Schema) -> int:
    """The version of a sound file of ours; raises sqlite3.Error and NewerDatabase."""
    [owner] = connection.execute("PRAGMA application_id").fetchone()
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner != schema.application_id:
        raise _damage(f"expected application_id {schema.application_id}, found {owner}")
    if version > schema.version:
        raise NewerDatabase(f"{schema.name}: expected version {schema.version}, found {version}")
    if version < 1:
        raise _damage(f"expected a version, found {version}")
    connection.execute("PRAGMA wal_checkpoint")  # whole pages, even of a write cut short
    [page_size] = connection.execute("PRAGMA page_size").fetchone()
    if (size := file.stat().st_size) % page_size:
        raise _damage(f"expected whole pages of {page_size} bytes, found {size} bytes")
    [verdict] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise _damage(verdict)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        _lift(model, schema, 0, version)
        expected, found = _columns(model), _columns(connection)
    if missing := [".".join(column) for column in expected if column not in found]:
        raise _damage(f"expected {', '.join(missing)}")
    return version


def _columns(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Table and column names, the older tables first."""
    return connection.execute(
        "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c"
        " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " ORDER BY t.rowid, c.cid"
    ).fetchall()


def _lift(connection: sqlite3.Connection, schema: Schema, start: int, end: int) -> None:
    """Bring the database from one version to another, wholly or not at all."""
    connection.execute("PRAGMA foreign_keys = OFF")
    steps = "\n;\n".join(schema.steps[start:end])
    try:
        connection.executescript(
            "BEGIN IMMEDIATE;\n"
            f"{steps}\n;\n"
            f"PRAGMA application_id = {schema.application_id};\n"
            f"PRAGMA user_version = {end};\n"
            "COMMIT;"
        )
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # SQLite may have rolled back itself, as on a full disk
        connection.execute("ROLLBACK")


def _back_up(connection: sqlite3.Connection, file: Path, version: int) -> None:
    """Put a copy beside the file before it becomes `version`; the newest copies are kept."""
    copy = file.with_name(f"{file.stem}-before-v{version}{file.suffix}")
    with replacement(copy) as temporary, closing(sqlite3.connect(temporary)) as target:
        connection.backup(target)
    pattern = re.compile(
        rf"{re.escape(file.stem)}-before-v([0-9]{{1,9}}){re.escape(file.suffix)}", re.ASCII
    )
    copies = [
        (int(match[1]), each)
        for each in file.parent.iterdir()
        if (match := pattern.fullmatch(each.name))
    ]
    for _, old in sorted(copies)[:-_BACKUPS_KEPT]:
        old.unlink(missing_ok=True)


# A damaged file


def _parts(file: Path) -> list[Path]:
    """The file and those that SQLite may keep beside it."""
    return [file.with_name(file.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]


def _begin_anew(file: Path, schema: Schema) -> tuple[Path, int]:
    """Set the file aside for one with what could be read of it; where it is, and how many rows.

    The damaged one leaves its place last, so that a failure loses nothing.
    """
    with replacement(file) as temporary, closing(_connect(temporary)) as fresh:
        with closing(_connect_damaged(file)) as damaged:
            version = _version(damaged, schema)
            _lift(fresh, schema, 0, version)
            rows = _salvage(damaged, fresh)
        _lift(fresh, schema, version, schema.version)
        set_aside = claim_damaged(file)
        for part, place in zip(_parts(file), _parts(set_aside), strict=True):
            with contextlib.suppress(FileNotFoundError):
                part.replace(place)
    return set_aside, rows


def _connect_damaged(file: Path) -> sqlite3.Connection:
    """A connection that changes nothing, to an empty database where there is no other."""
    if not file.exists() or file.stat().st_size == 0:
        return sqlite3.connect(":memory:")
    connection = _connect(file, "ro")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA writable_schema = ON")  # or a file cut short is not read at all
    return connection


def _version(damaged: sqlite3.Connection, schema: Schema) -> int:
    """The version of a damaged file, the current one where it cannot be read."""
    with contextlib.suppress(sqlite3.Error):
        [version] = damaged.execute("PRAGMA user_version").fetchone()
        if 1 <= version <= schema.version:
            return int(version)
    return schema.version


def _salvage(damaged: sqlite3.Connection, fresh: sqlite3.Connection) -> int:
    """Copy the rows that can be read and that the tables take; how many."""
    tables: dict[str, list[str]] = {}
    for table, column in _columns(fresh):
        tables.setdefault(table, []).append(column)
    copied = 0
    fresh.execute("PRAGMA foreign_keys = ON")  # rows that lost what they refer to stay behind
    with transaction(fresh):
        for table, columns in tables.items():
            into = f"[{table}] ({', '.join(f'[{column}]' for column in columns)})"
            insert = f"INSERT OR IGNORE INTO {into} VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of ours
            for row in _readable_rows(damaged, table, columns):
                with contextlib.suppress(sqlite3.IntegrityError):
                    copied += fresh.execute(insert, row).rowcount
    return copied


def _readable_rows(
    damaged: sqlite3.Connection, table: str, columns: list[str]
) -> Iterator[tuple[object, ...]]:
    """The rows of one table up to a fault, and from the end back to it; some come twice."""
    names = ", ".join(f"[{column}]" for column in columns)
    for order in ("ASC", "DESC"):
        try:
            rows = damaged.execute(f"SELECT {names} FROM [{table}] ORDER BY rowid {order}")  # noqa: S608 - names of ours
            yield from islice(rows, _MOST_ROWS)
        except sqlite3.Error as error:
            _log.warning("reading the damaged table %s: %s", table, error)
        else:
            return
