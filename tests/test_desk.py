"""What the desk keeps and tells of its calls: real databases, no phone, no screen."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callctrl.calls import (
    Call,
    CallChanged,
    CallState,
    CommandAnswered,
    Direction,
    Divert,
    Reject,
    Stopped,
)
from callctrl.desk import Desk, Fault, Party
from callctrl.numbers import DialPlan
from callctrl.people import Number, Person
from callctrl.store.database import StoreError, StoreReason
from callctrl.store.history import Filter, Outcome, Record
from callctrl.store.search import Index

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RINGING = Call("1", CallState.RINGING, "7", 1, Direction.INCOMING, "5551234", "A. LEE")
PLACED = Call("2", CallState.CALLING, "8", 1, Direction.OUTGOING, "5552345")
ANNA = Person("Anna Lee", (Number("555-1234"),), "Lee & Sons", note="Speaks slowly.")

IN_STATE = {state: replace(RINGING, state=state) for state in CallState}
CONNECTED, ENDED = IN_STATE[CallState.CONNECTED], IN_STATE[CallState.ENDED]


class Scene:
    """A desk, what it told, and the time of day."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = MORNING
        self.told = 0
        self.failures: list[StoreReason] = []
        self.broken: list[BaseException] = []
        """What ended a task of the desk, as nothing should."""
        self.faults: list[Fault] = []
        self.desk = self._new_desk()
        self._tasks: set[asyncio.Task[None]] = set()

    def _new_desk(self) -> Desk:
        return Desk(
            self.folder,
            DialPlan(country="US", area_code="212"),
            now=lambda: self.now,
            spawn=self._spawn,
            on_party=self._party_known,
            on_failure=lambda error: self.failures.append(error.reason),
        )

    async def open(self, keep_days: int = 0) -> Scene:
        self.faults = await self.desk.open(keep_days)
        return self

    async def start_again(self, keep_days: int = 0) -> Scene:
        await self.desk.close()
        await self.settle()
        self.desk = self._new_desk()
        return await self.open(keep_days)

    def hear(self, *calls: Call) -> None:
        for call in calls:
            self.desk.hear(CallChanged(call))

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def records(self) -> list[Record]:
        await self.settle()
        return await self.desk.history(lambda history: history.records(Filter()))

    async def record(self) -> Record:
        (record,) = await self.records()
        return record

    async def party(self, call: Call) -> Party:
        await self.settle()
        return self.desk.party(call)

    async def add(self, person: Person) -> Person:
        return await self.desk.contacts(lambda contacts: contacts.add(person))

    async def found(self, text: str) -> list[str]:
        await self.settle()
        found = await self.desk.contacts(lambda contacts: contacts.search(text))
        return [person.name for person in found.exact]

    async def fill_disk(self, full: bool = True) -> None:
        """Let the history grow no more, or let it grow again."""

        pages = 1 if full else 1_000_000
        await self.desk.history(
            lambda history: history._connection.execute(f"PRAGMA max_page_count = {pages}")
        )

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.broken.append(error)

    def _party_known(self) -> None:
        self.told += 1


@pytest.fixture(name="scene")
async def open_desk(tmp_path: Path) -> AsyncIterator[Scene]:
    scene = await Scene(tmp_path).open()
    yield scene
    await scene.desk.close()
    await scene.settle()


# The history


async def test_a_call_is_in_the_history_from_its_first_report(scene: Scene) -> None:
    scene.hear(RINGING)

    record = await scene.record()

    assert (record.number, record.name, record.line) == ("5551234", "A. LEE", 1)
    assert (record.began, record.outcome) == (MORNING, Outcome.GOING_ON)


@pytest.mark.parametrize(
    ("states", "outcome"),
    [
        ([CallState.RINGING], Outcome.MISSED),
        ([CallState.RINGING, CallState.CONNECTED], Outcome.ANSWERED),
    ],
)
async def test_what_became_of_a_call_is_kept(
    scene: Scene, states: list[CallState], outcome: Outcome
) -> None:
    scene.hear(*[IN_STATE[state] for state in [*states, CallState.ENDED]])

    assert (await scene.record()).outcome is outcome


