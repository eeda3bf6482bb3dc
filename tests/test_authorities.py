"""What is wrong with a file of certificate authorities, before anything relies on it."""

from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path

import pytest
import trustme

from callctrl.authorities import FileFault, fault_of


@pytest.fixture(name="ca_file")
def file_of_an_authority(tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path


def test_a_good_one(ca_file: Path) -> None:
    assert fault_of(ca_file) is None


def test_one_that_is_not_there(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "none.pem") is FileFault.NOT_THERE
    assert fault_of(tmp_path) is FileFault.NOT_THERE


def test_a_name_no_file_can_have() -> None:
    assert fault_of(Path("a\0b")) in (FileFault.NOT_THERE, FileFault.UNREADABLE)


def test_one_that_may_not_be_read(ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", refuse)
    assert fault_of(ca_file) is FileFault.UNREADABLE


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert fault_of(tmp_path / "pipe") is FileFault.NOT_THERE


@pytest.mark.parametrize("content", [b"", b"no PEM at all", b"\x00" * 100])
def test_one_without_a_certificate(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.pem"
    path.write_bytes(content)
    assert fault_of(path) is FileFault.NO_CERTIFICATE


def test_a_key_is_no_certificate(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    trustme.CA().issue_cert("pbx").private_key_pem.write_to_path(path)
    assert fault_of(path) is FileFault.NO_CERTIFICATE


def test_a_large_file_is_left_alone(ca_file: Path) -> None:
    with ca_file.open("ab") as file:
        file.truncate(5 * 1024 * 1024)
    assert fault_of(ca_file) is FileFault.NO_CERTIFICATE
