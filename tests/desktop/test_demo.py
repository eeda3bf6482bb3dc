"""`callctrl demo` on a screen: what people try first."""

from __future__ import annotations

import pytest

from tests.desktop.desktop import Desktop
from tests.desktop.programs import CallCtrl

pytestmark = pytest.mark.desktop


def test_the_story_is_seen(lxqt: Desktop) -> None:
    program = CallCtrl(lxqt, None)
    for words in ("Ready", "Ringing", "On a call"):
        program.screen.wait_for("Call Ctrl", words)
    program.end()
    assert program.exit_code() == 0
