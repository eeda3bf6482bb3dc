"""The log-off held up on Windows: ShutdownBlockReasonCreate, winuser.h."""

from __future__ import annotations

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
