"""A byte stream: however it is cut into pieces, the same messages come out of it."""

from __future__ import annotations

from itertools import pairwise

from callctrl.sip import RemoteProtocolError
from callctrl.sip.framing import StreamReader, is_keep_alive
from callctrl.sip.message import MAX_MESSAGE_BYTES, parse
from tests.fuzz.messages import seeds as message_seeds

__all__ = ["seeds", "take"]

_PIECES = (1, 2, 3, 7, 64, 1460)
"""Bytes of each piece but the last."""


def seeds() -> list[bytes]:
    """The captured and torture messages with a length, in one stream after the other."""
    messages = [each for each in message_seeds() if b"Content-Length:" in each]
    pairs = pairwise(messages)
    return [
        *(bytes([number % len(_PIECES)]) + data for number, data in enumerate(messages)),
        *(bytes([3]) + first + b"\r\n\r\n" + second for first, second in pairs),
        b"\0" + b"\r\n" * 20,
        b"\4GET / HTTP/1.1\r\n\r\n",
        b"\4\x16\x03\x01\x02\0\x01",
    ]


def take(data: bytes) -> None:
    """Read a stream at once and in pieces; the first byte says how long those are."""
    size, stream = _PIECES[data[0] % len(_PIECES)] if data else 1, data[1:]
    at_once, fault = _read(stream, max(1, len(stream)))
    in_pieces, fault_in_pieces = _read(stream, size)
    assert in_pieces == at_once
    assert fault_in_pieces == fault
    for each in at_once:
        try:
            message = parse(each)
        except RemoteProtocolError:
            continue
        head = each.partition(b"\r\n\r\n")[0]
        assert len(message.body) == len(each) - len(head) - 4, "codec and stream count differently"


def _read(stream: bytes, size: int) -> tuple[list[bytes], bool]:
    """The messages of a stream fed in pieces of `size` bytes, and whether it was given up."""
    reader = StreamReader()
    messages: list[bytes] = []
    kept = 0
    try:
        for start in range(0, len(stream), size):
            piece = stream[start : start + size]
            reader.feed(piece)
            kept += len(piece)
            while (data := reader.next_message()) is not None:
                kept -= len(data)
                if not is_keep_alive(data):
                    messages.append(data)
            assert kept <= MAX_MESSAGE_BYTES, "the stream holds back more than a message"
    except RemoteProtocolError:
        return messages, True
    return messages, False
