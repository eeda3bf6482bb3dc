from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.matching import MAGIC_COOKIE
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address, Packet
from callctrl.sip.transaction import ClientTransaction, ServerTransaction, Timers
from callctrl.sip.transactionlayer import TransactionLayer
from callctrl.sip.via import vias_for_response

DATA = Path(__file__).parents[1] / "data"
PBX = Address("192.168.1.10", 6060)
PHONE = Address("192.168.1.20", 5060)
BRANCH = f"{MAGIC_COOKIE}365126659"


def request(branch: str | None = BRANCH, method: str = "REGISTER", **changed: str) -> Request:
    fields = {
        "Via": "SIP/2.0/UDP 192.168.1.50:5060" + (f";branch={branch}" if branch else ""),
        "From": "sip:RECEPTION@192.168.1.50;tag=1511064382",
        "To": "sip:RECEPTION@192.168.1.10",
        "Call-ID": "344455738-1740902088-7072075",
        "CSeq": f"1 {method}",
    }
    fields |= {name.replace("_", "-"): value for name, value in changed.items()}
    return Request(method, "sip:192.168.1.10:6060", fields.items())


def response(status: int, to: Request, **changed: str) -> bytes:
    fields = {name: value for name, value in to.headers if name != "Content-Length"}
    fields["To"] += ";tag=60b7acd9-0"
    fields |= {name.replace("_", "-"): value for name, value in changed.items()}
    return Response(status, "Reason", fields.items()).to_bytes()


def respond(layer: TransactionLayer, server: ServerTransaction, status: int, now: float) -> bytes:
    """Answer a request; the bytes that go out."""
    answer = Response(status, "Reason", list(server.request.headers))
    layer.respond(server, answer, now)
    (packet,) = layer.packets_to_send()
    return packet.data


