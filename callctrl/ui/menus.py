"""The menu bar: every deed in its place, with its key where it has one."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from callctrl.abilities import presumed_ability
from callctrl.calls import AbilityOf, Feature
from callctrl.ui.handsetwords import action_in_words, why_not_in_words
from callctrl.ui.keys import KEYS, Deed, deed_in_words

__all__ = ["Menus"]

translate = QCoreApplication.translate

_CHECKABLE = frozenset({Deed.DIAL_PLAN, Deed.STRIP, Deed.ON_TOP})

_CALL = (Deed.ANSWER, Deed.DIVERT, Deed.HOLD, Deed.HANG_UP, Deed.NOTE)
_PROGRAM = (Deed.PRACTISE, Deed.QUIT)
_EDIT = (
    (Deed.UNDO,),
    (Deed.NEW_PERSON, Deed.EDIT_PERSON, Deed.STAR, Deed.DELETE),
    (Deed.IMPORT, Deed.EXPORT, Deed.EXPORT_HISTORY, Deed.CLEAR_HISTORY),
    (Deed.DIAL_PLAN, Deed.PREFERENCES, Deed.WIZARD),
)
_VIEW = (
    (Deed.FIND, Deed.PEOPLE, Deed.HISTORY, Deed.FAVOURITES, Deed.COLLEAGUES),
    (Deed.STRIP, Deed.ON_TOP),
)
_HELP = ((Deed.KEY_CARD, Deed.ABOUT),)


class Menus(QObject):
    """Builds the menus of a window and its shortcuts, and tells what was chosen."""

    chosen = Signal(Deed)

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._actions: dict[Deed, QAction] = {}
        bar = window.menuBar()
        call = bar.addMenu(self.tr("&Call"))
        call.setToolTipsVisible(True)  # why it is grey
        self._fill(call, _CALL)
        call.addSeparator()
        self._features = {each: call.addAction(action_in_words(each)) for each in Feature}
        self.show_abilities(presumed_ability)
        self._fill(call, _PROGRAM)
        for title, groups in (
            (self.tr("&Edit"), _EDIT),
            (self.tr("&View"), _VIEW),
            (self.tr("&Help"), _HELP),
        ):
            menu = bar.addMenu(title)
            menu.setToolTipsVisible(True)
            for group in groups:
                self._fill(menu, group)

    def action(self, deed: Deed) -> QAction:
        """What stands in the menu for a deed."""
        return self._actions[deed]

    def show_possible(self, possible: Mapping[Deed, bool], reason: str = "") -> None:
        """Whether these deeds can be done now; `reason` is why not, where it is no everyday one."""
        for deed, is_possible in possible.items():
            action = self._actions[deed]
            action.setEnabled(is_possible)
            action.setToolTip("" if is_possible else reason or _why_not(deed))

    def show_abilities(self, ability: AbilityOf) -> None:
        """Say, in grey, why there is no order for these, and how the phone does them."""
        for feature, action in self._features.items():
            reason = why_not_in_words(feature, ability(feature, None))
            action.setEnabled(False)
            action.setToolTip(reason)
            action.setStatusTip(reason)

    def _fill(self, menu: QMenu, deeds: tuple[Deed, ...]) -> None:
        if not menu.isEmpty():
            menu.addSeparator()
        for deed in deeds:
            action = menu.addAction(_title(deed))
            action.setCheckable(deed in _CHECKABLE)
            sequences = [
                QKeySequence(sequence)
                for key in KEYS
                if key.deed is deed and key.is_shortcut
                for sequence in key.sequence.split()
            ]
            if sequences:
                action.setShortcuts(sequences)
                action.setStatusTip(deed_in_words(deed))
            action.triggered.connect(lambda _=False, deed=deed: self.chosen.emit(deed))
            self._actions[deed] = action


def _why_not(deed: Deed) -> str:
    """Why it cannot be done now."""
    match deed:
        case Deed.ANSWER | Deed.DIVERT:
            return translate("Menus", "No call rings.")
        case Deed.HOLD:
            return translate("Menus", "Nobody is on the line or on hold.")
        case Deed.HANG_UP:
            return translate("Menus", "There is no call.")
        case Deed.UNDO:
            return translate("Menus", "There is nothing to take back.")
        case Deed.COLLEAGUES:
            return translate(
                "Menus", "No colleague's phone is watched: see Colleagues in the preferences."
            )
        case Deed.PRACTISE:
            return translate("Menus", "This is the practice.")
        case Deed.WIZARD:
            return translate("Menus", "The practice has a phone of its own.")
    raise ValueError(f"{deed} is always possible")


def _title(deed: Deed) -> str:
    """What the menu calls it; the letter behind "&" chooses it."""
    match deed:
        case Deed.ANSWER:
            return translate("Menus", "&Answer")
        case Deed.DIVERT:
            return translate("Menus", "&Divert…")
        case Deed.HOLD:
            return translate("Menus", "H&old or resume")
        case Deed.HANG_UP:
            return translate("Menus", "&Hang up or reject")
        case Deed.NOTE:
            return translate("Menus", "&Note")
        case Deed.PRACTISE:
            return translate("Menus", "&Practise…")
        case Deed.QUIT:
            return translate("Menus", "&Quit")
        case Deed.UNDO:
            return translate("Menus", "&Undo")
        case Deed.NEW_PERSON:
            return translate("Menus", "&Add a person…")
        case Deed.EDIT_PERSON:
            return translate("Menus", "&Change the person…")
        case Deed.STAR:
            return translate("Menus", "&Favourite")
        case Deed.DELETE:
            return translate("Menus", "D&elete")
        case Deed.IMPORT:
            return translate("Menus", "&Import people…")
        case Deed.EXPORT:
            return translate("Menus", "E&xport people…")
        case Deed.EXPORT_HISTORY:
            return translate("Menus", "Export &history…")
        case Deed.CLEAR_HISTORY:
            return translate("Menus", "Delete all histor&y")
        case Deed.DIAL_PLAN:
            return translate("Menus", "Enable &Dial Plan")
        case Deed.PREFERENCES:
            return translate("Menus", "&Preferences…")
        case Deed.WIZARD:
            return translate("Menus", "Settings &wizard…")
        case Deed.FIND:
            return translate("Menus", "&Find")
        case Deed.PEOPLE:
            return translate("Menus", "&People")
        case Deed.HISTORY:
            return translate("Menus", "&History")
        case Deed.FAVOURITES:
            return translate("Menus", "Fa&vourites")
        case Deed.COLLEAGUES:
            return translate("Menus", "&Colleagues")
        case Deed.STRIP:
            return translate("Menus", "&Strip at the screen's edge")
        case Deed.ON_TOP:
            return translate("Menus", "Always on &top")
        case Deed.KEY_CARD:
            return translate("Menus", "&Keys")
        case Deed.ABOUT:
            return translate("Menus", "&About Call Ctrl")
    raise ValueError(f"{deed} is in no menu")
