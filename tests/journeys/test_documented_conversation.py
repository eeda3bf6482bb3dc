"""The conversation of the seed article, behaviour by behaviour (docs/protocol.md D).

Call Ctrl                          SPA9000
   |-------- REGISTER ---------------->|
   |<------- 401 nonce ----------------|
   |-------- REGISTER with answer ---->|
   |<------- 200, expires=60 ----------|
   |-------- SUBSCRIBE --------------->|
   |<------- 200, or 403 --------------|
"""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise

import pytest

from callctrl.accounts import Policy
from callctrl.calls import (
    Hold,
    Refused,
    RegistrationChanged,
    SessionState,
    Stopped,
    SubscriptionChanged,
)
from callctrl.simulator import Config
from callctrl.sip.headers import parse_parameters
from callctrl.sip.message import Request
from tests.desk import Desk

THE_MESSAGE = (
    "The error '403 Forbidden' was received from SPA-STATUS and will prevent Call Ctrl from "
    "functioning properly. Please enable Debugging and restart Call Ctrl to diagnose the problem."
)


@pytest.fixture(name="good", scope="module")
def good_desk() -> Desk:
    return Desk().start()


@pytest.fixture(name="wrong", scope="module")
def wrong_password_desk() -> Desk:
    return Desk(password="wrong").start(5)


def _answer_of(request: Request) -> dict[str, str]:
    scheme, _, rest = (request.headers.get("Authorization") or "").partition(" ")
    assert scheme == "Digest"
    return dict(piece.strip().split("=", 1) for piece in rest.split(","))


# REGISTER


def test_s5_the_first_message_is_a_register_to_the_spa9000_over_udp(good: Desk) -> None:
    first = good.wire.sent[0]
    assert first.target.transport == "UDP"
    assert first.data.startswith(b"REGISTER sip:192.168.1.10:6060 SIP/2.0\r\n")


def test_s6_via_shows_the_address_and_port_of_the_pc(good: Desk) -> None:
    via = good.requests("REGISTER")[0].headers.get("Via") or ""
    assert via.startswith("SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK")


def test_s7_max_forwards_is_70(good: Desk) -> None:
    assert good.requests("REGISTER")[0].headers.get("Max-Forwards") == "70"


def test_s8_from_shows_the_pc_and_to_the_spa9000(good: Desk) -> None:
    first = good.requests("REGISTER")[0]
    assert re.fullmatch(r"sip:RECEPTION@192\.168\.1\.50;tag=\d+", first.headers.get("From") or "")
    assert first.headers.get("To") == "sip:RECEPTION@192.168.1.10"


def test_s9_the_call_id_is_three_numbers_joined_by_dashes(good: Desk) -> None:
    assert re.fullmatch(r"\d+-\d+-\d+", good.requests("REGISTER")[0].call_id)


def test_s10_the_first_cseq_is_1_register(good: Desk) -> None:
    assert good.requests("REGISTER")[0].headers.get("CSeq") == "1 REGISTER"


def test_s11_the_contact_is_the_pc_at_the_port_it_listens_on(good: Desk) -> None:
    assert good.requests("REGISTER")[0].headers.get("Contact") == "sip:RECEPTION@192.168.1.50:5060"


def test_s12_an_hour_is_asked_for_and_there_is_no_body(good: Desk) -> None:
    first = good.requests("REGISTER")[0]
    assert first.headers.get("Expires") == "3600"
    assert first.headers.get("Content-Length") == "0"


def test_s13_user_agent_names_program_version_and_user(good: Desk) -> None:
    for request in good.requests("REGISTER"):
        assert request.headers.get("User-Agent") == "Call Ctrl 1.1 jdoe"


def test_s14_the_first_register_carries_no_authorization(good: Desk) -> None:
    assert "Authorization" not in good.requests("REGISTER")[0].headers


def test_the_first_register_has_the_documented_fields_in_the_documented_order(good: Desk) -> None:
    assert [name for name, _ in good.requests("REGISTER")[0].headers] == [
        "Via",
        "Max-Forwards",
        "From",
        "To",
        "Call-ID",
        "CSeq",
        "Contact",
        "Content-Length",
        "Expires",
        "User-Agent",
    ]


def test_s15_the_spa9000_challenges_and_echoes(good: Desk) -> None:
    request, response = good.requests("REGISTER")[0], good.responses("REGISTER")[0]
    assert (response.status, response.reason) == (401, "Unauthorized")
    assert response.to.tag
    for name in ("Call-ID", "CSeq", "Via"):
        assert response.headers.get(name) == request.headers.get(name)
    assert response.headers.get("Server") == "Linksys/SPA9000-6.1.5"