class SpyReceiver:
    """Notes each response and when it came."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, float]] = []

    def __call__(self, response: Response, now: float) -> None:
        self.heard.append((response.status, now))


def run(layer: TransactionLayer, until: float) -> list[float]:
    """Let the clock run; the instants at which something was sent."""
    sent: list[float] = []
    while (when := layer.next_timeout()) is not None and when <= until:
        layer.handle_timeout(when)
        sent += [when] * len(layer.packets_to_send())
    return sent


def begin(
    layer: TransactionLayer, sent: Request | None = None, now: float = 0.0, remote: Address = PBX
) -> tuple[Request, SpyReceiver]:
    """Send a request, and see that it went out at once."""
    sent = sent or request()
    spy = SpyReceiver()
    layer.send(sent, remote, spy, now)
    assert layer.packets_to_send() == [Packet(sent.to_bytes(), remote)]
    return sent, spy


def is_empty(layer: TransactionLayer) -> bool:
    """Whether nothing is remembered, in the table or among the deadlines."""
    return (
        layer.next_timeout() is None
        and not layer._transactions
        and not layer._identities
        and not layer._bytes_held
        and not layer._deadlines
        and not layer.packets_to_send()
    )


def test_an_address_is_shown_with_its_transport() -> None:
    assert str(PBX) == "UDP 192.168.1.10:6060"


# Client transactions


def test_the_phone_family_gives_up_after_sixteen_seconds() -> None:
    assert Timers() == Timers(t1=0.5, t2=4.0, t4=5.0, give_up=16.0, linger=32.0)


@pytest.mark.parametrize("start", [0.0, 1000.0])
def test_a_request_without_answer_is_repeated_on_schedule_and_fails_with_408(start: float) -> None:
    """RFC 3261 sections 17.1.2.2 and 8.1.3.1."""
    layer = TransactionLayer()
    _, spy = begin(layer, now=start)
    sent = [when - start for when in run(layer, start + 1000)]
    assert sent == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5]
    assert spy.heard == [(408, start + 16.0)]
    assert is_empty(layer)


def test_every_repetition_is_the_same_to_the_byte() -> None:
    layer = TransactionLayer()
    sent, _ = begin(layer)
    for _ in range(3):
        when = layer.next_timeout()
        assert when is not None
        layer.handle_timeout(when)
        assert layer.packets_to_send() == [Packet(sent.to_bytes(), PBX)]


def test_the_timers_of_the_rfc_wait_32_seconds() -> None:
    layer = TransactionLayer(Timers(give_up=32))
    _, spy = begin(layer)
    assert run(layer, 1000) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert spy.heard == [(408, 32.0)]


def test_after_a_provisional_answer_the_request_is_repeated_every_four_seconds() -> None:
    """RFC 3261 section 17.1.2.2: the timer that runs is left running, the next are T2."""
    layer = TransactionLayer()
    sent, spy = begin(layer)
    layer.receive(response(100, sent), PBX, 0.2)
    assert run(layer, 1000) == [0.5, 4.5, 8.5, 12.5]
    assert spy.heard == [(100, 0.2), (408, 16.0)]
    assert is_empty(layer)


@pytest.mark.parametrize("status", [200, 202, 302, 401, 403, 481, 503, 603])
def test_a_final_answer_ends_the_repetitions(status: int) -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    assert run(layer, 2.0) == [0.5, 1.5]
    layer.receive(response(status, sent), PBX, 2.0)
    assert run(layer, 1000) == []
    assert spy.heard == [(status, 2.0)]
    assert is_empty(layer)


def test_repeated_answers_are_absorbed_for_five_seconds_and_never_told() -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    for now in (0.1, 0.2, 5.0):
        layer.receive(response(200, sent), PBX, now)
    layer.receive(response(100, sent), PBX, 5.05)
    layer.receive(response(401, sent), PBX, 5.05)
    assert layer.next_timeout() == pytest.approx(5.1)
    run(layer, 6)
    layer.receive(response(200, sent), PBX, 6.0)
    assert spy.heard == [(200, 0.1)]
    assert is_empty(layer)


def test_each_provisional_answer_and_one_final_one_are_told() -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    for now, status in enumerate((100, 180, 100, 200), start=1):
        layer.receive(response(status, sent), PBX, now / 10)
    assert [status for status, _ in spy.heard] == [100, 180, 100, 200]


def test_nothing_listening_fails_the_request_with_503_at_once() -> None:
    layer = TransactionLayer()
    _, spy = begin(layer)
    layer.transport_failed(PBX, 0.01)
    assert spy.heard == [(503, 0.01)]
    assert run(layer, 1000) == []
    assert is_empty(layer)


def test_only_requests_to_the_dead_end_fail() -> None:
    layer = TransactionLayer()
    _, lost = begin(layer)
    sent, living = begin(layer, request(f"{MAGIC_COOKIE}2"), remote=PHONE)
    layer.transport_failed(PBX, 1.0)
    layer.transport_failed(PHONE._replace(port=5061), 1.0)
    assert (lost.heard, living.heard) == ([(503, 1.0)], [])
    layer.receive(response(200, sent), PHONE, 2.0)
    assert living.heard == [(200, 2.0)]


def test_a_dead_end_behind_the_answer_changes_nothing() -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    layer.receive(response(200, sent), PBX, 1.0)
    layer.transport_failed(PBX, 1.1)
    layer.transport_failed(PBX, 1.2)
    assert spy.heard == [(200, 1.0)]


@pytest.mark.parametrize(("late", "then"), [(3.0, 3.5), (3.5, 7.5), (9.0, 11.5)])
def test_a_late_clock_sends_once_and_keeps_the_schedule(late: float, then: float) -> None:
    layer = TransactionLayer()
    begin(layer)
    layer.handle_timeout(late)
    assert len(layer.packets_to_send()) == 1
    assert layer.next_timeout() == then


def test_a_clock_that_slept_through_it_all_only_gives_up() -> None:
    layer = TransactionLayer()
    _, spy = begin(layer)
    layer.handle_timeout(100_000.0)
    assert spy.heard == [(408, 100_000.0)]
    assert is_empty(layer)


def test_an_early_clock_does_nothing() -> None:
    layer = TransactionLayer()
    begin(layer)
    layer.handle_timeout(0.499)
    assert layer.packets_to_send() == []
    assert layer.next_timeout() == 0.5


@pytest.mark.parametrize(
    "changed",
    [
        {"Via": f"SIP/2.0/UDP 192.168.1.50:5060;branch={MAGIC_COOKIE}1"},
        {"Via": "SIP/2.0/UDP 192.168.1.50:5060"},
        {"CSeq": "1 SUBSCRIBE"},
    ],
)
def test_an_answer_to_something_else_is_not_taken(changed: dict[str, str]) -> None:
    layer = TransactionLayer()
    sent, spy = begin(layer)
    layer.receive(response(200, sent, **changed), PBX, 0.1)
    assert spy.heard == []
    assert layer.next_timeout() == 0.5


def test_two_methods_with_one_branch_are_two_transactions() -> None:
    layer = TransactionLayer()
    _, first = begin(layer)
    sent, second = begin(layer, request(method="SUBSCRIBE"))
    layer.receive(response(200, sent), PBX, 0.1)
    assert (first.heard, second.heard) == ([], [(200, 0.1)])


@pytest.mark.parametrize("branch", [None, ""])
def test_a_request_of_ours_needs_a_branch(branch: str | None) -> None:
    layer = TransactionLayer()
    with pytest.raises(LocalProtocolError):
        layer.send(request(branch), PBX, SpyReceiver(), 0.0)
    assert is_empty(layer)


def test_a_request_that_cannot_be_written_leaves_nothing_behind() -> None:
    layer = TransactionLayer()
    with pytest.raises(LocalProtocolError):
        layer.send(request(Subject="a\nb"), PBX, SpyReceiver(), 0.0)
    assert is_empty(layer)


def test_an_abandoned_request_is_neither_repeated_nor_told_of() -> None:
    layer = TransactionLayer()
    sent, spy = request(), SpyReceiver()
    client = layer.send(sent, PBX, spy, 0.0)
    layer.packets_to_send()
    layer.abandon(client)
    assert run(layer, 1000) == []
    layer.receive(response(200, sent), PBX, 0.2)
    layer.transport_failed(PBX, 0.3)
    layer.abandon(client)
    assert spy.heard == []
    assert is_empty(layer)


def test_an_answered_request_may_be_abandoned_by_whoever_hears_the_answer() -> None:
    layer = TransactionLayer()
    sent, heard = request(), []

    def give_up(response: Response, _now: float) -> None:
        heard.append(response.status)
        layer.abandon(client)

    client = layer.send(sent, PBX, give_up, 0.0)
    layer.packets_to_send()
    for now in (0.1, 0.2):
        layer.receive(response(200, sent), PBX, now)
    assert heard == [200]
    assert layer.next_timeout() is None
    assert is_empty(layer)


@pytest.mark.parametrize("status", [100, 200])
def test_repeated_answers_do_not_pile_up_deadlines(status: int) -> None:
    layer = TransactionLayer()
    sent, _ = begin(layer)
    for _ in range(1000):
        layer.receive(response(status, sent), PBX, 0.1)
    assert len(layer._deadlines) < 10


@pytest.mark.parametrize("place", ["one field", "two fields"])
def test_an_answer_with_a_second_via_is_not_for_us(place: str) -> None:
    """RFC 3261 section 8.1.3.3."""
    layer = TransactionLayer()
    sent, spy = begin(layer)
    ours, other = sent.headers.get("Via") or "", "SIP/2.0/UDP 192.168.1.99;branch=z9hG4bKx"
    vias = [f"{ours}, {other}"] if place == "one field" else [ours, other]
    others = [(name, value) for name, value in sent.headers if name != "Via"]
    answer = Response(200, "OK", [*(("Via", via) for via in vias), *others])
    layer.receive(answer.to_bytes(), PBX, 0.1)
    assert spy.heard == []
    layer.receive(response(200, sent, Via=f"{ours},"), PBX, 0.2)
    assert spy.heard == [(200, 0.2)]


def test_an_answer_may_send_the_next_request() -> None:
    layer = TransactionLayer()
    second = request(f"{MAGIC_COOKIE}2", CSeq="2 REGISTER")

    def again(_: Response, now: float) -> None:
        layer.send(second, PBX, spy, now)

    spy = SpyReceiver()
    first = request()
    layer.send(first, PBX, again, 0.0)
    layer.packets_to_send()
    layer.receive(response(401, first), PBX, 0.1)
    assert layer.packets_to_send() == [Packet(second.to_bytes(), PBX)]
    layer.receive(response(200, second), PBX, 0.2)
    assert spy.heard == [(200, 0.2)]


# Server transactions


NOTIFY = request(
    f"{MAGIC_COOKIE}-edba58c2",
    "NOTIFY",
    Via=(f"SIP/2.0/UDP 192.168.1.10:6060;branch={MAGIC_COOKIE}-edba58c2"),
).to_bytes()


def ask(layer: TransactionLayer, data: bytes = NOTIFY, now: float = 0.0) -> ServerTransaction:
    server = layer.receive(data, PBX, now)
    assert server is not None
    return server


def test_a_repeated_request_is_handed_out_once_and_gets_the_same_answer() -> None:
    layer = TransactionLayer()
    server = ask(layer)
    assert server.request.method == "NOTIFY"
    assert layer.receive(NOTIFY, PBX, 0.1) is None
    assert layer.packets_to_send() == []
    answer = respond(layer, server, 200, 0.2)
    for now in (0.5, 1.5, 15.0):
        assert layer.receive(NOTIFY, PBX, now) is None
        assert layer.packets_to_send() == [Packet(answer, PBX)]


def test_a_provisional_answer_is_repeated_until_the_final_one() -> None:
    layer = TransactionLayer()
    server = ask(layer)
    for status in (100, 200):
        answer = respond(layer, server, status, 0.1)
        layer.receive(NOTIFY, PBX, 0.2)
        assert layer.packets_to_send() == [Packet(answer, PBX)]


def test_an_answered_request_is_forgotten_after_thirty_two_seconds() -> None:
    """RFC 3261 section 17.2.2, timer J: a PBX that follows the RFC repeats its own that long."""
    layer = TransactionLayer()
    respond(layer, ask(layer), 200, 1.0)
    layer.receive(NOTIFY, PBX, 32.9)
    layer.packets_to_send()
    assert layer.next_timeout() == 33.0
    layer.handle_timeout(33.0)
    assert is_empty(layer)
    assert ask(layer, now=33.1).request.method == "NOTIFY"


def test_of_a_flood_of_requests_the_oldest_are_forgotten_and_our_own_are_not() -> None:
    layer = TransactionLayer()
    ours, spy = begin(layer)
    flood = [NOTIFY.replace(b"edba58c2", b"%08x" % number) for number in range(5000)]
    for data in flood:
        respond(layer, ask(layer, data), 200, 0.0)
        assert len(layer._transactions) <= 2049
        assert len(layer._identities) <= 2048
        assert len(layer._deadlines) <= 2052
    assert layer.receive(flood[-1], PBX, 0.1) is None
    assert layer.receive(flood[-1000], PBX, 0.1) is None
    assert ask(layer, flood[0], 0.1).request.method == "NOTIFY"
    layer.receive(response(200, ours), PBX, 0.2)
    assert spy.heard == [(200, 0.2)]
    run(layer, 100.0)
    assert is_empty(layer)


def test_of_a_flood_of_long_requests_few_are_remembered() -> None:
    layer = TransactionLayer()
    bodies = [b"%06d" % number * 10_000 for number in range(600)]
    for number, body in enumerate(bodies):
        branch = f"{MAGIC_COOKIE}{number}"
        notify = Request("NOTIFY", "sip:a", request(branch, "NOTIFY").headers, body)
        ask(layer, notify.to_bytes())
        held = sum(
            len(each.request.body)
            for each in layer._transactions.values()
            if isinstance(each, ServerTransaction)
        )
        assert held <= 16 * 2**20
    assert len(layer._transactions) > 100
    run(layer, 100.0)
    assert is_empty(layer)


def test_a_thousand_requests_at_once_are_all_remembered() -> None:
    """A telephone system that starts anew tells of every lamp at once."""
    layer = TransactionLayer()
    burst = [NOTIFY.replace(b"edba58c2", b"%08x" % number) for number in range(1000)]
    for data in burst:
        respond(layer, ask(layer, data), 200, 0.0)
    assert [layer.receive(data, PBX, 0.5) for data in burst] == [None] * 1000
    assert len(layer.packets_to_send()) == 1000


def test_a_request_that_is_never_answered_is_forgotten_too() -> None:
    """The session leaves one unanswered when the From of a NOTIFY holds no URI."""
    layer = TransactionLayer()
    server = ask(layer)
    assert layer.next_timeout() == 32.0
    layer.handle_timeout(32.0)
    assert is_empty(layer)
    with pytest.raises(LocalProtocolError):
        respond(layer, server, 200, 32.1)


def test_a_request_is_answered_finally_once() -> None:
    layer = TransactionLayer()
    server = ask(layer)
    answer = respond(layer, server, 200, 0.1)
    for status in (100, 200, 500):
        with pytest.raises(LocalProtocolError):
            layer.respond(server, Response(status, "Once more", ()), 0.2)
    layer.receive(NOTIFY, PBX, 0.3)
    assert layer.packets_to_send() == [Packet(answer, PBX)]


def test_an_answer_that_cannot_be_written_may_be_mended() -> None:
    layer = TransactionLayer()
    server = ask(layer)
    with pytest.raises(LocalProtocolError):
        layer.respond(server, Response(200, "O\nK", ()), 0.1)
    assert respond(layer, server, 500, 0.2).startswith(b"SIP/2.0 500 ")


@pytest.mark.parametrize(
    ("via", "expected"),
    [
        ("192.168.1.10:6060", 6060),
        ("192.168.1.10", 5060),
        ("pbx.example.com:5070;received=10.0.0.1", 5070),
        ("[2001:db8::1]:6061", 6061),
    ],
)
def test_the_answer_goes_to_where_the_request_came_from_at_the_port_of_its_via(
    via: str, expected: int
) -> None:
    """RFC 3261 section 18.2.2: the source's address counts, not its port."""
    assert answered_to(via) == PBX._replace(port=expected)


