"""The folders of a desktop: XDG Base Directory Specification 0.8."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from callctrl.system.xdg import Folders

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no such folders")

HOME = Path("/home/anna")


def test_without_variables_they_are_the_usual_ones() -> None:
    assert Folders.of({}, HOME) == Folders(
        HOME / ".config",
        (Path("/etc/xdg"),),
        HOME / ".local/share",
        (Path("/usr/local/share"), Path("/usr/share")),
    )


def test_variables_name_others_and_relative_paths_do_not_count() -> None:
    folders = Folders.of(
        {
            "XDG_CONFIG_HOME": "/c",
            "XDG_CONFIG_DIRS": "/a:b:/d",
            "XDG_DATA_HOME": "share",
            "XDG_DATA_DIRS": "",
            "XDG_CURRENT_DESKTOP": "ubuntu:GNOME",
        },
        HOME,
    )
    assert folders.all_config == (Path("/c"), Path("/a"), Path("/d"))
    assert folders.all_data[0] == HOME / ".local/share"
    assert folders.data_dirs == (Path("/usr/local/share"), Path("/usr/share"))
    assert folders.desktops == ("ubuntu", "GNOME")
