"""SUBSCRIBE and the NOTIFYs that follow (protocol.md B.5 nos. 5 to 9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.simulator import Config, Network, NotifyForm, Weather
from callctrl.simulator.events import Subscribed, SubscriptionEnded
from callctrl.sip.packets import Address

from .peer import CONFIG, Peer, seeded, simulator

QUIET = replace(CONFIG, picture_first=False)
FOREIGN = replace(QUIET, notify_form=NotifyForm.FOREIGN)


def subscribed(config: Config = QUIET) -> Peer:
    """A computer that is registered for an hour, and subscribed."""
    peer = Peer(simulator(replace(config, registration_expires=3600)))
    assert peer.log_in().status == 200
    assert peer.subscribe().status == 200
    peer.events()
    return peer


def ring(peer: Peer, number: str = "5551234", name: str = "Anna Lee") -> None:
    spa = peer.engine
    assert not isinstance(spa, Network)
    assert spa.phone.ring(number, name, now=peer.now)
    peer.run(0)


def test_subscription_of_who_is_registered_is_answered_as_printed() -> None:
    peer = Peer(simulator(QUIET))
    peer.log_in()
    peer.subscribe()
    text = peer.sent[-1].decode()
    tag = text.partition("To: sip:FrontDesk@192.168.1.10;tag=")[2][:16]
    assert int(tag, 16) >= 0
    assert text.split("\r\n") == [
        "SIP/2.0 200 OK",
        f"To: sip:FrontDesk@192.168.1.10;tag={tag}",
        "From: sip:RECEPTION@192.168.1.10;tag=6236126",
        "Call-ID: 448036229-1843726709-2127160951",
        "CSeq: 3 SUBSCRIBE",
        "Via: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK3",
        "Server: Linksys/SPA9000-6.1.5",
        "Expires: 3600",
        "Allow-Events: talk, hold, conference, x-spa-cti",
        "Content-Length: 0",
        "",
        "",
    ]


def test_subscription_of_who_is_not_registered_is_forbidden_as_printed() -> None:
    peer = Peer(simulator())
    proxy_tag = peer.log_in("wrong").to.tag
    peer.subscribe()
    assert peer.sent[-1].decode().split("\r\n") == [
        "SIP/2.0 403 Forbidden",
        f"To: sip:FrontDesk@192.168.1.10;tag={proxy_tag}",
        "From: sip:RECEPTION@192.168.1.10;tag=6236126",
        "Call-ID: 448036229-1843726709-2127160951",
        "CSeq: 3 SUBSCRIBE",
        "Via: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK3",
        "Server: Linksys/SPA9000-6.1.5",
        "Allow-Events: talk, hold, conference, x-spa-cti",
        "Content-Length: 0",
        "",
        "",
    ]


def test_credentials_do_not_help_a_subscription() -> None:
    peer = Peer(simulator())
    assert peer.subscribe(Authorization='Digest username="200"').status == 403


def test_registration_of_another_computer_does_not_help() -> None:
    spa = simulator()
    Peer(spa).log_in()
    assert Peer(spa, "RECEPTION", Address("192.168.1.51", 5060)).subscribe().status == 403
    assert Peer(spa, "OFFICE").subscribe().status == 403


def test_lapsed_registration_forbids_the_refresh() -> None:
    peer = Peer(simulator(QUIET))
    peer.log_in()
    to = peer.subscribe().headers.get("To") or ""
    peer.run(61)
    assert peer.subscribe(To=to).status == 403


@pytest.mark.parametrize(
    ("uri", "headers", "status"),
    [
        ("sip:FrontDesk@192.168.1.10:6060", {"Event": "dialog"}, 489),
        ("sip:FrontDesk@192.168.1.10:6060", {"Event": ""}, 489),
        ("sip:FrontDesk@192.168.1.10:6060", {"Event": "X-SPA-CTI;id=1"}, 200),
        ("sip:BackDesk@192.168.1.10:6060", {}, 404),
        ("sip:FrontDesk@192.168.1.10:6060", {"To": "sip:FrontDesk@192.168.1.10;tag=1"}, 481),
        ("mailto:FrontDesk", {}, 404),
        ("nonsense", {}, 400),
    ],
)
def test_subscription_to_something_else_is_refused(
    uri: str, headers: dict[str, str], status: int
) -> None:
    peer = Peer(simulator(QUIET))
    peer.log_in()
    assert peer.subscribe(uri, **headers).status == status


def test_phone_without_station_name_is_watched_by_its_mac() -> None:
    peer = Peer(simulator(replace(QUIET, station="")))
    peer.log_in()
    assert peer.subscribe("sip:000e08aabbcc@192.168.1.10:6060").status == 200


def test_first_notify_brings_the_picture_behind_the_200() -> None:
    spa = simulator()
    spa.phone.ring("5551234", "Anna Lee", now=0)
    spa.phone.ring("5557788", now=0)
    peer = Peer(spa)
    peer.log_in()
    before = len(peer.sent)
    peer.subscribe()
    assert [data.split(b" ")[0] for data in peer.sent[before:]] == [b"SIP/2.0", b"NOTIFY"]
    assert peer.states == ["1 ringing", "2 ringing"]


def test_picture_of_a_quiet_phone_is_an_idle_line() -> None:
    peer = subscribed(CONFIG)
    assert peer.bodies == [
        '<spa-status>\r\n<call id="1" ref="1" ext="1" state="idle"/>\r\n</spa-status>\r\n'
    ]


def test_notify_in_the_dialog_of_the_subscription_has_the_form_of_the_notes() -> None:
    peer = subscribed()
    peer.run(60)
    ring(peer)
    (notify,) = peer.notifies
    tag = parse_tag(peer)
    lines = peer.sent[-1].decode().split("\r\n")
    branch = lines[1].rpartition("=")[2]
    cseq = lines[5].split(" ")[1]
    assert lines == [
        "NOTIFY sip:RECEPTION@192.168.1.50:5060 SIP/2.0",
        f"Via: SIP/2.0/UDP 192.168.1.10:6060;branch={branch}",
        f"From: <sip:FrontDesk@192.168.1.10>;tag={tag}",
        "To: <sip:RECEPTION@192.168.1.10>;tag=6236126",
        "Call-ID: 448036229-1843726709-2127160951",
        f"CSeq: {cseq} NOTIFY",
        "Max-Forwards: 70",
        "Event: x-spa-cti",
        "Subscription-State: active;expires=3540",
        "P-Station-Name: FrontDesk ;mac=000e08aabbcc",
        "Content-Length: 120",
        "Content-Type: application/x-spa-status",
        "",
        "<spa-status>",
        '<call id="1" ref="2" ext="1" state="ringing" name="Anna Lee" uri="5551234@192.168.1.10"/>',
        "</spa-status>",
        "",
    ]
    assert branch.startswith("z9hG4bK-")
    assert len(notify.body) == 120


def parse_tag(peer: Peer) -> str | None:
    """The tag the SPA9000 gave the subscription."""
    return next(each.to.tag for each in peer.messages if each.cseq.method == "SUBSCRIBE")


def test_sequence_numbers_rise_in_the_dialog() -> None:
    peer = subscribed()
    ring(peer)
    ring(peer)
    first, second = (each.cseq.number for each in peer.notifies)
    assert second == first + 1


def test_foreign_notify_has_a_call_id_of_its_own_and_no_subscription_state() -> None:
    peer = subscribed(FOREIGN)
    ring(peer)
    ring(peer)
    first, second = peer.notifies
    assert first.call_id.endswith("@localhost")
    assert first.call_id != second.call_id
    assert first.to.tag is None
    assert first.to.uri == "sip:RECEPTION@192.168.1.50:5060"
    assert (first.headers.get("From") or "").startswith("FrontDesk <sip:FrontDesk@192.168.1.10>")
    assert first.headers.get("P-Station-Name") == "FrontDesk ;mac=000e08aabbcc"
    assert "Subscription-State" not in first.headers


def test_form_may_change_while_somebody_watches() -> None:
    peer = subscribed()
    assert not isinstance(peer.engine, Network)
    ring(peer)
    peer.engine.config = replace(peer.engine.config, notify_form=NotifyForm.FOREIGN)
    ring(peer)
    assert ["Subscription-State" in each.headers for each in peer.notifies] == [True, False]


def test_several_computers_watch_independently() -> None:
    spa = simulator(QUIET)
    one, other = Peer(spa), Peer(spa, "OFFICE", Address("192.168.1.51", 5060))
    for peer in (one, other):
        peer.log_in()
        peer.subscribe(call_id=peer.name)
    ring(one)
    assert sorted(each.uri for each in one.notifies) == [
        "sip:OFFICE@192.168.1.51:5060",
        "sip:RECEPTION@192.168.1.50:5060",
    ]


def test_refresh_in_the_dialog_extends_it_and_keeps_its_tag() -> None:
    peer = subscribed()
    to = next(m.headers.get("To") for m in peer.messages if m.cseq.method == "SUBSCRIBE") or ""
    peer.run(3000)
    peer.log_in()
    assert peer.subscribe(To=to).headers.get("To") == to
    peer.run(3000)
    ring(peer)
    assert peer.states == ["1 ringing"]


@pytest.mark.parametrize("dialog", ["ended", "never was"])
def test_refresh_of_a_dialog_that_is_not_there_gets_481(dialog: str) -> None:
    peer = subscribed()
    to = next(m.headers.get("To") for m in peer.messages if m.cseq.method == "SUBSCRIBE") or ""
    if dialog == "ended":
        peer.subscribe(To=to, Expires="0")
    else:
        to = to[:-1] + "x"
    assert peer.subscribe(To=to).status == 481


def test_expires_zero_ends_it_with_a_last_notify() -> None:
    peer = subscribed()
    to = next(m.headers.get("To") for m in peer.messages if m.cseq.method == "SUBSCRIBE") or ""
    response = peer.subscribe(To=to, Expires="0")
    assert response.headers.get("Expires") == "0"
    assert peer.notifies[-1].headers.get("Subscription-State") == "terminated;reason=timeout"
    ring(peer)
    assert len(peer.notifies) == 1
    assert peer.events()[:2] == [
        Subscribed("RECEPTION", "FrontDesk", 0),
        SubscriptionEnded("RECEPTION", "time is up"),
    ]


def test_subscription_that_is_not_refreshed_ends_with_a_last_notify() -> None:
    peer = subscribed(replace(QUIET, subscription_expires=120))
    peer.run(121)
    assert [each.headers.get("Subscription-State") for each in peer.notifies] == [
        "terminated;reason=timeout"
    ]


def test_foreign_form_has_no_last_notify() -> None:
    peer = subscribed(FOREIGN)
    peer.run(3601)
    assert peer.notifies == []
    assert peer.events()[-1] == SubscriptionEnded("RECEPTION", "time is up")


def test_next_notify_waits_until_the_one_before_is_answered() -> None:
    peer = subscribed()
    peer.answers = None
    ring(peer)
    ring(peer)
    assert len(peer.notifies) == 1
    peer.answers = 200
    peer.run(1)
    assert peer.states == ["1 ringing", "2 ringing"]


def test_silent_subscriber_is_dropped_after_sixteen_seconds() -> None:
    peer = subscribed()
    peer.answers = None
    ring(peer)
    ring(peer)
    peer.run(15.9)
    assert peer.events()[-1:] != [SubscriptionEnded("RECEPTION", "no answer to a NOTIFY")]
    peer.run(0.1)
    assert peer.events() == [SubscriptionEnded("RECEPTION", "no answer to a NOTIFY")]
    assert len(peer.notifies) == 1


def test_481_to_a_notify_ends_the_subscription() -> None:
    peer = subscribed()
    peer.answers = 481
    ring(peer)
    assert peer.events()[-1] == SubscriptionEnded("RECEPTION", "481 to a NOTIFY")
    ring(peer)
    assert len(peer.notifies) == 1


@pytest.mark.parametrize("status", [202, 489, 500])
def test_other_answers_to_a_notify_do_not_end_it(status: int) -> None:
    peer = subscribed()
    peer.answers = status
    ring(peer)
    ring(peer)
    assert peer.states == ["1 ringing", "2 ringing"]


def test_closed_port_fails_the_notify_but_not_the_subscription() -> None:
    peer = subscribed()
    peer.answers = None
    ring(peer)
    peer.engine.transport_failed(peer.pc, "connection refused", peer.now)
    peer.answers = 200
    ring(peer)
    assert peer.states == ["1 ringing", "2 ringing"]


def test_reports_keep_their_order_on_a_bad_network() -> None:
    spa = simulator(replace(QUIET, registration_expires=3600))
    network = Network(spa, seeded(7))
    peer = Peer(network)
    peer.log_in()
    peer.subscribe()
    network.weather = Weather(loss=0.3, delay=0.02, duplicate=0.2, reorder=0.3)
    peer.run(1)
    for _ in range(10):
        spa.phone.ring("5551234", now=peer.now)
        peer.run(0.3)
        spa.phone.act("answer", now=peer.now)
        peer.run(0.3)
        spa.phone.act("endcall", now=peer.now)
        peer.run(0.3)
    peer.run(120)
    seen = list(dict.fromkeys((each.cseq.number, each.body) for each in peer.notifies))
    numbers = [number for number, _ in seen]
    assert numbers == sorted(numbers)
    assert peer.states == ["1 ringing", "1 answering", "1 connected", "1 idle"] * 10


def test_without_contact_notifies_go_back_to_the_sender() -> None:
    peer = Peer(simulator(QUIET))
    peer.log_in()
    peer.subscribe(Contact="")
    ring(peer)
    assert peer.notifies[0].uri == "sip:RECEPTION@192.168.1.50:5060"


def test_cti_switched_off_says_nothing() -> None:
    peer = subscribed(replace(CONFIG, cti_enabled=False))
    ring(peer)
    assert peer.notifies == []


def test_report_of_a_real_phone_is_passed_on_as_it_came() -> None:
    """The capture of protocol.md F.1, from a station that has registered."""
    spa = simulator(replace(QUIET, host="pbx5.example.net", station="Reception", password=""))
    peer = Peer(spa)
    peer.register()
    peer.subscribe("sip:Reception@192.168.1.10:6060")
    phone = Peer(spa, "0616*004", Address("10.0.0.164", 5060))
    body = (
        b'<spa-status>\r\n<call id="1" ref="129" ext="1" state="answering"/>\r\n</spa-status>\r\n'
    )
    head = """NOTIFY sip:cti@pbx5.example.net SIP/2.0
