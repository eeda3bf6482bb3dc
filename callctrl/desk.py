"""The desk's memory: who calls, what became of it, and whom one may call.

Joins what the phone reports with the people and the history. Both databases belong to one worker
thread, so the disk never stalls a screen or the phone; what comes back is plain data. Where a
database cannot be had, one in memory takes its place and the program goes on without.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from callctrl.calls import (
    Call,
    CallChanged,
    CallState,
    CommandAnswered,
    Direction,
    Divert,
    Event,
    Reject,
)
from callctrl.daemon import Worker
from callctrl.numbers import DialPlan, shown
from callctrl.people import Person
from callctrl.store import contacts as contacts_store
from callctrl.store import history as history_store
from callctrl.store.contacts import Contacts
from callctrl.store.database import Opened, Schema, StoreError, open_database
from callctrl.store.history import History, Past

__all__ = ["Desk", "Fault", "Party"]

_log = logging.getLogger(__name__)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Party:
    """Who is at the other end of a call, as far as is known."""

    number: str = ""
    """As people write it."""
    name: str = ""
    """The contact's name, or else what the phone said."""
    company: str = ""
    note: str = ""
    """What the contacts say of the person."""
    person: Person | None = None
    past: Past | None = None
    """Earlier calls with this number, where it calls us; None until they are known."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with a database, for a sentence on the screen."""

    what: str
    """"history" or "contacts"."""
    error: StoreError | None
    """Why nothing can be kept; None where the file was damaged and begun anew."""
    set_aside: Path | None = None
    """Where the damaged file is now."""


class Desk:
    """One desk with one phone."""

    def __init__(
        self,
        folder: Path,
        plan: DialPlan,
        *,
        now: Callable[[], datetime],
        spawn: Callable[[Coroutine[None, None, None]], object],
        on_party: Callable[[], None],
        on_failure: Callable[[StoreError], None],
    ) -> None:
        """Nothing is opened yet.

        `spawn` runs a coroutine as a task whose failure is not lost. `on_party` is called when
        more is known of a call's other end, `on_failure` when something could not be kept.
        """
        self.plan = plan
        self._folder = folder
        self._now = now
        self._spawn = spawn
        self._on_party = on_party
        self._on_failure = on_failure
        self._worker = Worker("callctrl-store")
        self._contacts: Contacts
        self._history: History
        self._parties: dict[str, tuple[str, Party]] = {}
        """By call number: the number that was looked up, and who it is."""
        self._has_failed = False

    def open(self, keep_days: int) -> Awaitable[list[Fault]]:
        """Begin to open both databases; what was wrong with them. To be called before all else."""
        return self._worker.submit(lambda: self._open(keep_days))

    async def close(self) -> None:
        """Write what is left and close; a disk that hangs is not waited for."""
        await self._worker.close(within=2.0)

    async def contacts(self, work: Callable[[Contacts], _T]) -> _T:
        """Do something with the people; may raise StoreError."""
        return await self._worker.submit(lambda: work(self._contacts))

    async def history(self, work: Callable[[History], _T]) -> _T:
        """Do something with the history; may raise StoreError."""
        return await self._worker.submit(lambda: work(self._history))

    # What happens at the phone

    def hear(self, event: Event) -> None:
        """Keep what an event tells of a call."""
        match event:
            case CallChanged(call):
                self._write(lambda: self._history.see(call))
                self._meet(call)
            case CommandAnswered(Reject(call_id)) if event.accepted:
                self._write(lambda: self._history.rejected(call_id))
            case CommandAnswered(Divert(call_id, number)) if event.accepted:
                self._write(lambda: self._history.diverted(call_id, number))
            case _:
                pass

    def party(self, call: Call) -> Party:
        """Who is at the other end, as far as is known now."""
        number, party = self._parties.get(call.id, ("", None))
        if party is not None and number == call.number:
            return party
        return Party(shown(call.number, self.plan), call.name)

    def write_note(self, call: Call, text: str) -> None:
        """Keep a note on a call that goes on."""
        self._write(lambda: self._history.write_note(self._history.see(call).id, text))

    def _meet(self, call: Call) -> None:
        if call.state is CallState.ENDED:
            self._parties.pop(call.id, None)
            return
        number, _ = self._parties.get(call.id, (None, None))
        if call.number and number != call.number:
            self._parties[call.id] = call.number, self.party(call)
            self._spawn(self._look_up(call))

    async def _look_up(self, call: Call) -> None:
        plan = self.plan
        try:
            person = await self.contacts(lambda contacts: contacts.find_caller(call.number, plan))
            past = None
            if call.direction is not Direction.OUTGOING:
                past = await self.history(lambda history: history.past(call.number))
        except StoreError as error:
            self._fail(error)
            return
        if self._parties.get(call.id, ("",))[0] != call.number:
            return  # another call has that number by now
        party = Party(
            shown(call.number, plan),
            person.name if person is not None else call.name,
            person.company if person is not None else "",
            person.note if person is not None else "",
            person,
            past,
        )
        self._parties[call.id] = call.number, party
        self._on_party()

    # Writing

    def _write(self, work: Callable[[], object]) -> None:
        self._spawn(self._written(self._worker.submit(work)))

    async def _written(self, writing: Awaitable[object]) -> None:
        try:
            await writing
        except StoreError as error:
            self._fail(error)
        else:
            self._has_failed = False

    def _fail(self, error: StoreError) -> None:
        """Say once that nothing can be kept, until something could be again."""
        _log.error("%s", error)
        if not self._has_failed:
            self._has_failed = True
            self._on_failure(error)

    # In the worker thread

    def _open(self, keep_days: int) -> list[Fault]:
        faults: list[Fault] = []
        self._contacts = Contacts(self._database(contacts_store.SCHEMA, faults).connection)
        self._history = History(
            self._database(history_store.SCHEMA, faults).connection, now=self._now
        )
        try:
            self._history.close_unfinished()
            self._history.forget_older_than(keep_days)
        except StoreError as error:
            faults.append(Fault(history_store.SCHEMA.name, error))
        return faults

    def _database(self, schema: Schema, faults: list[Fault]) -> Opened:
        try:
            opened = open_database(self._folder / f"{schema.name}.sqlite3", schema)
        except StoreError as error:
            _log.error("%s", error)
            faults.append(Fault(schema.name, error))
            return _in_memory(schema)
        if opened.set_aside is not None:
            faults.append(Fault(schema.name, None, opened.set_aside))
        return opened


def _in_memory(schema: Schema) -> Opened:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for step in schema.steps:
        connection.executescript(step)
    return Opened(connection)
