"""Mailboxes as servers report them: RFC 3842, and what Asterisk makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.eventpackages import UnreadableBodyError, text_of
from callctrl.eventpackages.messagesummary import MessageSummary, read_message_summary


def test_the_sample_of_the_rfc_is_read() -> None:
    """RFC 3842 section 5.2: what stands behind the empty line is one message's."""
    body = (
        b"Messages-Waiting: yes\r\n"
        b"Message-Account: sip:alice@vmail.example.com\r\n"
        b"Voice-Message: 4/8 (1/2)\r\n"
        b"\r\n"
        b"To: <alice@atlanta.example.com>\r\n"
        b"Voice-Message: 9/9\r\n"
    )
    assert read_message_summary(body) == MessageSummary(True, 4, 8, "sip:alice@vmail.example.com")


def test_a_mailbox_of_asterisk_tells_what_to_dial() -> None:
    body = (
        b"Messages-Waiting: no\r\n"
        b"Message-Account: sip:*97@192.168.1.10;transport=UDP\r\n"
        b"Voice-Message: 0/3 (0/0)\r\n"
    )
    summary = read_message_summary(body)
    assert (summary.is_waiting, summary.new, summary.old) == (False, 0, 3)
    assert summary.number == "*97"


@pytest.mark.parametrize(("word", "new"), [("yes", None), ("no", 0)])
def test_that_messages_wait_may_be_all_that_is_told(word: str, new: int | None) -> None:
    """RFC 3842 section 3.5: the numbers are optional."""
    summary = read_message_summary(f"Messages-Waiting: {word}\r\n".encode())
    assert summary == MessageSummary(word == "yes", new)
    assert summary.number == ""


@pytest.mark.parametrize(
    "body",
    [
        b"messages-waiting:YES\nvoice-message:2/8(0/2)",
        b"\r\nMESSAGES-WAITING : Yes\r\nVoice-Message: 2 / 8 ( 0 / 2 )\r\n\r\n",
        b"Voice-Message: 2/8\r\nMessages-Waiting: yes",
        b"Messages-Waiting: yes\rVoice-Message: 2/8\r",
    ],
)
def test_case_blanks_order_and_line_ends_do_not_matter(body: bytes) -> None:
    assert read_message_summary(body) == MessageSummary(True, 2, 8)


def test_messages_that_are_no_voice_are_not_counted() -> None:
    body = b"Messages-Waiting: yes\r\nFax-Message: 1/0\r\nText-Message: 7/7\r\n"
    assert read_message_summary(body) == MessageSummary(True)


@pytest.mark.parametrize(
    ("counts", "new", "old"),
    [
        ("2", 2, None),
        ("", None, None),
        ("x/y", None, None),
        ("-1/2", None, 2),
        ("2/-", 2, None),
        ("\u0663/1", None, 1),
        ("1000000/999999", None, 999_999),
        ("1/2/3", 1, None),
    ],
)
def test_what_is_no_count_is_not_known(counts: str, new: int | None, old: int | None) -> None:
    body = f"Messages-Waiting: yes\r\nVoice-Message: {counts}\r\n".encode()
    assert read_message_summary(body) == MessageSummary(True, new, old)


def test_numbers_alone_tell_whether_messages_wait() -> None:
    assert read_message_summary(b"Voice-Message: 1/0") == MessageSummary(True, 1, 0)
    assert read_message_summary(b"Voice-Message: 0/4") == MessageSummary(False, 0, 4)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n\r\n",
        b"Messages-Waiting: perhaps\r\n",
        b"Messages-Waiting\r\n",
        b"Message-Account: sip:*97@h\r\n",
        b"<presence/>",
        b"\0\xff\xfe",
    ],
)
def test_what_does_not_say_whether_messages_wait_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_message_summary(body)


def test_texts_are_made_fit_to_be_shown() -> None:
    body = b"Messages-Waiting: yes\r\nMessage-Account: sip:a\x1b[2J" + b"x" * 5_000 + b"@h"
    account = read_message_summary(body).account
    assert account.startswith("sip:a [2Jx")
    assert len(account) == 256


_WORDS = ["Messages-Waiting", "Voice-Message", "Message-Account", "yes", "no", "sip:a@b"]
_SIGNS = [":", " ", "/", "(", ")", "\r\n", "\n", "1", "23", "ü", "\0"]
PIECES = st.sampled_from([*_WORDS, *_SIGNS])


@given(st.binary(max_size=200) | st.lists(PIECES, max_size=20).map("".join).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        summary = read_message_summary(body)
    except UnreadableBodyError:
        return
    assert summary.account == text_of(summary.account)
    assert summary.new is None or summary.new >= 0