@pytest.mark.parametrize("rport", ["rport", "RPORT", "rport=", "rport=5060"])
def test_the_answer_goes_to_the_source_port_where_the_via_asks_for_it(rport: str) -> None:
    """RFC 3581 section 4."""
    assert answered_to(f"10.0.0.9:5060;{rport}") == PBX._replace(port=40_000)


def answered_to(via: str) -> Address:
    """Where the answer goes to a request with this Via that comes from port 40000."""
    layer = TransactionLayer()
    data = request(method="NOTIFY", Via=f"SIP/2.0/UDP {via};branch={BRANCH}").to_bytes()
    server = layer.receive(data, PBX._replace(port=40_000), 0.0)
    assert server is not None
    return server.remote


@pytest.mark.parametrize(
    ("via", "echoed"),
    [
        ("192.168.1.10:6060;branch=z9hG4bK1", "192.168.1.10:6060;branch=z9hG4bK1"),
        ("pbx.lan;branch=z9hG4bK1", "pbx.lan;branch=z9hG4bK1;received=192.168.1.10"),
        ("10.0.0.9;rport;branch=z9hG4bK1", "10.0.0.9;branch=z9hG4bK1;{source}"),
        ("192.168.1.10 ; RPort=1 ; branch=z9hG4bK1", "192.168.1.10;branch=z9hG4bK1;{source}"),
        ("a;received=6.6.6.6;branch=z9hG4bK1", "a;branch=z9hG4bK1;received=192.168.1.10"),
        ("a;branch=z9hG4bK+/=;x", "a;branch=z9hG4bK+/=;x;received=192.168.1.10"),
        ('a;x="1;rport, 2"', 'a;x="1;rport, 2";received=192.168.1.10'),
    ],
)
def test_the_topmost_via_comes_back_with_the_source_and_is_else_untouched(
    via: str, echoed: str
) -> None:
    """RFC 3261 section 18.2.1, RFC 3581 section 4."""
    below = ["SIP/2.0/UDP b;rport;branch=z9hG4bK2", "SIP/2.0/TCP c;received=d"]
    notify = request(method="NOTIFY", Via=f"SIP/2.0/UDP {via}, , {below[0]},")
    notify.headers.add("v", below[1])
    expected = echoed.format(source="received=192.168.1.10;rport=40000")
    assert vias_for_response(notify, PBX._replace(port=40_000)) == [
        f"SIP/2.0/UDP {expected}",
        *below,
    ]


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


