"""Phones that are there or not, as servers report them: RFC 3863, and what Asterisk makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.eventpackages import UnreadableBodyError, text_of
from callctrl.eventpackages.pidf import Presence, read_pidf
from callctrl.untrustedxml import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS


def asterisk(basic: str, note: str, activity: str = "") -> bytes:
    """A hint, as res_pjsip_pidf_body_generator and its supplement for activities write it."""
    person = (
        f" <dm:person>\n  <rpid:activities>\n   <rpid:{activity} />\n  </rpid:activities>\n"
        " </dm:person>\n"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<presence entity="sip:2002@192.168.1.10:5060" xmlns="urn:ietf:params:xml:ns:pidf"'
        ' xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
        ' xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid">\n'
        f" <note>{note}</note>\n"
        ' <tuple id="2002">\n  <status>\n'
        f"   <basic>{basic}</basic>\n  </status>\n"
        '  <contact priority="1">sip:2002@192.168.1.10</contact>\n </tuple>\n'
        f"{person if activity else ''}</presence>\n"
    ).encode()


def presence(*inside: str) -> bytes:
    return f"<presence>{''.join(inside)}</presence>".encode()


def basic(word: str) -> str:
    return f"<tuple id='x'><status><basic>{word}</basic></status></tuple>"


def test_the_sample_of_the_rfc_is_read() -> None:
    """RFC 3863 section 4.3."""
    body = b"""<?xml version="1.0" encoding="UTF-8"?>
        <impp:presence xmlns:impp="urn:ietf:params:xml:ns:pidf" entity="pres:someone@example.com">
          <impp:tuple id="sg89ae">
            <impp:status>
              <impp:basic>open</impp:basic>
            </impp:status>
            <impp:contact priority="0.8">tel:+09012345678</impp:contact>
          </impp:tuple>
        </impp:presence>"""
    assert read_pidf(body) == Presence(True)
    assert read_pidf(body).is_there


@pytest.mark.parametrize(
    ("body", "read", "is_there"),
    [
        (asterisk("open", "Ready"), Presence(True, ("Ready",)), True),
        (asterisk("closed", "Unavailable", "away"), Presence(False, ("Unavailable",)), False),
        (asterisk("open", "Ringing", "busy"), Presence(True, ("Ringing",), True), True),
        (asterisk("closed", "On the phone"), Presence(False, ("On the phone",), True), True),
        (asterisk("closed", "On hold", "busy"), Presence(False, ("On hold",), True), True),
        (asterisk("closed", "Away", "on-the-phone"), Presence(False, ("Away",), True), True),
    ],
)
def test_a_phone_at_asterisk_is_there_unless_it_is_closed_and_has_no_call(
    body: bytes, read: Presence, is_there: bool
) -> None:
    assert read_pidf(body) == read
    assert read_pidf(body).is_there is is_there


def test_a_phone_that_takes_calls_by_any_way_is_open() -> None:
    """RFC 3863 section 4.1.2: a tuple for each device."""
    assert read_pidf(presence(basic("closed"), basic("open"))).is_open is True
    assert read_pidf(presence(basic("closed"), basic("closed"))).is_open is False


@pytest.mark.parametrize("inside", ["", "<tuple id='x'/>", basic(""), basic("ajar")])
def test_a_document_may_not_say_whether_it_is_there(inside: str) -> None:
    """RFC 3863 section 4.1.4: the basic status is optional."""
    assert read_pidf(presence(inside)) == Presence(None)
    assert read_pidf(presence(inside)).is_there is None


def test_the_words_are_read_in_any_case() -> None:
    assert read_pidf(presence(basic(" Open\n"))).is_open is True
    assert read_pidf(presence("<note>ON HOLD</note>")).is_busy


def test_notes_are_told_once_each_and_not_too_many() -> None:
    notes = [f"<note>{text}</note>" for text in ("", " Out&#10;for lunch ", "b", "b")]
    assert read_pidf(presence(*notes)).notes == ("Out for lunch", "b")
    many = read_pidf(presence(*(f"<note>{number}</note>" for number in range(100))))
    assert len(many.notes) == 8
    assert len(read_pidf(presence(f"<note>{'x' * 5_000}</note>")).notes[0]) == 256


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<presence>",
        b"<dialog-info/>",
        b"<a><presence/></a>",
        b"<!DOCTYPE presence><presence/>",
        b'<!DOCTYPE p [<!ENTITY a "b">]><presence><note>&a;</note></presence>',
        presence("<a>" * MAX_DEPTH, "</a>" * MAX_DEPTH),
        presence("<a/>" * MAX_ELEMENTS),
        presence(" " * MAX_BYTES),
        asterisk("open", "Ready")[:-12],
    ],
)
def test_what_is_no_such_document_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_pidf(body)


PIECES = st.sampled_from(
    ["<presence>", "</presence>", "<basic>", "</basic>", "open", "closed", "<note>", "</note>"]
)


@given(st.binary(max_size=200) | st.lists(PIECES, max_size=12).map("".join).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        found = read_pidf(body)
    except UnreadableBodyError:
        return
    assert all(note and note == text_of(note) for note in found.notes)
