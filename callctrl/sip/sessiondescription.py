"""What we say of sound: that there is none (RFC 4566, RFC 3264).

Who places a call between two others has to offer a session all the same. What telephones and PBXs
take without a word is a stream to where nothing listens, in which we alone would send: then nothing
is sent here. An inactive stream would say the same, but linphonec takes it for a call that it need
not hold, and has no sound left for the one it is told to place (decision 21).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["CONTENT_TYPE", "SilentSession"]

CONTENT_TYPE = "application/sdp"

_PORT = 9
"""Discard (RFC 863): a port there must be, since 0 would refuse the stream."""
_FORMATS = {"0": "PCMU/8000", "8": "PCMA/8000"}
"""Payload types every telephone has (RFC 3551 section 6)."""
_PROTOCOL = "RTP/AVP"
_MOST_STREAMS = 16


class _Stream(NamedTuple):
    """A media line (RFC 4566 section 5.14)."""

    media: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    direction: str = "inactive"
    """Of one that we describe (section 6): whoever offers us sound, or holds us, gets none."""

    @property
    def is_ours(self) -> bool:
        """Whether it is plain sound in a format of ours."""
        is_sound = self.media == "audio" and self.protocol == _PROTOCOL and self.port > 0
        return is_sound and any(each in _FORMATS for each in self.formats)

    def lines(self) -> list[str]:
        """The stream as we take it, or as we refuse it: with port 0 (RFC 3264 section 6)."""
        formats = " ".join(self.formats)
        heading = f"m={self.media} {self.port} {self.protocol} {formats}"
        if not self.port:
            return [heading]
        names = [f"a=rtpmap:{each} {_FORMATS[each]}" for each in self.formats]
        return [heading, *names, f"a={self.direction}"]


@dataclass(slots=True)
class SilentSession:
    """Our side of one session, in each offer and answer the same silence."""

    host: str
    """An IP address of ours."""
    id: str
    """A number that no other session of ours has."""
    _version: int = 0
    _streams: tuple[_Stream, ...] = ()

    def offer(self) -> bytes:
        """One stream of sound, of which there is none from us, and none is wanted.

        What was refused before stays at its place (RFC 3264 section 8).
        """
        stream = _Stream("audio", _PORT, _PROTOCOL, tuple(_FORMATS), "sendonly")
        streams = self._streams or (stream,)
        return self._description(tuple(stream if each.port else each for each in streams))

    def answer(self, offer: bytes) -> bytes | None:
        """What we say to an offer, stream for stream; None where we can take none of them.

        One stream of sound is taken, every other refused (RFC 3264 section 6).
        """
        offered = _streams_in(offer)
        taken = next((each for each in offered if each.is_ours), None)
        if taken is None:
            return None
        formats = tuple(each for each in taken.formats if each in _FORMATS)
        return self._description(
            tuple(
                each._replace(port=_PORT, formats=formats)
                if each is taken
                else each._replace(port=0, formats=each.formats[:1])
                for each in offered
            )
        )

    def _description(self, streams: tuple[_Stream, ...]) -> bytes:
        if streams != self._streams:  # another version says that something is new (section 8)
            self._streams = streams
            self._version += 1
        address = f"IN {'IP6' if ':' in self.host else 'IP4'} {self.host}"
        lines = [
            "v=0",
            f"o=- {self.id} {self._version} {address}",
            "s=-",
            f"c={address}",
            "t=0 0",
            *(line for stream in streams for line in stream.lines()),
        ]
        return "".join(f"{line}\r\n" for line in lines).encode()


def _streams_in(description: bytes) -> list[_Stream]:
    """The media lines; none where one of them cannot be read, or where there are too many."""
    streams: list[_Stream] = []
    for line in description.splitlines():  # of bytes: text has further characters that end a line
        if not line.startswith(b"m="):
            continue
        words = line[2:].decode("utf-8", "replace").split()
        port = words[1].partition("/")[0] if len(words) > 3 else ""
        is_port = port.isascii() and port.isdigit() and len(port) <= 5
        if not is_port or len(streams) == _MOST_STREAMS:
            return []
        formats = tuple(dict.fromkeys(words[3:]))
        streams.append(_Stream(words[0], int(port), words[2], formats))
    return streams
