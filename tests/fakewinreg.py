"""A fake of `winreg`, kept in memory, with those of its ways that programs fall over.

Names are the same in any case. A handle does only what it was opened for. What is missing,
forbidden or at its end raises OSError with Windows' own number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType

from callctrl.system.registry import Handle, Key

__all__ = ["FakeWinreg"]

_NOT_FOUND, _DENIED, _INVALID_HANDLE, _NO_MORE = 2, 5, 6, 259
_QUERY, _SET, _CREATE, _ENUMERATE = 1, 2, 4, 8
_MAY_RAISE = {_NOT_FOUND: FileNotFoundError, _DENIED: PermissionError}


def _error(number: int) -> OSError:
    error = _MAY_RAISE.get(number, OSError)(number, f"Windows error {number}")
    setattr(error, "winerror", number)  # noqa: B010 - elsewhere than on Windows it has none
    return error


@dataclass
class _Node:
    keys: dict[str, tuple[str, _Node]] = field(default_factory=dict)
    values: dict[str, tuple[object, int]] = field(default_factory=dict)


class _Key:
    def __init__(self, node: _Node, access: int) -> None:
        self.node, self.access = node, access

    def __enter__(self) -> _Key:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.access = -1


class FakeWinreg:
    """A registry of its own; the module's functions are its methods."""

    HKEY_CURRENT_USER: Handle = 0x80000001
    HKEY_LOCAL_MACHINE: Handle = 0x80000002
    KEY_SET_VALUE, KEY_READ, KEY_WRITE = _SET, 0x20019, 0x20006
    REG_SZ, REG_BINARY = 1, 3

    def __init__(self) -> None:
        self._hives: dict[Handle, _Node] = {0x80000001: _Node(), 0x80000002: _Node()}

    def OpenKey(self, key: Handle, sub_key: str, _: int = 0, access: int = KEY_READ, /) -> Key:  # noqa: N802
        return _Key(self._at(key, sub_key), access)

    def CreateKeyEx(self, key: Handle, sub_key: str, _: int = 0, access: int = KEY_WRITE, /) -> Key:  # noqa: N802
        node = self._node(key, _CREATE)
        for name in sub_key.split("\\"):
            node = node.keys.setdefault(name.lower(), (name, _Node()))[1]
        return _Key(node, access)

    def QueryValueEx(self, key: Key, name: str, /) -> tuple[object, int]:  # noqa: N802
        values = self._node(key, _QUERY).values
        if name.lower() not in values:
            raise _error(_NOT_FOUND)
        return values[name.lower()]

    def SetValueEx(self, key: Key, name: str, _: int, kind: int, value: object, /) -> None:  # noqa: N802
        if kind == self.REG_SZ and not isinstance(value, str):
            raise ValueError("Could not convert the data to the specified type.")
        if kind == self.REG_BINARY and not isinstance(value, bytes):
            raise TypeError(f"Objects of type {type(value)} can not be used as binary values")
        self._node(key, _SET).values[name.lower()] = value, kind

    def DeleteValue(self, key: Key, name: str, /) -> None:  # noqa: N802
        if self._node(key, _SET).values.pop(name.lower(), None) is None:
            raise _error(_NOT_FOUND)

    def DeleteKey(self, key: Handle, sub_key: str, /) -> None:  # noqa: N802
        if self._at(key, sub_key).keys:
            raise _error(_DENIED)
        above, _, name = sub_key.rpartition("\\")
        del self._at(key, above).keys[name.lower()]

    def EnumKey(self, key: Key, index: int, /) -> str:  # noqa: N802
        names = [name for name, _ in self._node(key, _ENUMERATE).keys.values()]
        if index >= len(names):
            raise _error(_NO_MORE)
        return names[index]

    def _node(self, key: Handle, wanted: int) -> _Node:
        """What a handle leads to, if it may be used so."""
        if isinstance(key, int):
            return self._hives[key]
        if not isinstance(key, _Key):
            raise TypeError("The object is not a PyHKEY object")
        if key.access < 0:
            raise _error(_INVALID_HANDLE)
        if not key.access & wanted:
            raise _error(_DENIED)
        return key.node

    def _at(self, key: Handle, path: str) -> _Node:
        node = self._node(key, _QUERY)
        for name in filter(None, path.split("\\")):
            if name.lower() not in node.keys:
                raise _error(_NOT_FOUND)
            node = node.keys[name.lower()][1]
        return node
