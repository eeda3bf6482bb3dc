"""`make packages-check`: the packages in clean Debian systems, each step with a line.

`python -m installer.check files bundle` tries only these parts. It needs root, for debootstrap,
chroot and mounts; all of these are in a namespace that ends with it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from installer.check.bundle import check_bundle
from installer.check.package import check_files, check_in_bare_system, check_on_desktop
from installer.check.report import Report, StepError
from installer.check.root import Roots
from installer.check.starts import check_starts

_ROOT = Path(__file__).resolve().parents[2]
_PARTS = ("files", "bare", "desktop", "bundle", "starts")
_TOOLS = {
    "lintian": "lintian",
    "desktop-file-validate": "desktop-file-utils",
    "appstreamcli": "appstream",
    "debootstrap": "debootstrap",
    "unshare": "util-linux",
}
_UNSHARE = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork")


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the packages; 0 where all steps passed, 1 where one did not, 2 where none can be."""
    parser = argparse.ArgumentParser(prog="python -m installer.check", description=__doc__)
    parser.add_argument("--packages", metavar="DIR", type=Path, default=_ROOT / "dist")
    parser.add_argument(
        "--cache", metavar="DIR", type=Path, default=_ROOT / ".cache/packages-check"
    )
    parser.add_argument("--pictures", metavar="DIR", type=Path, help="below the cache unless given")
    parser.add_argument(
        "--json-file", metavar="FILE", type=Path, help="write the report there, too"
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("parts", metavar="PART", nargs="*", help=f"among {', '.join(_PARTS)}")
    options = parser.parse_args(arguments)
    for part in options.parts:
        if part not in _PARTS:
            parser.error(f"expected one of {', '.join(_PARTS)}, found {part!r}")
    try:
        package = _only_one(options.packages, "callctrl_*.deb")
        archive = _only_one(options.packages, "callctrl-*.tar.xz")
        _expect_tools()
        if not options.inside:
            own = [sys.executable, "-m", "installer.check", "--inside"]
            command = [
                *_UNSHARE,
                "--mount-proc",
                "--kill-child=TERM",
                *own,
                *(arguments or sys.argv[1:]),
            ]
            os.execvp(command[0], command)  # noqa: S606
        roots = Roots(options.cache, lambda line: print(line, flush=True))
    except StepError as error:
        print(f"The packages cannot be tried: {error}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left lying about
    report = Report(sys.stdout)
    wanted = options.parts or _PARTS
    pictures = options.pictures or options.cache / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    if "files" in wanted:
        check_files(package, report)
    if "bare" in wanted:
        check_in_bare_system(package, roots, report)
    if "desktop" in wanted:
        check_on_desktop(package, roots, report, pictures)
    if "bundle" in wanted:
        check_bundle(archive, package, roots, report, pictures)
    if "starts" in wanted:
        check_starts(options.packages, report)
    if options.json_file is not None:
        report.write(options.json_file)
    failed = sum(not step.passed for step in report.steps)
    print(f"{len(report.steps)} steps, {failed} failed; pictures in {pictures}")
    return 0 if report.passed else 1


def _only_one(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        names = ", ".join(each.name for each in found) or "none"
        raise StepError(f"expected one {pattern} in {folder}, found {names}; try make packages")
    return found[0].resolve()


def _expect_tools() -> None:
    if not sys.platform.startswith("linux"):
        raise StepError("this is not Linux")
    if os.geteuid() != 0:
        raise StepError("debootstrap, chroot and mounts need root")
    if missing := [f"{tool} ({name})" for tool, name in _TOOLS.items() if not shutil.which(tool)]:
        raise StepError(f"missing {', '.join(missing)}")


if __name__ == "__main__":
    sys.exit(main())
