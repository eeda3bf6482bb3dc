"""Two looks at a file system, compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.check.listing import EXCEPTIONS, differences, look


@pytest.fixture(name="root")
def small_file_system(tmp_path: Path) -> Path:
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/ls").write_text("list")
    (tmp_path / "usr/bin/ls").chmod(0o755)
    (tmp_path / "usr/bin/dir").symlink_to("ls")
    return tmp_path


def test_nothing_differs_where_nothing_was_done(root: Path) -> None:
    before = look(root)
    assert list(before) == ["/usr", "/usr/bin", "/usr/bin/dir", "/usr/bin/ls"]
    assert differences(before, look(root)) == []


def test_what_appears_and_what_goes_is_named(root: Path) -> None:
    before = look(root)
    (root / "usr/share").mkdir()
    (root / "usr/share/left").touch()
    (root / "usr/bin/dir").unlink()
    assert differences(before, look(root)) == [
        "/usr/bin/dir is gone",
        "/usr/share appeared",
        "/usr/share/left appeared",
    ]


def test_other_content_rights_and_targets_are_told_apart(root: Path) -> None:
    before = look(root)
    (root / "usr/bin/ls").write_text("LIST")
    (root / "usr/bin/dir").unlink()
    (root / "usr/bin/dir").symlink_to("vdir")
    (root / "usr/bin").chmod(0o700)
    assert differences(before, look(root)) == [
        "/usr/bin has another rights",
        "/usr/bin/dir has another content",
        "/usr/bin/ls has another content",
    ]


def test_the_time_of_a_file_is_no_difference(root: Path) -> None:
    before = look(root)
    (root / "usr/bin/ls").write_text("list")
    assert differences(before, look(root)) == []


def test_links_are_not_followed(root: Path) -> None:
    (root / "loop").symlink_to(".")
    assert "/loop/usr" not in look(root)


def test_what_has_a_reason_may_differ(root: Path) -> None:
    (root / "var/log/apt").mkdir(parents=True)
    (root / "var/lib/dpkg").mkdir(parents=True)
    before = look(root)
    (root / "var/log/apt/history.log").touch()
    (root / "var/lib/dpkg/status-old").touch()
    (root / "var/lib/dpkg/status").touch()
    assert differences(before, look(root), EXCEPTIONS) == ["/var/lib/dpkg/status appeared"]
    assert all(EXCEPTIONS.values())
