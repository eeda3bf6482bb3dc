"""Make the bundle: python installer/bundle/build.py [--dist DIR]; `DIR/callctrl` then holds it.

Runs on Linux and on Windows, in an environment with the program's requirements and PyInstaller.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from installer.bundle.notices import write_notices  # noqa: E402
from installer.product import NAME  # noqa: E402


def main() -> int:
    """Make it, and say how large it is; the exit code."""
    parser = argparse.ArgumentParser(description="Make the bundle by PyInstaller.")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", metavar="DIR", help="where to")
    parser.add_argument(
        "--work",
        type=Path,
        default=ROOT / "build",
        metavar="DIR",
        help="what PyInstaller remembers",
    )
    options = parser.parse_args()
    subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
            *("--distpath", str(options.dist.resolve())),
            *("--workpath", str(options.work.resolve())),
            str(Path(__file__).with_name("callctrl.spec")),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "0"},  # the same source gives the same bundle
        check=True,
    )
    bundle = options.dist / NAME
    write_notices(bundle)
    files = [path for path in bundle.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    print(f"{bundle}: {len(files)} files, {size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
