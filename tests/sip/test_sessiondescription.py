"""The one session that is ever offered: RFC 4566, RFC 3264 sections 5, 6 and 8."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip.sessiondescription import SilentSession

HEAD = b"v=0\r\no=- 7 1 IN IP4 192.168.1.20\r\ns=-\r\nc=IN IP4 192.168.1.20\r\nt=0 0\r\n"
SOUND = b"m=audio 4000 RTP/AVP 9 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n"


def session() -> SilentSession:
    return SilentSession("192.168.1.50", "1511064382")


def media_in(description: bytes | None) -> list[str]:
    assert description is not None
    return [line for line in description.decode().split("\r\n") if line.startswith("m=")]


def test_one_stream_is_offered_in_which_we_alone_would_send() -> None:
    assert session().offer() == (
        b"v=0\r\n"
        b"o=- 1511064382 1 IN IP4 192.168.1.50\r\n"
        b"s=-\r\n"
        b"c=IN IP4 192.168.1.50\r\n"
        b"t=0 0\r\n"
        b"m=audio 9 RTP/AVP 0 8\r\n"
        b"a=rtpmap:0 PCMU/8000\r\n"
        b"a=rtpmap:8 PCMA/8000\r\n"
        b"a=sendonly\r\n"
    )


def test_an_ipv6_address_says_so() -> None:
    assert b"c=IN IP6 fd00::5\r\n" in SilentSession("fd00::5", "1").offer()


def test_whoever_holds_us_is_told_the_same_silence() -> None:
    answer = session().answer(HEAD + SOUND)
    assert answer is not None
    assert media_in(answer) == ["m=audio 9 RTP/AVP 8 0"], "the formats we have, in their order"
    assert answer.endswith(b"a=inactive\r\n")


def test_a_stream_we_do_not_take_is_refused_at_its_place() -> None:
    """RFC 3264 section 6: an answer has as many media lines as the offer."""
    offer = HEAD + b"m=video 5000 RTP/AVP 96 97\r\n" + SOUND + SOUND + b"m=image 6 udptl t38\r\n"
    assert media_in(session().answer(offer)) == [
        "m=video 0 RTP/AVP 96",
        "m=audio 9 RTP/AVP 8 0",
        "m=audio 0 RTP/AVP 9",
        "m=image 0 udptl t38",
    ]


def test_a_later_offer_keeps_the_streams_there_are_at_their_places() -> None:
    """RFC 3264 section 8: the media lines never become fewer, a refused one may stay so."""
    ours = session()
    ours.offer()
    ours.answer(HEAD + b"m=video 5000 RTP/AVP 96 97\r\n" + SOUND)
    offer = ours.offer()
    assert media_in(offer) == ["m=video 0 RTP/AVP 96", "m=audio 9 RTP/AVP 0 8"]
    assert offer.endswith(b"a=sendonly\r\n")
    assert b"o=- 1511064382 3 " in offer


@pytest.mark.parametrize(
    "media",
    [
        b"",
        b"m=audio 4000 RTP/SAVP 0 8\r\n",
        b"m=audio 0 RTP/AVP 0 8\r\n",
        b"m=audio 4000 RTP/AVP 9\r\n",
        b"m=audio 4000 RTP/AVP\r\n",
        b"m=audio\r\n",
        b"m=audio many RTP/AVP 0\r\n",
        SOUND + b"m=\r\n",
        SOUND * 17,
    ],
)
def test_what_cannot_be_taken_or_read_has_no_answer(media: bytes) -> None:
    assert session().answer(HEAD + media) is None


def test_the_version_rises_with_each_change_and_with_nothing_else() -> None:
    """RFC 3264 section 8."""
    ours = session()
    said = [
        ours.offer(),
        ours.offer(),
        ours.answer(HEAD + SOUND),
        ours.answer(HEAD + SOUND),
        ours.answer(HEAD),
        ours.offer(),
    ]
    versions = [each.split(b" ")[2] for each in said if each is not None]
    assert versions == [b"1", b"1", b"2", b"2", b"3"]


def test_a_number_of_ports_belongs_to_the_port() -> None:
    """RFC 4566 section 5.14."""
    assert media_in(session().answer(HEAD + b"m=audio 4000/2 RTP/AVP 0\n")) == [
        "m=audio 9 RTP/AVP 0"
    ]


@given(st.lists(st.sampled_from([SOUND, b"m=video 1 RTP/AVP 9\n", b"m=audio 1 x 0 \xff 0\r"])))
def test_an_answer_has_a_line_for_each_of_the_offer_and_takes_one(media: list[bytes]) -> None:
    answer = session().answer(HEAD + b"".join(media))
    if SOUND in media and len(media) <= 16:
        lines = media_in(answer)
        assert len(lines) == len(media)
        assert [" 9 RTP/AVP 8 0" in line for line in lines].count(True) == 1
    else:
        assert answer is None


@given(st.binary())
def test_nothing_that_is_offered_breaks_it(offer: bytes) -> None:
    answer = session().answer(offer)
    assert answer is None or answer.startswith(b"v=0\r\n")
