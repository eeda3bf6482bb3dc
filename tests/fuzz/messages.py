"""The codec: a datagram is read, or refused by RemoteProtocolError; written, it reads the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.headers import CSeq, NameAddr, Uri, Via, canonical_name
from callctrl.sip.message import MAX_MESSAGE_BYTES, Message, Request, parse, redact

__all__ = ["check_written", "seeds", "take"]

_DATA = Path(__file__).parents[1] / "data"
_GROWTH = 1024
"""Bytes by which writing may lengthen a message: Content-Length, and a blank behind each colon."""

_READERS: tuple[Callable[[str], object], ...] = (Via.parse, NameAddr.parse, CSeq.parse, Uri.parse)


def seeds() -> list[bytes]:
    """Captured and torture messages."""
    folders = ("seed", "seed/repaired", "captures", "torture/valid", "torture/invalid")
    return [
        path.read_bytes()
        for folder in folders
        for path in sorted((_DATA / folder).iterdir())
        if path.suffix in (".sip", ".txt")
    ]


def take(data: bytes) -> None:
    """Read a datagram, each of its fields, and what is written of it."""
    redact(data)
    try:
        message = parse(data)
    except RemoteProtocolError as error:
        echoed = [text for pair in error.fields for text in pair]
    else:
        echoed = []
        _take_message(message, len(data))
    assert not any("\r" in text or "\0" in text for text in echoed)


def _take_message(message: Message, length: int) -> None:
    _read_fields(message)
    try:
        written = message.to_bytes()
    except LocalProtocolError:
        assert length > MAX_MESSAGE_BYTES - _GROWTH, "what was read cannot be written"
        return
    check_written(message, written)


def check_written(message: Message, written: bytes) -> None:
    """Whether bytes read as the message they were written from."""
    again = parse(written)
    assert type(again) is type(message)
    assert again.start_line == message.start_line
    assert again.body == message.body
    assert _fields_of(again) == _fields_of(message)
    assert again.to_bytes() == written


def _fields_of(message: Message) -> list[tuple[str, str]]:
    return [pair for pair in message.headers if canonical_name(pair[0]) != "content-length"]


def _read_fields(message: Message) -> None:
    _ = message.contacts, message.expires, message.content_type
    if isinstance(message, Request):
        _read(Uri.parse, message.uri)
    for name, value in message.headers:
        for reader in _READERS[:3] if canonical_name(name) != "call-id" else ():
            _read(reader, value)


def _read(reader: Callable[[str], object], text: str) -> None:
    """Read one value, and what is written of it, where there is something to be read."""
    try:
        found = reader(text)
    except RemoteProtocolError:
        return
    written = str(found)
    assert "\r" not in written
    assert "\n" not in written
    if isinstance(found, NameAddr):
        _read(Uri.parse, found.uri)
