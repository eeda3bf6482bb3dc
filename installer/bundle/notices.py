"""Whose software is in the bundle, and the licence texts that go with it.

What others wrote is found from the requirements in pyproject.toml, as they are installed, so that
nobody has to remember to add a line. The bundle is not made where something else got in.
"""

from __future__ import annotations

import re
import sys
import sysconfig
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from callctrl import PRODUCT

__all__ = ["Part", "foreign_modules", "parts", "write_notices"]

_ROOT = Path(__file__).resolve().parents[2]
_TEXTS = Path(__file__).with_name("licenses")

_QT = ("pyside6-essentials", "shiboken6")
"""Qt for Python; its wheels hold no licence texts."""

_HEAD = f"""\
{PRODUCT} is under the MIT License, in licenses/callctrl. This folder also holds software of
others, each under a licence of its own, whose text lies in the folder named. Where a package has
more of others compiled in, such as cryptography with its OpenSSL, lists of that lie beside it.
"""

_QT_NOTE = """\
Qt and Qt for Python are used under the GNU Lesser General Public License, version 3. They lie in
_internal/PySide6 as shared libraries of their own, which you may replace by others of the same
interface, and in _internal/shiboken6. Their source is at https://download.qt.io/official_releases/,
under qt and QtForPython. Nothing here forbids you to take the program apart to find faults in what
you changed. Parts of Qt were written by others in turn, under licences that ask to be named:
https://doc.qt.io/qt-6/licenses-used-in-qt.html lists them with their texts.
"""

_WINDOWS_NOTE = """
VCRUNTIME140*.dll and MSVCP140.dll are Microsoft's, which allows programs to bring them along.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Something of others in the bundle."""

    name: str
    version: str
    license: str
    """Its licence's name."""
    home: str
    """Where it is found on the web."""
    texts: tuple[Path, ...]
    """The files with its licence."""


def parts() -> list[Part]:
    """All that is in the bundle and not ours. Raises FileNotFoundError where a text is missing."""
    found = [_python(), _bootloader(), *map(_part, _distributions())]
    if sys.platform == "linux":
        found.append(_icu())
    return sorted(found, key=lambda part: part.name.lower())


def write_notices(folder: Path) -> None:
    """Put NOTICE.txt and the folder `licenses` into the bundle."""
    ours = folder / "licenses" / "callctrl"
    ours.mkdir(parents=True, exist_ok=True)
    (ours / "LICENSE").write_bytes((_ROOT / "LICENSE").read_bytes())
    lines = []
    for part in parts():
        place = folder / "licenses" / part.name
        place.mkdir(exist_ok=True)
        for text in part.texts:
            (place / text.name).write_bytes(text.read_bytes())
        lines.append(
            f"{part.name} {part.version}\n    {part.license}\n    {part.home}\n"
            f"    licenses/{part.name}"
        )
    notes = _QT_NOTE + (_WINDOWS_NOTE if sys.platform == "win32" else "")
    notice = "\n".join([_HEAD, *lines, "", notes])
    (folder / "NOTICE.txt").write_text(notice, "utf-8", newline="\n")


def foreign_modules(names: Iterable[str]) -> list[str]:
    """Which of these modules and files belong to a package that the notice does not name."""
    noticed = {canonicalize_name(part.name) for part in parts()}
    owners = metadata.packages_distributions()
    tops = {re.split(r"[./\\]", name)[0] for name in names}
    return sorted(
        top
        for top in tops
        if top in owners and not any(canonicalize_name(owner) in noticed for owner in owners[top])
    )


def _distributions() -> list[metadata.Distribution]:
    """The installed packages that the program requires, and those that these require."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    found: dict[str, metadata.Distribution] = {}
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if name in found or not (requirement.marker is None or requirement.marker.evaluate()):
            continue
        found[name] = metadata.distribution(name)
        wanted += map(Requirement, found[name].requires or ())
    return list(found.values())


def _part(distribution: metadata.Distribution) -> Part:
    about = distribution.metadata
    name = about["Name"]
    if canonicalize_name(name) in _QT:
        lesser = (_TEXTS / "LGPL-3.0.txt", _TEXTS / "GPL-3.0.txt")  # it refers to the other
        return Part(name, distribution.version, "LGPL-3.0-only", "https://www.qt.io", lesser)
    texts = _files(distribution, "(licenses/)?(LICEN[CS]E|COPYING)")
    if not texts:
        raise FileNotFoundError(f"no licence text in the package {name}")
    if "Root-Is-Purelib: false" in (distribution.read_text("WHEEL") or ""):
        texts += _files(distribution, r"sboms/.+\.json")  # what is compiled in
    return Part(name, distribution.version, _license(about), _home(about), texts)


def _files(distribution: metadata.Distribution, pattern: str) -> tuple[Path, ...]:
    """The package's own papers with such a name."""
    return tuple(
        Path(str(distribution.locate_file(file)))
        for file in distribution.files or ()
        if re.search(rf"\.dist-info/{pattern}", file.as_posix())
    )


def _license(about: metadata.PackageMetadata) -> str:
    """The licence's name, from any of the three fields that packages put it into."""
    prefix = "License :: OSI Approved :: "
    classified = [
        text.removeprefix(prefix)
        for text in about.get_all("Classifier") or ()
        if text.startswith(prefix)
    ]
    fields = about.json
    named = str(fields.get("license_expression", ""))
    # The old field may hold the whole text.
    old = str(fields.get("license", "")).partition("\n")[0]
    return named or " and ".join(classified) or old or "see its text"


def _home(about: metadata.PackageMetadata) -> str:
    return f"https://pypi.org/project/{about['Name']}/"


def _python() -> Part:
    """Python itself; on Windows its text also has the licences of what python.org built in."""
    places = [
        Path(sys.base_prefix) / "LICENSE.txt",
        Path(sysconfig.get_path("stdlib")) / "LICENSE.txt",
        Path(f"/usr/share/doc/python3.{sys.version_info.minor}/copyright"),
    ]
    for place in places:
        if place.is_file():
            version = ".".join(map(str, sys.version_info[:3]))
            return Part("Python", version, "PSF-2.0", "https://www.python.org", (place,))
    raise FileNotFoundError(f"no licence text of Python at {', '.join(map(str, places))}")


def _bootloader() -> Part:
    """What starts the program: its licence lets any program be started so, and asks nothing."""
    version = metadata.version("pyinstaller")
    texts = _files(metadata.distribution("pyinstaller"), "(licenses/)?COPYING")
    return Part(
        "PyInstaller",
        version,
        "GPL-2.0-or-later with an exception for what it starts",
        "https://pyinstaller.org",
        texts,
    )


def _icu() -> Part:
    """Unicode's library, which the wheel of Qt brings along on Linux."""
    from PySide6 import __path__ as places

    (library,) = Path(places[0]).glob("Qt/lib/libicuuc.so.*")
    version = library.suffix.removeprefix(".")
    return Part("ICU", version, "Unicode-3.0", "https://icu.unicode.org", (_TEXTS / "ICU.txt",))
