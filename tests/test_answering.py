"""What the PBX may ask of us and is answered, on a virtual wire (RFC 3261 sections 8.2 to 18.2)."""

from __future__ import annotations

from typing import Any

import pytest

from callctrl.calls import CallChanged, SessionState
from callctrl.sip.message import Response, parse
from callctrl.sip.packets import Address
from tests.desk import PBX, PC, PHONE, Desk

STRANGER = Address("10.9.9.9", 6060)
REPORT = '<spa-status>\r\n<call id="1" ref="9" ext="1" state="ringing"/>\r\n</spa-status>\r\n'


def request(method: str = "OPTIONS", branch: str = "1", body: str = "", **changed: str) -> bytes:
    """A request out of the blue; `Request_URI`, `Event` and the like change or add a field."""
    fields = {
        "Via": f"SIP/2.0/UDP 192.168.1.10:6060;branch=z9hG4bK{branch}",
        "Max-Forwards": "70",
        "From": "<sip:200@192.168.1.10>;tag=3e71480c6eab9f9b",
        "To": "<sip:RECEPTION@192.168.1.10>",
        "Call-ID": "3ecb02c9-250f41cd@localhost",
        "CSeq": f"101 {method}",
    }
    fields |= {name.replace("_", "-"): value for name, value in changed.items()}
    uri = fields.pop("Request-URI", "sip:RECEPTION@192.168.1.50:5060")
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {uri} SIP/2.0\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def notify(branch: str = "1", body: str = REPORT, **changed: str) -> bytes:
    """A report on our phone that nobody asked for."""
    fields = {
        "Event": "x-spa-cti",
        "P-Station-Name": "FrontDesk ;mac=000e08aabbcc",
        "Content-Type": "application/x-spa-status",
    }
    return request("NOTIFY", branch, body, **(fields | changed))


def told(desk: Desk, data: bytes, source: Address = PBX) -> list[Response]:
    """A message comes; what is sent at once."""
    before = len(desk.wire.sent)
    desk.wire.do(lambda now: desk.session.receive(data, source, now))
    answers = [parse(sent.data) for sent in desk.wire.sent[before:] if sent.source == PC]
    assert all(isinstance(answer, Response) for answer in answers)
    return answers  # type: ignore[return-value]  # the line above has seen to it


def answer_to(desk: Desk, data: bytes) -> Response:
    (answer,) = told(desk, data)
    return answer


def inside_our_dialog(desk: Desk) -> dict[str, str]:
    """The fields that make a request of the PBX one of our subscription's dialog."""
    subscribe, granted = desk.requests("SUBSCRIBE")[-1], desk.responses("SUBSCRIBE")[-1]
    return {
        "Call-ID": subscribe.call_id,
        "From": f"<sip:FrontDesk@192.168.1.10>;tag={granted.to.tag}",
        "To": f"<sip:RECEPTION@192.168.1.10>;tag={subscribe.from_.tag}",
    }


def line(answer: Response) -> str:
    return f"{answer.status} {answer.reason}"


# OPTIONS: RFC 3261 section 11


def test_options_tells_what_we_do() -> None:
    """Section 11.2."""
    answer = answer_to(Desk().start(), request())
    assert line(answer) == "200 OK"
    assert list(answer.headers)[5:] == [
        ("Allow", "ACK, CANCEL, NOTIFY, OPTIONS"),
        ("Accept", "application/x-spa-status"),
        ("Accept-Encoding", "identity"),
        ("Accept-Language", "*"),
        ("Supported", ""),
        ("Allow-Events", "x-spa-cti"),
        ("Content-Length", "0"),
    ]
    assert answer.to.tag


def test_options_is_answered_in_the_dialog_of_our_subscription() -> None:
    """Section 11.2: as outside a dialog."""
    desk = Desk().start()
    inside = inside_our_dialog(desk)
    answer = answer_to(desk, request(**inside))
    assert answer.status == 200
    assert answer.headers.get("To") == inside["To"]
    inside["From"] = "<sip:FrontDesk@192.168.1.10>;tag=other"
    assert line(answer_to(desk, request(branch="2", **inside))) == (
        "481 Call/Transaction Does Not Exist"
    )


def test_options_in_a_dialog_we_do_not_know_is_481() -> None:
    """Section 12.2.2."""
    answer = answer_to(Desk().start(), request(To="<sip:a@b>;tag=gone"))
    assert line(answer) == "481 Call/Transaction Does Not Exist"
    assert answer.to.tag == "gone"


@pytest.mark.parametrize("method", ["OPTIONS", "NOTIFY"])
def test_the_last_hop_is_answered_like_any_other(method: str) -> None:
    """Section 8.1.1.6: Max-Forwards 0 keeps a proxy from forwarding, not us from answering."""
    data = request() if method == "OPTIONS" else notify()
    data = data.replace(b"Max-Forwards: 70", b"Max-Forwards: 0")
    assert answer_to(Desk().start(), data).status == 200


