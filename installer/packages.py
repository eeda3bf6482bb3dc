"""Make all packages that this system can: python -m installer.packages [--dist DIR].

    everywhere  wheel, sdist, bundle
    Linux       portable archive
    Debian      .deb, where dpkg-dev is there
    Windows     the installer is made of the bundle by installer/windows

SHA256SUMS tells what came of it, in the form of `sha256sum -c`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from installer.product import NAME, ROOT, VERSION, built_at

__all__ = ["main", "write_sums"]

_SUMS = "SHA256SUMS"


def main() -> int:
    """Make them; the exit code."""
    parser = argparse.ArgumentParser(description="Make all packages that this system can.")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", metavar="DIR", help="where to")
    dist = parser.parse_args().dist.resolve()
    dist.mkdir(parents=True, exist_ok=True)
    for old in (*_packages(dist), dist / _SUMS):
        old.unlink(missing_ok=True)
    os.environ["SOURCE_DATE_EPOCH"] = f"{built_at().timestamp():.0f}"
    _run("-m", "hatchling", "build", "--directory", str(dist))
    _run("installer/bundle/build.py", "--dist", str(dist))
    if sys.platform == "linux":
        _run("installer/linux/archive.py", *_from_bundle(dist))
        if shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps"):
            _run("installer/debian/build.py", *_from_bundle(dist))
        else:
            print("No .deb: dpkg-dev is not here.")
    write_sums(dist)
    return 0


def write_sums(dist: Path) -> None:
    """Write SHA256SUMS for all packages in the folder."""
    lines = []
    for file in _packages(dist):
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        lines.append(f"{digest}  {file.name}\n")
        print(f"{file.stat().st_size / 1e6:8.1f} MB  {file.name}")
    (dist / _SUMS).write_text("".join(lines), "utf-8", newline="\n")


def _packages(dist: Path) -> list[Path]:
    """The packages in the folder, of any version."""
    kinds = re.compile(r"\.(whl|tar\.gz|tar\.xz|deb|exe|zip)$")
    return sorted(file for file in dist.iterdir() if file.is_file() and kinds.search(file.name))


def _from_bundle(dist: Path) -> list[str]:
    return ["--bundle", str(dist / NAME), "--dist", str(dist)]


def _run(*arguments: str) -> None:
    print(f"{NAME} {VERSION}: {' '.join(arguments[:2])}", flush=True)
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