@pytest.mark.parametrize(
    ("command", "outcome", "target"),
    [(Reject("1"), Outcome.REJECTED, ""), (Divert("1", "301"), Outcome.DIVERTED, "301")],
)
@pytest.mark.parametrize("answers_first", [True, False])
async def test_a_call_we_turned_away_was_not_missed(
    scene: Scene, command: Reject | Divert, outcome: Outcome, target: str, answers_first: bool
) -> None:
    taken, ended = CommandAnswered(command, 200), CallChanged(ENDED)
    scene.hear(RINGING)
    for event in (taken, ended) if answers_first else (ended, taken):
        scene.desk.hear(event)

    record = await scene.record()

    assert (record.outcome, record.diverted_to) == (outcome, target)


@pytest.mark.parametrize("command", [Reject("1"), Divert("1", "301")])
async def test_an_order_that_was_refused_turned_nobody_away(
    scene: Scene, command: Reject | Divert
) -> None:
    scene.hear(RINGING)
    scene.desk.hear(CommandAnswered(command, 481))
    scene.hear(ENDED)

    assert (await scene.record()).outcome is Outcome.MISSED


async def test_a_later_call_of_the_same_number_is_another_record(scene: Scene) -> None:
    later = replace(RINGING, ref="9", number="5559999", name="", began_at=60.0)
    scene.hear(RINGING, CONNECTED, ENDED, later)
    scene.desk.hear(CommandAnswered(Reject("1"), 200))

    second, first = await scene.records()

    assert (first.number, first.outcome) == ("5551234", Outcome.ANSWERED)
    assert (second.number, second.outcome) == ("5559999", Outcome.REJECTED)


async def test_a_note_is_kept_while_the_call_goes_on(scene: Scene) -> None:
    scene.hear(RINGING, CONNECTED)
    for note in ("c", "ca", "call back"):
        scene.desk.write_note(CONNECTED, note)
    scene.hear(ENDED)

    record = await scene.record()

    assert (record.note, record.outcome) == ("call back", Outcome.ANSWERED)


async def test_old_calls_are_forgotten_at_the_start(scene: Scene) -> None:
    scene.hear(RINGING, ENDED)
    await scene.settle()
    scene.now += timedelta(days=20)
    scene.hear(replace(PLACED, id="1"))

    await scene.start_again(keep_days=30)
    assert len(await scene.records()) == 2
    scene.now += timedelta(days=20)
    await scene.start_again(keep_days=0)
    assert len(await scene.records()) == 2
    await scene.start_again(keep_days=30)
    assert [record.number for record in await scene.records()] == ["5552345"]


async def test_a_call_that_ended_while_we_were_away_has_no_end_in_the_history(
    scene: Scene,
) -> None:
    scene.hear(RINGING, CONNECTED, replace(ENDED, ended_away=True))
    record = await scene.record()
    assert (record.outcome, record.ended) == (Outcome.UNKNOWN_END, None)


async def test_nobody_sees_the_end_of_a_call_where_the_phone_is_let_go_of(scene: Scene) -> None:
    scene.hear(RINGING, CONNECTED)
    scene.desk.hear(Stopped())

    assert (await scene.record()).outcome is Outcome.UNKNOWN_END


async def test_what_is_heard_last_is_written_before_the_end(scene: Scene) -> None:
    scene.hear(RINGING, CONNECTED)
    scene.desk.write_note(CONNECTED, "call back")

    await scene.desk.close()

    with closing(sqlite3.connect(scene.folder / "history.sqlite3")) as connection:
        rows = connection.execute("SELECT number, note FROM call").fetchall()
    assert rows == [("5551234", "call back")]


async def test_the_end_closes_the_files(scene: Scene) -> None:
    await scene.desk.close()

    names = {file.name for file in scene.folder.iterdir()}
    assert names == {"contacts.sqlite3", "history.sqlite3"}  # and no logs beside them


