"""What can be arranged on this PC."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from callctrl.store.paths import Paths
from callctrl.system.autostart import AtLogin, XdgAutostart
from callctrl.system.desktopentry import exec_words, read_group
from callctrl.system.linkhandlers import Choosing
from callctrl.system.thispc import ThisPc


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="has no such folders")
def test_what_is_arranged_is_for_the_profile_in_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for paths, options in (
        (Paths.for_user(), []),
        (Paths.below(tmp_path / "a b"), [f"--profile={tmp_path / 'a b'}"]),
    ):
        autostart = ThisPc.of_user(paths).autostart
        assert isinstance(autostart, XdgAutostart)
        autostart.switch_on(minimized=False)
        entry = read_group((tmp_path / "autostart" / "callctrl.desktop").read_text())
        assert exec_words(entry["Exec"])[1:] == ["-m", "callctrl", *options]


def test_elsewhere_nothing_can_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    pc = ThisPc.of_user(Paths.below(tmp_path))
    assert pc.autostart.state() is AtLogin.IMPOSSIBLE
    assert pc.links.choosing is Choosing.IMPOSSIBLE
