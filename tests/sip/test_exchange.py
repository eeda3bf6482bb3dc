"""One request of ours: challenges (RFC 3261 section 22), redirections (8.1.3.4), outcomes."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count

import pytest

from callctrl.sip.authenticator import Obstacle
from callctrl.sip.digest import Challenge, digest_response
from callctrl.sip.exchange import Outcome, Outgoing
from callctrl.sip.message import MAX_MESSAGE_BYTES, Request, Response, parse
from tests.sip.asking import (
    CREDENTIALS,
    PBX,
    SpyOutcome,
    answer,
    begin,
    control,
    make_agent,
    make_authenticator,
    sent_by,
)
from tests.sip.layers import SpyReceiver


def challenge(nonce: str = "70f778f0", more: str = "") -> tuple[str, str]:
    value = f'Digest realm="192.168.1.10", nonce="{nonce}", algorithm=md5{more}'
    return "WWW-Authenticate", value


def nonce_in(request: Request) -> str | None:
    """Of the answer a request carries."""
    match = re.search(r'nonce="(\w+)"', request.headers.get("Authorization") or "")
    return match[1] if match else None


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


@pytest.mark.parametrize("status", [200, 302, 423])
def test_the_next_nonce_of_an_answer_is_used_by_the_next_request(status: int) -> None:
    """RFC 7616 section 3.5; these are of a server that has taken the credentials."""
    agent = make_agent()
    authenticator = make_authenticator(agent)
    request, _ = begin(agent, authenticator=authenticator)
    answer(agent, request, 401, challenge("1"))
    answer(agent, sent_by(agent), status, ("Authentication-Info", 'nextnonce="2"'))
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


# An INVITE: RFC 3261 sections 9.1 and 13.2.2


def invitation() -> Outgoing:
    return replace(control(b""), method="INVITE", number=count(1).__next__)


def test_a_redirection_of_a_call_is_not_followed() -> None:
    """It would ring at somebody else's."""
    agent = make_agent()
    first, spy = begin(agent, invitation())
    answer(agent, first, 302, ("Contact", "<sip:Sales@192.168.1.10:6060>"))
    assert [packet.data[:4] for packet in agent.packets_to_send()] == [b"ACK "]
    assert (spy.only.status, spy.only.obstacle) == (302, Obstacle.ELSEWHERE)


def test_what_rings_is_told_and_each_2xx_is_an_outcome() -> None:
    agent = make_agent()
    spy, rings = SpyOutcome(), SpyReceiver()
    agent.request(invitation(), make_authenticator(agent), spy, 0.0, rings)
    request = sent_by(agent)
    for status in (100, 180, 200, 200):
        answer(agent, request, status)
    assert [status for status, _ in rings.heard] == [100, 180]
    assert [outcome.status for outcome in spy.heard] == [200, 200]


def test_a_challenged_call_is_acknowledged_and_asked_for_again_with_the_next_number() -> None:
    agent = make_agent()
    spy = SpyOutcome()
    exchange = agent.request(invitation(), make_authenticator(agent), spy, 0.0)
    answer(agent, sent_by(agent), 401, ("WWW-Authenticate", 'Digest realm="a", nonce="1"'))
    ack, again = (parse(packet.data) for packet in agent.packets_to_send())
    assert (str(ack.cseq), str(again.cseq)) == ("1 ACK", "2 INVITE")
    assert exchange.credentials == (("Authorization", again.headers.get("Authorization")),)


def test_a_cancelled_call_is_not_asked_for_again() -> None:
    agent = make_agent()
    spy = SpyOutcome()
    exchange = agent.request(invitation(), make_authenticator(agent), spy, 0.0)
    request = sent_by(agent)
    exchange.cancel(0.1)
    answer(agent, request, 401, ("WWW-Authenticate", 'Digest realm="a", nonce="1"'))
    assert [packet.data[:4] for packet in agent.packets_to_send()] == [b"ACK "]
    assert spy.only.status == 401
    exchange.cancel(0.2)
    assert agent.packets_to_send() == []