def test_an_ack_is_not_handed_out_and_leaves_nothing_behind() -> None:
    layer = TransactionLayer()
    assert layer.receive(request(method="ACK").to_bytes(), PBX, 0.0) is None
    assert is_empty(layer)


@pytest.mark.parametrize("missing", ["Via", "From", "To", "Call-ID", "CSeq"])
@pytest.mark.parametrize("is_request", [True, False])
def test_a_message_without_its_essentials_is_refused_and_forgotten(
    missing: str, is_request: bool
) -> None:
    layer = TransactionLayer()
    fields = [(name, value) for name, value in request(method="NOTIFY").headers if name != missing]
    message = Request("NOTIFY", "sip:a", fields) if is_request else Response(200, "OK", fields)
    with pytest.raises(RemoteProtocolError):
        layer.receive(message.to_bytes(), PBX, 0.0)
    assert is_empty(layer)


def test_another_method_in_cseq_is_refused() -> None:
    layer = TransactionLayer()
    with pytest.raises(RemoteProtocolError):
        layer.receive(request(method="NOTIFY", CSeq="1 INVITE").to_bytes(), PBX, 0.0)
    (answer,) = layer.packets_to_send()
    assert answer.data.startswith(b"SIP/2.0 400 Bad Request: expected NOTIFY in CSeq\r\n")
    assert is_empty(layer)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b"Length: 0", b"Length: 9", b"400 Bad Request: expected 9 bytes of body"),
        (b"Length: 0", b"Length: \xe4", b"400 Bad Request: expected a number as Content-Length"),
        (b"1 NOTIFY", b"\xe4 NOTIFY", b"400 Bad Request: expected a number as CSeq"),
        (b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia", b"505 Version Not Supported"),
        (b"From: ", b"From: <", b"400 Bad Request"),
        (b"\r\n\r\n", b"\r\n" + b"X: y\r\n" * 600 + b"\r\n", b"513 Message Too Large"),
    ],
)
def test_a_refusal_names_the_fault_and_quotes_nothing(old: bytes, new: bytes, line: bytes) -> None:
    """RFC 3261 section 21.4.1; 505 and 513 say it all."""
    layer = TransactionLayer()
    assert old in NOTIFY
    with pytest.raises(RemoteProtocolError):
        layer.receive(NOTIFY.replace(old, new), PBX, 0.0)
    (answer,) = layer.packets_to_send()
    assert answer.data.partition(b"\r\n")[0] == b"SIP/2.0 " + line


