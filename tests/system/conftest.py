"""What the tests of the system share: a registry, and a home."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from callctrl.system.registry import Registry, delete_tree
from callctrl.system.xdg import Folders
from tests.fakewinreg import FakeWinreg

REGISTRIES = ["fake", "real"] if sys.platform == "win32" else ["fake"]


@pytest.fixture(params=REGISTRIES)
def winreg(request: pytest.FixtureRequest) -> Iterator[Registry]:
    """A registry: the fake one everywhere and, on Windows, the real one below a key of its own."""
    if request.param == "fake":
        yield FakeWinreg()
        return
    import winreg

    real = cast(Registry, winreg)
    place = rf"Software\callctrl-test-{os.getpid()}"
    access = 0xF003F  # KEY_ALL_ACCESS
    with (
        real.CreateKeyEx(real.HKEY_CURRENT_USER, rf"{place}\user", 0, access) as user,
        real.CreateKeyEx(real.HKEY_CURRENT_USER, rf"{place}\machine", 0, access) as machine,
    ):
        hives = {"HKEY_CURRENT_USER": user, "HKEY_LOCAL_MACHINE": machine}
        yield cast(Registry, SimpleNamespace(**{**vars(winreg), **hives}))
    delete_tree(real, real.HKEY_CURRENT_USER, place)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """The folders of a desktop called "ubuntu:GNOME"; none of them is there yet."""
    if sys.platform == "win32":
        pytest.skip("Windows keeps all of this in its registry")
    return Folders(
        config_home=tmp_path / "config",
        config_dirs=(tmp_path / "etc",),
        data_home=tmp_path / "data",
        data_dirs=(tmp_path / "local", tmp_path / "usr"),
        desktops=("ubuntu", "GNOME"),
    )


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program in a folder whose name has all that must be quoted."""
    folder = tmp_path / 'a "b" \\ $HOME `c` %u \' ü;'
    if sys.platform == "win32":
        folder = tmp_path / "a b %u ü"
    folder.mkdir()
    file = folder / "Call Ctrl.exe"
    file.write_text('#!/bin/sh\nprintf \'<%s>\' "$0" "$@"\n', "utf-8")
    file.chmod(0o700)
    return file
