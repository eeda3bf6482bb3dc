"""`callctrl demo` on a screen: what people try first."""

from __future__ import annotations

import pytest

from tests.desktop.desktop import Desktop
from tests.desktop.programs import CallCtrl

pytestmark = pytest.mark.desktop

TITLE = "Call Ctrl — Practice"


def test_the_story_is_seen(lxqt: Desktop) -> None:
    program = CallCtrl(lxqt, None)
    for words in ("Practice, extension 200", "Ready", "Ringing", "On a call"):
        program.screen.wait_for(TITLE, words)
    program.end()
    assert program.exit_code() == 0


@pytest.mark.parametrize("desktop_name", ["lxqt", "bare"])
def test_closing_the_window_ends_it(request: pytest.FixtureRequest, desktop_name: str) -> None:
    """With a tray it would hide, and without one it would minimise, were it the real phone's."""
    desktop: Desktop = request.getfixturevalue(desktop_name)
    program = CallCtrl(desktop, None)
    program.screen.wait_for(TITLE, "Ready")
    desktop.window(TITLE)
    desktop.keys("alt+F4")
    assert program.exit_code() == 0
