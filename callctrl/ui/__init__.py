"""What a person sees and touches: tray icon, call card, windows, wizard.

Screens know calls, not protocols. They are given `callctrl.calls` to speak in and the stores to
read from, and never import the engine, so each of them can be opened and tested by itself.

A click is a plain call (`perform(Dial("0"))`) which returns at once; what came of it arrives
later, as an event, and may come from the phone itself. So nothing here awaits, and a screen shows
what it was told, not what it hopes for.

Dialogs open with `open()` and answer by signal, never with `exec()`: a nested Qt loop started by
an event would hold up everything else, and the registration with the phone system would lapse
behind a forgotten box.

Only this package and `app` know Qt, and this module does not load it.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["resource"]

_PACKAGE = Path(__file__).resolve().parents[1]


def resource(name: str) -> Path:
    """The file of that name below `resources/`, e.g. `resource("icons/phone.svg")`.

    In a wheel and in the frozen program the folder lies inside the package, in a checkout beside
    it. Raises `FileNotFoundError` naming both places where neither has the file.
    """
    # Inside first: beside an installed package, `resources` would be somebody else's.
    places = [home / "resources" / name for home in (_PACKAGE, _PACKAGE.parent)]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(f"expected resource {name!r} at {places[0]} or {places[1]}")