def test_a_refusal_echoes_the_bytes_it_came_with() -> None:
    """RFC 3261 section 8.2.6.2: From equals that of the request, be it Latin-1."""
    layer = TransactionLayer()
    name = b'From: "J\xfcrgen" <sip:'
    data = NOTIFY.replace(b"From: sip:", name).replace(b"192.168.1.50;tag", b"a>;tag")
    with pytest.raises(RemoteProtocolError):
        layer.receive(data.replace(b"Length: 0", b"Length: 9"), PBX, 0.0)
    with pytest.raises(RemoteProtocolError):
        layer.receive(data.replace(b"1 NOTIFY", b"x NOTIFY"), PBX, 0.0)
    first, second = layer.packets_to_send()
    assert name in first.data
    assert name in second.data


def test_a_refusal_too_long_for_a_datagram_is_not_sent() -> None:
    """RFC 3261 section 18.1.1; compact names grow when they are written out."""

    def refusal(length: int) -> list[Packet]:
        layer = TransactionLayer()
        head = b"NOTIFY sip:a SIP/2.0\r\nv:SIP/2.0/UDP a\r\nf:sip:a\r\nt:sip:a\r\nCSeq:1 X\r\ni:"
        with pytest.raises(RemoteProtocolError):
            layer.receive(head + b"1" * length + b"\r\n\r\n", PBX, 0.0)
        return layer.packets_to_send()

    (short,) = refusal(1)
    room = 65_507 - len(short.data) + 1
    assert [len(packet.data) for packet in refusal(room)] == [65_507]
    assert refusal(room + 1) == []


def test_a_response_too_long_for_a_datagram_is_ours_to_shorten() -> None:
    """RFC 3261 section 18.1.1 bounds a message at what a UDP datagram holds: 65,507 bytes."""
    layer = TransactionLayer()
    server = ask(layer)
    for length, fits in ((65_508, False), (65_507, True)):
        answer = Response(200, "OK", [("Subject", "x")])
        answer = Response(200, "OK", [("Subject", "x" * (length - len(answer.to_bytes()) + 1))])
        assert len(answer.to_bytes()) == length
        if not fits:
            with pytest.raises(LocalProtocolError):
                layer.respond(server, answer, 0.1)
            assert layer.packets_to_send() == []
        else:
            layer.respond(server, answer, 0.1)
            assert len(layer.packets_to_send()) == 1


# Merged requests: RFC 3261 section 8.2.2.2


def over(branch: str, method: str = "OPTIONS", **changed: str) -> bytes:
    via = f"SIP/2.0/UDP 192.168.1.10:6060;branch={MAGIC_COOKIE}{branch}"
    return request(method=method, Via=via, **changed).to_bytes()


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


# INVITE server transactions: RFC 3261 section 17.2.1


INVITE = over("-invite", "INVITE")
ACK = over("-invite", "ACK", To="sip:RECEPTION@192.168.1.10;tag=60b7acd9-0")
OVER_TCP = PBX._replace(transport="TCP")


def refuse(layer: TransactionLayer, source: Address = PBX) -> bytes:
    """An INVITE comes and is refused at 0.0; the bytes that go out."""
    server = layer.receive(INVITE, source, 0.0)
    assert server is not None
    return respond(layer, server, 480, 0.0)


def test_a_refusal_is_repeated_until_timer_h_when_no_ack_comes() -> None:
    """Timer G doubles from T1 up to T2."""
    layer = TransactionLayer()
    refuse(layer)
    assert run(layer, 1000) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert is_empty(layer)


