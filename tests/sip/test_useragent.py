from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.authenticator import Authenticator, Obstacle
from callctrl.sip.digest import Challenge, Credentials, digest_response
from callctrl.sip.exchange import Outcome, Outgoing
from callctrl.sip.headers import NameAddr
from callctrl.sip.matching import MAGIC_COOKIE
from callctrl.sip.message import MAX_MESSAGE_BYTES, Request, Response, parse
from callctrl.sip.packets import Address, Packet
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent

DATA = Path(__file__).parents[1] / "data"
ORIGINALS = [
    path.read_bytes()
    for folder in ("seed", "captures", "torture/valid")
    for path in sorted((DATA / folder).iterdir())
    if path.suffix in (".sip", ".txt")
]
PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 6060)
CREDENTIALS = Credentials("200", "4321")
STATION = "sip:FrontDesk@192.168.1.10"


def challenge(nonce: str = "70f778f0", more: str = "") -> tuple[str, str]:
    value = f'Digest realm="192.168.1.10", nonce="{nonce}", algorithm=md5{more}'
    return "WWW-Authenticate", value


def make_agent(local: Address = PC, route_set: tuple[str, ...] = ()) -> UserAgent:
    return UserAgent(
        local=local,
        remote=PBX,
        contact_user="RECEPTION",
        product="Call Ctrl 1.1 jdoe",
        tokens=Tokens(Random(1)),
        route_set=route_set,
    )


def control(body: bytes = b"<spa-control/>") -> Outgoing:
    return Outgoing(
        method="NOTIFY",
        uri="sip:FrontDesk@192.168.1.10:6060",
        from_=NameAddr("sip:RECEPTION@192.168.1.50", parameters={"tag": "1710"}),
        to=NameAddr(STATION),
        call_id="482113",
        before_length=(("Event", "x-spa-cti"), ("Content-Type", "application/x-spa-control")),
        body=body,
    )


class SpyOutcome:
    def __init__(self) -> None:
        self.heard: list[Outcome] = []

    def __call__(self, outcome: Outcome, _now: float) -> None:
        self.heard.append(outcome)

    @property
    def only(self) -> Outcome:
        (outcome,) = self.heard
        return outcome


def sent_by(agent: UserAgent) -> Request:
    """The one request that is to go out."""
    (packet,) = agent.packets_to_send()
    request = parse(packet.data)
    assert isinstance(request, Request)
    assert packet.remote._replace(transport="UDP") == PBX  # too long for a datagram goes by TCP
    return request


def answer(
    agent: UserAgent, request: Request, status: int, *fields: tuple[str, str], now: float = 0.1
) -> None:
    """The PBX answers."""
    copied = [
        (name, f"{value};tag=srv" if name == "To" and ";tag=" not in value else value)
        for name, value in request.headers
        if name in ("Via", "From", "To", "Call-ID", "CSeq")
    ]
    agent.receive(Response(status, "Reason", [*copied, *fields]).to_bytes(), PBX, now)


def make_authenticator(agent: UserAgent) -> Authenticator:
    return Authenticator(CREDENTIALS, agent.tokens)


def begin(
    agent: UserAgent,
    outgoing: Outgoing | None = None,
    authenticator: Authenticator | None = None,
    now: float = 0.0,
) -> tuple[Request, SpyOutcome]:
    spy = SpyOutcome()
    agent.request(outgoing or control(), authenticator or make_authenticator(agent), spy, now)
    return sent_by(agent), spy


def nonce_in(request: Request) -> str | None:
    """Of the answer a request carries."""
    match = re.search(r'nonce="(\w+)"', request.headers.get("Authorization") or "")
    return match[1] if match else None


# Tokens


def test_tokens_have_the_forms_of_the_documented_program() -> None:
    tokens = Tokens(Random(1))
    assert re.fullmatch(rf"{MAGIC_COOKIE}\d+", tokens.branch())
    assert re.fullmatch(r"\d+", tokens.tag())
    assert re.fullmatch(r"\d+-\d+-\d+", tokens.call_id())
    assert 0 <= tokens.fraction() < 1


def test_the_same_seed_makes_the_same_talk_and_no_token_comes_twice() -> None:
    def talk(seed: int) -> list[str]:
        tokens = Tokens(Random(seed))
        return [make() for _ in range(100) for make in (tokens.branch, tokens.tag, tokens.call_id)]

    assert talk(1) == talk(1)
    assert len(set(talk(1) + talk(2))) == 600


# Requests of ours


