"""What is packed: that it is all there, and says the same of the program everywhere.

The bundle itself takes a minute and is not made here; `callctrl self-test` tries it where it is.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from callctrl import __version__
from callctrl.commandline import make_parser
from callctrl.headless.exitcodes import ExitCode
from installer import packages
from installer.bundle import notices
from installer.bundle.windowsresources import four_numbers, version_resource
from installer.debian import build as debian
from installer.icons import SIZES, ico, png
from installer.linux import archive
from installer.linux.manpage import manpage
from installer.linux.metainfo import metainfo
from installer.linux.share import fill
from installer.product import APP_ID, NAME, PRODUCT, built_at, changes

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a Linux desktop is given."""
    folder = tmp_path_factory.mktemp("share")
    fill(folder)
    return folder


# The wheel


def test_the_wheel_carries_the_icons_and_finds_them(tmp_path: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "hatchling", "build", "--target", "wheel"),
            *("--directory", str(tmp_path)),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("callctrl-*.whl")
    unpacked = tmp_path / "site"
    with zipfile.ZipFile(wheel) as zipped:
        zipped.extractall(unpacked)  # noqa: S202 — our own wheel
        names = zipped.namelist()
    assert not [name for name in names if name.startswith(("tests", "installer"))]
    found = subprocess.run(
        [
            *(sys.executable, "-I", "-c"),
            f"import sys; sys.path.insert(0, {str(unpacked)!r})\n"
            "from callctrl.ui import resource\n"
            "print(resource('icons/ready.svg'))",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(unpacked)


# One version


def test_every_package_has_the_version_of_the_program() -> None:
    assert f'<release version="{__version__}"' in metainfo()
    assert f"Version: {__version__}-1\n" in debian.control_file(__version__, "libc6", 1)
    assert debian.changelog(__version__).startswith(f"callctrl ({__version__}-1) unstable;")
    resource = version_resource("callctrl.exe")
    assert f"'FileVersion', '{__version__}'" in resource
    assert f"filevers={four_numbers(__version__)}" in resource
    assert f'"{PRODUCT} {__version__}"' in manpage()


def test_no_file_that_packages_are_made_of_has_a_version_of_its_own() -> None:
    spelt = re.compile(rf"(?<![\d.]){re.escape(__version__)}(?![\d.])")
    kinds = ("*.py", "*.spec", "*.nsi", "*.desktop", "control", "*.toml")
    files = [file for kind in kinds for file in (ROOT / "installer").rglob(kind)]
    assert files
    lines = [
        f"{file.name}: {line.strip()}"
        for file in files
        for line in file.read_text("utf-8").splitlines()
        if spelt.search(line) and "`" not in line and "expected" not in line
    ]
    assert not lines


@pytest.mark.parametrize(
    ("version", "wanted"),
    [("0.1.0", "0.1.0-1"), ("0.2.0rc1", "0.2.0~rc1-1"), ("0.2.0.dev3", "0.2.0~dev3-1")],
)
def test_a_version_before_the_release_comes_before_it_for_debian_too(
    version: str, wanted: str
) -> None:
    assert debian.debian_version(version) == wanted


def test_windows_takes_four_numbers_for_a_version() -> None:
    assert four_numbers("1.22.3rc1") == (1, 22, 3, 0)
    with pytest.raises(ValueError, match=r"such as 0\.1\.0"):
        four_numbers("1.2")


def test_the_time_in_a_package_is_the_source_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert f"{built_at():%Y-%m-%d %H:%M:%S %z}" == "2023-11-14 22:13:20 +0000"
    assert "Tue, 14 Nov 2023 22:13:20 +0000" in debian.changelog("0.1.0")


# What is told of the program


def test_what_is_new_is_told_in_whole_sentences() -> None:
    told = changes()
    assert told
    for sentence in told:
        assert sentence.endswith(".")
        assert not re.search(r"[`*\n]|  ", sentence)


def test_the_metainfo_names_the_menu_entry_and_its_links(share: Path) -> None:
    told = ET.fromstring(metainfo())  # noqa: S314 — our own
    assert told.findtext("id") == APP_ID
    entry = told.findtext("launchable")
    assert entry == f"{NAME}.desktop"
    assert (share / "applications" / entry).is_file()
    assert told.find("content_rating") is not None
    assert told.find("developer[@id]/name") is not None
    assert told.find("screenshots") is None  # none has a public address


@pytest.mark.skipif(shutil.which("appstreamcli") is None, reason="appstreamcli is not there")
def test_software_centres_take_the_metainfo(share: Path) -> None:
    file = share / "metainfo" / f"{APP_ID}.metainfo.xml"
    done = subprocess.run(
        ["appstreamcli", "validate", "--no-net", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(
    shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not there"
)
def test_desktops_take_the_menu_entries(share: Path) -> None:
    files = sorted(map(str, (share / "applications").glob("*.desktop")))
    assert files
    done = subprocess.run(
        ["desktop-file-validate", *files], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_man_page_tells_all_that_the_command_line_takes() -> None:
    page = manpage()

    def check(parser: argparse.ArgumentParser) -> None:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, command in action.choices.items():
                    assert f".SS {NAME} {name}".replace("-", r"\-") in page
                    check(command)
            elif not isinstance(action, argparse._HelpAction):
                for word in action.option_strings or action.choices or [action.metavar]:
                    assert str(word).replace("-", r"\-") in page

    check(make_parser())
    for code in ExitCode:
        assert f".B {code.value}\n" in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not there")
def test_the_man_page_is_read_without_a_warning() -> None:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-z"],
        input=manpage(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_icon_is_there_in_every_size(share: Path) -> None:
    for size in SIZES:
        image = QImage(str(share / f"icons/hicolor/{size}x{size}/apps/{NAME}.png"))
        assert (image.width(), image.height()) == (size, size)
        assert image.pixelColor(size // 2, size // 2).alpha() > 0
    assert (share / f"icons/hicolor/scalable/apps/{NAME}.svg").is_file()


def test_the_icon_for_windows_holds_a_picture_for_each_scale() -> None:
    content = ico()
    _, kind, count = struct.unpack_from("<HHH", content)
    assert (kind, count) == (1, 8)
    for number in range(count):
        width, _, _, _, _, bits, length, offset = struct.unpack_from(
            "<BBBBHHII", content, 6 + 16 * number
        )
        assert bits == 32
        assert content[offset : offset + length] == png(width or 256)


# Whose software it is


def test_the_notice_names_all_that_the_program_requires(tmp_path: Path) -> None:
    notices.write_notices(tmp_path)
    notice = (tmp_path / "NOTICE.txt").read_text("utf-8")
    for name in ("Python 3.", "PySide6_Essentials 6.", "keyring 25.", "PyInstaller 6.", "qasync 0"):
        assert f"\n{name}" in notice
    for folder in re.findall(r"^    (licenses/.+)$", notice, re.MULTILINE):
        texts = list((tmp_path / folder).iterdir())
        assert texts
        assert all(text.stat().st_size > 150 for text in texts)
    assert (tmp_path / "licenses/callctrl/LICENSE").is_file()


def test_qt_comes_with_both_texts_of_its_licence() -> None:
    (qt,) = (part for part in notices.parts() if part.name.startswith("PySide6"))
    lesser, full = (text.read_text("utf-8") for text in qt.texts)
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in lesser
    assert "GNU GENERAL PUBLIC LICENSE" in full


@pytest.mark.skipif(sys.platform != "linux", reason="the keyring needs it on Linux alone")
def test_what_a_package_has_compiled_in_is_listed_beside_its_licence() -> None:
    (package,) = (part for part in notices.parts() if part.name == "cryptography")
    assert any('"name": "openssl"' in text.read_text("utf-8") for text in package.texts)


def test_a_package_that_the_notice_does_not_name_is_found_in_the_bundle() -> None:
    assert notices.foreign_modules(["callctrl.app", "keyring.backend", "PySide6/Qt/lib/x"]) == []
    assert notices.foreign_modules(["json", "hypothesis.strategies"]) == ["hypothesis"]


# The packages, of a bundle that holds next to nothing


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A program of the system in our place, with the papers."""
    folder = tmp_path / "bundle"
    (folder / "_internal").mkdir(parents=True)
    shutil.copyfile("/bin/true", folder / NAME)
    (folder / "_internal" / "base_library.zip").write_bytes(b"PK")
    notices.write_notices(folder)
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux alone")
def test_the_same_bundle_gives_the_same_archive(bundle: Path, tmp_path: Path) -> None:
    first, second = (archive.build(bundle, tmp_path / name) for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    assert [file.name for file in first.parent.iterdir()] == [first.name]
    with tarfile.open(first) as packed:
        entries = {entry.name: entry for entry in packed}
    top = first.name.removesuffix(".tar.xz")
    assert entries[f"{top}/README.txt"].mode == 0o644
    assert entries[f"{top}/callctrl/callctrl"].mode == 0o755
    assert entries[f"{top}/policy.md"].isfile()
    assert f"{top}/share/applications/callctrl.desktop" in entries
    assert {(entry.uid, entry.gid, entry.uname) for entry in entries.values()} == {(0, 0, "")}
    assert {entry.mtime for entry in entries.values()} == {int(built_at().timestamp())}


@pytest.mark.skipif(
    not (shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps")), reason="needs dpkg-dev"
)
def test_the_debian_package_names_the_libraries_and_puts_nothing_where_it_must_not(
    bundle: Path, tmp_path: Path
) -> None:
    package = debian.build(bundle, tmp_path / "dist", "0.0.9", tmp_path / "work")
    fields = subprocess.run(
        ["dpkg-deb", "--field", str(package)], check=True, capture_output=True, text=True
    ).stdout
    assert "Version: 0.0.9-1\n" in fields
    assert re.search(r"^Depends: libc6 \(>= [\d.]+\)$", fields, re.MULTILINE)
    subprocess.run(["dpkg-deb", "--extract", str(package), str(tmp_path / "root")], check=True)
    root = tmp_path / "root"
    assert {path.name for path in root.iterdir()} == {"usr"}
    command = root / "usr/bin/callctrl"
    assert command.is_symlink()
    assert command.resolve() == root / "usr/lib/callctrl/callctrl"
    subprocess.run([str(command)], check=True)
    assert (root / "usr/share/doc/callctrl/NOTICE.txt").is_file()
    assert not (root / "usr/lib/callctrl/licenses").exists()
    scripts = subprocess.run(
        ["dpkg-deb", "--ctrl-tarfile", str(package)], check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(scripts)) as control:
        assert {Path(name).name for name in control.getnames()} == {"", "control", "md5sums"}


def test_the_sums_are_those_of_the_packages_alone(tmp_path: Path) -> None:
    (tmp_path / "callctrl-1.tar.xz").write_bytes(b"packed")
    (tmp_path / "callctrl-1.part").write_bytes(b"half of it")
    (tmp_path / "callctrl").mkdir()
    packages.write_sums(tmp_path)
    digest = hashlib.sha256(b"packed").hexdigest()
    assert (tmp_path / "SHA256SUMS").read_text() == f"{digest}  callctrl-1.tar.xz\n"
