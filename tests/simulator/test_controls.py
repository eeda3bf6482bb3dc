"""Control NOTIFYs (protocol.md B.3, B.5 no. 10, E4, E14)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.simulator import Config
from callctrl.simulator.events import Controlled
from callctrl.simulator.spa9000 import Spa9000

from .peer import CONFIG, PASSWORD, Peer, answer_to, simulator

QUIET = replace(CONFIG, picture_first=False, registration_expires=3600)
PHONE_URI = "sip:FrontDesk@192.168.1.20:5060"


def ready(config: Config = QUIET) -> tuple[Spa9000, Peer]:
    """A computer that is registered and watches."""
    spa = simulator(config)
    peer = Peer(spa)
    peer.log_in()
    peer.subscribe()
    peer.events()
    return spa, peer


def test_newcall_dials_and_is_answered_before_the_phone_reports() -> None:
    _, peer = ready()
    before = len(peer.sent)
    response = peer.control('<newcall uri="5551234@$PROXY" call="1"/>')
    assert response.status == 200
    assert [data.split(b" ")[0] for data in peer.sent[before:]] == [b"SIP/2.0", b"NOTIFY"]
    peer.run(5)
    assert peer.states == ["1 dialing", "1 calling", "1 proceeding", "1 connected"]
    assert peer.events()[0] == Controlled("RECEPTION", "newcall", 1, "5551234")


def test_whole_life_of_an_incoming_call_by_controls() -> None:
    spa, peer = ready()
    spa.phone.ring("5551234", "Anna Lee", now=peer.now)
    for order in ('<answer call="1"/>', "<hold />", '<resume call="1"/>', '<endcall call="1"/>'):
        assert peer.control(order).status == 200
        peer.run(1)
    assert peer.states == [
        "1 ringing",
        "1 answering",
        "1 connected",
        "1 holding",
        "1 hold",
        "1 resuming",
        "1 connected",
        "1 idle",
    ]


@pytest.mark.parametrize(
    "order", ['<reject call="1"/>', '<reject uri="301@$PROXY" call="1" reason="redir"/>']
)
def test_ringing_call_is_rejected_or_diverted(order: str) -> None:
    spa, peer = ready()
    spa.phone.ring("5551234", now=peer.now)
    assert peer.control(order).status == 200
    assert spa.phone.calls == []


@pytest.mark.parametrize(
    "order",
    [
        '<answer call="1"/>',
        '<endcall call="9"/>',
        "<hold />",
        '<resume call="1"/>',
        '<newcall uri="1@$proxy" call="5"/>',
    ],
)
def test_call_that_is_not_there_gets_481(order: str) -> None:
    _, peer = ready()
    assert peer.control(order).status == 481


def test_busy_line_cannot_be_dialled_on() -> None:
    spa, peer = ready()
    spa.phone.ring("5551234", now=peer.now)
    assert peer.control('<newcall uri="1@$proxy" call="1"/>').status == 481
    assert peer.control('<newcall uri="1@$proxy" call="2"/>').status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Event": "message-summary"}, 489),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "Application/X-SPA-Control; charset=utf-8"}, 481),
    ],
)
def test_headers_of_a_control_are_looked_at(headers: dict[str, str], status: int) -> None:
    _, peer = ready()
    assert peer.control('<answer call="1"/>', **headers).status == status


def test_unreadable_order_gets_400() -> None:
    _, peer = ready()
    assert peer.control("<transfer/>").status == 400


def test_unknown_station_gets_404() -> None:
    _, peer = ready()
    assert peer.control("<hold />", "sip:BackDesk@192.168.1.10:6060").status == 404


def test_cti_switched_off_gets_405() -> None:
    _, peer = ready(replace(QUIET, cti_enabled=False))
    assert peer.control("<hold />").status == 405


def test_statuses_without_evidence_are_configurable() -> None:
    _, peer = ready(replace(QUIET, status_unknown_call=200))
    assert peer.control('<answer call="1"/>').status == 200


def test_who_is_not_registered_is_forbidden_as_printed_from_port_5061() -> None:
    """The sample of protocol.md B.8 no. 8."""
    peer = Peer(simulator())
    response = peer.control("<hold />")
    assert (response.status, response.reason) == (403, "Forbidden")
    assert response.via.port == 5061
    assert response.cseq.method == "NOTIFY"
    assert "WWW-Authenticate" not in response.headers


def test_phone_itself_asks_nobody_who_he_is() -> None:
    peer = Peer(simulator())
    response = peer.control('<newcall uri="5551234@$PROXY" call="1"/>', PHONE_URI)
    assert response.status == 200
    assert response.headers.get("Server") == "Linksys/SPA942-6.1.5(a)"
    assert (response.to.tag or "").endswith("o0")


@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n"])
def test_sloppy_control_of_spa_call_manager_is_obeyed(line_end: str) -> None:
    """No branch, no Content-Length, one From tag, always CSeq 1 (protocol.md B.5 no. 10)."""
    spa = simulator()
    peer = Peer(spa)
    spa.phone.ring("5551234", now=0)
    for n, order in enumerate(('<answer call="1"/>', "<hold />", '<resume call="1"/>')):
        text = [
            f"NOTIFY {PHONE_URI} SIP/2.0",
            "Via: SIP/2.0/UDP 192.168.1.50:5061",
            "From: <sip:RECEPTION@192.168.1.50>;tag=1710",
            "To: <sip:FrontDesk@192.168.1.20>",
            f"Call-ID: {n}",
            "CSeq: 1 NOTIFY",
            "Event: x-spa-cti",
            "Content-Type: application/x-spa-control",
            "",
            "<spa-control>",
            order,
            "</spa-control>",
            "",
        ]
        (answer,) = peer.deliver(line_end.join(text).encode())
        assert answer.startswith(b"SIP/2.0 200 OK\r\n")
        peer.run(1)
    assert [call.state.value for call in spa.phone.calls] == ["connected"]


def test_control_may_be_challenged() -> None:
    _, peer = ready(replace(QUIET, challenge_controls=True))
    order = '<newcall uri="5551234@$PROXY" call="1"/>'
    challenged = peer.control(order)
    assert challenged.status == 401
    challenge = challenged.headers.get("WWW-Authenticate") or ""
    uri = "sip:FrontDesk@192.168.1.10:6060"
    good = answer_to(challenge, PASSWORD, "NOTIFY", uri)
    bad = answer_to(challenge, PASSWORD, "REGISTER", uri)
    assert peer.control(order, Authorization=bad).status == 401
    assert peer.control(order, Authorization=good).status == 200


def test_rebooting_phone_is_not_there_and_then_begins_anew() -> None:
    spa, peer = ready()
    for _ in range(3):
        spa.phone.ring("5551234", now=peer.now)
    peer.run(0)
    spa.reboot_phone(peer.now)
    peer.run(1)
    assert peer.control('<answer call="1"/>').status == 480
    assert peer.states == ["1 ringing", "2 ringing", "3 ringing"]
    peer.run(5)
    assert peer.bodies[-1] == (
        '<spa-status>\r\n<call id="1" ref="1" ext="1" state="idle"/>\r\n</spa-status>\r\n'
    )
    spa.phone.ring("5551234", now=peer.now)
    peer.run(0)
    assert 'ref="2"' in peer.bodies[-1]


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "MESSAGE"])
def test_other_methods_are_not_implemented(method: str) -> None:
    peer = Peer(simulator())
    assert peer.request(method, "sip:FrontDesk@192.168.1.10:6060")[0].status == 501


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        bytes(range(256)),
        b"NOTIFY\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.50\r\n\r\n",
        b"REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: a\0b\r\n\r\n",
        b"REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h:0;branch=z9hG4bK1\r\n\r\n",
    ],
)
def test_nonsense_is_survived(data: bytes) -> None:
    _, peer = ready()
    peer.deliver(data)
    assert peer.log_in().status == 200


def test_request_without_from_gets_no_answer() -> None:
    peer = Peer(simulator())
    data = b"NOTIFY sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\r\n"
    assert peer.deliver(data) == []
    assert "From" in str(peer.events()[0])


def test_from_that_is_no_uri_gets_400() -> None:
    peer = Peer(simulator())
    assert peer.control("<hold />", From="<nobody>;tag=1").status == 400
