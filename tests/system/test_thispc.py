"""What can be arranged on this PC."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from callctrl.store.administration import Administration
from callctrl.store.paths import Paths
from callctrl.store.settings import Settings, obeying
from callctrl.system.autostart import AtLogin, XdgAutostart
from callctrl.system.desktopentry import exec_words, read_group
from callctrl.system.linkhandlers import SCHEMES, Choosing, XdgLinkHandlers
from callctrl.system.thispc import ThisPc
from callctrl.system.xdg import Folders


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
        assert exec_words(entry["Exec"])[1:] == ["-P", "-m", "callctrl", *options]


@pytest.mark.skipif(sys.platform != "win32", reason="has no registry")
def test_on_windows_it_is_the_registry_that_is_asked(tmp_path: Path) -> None:
    pc = ThisPc.of_user(Paths.below(tmp_path))
    assert pc.autostart.state() is not AtLogin.IMPOSSIBLE
    assert pc.links.choosing is Choosing.IN_SYSTEM_SETTINGS
    assert set(pc.links.holders()) == set(SCHEMES)


@pytest.fixture(name="pc")
def pc_of_somebody(folders: Folders) -> ThisPc:
    command = [sys.executable, "-m", "callctrl"]
    return ThisPc(XdgAutostart(folders, command), XdgLinkHandlers(folders, command))


def see_to_all(pc: ThisPc) -> None:
    pc.see_to(Settings(starts_at_login=True, opens_links=True))


def test_what_is_wanted_is_arranged(pc: ThisPc) -> None:
    pc.see_to(Settings())
    assert pc.autostart.state() is AtLogin.ABSENT
    assert not any(pc.links.holders().values())
    see_to_all(pc)
    assert pc.autostart.state() is AtLogin.STARTS
    assert all(holder and holder.is_ours for holder in pc.links.holders().values())


def test_what_somebody_has_settled_stays(pc: ThisPc, folders: Folders) -> None:
    entry = folders.config_home / "autostart" / "callctrl.desktop"
    entry.parent.mkdir(parents=True)
    entry.write_text("[Desktop Entry]\nHidden=true\n")
    applications = folders.data_home / "applications"
    applications.mkdir(parents=True)
    (applications / "other.desktop").write_text("[Desktop Entry]\nName=Other\n")
    chosen = "[Default Applications]\nx-scheme-handler/tel=other.desktop\n"
    (folders.config_home / "mimeapps.list").write_text(chosen)
    see_to_all(pc)
    assert pc.autostart.state() is AtLogin.SWITCHED_OFF
    assert (folders.config_home / "mimeapps.list").read_text() == chosen


def locked(**values: bool) -> Settings:
    return obeying(Settings(administration=Administration(locked={"preferences": values})))


def test_what_is_locked_is_so_whatever_anybody_has_settled(pc: ThisPc, folders: Folders) -> None:
    entry = folders.config_home / "autostart" / "callctrl.desktop"
    entry.parent.mkdir(parents=True)
    entry.write_text("[Desktop Entry]\nHidden=true\n")
    (folders.data_home / "applications").mkdir(parents=True)
    other = folders.data_home / "applications" / "other.desktop"
    other.write_text("[Desktop Entry]\nName=Other\nMimeType=x-scheme-handler/tel;\n")
    pc.see_to(locked(starts_at_login=True, opens_links=True))
    assert pc.autostart.state() is AtLogin.STARTS
    assert all(holder and holder.is_ours for holder in pc.links.holders().values())
    assert "--minimized" in entry.read_text()
    pc.see_to(locked(starts_minimized=False))
    assert "--minimized" not in entry.read_text()
    pc.see_to(locked(starts_at_login=False, starts_minimized=True, opens_links=False))
    assert pc.autostart.state() is AtLogin.ABSENT
    holder = pc.links.holders()["tel"]
    assert holder is not None
    assert holder.name == "Other"


def test_where_nothing_is_possible_nothing_is_tried() -> None:
    pc = ThisPc.untouched()
    see_to_all(pc)
    assert not pc.autostart.state().is_on


@pytest.mark.skipif(sys.platform == "win32", reason="its folders are not found by another name")
def test_elsewhere_nothing_can_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    pc = ThisPc.of_user(Paths.below(tmp_path))
    assert pc.autostart.state() is AtLogin.IMPOSSIBLE
    assert pc.links.choosing is Choosing.IMPOSSIBLE