def test_a_request_is_written_in_the_documented_order() -> None:
    agent = make_agent()
    agent.request(control(b"<x/>"), make_authenticator(agent), SpyOutcome(), 0.0)
    (packet,) = agent.packets_to_send()
    branch = parse(packet.data).via.branch
    assert packet == Packet(
        (
            "NOTIFY sip:FrontDesk@192.168.1.10:6060 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 192.168.1.50:5060;branch={branch}\r\n"
            "Max-Forwards: 70\r\n"
            "From: sip:RECEPTION@192.168.1.50;tag=1710\r\n"
            "To: sip:FrontDesk@192.168.1.10\r\n"
            "Call-ID: 482113\r\n"
            "CSeq: 1 NOTIFY\r\n"
            "Contact: sip:RECEPTION@192.168.1.50:5060\r\n"
            "Event: x-spa-cti\r\n"
            "Content-Type: application/x-spa-control\r\n"
            "Content-Length: 4\r\n"
            "User-Agent: Call Ctrl 1.1 jdoe\r\n"
            "\r\n"
            "<x/>"
        ).encode(),
        PBX,
    )


def test_the_route_set_follows_max_forwards() -> None:
    outgoing = Outgoing(
        "SUBSCRIBE", "sip:a", NameAddr("sip:b"), NameAddr("sip:c"), "1",
        route_set=("<sip:first;lr>", "<sip:last;lr>"),
    )  # fmt: skip
    request, _ = begin(make_agent(), outgoing)
    assert [name for name, _ in request.headers][:4] == ["Via", "Max-Forwards", "Route", "Route"]
    assert request.headers.get_all("Route") == ["<sip:first;lr>", "<sip:last;lr>"]


def test_one_counter_numbers_every_request_of_the_program() -> None:
    agent = make_agent()
    requests = [begin(agent)[0] for _ in range(3)]
    assert [request.cseq.number for request in requests] == [1, 2, 3]
    assert len({request.via.branch for request in requests}) == 3


def test_an_ipv6_address_stands_in_brackets() -> None:
    """RFC 3261 sections 19.1.1 and 25.1."""
    request, _ = begin(make_agent(Address("2001:db8::1", 5062)))
    via = request.headers.get("Via") or ""
    assert via.startswith("SIP/2.0/UDP [2001:db8::1]:5062;branch=")
    assert request.contacts == [NameAddr("sip:RECEPTION@[2001:db8::1]:5062")]


def test_a_request_that_would_be_no_sip_is_refused_and_leaves_nothing_behind() -> None:
    agent, spy = make_agent(), SpyOutcome()
    with pytest.raises(LocalProtocolError):
        agent.request(replace(control(), uri="sip:a b@c"), make_authenticator(agent), spy, 0.0)
    assert agent.packets_to_send() == []
    assert agent.next_timeout() is None
    assert spy.heard == []


# Challenges


def test_a_challenge_is_answered_in_the_same_call_with_the_next_number() -> None:
    agent = make_agent()
    first, spy = begin(agent)
    assert "Authorization" not in first.headers
    answer(agent, first, 401, challenge())
    second = sent_by(agent)
    assert (second.call_id, second.from_, second.to) == (first.call_id, first.from_, first.to)
    assert (first.cseq.number, second.cseq.number) == (1, 2)
    assert second.via.branch != first.via.branch
    assert second.body == first.body
    assert [name for name, _ in second.headers][-2:] == ["Authorization", "User-Agent"]
    answer(agent, second, 200)
    assert (spy.only.status, spy.only.is_success, spy.only.was_challenged) == (200, True, True)


def test_wrong_credentials_are_sent_once() -> None:
    agent = make_agent()
    first, spy = begin(agent)
    answer(agent, first, 401, challenge("1"))
    answer(agent, sent_by(agent), 401, challenge("2"))
    assert agent.packets_to_send() == []
    assert (spy.only.status, spy.only.is_success) == (401, False)


def test_a_refusal_that_asks_for_nothing_is_an_outcome() -> None:
    agent = make_agent()
    request, spy = begin(agent)
    answer(agent, request, 401)
    assert agent.packets_to_send() == []
    assert (spy.only.status, spy.only.was_challenged) == (401, False)


def test_a_stale_nonce_is_answered_again() -> None:
    agent = make_agent()
    first, spy = begin(agent)
    answer(agent, first, 401, challenge("1"))
    answer(agent, sent_by(agent), 401, challenge("2", ", stale=true"))
    third = sent_by(agent)
    assert nonce_in(third) == "2"
    answer(agent, third, 200)
    assert spy.only.is_success


def test_a_server_that_calls_every_nonce_stale_does_not_keep_us_busy() -> None:
    agent = make_agent()
    request, spy = begin(agent)
    for number in range(2):
        answer(agent, request, 401, challenge(str(number), ", stale=true"))
        request = sent_by(agent)
    answer(agent, request, 401, challenge("2", ", stale=true"))
    assert agent.packets_to_send() == []
    assert spy.only.status == 401