async def test_what_is_heard_after_the_end_is_left_aside(scene: Scene) -> None:
    await scene.desk.close()
    scene.hear(RINGING)
    scene.desk.hear(Stopped())
    await scene.settle()
    assert scene.failures == []


# Who is at the other end


async def test_the_phones_word_is_all_that_is_known_at_first(scene: Scene) -> None:
    scene.hear(RINGING)

    assert scene.desk.party(RINGING) == Party("5551234", "A. LEE")


async def test_the_contacts_name_wins_over_the_phones(scene: Scene) -> None:
    anna = await scene.add(ANNA)
    scene.hear(RINGING)

    party = await scene.party(RINGING)

    assert scene.told == 1
    assert (party.name, party.company, party.note) == ("Anna Lee", "Lee & Sons", "Speaks slowly.")
    assert party.person == anna


async def test_a_name_that_the_phone_tells_later_is_shown(scene: Scene) -> None:
    scene.hear(replace(RINGING, name=""))
    await scene.settle()

    assert (await scene.party(RINGING)).name == "A. LEE"


async def test_a_company_without_a_name_stands_in_its_place(scene: Scene) -> None:
    await scene.add(replace(ANNA, name=""))
    scene.hear(RINGING)

    party = await scene.party(RINGING)

    assert (party.name, party.company) == ("Lee & Sons", "")


async def test_a_number_is_shown_as_people_write_it(scene: Scene) -> None:
    call = replace(RINGING, number="12125550100")
    scene.hear(call)

    assert (await scene.party(call)).number == "(212) 555-0100"


async def test_a_withheld_number_is_nobodys(scene: Scene) -> None:
    call = replace(RINGING, number="", name="Anonymous")
    scene.hear(call, replace(call, state=CallState.ENDED))

    assert await scene.party(call) == Party("", "Anonymous")
    assert scene.told == 0


async def test_earlier_calls_are_counted_without_the_one_that_rings(scene: Scene) -> None:
    scene.hear(RINGING, ENDED)
    await scene.settle()
    scene.now += timedelta(minutes=5)
    again = replace(RINGING, ref="9", began_at=300.0)
    scene.hear(again)

    past = (await scene.party(again)).past

    assert past is not None
    assert past.today == 1
    assert past.last is not None
    assert past.last.began == MORNING


async def test_the_next_call_of_the_same_number_is_looked_up_anew(scene: Scene) -> None:
    await scene.add(ANNA)
    scene.hear(RINGING, ENDED)
    later = replace(RINGING, ref="9", number="5559999", name="", began_at=60.0)
    scene.hear(later)

    party = await scene.party(later)

    assert (party.number, party.name, party.person) == ("5559999", "", None)


async def test_somebody_added_during_a_call_is_shown_when_looked_up_again(scene: Scene) -> None:
    scene.hear(RINGING)
    await scene.settle()
    await scene.add(ANNA)
    scene.desk.look_again([RINGING, PLACED])

    assert (await scene.party(RINGING)).name == "Anna Lee"
    assert scene.told == 2


@pytest.mark.parametrize("turns", [0, 1])
async def test_at_the_end_nobody_is_looked_up_any_more(scene: Scene, turns: int) -> None:
    scene.hear(RINGING)
    for _ in range(turns):
        await asyncio.sleep(0)
    await scene.desk.close()
    await scene.settle()
    assert (scene.told, scene.broken) == (0, [])


async def test_a_call_that_has_ended_is_not_told_of(scene: Scene) -> None:
    scene.hear(RINGING, ENDED)
    await scene.settle()
    assert scene.told == 0


# Who was called last is found first


