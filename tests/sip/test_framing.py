"""Messages out of a byte stream: RFC 3261 section 18.3, and the keep-alives of RFC 5626."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip import RemoteProtocolError
from callctrl.sip.framing import (
    KEEP_ALIVE_PING,
    KEEP_ALIVE_PONG,
    StreamReader,
    is_keep_alive,
)
from callctrl.sip.message import MAX_MESSAGE_BYTES, Request, parse


def message(body: bytes = b"", *lines: bytes) -> bytes:
    head = [b"NOTIFY sip:a@b SIP/2.0", b"Call-ID: 1", *lines]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(body), b"", body])


def read(*chunks: bytes) -> list[bytes]:
    """What a reader makes of chunks that arrive one after the other."""
    reader = StreamReader()
    found = []
    for chunk in chunks:
        reader.feed(chunk)
        while (each := reader.next_message()) is not None:
            found.append(each)
    return found


def test_messages_end_where_their_content_length_says() -> None:
    """RFC 3261 section 18.3."""
    first, second = message(b"\r\n\r\nNOTIFY sip:a@b SIP/2.0\r\n"), message()
    assert read(first + second) == [first, second]
    assert isinstance(parse(first), Request)


def test_a_message_waits_for_its_last_byte() -> None:
    """RFC 3261 section 18.3."""
    whole = message(b"body")
    reader = StreamReader()
    for byte in whole[:-1]:
        reader.feed(bytes([byte]))
        assert reader.next_message() is None
    reader.feed(whole[-1:])
    assert reader.next_message() == whole


def test_a_short_message_behind_a_long_one_that_came_in_pieces_is_found() -> None:
    """RFC 3261 section 18.3."""
    long, short = message(b"", b"Subject: " + b"x" * 500), message()
    assert read(long[:400], long[400:] + short) == [long, short]


@pytest.mark.parametrize(
    "line", [b"Subject: a\nl: 4", b"Subject: a\n\nbody", b"Subject: a\r\r\nb\nc: d"]
)
def test_a_head_with_a_lone_line_feed_ends_the_stream(line: bytes) -> None:
    """RFC 3261 section 7: the codec would see other lines than were counted here."""
    with pytest.raises(RemoteProtocolError, match="lone LF"):
        read(message(b"", line))


@pytest.mark.parametrize(
    "line",
    [b"l: 4", b"L : 4", b"content-length:4", b"Content-Length:\r\n 4", b"Content-Length:\r\n\t 4 "],
)
def test_content_length_is_found_in_every_spelling(line: bytes) -> None:
    """RFC 3261 sections 7.3.1 and 7.3.3."""
    data = b"NOTIFY sip:a@b SIP/2.0\r\n" + line + b"\r\nSubject: x\r\n\r\nbody"
    assert read(data + message()) == [data, message()]


def test_tolerate_missing_content_length() -> None:
    """RFC 3261 section 18.3: a stream must have it; without it there is no body."""
    bare = b"SIP/2.0 200 OK\r\nCall-ID: 1\r\n\r\n"
    assert read(bare + message()) == [bare, message()]


def test_the_same_length_twice_is_one_length() -> None:
    data = message(b"body", b"l: 4")
    assert read(data) == [data]


@pytest.mark.parametrize(
    "garbage",
    [
        message(b"body", b"Content-Length: 5"),
        message().replace(b": 0", b": -1"),
        message().replace(b": 0", b": 1_0"),
        message().replace(b": 0", b": 0x4"),
        message().replace(b": 0", b": "),
        message().replace(b": 0", b": 99999999999999999999"),
        message().replace(b": 0", b": " + b"9" * 5000),  # more digits than int() takes
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"NOTIFY sip:a@b SIP/2.0\nCall-ID: 1\n\n",
        b" NOTIFY sip:a@b SIP/2.0\r\n\r\n",
        b"\n\nNOTIFY",
        b"\r\rNOTIFY",
        b"A" * 9000,
    ],
)
def test_what_cannot_be_framed_ends_the_stream(garbage: bytes) -> None:
    """RFC 3261 section 18.3: nothing behind it can be trusted to begin a message."""
    with pytest.raises(RemoteProtocolError):
        read(garbage)


def test_a_head_without_an_end_is_not_waited_for_for_ever() -> None:
    reader = StreamReader()
    reader.feed(b"NOTIFY sip:a@b SIP/2.0\r\nSubject: " + b"x" * (MAX_MESSAGE_BYTES - 100))
    assert reader.next_message() is None
    reader.feed(b"x" * 200)
    with pytest.raises(RemoteProtocolError):
        reader.next_message()


def test_a_body_over_the_limit_is_not_waited_for() -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        read(message().replace(b": 0", b": %d" % MAX_MESSAGE_BYTES))
    assert refused.value.status == 513


def test_the_longest_message_comes_through() -> None:
    short = message(b"x" * 10_000)
    longest = message(b"x" * (MAX_MESSAGE_BYTES - len(short) + 10_000))
    assert len(longest) == MAX_MESSAGE_BYTES
    assert read(longest + message()) == [longest, message()]


def test_line_ends_between_messages_come_out_as_keep_alives() -> None:
    """RFC 5626 section 3.5.1: two are a ping, one is a pong."""
    assert read(message() + KEEP_ALIVE_PING + message()) == [
        message(), KEEP_ALIVE_PING, message(),
    ]  # fmt: skip
    assert read(KEEP_ALIVE_PONG) == [KEEP_ALIVE_PONG]
    assert read(KEEP_ALIVE_PONG + message()) == [KEEP_ALIVE_PONG, message()]
    assert read(KEEP_ALIVE_PING + KEEP_ALIVE_PONG) == [KEEP_ALIVE_PING, KEEP_ALIVE_PONG]


def test_half_a_line_end_is_waited_for() -> None:
    assert read(b"\r") == []
    assert read(b"\r", b"\n") == [KEEP_ALIVE_PONG]
    assert read(b"\r\n\r") == []
    assert read(b"\r\n\r", b"\n") == [KEEP_ALIVE_PING]


def test_only_line_ends_are_a_keep_alive() -> None:
    assert is_keep_alive(KEEP_ALIVE_PING)
    assert is_keep_alive(KEEP_ALIVE_PONG)
    assert not is_keep_alive(message())


PIECES = st.one_of(
    st.binary(max_size=60).map(message),
    st.just(KEEP_ALIVE_PONG),
    st.just(KEEP_ALIVE_PING),
    st.just(b"SIP/2.0 200 OK\r\nCall-ID: 2\r\n\r\n"),
)


@given(st.lists(PIECES, max_size=8), st.lists(st.integers(0, 1000), max_size=12))
def test_any_chopping_of_a_stream_gives_the_same_messages(
    pieces: list[bytes], cuts: list[int]
) -> None:
    """Keep-alives too, but for how many line ends are told at once."""
    stream = b"".join(pieces)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(edges)]
    found = read(*chunks)
    assert b"".join(found) == stream
    assert [each for each in found if not is_keep_alive(each)] == [
        each for each in pieces if not is_keep_alive(each)
    ]


@given(st.lists(st.binary(max_size=200), max_size=6), st.sampled_from([b"", message()[:40]]))
def test_nothing_else_is_ever_raised(chunks: list[bytes], beginning: bytes) -> None:
    reader = StreamReader()
    for chunk in [beginning, *chunks]:
        reader.feed(chunk)
        try:
            while (found := reader.next_message()) is not None:
                assert len(found) <= MAX_MESSAGE_BYTES
        except RemoteProtocolError:
            return