def test_a_407_is_answered_to_the_proxy() -> None:
    agent = make_agent()
    first, _ = begin(agent)
    answer(agent, first, 407, ("Proxy-Authenticate", challenge()[1]))
    assert "Proxy-Authorization" in sent_by(agent).headers


def test_proxy_and_registrar_may_both_challenge_one_request() -> None:
    """RFC 3261 section 22.3: 407 by the proxy, then 401 behind it, and a stale nonce each."""
    agent = make_agent()
    request, spy = begin(agent)
    by_proxy = ("Proxy-Authenticate", 'Digest realm="proxy", nonce="p1"')
    answer(agent, request, 407, by_proxy)
    request = sent_by(agent)
    assert "Authorization" not in request.headers
    answer(agent, request, 401, challenge("r1"))
    request = sent_by(agent)
    assert nonce_in(request) == "r1"
    assert 'nonce="p1"' in (request.headers.get("Proxy-Authorization") or "")
    answer(agent, request, 407, (by_proxy[0], f"{by_proxy[1]}, stale=true".replace("p1", "p2")))
    request = sent_by(agent)
    assert 'nonce="p2"' in (request.headers.get("Proxy-Authorization") or "")
    answer(agent, request, 401, challenge("r2", ", stale=true"))
    request = sent_by(agent)
    assert nonce_in(request) == "r2"
    answer(agent, request, 200)
    assert (spy.only.is_success, spy.only.was_challenged) == (True, True)


def test_a_server_that_asks_in_ever_new_realms_does_not_keep_us_busy() -> None:
    agent = make_agent()
    request, spy = begin(agent)
    sends = 1
    while not spy.heard:
        value = f'Digest realm="{sends}", nonce="1"'
        answer(agent, request, 407, ("Proxy-Authenticate", value))
        if not spy.heard:
            request = sent_by(agent)
            sends += 1
    assert sends == 6
    assert spy.only.status == 407


def test_a_weaker_challenge_than_before_is_a_refusal_and_says_why() -> None:
    """Decision 18."""
    agent = make_agent()
    authenticator = make_authenticator(agent)
    request, _ = begin(agent, authenticator=authenticator)
    answer(
        agent, request, 401, ("WWW-Authenticate", 'Digest realm="r", nonce="1", algorithm=SHA-256')
    )
    answer(agent, sent_by(agent), 200)
    request, spy = begin(agent, authenticator=authenticator, now=1.0)
    answer(agent, request, 401, challenge("2"), now=1.1)
    assert agent.packets_to_send() == []
    assert (spy.only.status, spy.only.was_challenged) == (401, False)
    assert spy.only.obstacle is Obstacle.WEAKER


def test_auth_int_covers_the_body_that_is_sent() -> None:
    """RFC 7616 section 3.4.3."""
    agent = make_agent()
    request, _ = begin(agent)
    answer(agent, request, 401, challenge("1", ', qop="auth-int"'))
    request = sent_by(agent)
    value = request.headers.get("Authorization") or ""
    cnonce = re.search(r'cnonce="(\w+)"', value)
    assert cnonce is not None
    asked = Challenge("192.168.1.10", "1", "md5", qop="auth-int")
    expected = digest_response(
        asked, CREDENTIALS, "NOTIFY", request.uri, cnonce[1], 1, b"<spa-control/>"
    )
    assert f'response="{expected}"' in value


def test_the_next_nonce_of_an_answer_is_used_by_the_next_request() -> None:
    """RFC 7616 section 3.5."""
    agent = make_agent()
    authenticator = make_authenticator(agent)
    request, _ = begin(agent, authenticator=authenticator)
    answer(agent, request, 401, challenge("1"))
    answer(agent, sent_by(agent), 200, ("Authentication-Info", 'nextnonce="2"'))
    request, _ = begin(agent, authenticator=authenticator)
    assert nonce_in(request) == "2"


def test_a_challenge_is_left_alone_once_nothing_more_is_to_be_sent() -> None:
    agent, spy = make_agent(), SpyOutcome()
    exchange = agent.request(control(), make_authenticator(agent), spy, 0.0)
    exchange.send_no_more()
    answer(agent, sent_by(agent), 401, challenge())
    assert agent.packets_to_send() == []
    assert spy.only.status == 401


# Redirections (RFC 3261 section 8.1.3.4, decision 19)

ASKED = "sip:FrontDesk@192.168.1.10:6060"
COPIED = ("Via", "From", "To", "Call-ID", "CSeq")


