"""What all readers of reports share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.eventpackages import number_of, text_of


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("sip:2001@192.168.1.10", "2001"),
        ("sip:2001@192.168.1.10:5060;transport=udp", "2001"),
        ("SIPS:+4930123456;phone-context=x@pbx.example;user=phone?a=b", "+4930123456"),
        ("sip:2001:secret@pbx", "2001"),
        ("sip:%2A97@pbx", "*97"),
        ("<sip:2001@pbx>", "2001"),
        ("<sip:2001@pbx>;tag=1", "2001"),
        ("\n  sip:2001@pbx\n  ", "2001"),
        ("tel:+49-30-123456;ext=7", "+49-30-123456"),
        ("pres:anna.lee@example.com", "anna.lee"),
        ("2001@pbx", "2001"),
        ("2001", "2001"),
        ("sip:2001", "2001"),
        ("sip:pbx.example", ""),
        ("sip:192.168.1.10:5060", ""),
        ("sip:[2001:db8::1]", ""),
        ("sip:pbx", ""),
        ("sip:anonymous@anonymous.invalid", ""),
        ("sip:anonymous@ANONYMOUS.invalid:5060", ""),
        ("sip:@pbx", ""),
        ("sip:", ""),
        ("", ""),
    ],
)
def test_a_number_is_the_user_of_a_uri(uri: str, number: str) -> None:
    """RFC 3261 section 19.1.1, RFC 3966 section 3, RFC 3323 section 4.1.1.3."""
    assert number_of(uri) == number


@given(st.text(max_size=60) | st.text("sip:@;%20<>2", max_size=20))
def test_a_number_is_short_and_printable_whatever_stands_there(uri: str) -> None:
    number = number_of(uri)
    assert number == text_of(number)


def test_a_text_is_cut() -> None:
    assert text_of("x" * 300) == "x" * 256
    assert text_of(" a\r\nb ") == "a b"
