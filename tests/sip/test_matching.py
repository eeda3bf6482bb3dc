"""Which request is a new one (RFC 3261 sections 17.2.3 and 8.2.2.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from callctrl.sip.matching import MAGIC_COOKIE
from callctrl.sip.message import Request
from callctrl.sip.packets import Packet
from callctrl.sip.transactionlayer import TransactionLayer
from tests.sip.layers import (
    PBX,
    ask,
    is_empty,
    over,
    request,
    respond,
    run,
)

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    "changed",
    [
        {"Via": f"SIP/2.0/UDP 192.168.1.10:6060;branch={MAGIC_COOKIE}-other"},
        {"Via": f"SIP/2.0/UDP 192.168.1.11:6060;branch={MAGIC_COOKIE}-edba58c2"},
        {"Via": f"SIP/2.0/UDP 192.168.1.10:6061;branch={MAGIC_COOKIE}-edba58c2"},
    ],
)
def test_another_branch_or_sender_is_another_request(changed: dict[str, str]) -> None:
    layer = TransactionLayer()
    ask(layer)
    ask(layer, request(method="NOTIFY", **changed).to_bytes())


def test_a_branch_with_cookie_alone_tells_a_repetition() -> None:
    """RFC 3261 section 17.2.3: branch, sender and method; nothing else is looked at."""
    layer = TransactionLayer()
    ask(layer)
    via = f"SIP/2.0/UDP 192.168.1.10:6060;branch={MAGIC_COOKIE}-edba58c2"
    assert layer.receive(request(method="NOTIFY", Via=via, Call_ID="x").to_bytes(), PBX, 0) is None


def test_tolerate_branch_without_cookie() -> None:
    """The seed's `branch=k1hk2bD-12345678` stands in messages that are not the same."""
    captured = (DATA / "seed" / "1-register.txt").read_bytes()
    layer = TransactionLayer()
    assert layer.receive(captured, PBX, 0.0) is not None
    assert layer.receive(captured, PBX, 0.5) is None
    for old, new in (
        (b"CSeq: 1", b"CSeq: 2"),
        (b"344455738", b"344455739"),
        (b"tag=1511064382", b"tag=1"),
        (b"SPA9000-IP-ADDRESS:6060 SIP", b"other:6060 SIP"),
        (b"To: sip:COMPUTER-NAME@SPA9000-IP-ADDRESS", b"To: sip:a@b;tag=1"),
        (b"ADDRESS:5060;branch", b"ADDRESS:5061;branch"),
    ):
        assert old in captured
        assert layer.receive(captured.replace(old, new), PBX, 1.0) is not None


def test_a_branch_of_the_cookie_alone_names_no_transaction() -> None:
    """RFC 4475 section 3.2.1."""
    captured = (DATA / "torture" / "valid" / "cookie-only-branch.sip").read_bytes()
    layer = TransactionLayer()
    ask(layer, captured)
    ask(layer, captured.replace(b"CSeq: 8", b"CSeq: 9").replace(b"cookie.1", b"cookie.2"))
    assert layer.receive(captured, PBX, 0.1) is None


def test_requests_without_branch_that_differ_in_the_body_only_are_different() -> None:
    """SPA Call Manager's controls all have CSeq 1 (protocol.md B.5 no. 10)."""
    layer = TransactionLayer()
    bare = request(None, "NOTIFY")
    for body in (b"<hold />", b'<resume call="1"/>'):
        data = Request("NOTIFY", bare.uri, bare.headers, body).to_bytes()
        ask(layer, data)
        assert layer.receive(data, PBX, 0.1) is None


def test_a_request_that_comes_on_two_paths_is_known_as_merged() -> None:
    layer = TransactionLayer()
    assert not ask(layer, over("1")).is_merged
    merged = ask(layer, over("2"))
    assert merged.is_merged
    answer = respond(layer, merged, 482, 0.1)
    layer.receive(over("2"), PBX, 0.2)
    assert layer.packets_to_send() == [Packet(answer, PBX)]


@pytest.mark.parametrize(
    "changed",
    [
        {"Call-ID": "other"},
        {"CSeq": "2 OPTIONS"},
        {"From": "sip:RECEPTION@192.168.1.50;tag=other"},
        {"To": "sip:RECEPTION@192.168.1.10;tag=inside"},
    ],
)
def test_another_call_count_or_tag_makes_no_merged_request(changed: dict[str, str]) -> None:
    layer = TransactionLayer()
    ask(layer, over("1"))
    assert not ask(layer, over("2", **changed)).is_merged


def test_inside_a_dialog_nothing_is_merged() -> None:
    layer = TransactionLayer()
    inside = {"To": "sip:RECEPTION@192.168.1.10;tag=inside"}
    ask(layer, over("1", **inside))
    assert not ask(layer, over("2", **inside)).is_merged


def test_a_cancel_is_never_merged() -> None:
    """It goes from hop to hop, to each path of a fork its own (RFC 3261 section 9.1)."""
    layer = TransactionLayer()
    ask(layer, over("1", "CANCEL"))
    assert not ask(layer, over("2", "CANCEL")).is_merged


def test_what_is_forgotten_merges_with_nothing() -> None:
    layer = TransactionLayer()
    respond(layer, ask(layer, over("1")), 200, 0.0)
    respond(layer, ask(layer, over("2")), 482, 1.0)
    layer.handle_timeout(32.5)
    assert not ask(layer, over("3"), 32.6).is_merged
    run(layer, 100)
    assert is_empty(layer)


def test_the_second_path_takes_nothing_along_when_it_is_forgotten() -> None:
    layer = TransactionLayer()
    respond(layer, ask(layer, over("1")), 200, 0.0)
    respond(layer, ask(layer, over("2")), 482, 1.0)
    layer.handle_timeout(32.5)  # the first is forgotten
    assert not ask(layer, over("3"), 32.6).is_merged
    layer.handle_timeout(33.5)  # the second is, too
    assert ask(layer, over("4"), 33.6).is_merged


@pytest.mark.parametrize("branch", [None, "k1hk2bD-12345678", MAGIC_COOKIE])
def test_tolerate_an_ack_and_a_cancel_without_a_branch_of_their_own(branch: str | None) -> None:
    """RFC 3261 section 17.2.3, last part: the peer speaks RFC 2543."""
    layer = TransactionLayer()
    invite = request(branch, "INVITE", CSeq="7 INVITE")
    invite.body = b"v=0"
    server = ask(layer, invite.to_bytes())
    answer = respond(layer, server, 480, 0.0)
    assert layer.receive(invite.to_bytes(), PBX, 0.1) is None
    assert [packet.data for packet in layer.packets_to_send()] == [answer]
    cancel = ask(layer, request(branch, "CANCEL", CSeq="7 CANCEL").to_bytes(), 0.2)
    assert layer.cancelled_by(cancel.request) is server
    other = ask(layer, request(branch, "CANCEL", CSeq="8 CANCEL").to_bytes(), 0.2)
    assert layer.cancelled_by(other.request) is None
    tagged = {"To": "sip:RECEPTION@192.168.1.10;tag=60b7acd9-0"}
    layer.receive(request(branch, "ACK", CSeq="8 ACK", **tagged).to_bytes(), PBX, 0.3)
    assert layer.next_timeout() == 0.5
    layer.receive(request(branch, "ACK", CSeq="7 ACK", **tagged).to_bytes(), PBX, 0.4)
    assert layer.next_timeout() == 5.4
