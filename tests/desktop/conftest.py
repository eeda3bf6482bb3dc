"""Desktops to test on, and a look at the screen where a test failed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.desktop import Desktop, Panel, missing_tool
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


def _desktop(folder: Path, panel: Panel, request: pytest.FixtureRequest) -> Iterator[Desktop]:
    if missing := missing_tool():
        # In CI they are installed, and a test that quietly does not run would be no test.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs {missing}")
    with Desktop(folder, panel) as desktop:
        yield desktop
        if request.node.stash.get(_FAILED, False):
            desktop.save_picture(folder / "at-failure.png")
            print(f"A picture and all logs are in {folder}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Iterator[None]:
    """Tell the fixtures how the test went."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """Where settings and logs will lie."""
    return tmp_path / "profile"


@pytest.fixture
def password(tmp_path: Path) -> Iterator[str]:
    """A password like no other. Whatever a test does with it, it must not come to rest in a file.

    The password store's own file is among those that are looked through: it is encrypted.
    """
    it = f"Zq7.{secrets.token_hex(5)}"
    yield it
    assert places_of(it, tmp_path) == []
