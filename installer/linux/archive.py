"""Make the portable archive: python installer/linux/archive.py [--bundle DIR] [--dist DIR]."""

from __future__ import annotations

import argparse
import io
import lzma
import platform
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from installer.linux.share import fill  # noqa: E402
from installer.product import NAME, PRODUCT, VERSION, built_at  # noqa: E402

_README = f"""\
{PRODUCT} {VERSION} for Linux, in a folder: nothing has to be installed to try it.

    callctrl/callctrl              the program; the first start opens its settings wizard
    callctrl/callctrl demo         see it at work against a built-in phone system
    callctrl/callctrl self-test    whether all it needs is here

It keeps its settings in ~/.config/callctrl, with `--profile DIR` in a folder of your choice, and
the password in the desktop's keyring.

It wants a desktop with glibc 2.35 or newer, OpenSSL 3, and Qt's system libraries. On Debian and
Ubuntu install the .deb instead, which gets these; elsewhere self-test names what is missing, which
is mostly xcb-util-cursor.

To have it in the menu and on your path:

    mkdir -p ~/.local/lib ~/.local/bin ~/.local/share
    cp -r callctrl ~/.local/lib/
    ln -s ~/.local/lib/callctrl/callctrl ~/.local/bin/callctrl
    cp -r share/* ~/.local/share/

To remove it, delete what you put there. How an administrator decides settings for all who use a PC
tells policy.md. Whose software is in it tells callctrl/NOTICE.txt.
"""


def main() -> int:
    """Make it, and say where it is; the exit code."""
    parser = argparse.ArgumentParser(description="Make the portable archive.")
    parser.add_argument(
        "--bundle", type=Path, default=ROOT / "dist" / NAME, metavar="DIR", help="what to pack"
    )
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", metavar="DIR", help="where to")
    options = parser.parse_args()
    target = build(options.bundle, options.dist)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


def build(bundle: Path, dist: Path) -> Path:
    """Pack the bundle, the desktop's files and what there is to read; the archive's file."""
    top = f"{NAME}-{VERSION}-linux-{platform.machine()}"
    target = dist / f"{top}.tar.xz"
    unfinished = target.with_suffix(".part")
    dist.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="callctrl-tar-") as folder,
        lzma.open(unfinished, "wb", preset=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        fill(Path(folder))
        text = _README.encode()
        about = tarfile.TarInfo(f"{top}/README.txt")
        about.size = len(text)
        archive.addfile(_plain(about), io.BytesIO(text))
        # In one order and without the builder's name, so that the same source gives the same file.
        for place, source in (
            (f"{top}/callctrl", bundle),
            (f"{top}/policy.md", ROOT / "docs" / "policy.md"),
            (f"{top}/share", Path(folder)),
        ):
            for path in [source, *sorted(source.rglob("*"))]:
                name = f"{place}/{path.relative_to(source).as_posix()}".removesuffix("/.")
                archive.add(path, name, recursive=False, filter=_plain)
    return unfinished.replace(target)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = int(built_at().timestamp())
    is_program = entry.isdir() or entry.name.endswith(f"/{NAME}/{NAME}")
    entry.mode = 0o755 if is_program else 0o644
    return entry


if __name__ == "__main__":
    sys.exit(main())
