"""Make the installer for Windows: python installer/windows/build.py --bundle DIR [--out FILE].

DIR is a bundle made on Windows. makensis runs on Windows and on Linux alike; it has to know the
64-bit stub (Debian's and MSYS2's do; the one from nsis.sourceforge.io does not).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QPoint, Qt  # noqa: E402
from PySide6.QtGui import QImage, QPainter  # noqa: E402

from callctrl import PRODUCT, __version__  # noqa: E402
from installer.bundle.windowsresources import PUBLISHER, four_numbers, write_icon  # noqa: E402
from installer.icons import png  # noqa: E402

COPYRIGHT = "MIT License"
PROGRAMS = (f"{PRODUCT}.exe", "callctrl.exe")
"""What a bundle made on Windows holds, beside all that these need."""


def setup_name(version: str = __version__) -> str:
    """The installer's file name."""
    return f"callctrl-{version}-setup.exe"


def defines(version: str = __version__) -> str:
    """What the script has to know of the program."""
    values = {
        "PRODUCT": PRODUCT,
        "VERSION": version,
        "VERSION_QUAD": ".".join(map(str, four_numbers(version))),
        "PUBLISHER": PUBLISHER,
        "COPYRIGHT": COPYRIGHT,
    }
    return "".join(f'!define {name} "{_quoted(value)}"\n' for name, value in values.items())


def install_commands(bundle: Path) -> str:
    """How the files of a bundle get below $INSTDIR."""
    lines = []
    for folder, files in _tree(bundle):
        lines.append(f'SetOutPath "{_below_instdir(bundle, folder)}"')
        lines += [f'File "{file}"' for file in files]  # no variables in it
    return "".join(f"{line}\n" for line in lines)


def uninstall_commands(bundle: Path) -> str:
    """How the same files go again, and folders that are empty then; nothing else goes."""
    lines = []
    for folder, files in reversed(_tree(bundle)):
        lines += [f'Delete "{_below_instdir(bundle, file)}"' for file in files]
        if folder != bundle:
            lines.append(f'RMDir "{_below_instdir(bundle, folder)}"')
    return "".join(f"{line}\n" for line in lines)


def write_picture(folder: Path) -> Path:
    """What stands beside the text of the last page: the icon on a plain ground, as a file."""
    picture = QImage(164, 314, QImage.Format.Format_RGB32)  # pixels, as NSIS wants it
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    painter.drawImage(QPoint(50, 24), QImage.fromData(png(64)))
    painter.end()
    path = folder / "picture.bmp"
    picture.convertToFormat(QImage.Format.Format_RGB888).save(str(path))
    return path


def build(
    bundle: Path,
    out: Path,
    *,
    version: str = __version__,
    quick: bool = False,
    sign: str = "",
) -> None:
    """Write the installer of a bundle to `out`.

    `sign` is a command that signs the file named behind it. Raises FileNotFoundError where the
    bundle is none or there is no makensis, CalledProcessError where makensis or `sign` fails.
    """
    for name in PROGRAMS:
        if not (bundle / name).is_file():
            raise FileNotFoundError(f"{bundle} is no bundle made on Windows: it has no {name!r}")
    makensis = shutil.which("makensis")
    if makensis is None:
        raise FileNotFoundError("makensis is missing (Debian: nsis; MSYS2: mingw-w64-x86_64-nsis)")
    bundle, out = bundle.resolve(), out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        generated = Path(folder)
        write_icon(generated)
        write_picture(generated)
        for name, text in (
            ("defines.nsh", defines(version)),
            ("install.nsh", install_commands(bundle)),
            ("uninstall.nsh", uninstall_commands(bundle)),
        ):
            (generated / name).write_text(text, "utf-8")
        given = {"GENERATED": folder, "OUT": str(out)}
        given |= {"QUICK": "1"} if quick else {}
        given |= {"SIGN": sign} if sign else {}
        subprocess.run(  # noqa: S603
            [
                *(makensis, "-V2", "-WX", "-INPUTCHARSET", "UTF8"),
                *(f"-D{name}={value}" for name, value in given.items()),
                "callctrl.nsi",
            ],
            cwd=HERE,
            check=True,
        )
    if sign:
        subprocess.run(f'{sign} "{out}"', shell=True, check=True)  # noqa: S602 - as makensis does


def _tree(bundle: Path) -> list[tuple[Path, list[Path]]]:
    """The folders of a bundle, each before what is in it, and their files."""
    found = []
    for name, folders, files in os.walk(bundle):
        folders.sort()
        folder = Path(name)
        found.append((folder, [folder / file for file in sorted(files)]))
    return found


def _below_instdir(bundle: Path, path: Path) -> str:
    return "\\".join(("$INSTDIR", *map(_quoted, path.relative_to(bundle).parts)))


def _quoted(text: str) -> str:
    """A text as it stands between double quotes in a script."""
    return text.replace("$", "$$").replace('"', '$\\"')


def main() -> int:
    """Make it, and say how large it is; the exit code."""
    parser = argparse.ArgumentParser(description="Make the installer for Windows by NSIS.")
    parser.add_argument("--bundle", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "dist" / setup_name(), metavar="FILE", help="where to"
    )
    parser.add_argument("--quick", action="store_true", help="compress quickly instead of well")
    parser.add_argument(
        "--sign", default="", metavar="COMMAND", help="signs the file that is named behind it"
    )
    parser.add_argument(
        "--version", default=__version__, help="what the installer says it is, to try upgrades"
    )
    options = parser.parse_args()
    try:
        build(
            options.bundle,
            options.out,
            version=options.version,
            quick=options.quick,
            sign=options.sign,
        )
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
