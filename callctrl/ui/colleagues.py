"""The page of colleagues whose phones are watched: who is free, who is not, and since when."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QWidget

from callctrl.numbers import is_number, keys, typed
from callctrl.people import Person
from callctrl.store.words import folded, typed_words, words
from callctrl.ui.lampboard import LampBoard, extension_of
from callctrl.ui.pages import Colleague, PeoplePage, favourite_key, typed_row
from callctrl.ui.rows import Row

__all__ = ["ColleaguesPage", "colleague_row"]


def colleague_row(colleague: Colleague) -> Row:
    """How a phone that is watched is listed; what it does is for its lamp."""
    person, company, key = colleague.person, "", ""
    if person is not None:
        company = person.company if person.name else ""
        if keys(person.numbers[0].text) == colleague.extension:  # which is what the key calls
            key = favourite_key(person)
    return Row(
        colleague.name,
        company,
        colleague.extension if person is not None else "",
        key=key,
        extension=colleague.extension,
        subject=colleague,
    )


class ColleaguesPage(PeoplePage):
    """Everybody who has a lamp: favourites first, then by name, then those without one."""

    def __init__(self, name: str, lamps: LampBoard, parent: QWidget | None = None) -> None:
        super().__init__(name, parent, lamps=lamps)
        self._lamps = lamps
        self._known: dict[str, Person] = {}

    def show_known(self, people: Iterable[Person]) -> None:
        """Tell whose the extensions are; of several who share one, the first is called by it."""
        self._known = {}
        for person in people:
            self._known.setdefault(extension_of(person), person)

    def colleague(self, extension: str) -> Colleague:
        """Whose phone that is."""
        return Colleague(extension, self._known.get(extension))

    def look_for(self, text: str) -> None:
        """Show those who fit what is typed, or everybody."""
        number = typed(text) if is_number(text) else ""
        rows = [typed_row(number, self.plan.apply(number), diverts=self.diverts)] if number else []
        fitting = [each for each in map(self.colleague, self._lamps) if _fits(each, text)]
        rows += map(colleague_row, sorted(fitting, key=_place))
        self.show_rows(rows, self.tr("Nobody found."))


def _fits(colleague: Colleague, text: str) -> bool:
    """Whether each word that is typed begins one of the name, the company or the extension."""
    company = colleague.person.company if colleague.person is not None else ""
    there = words(f"{colleague.name} {company} {colleague.extension}")
    return all(
        any(word.startswith(spelling) for word in there for spelling in spellings)
        for spellings in typed_words(text)
    )


def _place(colleague: Colleague) -> tuple[object, ...]:
    person, extension = colleague.person, colleague.extension
    if person is None:
        return 2, len(extension), extension
    return (1, folded(colleague.name)) if person.favourite is None else (0, person.favourite)