def test_the_ack_ends_the_repetitions_and_is_absorbed_for_five_seconds() -> None:
    """Timer I; a repeated INVITE that crosses the ACK finds the transaction and no answer."""
    layer = TransactionLayer()
    refuse(layer)
    assert run(layer, 2.0) == [0.5, 1.5]
    assert layer.receive(ACK, PBX, 2.0) is None
    assert layer.next_timeout() == 7.0
    for data in (ACK, INVITE, ACK):
        assert layer.receive(data, PBX, 6.9) is None
    assert layer.next_timeout() == 7.0
    assert run(layer, 1000) == []
    assert is_empty(layer)


def test_a_repeated_invite_gets_the_refusal_it_had() -> None:
    layer = TransactionLayer()
    answer = refuse(layer)
    assert layer.receive(INVITE, PBX, 0.3) is None
    assert layer.packets_to_send() == [Packet(answer, PBX)]
    assert layer.next_timeout() == 0.5


def test_an_invite_may_be_answered_provisionally_first() -> None:
    layer = TransactionLayer()
    server = ask(layer, INVITE)
    ringing = respond(layer, server, 180, 0.0)
    layer.receive(INVITE, PBX, 0.5)
    assert layer.packets_to_send() == [Packet(ringing, PBX)]
    assert layer.next_timeout() == 32.0
    respond(layer, server, 480, 1.0)
    assert layer.next_timeout() == 1.5


def test_over_a_reliable_transport_a_refusal_goes_out_once() -> None:
    """No timer G, and timer I is zero; timer H runs all the same."""
    layer = TransactionLayer()
    refuse(layer, OVER_TCP)
    assert layer.next_timeout() == 32.0
    layer.receive(ACK, OVER_TCP, 1.0)
    assert layer.next_timeout() == 1.0
    assert run(layer, 1000) == []
    assert is_empty(layer)


def test_a_late_clock_repeats_a_refusal_once_and_keeps_the_schedule() -> None:
    layer = TransactionLayer()
    refuse(layer)
    layer.handle_timeout(3.6)
    assert len(layer.packets_to_send()) == 1
    assert layer.next_timeout() == 7.5


@pytest.mark.parametrize(
    "stray",
    [
        over("-other", "ACK"),
        over("-invite", "ACK").replace(b"192.168.1.10:6060", b"192.168.1.11:6060"),
        ACK.replace(b"ACK", b"PRACK"),
    ],
)
def test_an_ack_to_something_else_ends_nothing(stray: bytes) -> None:
    """RFC 3261 section 17.2.3: branch, sent-by, and no other method."""
    layer = TransactionLayer()
    refuse(layer)
    layer.receive(stray, PBX, 0.1)
    assert layer.next_timeout() == 0.5


def test_an_ack_ahead_of_the_refusal_ends_nothing() -> None:
    layer = TransactionLayer()
    server = ask(layer, INVITE)
    layer.receive(ACK, PBX, 0.1)
    respond(layer, server, 480, 0.2)
    assert layer.next_timeout() == 0.7


@pytest.mark.parametrize("status", [200, 202])
def test_an_invite_is_never_accepted(status: int) -> None:
    """RFC 6026 has more states for that; Call Ctrl takes no calls."""
    layer = TransactionLayer()
    server = ask(layer, INVITE)
    with pytest.raises(LocalProtocolError):
        respond(layer, server, status, 0.1)
    assert respond(layer, server, 480, 0.2)


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


def test_a_cancel_finds_its_invite_and_no_other_request() -> None:
    """RFC 3261 section 9.2."""
    layer = TransactionLayer()
    server = ask(layer, INVITE)
    cancel = ask(layer, over("-invite", "CANCEL"))
    assert layer.cancelled_by(cancel.request) is server
    ask(layer, over("-options"))
    assert layer.cancelled_by(ask(layer, over("-options", "CANCEL")).request) is None
    assert layer.cancelled_by(ask(layer, over("-unknown", "CANCEL")).request) is None


# All together


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "send",
                    "answer",
                    "provisional",
                    "fail",
                    "abandon",
                    "ask",
                    "invite",
                    "ack",
                    "respond",
                    "wait",
                ]
            ),
            st.integers(0, 4),
            st.floats(0, 8),
        ),
        max_size=40,
    )
)
def test_in_the_end_nothing_is_left(actions: list[tuple[str, int, float]]) -> None:
    layer = TransactionLayer()
    now = 0.0
    spies: list[SpyReceiver] = []
    clients: list[ClientTransaction] = []
    abandoned: set[ClientTransaction] = set()
    servers: list[ServerTransaction] = []
    requests = [request(f"{MAGIC_COOKIE}{which}") for which in range(5)]
    under_way: set[int] = set()
    for action, which, pause in actions:
        sent = requests[which]
        match action:
            case "send" if which not in under_way:  # our branches are never used twice
                under_way.add(which)
                spies.append(SpyReceiver())
                clients.append(layer.send(sent, PBX, spies[-1], now))
            case "abandon" if clients:
                layer.abandon(clients[-1])
                abandoned.add(clients[-1])
            case "answer":
                layer.receive(response(200, sent), PBX, now)
            case "provisional":
                layer.receive(response(100, sent), PBX, now)
            case "fail":
                layer.transport_failed(PBX, now)
            case "ask":
                server = layer.receive(sent.to_bytes(), PBX, now)
                servers += [server] if server is not None else []
            case "invite":
                server = layer.receive(over(f"i{which}", "INVITE"), PBX, now)
                servers += [server] if server is not None else []
            case "ack":
                layer.receive(over(f"i{which}", "ACK"), PBX, now)
            case "respond" if servers:
                respond_all(layer, servers, now)
            case "wait":
                now += pause
                layer.handle_timeout(now)
        layer.packets_to_send()
    respond_all(layer, servers, now)
    run(layer, now + 100)
    assert is_empty(layer)
    for spy, client in zip(spies, clients, strict=True):
        finals = [status for status, _ in spy.heard if status >= 200]
        assert len(finals) == 1 or (client in abandoned and not finals)


