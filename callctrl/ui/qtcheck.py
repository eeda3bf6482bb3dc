"""A check at start-up: a PySide6 that miscounts references ends the program.

PySide6 6.12.0 drops one reference to None for every Qt call that returns nothing. From Python 3.12
on nobody minds, as None is immortal there. Python 3.11 aborts when the last one is gone ("Fatal
Python error: none_dealloc"), some seconds after the program began to work, which says nothing to
whoever reads it. The required versions keep that release out; this finds it where it got in.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject

__all__ = ["loses_references"]

_CALLS = 300
"""Far fewer than the references to None in any program, which has thousands."""


def loses_references() -> bool:
    """Whether this PySide6 will abort this Python; needs a QApplication, takes a millisecond."""
    qt = QObject()
    before = sys.getrefcount(None)
    for _ in range(_CALLS):
        qt.killTimer(qt.startTimer(9999))
    lost = before - sys.getrefcount(None)
    return lost > _CALLS // 2  # other threads come and go with a few
