"""The log-off held up on Windows: ShutdownBlockReasonCreate, WM_QUERYENDSESSION, winuser.h."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from callctrl.logoff import WindowGuard
from tests.fakeuser32 import FakeUser32

WINDOW = 4711


@pytest.fixture
def user32() -> FakeUser32:
    return FakeUser32()


async def test_windows_is_told_why_and_when_it_is_over(user32: FakeUser32) -> None:
    guard = WindowGuard(user32, lambda: WINDOW)
    await guard.hold_up("You are on a call with Anna Meier.")
    assert user32.block_reasons == {WINDOW: "You are on a call with Anna Meier."}
    await guard.hold_up("You are on a call with Bob.")
    assert user32.block_reasons == {WINDOW: "You are on a call with Bob."}
    await guard.hold_up("")
    assert user32.block_reasons == {}


async def test_a_reason_is_no_longer_than_windows_takes(user32: FakeUser32) -> None:
    guard = WindowGuard(user32, lambda: WINDOW)
    await guard.hold_up("x" * 10_000)
    assert len(user32.block_reasons[WINDOW]) <= 256


async def test_a_window_that_is_not_ours_is_logged(
    user32: FakeUser32, caplog: pytest.LogCaptureFixture
) -> None:
    guard = WindowGuard(user32, lambda: 1)
    with caplog.at_level("INFO", logger="callctrl.logoff"):
        await guard.hold_up("You are on a call with Anna Meier.")
    assert "no reason" in caplog.text


_ASKED = """
import asyncio, ctypes
from PySide6.QtWidgets import QApplication, QWidget
from callctrl.calls import Call, CallState
from callctrl.ui.leaving import LogOff, guard_here
from callctrl.ui.nowlist import ShownCall

app = QApplication(["test"])
window = QWidget()
window.show()
log_off = LogOff(guard_here(window), asyncio.run, system_asks=True)
app.commitDataRequest.connect(log_off.asked)

def may_end():
    send = ctypes.WinDLL("user32").SendMessageW
    handle, log_off_asked, log_off_decided = int(window.winId()), 0x11, 0x16
    answer = send(handle, log_off_asked, 0, -0x80000000)
    send(handle, log_off_decided, 0, 0)
    return answer

print("before", may_end())
log_off.show_calls([ShownCall(Call("1", CallState.CONNECTED), "Anna Meier")])
print("during", may_end())
log_off.show_calls([])
print("after", may_end())
"""


@pytest.mark.skipif(sys.platform != "win32", reason="Windows asks")
def test_windows_is_answered_no_during_a_call_and_only_then() -> None:
    """By Qt's own platform, and not the offscreen one."""
    done = subprocess.run(
        [sys.executable, "-c", _ASKED],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "QT_QPA_PLATFORM": "windows", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split("\n")[:3] == ["before 1", "during 0", "after 1"]
