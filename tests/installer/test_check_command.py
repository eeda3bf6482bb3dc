"""`make packages-check` where it cannot do its work: a reason and code 2, never a pass."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from installer.check.__main__ import main


@pytest.fixture(name="packages")
def folder_of_packages(tmp_path: Path) -> Path:
    (tmp_path / "callctrl_0.1.0-1_amd64.deb").touch()
    (tmp_path / "callctrl-0.1.0-linux-x86_64.tar.xz").touch()
    return tmp_path


def test_without_packages_it_says_how_to_make_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--packages", str(tmp_path)]) == 2
    assert "try make packages" in capsys.readouterr().err


def test_two_versions_side_by_side_are_no_choice_to_make(
    packages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (packages / "callctrl_0.0.9-1_amd64.deb").touch()
    assert main(["--packages", str(packages)]) == 2
    said = capsys.readouterr().err
    assert "found callctrl_0.0.9-1_amd64.deb, callctrl_0.1.0-1_amd64.deb" in said


def test_without_root_it_says_what_it_is_for(
    packages: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert main(["--packages", str(packages)]) == 2
    assert "debootstrap, chroot and mounts need root" in capsys.readouterr().err


def test_an_unknown_part_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["attic"])
    assert ended.value.code == 2