@pytest.mark.parametrize(
    ("contacts", "uri", "port"),
    [
        ("<sip:FrontDesk@192.168.1.10:5070>", "sip:FrontDesk@192.168.1.10:5070", 5070),
        ("sip:Anna@192.168.1.10:6060;q=0.1", "sip:Anna@192.168.1.10:6060", 6060),
        ("<sip:Anna@192.168.1.10>", "sip:Anna@192.168.1.10", 6060),
        (
            "<sip:a@192.168.1.10>;q=0.2, <sip:b@192.168.1.10>;q=0.7, <sip:c@192.168.1.10>;q=7",
            "sip:b@192.168.1.10",
            6060,
        ),
        ("<sip:a@192.168.1.99>;q=1, <sip:b@192.168.1.10>;q=0.1", "sip:b@192.168.1.10", 6060),
        (f"<{ASKED}>, <sip:b@192.168.1.10>", "sip:b@192.168.1.10", 6060),
        (
            "<sip:b@192.168.1.10;user=phone;maddr=192.168.1.99;method=INVITE;transport=tcp?Subject=x>",
            "sip:b@192.168.1.10;user=phone",
            6060,
        ),
    ],
)
@pytest.mark.parametrize("status", [300, 301, 302])
def test_a_redirection_at_the_same_place_is_followed(
    status: int, contacts: str, uri: str, port: int
) -> None:
    """RFC 3261 section 8.1.3.4."""
    agent = make_agent()
    first, spy = begin(agent)
    answer(agent, first, status, ("Contact", contacts))
    (packet,) = agent.packets_to_send()
    assert packet.remote == PBX._replace(port=port)
    again = parse(packet.data)
    assert isinstance(again, Request)
    assert again.uri == uri
    assert (again.call_id, again.from_, again.to) == (first.call_id, first.from_, first.to)
    assert (again.cseq.number, again.body) == (2, first.body)
    assert again.via.branch != first.via.branch
    agent.receive(
        Response(200, "OK", [f for f in again.headers if f[0] in COPIED]).to_bytes(),
        packet.remote,
        0.2,
    )
    assert (spy.only.is_success, spy.only.was_challenged) == (True, False)


@pytest.mark.parametrize(
    ("status", "contact"),
    [
        (302, "<sip:FrontDesk@203.0.113.7>"),
        (302, "<sip:FrontDesk@pbx.example.net>"),
        (302, "<sips:FrontDesk@192.168.1.10>"),
        (302, "<tel:5551234>"),
        (302, "<https://192.168.1.10/>"),
        (302, "<sip:>"),
        (302, "*"),
        (302, f"<{ASKED}>"),
        (305, "<sip:b@192.168.1.10>"),
        (380, "<sip:b@192.168.1.10>"),
    ],
)
def test_a_redirection_to_anywhere_else_is_a_refusal(status: int, contact: str) -> None:
    """Whoever is there would get an answer to a challenge of its own."""
    agent = make_agent()
    request, spy = begin(agent)
    answer(agent, request, status, ("Contact", contact))
    assert agent.packets_to_send() == []
    assert spy.only.status == status
    assert spy.only.obstacle is (Obstacle.ELSEWHERE if status == 302 else None)


def test_a_redirection_from_what_is_no_uri_is_a_refusal() -> None:
    """What a notifier calls its Contact may be none; the next SUBSCRIBE goes there."""
    agent = make_agent()
    request, spy = begin(agent, replace(control(), uri="sip:"))
    answer(agent, request, 302, ("Contact", "<sip:b@192.168.1.10>"))
    assert agent.packets_to_send() == []
    assert spy.only.status == 302


def test_a_redirection_keeps_to_the_outbound_proxy() -> None:
    """RFC 3261 section 8.1.2: the Route goes with it, and its port is not the redirection's."""
    agent = make_agent(route_set=("<sip:192.168.1.10:6060;lr>",))
    request, _ = begin(agent)
    answer(agent, request, 302, ("Contact", "<sip:FrontDesk@192.168.1.10:5070>"))
    again = sent_by(agent)
    assert again.uri == "sip:FrontDesk@192.168.1.10:5070"
    assert again.headers.get_all("Route") == ["<sip:192.168.1.10:6060;lr>"]


def test_a_redirection_in_a_circle_ends() -> None:
    agent = make_agent()
    request, spy = begin(agent)
    answer(agent, request, 302, ("Contact", "<sip:b@192.168.1.10>"))
    answer(agent, sent_by(agent), 302, ("Contact", f"<{ASKED}>"))
    assert agent.packets_to_send() == []
    assert spy.only.status == 302


