"""P16: the bundle's start to its icon, beside that of the same program from source.

Both run on one desktop, in turn, with one profile. The bundle is what `make packages` made.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.clock import scaled
from tests.bench.starting import start_to_icon
from tests.bench.table import AtMostTimes, Metric, Result
from tests.desktop.desktop import KEYRING_PASSWORD, Desktop, Panel, missing_tool
from tests.desktop.programs import PhoneSystem, set_up

__all__ = ["METRIC", "measure"]

_DIST = Path(__file__).resolve().parents[2] / "dist"
_ROUNDS = 31
"""Odd, and so many that what else a machine does weighs the same on both."""
_WITHIN = 30.0
_MEGA = 1_000_000

METRIC = Metric(
    "P16",
    "start of the bundle to tray icon",
    "ms",
    (AtMostTimes(1.3, "source"),),
    ("source",),
)


def measure(share: float = 1.0, *, dist: Path = _DIST) -> list[Result]:
    """The row; without figures where there is no bundle, or no desktop to start it on."""
    bundle = dist / "callctrl" / "callctrl"
    missing = missing_tool() or ("" if bundle.exists() else "a bundle (`make packages`)")
    if missing:
        return [Result(METRIC, {}, f"not measured here, for want of {missing}.")]
    commands = {"ours": (str(bundle),), "source": (sys.executable, "-m", "callctrl")}
    times: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder, Desktop(Path(folder), Panel.LXQT) as desktop:
        profile = Path(folder) / "profile"
        set_up(desktop, profile, PhoneSystem(desktop, KEYRING_PASSWORD), KEYRING_PASSWORD)
        for number in range(scaled(_ROUNDS, share)):
            for name, command in sorted(commands.items(), reverse=bool(number % 2)):
                options = (f"--profile={profile}", "--minimized")
                process, took = start_to_icon(desktop, *command, *options)
                times[name].append(took)
                process.terminate()
                process.wait(_WITHIN)
    fastest = ", ".join(f"{name} {min(each):.0f}" for name, each in times.items())
    remark = (
        f"medians of {len(times['ours'])} warm starts in turn, the fastest {fastest}; "
        f"{_sizes(dist)}."
    )
    return [Result(METRIC, {name: median(each) for name, each in times.items()}, remark)]


def _sizes(dist: Path) -> str:
    files = [path for path in (dist / "callctrl").rglob("*") if not path.is_symlink()]
    sizes = [path.stat().st_size for path in files if path.is_file()]
    words = [f"the bundle has {sum(sizes) / _MEGA:.0f} MB in {len(sizes)} files"]
    for pattern in ("*.tar.xz", "*.deb"):
        words += [f"{each.name} {_mega(each)} MB" for each in sorted(dist.glob(pattern))]
    return ", ".join(words)


def _mega(file: Path) -> str:
    return f"{file.stat().st_size / _MEGA:.1f}"