@pytest.mark.parametrize(
    "calls",
    [[PLACED], [replace(RINGING, number="5552345"), replace(ENDED, number="5552345")]],
    ids=["dialled", "ended"],
)
async def test_whom_one_has_spoken_to_is_found_before_others(
    scene: Scene, calls: list[Call]
) -> None:
    await scene.add(Person("Lee, Abel", (Number("555-1111"),)))
    await scene.add(Person("Lee, Zoe", (Number("555-2345"),)))
    assert await scene.found("lee") == ["Lee, Abel", "Lee, Zoe"]

    scene.hear(*calls)

    assert await scene.found("lee") == ["Lee, Zoe", "Lee, Abel"]


# Disks and files


async def test_a_full_disk_is_told_once_until_there_is_room_again(scene: Scene) -> None:
    await scene.add(ANNA)
    await scene.fill_disk()
    note = "x" * 10_000
    scene.hear(RINGING)
    for _ in range(3):
        scene.desk.write_note(RINGING, note)

    assert (await scene.party(RINGING)).name == "Anna Lee"
    assert scene.failures == [StoreReason.FULL]

    await scene.fill_disk(False)
    scene.desk.write_note(RINGING, note)
    assert (await scene.record()).note == note
    await scene.fill_disk()
    scene.hear(PLACED)
    for _ in range(3):
        scene.desk.write_note(PLACED, note)
    await scene.settle()
    assert scene.failures == [StoreReason.FULL] * 2


async def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    scene = await Scene(tmp_path).open()
    await scene.add(ANNA)
    await scene.desk.close()
    file = tmp_path / "contacts.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = file.read_bytes()

    again = await Scene(tmp_path).open()

    (fault,) = again.faults
    assert (fault.what, fault.set_aside) == ("contacts", None)
    assert fault.error is not None
    assert fault.error.reason is StoreReason.NEWER
    assert await again.found("anna") == []
    await again.desk.close()
    assert file.read_bytes() == before


async def test_people_in_memory_are_changed_and_deleted_as_others(tmp_path: Path) -> None:
    (tmp_path / "contacts.sqlite3").mkdir()
    scene = await Scene(tmp_path).open()
    assert [fault.what for fault in scene.faults] == ["contacts"]

    anna = await scene.add(ANNA)
    changed = replace(anna, name="Anna Berg")
    await scene.desk.contacts(lambda contacts: contacts.change(changed))

    assert await scene.found("berg") == ["Anna Berg"]
    await scene.desk.contacts(lambda contacts: contacts.delete([anna.id or 0]))
    assert await scene.found("5551234") == []
    await scene.desk.close()


async def test_a_full_disk_at_the_start_leaves_the_calls_to_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search index is filled anew after an update, which needs room."""

    def fill(_index: Index, _people: object) -> None:
        monkeypatch.undo()
        raise StoreError(StoreReason.FULL, "test")

    monkeypatch.setattr(Index, "rebuild", fill)
    scene = await Scene(tmp_path).open()

    assert [(fault.what, fault.error and fault.error.reason) for fault in scene.faults] == [
        ("contacts", StoreReason.FULL)
    ]
    await scene.add(ANNA)
    scene.hear(RINGING)
    assert (await scene.party(RINGING)).name == "Anna Lee"
    await scene.desk.close()


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100])
async def test_a_damaged_database_is_set_aside_and_the_other_kept(
    tmp_path: Path, damage: bytes
) -> None:
    scene = await Scene(tmp_path).open()
    await scene.add(ANNA)
    scene.hear(RINGING, ENDED)
    await scene.settle()
    await scene.desk.close()
    (tmp_path / "history.sqlite3").write_bytes(damage)

    again = await Scene(tmp_path).open()

    (fault,) = again.faults
    assert (fault.what, fault.error) == ("history", None)
    assert fault.set_aside is not None
    assert fault.set_aside.read_bytes() == damage
    assert await again.found("anna") == ["Anna Lee"]
    again.hear(PLACED)
    assert (await again.record()).number == "5552345"
    await again.desk.close()


async def test_what_is_asked_while_the_files_are_opened_is_done_afterwards(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    opening = scene.desk.open(0)
    scene.hear(RINGING)
    assert await opening == []
    assert (await scene.record()).number == "5551234"
    await scene.desk.close()
