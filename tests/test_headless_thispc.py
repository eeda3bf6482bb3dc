"""`callctrl desktop`: what it says, what it changes, and its exit code."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from callctrl.headless.exitcodes import ExitCode
from callctrl.headless.options import LockedError
from callctrl.headless.thispc import What, Wish, run_desktop_command
from callctrl.store.administration import Administration
from callctrl.store.paths import Paths
from callctrl.store.settings import Settings, load, obeying
from callctrl.system.autostart import WindowsAutostart, XdgAutostart
from callctrl.system.linkhandlers import WindowsLinkHandlers, XdgLinkHandlers
from callctrl.system.thispc import ThisPc
from callctrl.system.xdg import Folders
from tests.fakewinreg import FakeWinreg

Run = tuple[ExitCode, str]


class Pc:
    """A PC, and the command run on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        system = {"XDG_CONFIG_DIRS": f"{folder / 'etc'}", "XDG_DATA_DIRS": f"{folder / 'share'}"}
        self.folders = Folders.of(system, folder / "home")
        command = [sys.executable, "-m", "callctrl"]
        self.pc = ThisPc(
            XdgAutostart(self.folders, command), XdgLinkHandlers(self.folders, command)
        )
        self.paths = Paths.below(folder / "profile")
        self.settings = Settings()
        self._capsys = capsys

    def run(self, what: What, wish: Wish) -> Run:
        code = run_desktop_command(what, wish, self.pc, self.paths, self.settings)
        out, err = self._capsys.readouterr()
        return code, out + err


@pytest.fixture(name="pc")
def pc_of_somebody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Pc:
    return Pc(tmp_path, capsys)


def test_autostart_goes_on_and_off(pc: Pc) -> None:
    assert pc.run("autostart", "status") == (ExitCode.FINE, "autostart: off\n")
    assert pc.run("autostart", "on") == (ExitCode.FINE, "autostart: on\n")
    entry = pc.folders.config_home / "autostart" / "callctrl.desktop"
    assert "--minimized" in entry.read_text()
    pc.settings = Settings(starts_minimized=False)
    assert pc.run("autostart", "on") == (ExitCode.FINE, "autostart: on\n")
    assert "--minimized" not in entry.read_text()
    assert pc.run("autostart", "off") == (ExitCode.FINE, "autostart: off\n")
    assert not pc.paths.settings_file.exists(), "the desktop remembers it"


def test_links_go_and_come(pc: Pc) -> None:
    nobody = "tel: no program\nsip: no program\ncallto: no program\n"
    assert pc.run("links", "status") == (ExitCode.FINE, nobody)
    ours = "tel: Call Ctrl\nsip: Call Ctrl\ncallto: Call Ctrl\n"
    assert pc.run("links", "on") == (ExitCode.FINE, ours)
    assert pc.run("links", "off") == (ExitCode.FINE, nobody)


@pytest.mark.skipif(sys.platform == "win32", reason="its paths have colons, which part folders")
def test_links_that_an_administrators_list_gives_stay(pc: Pc) -> None:
    pc.run("links", "on")
    (system,) = pc.folders.config_dirs
    system.mkdir()
    (pc.folders.config_home / "mimeapps.list").rename(system / "mimeapps.list")
    entry = Path("applications", "callctrl-links.desktop")
    (share,) = pc.folders.data_dirs
    (share / entry).parent.mkdir(parents=True)
    (pc.folders.data_home / entry).rename(share / entry)
    code, told = pc.run("links", "off")
    assert code is ExitCode.FAILED
    assert "tel: Call Ctrl\n" in told
    assert "Another program can be chosen in the desktop's settings." in told
    assert pc.run("links", "status")[0] is ExitCode.FINE


def test_off_outlasts_the_next_start(pc: Pc) -> None:
    pc.settings = Settings(starts_at_login=True, opens_links=True)
    pc.run("autostart", "off")
    assert load(pc.paths).settings == Settings(opens_links=True)
    pc.run("links", "off")
    assert load(pc.paths).settings == Settings(starts_at_login=True)


def test_what_is_not_possible_is_said(pc: Pc) -> None:
    pc.folders.config_home.parent.mkdir()
    pc.folders.config_home.write_text("in the way")
    for what in ("autostart", "links"):
        code, told = pc.run(what, "on")
        assert code is ExitCode.FAILED
        assert told.startswith("That was not possible: ")
    pc.pc = ThisPc.untouched()
    assert pc.run("autostart", "status") == (ExitCode.FINE, "autostart: not possible here\n")
    assert pc.run("links", "status") == (ExitCode.FINE, "links: not possible here\n")
    assert pc.run("autostart", "on")[0] is ExitCode.FAILED
    assert pc.run("links", "on")[0] is ExitCode.FAILED


def test_what_is_locked_is_not_changed(pc: Pc) -> None:
    values = {"starts_at_login": True, "opens_links": False}
    administration = Administration(by="IT", locked={"preferences": values})
    pc.settings = obeying(Settings(administration=administration))
    assert pc.run("autostart", "on") == (ExitCode.FINE, "autostart: on\n")
    with pytest.raises(LockedError, match="off: this is locked to true"):
        pc.run("autostart", "off")
    with pytest.raises(LockedError, match="IT"):
        pc.run("links", "on")
    assert pc.run("autostart", "status") == (ExitCode.FINE, "autostart: on\n")


def test_windows_has_the_last_word(pc: Pc) -> None:
    winreg, command = FakeWinreg(), [sys.executable]
    pc.pc = ThisPc(WindowsAutostart(winreg, command), WindowsLinkHandlers(winreg, command))
    code, told = pc.run("links", "on")
    assert code is ExitCode.FINE
    assert told.endswith("its user chooses under Settings, Default apps.\n")
    assert pc.run("autostart", "on") == (ExitCode.FINE, "autostart: on\n")
    approved = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
    with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, approved) as key:
        winreg.SetValueEx(key, "Call Ctrl", 0, 3, b"\3" + bytes(11))
    assert pc.run("autostart", "on") == (
        ExitCode.FAILED,
        "autostart: switched off in the system's settings\n",
    )
