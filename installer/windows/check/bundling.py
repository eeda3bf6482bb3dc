"""The bundle as the Windows under wine makes it, marked so that nobody takes it for another."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from .windowspython import PYTHON, SOURCE
from .wine import Wine, WineError

__all__ = ["MARK", "make_bundle"]

_ROOT = Path(__file__).parents[3]
_MADE_OF = ("callctrl", "resources", "installer/bundle", "pyproject.toml", "constraints.txt")
_WITHIN = 900.0

MARK = "DO-NOT-SHIP.txt"
_MARK_TEXT = """\
This was made under wine, to try the Windows side of Call Ctrl. The Python in it came by way of
somebody else, and what wine lacks was stood in for. Releases are made on Windows.
"""


def make_bundle(wine: Wine) -> Path:
    """Freeze the program, unless nothing has changed since; the folder of the bundle.

    Raises WineError where it cannot be made.
    """
    place = wine.drive / "callctrl-wine-test"
    bundle = place / "callctrl"
    stamp = place / "made-from"
    wanted = _digest()
    if stamp.exists() and stamp.read_text() == wanted:
        print("The bundle was made before of the same source.", flush=True)
        return bundle
    if place.exists():
        shutil.rmtree(place)
    build = rf"{PYTHON} -u {SOURCE}\installer\bundle\build.py"
    folders = rf"--dist {wine.path(place)} --work C:\callctrl-work"
    if wine.run(f"{build} {folders}", timeout=_WITHIN) != 0:
        raise WineError("the bundle cannot be made")
    (bundle / MARK).write_text(_MARK_TEXT)
    stamp.write_text(wanted)
    return bundle


def _digest() -> str:
    digest = hashlib.sha256()
    for name in _MADE_OF:
        path = _ROOT / name
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(_ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()
