"""Link handlers: Association between MIME types and applications 1.0.1; Windows' default apps."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from callctrl.system.desktopentry import exec_words, read_group, values_in
from callctrl.system.linkhandlers import (
    SCHEMES,
    Choosing,
    Holder,
    NoLinkHandlers,
    WindowsLinkHandlers,
    XdgLinkHandlers,
)
from callctrl.system.mimeapps import REMOVED
from callctrl.system.registry import Registry, read, read_text, write_text
from callctrl.system.xdg import Folders

OURS = Holder("Call Ctrl", is_ours=True)
THUNDERBIRD = Holder("Thunderbird")
TEL = "x-scheme-handler/tel"
PACKAGED = "[Desktop Entry]\nType=Application\nName=Call Ctrl\nExec=%s\nMimeType=%s;\n"


@pytest.fixture(name="links")
def xdg_link_handlers(folders: Folders, program: Path) -> XdgLinkHandlers:
    return XdgLinkHandlers(folders, [str(program)])


def install(folders: Folders, name: str, title: str, mime: str = "", lines: str = "") -> None:
    applications = folders.data_dirs[1] / "applications"
    applications.mkdir(parents=True, exist_ok=True)
    text = (
        f"[Desktop Entry]\nType=Application\nName={title}\nExec=true %u\nMimeType={mime}\n{lines}"
    )
    (applications / name).write_text(text)


def choose(folder: Path, text: str, *, file: str = "mimeapps.list") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text)
    return folder / file


def default(name: str) -> str:
    return f"[Default Applications]\n{TEL}={name}\n"


def test_where_nobody_opens_links_nobody_is_named(links: XdgLinkHandlers) -> None:
    assert links.choosing is Choosing.HERE
    assert links.holders() == dict.fromkeys(SCHEMES)


def test_taken_they_are_ours_and_given_back_nothing_is_left(
    links: XdgLinkHandlers, folders: Folders
) -> None:
    links.take()
    assert links.holders() == dict.fromkeys(SCHEMES, OURS)
    links.give_back()
    assert links.holders() == dict.fromkeys(SCHEMES)
    assert list((folders.data_home / "applications").iterdir()) == []
    assert "callctrl" not in (folders.config_home / "mimeapps.list").read_text()


def test_the_entry_dials_by_this_program(
    links: XdgLinkHandlers, folders: Folders, program: Path
) -> None:
    links.take()
    file = folders.data_home / "applications" / "callctrl-links.desktop"
    entry = read_group(file.read_text("utf-8"))
    assert exec_words(entry["Exec"])[1:] == [str(program), "dial", "--"]
    assert entry["Exec"].endswith(" %u")
    assert entry["NoDisplay"] == "true"
    if shutil.which("desktop-file-validate"):
        told = subprocess.run(
            ["desktop-file-validate", str(file)], capture_output=True, text=True, check=False
        )
        assert told.stdout + told.stderr == ""


def test_whoever_had_them_has_them_again(links: XdgLinkHandlers, folders: Folders) -> None:
    install(folders, "thunderbird.desktop", "Thunderbird")
    before = (
        "# mine\n[Added Associations]\ntext/plain=vim.desktop;\n\n"
        f"[Default Applications]\ntext/html=firefox.desktop\n{TEL}=thunderbird.desktop;\n"
        "\n[Other]\nx=y"
    )
    file = choose(folders.config_home, before)
    assert links.holders()["tel"] == THUNDERBIRD
    links.take()
    assert links.holders()["tel"] == OURS
    assert f"{TEL}=callctrl-links.desktop;thunderbird.desktop;\n" in file.read_text()
    links.give_back()
    assert links.holders()["tel"] == THUNDERBIRD
    assert file.read_text() == before


def test_what_was_chosen_in_a_browser_meanwhile_stays(
    links: XdgLinkHandlers, folders: Folders
) -> None:
    install(folders, "firefox.desktop", "Firefox")
    links.take()
    # As GLib writes it when its user chooses another.
    chosen = f"[Default Applications]\n{TEL}=firefox.desktop\n\n[Added Associations]\n"
    file = choose(folders.config_home, f"{chosen}{TEL}=firefox.desktop;callctrl-links.desktop;\n")
    assert links.holders()["tel"] == Holder("Firefox")
    links.give_back()
    assert file.read_text() == f"{chosen}{TEL}=firefox.desktop;\n"


def test_where_the_choice_cannot_be_written_nothing_is_left(
    links: XdgLinkHandlers, folders: Folders
) -> None:
    folders.config_home.write_text("in the way")
    with pytest.raises(OSError, match="config"):
        links.take()
    assert not folders.data_home.exists()
    assert links.holders() == dict.fromkeys(SCHEMES)


def test_a_list_that_is_a_link_stays_one(links: XdgLinkHandlers, folders: Folders) -> None:
    kept = choose(folders.config_home / "dotfiles", "[Other]\nx=y\n")
    (folders.config_home / "mimeapps.list").symlink_to(kept)
    links.take()
    assert (folders.config_home / "mimeapps.list").is_symlink()
    assert kept.read_text().startswith("[Other]\nx=y\n")
    assert links.holders()["tel"] == OURS


def test_what_is_no_utf_8_is_kept(links: XdgLinkHandlers, folders: Folders) -> None:
    file = choose(folders.config_home, "")
    file.write_bytes(b"# caf\xe9\r\n[Other]\r\nx=y\r\n")
    links.take()
    assert file.read_bytes().startswith(b"# caf\xe9\r\n[Other]\r\nx=y\r\n")


# Who holds them, in the specification's order


def test_the_list_of_this_desktop_comes_first(links: XdgLinkHandlers, folders: Folders) -> None:
    install(folders, "thunderbird.desktop", "Thunderbird")
    install(folders, "linphone.desktop", "Linphone")
    choose(folders.config_home, default("linphone.desktop"))
    assert links.holders()["tel"] == Holder("Linphone")
    own = choose(folders.config_home, default("thunderbird.desktop"), file="gnome-mimeapps.list")
    assert links.holders()["tel"] == THUNDERBIRD
    choose(folders.config_home, default("linphone.desktop"), file="ubuntu-mimeapps.list")
    assert links.holders()["tel"] == Holder("Linphone")
    links.take()
    assert links.holders() == dict.fromkeys(SCHEMES, OURS)
    assert "sip" not in own.read_text()
    links.give_back()
    assert links.holders()["tel"] == Holder("Linphone")
    assert own.read_text().strip() == default("thunderbird.desktop;").strip()


@pytest.mark.parametrize("where", ["etc", "data/applications", "usr/applications"])
def test_then_come_the_systems_lists(
    links: XdgLinkHandlers, folders: Folders, tmp_path: Path, where: str
) -> None:
    install(folders, "thunderbird.desktop", "Thunderbird")
    choose(tmp_path / where, default("thunderbird.desktop"))
    assert links.holders() == {"tel": THUNDERBIRD, "sip": None, "callto": None}


def test_a_program_that_is_not_there_is_passed_over(
    links: XdgLinkHandlers, folders: Folders
) -> None:
    install(folders, "thunderbird.desktop", "Thunderbird")
    install(folders, "hidden.desktop", "Hidden", lines="Hidden=true\n")
    install(folders, "gone.desktop", "Gone", lines="TryExec=/no/such/program\n")
    choose(
        folders.config_home,
        default("none.desktop;hidden.desktop;gone.desktop;thunderbird.desktop;"),
    )
    assert links.holders()["tel"] == THUNDERBIRD


def test_without_a_choice_it_is_who_says_so_of_itself(
    links: XdgLinkHandlers, folders: Folders
) -> None:
    install(folders, "thunderbird.desktop", "Thunderbird", f"{TEL};text/plain;")
    assert links.holders()["tel"] == THUNDERBIRD
    choose(folders.config_home, f"[Removed Associations]\n{TEL}=thunderbird.desktop;\n")
    assert links.holders()["tel"] is None
    install(folders, "linphone.desktop", "Linphone")
    choose(folders.config_dirs[0], f"[Added Associations]\n{TEL}=linphone.desktop;\n")
    assert links.holders()["tel"] == Holder("Linphone")


def test_what_a_program_says_of_itself_is_read_once_for_all_schemes(
    links: XdgLinkHandlers, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        install(folders, f"{name}.desktop", "A program", "text/plain;")
    read_anew: list[Path] = []

    def read_one(file: Path) -> str | None:
        read_anew.append(file)
        return file.read_text() if file.is_file() else None

    monkeypatch.setattr("callctrl.system.mimeapps.read_text", read_one)
    assert links.holders() == dict.fromkeys(SCHEMES)
    assert len([file for file in read_anew if file.suffix == ".desktop"]) == 3


def test_an_entry_of_the_users_own_covers_the_systems(
    links: XdgLinkHandlers, folders: Folders
) -> None:
    install(folders, "thunderbird.desktop", "Thunderbird", f"{TEL};")
    own = folders.data_home / "applications"
    own.mkdir(parents=True)
    (own / "thunderbird.desktop").write_text("[Desktop Entry]\nName=Mine\nHidden=true\n")
    assert links.holders()["tel"] is None
    (own / "thunderbird.desktop").write_text("[Desktop Entry]\nName=Mine\nExec=mine\n")
    assert links.holders()["tel"] is None, "the user's own opens no such links"


def test_a_dash_in_a_name_may_be_a_folder(links: XdgLinkHandlers, folders: Folders) -> None:
    install(folders, "kde-phone.desktop", "Dash")
    choose(folders.config_home, default("kde-phone-app.desktop"))
    assert links.holders()["tel"] is None
    below = folders.data_dirs[0] / "applications" / "kde"
    below.mkdir(parents=True)
    (below / "phone-app.desktop").write_text(f"[Desktop Entry]\nName=KPhone\nMimeType={TEL};\n")
    assert links.holders()["tel"] == Holder("KPhone")
    (folders.config_home / "mimeapps.list").unlink()
    assert links.holders()["tel"] == Holder("KPhone")


def test_two_dashes_in_a_name_may_be_folders(links: XdgLinkHandlers, folders: Folders) -> None:
    below = folders.data_dirs[0] / "applications" / "kde" / "net"
    below.mkdir(parents=True)
    (below / "phone.desktop").write_text("[Desktop Entry]\nName=KPhone\n")
    choose(folders.config_home, default("kde-net-phone.desktop"))
    assert links.holders()["tel"] == Holder("KPhone")


def test_a_name_of_many_dashes_costs_a_look_each(
    links: XdgLinkHandlers, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(folders, "thunderbird.desktop", "Thunderbird")
    long = "a" + "-b" * 300 + ".desktop"
    choose(folders.config_home, default(f"{long};thunderbird.desktop"))
    looks: list[object] = []
    stat = Path.stat

    def counted(file: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        looks.append(file)
        return stat(file, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", counted)
    assert links.holders()["tel"] == THUNDERBIRD
    assert len(looks) < 5_000


def test_what_is_no_readable_file_is_passed_over(
    links: XdgLinkHandlers, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(folders, "locked.desktop", "Locked", f"{TEL};")
    install(folders, "thunderbird.desktop", "Thunderbird", f"{TEL};")
    (folders.data_dirs[1] / "applications" / "a.desktop").mkdir()
    os.mkfifo(folders.data_dirs[1] / "applications" / "b.desktop")
    read_bytes = Path.read_bytes

    def refuse(file: Path) -> bytes:
        if file.name == "locked.desktop":
            raise PermissionError(13, "Permission denied")
        return read_bytes(file)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert links.holders()["tel"] == THUNDERBIRD


def test_a_list_that_cannot_be_read_is_not_written(
    links: XdgLinkHandlers, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = choose(folders.config_home, default("thunderbird.desktop"))

    def refuse(file: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(PermissionError):
        links.take()
    assert file.read_text() == default("thunderbird.desktop")


# Beside a package


def test_the_packages_entry_is_enough_where_it_starts_this_program(
    links: XdgLinkHandlers, folders: Folders, program: Path, tmp_path: Path
) -> None:
    script = tmp_path / "callctrl"
    script.symlink_to(program)
    applications = folders.data_dirs[1] / "applications"
    applications.mkdir(parents=True)
    entry = applications / "callctrl-links.desktop"
    entry.write_text(PACKAGED % (f"{script} dial -- %u", TEL))
    assert links.holders()["tel"] == OURS
    links.give_back()
    assert links.holders()["tel"] is None, "the package's entry stays, and does not count"
    links.take()
    assert links.holders()["tel"] == OURS
    assert values_in((folders.config_home / "mimeapps.list").read_text(), REMOVED) == {}
    assert not (folders.data_home / "applications").exists()

    elsewhere = XdgLinkHandlers(folders, [str(program), "--profile=/other"])
    elsewhere.take()
    assert (folders.data_home / "applications" / "callctrl-links.desktop").exists()


# Windows


@pytest.fixture(name="on_windows")
def windows_link_handlers(winreg: Registry) -> WindowsLinkHandlers:
    return WindowsLinkHandlers(winreg, [r"C:\Call Ctrl\Call Ctrl.exe"])


def choose_on_windows(winreg: Registry, scheme: str, prog_id: str) -> None:
    path = rf"Software\Microsoft\Windows\Shell\Associations\UrlAssociations\{scheme}\UserChoice"
    write_text(winreg, winreg.HKEY_CURRENT_USER, path, "ProgId", prog_id)


def test_windows_is_told_what_we_open(on_windows: WindowsLinkHandlers, winreg: Registry) -> None:
    assert on_windows.choosing is Choosing.IN_SYSTEM_SETTINGS
    on_windows.take()
    user = winreg.HKEY_CURRENT_USER
    assert (
        read_text(winreg, user, r"Software\Classes\CallCtrl.Link\shell\open\command")
        == r'"C:\Call Ctrl\Call Ctrl.exe" dial -- "%1"'
    )
    capabilities = read_text(winreg, user, r"Software\RegisteredApplications", "Call Ctrl")
    assert capabilities == r"Software\Call Ctrl\Capabilities"
    for scheme in SCHEMES:
        associations = rf"{capabilities}\URLAssociations"
        assert read_text(winreg, user, associations, scheme) == "CallCtrl.Link"
    assert on_windows.holders() == dict.fromkeys(SCHEMES), "it is for the user to choose"
    choose_on_windows(winreg, "tel", "CallCtrl.Link")
    assert on_windows.holders() == {"tel": OURS, "sip": None, "callto": None}


def test_given_back_nothing_of_ours_is_left_in_the_registry(
    on_windows: WindowsLinkHandlers, winreg: Registry
) -> None:
    on_windows.give_back()
    user = winreg.HKEY_CURRENT_USER
    write_text(winreg, user, r"Software\RegisteredApplications", "Other", "there")
    on_windows.take()
    choose_on_windows(winreg, "tel", "CallCtrl.Link")
    on_windows.give_back()
    assert on_windows.holders() == dict.fromkeys(SCHEMES)
    for path in (r"Software\Classes\CallCtrl.Link", r"Software\Call Ctrl\Capabilities"):
        with pytest.raises(FileNotFoundError):
            winreg.OpenKey(user, path)
    assert read(winreg, user, r"Software\RegisteredApplications", "Call Ctrl") is None
    assert read(winreg, user, r"Software\RegisteredApplications", "Other") == "there"


def test_the_users_choice_counts_most(on_windows: WindowsLinkHandlers, winreg: Registry) -> None:
    machine = winreg.HKEY_LOCAL_MACHINE
    command = r"shell\open\command"
    write_text(winreg, machine, rf"Software\Classes\tel\{command}", "", r'"C:\X\Lync.exe" "%1"')
    assert on_windows.holders()["tel"] == Holder("Lync")
    classes = r"Software\Classes\Thunderbird.tel"
    write_text(winreg, machine, rf"{classes}\{command}", "", r'"C:\T\tb.exe" "%1"')
    choose_on_windows(winreg, "tel", "Thunderbird.tel")
    assert on_windows.holders()["tel"] == Holder("tb")
    write_text(winreg, machine, rf"{classes}\Application", "ApplicationName", "Thunderbird")
    assert on_windows.holders()["tel"] == THUNDERBIRD
    choose_on_windows(winreg, "tel", "Gone")
    assert on_windows.holders()["tel"] is None
    choose_on_windows(winreg, "tel", "AppXabc")
    write_text(
        winreg,
        winreg.HKEY_CURRENT_USER,
        r"Software\Classes\AppXabc\Application",
        "ApplicationName",
        "@{Microsoft.YourPhone_1.2_x64__8wekyb3d8bbwe?ms-resource://name}",
    )
    assert on_windows.holders()["tel"] == Holder("Microsoft.YourPhone")


def test_a_scheme_without_a_program_is_nobodys(
    on_windows: WindowsLinkHandlers, winreg: Registry
) -> None:
    write_text(winreg, winreg.HKEY_LOCAL_MACHINE, r"Software\Classes\tel", "", "URL:Telephone")
    assert on_windows.holders()["tel"] is None


def test_our_program_is_ours_by_any_name(on_windows: WindowsLinkHandlers, winreg: Registry) -> None:
    path = r"Software\Classes\callto\shell\open\command"
    line = r'"c:\call ctrl\call ctrl.exe" dial "%1"'
    write_text(winreg, winreg.HKEY_CURRENT_USER, path, "", line)
    assert on_windows.holders()["callto"] == OURS


# Elsewhere


def test_elsewhere_nothing_is_known() -> None:
    links = NoLinkHandlers()
    assert links.choosing is Choosing.IMPOSSIBLE
    assert links.holders() == {}
    links.give_back()
    with pytest.raises(OSError, match="links"):
        links.take()


def test_a_desktop_without_a_name_has_no_list_of_its_own(folders: Folders, program: Path) -> None:
    links = XdgLinkHandlers(replace(folders, desktops=()), [str(program)])
    links.take()
    assert links.holders() == dict.fromkeys(SCHEMES, OURS)
    assert [file.name for file in folders.config_home.iterdir()] == ["mimeapps.list"]
