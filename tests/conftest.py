"""What every test may rely on: no screen, no real keyring, both kinds of event loop, no luck."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

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
