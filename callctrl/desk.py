"""The desk's memory: who calls, what became of it, and whom one may call.

Joins what the phone reports with the people and the history. Both databases belong to one worker
thread, so the disk never stalls a screen or the phone; what comes back is plain data. Where a
database cannot be had, one in memory takes its place and the program goes on without.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
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
    Stopped,
)
from callctrl.daemon import Worker
from callctrl.numbers import DialPlan, shown
from callctrl.people import Person
from callctrl.store import contacts as contacts_store
from callctrl.store import history as history_store
from callctrl.store.contacts import Contacts
from callctrl.store.database import (
    Schema,
    StoreError,
    open_database,
    open_in_memory,
)
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
    """What went wrong with a database when it was opened, for a sentence on the screen."""

    what: str
    """"history" or "contacts"."""
    error: StoreError | None
    """Why nothing can be kept this time; None where the file was damaged and begun anew."""
    set_aside: Path | None = None
    """Where the damaged file is now."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was looked up of a call's other end."""

    number: str
    person: Person | None = None
    past: Past | None = None


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
        self._connections: list[Connection] = []
        self._contacts: Contacts
        self._history: History
        self._known: dict[str, _Known] = {}
        """By call number."""
        self._has_failed = False
        self._is_closed = False

    def open(self, keep_days: int) -> Awaitable[list[Fault]]:
        """Begin to open both databases, before anything else; what was wrong with them.

        Everything that is asked meanwhile is done afterwards. Calls that are older than
        `keep_days` are forgotten; 0 keeps all.
        """
        return self._worker.submit(lambda: self._open(keep_days))

    async def close(self) -> None:
        """Write what is left and close; a disk that hangs is not waited for."""
        if not self._is_closed:
            self._is_closed = True
            self._worker.submit(self._close)
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
        if self._is_closed:
            return
        match event:
            case CallChanged(call):
                self._write(lambda: self._history.see(call))
                self._meet(call)
            case CommandAnswered(Reject(call_id)) if event.accepted:
                self._write(lambda: self._history.rejected(call_id))
            case CommandAnswered(Divert(call_id, number)) if event.accepted:
                self._write(lambda: self._history.diverted(call_id, number))
            case Stopped():
                self._known.clear()
                self._write(lambda: self._history.close_unfinished())
            case _:
                pass

    def party(self, call: Call) -> Party:
        """Who is at the other end, as far as is known now."""
        known = self._known.get(call.id)
        if known is None or known.number != call.number:
            known = _Known(call.number)
        number, person = shown(call.number, self.plan), known.person
        if person is None:
            return Party(number, call.name, past=known.past)
        return Party(
            number,
            person.name or person.company,
            person.company if person.name else "",
            person.note,
            person,
            known.past,
        )

    def look_again(self, calls: Iterable[Call]) -> None:
        """Look up who is at the other end of these calls: the people have changed."""
        for call in calls:
            if call.id in self._known:
                self._spawn(self._look_up(call))

    def write_note(self, call: Call, text: str) -> None:
        """Keep a note on a call that goes on, or has just ended."""
        self._write(lambda: self._history.write_note(self._history.see(call).id, text))

    def _meet(self, call: Call) -> None:
        if call.state is CallState.ENDED:
            self._known.pop(call.id, None)
            self._touch(call)
            return
        known = self._known.get(call.id)
        if call.number and (known is None or known.number != call.number):
            self._known[call.id] = _Known(call.number)
            if call.direction is Direction.OUTGOING:
                self._touch(call)
            self._spawn(self._look_up(call))

    async def _look_up(self, call: Call) -> None:
        plan = self.plan
        if not self._waits_for(call):
            return
        try:
            person = await self.contacts(lambda contacts: contacts.find_caller(call.number, plan))
            if not self._waits_for(call):
                return
            past = None
            if call.direction is not Direction.OUTGOING:
                past = await self.history(lambda history: history.past(call.number))
        except StoreError as error:
            self._fail(error)
            return
        if self._waits_for(call):
            self._known[call.id] = _Known(call.number, person, past)
            self._on_party()

    def _waits_for(self, call: Call) -> bool:
        """Whether anybody still wants to know who is at the other end: it has not ended yet."""
        known = self._known.get(call.id)
        return not self._is_closed and known is not None and known.number == call.number

    def _touch(self, call: Call) -> None:
        """Let whoever is at the other end be found before others.

        Where that cannot be kept it is only logged, by the worker: nobody misses it.
        """
        plan, when = self.plan, self._now().timestamp()

        def touch() -> None:
            person = self._contacts.find_caller(call.number, plan)
            if person is not None and person.id is not None:
                self._contacts.touch(person.id, when)

        if call.number:
            self._worker.submit(touch)

    # Writing

    def _write(self, work: Callable[[], object]) -> None:
        # Submitted here and now, so that the order is that of the events and the end loses none.
        self._spawn(self._written(self._worker.submit(work)))

    async def _written(self, answer: Awaitable[object]) -> None:
        try:
            await answer
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
        self._contacts = self._opened(contacts_store.SCHEMA, Contacts, faults)
        self._history = self._opened(
            history_store.SCHEMA, lambda connection: History(connection, now=self._now), faults
        )
        try:
            self._history.close_unfinished()
            self._history.forget_older_than(keep_days)
        except StoreError as error:
            _log.error("%s", error)  # told with the first call that cannot be kept
        return faults

    def _opened(self, schema: Schema, store: Callable[[Connection], _T], faults: list[Fault]) -> _T:
        """The store in its file, or in memory where that cannot be had."""
        try:
            opened = open_database(self._folder / f"{schema.name}.sqlite3", schema)
            self._connections.append(opened.connection)
            kept = store(opened.connection)
        except StoreError as error:
            _log.error("%s", error)
            faults.append(Fault(schema.name, error))
            in_memory = open_in_memory(schema).connection
            self._connections.append(in_memory)
            return store(in_memory)
        if opened.set_aside is not None:
            faults.append(Fault(schema.name, None, opened.set_aside))
        return kept

    def _close(self) -> None:
        for connection in self._connections:
            connection.close()