def test_a_redirection_to_ever_new_names_ends() -> None:
    agent = make_agent()
    request, spy = begin(agent)
    sends = 1
    while not spy.heard:
        answer(agent, request, 302, ("Contact", f"<sip:{sends}@192.168.1.10>"))
        if not spy.heard:
            request = sent_by(agent)
            sends += 1
    assert sends == 6


def test_the_port_of_a_proxy_is_not_the_redirections_to_change() -> None:
    agent = make_agent()
    request, _ = begin(agent, replace(control(), uri="sip:FrontDesk@192.168.1.10:5062"))
    answer(agent, request, 302, ("Contact", "<sip:FrontDesk@192.168.1.10:5070>"))
    assert sent_by(agent).uri == "sip:FrontDesk@192.168.1.10:5070"


def test_a_redirected_request_answers_challenges_too() -> None:
    agent = make_agent()
    request, spy = begin(agent)
    answer(agent, request, 302, ("Contact", "<sip:b@192.168.1.10>"))
    answer(agent, sent_by(agent), 401, challenge())
    request = sent_by(agent)
    assert 'uri="sip:b@192.168.1.10"' in (request.headers.get("Authorization") or "")
    answer(agent, request, 200)
    assert spy.only.was_challenged


def test_an_extension_we_never_asked_for_cannot_be_left_out() -> None:
    """RFC 3261 section 8.1.3.5: we send no Require, so there is nothing to send again without."""
    agent = make_agent()
    request, spy = begin(agent)
    assert not {"Require", "Proxy-Require", "Supported"} & {name for name, _ in request.headers}
    answer(agent, request, 420, ("Unsupported", "100rel"))
    assert agent.packets_to_send() == []
    assert spy.only.status == 420


# What an answer asks for


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("20", 20),
        ("120 (I'm in a meeting)", 120),
        ("18000;duration=3600", 18000),
        ("60 (back; soon) ;duration=5", 60),
        (" 7 ", 7),
        ("soon", 0),
        ("-5", 0),
        ("Fri, 26 Sep 2026 12:00:00 GMT", 0),
        ("", 0),
    ],
)
def test_retry_after_is_read_with_comment_and_parameters(value: str, seconds: float) -> None:
    """RFC 3261 section 20.33."""
    response = Response(503, "Busy", [("Via", "x"), ("Retry-After", value)])
    assert Outcome(response, was_challenged=False).retry_after == seconds


@pytest.mark.parametrize("status", [404, 413, 480, 486, 500, 503, 600, 603])
def test_retry_after_counts_where_it_means_something(status: int) -> None:
    """RFC 3261 section 20.33."""
    response = Response(status, "No", [("Retry-After", "20")])
    assert Outcome(response, was_challenged=False).retry_after == 20
    assert Outcome(Response(status, "No", []), was_challenged=False).retry_after == 0


@pytest.mark.parametrize("status", [200, 401, 403, 423, 481])
def test_retry_after_means_nothing_elsewhere(status: int) -> None:
    response = Response(status, "No", [("Retry-After", "20")])
    assert Outcome(response, was_challenged=False).retry_after == 0


@pytest.mark.parametrize(
    ("status", "least", "expected"),
    [
        (423, "7200", 7200),
        (423, "86400", 86400),
        (423, "86401", None),
        (423, "3600", None),
        (423, "60", None),
        (423, "soon", None),
        (423, None, None),
        (503, "7200", None),
    ],
)
def test_min_expires_is_what_to_ask_for_instead(
    status: int, least: str | None, expected: int | None
) -> None:
    """RFC 3261 sections 10.2.8, 20.23 and 21.4.17."""
    fields = [] if least is None else [("Min-Expires", least)]
    outcome = Outcome(Response(status, "No", fields), was_challenged=False)
    assert outcome.expires_instead_of(3600) == expected


def test_the_next_request_carries_the_answer_at_once() -> None:
    agent = make_agent()
    authenticator = make_authenticator(agent)
    first, _ = begin(agent, authenticator=authenticator)
    answer(agent, first, 401, challenge())
    answer(agent, sent_by(agent), 200)
    request, spy = begin(agent, authenticator=authenticator)
    assert "Authorization" in request.headers
    answer(agent, request, 200)
    assert not spy.only.was_challenged


def test_credentials_that_were_accepted_are_tried_once_with_a_fresh_nonce() -> None:
    """As after a reboot of the PBX (decision 5)."""
    agent = make_agent()
    authenticator = make_authenticator(agent)
    first, _ = begin(agent, authenticator=authenticator)
    answer(agent, first, 401, challenge("1"))
    answer(agent, sent_by(agent), 200)
    later, spy = begin(agent, authenticator=authenticator, now=1.0)
    answer(agent, later, 401, challenge("2"), now=1.1)
    again = sent_by(agent)
    assert nonce_in(again) == "2"
    answer(agent, again, 401, challenge("3"), now=1.2)
    assert agent.packets_to_send() == []
    assert spy.only.status == 401


