"""People in and out of files: the real dialog over the real contacts, files on the disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from callctrl.people import Number, NumberKind, Person
from callctrl.store.database import StoreError, StoreReason
from callctrl.store.peoplefile import FileKind
from callctrl.ui.importing import ImportDialog
from callctrl.ui.importparts import count_words
from callctrl.ui.widgets import Switch
from tests.atwork import Reception, at_work
from tests.office import press, window

ANNA = Person("Anna Lee", (Number("030 1234567"),), note="Speaks slowly.")

CARDS = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=BCrgen
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen M=C3=
=BCller
TEL;WORK:+49 30 1234567
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Änne Groß-Schmidt-
 Übermann
ORG:Bäckerei Öhler
TEL;TYPE=CELL:0171 2345
 678
END:VCARD
"""


class Files:
    """Takes people in from files and puts them out into files."""

    def __init__(self, reception: Reception, folder: Path) -> None:
        self.reception = reception
        self.files = reception.desktop._people_files
        self.folder = folder

    def file(self, name: str, data: bytes) -> Path:
        file = self.folder / name
        file.write_bytes(data)
        return file

    async def open(self, data: bytes, name: str = "people.csv") -> ImportDialog:
        """Choose a file, and wait for the dialog."""
        self.files.read(self.file(name, data))
        await self.reception.until(lambda: window(ImportDialog))
        dialog = window(ImportDialog)
        assert isinstance(dialog, ImportDialog)
        return dialog

    async def take_in(self, data: bytes, name: str = "people.csv") -> ImportDialog:
        """Import a whole file."""
        dialog = await self.open(data, name)
        press(dialog, "Import")
        await self.says(dialog, " added, ")
        return dialog

    async def says(self, dialog: ImportDialog, words: str) -> None:
        """Wait until the dialog says that."""
        await self.reception.until(lambda: words in said_by(dialog))

    async def people(self) -> list[Person]:
        return await self.reception.desktop.desk.contacts(
            lambda contacts: contacts.people(0, contacts.count())
        )


def said_by(dialog: ImportDialog) -> str:
    labels = dialog.findChildren(QLabel)
    return "\n".join(each.text() for each in labels if each.isVisibleTo(dialog))


@pytest.fixture(name="files")
async def files_at_work(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Files]:
    async with at_work(tmp_path) as reception:
        yield Files(reception, tmp_path)


# In


async def test_fifty_thousand_people_come_from_a_table(files: Files) -> None:
    lines = (f"Müller {at},0{30 + at % 900} / {1_000_000 + at}" for at in range(50_000))
    dialog = await files.take_in("\n".join(["Name,Telefon", *lines]).encode())

    assert f"{count_words(50_000)} added" in said_by(dialog)
    found = await files.reception.desktop.desk.contacts(
        lambda contacts: (contacts.count(), contacts.search("mueller 49999"))
    )
    assert found[0] == 50_000
    assert [person.name for person in found[1].exact] == ["Müller 49999"]
    press(dialog, "Undo")
    await files.says(dialog, "Undone")
    assert await files.people() == []


async def test_people_come_from_vcards_folded_quoted_and_in_umlauts(files: Files) -> None:
    dialog = await files.take_in(CARDS.encode(), "people.vcf")

    assert "2 added" in said_by(dialog)
    anne, juergen = await files.people()
    assert (anne.name, anne.company) == ("Änne Groß-Schmidt-Übermann", "Bäckerei Öhler")
    assert anne.numbers == (Number("0171 2345678", NumberKind.MOBILE),)
    assert (juergen.name, juergen.numbers) == ("Jürgen Müller", (Number("+49 30 1234567"),))


async def test_the_window_takes_an_import_back_when_the_dialog_is_closed(files: Files) -> None:
    dialog = await files.take_in(CARDS.encode())
    press(dialog, "Close")
    await files.reception.told("People imported: 2.")
    await files.reception.undo()
    assert await files.people() == []


JOIN = "Who has the same name and number as somebody there only adds what is new."


async def test_joining_does_what_the_dialog_says(files: Files) -> None:
    """The same name and number: what is new is added, and nothing that is there is replaced."""
    (anna,) = await files.reception.add(ANNA)
    table = (
        "Name,Telefon,Mobil,Firma,Notiz\n"
        "Anna Lee,+49 30 1234567,0171 1,Lee & Sons,Talks fast.\n"
        "Anna Lee,030 7654321,,,\n"
        "Anna Berg,030 1234567,,,\n"
    )
    dialog = await files.open(table.encode())
    assert JOIN in said_by(dialog)
    press(dialog, "Import")
    await files.says(dialog, "2 added, 1 joined")

    berg, joined, other = await files.people()
    assert (joined.id, joined.company, joined.note) == (anna.id, "Lee & Sons", "Speaks slowly.")
    assert joined.numbers == (*ANNA.numbers, Number("0171 1", NumberKind.MOBILE))
    assert (berg.name, other.name) == ("Anna Berg", "Anna Lee")
    press(dialog, "Undo")
    await files.says(dialog, "Undone")
    assert await files.people() == [anna]


