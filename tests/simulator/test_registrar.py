"""The SPA9000 as registrar (protocol.md B.5 nos. 1 to 4, B.6)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from callctrl.simulator import Extension
from callctrl.simulator.events import Challenged, Registered, Unregistered
from callctrl.simulator.registrar import digest_answer, read_authorization
from callctrl.sip.packets import Address

from .peer import CONFIG, PASSWORD, Peer, answer_to, simulator

URI = "sip:192.168.1.10:6060"


@pytest.mark.parametrize(
    ("nonce", "response"),
    [
        ("70f778f0", "123d5cb172b09405aab466b9157dafa7"),
        ("915af6f3", "dfd2b07fc8b188d22942d727cac4ce17"),
    ],
)
def test_digest_agrees_with_the_vectors_of_the_protocol_notes(nonce: str, response: str) -> None:
    assert digest_answer("200", "192.168.1.10", "4321", "REGISTER", URI, nonce) == response


def test_reads_the_credentials_the_seed_prints() -> None:
    path = Path(__file__).parents[1] / "data" / "seed" / "3-register-with-credentials.txt"
    text = (
        path.read_text(encoding="utf-8").partition("Authorization:")[2].partition("User-Agent")[0]
    )
    given = read_authorization(" ".join(text.split()))
    assert given["username"] == "200"
    assert given["nonce"] == "70f779f0"
    assert given["response"] == "518c57e10b00c7d7cc5e662cc9874278"


def test_first_register_is_challenged_byte_for_byte_as_printed() -> None:
    peer = Peer(simulator())
    peer.register()
    text = peer.sent[0].decode()
    tag = text.partition("To: sip:RECEPTION@192.168.1.10;tag=")[2][:10]
    nonce = text.partition('nonce="')[2][:8]
    assert text.split("\r\n") == [
        "SIP/2.0 401 Unauthorized",
        f"To: sip:RECEPTION@192.168.1.10;tag={tag}",
        "From: sip:RECEPTION@192.168.1.50;tag=15110",
        "Call-ID: 344-174-707",
        "CSeq: 1 REGISTER",
        "Via: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK1",
        "Server: Linksys/SPA9000-6.1.5",
        f'WWW-Authenticate: Digest realm="192.168.1.10", nonce="{nonce}", algorithm=md5',
        "Allow-Events: talk, hold, conference, x-spa-cti",
        "Content-Length: 0",
        "",
        "",
    ]
    assert tag.endswith("-0")
    assert int(tag[:8], 16) >= 0
    assert int(nonce, 16) >= 0


def test_register_with_the_password_is_answered_as_printed() -> None:
    peer = Peer(simulator())
    peer.log_in()
    tag = peer.messages[0].to.tag
    assert peer.sent[1].decode().split("\r\n") == [
        "SIP/2.0 200 OK",
        f"To: sip:RECEPTION@192.168.1.10;tag={tag}",
        "From: sip:RECEPTION@192.168.1.50;tag=15110",
        "Call-ID: 344-174-707",
        "CSeq: 2 REGISTER",
        "Via: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK2",
        "Contact: sip:RECEPTION@192.168.1.50:5060;expires=60",
        "Server: Linksys/SPA9000-6.1.5",
        "Allow-Events: talk, hold, conference, x-spa-cti",
        "Content-Length: 0",
        "Date: Tue, 6 Jul 2010 15:48:49 PST",
        "",
        "",
    ]
    assert peer.events() == [
        Challenged("REGISTER", "RECEPTION", had_credentials=False),
        Registered("RECEPTION", peer.pc, 60),
    ]


def test_date_follows_the_clock() -> None:
    peer = Peer(simulator())
    peer.run(9 * 3600)
    assert peer.log_in().headers.get("Date") == "Wed, 7 Jul 2010 00:48:49 PST"


def test_wrong_password_is_challenged_again_with_a_fresh_nonce_for_ever() -> None:
    peer = Peer(simulator())
    nonces = set()
    for _ in range(5):
        response = peer.log_in("wrong")
        assert response.status == 401
        nonces.add(response.headers.get("WWW-Authenticate"))
    assert len(nonces) == 5
    assert peer.log_in().status == 200


def test_empty_password_challenges_nobody() -> None:
    peer = Peer(simulator(replace(CONFIG, password="")))
    assert peer.register().status == 200


def test_user_name_must_be_the_extension_and_not_the_computer() -> None:
    peer = Peer(simulator())
    challenge = peer.register().headers.get("WWW-Authenticate") or ""
    credentials = answer_to(challenge, PASSWORD, "REGISTER", URI, user="RECEPTION")
    assert peer.register(credentials).status == 401


def test_auth_id_takes_the_place_of_the_extension() -> None:
    peer = Peer(simulator(replace(CONFIG, extensions=(Extension("200", auth_id="desk"),))))
    challenge = peer.register().headers.get("WWW-Authenticate") or ""
    assert peer.register(answer_to(challenge, PASSWORD, "REGISTER", URI)).status == 401
    good = answer_to(challenge, PASSWORD, "REGISTER", URI, user="desk")
    assert peer.register(good).status == 200


def test_uri_counts_as_it_was_sent_even_without_its_colon() -> None:
    peer = Peer(simulator())
    challenge = peer.register().headers.get("WWW-Authenticate") or ""
    crooked = answer_to(challenge, PASSWORD, "REGISTER", "sip:192.168.1.106060")
    assert peer.register(crooked).status == 200


def test_refresh_may_answer_the_same_nonce_again_until_the_next_boot() -> None:
    spa = simulator()
    peer = Peer(spa)
    challenge = peer.register().headers.get("WWW-Authenticate") or ""
    credentials = answer_to(challenge, PASSWORD, "REGISTER", URI)
    assert [peer.register(credentials).status for _ in range(2)] == [200, 200]
    spa.reboot(peer.now)
    peer.run(spa.config.boot_time)
    assert peer.register(credentials).status == 401


def test_made_up_nonce_is_not_accepted() -> None:
    peer = Peer(simulator())
    made_up = answer_to('Digest realm="192.168.1.10", nonce="12345678"', PASSWORD, "REGISTER", URI)
    assert peer.register(made_up).status == 401


@pytest.mark.parametrize("text", ["Digest", "Basic YTpi", "Digest ,,=,", "Digest username=200"])
def test_credentials_that_say_nothing_are_challenged(text: str) -> None:
    assert Peer(simulator()).register(text).status == 401


@pytest.mark.parametrize(
    ("headers", "granted"),
    [
        ({"Expires": "3600"}, "60"),
        ({"Expires": "20"}, "20"),
        ({"Expires": ""}, "60"),
        ({"Contact": "<sip:RECEPTION@192.168.1.50:5060>;expires=30"}, "30"),
        ({"P-Station-Name": "User-A"}, "3600"),
    ],
)
def test_grants_what_is_asked_but_not_more_than_it_has(
    headers: dict[str, str], granted: str
) -> None:
    response = Peer(simulator()).log_in(**headers)
    assert response.contacts[0].parameters["expires"] == granted


def test_binding_lapses_when_it_is_not_refreshed() -> None:
    spa = simulator()
    peer = Peer(spa)
    peer.log_in()
    peer.run(59.9)
    assert len(spa.bindings) == 1
    peer.run(0.1)
    assert spa.bindings == []
    assert peer.events()[-1] == Unregistered("RECEPTION", lapsed=True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Expires": "0"},
        {"Contact": "*", "Expires": "0"},
        {"Contact": "sip:RECEPTION@192.168.1.50:5060;expires=0"},
    ],
)
def test_expires_zero_unregisters(headers: dict[str, str]) -> None:
    spa = simulator()
    peer = Peer(spa)
    peer.log_in()
    response = peer.log_in(**headers)
    assert response.status == 200
    assert "Contact" not in response.headers
    assert spa.bindings == []
    assert peer.events()[-1] == Unregistered("RECEPTION", lapsed=False)


def test_repeated_register_gets_the_same_answer_and_no_second_challenge() -> None:
    spa = simulator()
    peer = Peer(spa)
    peer.register()
    data = (
        b"REGISTER sip:192.168.1.10:6060 SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK77\r\n"
        b"From: sip:RECEPTION@192.168.1.50;tag=1\r\nTo: sip:RECEPTION@192.168.1.10\r\n"
        b"Call-ID: a\r\nCSeq: 1 REGISTER\r\nContact: sip:RECEPTION@192.168.1.50:5060\r\n\r\n"
    )
    assert peer.deliver(data) == peer.deliver(data)


def test_seed_s_branch_without_cookie_is_echoed_and_does_not_confuse_two_requests() -> None:
    peer = Peer(simulator())
    via = {"Via": "SIP/2.0/UDP 192.168.1.50:5060;branch=k1hk2bD-12345678"}
    first, second = peer.register(**via), peer.register(**via)
    assert first.headers.get("Via") == via["Via"]
    assert (first.cseq.number, second.cseq.number) == (1, 2)


def test_two_computers_are_bound_side_by_side() -> None:
    spa = simulator()
    Peer(spa).log_in()
    Peer(spa, "OFFICE", Address("192.168.1.51", 5060)).log_in()
    assert [each.user for each in spa.bindings] == ["RECEPTION", "OFFICE"]