def respond_all(layer: TransactionLayer, servers: list[ServerTransaction], now: float) -> None:
    for server in servers:
        if server.is_terminated:
            continue  # nobody asks any more
        layer.respond(server, Response(480, "No", list(server.request.headers)), now)
    servers.clear()
    layer.packets_to_send()


def test_a_late_clock_serves_everyone_in_one_call() -> None:
    layer = TransactionLayer()
    spies = [begin(layer, request(f"{MAGIC_COOKIE}{each}"), each / 10)[1] for each in range(20)]
    layer.handle_timeout(50.0)
    assert all(spy.heard == [(408, 50.0)] for spy in spies)
    assert is_empty(layer)


# Over a stream, and what is too long for a datagram

PBX_TCP = PBX._replace(transport="TCP")
PC_TCP = Address("192.168.1.50", 40123, "TCP")


def by_tcp(sent: Request) -> Request:
    fields = [
        (name, value.replace("/UDP", "/TCP") if name == "Via" else value)
        for name, value in sent.headers
    ]
    return Request(sent.method, sent.uri, fields, sent.body)


@pytest.mark.parametrize(
    ("address", "is_reliable"),
    [(PBX, False), (PBX_TCP, True), (PBX._replace(transport="TLS"), True)],
)
def test_all_but_udp_is_reliable(address: Address, is_reliable: bool) -> None:
    assert address.is_reliable is is_reliable


def test_an_ipv6_address_is_shown_in_brackets() -> None:
    assert str(Address("2001:db8::1", 5061, "TLS")) == "TLS [2001:db8::1]:5061"


def test_over_a_stream_a_request_goes_out_once_and_timer_f_stays() -> None:
    """RFC 3261 section 17.1.2.2: no timer E."""
    layer = TransactionLayer()
    _, spy = begin(layer, by_tcp(request()), remote=PBX_TCP)
    assert run(layer, 1000) == []
    assert spy.heard == [(408, 16.0)]
    assert is_empty(layer)


def test_over_a_stream_a_provisional_answer_starts_no_repetition() -> None:
    """RFC 3261 section 17.1.2.2."""
    layer = TransactionLayer()
    sent, spy = begin(layer, by_tcp(request()), remote=PBX_TCP)
    layer.receive(response(100, sent), PBX_TCP, 0.2)
    assert run(layer, 1000) == []
    assert spy.heard == [(100, 0.2), (408, 16.0)]


def test_over_a_stream_nothing_lingers_behind_the_answer() -> None:
    """RFC 3261 section 17.1.2.2: timer K is zero."""
    layer = TransactionLayer()
    sent, spy = begin(layer, by_tcp(request()), remote=PBX_TCP)
    layer.receive(response(200, sent), PBX_TCP, 0.2)
    assert spy.heard == [(200, 0.2)]
    assert is_empty(layer)


def test_over_a_stream_a_request_is_forgotten_once_it_is_answered() -> None:
    """RFC 3261 section 17.2.2: timer J is zero."""
    layer = TransactionLayer()
    server = layer.receive(by_tcp(request()).to_bytes(), PC_TCP, 0.0)
    assert server is not None
    respond(layer, server, 200, 0.1)
    assert is_empty(layer)


@pytest.mark.parametrize(
    ("via", "otherwise"),
    [
        ("SIP/2.0/TCP 192.168.1.50:5060", PC_TCP._replace(port=5060)),
        ("SIP/2.0/TCP pc.example.com:5070", PC_TCP._replace(port=5070)),
        ("SIP/2.0/TCP pc.example.com", PC_TCP._replace(port=5060)),
        ("SIP/2.0/TCP pc.example.com;rport", PC_TCP._replace(port=5060)),
    ],
)
def test_a_response_goes_back_on_the_connection_or_else_to_the_via(
    via: str, otherwise: Address
) -> None:
    """RFC 3261 section 18.2.2."""
    layer = TransactionLayer()
    data = request(Via=f"{via};branch={BRANCH}").to_bytes()
    server = layer.receive(data, PC_TCP, 0.0)
    assert server is not None
    layer.respond(server, Response(200, "OK", list(server.request.headers)), 0.1)
    (packet,) = layer.packets_to_send()
    assert (packet.remote, packet.otherwise) == (PC_TCP, otherwise)