def test_s16_the_challenge_has_an_eight_digit_nonce_and_no_qop(good: Desk) -> None:
    assert re.fullmatch(
        r'Digest realm="192\.168\.1\.10", nonce="[0-9a-f]{8}", algorithm=md5',
        good.responses("REGISTER")[0].headers.get("WWW-Authenticate") or "",
    )


def test_s17_every_response_lists_the_event_packages(good: Desk) -> None:
    for response in good.responses("REGISTER") + good.responses("SUBSCRIBE"):
        assert response.headers.get("Allow-Events") == "talk, hold, conference, x-spa-cti"


def test_s18_the_second_register_answers_in_the_same_call(good: Desk) -> None:
    first, second = good.requests("REGISTER")[:2]
    assert second.call_id == first.call_id
    assert second.from_.tag == first.from_.tag
    assert second.cseq.number == 2
    assert second.via.branch != first.via.branch
    assert list(_answer_of(second)) == [
        "username",
        "uri",
        "algorithm",
        "realm",
        "nonce",
        "response",
    ]
    assert _answer_of(second)["uri"] == '"sip:192.168.1.10:6060"'
    assert _answer_of(second)["algorithm"] == "MD5"


def test_s19_the_answer_is_computed_over_the_newest_nonce() -> None:
    desk = Desk(password="wrong", policy=Policy(stay_open=True)).start(20)
    nonces = [
        parse_parameters((r.headers.get("WWW-Authenticate") or "").replace(",", ";"))["nonce"]
        for r in desk.responses("REGISTER")
    ]
    answers = [_answer_of(request)["nonce"].strip('"') for request in desk.requests("REGISTER")[1:]]
    assert len(answers) > 3
    assert answers == nonces[: len(answers)]
    assert len(set(nonces)) == len(nonces)


def test_s20_the_user_name_is_the_extension(good: Desk) -> None:
    parameters = _answer_of(good.requests("REGISTER")[1])
    assert parameters["username"] == '"200"'
    ha1 = hashlib.md5(b"200:192.168.1.10:4321").hexdigest()
    ha2 = hashlib.md5(b"REGISTER:sip:192.168.1.10:6060").hexdigest()
    nonce = parameters["nonce"].strip('"')
    right = hashlib.md5(f"{ha1}:{nonce}:{ha2}".encode()).hexdigest()
    assert parameters["response"] == f'"{right}"'


def test_s21_the_granted_time_rules_the_refresh() -> None:
    desk = Desk().start(31)
    assert desk.events(RegistrationChanged)[0].expires == 60
    refreshes = [sent for sent in desk.wire.sent if sent.title == "REGISTER"][2:]
    assert [round(sent.at - 1000) for sent in refreshes] == [30]


def test_s22_an_odd_date_is_not_fatal(good: Desk) -> None:
    date = good.responses("REGISTER")[1].headers.get("Date") or ""
    assert re.fullmatch(r"Tue, 6 Jul 2010 \d\d:\d\d:\d\d PST", date)
    assert good.state is SessionState.READY


def test_s23_a_second_401_means_bad_credentials_and_brings_a_new_nonce(wrong: Desk) -> None:
    first, second = wrong.responses("REGISTER")
    assert second.status == 401
    assert second.headers.get("WWW-Authenticate") != first.headers.get("WWW-Authenticate")


def test_s24_register_is_repeated_with_growing_pauses_until_it_succeeds() -> None:
    desk = Desk(password="wrong", policy=Policy(stay_open=True)).start(100)
    refused = [each.at for each in desk.wire.sent if each.title == "401 REGISTER"][1:]
    pauses = [later - earlier for earlier, later in pairwise(refused) if later - earlier > 0.1]
    for pause, whole in zip(pauses, [1, 2, 4, 8, 16, 30, 30], strict=False):
        assert 0.8 * whole <= pause <= whole + 0.2
    desk.say("password wrong")
    desk.wire.run(31)
    assert desk.state is SessionState.READY


def test_s25_cseq_keeps_rising_through_the_repeats() -> None:
    desk = Desk(password="wrong", policy=Policy(stay_open=True)).start(20)
    numbers = [
        request.cseq.number for request in desk.requests("REGISTER") + desk.requests("SUBSCRIBE")
    ]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert desk.requests("REGISTER")[2].cseq.number == 4  # as in the article's second sample