@pytest.mark.parametrize(("pause", "is_tried_again"), [(8.0, False), (16.0, True)])
def test_a_request_that_carried_an_old_nonce_is_tried_with_the_fresh_one(
    pause: float, is_tried_again: bool
) -> None:
    """Else a password put right would never be accepted where nonces live shorter than a pause."""
    agent = make_agent()
    authenticator = make_authenticator(agent)
    first, _ = begin(agent, authenticator=authenticator)
    answer(agent, first, 401, challenge("1"))
    answer(agent, sent_by(agent), 401, challenge("2"))
    later, spy = begin(agent, authenticator=authenticator, now=pause)
    assert nonce_in(later) == "2"
    answer(agent, later, 401, challenge("3"), now=pause + 0.1)
    if is_tried_again:
        assert nonce_in(sent_by(agent)) == "3"
        assert spy.heard == []
    else:
        assert agent.packets_to_send() == []
        assert spy.only.status == 401


def test_two_requests_under_way_are_both_answered_when_challenged() -> None:
    """Hold and Answer clicked in one breath, at a PBX that challenges NOTIFY."""
    agent = make_agent()
    authenticator = make_authenticator(agent)
    first, _ = begin(agent, authenticator=authenticator)
    second, spy = begin(agent, authenticator=authenticator)
    answer(agent, first, 401, challenge("1"))
    assert nonce_in(sent_by(agent)) == "1"
    answer(agent, second, 401, challenge("2"))
    assert spy.heard == []
    assert nonce_in(sent_by(agent)) == "2"


def test_a_challenge_whose_answer_would_be_too_long_ends_the_request() -> None:
    agent = make_agent()
    room = MAX_MESSAGE_BYTES - len(begin(agent)[0].to_bytes()) - 20
    request, spy = begin(agent, control(b"x" * room))
    answer(agent, request, 401, challenge())
    assert agent.packets_to_send() == []
    assert spy.only.status == 401


@pytest.mark.parametrize("length", [4_000, 40_000])
def test_however_long_a_challenge_is_the_request_ends(length: int) -> None:
    """Every backslash of a nonce without quotes is doubled in the answer."""
    agent = make_agent()
    authenticator = make_authenticator(agent)
    request, spy = begin(agent, authenticator=authenticator)
    nonce = "\\" * length
    answer(agent, request, 401, ("WWW-Authenticate", f"Digest realm=r, nonce={nonce}"))
    if length == 4_000:
        assert len(sent_by(agent).headers.get("Authorization") or "") > 2 * length
    else:
        assert spy.only.status == 401
    begin(agent, authenticator=authenticator)


# Outcomes


def test_provisional_answers_are_no_outcome() -> None:
    agent = make_agent()
    request, spy = begin(agent)
    answer(agent, request, 100)
    assert spy.heard == []
    answer(agent, request, 202)
    assert spy.only.status == 202


def test_an_outcome_tells_silence_from_an_answer() -> None:
    agent = make_agent()
    request, answered = begin(agent)
    answer(agent, request, 408)
    assert (answered.only.was_answered, answered.only.answered_status) == (True, 408)
    _, silent = begin(agent)
    agent.handle_timeout(100.0)
    assert (silent.only.was_answered, silent.only.answered_status) == (False, None)
    assert silent.only.status == 408
    _, dead = begin(agent)
    agent.transport_failed(PBX, 0.1)
    assert (dead.only.was_answered, dead.only.status) == (False, 503)


def test_an_abandoned_exchange_says_and_sends_nothing_more() -> None:
    agent = make_agent()
    requests, spies = [], []
    for _ in range(3):
        spy = SpyOutcome()
        exchange = agent.request(control(), make_authenticator(agent), spy, 0.0)
        requests.append(sent_by(agent))
        spies.append(spy)
        exchange.abandon()
    answer(agent, requests[0], 200)
    answer(agent, requests[1], 401, challenge())
    agent.handle_timeout(100.0)
    assert agent.packets_to_send() == []
    assert [spy.heard for spy in spies] == [[], [], []]


def test_an_exchange_is_abandoned_on_its_second_try_too() -> None:
    agent, spy = make_agent(), SpyOutcome()
    exchange = agent.request(control(), make_authenticator(agent), spy, 0.0)
    answer(agent, sent_by(agent), 401, challenge())
    again = sent_by(agent)
    exchange.abandon()
    answer(agent, again, 200)
    assert spy.heard == []
    assert agent.next_timeout() == pytest.approx(5.1)  # timer K of the first try
    agent.handle_timeout(100.0)
    assert (agent.packets_to_send(), agent.next_timeout()) == ([], None)


