"""What the main window and the cards ask of the program: calls, people, history, undo.

The window knows screens, `desk` knows the databases, `line` the phone; this is the seam. What
takes time is a task, and its answer is shown where it is still wanted.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ParamSpec

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from callctrl.abilities import presumed_ability
from callctrl.accounts import Account, PbxKind
from callctrl.calls import (
    AbilityOf,
    Answer,
    Call,
    CallChanged,
    CallState,
    Command,
    CommandAnswered,
    Dial,
    DialProgress,
    Divert,
    Event,
    Lamp,
    LampChanged,
    LampListFailed,
    MessagesChanged,
    PhoneRestarted,
    Reject,
    SessionChanged,
    SessionState,
    Stopped,
)
from callctrl.desk import Desk, Fault
from callctrl.incoming import Incoming
from callctrl.numbers import DialPlan, is_number, keys, shown, typed
from callctrl.people import Person
from callctrl.store.contacts import Contacts
from callctrl.store.database import StoreError
from callctrl.store.history import Filter, Only, Record
from callctrl.ui.commandwords import progress_in_words, refusal_in_words
from callctrl.ui.handsetwords import why_not_in_words
from callctrl.ui.lampboard import extension_of
from callctrl.ui.lampwords import list_failure_in_words
from callctrl.ui.notedialog import NoteDialog
from callctrl.ui.nowlist import ShownCall
from callctrl.ui.persondialog import PersonDialog
from callctrl.ui.recordwords import past_in_words
from callctrl.ui.storewords import failure_in_words, fault_in_words
from callctrl.ui.toast import CardStack, Target
from callctrl.ui.window import Window

__all__ = ["Switchboard"]

_log = logging.getLogger(__name__)

_P = ParamSpec("_P")

_PAGE = 100
"""People listed at a time."""
_RECORDS = 50
"""Calls of the past listed at a time."""
_REDIAL = 10
_MOST_NAMED = 2000
"""People with an extension whose names are had at hand."""
_MOST_WATCHED = 500
"""Extensions whose lamps are asked for."""


class Switchboard(QObject):
    """Serves the window and the cards of one desk."""

    def __init__(
        self,
        window: Window,
        cards: CardStack,
        desk: Desk,
        *,
        perform: Callable[[Command], None],
        spawn: Callable[[Coroutine[None, None, None]], object],
        open_dialog: Callable[[QDialog], None],
        now: Callable[[], datetime],
    ) -> None:
        """`perform` orders something of the phone; what came of it arrives by `hear`."""
        super().__init__()
        self.missed = 0
        """How many missed calls nobody has looked at."""
        self.shows_cards = True
        self._window = window
        self._cards = cards
        self._desk = desk
        self._perform = perform
        self._spawn = spawn
        self._open_dialog = open_dialog
        self._now = now
        self.watched: tuple[str, ...] = ()
        """The extensions whose lamps are wanted, favourites first."""
        self._account: Account | None = None
        self._is_ready = False
        """Whether the phone system reports on the phone."""
        self._ability: AbilityOf = presumed_ability
        self._calls: tuple[Call, ...] = ()
        self._undo: Callable[[], Awaitable[object]] | None = None
        self._is_closed = False
        self._refusal = ""
        """What was said of the last command that came to nothing."""
        self._progress = ""
        """What was said of a call that the phone system places, while it does."""
        self._favourites: list[Person] = []
        self._ringing: list[Incoming] = []
        self.on_ringing: Callable[[Sequence[Incoming]], None] = lambda _calls: None
        """Called with the calls that ring, the oldest first."""
        self.on_calls: Callable[[Sequence[ShownCall]], None] = lambda _calls: None
        """Called with all calls, as they are shown."""
        self.on_missed: Callable[[int], None] = lambda _count: None
        """Called when the number of missed calls changes."""
        self.on_watched: Callable[[Sequence[str]], None] = lambda _extensions: None
        """Called when other lamps are wanted: with those in `watched`."""

        window.ordered.connect(self.order)
        window.dial_requested.connect(self.dial)
        window.divert_requested.connect(self.divert)
        window.searched.connect(lambda text: self._do(self._search, text))
        window.people_wanted.connect(lambda after: self._do(self._list_people, after))
        window.history_wanted.connect(
            lambda only, text, oldest: self._do(self._list_history, only, text, oldest)
        )
        window.missed_seen.connect(lambda: self._do(self._look_at_missed))
        window.note_written.connect(self._write_note)
        window.record_note_wanted.connect(self._open_note)
        window.record_deleted.connect(lambda record: self._do(self._delete_record, record))
        window.history_clear_requested.connect(lambda: self._do(self._clear_history))
        window.person_wanted.connect(self._open_person)
        window.people_deleted.connect(lambda people: self._do(self._delete_people, people))
        window.star_requested.connect(lambda person: self._do(self._star, person))
        window.move_requested.connect(lambda person, by: self._do(self._move, person, by))
        window.undo_requested.connect(self.undo)
        cards.answer_requested.connect(lambda call_id: self.order(Answer(call_id)))
        cards.reject_requested.connect(lambda call_id: self.order(Reject(call_id)))
        cards.divert_requested.connect(
            lambda call_id, number: self.divert(call_id, keys(number) or number)
        )
        cards.find_requested.connect(self._find_target)

    # The phone

    def show_account(self, account: Account | None) -> None:
        """Tell whose desk it is."""
        self._account = account

    def show_abilities(self, ability: AbilityOf) -> None:
        """Tell what can be done with the calls."""
        self._ability = ability
        self._window.show_abilities(ability)
        self.show_calls()

    def hear(self, event: Event, calls: Sequence[Call]) -> None:
        """Something happened at the phone, and the desk has heard; `calls` are those of now."""
        if isinstance(event, SessionChanged):
            self._is_ready = event.state is SessionState.READY
        if isinstance(event, LampChanged):  # hundreds come at once, and no call is another
            self._window.lamps.show(event.lamp)
            if self._ringing:
                self._deal_cards()
            return
        self._calls = tuple(calls)
        self.show_calls()
        if isinstance(event, CommandAnswered):
            self._window.withdraw(self._progress)
            if event.accepted:
                self._window.withdraw(self._refusal)  # the phone obeys again
        match event:
            case DialProgress():
                self._progress = progress_in_words(event)
                self._window.tell(self._progress, stays=True)
            case SessionChanged(SessionState.READY):
                self._show_unasked()
            case MessagesChanged(messages):
                self._window.show_messages(messages)
            case Stopped():  # nobody tells us any more
                self._window.lamps.clear()
                self._window.show_messages(None)
            case CommandAnswered() if not event.accepted:
                self._tell_refusal(event)
            case CommandAnswered(Reject() | Divert()):
                # Whatever came first, the answer or the end: such a call was not missed.
                self._do(self._refresh_history)
            case CallChanged(call) if call.state is CallState.ENDED:
                self._do(self._refresh_history)
            case LampListFailed():
                self._window.tell(list_failure_in_words(event), is_trouble=True)
            case PhoneRestarted(forgotten):
                parties = ", ".join(call.name or call.number for call in forgotten)
                text = self.tr("The phone has restarted and forgotten its calls: {parties}.")
                self._window.tell(text.format(parties=parties))
            case _:
                pass

    def show_calls(self) -> None:
        """Show the calls as they are known now."""
        shown_calls = [self._shown(call) for call in self._calls]
        self._window.show_calls(shown_calls)
        self.on_calls(shown_calls)
        ringing = [each for each in shown_calls if each.call.state is CallState.RINGING]
        ringing.sort(key=lambda each: each.call.began_at)
        self._ringing = [self._incoming(each) for each in ringing]
        self._deal_cards()
        self.on_ringing(self._ringing)

    def _deal_cards(self) -> None:
        targets = [self._target(person) for person in self._favourites if person.numbers]
        self._cards.show_calls(self._ringing if self.shows_cards else [], targets)

    def _target(self, person: Person) -> Target:
        """Somebody a call may go to, and what the phone there does."""
        lamps, extension = self._window.lamps, extension_of(person)
        lamp = lamps.of(extension)
        return Target(
            person.name,
            person.numbers[0].text,
            lamp.state if lamp is not None else None,
            lamps.in_words(extension),
        )

    def order(self, command: Command) -> None:
        """Order something of the phone."""
        self._perform(command)

    def dial(self, number: str) -> None:
        """Call a number, rewritten by the dial plan where that is on."""
        self._perform(self.rewritten(Dial(typed(number))))

    def divert(self, call_id: str, number: str) -> None:
        """Send a ringing call to a number."""
        self._perform(self.rewritten(Divert(call_id, typed(number))))

    def rewritten(self, command: Command) -> Command:
        """The command with its number as the dial plan has it."""
        match command:
            case Dial(number) | Divert(number=number):
                return replace(command, number=self._desk.plan.apply(number))
        return command

    def _find_target(self, call_id: str) -> None:
        self._window.come_forward()
        self._window.begin_divert(call_id)

    def _tell_refusal(self, answered: CommandAnswered) -> None:
        self._refusal = sentence = refusal_in_words(answered)
        self._window.tell(sentence, is_trouble=True)
        match answered.command:
            case Answer(call_id) | Reject(call_id) | Divert(call_id):
                self._cards.failed(call_id, sentence)
            case _:
                pass
        for shown_call in self._window.now.calls:
            card = self._window.now.card(shown_call.call.id)
            if card is not None:
                card.release()

    def _shown(self, call: Call) -> ShownCall:
        party = self._desk.party(call)
        past = "" if party.past is None else past_in_words(party.past, self._now())
        return ShownCall(call, party.name, party.number, party.company, past, party.note)

    def _incoming(self, shown_call: ShownCall) -> Incoming:
        call = shown_call.call
        return Incoming(
            call_id=call.id,
            name=shown_call.name,
            number=shown_call.number,
            company=shown_call.company,
            line=call.line,
            station=self._account.station if self._account is not None else "",
            past=shown_call.past,
            note=shown_call.note,
            no_answer=why_not_in_words(Answer, self._ability(Answer, call)),
            no_divert=why_not_in_words(Divert, self._ability(Divert, call)),
            no_reject=why_not_in_words(Reject, self._ability(Reject, call)),
        )

    # What the pages show

    async def begin(self, opening: Awaitable[Sequence[Fault]]) -> None:
        """Show what is kept, once it is open, and say what was wrong with it."""
        if sentences := [fault_in_words(fault) for fault in await opening]:
            self._window.tell(" ".join(sentences), is_trouble=True)
        await self._guarded(self.refresh)

    def look_again(self) -> None:
        """Show everything anew: people, history or the dial plan have changed."""
        self._do(self.refresh)

    async def refresh(self) -> None:
        """Show calls, favourites, history and counts as they are kept now."""
        self._desk.look_again(self._calls)
        self.show_calls()
        self._favourites = await self._desk.contacts(lambda contacts: contacts.favourites())
        self._window.show_favourites(self._favourites)
        self._want_lamps(
            await self._desk.contacts(lambda contacts: contacts.colleagues(_MOST_NAMED))
        )
        await self._refresh_history()

    def _want_lamps(self, people: Sequence[Person]) -> None:
        """Have the phones of these people watched, as many as may be; hers is no colleague's."""
        self._window.show_known(people)
        account = self._account
        own = {account.station, account.extension} if account is not None else set()
        inside = dict.fromkeys(extension_of(person) for person in people)
        wanted = tuple(each for each in inside if each not in own)[:_MOST_WATCHED]
        if wanted != self.watched:
            kept = {*wanted, *(account.lamps if account is not None else ())}
            self._window.lamps.forget(each for each in self.watched if each not in kept)
            self.watched = wanted
            self.on_watched(wanted)
            self._show_unasked()

    def _show_unasked(self) -> None:
        """Show those as unknown whose turn to be asked for has not come."""
        account, lamps = self._account, self._window.lamps
        if account is not None and account.kind is PbxKind.SIP and self._is_ready:
            for who in (*self.watched, *account.lamps):
                if lamps.of(who) is None:
                    lamps.show(Lamp(who))

    async def _refresh_history(self) -> None:
        # At once: a count shown after a second question might be older than a look at the calls.
        missed, redial = await self._desk.history(
            lambda history: (history.missed_count(), history.last_numbers(_REDIAL))
        )
        self._show_missed(missed)
        self._window.show_redial(redial)
        self._window.refresh()

    def _show_missed(self, count: int) -> None:
        self.missed = count
        self._window.show_missed(count)
        self.on_missed(count)

    async def _search(self, text: str) -> None:
        found = await self._desk.contacts(lambda contacts: contacts.search(text))
        self._window.show_found(text, found, typed(text) if is_number(text) else "")

    async def _list_people(self, after: int) -> None:
        people = await self._desk.contacts(lambda contacts: contacts.people(after, _PAGE + 1))
        self._window.show_people(people[:_PAGE], has_more=len(people) > _PAGE, after=after)

    async def _list_history(self, only: Only, text: str, oldest: Record | None) -> None:
        before = oldest.id if oldest is not None else None
        plan = self._desk.plan
        records = await self._desk.history(
            lambda history: history.records(
                Filter(text=text, only=only), before=before, limit=_RECORDS + 1
            )
        )
        named = await self._desk.contacts(
            lambda contacts: _named(contacts, records[:_RECORDS], plan)
        )
        rows = [
            (record, name, shown(record.number, plan))
            for record, name in zip(records[:_RECORDS], named, strict=True)
        ]
        self._window.show_history(rows, has_more=len(records) > _RECORDS, after=oldest)

    def forget_older_than(self, days: int) -> None:
        """Forget calls that are older; 0 keeps all."""
        self._do(self._forget, days)

    async def _forget(self, days: int) -> None:
        await self._desk.history(lambda history: history.forget_older_than(days))
        await self._refresh_history()

    async def _look_at_missed(self) -> None:
        await self._desk.history(lambda history: history.look())
        self._show_missed(0)

    # What she changes, and taking it back

    def undo(self) -> None:
        """Take the last deed back."""
        undo, self._undo = self._undo, None
        self._window.show_undo(False)
        if undo is not None:
            self._do(self._take_back, undo)

    async def _take_back(self, undo: Callable[[], Awaitable[object]]) -> None:
        try:
            await undo()
        except StoreError:
            self._undo = undo
            self._window.show_undo(True)
            raise
        await self.refresh()
        self._window.tell(self.tr("Taken back."))

    def done(self, sentence: str, undo: Callable[[], Awaitable[object]] | None = None) -> None:
        """Say what was done, and remember how it is taken back."""
        self._undo = undo
        self._window.show_undo(undo is not None)
        self._window.tell(sentence, can_undo=undo is not None)

    def _write_note(self, call: Call, text: str) -> None:
        if not self._is_closed:
            self._desk.write_note(call, text)

    def _open_note(self, record: Record) -> None:
        title = record.name or record.number or self.tr("Unknown caller")
        dialog = NoteDialog(title, record.note, self._window)
        dialog.written.connect(lambda text: self._do(self._keep_note, record, text))
        self._open_dialog(dialog)

    async def _keep_note(self, record: Record, text: str) -> None:
        await self._desk.history(lambda history: history.write_note(record.id, text))
        self._window.refresh()

    async def _delete_record(self, record: Record) -> None:
        deleted = await self._desk.history(lambda history: history.delete(record.id))
        if deleted is None:
            return  # gone already, or going on
        await self._refresh_history()
        self.done(
            self.tr("One call deleted from the history."),
            lambda: self._desk.history(lambda history: history.restore([deleted])),
        )

    async def _clear_history(self) -> None:
        deleted = await self._desk.history(lambda history: history.delete_all())
        await self._refresh_history()
        self.done(
            self.tr("The history is empty now."),
            lambda: self._desk.history(lambda history: history.restore(deleted)),
        )

    def _open_person(self, person: Person) -> None:
        dialog = PersonDialog(person, self._window)
        dialog.saved.connect(lambda *saved: self._do(self._keep_person, *saved))
        dialog.deleted.connect(lambda gone: self._do(self._delete_people, [gone]))
        self._open_dialog(dialog)

    async def _keep_person(self, person: Person, is_favourite: bool) -> None:
        places = [each.id for each in self._favourites if each.id is not None]
        if person.id is None:
            kept = await self._desk.contacts(lambda contacts: contacts.add(person))
            before = None
            sentence = self.tr("{name} added.")
        else:
            kept = person
            try:
                before = await self._desk.contacts(lambda contacts: contacts.change(person))
            except KeyError:  # deleted behind the dialog's back
                await self._keep_person(replace(person, id=None), is_favourite)
                return
            sentence = self.tr("{name} changed.")
        if is_favourite != (kept.id in places):
            await self._place(kept, is_favourite)

        def undo(contacts: Contacts) -> None:
            if before is not None:
                contacts.change(before)
            elif kept.id is not None:
                contacts.delete([kept.id])
            contacts.set_favourites(places)

        await self.refresh()
        self.done(
            sentence.format(name=person.name or person.company),
            lambda: self._desk.contacts(undo),
        )

    async def _place(self, person: Person, is_favourite: bool) -> None:
        """Make somebody the last of the favourites, or none of them."""
        places = [each.id for each in self._favourites if each.id not in (None, person.id)]
        ids = [*places, person.id] if is_favourite else places
        await self._desk.contacts(
            lambda contacts: contacts.set_favourites([each for each in ids if each is not None])
        )

    async def _delete_people(self, people: Sequence[Person]) -> None:
        ids = [person.id for person in people if person.id is not None]
        bundle = await self._desk.contacts(lambda contacts: contacts.delete(ids))
        await self.refresh()
        name = people[0].name or people[0].company
        self.done(
            self.tr("{name} deleted.").format(name=name),
            lambda: self._desk.contacts(lambda contacts: contacts.restore(bundle)),
        )

    async def _star(self, person: Person) -> None:
        before = [each.id for each in self._favourites if each.id is not None]
        is_new = person.id not in before
        await self._place(person, is_new)
        await self.refresh()
        sentence = (
            self.tr("{name} is a favourite now.")
            if is_new
            else self.tr("{name} is no favourite now.")
        )
        self.done(
            sentence.format(name=person.name or person.company),
            lambda: self._desk.contacts(lambda contacts: contacts.set_favourites(before)),
        )

    async def _move(self, person: Person, by: int) -> None:
        ids = [each.id for each in self._favourites if each.id is not None]
        if person.id not in ids:
            return
        at = ids.index(person.id)
        ids.insert(max(0, min(len(ids) - 1, at + by)), ids.pop(at))
        await self._desk.contacts(lambda contacts: contacts.set_favourites(ids))
        await self.refresh()

    # Doing

    def close(self) -> None:
        """Take the cards away and do nothing more, whatever the window still asks for."""
        self._is_closed = True
        self._calls = ()
        self.show_calls()

    def _do(
        self, work: Callable[_P, Awaitable[None]], *arguments: _P.args, **more: _P.kwargs
    ) -> None:
        if not self._is_closed:
            self._spawn(self._guarded(work, *arguments, **more))

    async def _guarded(
        self, work: Callable[_P, Awaitable[None]], *arguments: _P.args, **more: _P.kwargs
    ) -> None:
        try:
            await work(*arguments, **more)
        except StoreError as error:
            _log.error("%s", error)
            self._window.tell(failure_in_words(error), is_trouble=True)


def _named(contacts: Contacts, records: Sequence[Record], plan: DialPlan) -> list[str]:
    """The contact's name for each call, or empty; each number is looked up once."""
    names: dict[str, str] = {}
    for record in records:
        if record.number and record.number not in names:
            person = contacts.find_caller(record.number, plan)
            names[record.number] = person.name if person is not None else ""
    return [names.get(record.number, "") for record in records]
