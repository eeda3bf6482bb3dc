"""Whether nobody but an administrator can have written a file."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

__all__ = ["why_untrusted"]

ROOT = 0

_ADMINISTRATORS = {
    "S-1-5-18": "SYSTEM",
    "S-1-5-32-544": "Administrators",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464": "TrustedInstaller",
}
"""Owners of what only an administrator can have written on Windows."""


def why_untrusted(file: Path, owner: int = ROOT) -> str:
    """Why somebody else may have written the file, in words; empty where nobody can have.

    `owner` is the user id that file and folder have to belong to, where the system has such. On
    Windows, where everybody may make new files and folders below ProgramData, the owners tell.
    Raises OSError.
    """
    return (
        _doubt(file, "it", owner)
        or _doubt(file.parent, "its folder", owner)
        or _doubt(file.resolve(strict=True).parent, "the folder it is linked to", owner)
    )


def _why_not_theirs(sid: str, called: str) -> str:
    """What speaks against something whose owner has this security identifier."""
    return "" if sid in _ADMINISTRATORS else f"{called} belongs to {sid}, not to the Administrators"


if sys.platform == "win32":  # tried under wine, not on Windows
    import ctypes
    from ctypes import wintypes

    _FILE_OBJECT = 1  # SE_OBJECT_TYPE of accctrl.h
    _OWNER = 0x1  # OWNER_SECURITY_INFORMATION of winnt.h

    def _doubt(path: Path, called: str, owner: int) -> str:
        return _why_not_theirs(_owner_of(path), called)

    def _owner_of(path: Path) -> str:
        """The security identifier of a file's or folder's owner as text; raises OSError."""
        advapi, kernel = ctypes.WinDLL("advapi32"), ctypes.WinDLL("kernel32")
        kernel.LocalFree.argtypes = [wintypes.LPVOID]
        owner, descriptor, text = wintypes.LPVOID(), wintypes.LPVOID(), wintypes.LPWSTR()
        error = advapi.GetNamedSecurityInfoW(
            wintypes.LPCWSTR(str(path)),
            _FILE_OBJECT,
            _OWNER,
            ctypes.byref(owner),
            None,
            None,
            None,
            ctypes.byref(descriptor),
        )
        if error:
            raise ctypes.WinError(error)
        try:
            if not advapi.ConvertSidToStringSidW(owner, ctypes.byref(text)):
                raise ctypes.WinError()
            sid = text.value or ""
            kernel.LocalFree(text)
        finally:
            kernel.LocalFree(descriptor)
        return sid
else:

    def _doubt(path: Path, called: str, owner: int) -> str:
        status = path.stat()
        if status.st_uid != owner:
            wanted = "root" if owner == ROOT else f"user {owner}"
            return f"{called} belongs to user {status.st_uid}, not to {wanted}"
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            mode = stat.S_IMODE(status.st_mode)
            return f"others than its owner may write {called} (mode {mode:04o})"
        return ""
