"""Tells in the strip at the foot who is free for whom somebody waited, and offers to call."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal

from callctrl.calls import LampState
from callctrl.ui.lampboard import LampBoard
from callctrl.ui.notice import Notice

__all__ = ["Waiting"]


class Waiting(QObject):
    """One line for each, one after the other; none for who is no longer free."""

    told = Signal(str)
    """The sentence, for whoever does not look at the window."""

    def __init__(
        self,
        lamps: LampBoard,
        notice: Notice,
        who_has: Callable[[str], str],
        parent: QObject | None = None,
    ) -> None:
        """`who_has` names a colleague by the extension; empty where nobody knows."""
        super().__init__(parent)
        self._lamps = lamps
        self._notice = notice
        self._who_has = who_has
        self._free: dict[str, str] = {}
        """What is said of those who are free, until somebody has done with it."""
        lamps.came_free.connect(self._tell)
        lamps.changed.connect(self._look)
        # Not at once: the line is only just on its way out.
        notice.gone.connect(self._go_on, Qt.ConnectionType.QueuedConnection)

    def _tell(self, extension: str) -> None:
        sentence = self.tr("{who} is free now.").format(who=self._who(extension))
        self._free[extension] = sentence
        self._notice.tell(sentence, call=extension)
        self.told.emit(sentence)

    def _look(self, extension: str) -> None:
        """Take back what no longer holds."""
        lamp = self._lamps.of(extension)
        if extension not in self._free or (lamp is not None and lamp.state is LampState.FREE):
            return
        if self._free.pop(extension) == self._notice.said():
            text = self.tr("{who} was free, and no longer is.")
            self._notice.tell(text.format(who=self._who(extension)))

    def _go_on(self, sentence: str) -> None:
        """Somebody has done with a sentence: say the next, or again what another one covered."""
        self._free = {each: said for each, said in self._free.items() if said != sentence}
        if self._free and not self._notice.said():
            extension, said = next(iter(self._free.items()))
            self._notice.tell(said, call=extension)

    def _who(self, extension: str) -> str:
        name = self._who_has(extension)
        return f"{name} ({extension})" if name else extension
