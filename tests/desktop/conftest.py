"""Desktops to test on, and a look at the screen where a test failed."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop, Panel, missing_tool
from tests.desktop.privatebus import PrivateBus
from tests.desktop.programs import places_of

_FAILED = pytest.StashKey[bool]()


@pytest.fixture
def lxqt(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desktop]:
    """A desktop whose tray speaks D-Bus."""
    yield from _desktop(tmp_path, Panel.LXQT, request)


@pytest.fixture
def trayer(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desktop]:
    """A desktop whose tray embeds X windows."""
    yield from _desktop(tmp_path, Panel.TRAYER, request)


@pytest.fixture
def bare(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desktop]:
    """A desktop without a tray."""
    yield from _desktop(tmp_path, Panel.NONE, request)


@pytest.fixture
def dark(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desktop]:
    """A desktop in dark colours."""
    yield from _desktop(tmp_path, Panel.LXQT, request, dark=True)


def _desktop(
    folder: Path, panel: Panel, request: pytest.FixtureRequest, *, dark: bool = False
) -> Iterator[Desktop]:
    if missing := missing_tool():
        # In CI they are installed, and a test that quietly does not run would be no test.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs {missing}")
    with Desktop(folder, panel, dark=dark) as desktop:
        yield desktop
        if request.node.stash.get(_FAILED, False):
            desktop.save_picture(folder / "at-failure.png")
            print(f"A picture and all logs are in {folder}")
    assert "Traceback" not in desktop.log.read_text("utf-8", "replace")


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    """A session bus, without any desktop."""
    if not shutil.which("dbus-daemon"):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("needs dbus-daemon")
    it = PrivateBus(tmp_path)
    yield it
    it.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the fixtures how the test went."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Path]:
    """Where settings and logs will lie. Nothing may go so wrong that it is logged as an error."""
    it = tmp_path / "profile"
    yield it
    for file in it.glob("logs/*"):
        log = file.read_text("utf-8")
        assert not re.search(r"^\S+ (ERROR|CRITICAL) |^Fatal", log, re.MULTILINE), log


@pytest.fixture
def password(tmp_path: Path) -> Iterator[str]:
    """A password like no other. Whatever a test does with it, it must not come to rest in a file.

    The password store's own file is among those that are looked through: it is encrypted.
    """
    it = f"Zq7.{secrets.token_hex(5)}"
    yield it
    assert places_of(it, tmp_path) == []
