"""The program's tests, run by the Python for Windows."""

from __future__ import annotations

from collections.abc import Sequence

from .windowspython import PYTHON, SOURCE
from .wine import Wine

__all__ = ["run_tests"]

_WITHIN = 2400.0

_NOT_FOR_WINDOWS = {
    "desktop": "an X server, a session bus and GNOME's keyring",
    "network": "network namespaces of Linux",
    "peers": "SIP servers and telephones of Debian",
    "bench": "measures, and tests nothing",
    "fuzz": "a fuzzer for Linux",
    "test_architecture.py": "looks at the source, which is the same everywhere",
    "test_bench.py": "tests what measures",
    "test_fuzz.py": "tests the fuzzer",
    "test_soak.py": "tests what measures",
}
"""What is left out of the tests, and what it needs or is."""


def run_tests(wine: Wine, arguments: Sequence[str] = ()) -> bool:
    """Run all tests, or those that pytest's `arguments` choose; whether all passed."""
    ignored = [rf"--ignore={SOURCE}\tests\{name}" for name in _NOT_FOR_WINDOWS]
    options = [
        *("-X", r"pycache_prefix=C:\pycache", "-u", "-m", "pytest"),  # Linux has its own
        *("-p", "installer.windows.check.underwine", "-p", "no:cacheprovider"),
        *("--rootdir", SOURCE, "-c", rf"{SOURCE}\pyproject.toml", *ignored),
        *(arguments or ["-q", rf"{SOURCE}\tests"]),
    ]
    return wine.run(" ".join((PYTHON, *options)), timeout=_WITHIN) == 0
