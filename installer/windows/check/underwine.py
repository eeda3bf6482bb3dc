"""What of the tests cannot be had under wine, each with its reason: a plug-in of pytest's.

On a Windows of Microsoft's this is not used, and nothing is left out.
"""

from __future__ import annotations

import pytest

__all__ = ["NOT_UNDER_WINE"]

NOT_UNDER_WINE: dict[str, str] = {}
"""The beginning of a test's name, from the file on, and why it is left out."""

# Qt says it where `netprofm` is missing, which wine is better off without (see `wine.py`).
_QT_SAYS = (
    "NetworkListManager",
    "Initialization failed, can't start!",
    "Failed to start listening",
)


def pytest_configure(config: pytest.Config) -> None:
    """Have Qt say what it says only under wine."""
    for words in _QT_SAYS:
        config.addinivalue_line("qt_log_ignore", words)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what cannot be had."""
    for item in items:
        for name, reason in NOT_UNDER_WINE.items():
            if item.nodeid.startswith(name):
                item.add_marker(pytest.mark.skip(reason=f"wine: {reason}"))