def test_over_tls_the_via_port_is_5061_where_it_says_none() -> None:
    """RFC 3261 section 18.2.2."""
    layer = TransactionLayer()
    source = PC_TCP._replace(transport="TLS")
    data = request(Via=f"SIP/2.0/TLS pc.example.com;branch={BRANCH}").to_bytes()
    server = layer.receive(data, source, 0.0)
    assert server is not None
    layer.respond(server, Response(200, "OK", list(server.request.headers)), 0.1)
    (packet,) = layer.packets_to_send()
    assert packet.otherwise == source._replace(port=5061)


def test_a_bad_request_is_refused_on_its_connection() -> None:
    """RFC 3261 section 18.2.2."""
    layer = TransactionLayer()
    data = by_tcp(request()).to_bytes().replace(b"1 REGISTER", b"1 INVITE")
    with pytest.raises(RemoteProtocolError):
        layer.receive(data, PC_TCP, 0.0)
    (packet,) = layer.packets_to_send()
    assert packet.data.startswith(b"SIP/2.0 400 ")
    assert (packet.remote, packet.otherwise) == (PC_TCP, PC_TCP._replace(port=5060))


def test_a_lost_connection_fails_what_is_on_its_way_there_alone() -> None:
    """RFC 3261 section 17.1.4."""
    layer = TransactionLayer()
    _, by_stream = begin(layer, by_tcp(request()), remote=PBX_TCP)
    _, by_datagram = begin(layer, request(f"{MAGIC_COOKIE}1"))
    layer.transport_failed(PBX_TCP, 0.5)
    assert by_stream.heard == [(503, 0.5)]
    assert by_datagram.heard == []


@pytest.mark.parametrize("data", [b"\r\n", b"\r\n\r\n"])
def test_line_ends_that_keep_a_way_open_are_no_message(data: bytes) -> None:
    """RFC 5626 section 3.5.1."""
    layer = TransactionLayer()
    assert layer.receive(data, PBX_TCP, 0.0) is None
    assert is_empty(layer)


def send_long(layer: TransactionLayer, branch: str = BRANCH) -> tuple[Packet, SpyReceiver]:
    """A request of more than 1300 bytes, meant for UDP."""
    spy = SpyReceiver()
    layer.send(request(branch, Subject="x" * 1300), PBX, spy, 0.0, longest_datagram=1300)
    (packet,) = layer.packets_to_send()
    return packet, spy


def test_a_request_too_long_for_a_datagram_goes_by_tcp_and_says_so() -> None:
    """RFC 3261 section 18.1.1."""
    layer = TransactionLayer()
    packet, spy = send_long(layer)
    assert packet.remote == PBX_TCP
    assert packet.data.split(b"\r\n")[1].startswith(b"Via: SIP/2.0/TCP 192.168.1.50:5060;branch=")
    sent = parse(packet.data)
    assert isinstance(sent, Request)
    layer.receive(response(200, sent), PBX_TCP, 0.1)
    assert spy.heard == [(200, 0.1)]
    assert is_empty(layer)


def test_a_request_that_fits_stays_a_datagram() -> None:
    """RFC 3261 section 18.1.1."""
    layer = TransactionLayer()
    sent = request()
    length = len(sent.to_bytes())
    layer.send(sent, PBX, SpyReceiver(), 0.0, longest_datagram=length)
    assert layer.packets_to_send() == [Packet(sent.to_bytes(), PBX)]


def test_where_tcp_is_refused_it_goes_as_a_datagram_after_all() -> None:
    """RFC 3261 section 18.1.1: repeated like any, and given up when it would have been."""
    layer = TransactionLayer()
    _, spy = send_long(layer)
    layer.transport_failed(PBX_TCP, 1.0)
    (packet,) = layer.packets_to_send()
    assert packet.remote == PBX
    assert b"Via: SIP/2.0/UDP 192.168.1.50:5060" in packet.data
    assert run(layer, 1000) == [1.5, 2.5, 4.5, 8.5, 12.5]
    assert spy.heard == [(408, 16.0)]
    assert is_empty(layer)


def test_who_took_the_datagram_is_not_asked_by_tcp_again() -> None:
    layer = TransactionLayer()
    packet, spy = send_long(layer)
    layer.transport_failed(PBX_TCP, 1.0)
    sent = parse(layer.packets_to_send()[0].data)
    assert isinstance(sent, Request)
    layer.receive(response(200, sent), PBX, 1.1)
    assert spy.heard == [(200, 1.1)]
    packet, _ = send_long(layer, f"{MAGIC_COOKIE}2")
    assert packet.remote == PBX


def test_who_is_not_there_at_all_may_still_take_tcp_later() -> None:
    layer = TransactionLayer()
    _, spy = send_long(layer)
    layer.transport_failed(PBX_TCP, 1.0)
    layer.packets_to_send()
    layer.transport_failed(PBX, 1.1)
    assert spy.heard == [(503, 1.1)]
    packet, _ = send_long(layer, f"{MAGIC_COOKIE}2")
    assert packet.remote == PBX_TCP


def test_a_request_under_way_is_not_doubled_by_a_lost_connection() -> None:
    """RFC 3261 section 17.1.4: it has arrived, or there would be no provisional answer."""
    layer = TransactionLayer()
    packet, spy = send_long(layer)
    sent = parse(packet.data)
    assert isinstance(sent, Request)
    layer.receive(response(100, sent), PBX_TCP, 0.1)
    layer.transport_failed(PBX_TCP, 1.0)
    assert layer.packets_to_send() == []
    assert spy.heard == [(100, 0.1), (503, 1.0)]
