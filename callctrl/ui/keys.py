"""The keys of the main window: one table for shortcuts, menus, buttons and the key card."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication

__all__ = [
    "FAVOURITE_KEYS",
    "KEYS",
    "Deed",
    "Key",
    "deed_in_words",
    "key_in_words",
    "nothing_in_words",
    "sequences_of",
]

translate = QCoreApplication.translate


class Deed(Enum):
    """What a key does, or an entry of a menu."""

    ANSWER = "answer"
    FIND = "find"
    NOTE = "note"
    DIVERT = "divert"
    HOLD = "hold"
    HANG_UP = "hang up"
    FAVOURITE = "favourite"
    DIAL = "dial"
    REDIAL = "redial"
    CHOOSE = "choose"
    NUMBERS = "numbers"
    BACK = "back"
    PEOPLE = "people"
    HISTORY = "history"
    FAVOURITES = "favourites"
    COLLEAGUES = "colleagues"
    NEW_PERSON = "new person"
    EDIT_PERSON = "edit person"
    STAR = "star"
    MOVE = "move"
    DELETE = "delete"
    UNDO = "undo"
    KEY_CARD = "key card"
    # Those that follow have no key of their own, only their place in a menu.
    PRACTISE = "practise"
    IMPORT = "import"
    EXPORT = "export"
    EXPORT_HISTORY = "export history"
    CLEAR_HISTORY = "clear history"
    DIAL_PLAN = "dial plan"
    PREFERENCES = "preferences"
    WIZARD = "wizard"
    STRIP = "strip"
    ON_TOP = "on top"
    ABOUT = "about"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the key card."""

    deed: Deed
    sequence: str
    """As Qt spells it, e.g. "F7"; several are separated by blanks."""
    is_shortcut: bool = True
    """Whether it works wherever the focus is in the window; else the focused part sees to it."""


FAVOURITE_KEYS = ("F9", "F10", "F11", "F12")
"""The first four favourites, one key stroke each."""

KEYS = (
    Key(Deed.ANSWER, "Return", is_shortcut=False),
    Key(Deed.DIVERT, "F5"),
    Key(Deed.HOLD, "F7"),
    Key(Deed.HANG_UP, "F8"),
    Key(Deed.NOTE, "F4"),
    Key(Deed.FIND, "F3"),
    Key(Deed.DIAL, "Return", is_shortcut=False),
    Key(Deed.FAVOURITE, " ".join(FAVOURITE_KEYS)),
    Key(Deed.REDIAL, "Up", is_shortcut=False),
    Key(Deed.CHOOSE, "Down", is_shortcut=False),
    Key(Deed.NUMBERS, "Right", is_shortcut=False),
    Key(Deed.BACK, "Esc", is_shortcut=False),
    Key(Deed.PEOPLE, "Ctrl+1"),
    Key(Deed.HISTORY, "Ctrl+2"),
    Key(Deed.FAVOURITES, "Ctrl+3"),
    Key(Deed.COLLEAGUES, "Ctrl+4"),
    Key(Deed.NEW_PERSON, "Ctrl+N"),
    Key(Deed.EDIT_PERSON, "Ctrl+E"),
    Key(Deed.STAR, "Ctrl+D"),
    Key(Deed.MOVE, "Alt+Up Alt+Down"),
    Key(Deed.DELETE, "Ctrl+Del"),
    Key(Deed.UNDO, "Ctrl+Z"),
    Key(Deed.KEY_CARD, "F1"),
)


def sequences_of(deed: Deed) -> list[str]:
    """The key sequences of a deed, as Qt spells them."""
    return next(key.sequence.split() for key in KEYS if key.deed is deed)


def key_in_words(sequence: str) -> str:
    """A key as it is printed on the key: "Enter" for "Return"."""
    named = {
        "Return": translate("Keys", "Enter"),
        "Esc": translate("Keys", "Esc"),
        "Up": translate("Keys", "↑"),
        "Down": translate("Keys", "↓"),
        "Right": translate("Keys", "→"),
        "Del": translate("Keys", "Del"),
        "Ctrl": translate("Keys", "Ctrl"),
        "Alt": translate("Keys", "Alt"),
    }
    return "+".join(named.get(part, part) for part in sequence.split("+"))


def deed_in_words(deed: Deed) -> str:
    """What the key does, as the key card says it."""
    match deed:
        case Deed.ANSWER:
            return translate("Keys", "Answer the call that rings")
        case Deed.DIVERT:
            return translate("Keys", "Divert the call that rings")
        case Deed.HOLD:
            return translate("Keys", "Hold, or take the held call back")
        case Deed.HANG_UP:
            return translate("Keys", "Hang up; with nobody on the line, reject the call that rings")
        case Deed.NOTE:
            return translate("Keys", "Write a note on the call")
        case Deed.FIND:
            return translate("Keys", "Find somebody, or type a number")
        case Deed.DIAL:
            return translate("Keys", "Call what is typed or chosen")
        case Deed.FAVOURITE:
            return translate("Keys", "Call the first four favourites")
        case Deed.REDIAL:
            return translate("Keys", "In the empty field: numbers called before")
        case Deed.CHOOSE:
            return translate("Keys", "Choose in the list below the field")
        case Deed.NUMBERS:
            return translate("Keys", "More with whom is chosen: other numbers, tell me when free")
        case Deed.BACK:
            return translate("Keys", "Empty the field, or leave off diverting")
        case Deed.PEOPLE:
            return translate("Keys", "People")
        case Deed.HISTORY:
            return translate("Keys", "History")
        case Deed.FAVOURITES:
            return translate("Keys", "Favourites")
        case Deed.COLLEAGUES:
            return translate("Keys", "Colleagues, where their phones are watched")
        case Deed.NEW_PERSON:
            return translate("Keys", "Add a person")
        case Deed.EDIT_PERSON:
            return translate("Keys", "Change the chosen person")
        case Deed.STAR:
            return translate("Keys", "Make the chosen person a favourite, or no more")
        case Deed.MOVE:
            return translate("Keys", "Move the chosen favourite")
        case Deed.DELETE:
            return translate("Keys", "Delete what is chosen")
        case Deed.UNDO:
            return translate("Keys", "Undo")
        case Deed.KEY_CARD:
            return translate("Keys", "This card")
    raise ValueError(f"{deed} has no key")


def nothing_in_words(deed: Deed) -> str:
    """What a key from any window finds where there is nothing to do for it."""
    match deed:
        case Deed.ANSWER:
            return translate("Keys", "No call rings.")
        case Deed.HOLD:
            return translate("Keys", "There is no call to hold or to take back.")
        case Deed.HANG_UP:
            return translate("Keys", "There is no call to hang up.")
    raise ValueError(f"{deed} has no key in other windows")