Via: SIP/2.0/UDP 10.0.0.164:5060;branch=z9hG4bK-edba58c2
From: "CS / reception" <sip:0616*004@pbx5.example.net>;tag=ef768b8611d9b415o0
To: <sip:cti@pbx5.example.net>
Call-ID: 2ec7053e-2a88f2f3@10.0.0.164
CSeq: 13466 NOTIFY
Max-Forwards: 70
Event: x-spa-cti
User-Agent: Linksys/SPA942-6.1.5(a)
P-Station-Name: Reception ;mac=000e08aabbcc
Content-Length: 81
Content-Type: application/x-spa-status

"""
    capture = head.replace("\n", "\r\n").encode() + body
    assert phone.deliver(capture)[0].startswith(b"SIP/2.0 403 Forbidden\r\n")
    phone.register(**{"P-Station-Name": "Reception"})
    capture = capture.replace(b"edba58c2", b"edba58c3")
    answer, relayed = phone.deliver(capture)
    assert answer.startswith(b"SIP/2.0 200 OK\r\n")
    assert relayed.endswith(body)
    other = capture.replace(b"edba58c3", b"edba58c4").replace(b"Name: Rec", b"Name: Dec")
    assert phone.deliver(other)[0].startswith(b"SIP/2.0 404 Not Found\r\n")


def test_pbx_reboot_forgets_all_and_is_deaf_for_a_while() -> None:
    spa = simulator(QUIET)
    peer = Peer(spa)
    old_tag = peer.log_in().to.tag
    peer.subscribe()
    spa.reboot(peer.now)
    ring(peer)
    assert peer.notifies == []
    peer.run(4.9)
    assert peer.request("REGISTER", "sip:192.168.1.10:6060") == []
    peer.run(0.1)
    assert peer.subscribe().status == 403
    assert peer.register().to.tag != old_tag


def test_forbid_refuses_even_who_is_registered() -> None:
    peer = Peer(simulator(replace(CONFIG, forbid=True)))
    assert peer.log_in().status == 200
    assert peer.subscribe().status == 403
    assert peer.control('<newcall uri="1@$proxy" call="1"/>').status == 403


def test_silence_neither_hears_nor_speaks() -> None:
    peer = subscribed()
    assert not isinstance(peer.engine, Network)
    peer.engine.config = replace(peer.engine.config, silent=True)
    ring(peer)
    assert peer.request("REGISTER", "sip:192.168.1.10:6060") == []
    assert peer.notifies == []