# INVITE: RFC 3261 sections 13.3.1 and 17.2.1


OFFER = {"Content-Type": "application/sdp", "body": "v=0\r\n"}


def test_a_forked_call_is_turned_away_for_us_and_goes_on_for_others() -> None:
    """Section 21.4.18: 480; a 6xx would end it on the desk phone too (section 16.7 no. 5)."""
    answer = answer_to(Desk().start(), request("INVITE", **OFFER))
    assert line(answer) == "480 Temporarily Unavailable"
    assert answer.to.tag


def test_the_refusal_of_a_call_is_repeated_until_its_ack_comes() -> None:
    """Section 17.2.1, timer G; the ACK itself is answered by nothing."""
    desk = Desk().start()
    first = answer_to(desk, request("INVITE"))
    before = len(desk.wire.sent)
    desk.wire.run(2.0)
    repeated = [sent for sent in desk.wire.sent[before:] if sent.source == PC]
    assert [round(sent.at - desk.wire.now + 2.0, 3) for sent in repeated] == [0.5, 1.5]
    assert {parse(sent.data).to.tag for sent in repeated} == {first.to.tag}
    ack = request("ACK", To=f"<sip:RECEPTION@192.168.1.10>;tag={first.to.tag}")
    assert told(desk, ack) == []
    before = len(desk.wire.sent)
    desk.wire.run(10.0)
    assert [sent.title for sent in desk.wire.sent[before:] if sent.title == "480 INVITE"] == []


def test_a_repeated_invite_gets_the_same_refusal_and_is_no_second_call() -> None:
    """Section 17.2.1: the transaction answers."""
    desk = Desk().start()
    first = answer_to(desk, request("INVITE"))
    again = answer_to(desk, request("INVITE"))
    assert (again.status, again.to.tag) == (480, first.to.tag)


def test_an_invite_in_a_dialog_we_do_not_know_is_481() -> None:
    """Section 12.2.2."""
    answer = answer_to(Desk().start(), request("INVITE", To="<sip:a@b>;tag=gone"))
    assert line(answer) == "481 Call/Transaction Does Not Exist"


def test_an_ack_to_nothing_is_answered_by_nothing() -> None:
    """Section 17.2.1."""
    assert told(Desk().start(), request("ACK", **OFFER)) == []


# CANCEL: RFC 3261 section 9.2


def test_the_cancel_of_a_forked_call_is_answered_200_with_the_tag_of_the_refusal() -> None:
    desk = Desk().start()
    refusal = answer_to(desk, request("INVITE"))
    answer = answer_to(desk, request("CANCEL"))
    assert line(answer) == "200 OK"
    assert answer.to.tag == refusal.to.tag


def test_the_cancel_of_something_else_is_481() -> None:
    desk = Desk().start()
    told(desk, request("INVITE"))
    for branch in ("2", "3"):
        answer = answer_to(desk, request("CANCEL", branch))
        assert line(answer) == "481 Call/Transaction Does Not Exist"
        assert answer.to.tag


def test_require_in_a_cancel_is_not_looked_at() -> None:
    """Section 8.2.2.3."""
    desk = Desk().start()
    told(desk, request("INVITE"))
    assert answer_to(desk, request("CANCEL", Require="100rel")).status == 200


# Refusals: RFC 3261 section 8.2


def test_a_method_we_know_is_405_and_one_we_do_not_is_501() -> None:
    """Section 8.2.1."""
    desk = Desk().start()
    known = answer_to(desk, request("MESSAGE"))
    assert line(known) == "405 Method Not Allowed"
    assert known.headers.get("Allow") == "ACK, CANCEL, NOTIFY, OPTIONS"
    assert line(answer_to(desk, request("DANCE"))) == "501 Not Implemented"


@pytest.mark.parametrize("method", ["OPTIONS", "INVITE", "NOTIFY"])
def test_another_kind_of_address_is_416(method: str) -> None:
    """Section 8.2.2.1."""
    uri = {"Request-URI": "tel:+15551234"}
    data = notify(**uri) if method == "NOTIFY" else request(method, **uri)
    assert line(answer_to(Desk().start(), data)) == "416 Unsupported URI Scheme"


@pytest.mark.parametrize("method", ["OPTIONS", "INVITE"])
def test_a_request_that_comes_on_two_paths_is_answered_482_on_the_second(method: str) -> None:
    """Section 8.2.2.2: same From tag, Call-ID and CSeq, no To tag, another branch."""
    desk = Desk().start()
    first = answer_to(desk, request(method, "1"))
    assert first.status != 482
    assert line(answer_to(desk, request(method, "2"))) == "482 Loop Detected"
    assert line(answer_to(desk, request(method, "2"))) == "482 Loop Detected"
    assert answer_to(desk, request(method, "1")).status == first.status


