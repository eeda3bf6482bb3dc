"""What the screen lets windows do, as far as it can be told without one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from callctrl.ui import screen
from callctrl.ui.screen import lets_windows_place_themselves, shows_translucency, wants_motion


@pytest.mark.parametrize(
    ("platform", "has_compositor", "translucent", "placed"),
    [
        ("windows", False, True, True),
        ("wayland", False, True, False),
        ("xcb", True, True, True),
        ("xcb", False, False, True),
        ("vnc", True, False, True),
    ],
)
def test_each_platform_has_its_way(
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    has_compositor: bool,
    translucent: bool,
    placed: bool,
) -> None:
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: platform)
    monkeypatch.setattr(screen, "_x_has_a_compositor", lambda: has_compositor)
    assert shows_translucency() is translucent
    assert lets_windows_place_themselves() is placed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked itself")
@pytest.mark.parametrize(
    ("settings", "moves"),
    [
        ("[KDE]\nAnimationDurationFactor=0\n", False),
        ("[KDE]\nAnimationDurationFactor=0.5\n", True),
        ("[General]\nColorScheme=Dark\n", True),
        ("\x00nonsense", True),
        (None, True),
    ],
    ids=["off", "fast", "unsaid", "nonsense", "no file"],
)
def test_kde_is_read_and_others_let_things_move(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: str | None, moves: bool
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "nowhere"))
    if settings is not None:
        (tmp_path / "kdeglobals").write_text(settings, "utf-8")
    assert wants_motion() is moves
