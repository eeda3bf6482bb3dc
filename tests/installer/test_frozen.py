"""The check of a bundle on Windows, where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installer.windows.check import frozen


@pytest.mark.skipif(sys.platform == "win32", reason="there it is looked at")
def test_elsewhere_than_on_windows_it_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["frozen", str(tmp_path)])
    assert frozen.main() == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "make windows-check" in told.err
