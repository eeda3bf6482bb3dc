"""The lamps there are, for every list that shows one, and whom somebody waits for to be free."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from callctrl.calls import Lamp, LampState
from callctrl.numbers import keys
from callctrl.people import NumberKind, Person
from callctrl.ui.lampwords import lamp_explained, lamp_in_words

__all__ = ["LampBoard", "extension_of"]


def extension_of(person: Person) -> str:
    """The first extension a person has, as it is dialled; empty where there is none."""
    inside = (number for number in person.numbers if number.kind is NumberKind.EXTENSION)
    return next((keys(number.text) or number.text for number in inside), "")


class LampBoard(QObject):
    """What is known of the colleagues' phones now, by extension."""

    changed = Signal(str)
    """The lamp of this extension is another; where it has none any more, too."""
    came_or_went = Signal()
    """Other extensions have a lamp now."""
    came_free = Signal(str)
    """Somebody waited for this extension to be free; told once."""

    def __init__(
        self,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        parent: QObject | None = None,
    ) -> None:
        """`clock` is the one of `Lamp.since`, in seconds; `now` tells the time of day."""
        super().__init__(parent)
        self._clock = clock
        self._now = now
        self._lamps: dict[str, Lamp] = {}
        self._awaited: set[str] = set()

    def __len__(self) -> int:
        return len(self._lamps)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lamps)

    def of(self, extension: str) -> Lamp | None:
        """The lamp of an extension; None where it is not watched."""
        return self._lamps.get(extension)

    def in_words(self, extension: str) -> str:
        """What stands beside the lamp; empty where there is none."""
        lamp = self._lamps.get(extension)
        return lamp_in_words(lamp, self._clock(), self._now()) if lamp is not None else ""

    def promised(self, extension: str) -> str:
        """That she is told when it is free; empty where she is not."""
        return self.tr("you are told when free") if extension in self._awaited else ""

    def explained(self, extension: str) -> str:
        """Since when and by whose word it is so, or why it is not known."""
        lamp = self._lamps.get(extension)
        return lamp_explained(lamp, self._clock(), self._now()) if lamp is not None else ""

    def ages(self, extension: str) -> bool:
        """Whether the words beside the lamp become others by time alone."""
        lamp = self._lamps.get(extension)
        return lamp is not None and lamp.state in _AGEING

    def show(self, lamp: Lamp) -> None:
        """A colleague's phone does something else."""
        before = self._lamps.get(lamp.who)
        if lamp == before:
            return
        self._lamps[lamp.who] = lamp
        if before is None:
            self.came_or_went.emit()
        self.changed.emit(lamp.who)
        if lamp.state is LampState.FREE and lamp.who in self._awaited:
            self._awaited.remove(lamp.who)
            self.came_free.emit(lamp.who)

    def forget(self, extensions: Iterable[str]) -> None:
        """These are watched no more; nobody is told when they are free."""
        gone = [each for each in extensions if self._lamps.pop(each, None) is not None]
        self._awaited.difference_update(gone)
        for each in gone:
            self.changed.emit(each)
        if gone:
            self.came_or_went.emit()

    def clear(self) -> None:
        """Nobody is watched any more."""
        self.forget(list(self._lamps))

    def await_free(self, extension: str, wanted: bool) -> None:
        """Tell when that phone is free, or do not."""
        if wanted and extension in self._lamps:
            self._awaited.add(extension)
        else:
            self._awaited.discard(extension)
        self.changed.emit(extension)

    def is_awaited(self, extension: str) -> bool:
        """Whether somebody waits for it to be free."""
        return extension in self._awaited


_AGEING = frozenset({LampState.BUSY, LampState.HELD})
