"""Which requests are refused before they are acted on (RFC 3261 section 8.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip.inspection import (
    Capabilities,
    Refusal,
    inspect_body,
    inspect_headers,
    inspect_method,
    is_body_optional,
)
from callctrl.sip.message import Request

STATUS = "application/x-spa-status"
ABLE = Capabilities(("ACK", "CANCEL", "NOTIFY", "OPTIONS"), ("x-spa-cti",), (STATUS,), ("known",))


def request(
    method: str = "NOTIFY",
    uri: str = "sip:RECEPTION@192.168.1.50",
    body: bytes = b"",
    fields: tuple[tuple[str, str], ...] = (),
) -> Request:
    return Request(method, uri, fields, body)


# Section 8.2.1: methods


@pytest.mark.parametrize("method", ["NOTIFY", "OPTIONS", "CANCEL"])
def test_what_we_do_is_not_refused(method: str) -> None:
    assert inspect_method(request(method), ABLE) is None


@pytest.mark.parametrize(
    "method",
    ["REGISTER", "BYE", "INVITE", "SUBSCRIBE", "MESSAGE", "REFER", "INFO", "UPDATE", "PUBLISH"],
)
def test_a_method_we_know_and_do_not_do_is_405_with_allow(method: str) -> None:
    """Section 21.4.6: the response names what is allowed."""
    allow = ("Allow", "ACK, CANCEL, NOTIFY, OPTIONS")
    assert inspect_method(request(method), ABLE) == Refusal(405, (allow,))


@pytest.mark.parametrize("method", ["DANCE", "notify", "Options", "INVITES"])
def test_a_method_nobody_knows_is_501(method: str) -> None:
    """Section 21.5.2; methods are told apart by case (section 7.1)."""
    refusal = inspect_method(request(method), ABLE)
    assert refusal is not None
    assert refusal.status == 501


# Section 8.2.2: header fields


@pytest.mark.parametrize(
    "uri", ["tel:+15551234", "http://a/b", "im:a@b", "x+y-1.z:a", "urn:service"]
)
def test_another_scheme_is_416(uri: str) -> None:
    """Section 8.2.2.1."""
    assert inspect_headers(request(uri=uri), ABLE) == Refusal(416)


@pytest.mark.parametrize("uri", ["sip:a", "sips:a@b", "SIP:a@b:5060", "sip:"])
def test_either_scheme_of_sip_is_welcome_whoever_is_named(uri: str) -> None:
    assert inspect_headers(request(uri=uri), ABLE) is None


@pytest.mark.parametrize(
    "uri", ["RECEPTION@192.168.1.50:5060", "192.168.1.50:5060", "a", "*", "é:a"]
)
def test_tolerate_a_uri_without_scheme(uri: str) -> None:
    assert inspect_headers(request(uri=uri), ABLE) is None


def test_a_merged_request_is_482() -> None:
    """Section 8.2.2.2."""
    assert inspect_headers(request(), ABLE, is_merged=True) == Refusal(482)


@pytest.mark.parametrize(
    ("required", "unsupported"),
    [
        (["100rel"], "100rel"),
        (["100rel, timer"], "100rel, timer"),
        (["100rel", "timer , known", "", "100rel"], "100rel, timer"),
    ],
)
def test_each_extension_we_lack_is_named(required: list[str], unsupported: str) -> None:
    """Section 8.2.2.3: 420, with those that are not supported in Unsupported."""
    asked = request(fields=tuple(("Require", value) for value in required))
    assert inspect_headers(asked, ABLE) == Refusal(420, (("Unsupported", unsupported),))


@pytest.mark.parametrize("field", [("Require", "known"), ("Require", ""), ("Supported", "100rel")])
def test_an_extension_we_have_or_that_is_offered_is_no_obstacle(field: tuple[str, str]) -> None:
    assert inspect_headers(request(fields=(field,)), ABLE) is None


def test_proxy_require_is_for_proxies() -> None:
    """Section 20.29."""
    assert inspect_headers(request(fields=(("Proxy-Require", "foo"),)), ABLE) is None


@pytest.mark.parametrize("hops", ["0", "-1", "x"])
def test_max_forwards_is_for_who_forwards(hops: str) -> None:
    """Section 8.1.1.6: it bounds the hops to the end of the way, where we are."""
    assert inspect_headers(request(fields=(("Max-Forwards", hops),)), ABLE) is None


# Section 8.2.3: bodies


ACCEPT = ("Accept", STATUS)
ENCODING = ("Accept-Encoding", "identity")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((("Content-Type", STATUS),), None),
        ((("c", "Application/X-SPA-Status ; charset=utf-8"),), None),
        ((("Content-Type", STATUS), ("Content-Encoding", "Identity")), None),
        ((("Content-Type", "application/sdp"),), Refusal(415, (ACCEPT,))),
        ((("Content-Type", "text/xml"),), Refusal(415, (ACCEPT,))),
        ((("Content-Type", STATUS), ("e", "gzip")), Refusal(415, (ENCODING,))),
        ((("Content-Type", STATUS), ("e", "identity"), ("e", "gzip")), Refusal(415, (ENCODING,))),
        ((("Content-Encoding", "identity, GZIP"),), Refusal(415, (ENCODING,))),
    ],
)
def test_a_body_we_cannot_read_is_415_with_what_we_can(
    fields: tuple[tuple[str, str], ...], expected: Refusal | None
) -> None:
    """Section 21.4.13: Accept or Accept-Encoding, whichever was the trouble."""
    asked = request(body=b"<x/>", fields=fields)
    assert inspect_body(asked, ABLE) == expected


def test_where_there_is_no_body_its_type_does_not_matter() -> None:
    for fields in (
        (("Content-Type", "application/sdp"), ("Content-Encoding", "gzip")),
        (("Content-Type", STATUS),),
    ):
        asked = request(fields=fields)
        assert inspect_body(asked, ABLE) is None


@pytest.mark.parametrize(
    ("disposition", "is_left_aside"),
    [
        ("render;handling=optional", True),
        ("session ; Handling = Optional", True),
        ("render;handling=required", False),
        ("render", False),
        ("optional", False),
    ],
)
def test_an_optional_body_is_left_aside(disposition: str, is_left_aside: bool) -> None:
    """Section 20.11: a body is required unless it says otherwise."""
    fields = (("Content-Type", "image/png"), ("Content-Disposition", disposition))
    asked = request(body=b"\x89PNG", fields=fields)
    assert inspect_body(asked, ABLE) is not None
    assert is_body_optional(asked) is is_left_aside


@pytest.mark.parametrize("fields", [(), (("Content-Type", ""),), (("Content-Type", ";q=1"),)])
def test_tolerate_a_body_without_type(fields: tuple[tuple[str, str], ...]) -> None:
    """Section 20.15 wants the field; protocol.md B.5 no. 10 shows how much is left out."""
    asked = request(body=b"<x/>", fields=fields)
    assert inspect_body(asked, ABLE) is None


# Section 11.2: what OPTIONS tells


def test_capabilities_are_told_field_by_field() -> None:
    assert ABLE.fields == (
        ("Allow", "ACK, CANCEL, NOTIFY, OPTIONS"),
        ("Accept", STATUS),
        ("Accept-Encoding", "identity"),
        ("Accept-Language", "*"),
        ("Supported", "known"),
        ("Allow-Events", "x-spa-cti"),
    )


@given(
    st.text(max_size=30),
    st.text(max_size=30),
    st.lists(
        st.tuples(
            st.sampled_from(["Require", "Content-Type", "Content-Encoding", "Content-Disposition"]),
            st.text(max_size=40),
        ),
        max_size=6,
    ),
)
def test_no_request_breaks_the_questions(
    method: str, uri: str, fields: list[tuple[str, str]]
) -> None:
    asked = request(method, uri, b"x", tuple(fields))
    answers = [inspect_method(asked, ABLE), inspect_headers(asked, ABLE), inspect_body(asked, ABLE)]
    assert {each.status for each in answers if each} <= {405, 501, 416, 420, 415}
