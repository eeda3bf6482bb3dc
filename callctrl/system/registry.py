"""The part of `winreg` that is in use, and the few things done with it.

Whatever needs the registry is given it, so that the same tests run where there is none.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

__all__ = [
    "Handle",
    "Key",
    "Registry",
    "delete_tree",
    "delete_value",
    "read",
    "read_text",
    "write_text",
]


class Key(Protocol):
    """An open key."""

    def __enter__(self) -> Key:
        """Itself."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> object:
        """Close it."""


Handle = Key | int
"""An open key, or the number of one that is always open."""


class Registry(Protocol):
    """`winreg`; what is missing raises FileNotFoundError, what is forbidden PermissionError."""

    HKEY_CURRENT_USER: Handle
    HKEY_LOCAL_MACHINE: Handle
    KEY_READ: int
    KEY_SET_VALUE: int
    REG_SZ: int

    def OpenKey(  # noqa: N802
        self, key: Handle, sub_key: str, reserved: int = 0, access: int = ..., /
    ) -> Key:
        """Open a key that is there."""

    def CreateKeyEx(  # noqa: N802
        self, key: Handle, sub_key: str, reserved: int = 0, access: int = ..., /
    ) -> Key:
        """Open a key, and make it where it is not there."""

    def QueryValueEx(self, key: Key, name: str, /) -> tuple[object, int]:  # noqa: N802
        """A value and its type; the name of a key's default value is empty."""

    def SetValueEx(  # noqa: N802
        self, key: Key, name: str, reserved: int, kind: int, value: object, /
    ) -> None:
        """Write a value."""

    def DeleteValue(self, key: Key, name: str, /) -> None:  # noqa: N802
        """Delete a value."""

    def DeleteKey(self, key: Handle, sub_key: str, /) -> None:  # noqa: N802
        """Delete a key, which must have no keys below it."""

    def EnumKey(self, key: Key, index: int, /) -> str:  # noqa: N802
        """The name of a key below another; OSError behind the last."""


def read(winreg: Registry, hive: Handle, path: str, name: str) -> object:
    """A value, or None where there is none that we may see."""
    try:
        with winreg.OpenKey(hive, path) as key:
            value, _ = winreg.QueryValueEx(key, name)
    except (FileNotFoundError, PermissionError):
        return None
    return value


def read_text(winreg: Registry, hive: Handle, path: str, name: str = "") -> str:
    """A value that is text; empty where there is none."""
    value = read(winreg, hive, path, name)
    return value if isinstance(value, str) else ""


def write_text(winreg: Registry, hive: Handle, path: str, name: str, text: str) -> None:
    """Write a value of type REG_SZ; may raise OSError."""
    with winreg.CreateKeyEx(hive, path, 0, winreg.KEY_SET_VALUE) as key:
        winreg.SetValueEx(key, name, 0, winreg.REG_SZ, text)


def delete_value(winreg: Registry, hive: Handle, path: str, name: str) -> None:
    """Delete a value, if it is there; may raise OSError."""
    try:
        with winreg.OpenKey(hive, path, 0, winreg.KEY_SET_VALUE) as key:
            winreg.DeleteValue(key, name)
    except FileNotFoundError:
        pass


def delete_tree(winreg: Registry, hive: Handle, path: str) -> None:
    """Delete a key and all below it, if it is there; may raise OSError."""
    try:
        with winreg.OpenKey(hive, path) as key:
            below = _names_below(winreg, key)
    except FileNotFoundError:
        return
    for each in below:
        delete_tree(winreg, hive, rf"{path}\{each}")
    winreg.DeleteKey(hive, path)


def _names_below(winreg: Registry, key: Key) -> list[str]:
    names: list[str] = []
    while True:
        try:
            names.append(winreg.EnumKey(key, len(names)))
        except OSError:  # ERROR_NO_MORE_ITEMS
            return names