def test_tolerate_reports_counted_alike() -> None:
    """Nobody has seen how the SPA9000 numbers what it relays (protocol.md B.5 no. 9)."""
    desk = Desk().start()
    for branch, state in (("1", "ringing"), ("2", "connected"), ("3", "ringing")):
        body = REPORT.replace("ringing", state)
        assert line(answer_to(desk, notify(branch, body))) == "200 OK"
    assert desk.call_states("1")[:2] == ["ringing", "connected"]
    for branch, status in (("4", 489), ("5", 482)):
        assert answer_to(desk, notify(branch, Event="dialog", CSeq="7 NOTIFY")).status == status


@pytest.mark.parametrize("method", ["OPTIONS", "INVITE", "NOTIFY"])
def test_every_extension_that_is_required_is_named(method: str) -> None:
    """Section 8.2.2.3."""
    required = {"Require": "100rel, eventlist"}
    data = notify(**required) if method == "NOTIFY" else request(method, **required)
    answer = answer_to(Desk().start(), data)
    assert line(answer) == "420 Bad Extension"
    assert answer.headers.get("Unsupported") == "100rel, eventlist"


def test_another_event_package_is_489_with_ours() -> None:
    """RFC 6665 section 4.1.3."""
    desk = Desk().start()
    for branch, event in (("1", "dialog;id=4"), ("2", "")):
        answer = answer_to(desk, notify(branch, Event=event, CSeq=f"{branch} NOTIFY"))
        assert line(answer) == "489 Bad Event"
        assert answer.headers.get("Allow-Events") == "x-spa-cti"


def test_another_event_package_in_our_dialog_is_489_too_and_is_no_word_on_ours() -> None:
    """RFC 6665 sections 4.1.3 and 8.2.1: the subscription is to one package."""
    desk = Desk().start()
    over = {"Event": "presence", "Subscription-State": "terminated;reason=rejected"}
    answer = answer_to(desk, notify(**inside_our_dialog(desk), **over))
    assert line(answer) == "489 Bad Event"
    assert answer.headers.get("Allow-Events") == "x-spa-cti"
    assert desk.state is SessionState.READY
    assert len(desk.session.calls) == 0


def test_a_report_we_cannot_read_is_415_and_changes_nothing() -> None:
    """Section 8.2.3."""
    desk = Desk().start()
    other = answer_to(desk, notify("1", **{"Content-Type": "text/plain"}))
    assert line(other) == "415 Unsupported Media Type"
    assert other.headers.get("Accept") == "application/x-spa-status"
    packed = answer_to(desk, notify("2", **{"Content-Encoding": "gzip"}))
    assert line(packed) == "415 Unsupported Media Type"
    assert packed.headers.get("Accept-Encoding") == "identity"
    assert desk.events(CallChanged) == []
    assert desk.state is SessionState.READY


def test_a_report_we_need_not_read_is_answered_and_left_aside() -> None:
    """Section 20.11."""
    optional = {"Content-Type": "text/plain", "Content-Disposition": "render;handling=optional"}
    desk = Desk().start()
    assert answer_to(desk, notify(**optional)).status == 200
    assert desk.events(CallChanged) == []


def test_an_overtaken_report_is_answered_200_and_not_read() -> None:
    """RFC 3261 section 12.2.2 has 500 for it; docs/decisions/0007 says why it does not get one."""
    desk = Desk().start()
    inside = inside_our_dialog(desk)
    late = notify("1", **inside, CSeq="9001 NOTIFY")
    assert answer_to(desk, notify("2", "", **inside, CSeq="9002 NOTIFY")).status == 200
    assert answer_to(desk, late).status == 200
    assert desk.events(CallChanged) == []
    assert answer_to(desk, notify("3", **inside, CSeq="9003 NOTIFY")).status == 200
    assert desk.call_states("1") == ["ringing"]


def test_a_report_without_a_body_is_answered() -> None:
    assert answer_to(Desk().start(), notify(body="")).status == 200


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (" SIP/2.0\r\n", " SIP/3.0\r\n", "505 Version Not Supported"),
        ("CSeq: 101", "CSeq: x", "400 Bad Request: expected a number as CSeq"),
        ("Length: 0\r\n", "Length: 0\r\n" + "X: y\r\n" * 600, "513 Message Too Large"),
    ],
)
def test_what_is_no_sip_is_refused_with_a_reason(old: str, new: str, expected: str) -> None:
    """Sections 21.4.1, 21.5.6 and 21.5.7."""
    desk = Desk().start()
    data = request().replace(old.encode(), new.encode(), 1)
    assert line(answer_to(desk, data)) == expected
    assert desk.session.dropped.not_understood == 1


# Retransmissions: RFC 3261 section 17.2.2


