"""Make the Debian package: python installer/debian/build.py [--bundle DIR] [--dist DIR].

It needs Debian's dpkg-dev, and the bundle that installer/bundle/build.py makes. The same bundle
gives the same package, byte for byte, where SOURCE_DATE_EPOCH or the last commit is the same.

There are no maintainer scripts. Menu, icons and man page are looked after by the triggers of those
who show them, and what a user or administrator wrote is not ours to remove.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from email.utils import format_datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from installer.linux.share import fill  # noqa: E402
from installer.product import (  # noqa: E402
    MAINTAINER,
    NAME,
    PRODUCT,
    SUMMARY,
    VERSION,
    built_at,
    changes,
)

HERE = Path(__file__).parent


def main() -> int:
    """Make it, and say where it is; the exit code."""
    parser = argparse.ArgumentParser(description="Make the Debian package.")
    parser.add_argument(
        "--bundle", type=Path, default=ROOT / "dist" / NAME, metavar="DIR", help="what to pack"
    )
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", metavar="DIR", help="where to")
    parser.add_argument(
        "--version", default=VERSION, help="another version number, to try an upgrade"
    )
    options = parser.parse_args()
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="callctrl-deb-") as folder:
        package = build(options.bundle, options.dist, options.version, Path(folder))
    print(f"{package}: {package.stat().st_size / 1e6:.1f} MB")
    return 0


def build(bundle: Path, dist: Path, version: str, work: Path) -> Path:
    """Make the package in a folder that may be thrown away afterwards; the package's file."""
    tree = work / "debian" / NAME  # where dpkg-shlibdeps looks for libraries that go along
    home = tree / "usr" / "lib" / NAME
    documents = tree / "usr" / "share" / "doc" / NAME
    shutil.copytree(bundle, home, symlinks=True)
    documents.mkdir(parents=True)
    for papers in ("NOTICE.txt", "licenses"):  # where Debian keeps such
        (home / papers).rename(documents / papers)
    command = tree / "usr" / "bin" / NAME
    command.parent.mkdir()
    command.symlink_to(Path("..", "lib", NAME, NAME))
    fill(tree / "usr" / "share")
    shutil.copyfile(ROOT / "docs" / "policy.md", documents / "policy.md")
    (documents / "copyright").write_text(_copyright(), "utf-8")
    _pack(documents / "changelog.gz", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    _pack(documents / "changelog.Debian.gz", changelog(version))
    overrides = tree / "usr" / "share" / "lintian" / "overrides" / NAME
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(HERE / "lintian-overrides", overrides)
    _set_modes(tree)

    control = tree / "DEBIAN"
    control.mkdir()
    depends = _libraries(work, home)
    (control / "control").write_text(control_file(version, depends, _size_kib(tree)), "utf-8")
    (control / "md5sums").write_text(_checksums(tree), "utf-8")
    package = work / f"{NAME}_{debian_version(version)}_{_architecture()}.deb"
    _run(
        *("dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(package)),
        more={"SOURCE_DATE_EPOCH": f"{built_at().timestamp():.0f}"},
    )
    dist.mkdir(parents=True, exist_ok=True)
    unfinished = shutil.move(package, dist / f"{package.name}.part")  # dist may be on another disk
    return Path(unfinished).replace(dist / package.name)


def debian_version(version: str) -> str:
    """The version as Debian orders it: `0.2.0rc1` comes before `0.2.0`."""
    return re.sub(r"(a|b|rc|\.dev)(\d+)$", r"~\1\2", version).replace("~.", "~") + "-1"


def control_file(version: str, depends: str, size_kib: int) -> str:
    """What dpkg is told; its template is in the file `control`."""
    template = (HERE / "control").read_text("utf-8")
    return template.format(
        name=NAME,
        version=debian_version(version),
        architecture=_architecture(),
        maintainer=_maintainer(),
        size=size_kib,
        depends=depends,
        summary=SUMMARY[0].lower() + SUMMARY[1:],
    )


def changelog(version: str) -> str:
    """Debian's form of what is new."""
    points = "\n".join(
        textwrap.fill(change, 78, initial_indent="  * ", subsequent_indent="    ")
        for change in changes()
    )
    return (
        f"{NAME} ({debian_version(version)}) unstable; urgency=medium\n\n{points}\n\n"
        f" -- {_maintainer()}  {format_datetime(built_at())}\n"
    )


def _maintainer() -> str:
    name, address = os.environ.get("DEBFULLNAME"), os.environ.get("DEBEMAIL")
    return f"{name} <{address}>" if name and address else MAINTAINER


def _architecture() -> str:
    return _run("dpkg", "--print-architecture").strip()


def _copyright() -> str:
    ours = (ROOT / "LICENSE").read_text("utf-8")
    return (
        f"{PRODUCT} is under this license:\n\n{ours}\n"
        "The package also holds software of others, Python and Qt among it.\n"
        f"/usr/share/doc/{NAME}/NOTICE.txt names each, with its licence and where its source is;\n"
        f"the texts are below /usr/share/doc/{NAME}/licenses. The GNU licences are also in\n"
        "/usr/share/common-licenses/LGPL-3 and /usr/share/common-licenses/GPL-3.\n"
    )


def _libraries(work: Path, home: Path) -> str:
    """The packages with the libraries that the bundle needs from the system."""
    (work / "debian" / "control").write_text(
        f"Source: {NAME}\n\nPackage: {NAME}\nArchitecture: any\n", "utf-8"
    )
    files = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
    programs = sorted(str(path) for path in files if path.read_bytes()[:4] == b"\x7fELF")
    private = sorted({str(Path(path).parent) for path in programs})
    told = _run(
        *("dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0"),
        *(f"-l{folder}" for folder in private),
        *programs,
        cwd=work,
    )
    return told.strip().removeprefix("shlibs:Depends=")


def _set_modes(tree: Path) -> None:
    """Whoever builds may have other habits: libraries are not to be started, nor texts."""
    program = tree / "usr" / "lib" / NAME / NAME
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path == program else 0o644)


def _size_kib(tree: Path) -> int:
    """As Debian's policy counts in 5.6.20: each file and folder rounded up to whole KiB."""
    sizes = [path.lstat().st_size if path.is_file() else 1 for path in tree.rglob("*")]
    return sum(-(-size // 1024) for size in sizes)


def _checksums(tree: Path) -> str:
    """What `dpkg --verify` compares with."""
    lines = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  "
        f"{path.relative_to(tree)}\n"
        for path in sorted(tree.rglob("*"))
        if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.parts
    ]
    return "".join(lines)


def _pack(target: Path, text: str) -> None:
    target.write_bytes(gzip.compress(text.encode(), mtime=0))


def _run(*command: str, cwd: Path | None = None, more: dict[str, str] | None = None) -> str:
    """Run one of Debian's tools; what it printed. Raises CalledProcessError where it fails."""
    done = subprocess.run(  # noqa: S603
        command,
        cwd=cwd,
        env=os.environ | {"LC_ALL": "C.UTF-8"} | (more or {}),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
