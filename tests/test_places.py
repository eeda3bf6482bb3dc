"""Where in the network something is, as people type it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.places import Place, place_from


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("pbx.example.com", Place("pbx.example.com", None)),
        ("pbx", Place("pbx", None)),
        ("192.168.1.10:5062", Place("192.168.1.10", 5062)),
        ("pbx:0", Place("pbx", 0)),
        ("2001:db8::1", Place("2001:db8::1", None)),
        ("[2001:db8::1]", Place("2001:db8::1", None)),
        ("[2001:db8::1]:5061", Place("2001:db8::1", 5061)),
        ("fe80::1%eth0", Place("fe80::1%eth0", None)),
    ],
)
def test_a_host_with_or_without_its_port(typed: str, place: Place) -> None:
    assert place_from(typed) == place


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ":5060",
        "pbx:",
        "pbx:sip",
        "pbx:65536",
        "pbx:-1",
        "pbx:+1",
        "pbx:5_0",
        "pbx:²",
        "pbx: 5060",
        "front desk",
        "sip:reception@pbx",
        "reception@pbx",
        "http://pbx",
        "[2001:db8::1",
        "[2001:db8::1]5060",
        "[]:5060",
        "pbx\r\nVia: x",
        "pbx\0",
    ],
)
def test_what_is_no_place_is_told(typed: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        place_from(typed)


@given(st.text(alphabet="ab:[]0123. @/\n²", max_size=20))
def test_a_place_says_again_what_was_typed(typed: str) -> None:
    try:
        host, port = place_from(typed)
    except ValueError:
        return
    assert host in typed
    assert port is None or str(port) in typed
