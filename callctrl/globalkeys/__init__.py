"""Keys that work from any window: answer, hold, hang up.

How a program gets at keys that are pressed in others is each system's own affair:

    Windows   `hotkeys`   RegisterHotKey; another program may have the key already
    Linux     `portal`    org.freedesktop.portal.GlobalShortcuts; the person and the desktop decide
    others    none        the desktop's own key settings start `callctrl press KEY`

Both ways take the same calls (`Way`) and tell what came of it as `Grant`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from callctrl.keystrokes import Keystroke

__all__ = ["GlobalKey", "Grant", "Standing", "Way", "Wish"]


class GlobalKey(Enum):
    """What a key is for; its value is the word that the command line and the portal know it by."""

    ANSWER = "answer"
    HOLD = "hold"
    """Holds the call that is talked on, or takes the held one back."""
    HANG_UP = "hangup"
    """Hangs up; with nobody on the line, rejects the call that rings."""


class Standing(Enum):
    """How it stands with all of the keys."""

    OFF = "off"
    """Nobody asked for them, or they were given back."""
    ASKING = "asking"
    """The system is asked, and may be asking the person."""
    BOUND = "bound"
    """The keys work, but for those of them that are taken."""
    REFUSED = "refused"
    """The person, or the desktop, said no."""
    NO_WAY = "no way"
    """This system has no way for it."""
    LOST = "lost"
    """It was bound, and whoever bound it has gone or taken it back."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A key as we would like to have it."""

    keystroke: Keystroke
    purpose: str
    """What it is for, in a few words, for systems that ask the person."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a system has granted."""

    standing: Standing
    keys: Mapping[GlobalKey, str] = field(default_factory=dict)
    """The keys that work, each as the system calls it, such as "Press Ctrl+Shift+F6"."""
    taken: frozenset[GlobalKey] = frozenset()
    """Those that another program has."""


class Way(Protocol):
    """A system's way to such keys; it tells of presses and of each `Grant` by what it was given.

    Nothing here raises. What is bound anew replaces what was.
    """

    async def exists(self) -> bool:
        """Whether this system has such keys, as far as can be told without asking for one."""

    async def bind(self, keys: Mapping[GlobalKey, Wish]) -> None:
        """Ask for keys; returns when the system, or the person it asked, has decided.

        Who cancels it meanwhile has none.
        """

    async def release(self) -> None:
        """Give all of them back."""
