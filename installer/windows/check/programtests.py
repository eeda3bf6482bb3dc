"""The program's tests, run by the Python for Windows."""

from __future__ import annotations

from collections.abc import Sequence

from .windowspython import PYTHON, SOURCE
from .wine import Wine

__all__ = ["run_tests"]

_WITHIN = 2400.0


def run_tests(wine: Wine, arguments: Sequence[str] = ()) -> bool:
    """Run all tests, or those that pytest's `arguments` choose; whether all passed."""
    options = [
        *("-X", r"pycache_prefix=C:\pycache", "-u", "-m", "pytest"),  # Linux has its own
        *("-p", "installer.windows.check.underwine", "-p", "no:cacheprovider"),
        *("--rootdir", SOURCE, "-c", rf"{SOURCE}\pyproject.toml"),
        *(arguments or ["-q", rf"{SOURCE}\tests"]),
    ]
    code = wine.run(" ".join((PYTHON, *options)), timeout=_WITHIN)
    return code == 0 and " passed" in wine.told
