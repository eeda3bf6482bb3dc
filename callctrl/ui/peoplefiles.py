"""People in and out of files: what the import dialog and the menu ask of the program.

Files are read and written in a thread, since they may lie on a slow disk and be large.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from callctrl.daemon import in_daemon_thread
from callctrl.desk import Desk
from callctrl.people import Person
from callctrl.store.csvpeople import Mapping, Sheet, read_people, sniff, write_people
from callctrl.store.database import StoreError
from callctrl.store.files import replace
from callctrl.store.peoplefile import FILE_LIMIT, FileKind, Read, Unreadable, UnreadableFile
from callctrl.store.vcard import read_cards, write_cards
from callctrl.ui.importing import ImportDialog, ask_for_export, ask_for_import
from callctrl.ui.importparts import count_words
from callctrl.ui.switchboard import Switchboard
from callctrl.ui.window import Window

__all__ = ["PeopleFiles"]

_log = logging.getLogger(__name__)


class PeopleFiles(QObject):
    """Serves the entries Import people, Export people and Export history."""

    def __init__(
        self,
        window: Window,
        desk: Desk,
        switchboard: Switchboard,
        *,
        spawn: Callable[[Coroutine[None, None, None]], object],
        open_dialog: Callable[[QDialog], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._desk = desk
        self._switchboard = switchboard
        self._spawn = spawn
        self._open_dialog = open_dialog
        window.import_requested.connect(lambda: ask_for_import(window, self.read))
        window.export_requested.connect(
            lambda: ask_for_export(window, (FileKind.CSV, FileKind.VCARD), self.write)
        )
        window.history_export_requested.connect(
            lambda: ask_for_export(window, (FileKind.CSV,), self.write_history)
        )

    # In

    def read(self, file: Path) -> None:
        """Read a file and show what is in it."""
        self._spawn(self._read(file))

    async def _read(self, file: Path) -> None:
        try:
            data, source = await in_daemon_thread(lambda _: _look_into(file), "callctrl-file")
        except OSError as error:
            self._tell_unread(file, error)
            return
        dialog = ImportDialog(file.name, source, self._window)
        if isinstance(source, Sheet):
            sheet = source
            dialog.read_requested.connect(
                lambda mapping: self._spawn(self._read_whole(dialog, data, sheet, mapping))
            )
        dialog.import_requested.connect(
            lambda people, merge: self._spawn(self._import(dialog, people, merge=merge))
        )
        self._open_dialog(dialog)

    async def _read_whole(
        self, dialog: ImportDialog, data: bytes, sheet: Sheet, mapping: Mapping
    ) -> None:
        try:
            read = await in_daemon_thread(
                lambda _: read_people(data, sheet, mapping), "callctrl-file"
            )
        except UnreadableFile as error:
            dialog.show_unreadable(error.why)
        else:
            dialog.show_read(read)

    async def _import(self, dialog: ImportDialog, people: list[Person], *, merge: bool) -> None:
        try:
            imported = await self._desk.contacts(
                lambda contacts: contacts.import_people(people, merge=merge)
            )
        except StoreError as error:
            _log.error("%s", error)
            dialog.show_import_failed()
            return
        dialog.show_imported(imported.added, imported.changed)

        async def undo() -> None:
            try:
                await self._desk.contacts(lambda contacts: contacts.restore(imported.undo))
            except StoreError:
                dialog.show_imported(imported.added, imported.changed)  # it can be tried again
                raise
            dialog.show_undone()

        dialog.undo_requested.connect(self._switchboard.undo)
        self._switchboard.done(
            self.tr("People imported: {people}.").format(
                people=count_words(imported.added + imported.changed)
            ),
            undo,
        )
        self._switchboard.look_again()

    # Out

    def write(self, file: Path, kind: FileKind) -> None:
        """Write all people to a file."""
        self._spawn(self._write(file, kind))

    async def _write(self, file: Path, kind: FileKind) -> None:
        serialise = write_cards if kind is FileKind.VCARD else write_people
        try:
            people = await self._desk.contacts(
                lambda contacts: contacts.people(0, contacts.count())
            )
            await in_daemon_thread(lambda _: replace(file, serialise(people)), "callctrl-file")
        except OSError as error:
            self._tell_unwritten(file, error)
            return
        self._window.tell(
            self.tr("People written: {people}.").format(people=count_words(len(people)))
        )

    def write_history(self, file: Path, _kind: FileKind) -> None:
        """Write all calls to a file."""
        self._spawn(self._write_history(file))

    async def _write_history(self, file: Path) -> None:
        try:
            await self._desk.history(lambda history: history.export_csv(file))
        except OSError as error:
            self._tell_unwritten(file, error)
            return
        self._window.tell(self.tr("The history is written to {file}.").format(file=file.name))

    def _tell_unread(self, file: Path, error: OSError) -> None:
        text = self.tr("{file} cannot be read: {reason}.")
        self._window.tell(
            text.format(file=file.name, reason=error.strerror or error), is_trouble=True
        )

    def _tell_unwritten(self, file: Path, error: OSError) -> None:
        text = self.tr("{file} cannot be written: {reason}.")
        self._window.tell(
            text.format(file=file.name, reason=error.strerror or error), is_trouble=True
        )


def _look_into(file: Path) -> tuple[bytes, Sheet | Read | Unreadable]:
    """The file's bytes and what they hold; may raise OSError."""
    with file.open("rb") as stream:
        data = stream.read(FILE_LIMIT + 1)
    try:
        if FileKind.of(data) is FileKind.VCARD:
            return data, read_cards(data)
        return data, sniff(data)
    except UnreadableFile as error:
        return b"", error.why