def test_s26_the_slips_of_the_printed_messages_are_survived() -> None:
    desk = Desk(config=Config(password="4321", crooked=True)).start(10)
    assert desk.state is SessionState.READY
    desk.say('ring 5551234 "Anna Lee"')
    desk.wire.run(1)
    assert desk.call_states("1") == ["ringing"]


# SUBSCRIBE


def test_s27_subscribe_is_sent_even_when_register_was_refused(wrong: Desk) -> None:
    assert wrong.wire.titles() == [
        "REGISTER",
        "401 REGISTER",
        "REGISTER",
        "401 REGISTER",
        "SUBSCRIBE",
        "403 SUBSCRIBE",
    ]


def test_s28_subscribe_follows_the_final_answer_at_once(wrong: Desk, good: Desk) -> None:
    for desk, status in ((wrong, "401 REGISTER"), (good, "200 REGISTER")):
        answered = max(each.at for each in desk.wire.sent if each.title == status)
        subscribed = next(each.at for each in desk.wire.sent if each.title == "SUBSCRIBE")
        assert subscribed - answered == pytest.approx(desk.wire.weather.latency)


def test_s29_subscribe_is_addressed_to_the_phone(good: Desk) -> None:
    subscribe = good.requests("SUBSCRIBE")[0]
    assert subscribe.uri == "sip:FrontDesk@192.168.1.10:6060"
    assert subscribe.headers.get("To") == "sip:FrontDesk@192.168.1.10"


def test_s30_subscribe_comes_from_the_computer_name_at_the_spa9000(good: Desk) -> None:
    register, subscribe = good.requests("REGISTER")[0], good.requests("SUBSCRIBE")[0]
    assert subscribe.from_.uri == "sip:RECEPTION@192.168.1.10"
    assert subscribe.from_.tag not in (None, register.from_.tag)


def test_s31_subscribe_has_its_own_call_id_and_continues_the_count(good: Desk) -> None:
    register, subscribe = good.requests("REGISTER")[0], good.requests("SUBSCRIBE")[0]
    assert subscribe.call_id != register.call_id
    assert subscribe.headers.get("CSeq") == "3 SUBSCRIBE"
    assert subscribe.headers.get("Event") == "x-spa-cti"


def test_s32_an_accepted_subscription_lives_an_hour(good: Desk) -> None:
    response = good.responses("SUBSCRIBE")[0]
    assert (response.status, response.expires) == (200, 3600)
    assert response.to.tag
    assert good.events(SubscriptionChanged)[0].expires == 3600
    assert good.state is SessionState.READY


def test_s33_an_unregistered_subscriber_is_always_forbidden(wrong: Desk) -> None:
    assert [response.status for response in wrong.responses("SUBSCRIBE")] == [403]


def test_s34_the_403_has_no_challenge_and_is_not_answered(wrong: Desk) -> None:
    assert "WWW-Authenticate" not in wrong.responses("SUBSCRIBE")[0].headers
    assert len(wrong.requests("SUBSCRIBE")) == 1


def test_s35_a_403_to_a_control_is_answered_by_one_round_that_decides() -> None:
    desk = Desk().start()
    sent = len(desk.wire.sent)
    desk.say("forbid on")
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    desk.wire.run(1)
    assert desk.wire.titles()[sent:][:6] == [
        "NOTIFY",
        "403 NOTIFY",
        "REGISTER",
        "200 REGISTER",
        "SUBSCRIBE",
        "403 SUBSCRIBE",
    ]
    refused = desk.events(Refused)
    assert [each.message for each in refused] == [THE_MESSAGE]


# Reaction


def test_s36_the_refusal_is_told_in_the_documented_words(wrong: Desk) -> None:
    assert [refused.message for refused in wrong.events(Refused)] == [THE_MESSAGE]


def test_s37_the_session_ends_by_itself_after_the_refusal(wrong: Desk) -> None:
    assert wrong.state is SessionState.STOPPED
    assert isinstance(wrong.events(Stopped)[-1], Stopped)
    sent = len(wrong.wire.sent)
    wrong.wire.run(600)
    assert len(wrong.wire.sent) == sent


def test_s40_an_empty_password_means_no_challenge() -> None:
    desk = Desk(password="", config=Config(password="")).start()
    assert [response.status for response in desk.responses("REGISTER")] == [200]
    assert "Authorization" not in desk.requests("REGISTER")[0].headers
    assert desk.state is SessionState.READY
    assert not desk.events(RegistrationChanged)[0].challenged
