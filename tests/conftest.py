"""What every test may rely on: no screen, no real keyring, both kinds of event loop, no luck."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_NOT_FOR_WINDOWS = {
    "bench": "measures, and tests nothing",
    "desktop": "an X server, a session bus and GNOME's keyring",
    "fuzz": "a fuzzer for Linux",
    "installer": "makes and tries packages, on Linux",
    "network": "network namespaces of Linux",
    "peers": "SIP servers and telephones of Debian",
    "system/test_xdg.py": "the folders of a Linux desktop",
    "test_architecture.py": "looks at the source, which is the same everywhere",
    "test_bench.py": "tests what measures",
    "test_fuzz.py": "tests the fuzzer",
    "test_packaging.py": "makes packages, on Linux",
    "test_soak.py": "tests what measures",
    "ui/test_parts.py": "looks at pixels, as Linux's fonts make them",
}
"""Tests that are left out there, and what they need or are."""

collect_ignore: list[str] = []
if sys.platform == "win32":
    collect_ignore += _NOT_FOR_WINDOWS
    os.environ.setdefault("QT_QPA_FONTDIR", r"C:\Windows\Fonts")  # offscreen, Qt has no other

# The same examples each time, so that a failure is a failure everywhere; and no stop-watch, since
# the machine may be busy.
settings.register_profile(
    "callctrl",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("callctrl")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Async tests run on both loops, those with `qtbot` or `qapp` on the program's.

    `pytest.mark.asyncio(loop_factories=["asyncio"])` keeps a test or module to the plain one.
    """
    # On Windows another kind would be asyncio's own choice.
    plain: dict[str, Callable[[], asyncio.AbstractEventLoop]]
    plain = {"asyncio": asyncio.SelectorEventLoop}
    try:
        import PySide6.QtWidgets  # noqa: F401 — the engine is tested where there is no Qt, too
    except ImportError:
        return plain
    ours = {"qt": _call_loop}
    return ours if "qapp" in getattr(item, "fixturenames", ()) else plain | ours


def _call_loop() -> asyncio.AbstractEventLoop:
    from PySide6.QtWidgets import QApplication

    from callctrl.ui.eventloop import CallLoop

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["callctrl-tests"])
    app.setQuitOnLastWindowClosed(False)  # nor may a test's last window end the loop
    return CallLoop(app)
