"""The installer for Windows: what is written for makensis, and what makensis makes of it."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from callctrl import PRODUCT, __version__
from callctrl.system.autostart import WindowsAutostart
from callctrl.system.linkhandlers import WindowsLinkHandlers
from callctrl.system.registry import Key, read_text
from installer.bundle.windowsresources import PUBLISHER, version_resource
from installer.windows.build import (
    PROGRAMS,
    build,
    defines,
    install_commands,
    setup_name,
    uninstall_commands,
)
from installer.windows.check.roundtrip import version_of
from tests.fakewinreg import FakeWinreg

HERE = Path(__file__).parents[2] / "installer" / "windows"
SCRIPT = "\n".join(path.read_text("utf-8") for path in sorted(HERE.glob("*.ns[ih]")))
README = (HERE / "README.md").read_text("utf-8")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Like a bundle, with names that mean something to NSIS."""
    folder = tmp_path / "bundle"
    (folder / "_internal" / "deeper $INSTDIR").mkdir(parents=True)
    for name in PROGRAMS:
        (folder / name).write_bytes(b"MZ")
    (folder / "_internal" / "größer.txt").write_text("x")
    (folder / "_internal" / "deeper $INSTDIR" / "$x.txt").write_text("x")
    return folder


@pytest.fixture
def makensis() -> None:
    if shutil.which("makensis") is None:
        # In CI it is installed, and a test that quietly does not run would be no test.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("needs makensis")


# What is written


def test_installer_and_executables_tell_the_same_version_product_and_publisher() -> None:
    said = dict(re.findall(r'!define (\w+) "(.*)"', defines()))
    assert said["VERSION"] == __version__
    assert said["PRODUCT"] == PRODUCT
    assert said["PUBLISHER"] == PUBLISHER
    resource = version_resource("callctrl.exe")
    assert f"filevers=({', '.join(said['VERSION_QUAD'].split('.'))})" in resource
    for value in (said["VERSION"], said["PRODUCT"], said["PUBLISHER"], said["COPYRIGHT"]):
        assert repr(value) in resource
    assert setup_name() == f"callctrl-{__version__}-setup.exe"


def test_every_file_of_the_bundle_is_installed(bundle: Path) -> None:
    installed = re.findall(r'^File "(.*)"$', install_commands(bundle), re.M)
    assert sorted(installed) == sorted(str(path) for path in bundle.rglob("*") if path.is_file())


def test_the_same_files_are_deleted_and_a_folder_after_what_is_in_it(bundle: Path) -> None:
    assert uninstall_commands(bundle).splitlines() == [
        r'Delete "$INSTDIR\_internal\deeper $$INSTDIR\$$x.txt"',
        r'RMDir "$INSTDIR\_internal\deeper $$INSTDIR"',
        r'Delete "$INSTDIR\_internal\größer.txt"',
        r'RMDir "$INSTDIR\_internal"',
        r'Delete "$INSTDIR\Call Ctrl.exe"',
        r'Delete "$INSTDIR\callctrl.exe"',
    ]


def test_nothing_is_deleted_with_all_that_is_in_it_but_the_users_settings() -> None:
    assert re.findall(r"RMDir\s+/r\s+(.*?) *(?:;.*)?$", SCRIPT, re.M) == [
        r'"$LOCALAPPDATA\callctrl"'
    ]


def test_a_folder_without_both_programs_is_refused(bundle: Path, tmp_path: Path) -> None:
    (bundle / "callctrl.exe").unlink()
    with pytest.raises(FileNotFoundError, match=r"callctrl\.exe"):
        build(bundle, tmp_path / "setup.exe")


# The scripts


def test_every_text_is_there_and_is_shown() -> None:
    written = set(re.findall(r"^\$\{Text\} (\w+)", SCRIPT, re.M))
    shown = set(re.findall(r"\$\((\w+)\)", SCRIPT))
    assert shown == written


def test_the_readme_tells_every_exit_code_and_option() -> None:
    codes = re.findall(r"!define EXIT_\w+ (\d+)", SCRIPT)
    assert codes
    for code in codes:
        assert f"| {code} |" in README
    options = set(re.findall(r'GetOptions\} \S+ "(/\w+=?)"', SCRIPT)) - {"/${name}="}
    options |= {f"/{name}=" for name in re.findall(r'READ_SWITCH "(\w+)"', SCRIPT)}
    for option in options - {"/UPGRADE"}:  # between two installers
        assert f"`{option}" in README


# The registry