async def test_without_joining_everybody_is_added(files: Files) -> None:
    await files.reception.add(ANNA)
    dialog = await files.open(b"Name,Telefon\nAnna Lee,030 1234567\n")
    (switch,) = (
        each for each in dialog.findChildren(Switch) if each.accessibleDescription() == JOIN
    )
    switch.setChecked(False)
    press(dialog, "Import")
    await files.says(dialog, "1 added, 0 joined")

    assert [person.name for person in await files.people()] == ["Anna Lee", "Anna Lee"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("people.csv", b""),
        ("people.csv", b"\x00\x00\x00"),
        ("people.xlsx", b"PK\x03\x04" + bytes(range(256)) * 40),
        ("people.vcf", b"BEGIN:VCARD\nEND:VCARD\n"),
        ("people.vcf", b"BEGIN:VCARD\nVERSION:3.0\nX"),
        ("people.csv", b"Name,Telefon\n"),
    ],
    ids=["empty", "nul", "spreadsheet", "nobody", "cut short", "headings"],
)
async def test_a_broken_file_leaves_the_people_as_they_were(
    files: Files, name: str, data: bytes
) -> None:
    await files.reception.add(ANNA)
    before = await files.people()
    dialog = await files.open(data, name)
    buttons = {each.text().replace("&", "") for each in (dialog._primary, dialog._second)}
    if "Import" in buttons and dialog._primary.isEnabled():
        press(dialog, "Import")
        await files.says(dialog, "Nobody")
    dialog.reject()

    assert await files.people() == before


async def test_a_file_that_is_not_there_is_told(files: Files) -> None:
    files.files.read(files.folder / "people.csv")
    await files.reception.told("people.csv cannot be read: No such file or directory.")


async def test_a_full_disk_imports_nobody_and_says_so(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError(StoreReason.FULL, "test")

    dialog = await files.open(CARDS.encode())
    assert await files.people() == []  # the desk is open, and its index built
    with monkeypatch.context() as patch:
        patch.setattr("callctrl.store.search.Index.add", full)
        press(dialog, "Import")
        await files.says(dialog, "Nobody was imported")
    assert await files.people() == []
    press(dialog, "Try again")
    await files.says(dialog, "2 added")


async def test_an_undo_that_fails_can_be_tried_again(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError(StoreReason.FULL, "test")

    dialog = await files.take_in(CARDS.encode())
    with monkeypatch.context() as patch:
        patch.setattr("callctrl.store.contacts.Contacts.restore", full)
        press(dialog, "Undo")
        await files.reception.until(lambda: files.reception.notice.startswith("The disk is full"))
    press(dialog, "Undo")
    await files.says(dialog, "Undone")
    assert await files.people() == []


# Out


@pytest.mark.parametrize("kind", FileKind)
async def test_what_is_written_comes_back(files: Files, kind: FileKind) -> None:
    await files.take_in(CARDS.encode())
    before = await files.people()
    file = files.folder / f"out.{kind.value}"
    files.files.write(file, kind)
    await files.reception.told("People written: 2.")
    await files.reception.desktop.desk.contacts(
        lambda contacts: contacts.delete([each.id or 0 for each in before])
    )
    dialog = window(ImportDialog)
    assert dialog is not None
    dialog.accept()
    await files.take_in(file.read_bytes(), f"in.{kind.value}")

    kept = [(each.name, each.numbers, each.company) for each in await files.people()]
    assert kept == [(each.name, each.numbers, each.company) for each in before]


async def test_the_history_is_written_as_a_table(files: Files) -> None:
    files.reception.phone('ring 5551234 "=1+1"', "answer")
    await files.reception.states("connected")
    file = files.folder / "calls.csv"
    files.files.write_history(file, FileKind.CSV)
    await files.reception.told("The history is written to calls.csv.")

    _, line = file.read_text("utf-8-sig").splitlines()
    assert "5551234" in line
    assert ",=1+1" not in line


async def test_a_place_that_cannot_be_written_is_told(files: Files) -> None:
    for write in (files.files.write, files.files.write_history):
        files.reception.window.notice.hide()
        write(files.folder / "nowhere" / "out.csv", FileKind.CSV)
        await files.reception.told("out.csv cannot be written: No such file or directory.")


async def test_people_who_cannot_be_read_are_not_written(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StoreError(StoreReason.DAMAGED, "test")

    monkeypatch.setattr("callctrl.store.contacts.Contacts.count", broken)
    files.files.write(files.folder / "out.csv", FileKind.CSV)
    await files.reception.until(lambda: files.reception.notice)
    assert files.reception.notice.startswith("out.csv cannot be written: the file is damaged")
    assert not (files.folder / "out.csv").exists()
