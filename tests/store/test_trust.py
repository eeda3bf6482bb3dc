"""Who may have written a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from callctrl.store import trust
from callctrl.store.paths import policy_file
from callctrl.store.trust import _why_not_theirs, why_untrusted

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX owners and modes")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "callctrl"
    folder.mkdir(mode=0o755)
    file = folder / "policy.toml"
    file.touch(mode=0o644)
    return file


def me() -> int:
    if sys.platform == "win32":
        return 0
    return os.getuid()


@on_posix
def test_a_file_that_only_its_owner_may_write_is_trusted(file: Path) -> None:
    assert why_untrusted(file, owner=me()) == ""


@on_posix
def test_somebody_elses_file_is_not(file: Path) -> None:
    assert why_untrusted(file, owner=me() + 1) == (
        f"it belongs to user {me()}, not to user {me() + 1}"
    )


@on_posix
@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_nor_is_one_that_others_may_write(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert why_untrusted(file, owner=me()) == (
        f"others than its owner may write it (mode {mode:04o})"
    )


@on_posix
def test_nor_is_one_in_a_folder_where_others_may_put_another_in_its_place(file: Path) -> None:
    file.parent.chmod(0o777)
    assert why_untrusted(file, owner=me()) == (
        "others than its owner may write its folder (mode 0777)"
    )


@on_posix
def test_a_link_is_as_good_as_what_it_leads_to(file: Path, tmp_path: Path) -> None:
    link = file.with_name("link.toml")
    link.symlink_to(file)
    assert why_untrusted(link, owner=me()) == ""
    file.chmod(0o666)
    assert why_untrusted(link, owner=me()) != ""


@on_posix
def test_a_link_into_a_folder_of_others_is_not(file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    real = file.rename(elsewhere / file.name)
    file.symlink_to(real)
    assert why_untrusted(file, owner=me()) == (
        "others than its owner may write the folder it is linked to (mode 0777)"
    )


@pytest.mark.skipif(sys.platform != "win32", reason="Windows owners")
def test_windows_tells_whose_a_file_is(file: Path) -> None:
    if sys.platform == "win32":
        assert trust._owner_of(file).startswith("S-1-5-")


def test_windows_trusts_its_administrators_and_itself() -> None:
    assert _why_not_theirs("S-1-5-18", "it") == _why_not_theirs("S-1-5-32-544", "it") == ""
    assert _why_not_theirs("S-1-5-21-1-2-3-1001", "it") == (
        "it belongs to S-1-5-21-1-2-3-1001, not to the Administrators"
    )


def test_no_variable_leads_to_another_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    before = policy_file()
    for name in ("XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "HOME", "ProgramData", "ALLUSERSPROFILE"):
        monkeypatch.setenv(name, "/tmp/evil")  # noqa: S108
    assert policy_file() == before
    assert before.parts[-2:] == ("callctrl", "policy.toml")
    assert before.is_absolute()