def written(function: str) -> dict[tuple[str, str], str]:
    """What a function of registration.nsh writes, by key and name, $INSTDIR being C:\\Call Ctrl."""
    constants = dict(re.findall(r'^!define (\w+) "(.*)"', SCRIPT + "\n" + defines(), re.MULTILINE))
    constants |= dict(re.findall(r'^\$\{Text\} (\w+) "(.*)"', SCRIPT, re.MULTILINE))

    def filled(text: str) -> str:
        while (name := re.search(r"\$\{(\w+)\}|\$\((\w+)\)", text)) is not None:
            text = text.replace(name[0], constants[name[1] or name[2]])
        return text.replace("$INSTDIR", r"C:\Call Ctrl")

    (body,) = re.findall(rf"^Function {function}\n(.*?)^FunctionEnd", SCRIPT, re.M | re.S)
    lines = re.findall(r"""WriteRegStr SHCTX "(.*?)" "(.*?)" (['"])(.*)\3""", body)
    return {(filled(key), filled(name)): filled(value) for key, name, _, value in lines}


class NotingWinreg(FakeWinreg):
    """Notes what is written: how many values there are."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0

    def SetValueEx(self, key: Key, name: str, _: int, kind: int, value: object, /) -> None:  # noqa: N802
        super().SetValueEx(key, name, _, kind, value)
        self.written += 1

    def told(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
        user = self.HKEY_CURRENT_USER
        return {(key, name): read_text(self, user, key, name) for key, name in keys}


def test_the_installer_offers_the_program_for_links_as_the_preferences_do() -> None:
    winreg = NotingWinreg()
    handlers = WindowsLinkHandlers(winreg, [r"C:\Call Ctrl\Call Ctrl.exe"])
    handlers.take()
    expected = written("AddLinks")
    assert winreg.told(expected) == expected
    assert winreg.written == len(expected)


def test_the_installer_starts_the_program_at_login_as_the_preferences_do() -> None:
    winreg = NotingWinreg()
    autostart = WindowsAutostart(winreg, [r"C:\Call Ctrl\Call Ctrl.exe"])
    autostart.switch_on(minimized=True)
    expected = written("AddAutostart")
    assert winreg.told(expected) == expected
    assert winreg.written == len(expected) == 1


# What makensis makes of it


def test_the_firewall_lets_in_udp_alone_and_not_in_public_networks() -> None:
    rule = re.search(r"firewall add rule (.*?)program=", SCRIPT, re.DOTALL)
    assert rule
    said = set(re.findall(r"(\w+)=([\w,]+)", rule[1]))
    assert said == {
        ("dir", "in"),
        ("action", "allow"),
        ("protocol", "UDP"),
        ("profile", "domain,private"),
    }


@pytest.mark.usefixtures("makensis")
def test_makensis_makes_a_64_bit_program_with_the_version_in_it(
    bundle: Path, tmp_path: Path
) -> None:
    """Warnings are errors for it; what it installs is tried under wine, by `make windows-check`."""
    out = tmp_path / "callctrl-setup.exe"
    build(bundle, out, quick=True)
    content = out.read_bytes()
    (header,) = struct.unpack_from("<I", content, 0x3C)
    assert content[header : header + 4] == b"PE\0\0"
    assert content[header + 4 : header + 6] == b"\x64\x86"  # IMAGE_FILE_MACHINE_AMD64
    assert version_of(out) == __version__
    assert PUBLISHER.encode("utf-16-le") in content


def test_what_there_is_to_read_on_policies_is_installed_and_goes_again() -> None:
    told = re.search(r'^ +File "(.*policy\.md)"$', SCRIPT, re.M)
    assert told
    assert (HERE / told[1]).is_file()
    assert r'Delete "$INSTDIR\policy.md"' in SCRIPT


@pytest.mark.usefixtures("makensis")
def test_the_uninstaller_is_signed_before_it_is_packed_and_the_installer_afterwards(
    bundle: Path, tmp_path: Path
) -> None:
    signer = tmp_path / "sign"
    signer.write_text(f'#!/bin/sh\nwc -c < "$1" >> {tmp_path}/signed\n')
    signer.chmod(0o755)
    out = tmp_path / "callctrl-setup.exe"
    build(bundle, out, quick=True, sign=str(signer))
    uninstaller, installer = map(int, (tmp_path / "signed").read_text().split())
    assert 0 < uninstaller < installer == out.stat().st_size


@pytest.mark.usefixtures("makensis")
def test_a_signature_that_fails_fails_the_installer(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        build(bundle, tmp_path / "callctrl-setup.exe", quick=True, sign="false")
