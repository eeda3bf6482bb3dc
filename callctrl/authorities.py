"""A file of certificate authorities, looked at before anything relies on it."""

from __future__ import annotations

import ssl
from enum import Enum
from pathlib import Path

__all__ = ["FileFault", "fault_of"]

_LARGEST = 4 * 1024 * 1024
"""Bytes; the whole list a system trusts is some 200 KB."""


class FileFault(Enum):
    """Why a file of authorities is of no use."""

    NOT_THERE = "not there"
    UNREADABLE = "unreadable"
    NO_CERTIFICATE = "no certificate"
    """It is no PEM file with a certificate in it."""


def fault_of(path: Path) -> FileFault | None:
    """What is wrong with a PEM file of authorities to trust, or None where nothing is."""
    try:
        if not path.is_file():  # a pipe would keep us waiting
            return FileFault.NOT_THERE
        if path.stat().st_size > _LARGEST:
            return FileFault.NO_CERTIFICATE
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return FileFault.NO_CERTIFICATE
    except FileNotFoundError:
        return FileFault.NOT_THERE
    except (OSError, ValueError):  # a null character is no part of a path
        return FileFault.UNREADABLE
    return None
