"""Messages cut out of a byte stream, as TCP and TLS carry them (RFC 3261 section 18.3).

A datagram is a message; a stream has to say where each ends, by Content-Length. Once it does not,
nothing behind it can be trusted to be the beginning of anything: the stream is to be closed.
"""

from __future__ import annotations

from callctrl.sip import RemoteProtocolError
from callctrl.sip.headers import canonical_name
from callctrl.sip.message import MAX_MESSAGE_BYTES

__all__ = ["KEEP_ALIVE_PING", "KEEP_ALIVE_PONG", "StreamReader", "is_keep_alive"]

KEEP_ALIVE_PING = b"\r\n\r\n"
"""Asks whether the other end still lives (RFC 5626 section 3.5.1)."""
KEEP_ALIVE_PONG = b"\r\n"
"""The answer to it."""

_LONGEST_START_LINE = 8192
"""Bytes; what has no line end by then is no SIP."""
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def is_keep_alive(data: bytes) -> bool:
    """Whether this is no message, only line ends that keep a way open."""
    return bool(data) and not data.strip(b"\r\n")


class StreamReader:
    """The receiving end of one stream: `feed` it what came, then ask for what is whole.

    Between two messages line ends may stand. They come out too: two as one ping, a single one as
    a pong, where more has not come yet.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        """So far the buffer holds no end of a head."""
        self._end: int | None = None
        """Where the message at the front ends, once its head is there."""

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self._buffer += data

    def next_message(self) -> bytes | None:
        """The next whole message or keep-alive, or None until more has come.

        Raises RemoteProtocolError where the stream is no SIP, or the message is over
        MAX_MESSAGE_BYTES; then it will never give anything more.
        """
        if self._end is None:
            if self._buffer.startswith((b"\r", b"\n")):
                return self._next_keep_alive()
            self._end = self._find_end()
        if self._end is None or len(self._buffer) < self._end:
            return None
        return self._take(self._end)

    def _take(self, end: int) -> bytes:
        data = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._searched, self._end = 0, None
        return data

    def _next_keep_alive(self) -> bytes | None:
        start = bytes(self._buffer[: len(KEEP_ALIVE_PING)])
        if start == KEEP_ALIVE_PING:
            return self._take(len(KEEP_ALIVE_PING))
        if KEEP_ALIVE_PING.startswith(start) and start != KEEP_ALIVE_PONG:
            return None  # half a line end: the rest is on its way
        if start.startswith(KEEP_ALIVE_PONG):
            return self._take(len(KEEP_ALIVE_PONG))
        raise RemoteProtocolError("a lone CR or LF between two messages")

    def _find_end(self) -> int | None:
        """Where the message at the front of the buffer ends; None while its head is not whole."""
        buffer = self._buffer
        self._check_beginning()
        end_of_head = buffer.find(b"\r\n\r\n", self._searched)
        if end_of_head < 0:
            if len(buffer) > MAX_MESSAGE_BYTES:
                raise RemoteProtocolError("a head without an end", 513)
            self._searched = max(0, len(buffer) - 3)
            return None
        head = bytes(buffer[:end_of_head])
        if b"\n" in head.replace(b"\r\n", b""):
            # `parse` would make a line end of it, and see another head than was counted here.
            raise RemoteProtocolError("a lone LF in a head")
        end = end_of_head + 4 + _content_length(head)
        if end > MAX_MESSAGE_BYTES:
            raise RemoteProtocolError(f"message of {end} bytes is too long", 513)
        return end

    def _check_beginning(self) -> None:
        """See early that this is no SIP: HTTP, the hello of TLS, or lines that end otherwise.

        Waiting for the end of a head that never comes would keep the stream for nothing.
        """
        buffer = self._buffer
        if buffer and buffer[0] not in _LETTERS:
            raise RemoteProtocolError(f"expected a message, found {bytes(buffer[:16])!r}")
        end = buffer.find(b"\n", 0, _LONGEST_START_LINE)
        if end < 0:
            if len(buffer) > _LONGEST_START_LINE:
                raise RemoteProtocolError("a first line without an end", 414)
            return
        words = bytes(buffer[:end]).upper().split()
        is_sip = bool(words) and any(word.startswith(b"SIP/") for word in (words[0], words[-1]))
        if not is_sip or buffer[end - 1 : end] != b"\r":
            raise RemoteProtocolError(f"expected a first line, found {bytes(buffer[:40])!r}")


def _content_length(head: bytes) -> int:
    """The length of the body that follows a head."""
    lines = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n")
    lengths = set()
    for line in lines[1:]:
        if line[:1] not in b"CcLl":
            continue  # most lines, and quickly
        name, _, value = line.partition(b":")
        if canonical_name(name.strip().decode("latin-1")) == "content-length":
            lengths.add(value.strip())
    if not lengths:
        return _tolerate_missing_content_length()
    # Two that differ are two opinions on where the next message begins: an attack, or a fault.
    length = lengths.pop()
    if lengths or not (length.isdigit() and len(length) <= 10):
        raise RemoteProtocolError(f"expected one number as Content-Length, found {length[:40]!r}")
    return int(length)


def _tolerate_missing_content_length() -> int:
    """A stream must have it (RFC 3261 section 18.3); who leaves it out has no body, mostly."""
    return 0
