"""What Windows shows of an executable: its icon, and its version beside the file."""

from __future__ import annotations

import re
from pathlib import Path

from installer.icons import ico
from installer.product import PRODUCT, PUBLISHER, VERSION

__all__ = ["PUBLISHER", "four_numbers", "version_resource", "write_icon"]

_TEMPLATE = """\
VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0x0, OS=0x40004,
                    fileType=0x1, subtype=0x0, date=(0, 0)),
  kids=[
    StringFileInfo([StringTable('040904B0', [{strings}])]),
    VarFileInfo([VarStruct('Translation', [0x0409, 1200])]),
  ],
)
"""


def four_numbers(version: str = VERSION) -> tuple[int, int, int, int]:
    """A version as Windows wants it: `0.1.0` and `0.1.0rc1` both give (0, 1, 0, 0)."""
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if found is None:
        raise ValueError(f"expected a version such as 0.1.0, found {version!r}")
    major, minor, patch = (int(each) for each in found.groups())
    return major, minor, patch, 0


def version_resource(file_name: str) -> str:
    """The version resource of an executable, in PyInstaller's notation."""
    fields = {
        "CompanyName": PUBLISHER,
        "FileDescription": PRODUCT,  # as the task manager and the firewall name it
        "FileVersion": VERSION,
        "InternalName": Path(file_name).stem,
        "LegalCopyright": "MIT License",
        "OriginalFilename": file_name,
        "ProductName": PRODUCT,
        "ProductVersion": VERSION,
    }
    strings = ", ".join(f"StringStruct({key!r}, {value!r})" for key, value in fields.items())
    return _TEMPLATE.format(numbers=four_numbers(), strings=strings)


def write_icon(folder: Path) -> Path:
    """The icon as a file in that folder."""
    path = folder / "callctrl.ico"
    path.write_bytes(ico())
    return path