# Requests of the peer


def incoming(name: str = "captures/notify-answering.sip") -> bytes:
    return (DATA / name).read_bytes()


def respond(agent: UserAgent, data: bytes, status: int = 200, **more: str) -> bytes:
    transaction = agent.receive(data, PBX, 0.0)
    assert transaction is not None
    agent.respond(transaction, status, 0.0, more.items())
    (packet,) = agent.packets_to_send()
    return packet.data


def test_an_answer_repeats_what_the_request_said_and_adds_a_tag() -> None:
    response = respond(make_agent(), incoming())
    tag = parse(response).to.tag
    assert tag
    assert (
        response
        == (
            "SIP/2.0 200 OK\r\n"
            "Via: SIP/2.0/UDP 10.0.0.164:5060;branch=z9hG4bK-edba58c2"
            ";received=192.168.1.10\r\n"
            'From: "CS / reception" <sip:0616*004@pbx5.example.net>;tag=ef768b8611d9b415o0\r\n'
            f"To: <sip:cti@pbx5.example.net>;tag={tag}\r\n"
            "Call-ID: 2ec7053e-2a88f2f3@10.0.0.164\r\n"
            "CSeq: 13466 NOTIFY\r\n"
            "Content-Length: 0\r\n"
            "\r\n"
        ).encode()
    )


def test_a_tag_that_is_there_is_left_alone() -> None:
    data = incoming().replace(b"<sip:cti@pbx5.example.net>\r\n", b"<sip:c@d>;tag=7\r\n")
    assert b"\r\nTo: <sip:c@d>;tag=7\r\n" in respond(make_agent(), data)


def test_every_via_is_returned_in_order() -> None:
    response = parse(respond(make_agent(), incoming("torture/valid/transports.sip")))
    assert [via.split()[0] for via in response.headers.get_all("Via")] == [
        "SIP/2.0/UNKNOWN",
        "SIP/2.0/SCTP",
        "SIP/2.0/TLS",
        "SIP/2.0/UDP",
    ]


def test_an_answer_has_its_reason_and_further_fields() -> None:
    response = respond(make_agent(), incoming(), 489, Allow_Events="x")
    assert response.startswith(b"SIP/2.0 489 Bad Event\r\n")
    assert response.endswith(b"\r\nAllow_Events: x\r\nContent-Length: 0\r\n\r\n")
    assert respond(make_agent(), incoming(), 499).startswith(b"SIP/2.0 499 Refused\r\n")


def test_a_latin_1_name_is_returned_in_the_bytes_it_came_in() -> None:
    response = respond(make_agent(), incoming("torture/valid/latin-1-name.sip"))
    assert b'From: "Empfang J\xfcrgen M\xfcller" <sip:200@192.0.2.10>;tag=1o0\r\n' in response


def test_every_response_to_a_request_has_the_same_tag() -> None:
    """RFC 3261 section 8.2.6.2."""
    agent = make_agent()
    transaction = agent.receive(incoming(), PBX, 0.0)
    assert transaction is not None
    for status in (100, 200):
        agent.respond(transaction, status, 0.0)
    first, second = (parse(packet.data).to.tag for packet in agent.packets_to_send())
    assert first
    assert first == second


@pytest.mark.parametrize(("branch", "status"), [(b"-edba58c2", 200), (b"-other", 481)])
def test_a_cancel_is_answered_whether_its_invite_is_known_or_not(
    branch: bytes, status: int
) -> None:
    """RFC 3261 section 9.2; with the tag of the answer to the INVITE where it is known."""
    agent = make_agent()
    invite = parse(respond(agent, incoming().replace(b"NOTIFY", b"INVITE"), 480))
    cancel = incoming().replace(b"NOTIFY", b"CANCEL").replace(b"-edba58c2", branch)
    transaction = agent.receive(cancel, PBX, 0.1)
    assert transaction is not None
    agent.answer_cancel(transaction, 0.1)
    (packet,) = agent.packets_to_send()
    answer = parse(packet.data)
    assert isinstance(answer, Response)
    assert answer.status == status
    assert answer.to.tag
    assert (answer.to.tag == invite.to.tag) is (status == 200)


def test_the_repeated_request_gets_the_same_tag() -> None:
    agent = make_agent()
    response = respond(agent, incoming())
    assert agent.receive(incoming(), PBX, 0.5) is None
    (packet,) = agent.packets_to_send()
    assert packet.data == response