@pytest.mark.parametrize(
    "via", ["a;branch=z9hG4bK1", "a;branch=k1hk2bD-12345678", "a", "a;branch=z9hG4bK"]
)
def test_a_repeated_request_is_answered_from_the_transaction(via: str) -> None:
    """Section 17.2.3, for branches of RFC 3261 and of RFC 2543."""
    desk = Desk().start()
    data = notify(Via=f"SIP/2.0/UDP {via}")
    first = answer_to(desk, data)
    desk.wire.run(20.0)
    again = answer_to(desk, data)
    assert (again.status, again.to.tag) == (200, first.to.tag)
    assert len(desk.events(CallChanged)) == 1


# Who is heard: the PBX and the phone


@pytest.mark.parametrize("changed", [{"port": 9}, {"transport": "TCP"}])
def test_the_pbx_is_heard_at_any_port_and_by_any_transport(changed: dict[str, Any]) -> None:
    """Section 18.2.1: it sends from where it likes, and names in Via where it listens."""
    desk = Desk().start()
    source = PBX._replace(**changed)
    assert desk.session.hears(source)
    desk.session.receive(request(), source, desk.wire.now)
    (packet,) = desk.session.packets_to_send()
    assert packet.data.startswith(b"SIP/2.0 200 OK")


@pytest.mark.parametrize("data", [request(), notify(), request("INVITE"), b"rubbish"])
def test_a_stranger_is_not_answered_but_counted(data: bytes) -> None:
    desk = Desk().start()
    assert not desk.session.hears(STRANGER)
    assert told(desk, data, STRANGER) == []
    assert desk.events(CallChanged) == []
    assert (desk.session.dropped.strangers, desk.session.dropped.not_understood) == (1, 0)


def test_the_phone_is_a_stranger_where_its_address_is_not_set() -> None:
    desk = Desk().start()
    assert (desk.session.hears(PBX), desk.session.hears(PHONE)) == (True, False)


def registering(desk: Desk) -> bytes:
    """The PBX's good answer to the REGISTER under way, had it sent one."""
    register = desk.requests("REGISTER")[-1]
    fields = [(name, value) for name, value in register.headers if name != "User-Agent"]
    return Response(200, "OK", [*fields, ("Contact", "sip:a;expires=60")]).to_bytes()


def test_a_response_of_a_stranger_is_not_taken_even_if_it_matches() -> None:
    """Section 17.1.3 alone would take it; 26.3.2.4 tells what that may cost."""
    desk = Desk()
    desk.say("silence on")
    desk.start(0.1)
    desk.wire.do(lambda now: desk.session.receive(registering(desk), STRANGER, now))
    assert desk.state.value == "registering"
    assert desk.session.dropped.strangers == 1
    desk.wire.do(lambda now: desk.session.receive(registering(desk), PBX, now))
    assert desk.state.value == "subscribing"


def test_a_response_whose_branch_does_not_match_is_not_taken() -> None:
    """Section 17.1.3: whoever did not see the request cannot answer it in the PBX's name."""
    desk = Desk()
    desk.say("silence on")
    desk.start(0.1)
    spoofed = registering(desk).replace(b"branch=z9hG4bK", b"branch=z9hG4bK1")
    desk.wire.do(lambda now: desk.session.receive(spoofed, PBX, now))
    assert desk.state is SessionState.REGISTERING


def test_strangers_have_one_line_a_minute_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk().start()
    for second in range(90):
        for _ in range(20):
            desk.session.receive(b"rubbish", STRANGER, 1000.0 + second)
    lines = [message for message in caplog.messages if "neither PBX nor phone" in message]
    assert lines == ["datagram from UDP 10.9.9.9:6060 dropped: neither PBX nor phone"] * 2
    assert "left out 1199 lines like those" in caplog.messages
    assert desk.session.dropped.strangers == 1800


def test_a_session_says_at_its_end_what_it_dropped(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "callctrl.anysession")
    desk = Desk().start()
    told(desk, b"rubbish", STRANGER)
    told(desk, b"rubbish")
    desk.wire.do(desk.session.stop)
    desk.wire.run(3)
    assert "dropped: 1 from strangers, 1 not understood" in caplog.messages


def test_of_a_flood_of_reports_little_is_kept_and_none_goes_unanswered() -> None:
    desk = Desk().start()
    for number in range(5000):
        state = ("ringing", "connected", "idle")[number % 3]
        data = notify(str(number), REPORT.replace("ringing", state), CSeq=f"{number} NOTIFY")
        desk.session.receive(data, PBX, desk.wire.now)
    assert len(desk.session.packets_to_send()) == 5000
    layer = desk.session._agent._layer
    assert len(layer._transactions) <= 2050
    assert len(layer._deadlines) <= 2055
    assert desk.state is SessionState.READY