@pytest.mark.parametrize(
    "name", [path.name for path in sorted((DATA / "torture" / "valid").glob("*.sip"))]
)
def test_a_crooked_request_is_answered(name: str) -> None:
    agent = make_agent()
    transaction = agent.receive(incoming(f"torture/valid/{name}"), PBX, 0.0)
    if transaction is not None:
        request = transaction.request
        agent.respond(transaction, 480, 0.0)  # of an INVITE we take nothing else
        (packet,) = agent.packets_to_send()
        answer = parse(packet.data)
        assert (answer.call_id, answer.cseq) == (
            request.call_id,
            request.cseq,
        )
        asked = request.via
        assert (answer.via.host, answer.via.port) == (asked.host, asked.port)
        assert answer.via.parameters == {**asked.parameters, "received": PBX.host}


def test_a_request_whose_answer_would_be_too_long_is_the_peers_fault() -> None:
    """Compact names grow when they are written out."""
    agent = make_agent()
    vias = b"v:SIP/2.0/UDP a;branch=z9hG4bK1\r\n" * 480
    head = b"NOTIFY sip:a SIP/2.0\r\n" + vias + b"f:sip:a\r\nt:sip:a\r\nCSeq:1 NOTIFY\r\ni:"
    data = head + b"1" * (65_500 - len(head)) + b"\r\n\r\n"
    with pytest.raises(RemoteProtocolError) as caught:
        respond(agent, data)
    assert caught.value.status == 513


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(ORIGINALS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 1, 5, 40])))
        data = data[:start] + draw(st.binary(max_size=5)) + data[end:]
    return data


@given(mutilated())
def test_whatever_is_understood_can_be_answered(data: bytes) -> None:
    agent = make_agent()
    try:
        transaction = agent.receive(data, PBX, 0.0)
    except RemoteProtocolError:
        return
    if transaction is not None:
        agent.respond(transaction, 480, 0.0)
        assert len(agent.packets_to_send()) == 1


# Transports


@pytest.mark.parametrize(
    ("transport", "host", "via", "contact"),
    [
        ("UDP", "192.168.1.50", "SIP/2.0/UDP 192.168.1.50:5060", "sip:RECEPTION@192.168.1.50:5060"),
        (
            "TCP",
            "192.168.1.50",
            "SIP/2.0/TCP 192.168.1.50:5060",
            "<sip:RECEPTION@192.168.1.50:5060;transport=tcp>",
        ),
        (
            "TLS",
            "2001:db8::50",
            "SIP/2.0/TLS [2001:db8::50]:5060",
            "<sip:RECEPTION@[2001:db8::50]:5060;transport=tls>",
        ),
        (
            "UDP",
            "2001:db8::50",
            "SIP/2.0/UDP [2001:db8::50]:5060",
            "sip:RECEPTION@[2001:db8::50]:5060",
        ),
    ],
)
def test_via_and_contact_tell_the_transport(
    transport: str, host: str, via: str, contact: str
) -> None:
    """RFC 3261 sections 18.1.1 and 19.1.1."""
    agent = make_agent()
    agent.relocate(Address(host, 5060, transport), PBX._replace(transport=transport))
    agent.request(control(), make_authenticator(agent), SpyOutcome(), 0.0)
    (packet,) = agent.packets_to_send()
    sent = parse(packet.data)
    assert packet.remote.transport == transport
    assert (sent.headers.get("Via") or "").startswith(f"{via};branch=")
    assert sent.headers.get("Contact") == contact


def test_beside_a_stream_datagrams_have_an_address_of_their_own() -> None:
    """RFC 3261 section 18.1.1: the answer comes to where the Via says."""
    agent = UserAgent(
        local=Address("192.168.1.50", 40123, "TCP"),
        remote=PBX._replace(transport="TCP"),
        contact_user="RECEPTION",
        product="Call Ctrl 1.1 jdoe",
        tokens=Tokens(Random(1)),
        datagrams_at=PC,
    )
    phone = Address("192.168.1.20", 5060)
    outgoing = replace(control(), remote=phone)
    agent.request(outgoing, make_authenticator(agent), SpyOutcome(), 0.0)
    (packet,) = agent.packets_to_send()
    assert packet.remote == phone
    assert b"Via: SIP/2.0/UDP 192.168.1.50:5060;" in packet.data


def test_a_request_over_1300_bytes_is_no_datagram() -> None:
    """RFC 3261 section 18.1.1."""
    agent = make_agent()
    room = 1300 - len(begin(agent)[0].to_bytes())
    for body, transport in ((b"x" * (room - 10), "UDP"), (b"x" * (room + 20), "TCP")):
        agent.request(control(body), make_authenticator(agent), SpyOutcome(), 0.0)
        (packet,) = agent.packets_to_send()
        assert packet.remote == PBX._replace(transport=transport)
        assert f"Via: SIP/2.0/{transport} ".encode() in packet.data
