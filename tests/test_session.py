"""The session's policy, on a virtual wire against the simulated SPA9000."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from callctrl.accounts import Account, ControlPath, Policy
from callctrl.calls import (
    Answer,
    CallChanged,
    CallState,
    CommandAnswered,
    Dial,
    Divert,
    Failure,
    Feature,
    HangUp,
    Hold,
    No,
    PhoneRestarted,
    Refused,
    RegistrationChanged,
    Reject,
    Resume,
    SessionChanged,
    SessionState,
    Stopped,
    SubscriptionChanged,
    Trouble,
    Yes,
)
from callctrl.phones.spa import SpaPhone
from callctrl.session import Session
from callctrl.simulator import Config, NotifyForm
from callctrl.simulator.answers import Answer as Answered
from callctrl.simulator.answers import write_response
from callctrl.sip.message import Response, parse
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.way import SessionSetup
from tests import lampdesk
from tests.desk import ACCOUNT, PBX, PC, PHONE, Desk
from tests.wire import Weather, Wire


def _times_of(desk: Desk, title: str) -> list[float]:
    return [round(sent.at - 1000, 3) for sent in desk.wire.sent if sent.title == title]


# Rounds


def test_a_silent_pbx_is_asked_with_growing_pauses_and_then_given_up() -> None:
    desk = Desk(config=Config(silent=True)).start(16.5)
    assert _times_of(desk, "REGISTER") == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5]
    assert desk.events(SessionChanged)[-1].trouble is Trouble.NO_ANSWER
    assert desk.requests("SUBSCRIBE") == []


def test_a_pbx_that_comes_to_life_is_found() -> None:
    desk = Desk(config=Config(password="4321", silent=True)).start(60)
    desk.say("silence off")
    desk.wire.run(32)
    assert desk.state is SessionState.READY


def test_a_port_nobody_listens_on_is_trouble_at_once_and_tried_again() -> None:
    desk = Desk()
    desk.wire.do(desk.session.start)
    desk.wire.do(lambda now: desk.session.transport_failed(PBX, "ECONNREFUSED", now))
    assert desk.events(SessionChanged)[-1].trouble is Trouble.NO_ANSWER
    desk.wire.run(2)
    assert desk.state is SessionState.READY


def test_quiet_refreshes_are_not_followed_by_subscribe() -> None:
    desk = Desk().start(300)
    assert len(desk.requests("REGISTER")) == 2 + 9
    times = [_times_of(desk, "REGISTER"), _times_of(desk, "SUBSCRIBE")]
    assert not {at + 0.02 for at in times[0][2:]} & set(times[1])
    assert [round(at) for at in times[1]] == [0, 60, 120, 180, 240]  # its own refreshes
    gaps = _times_of(desk, "REGISTER")
    assert all(later - earlier < 60 for earlier, later in pairwise(gaps))


def test_one_counter_numbers_all_requests_of_the_program() -> None:
    """As the documented program did (protocol.md B.5 no. 5)."""
    desk = Desk().start(1)
    registers = [request.cseq.number for request in desk.requests("REGISTER")]
    (subscribe,) = desk.requests("SUBSCRIBE")
    assert (registers, subscribe.cseq.number) == ([1, 2], 3)


def test_the_subscription_is_refreshed_in_its_dialog() -> None:
    desk = Desk(config=Config(password="4321", subscription_expires=100)).start(120)
    first, second, *_ = desk.requests("SUBSCRIBE")
    assert second.call_id == first.call_id
    assert second.to.tag == desk.responses("SUBSCRIBE")[0].to.tag
    assert desk.state is SessionState.READY


def test_a_challenged_refresh_is_followed_by_subscribe_since_the_pbx_may_have_rebooted() -> None:
    desk = Desk().start(10)
    desk.say("reboot pbx")
    desk.wire.run(60)
    assert desk.state is SessionState.READY
    assert len(desk.requests("SUBSCRIBE")) >= 2
    desk.say("ring 5551234")
    desk.wire.run(1)
    assert desk.call_states("1") == ["ringing"]


def test_a_refusal_in_passing_is_over_with_the_next_good_round() -> None:
    """The SUBSCRIBE behind a 401 may be welcome: the binding of before has not run out yet."""
    desk = Desk().start(20)
    desk.say("password other")
    desk.wire.run(11)
    assert desk.events(RegistrationChanged)[-1].status == 401
    assert desk.responses("SUBSCRIBE")[-1].status == 200
    assert desk.events(SessionChanged)[-1].trouble is Trouble.UNAUTHORIZED
    desk.say("password 4321")
    desk.wire.run(3)
    assert desk.events(RegistrationChanged)[-1].status == 200
    assert desk.state is SessionState.READY


def test_a_lost_dialog_is_replaced_by_a_new_subscription() -> None:
    desk = Desk().start(10)
    desk.say("reboot pbx")
    desk.wire.run(60)
    assert [response.status for response in desk.responses("SUBSCRIBE")] == [200, 481, 200]
    calls = [request.call_id for request in desk.requests("SUBSCRIBE")]
    assert calls[0] == calls[1] != calls[2]
    assert desk.requests("SUBSCRIBE")[2].to.tag is None


# What an answer asks for, and what is shown of it


def answer(desk: Desk, method: str, status: int, *fields: tuple[str, str]) -> None:
    """The phone system answers our last request of a method, in place of the simulator."""
    request = desk.requests(method)[-1]
    copied = [
        (name, f"{value};tag=3e71" if name == "To" and ";tag=" not in value else value)
        for name, value in request.headers
        if name in ("Via", "From", "To", "Call-ID", "CSeq")
    ]
    data = Response(status, "Reason", [*copied, *fields]).to_bytes()
    desk.wire.do(lambda now: desk.session.receive(data, PBX, now))


def silent_desk(account: Account = ACCOUNT) -> Desk:
    """A desk whose phone system says only what the test has it say."""
    desk = Desk(config=Config(silent=True), account=account)
    desk.wire.do(desk.session.start)
    return desk


def last_shown(desk: Desk) -> SessionChanged:
    return desk.events(SessionChanged)[-1]


def notify_in_dialog(desk: Desk, state: str, number: int = 1) -> None:
    """A NOTIFY without body in the dialog of the last SUBSCRIBE."""
    subscribe = desk.requests("SUBSCRIBE")[-1]
    tag = subscribe.to.tag or next((each.to.tag for each in desk.responses("SUBSCRIBE")), "3e71")
    data = (
        "NOTIFY sip:RECEPTION@192.168.1.50:5060 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 192.168.1.10:6060;branch=z9hG4bK-{number}\r\n"
        f"From: <sip:FrontDesk@192.168.1.10>;tag={tag}\r\n"
        f"To: <sip:RECEPTION@192.168.1.10>;tag={subscribe.from_.tag}\r\n"
        f"Call-ID: {subscribe.call_id}\r\n"
        f"CSeq: {4_000_000_000 + number} NOTIFY\r\n"
        "Event: x-spa-cti\r\n"
        f"Subscription-State: {state}\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()
    desk.wire.do(lambda now: desk.session.receive(data, PBX, now))


def test_the_pause_a_registrar_asks_for_is_kept_and_shown() -> None:
    """RFC 3261 section 20.33; SUBSCRIBE follows the round all the same (S27)."""
    desk = silent_desk()
    answer(desk, "REGISTER", 503, ("Retry-After", "20"))
    shown = last_shown(desk)
    assert (shown.state, shown.trouble) == (SessionState.RETRYING, Trouble.REJECTED)
    assert (shown.status, shown.retry_in) == (503, 20.0)
    answer(desk, "SUBSCRIBE", 500, ("Retry-After", "60"))
    assert last_shown(desk).retry_in == 20.0
    desk.wire.run(19.9)
    assert len(desk.requests("REGISTER")) == 1
    desk.wire.run(0.2)
    assert len(desk.requests("REGISTER")) == 2


def test_the_pause_before_the_next_subscribe_is_shown_too() -> None:
    desk = silent_desk()
    answer(desk, "REGISTER", 200)
    answer(desk, "SUBSCRIBE", 480, ("Retry-After", "25"))
    assert (last_shown(desk).status, last_shown(desk).retry_in) == (480, 25.0)
    desk.wire.run(24.9)
    assert len(desk.requests("SUBSCRIBE")) == 1
    desk.wire.run(0.2)
    assert len(desk.requests("SUBSCRIBE")) == 2


def test_of_two_pauses_the_nearer_one_is_shown() -> None:
    desk = silent_desk()
    answer(desk, "REGISTER", 500, ("Retry-After", "60"))
    answer(desk, "SUBSCRIBE", 500, ("Retry-After", "30"))
    assert last_shown(desk).retry_in == 30.0


def test_an_interval_too_brief_is_put_right_without_a_word() -> None:
    """RFC 3261 section 10.2.8."""
    desk = silent_desk()
    answer(desk, "REGISTER", 423, ("Min-Expires", "7200"))
    answer(desk, "REGISTER", 200)
    answer(desk, "SUBSCRIBE", 423, ("Min-Expires", "7200"))
    answer(desk, "SUBSCRIBE", 200)
    assert desk.state is SessionState.READY
    assert {each.trouble for each in desk.events(SessionChanged)} == {None}
    assert desk.events(RegistrationChanged)[-1].expires == 7200


def test_a_redirection_elsewhere_is_told_and_not_followed() -> None:
    """RFC 3261 section 8.1.3.4, decision 19."""
    desk = silent_desk()
    answer(desk, "REGISTER", 302, ("Contact", "<sip:203.0.113.7>"))
    assert (last_shown(desk).trouble, last_shown(desk).status) == (Trouble.ELSEWHERE, 302)
    assert {sent.target for sent in desk.wire.sent if sent.source == PC} == {PBX}


def test_a_weaker_algorithm_is_told_and_not_answered_by_whichever_request_it_meets() -> None:
    """Decision 18: REGISTER was asked for SHA-256, the SUBSCRIBE behind it for MD5."""
    desk = silent_desk()
    stronger = 'Digest realm="pbx", nonce="1", algorithm=SHA-256, qop="auth"'
    answer(desk, "REGISTER", 401, ("WWW-Authenticate", stronger))
    answer(desk, "REGISTER", 200)
    answer(desk, "SUBSCRIBE", 401, ("WWW-Authenticate", 'Digest realm="pbx", nonce="2"'))
    assert "Authorization" not in desk.requests("SUBSCRIBE")[-1].headers
    assert last_shown(desk).trouble is Trouble.WEAKER_PROOF
    assert len(desk.requests("SUBSCRIBE")) == 1


def test_a_challenge_of_no_kind_we_know_is_told_as_that() -> None:
    """RFC 3261 section 22.1: it is not the password that was refused."""
    desk = silent_desk()
    answer(desk, "REGISTER", 401, ("WWW-Authenticate", 'Bearer realm="pbx"'))
    assert (last_shown(desk).trouble, last_shown(desk).status) == (Trouble.UNKNOWN_PROOF, 401)


def test_a_control_may_be_challenged_as_the_registration_was_and_not_weaker() -> None:
    desk = silent_desk()
    stronger = 'Digest realm="pbx", nonce="1", algorithm=SHA-256'
    answer(desk, "REGISTER", 401, ("WWW-Authenticate", stronger))
    answer(desk, "REGISTER", 200)
    answer(desk, "SUBSCRIBE", 200)
    for nonce, algorithm, sends in (("2", "MD5", 1), ("3", "SHA-512-256", 3)):
        desk.wire.do(lambda now: desk.session.perform(Hold(), now))
        value = f'Digest realm="pbx", nonce="{nonce}", algorithm={algorithm}'
        answer(desk, "NOTIFY", 401, ("WWW-Authenticate", value))
        assert len(desk.requests("NOTIFY")) == sends
    assert [each.status for each in desk.events(CommandAnswered)] == [401]


def test_a_phone_that_takes_orders_itself_may_know_less_than_the_phone_system() -> None:
    account = replace(ACCOUNT, phone=PHONE.host, control=ControlPath.PHONE)
    desk = silent_desk(account)
    stronger = 'Digest realm="pbx", nonce="1", algorithm=SHA-256'
    answer(desk, "REGISTER", 401, ("WWW-Authenticate", stronger))
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    answer(desk, "NOTIFY", 401, ("WWW-Authenticate", 'Digest realm="200", nonce="2"'))
    assert "Authorization" in desk.requests("NOTIFY")[-1].headers


@pytest.mark.parametrize("status", [302, 423, 480, 491, 500, 503, 600])
def test_an_order_that_is_refused_is_told_at_once_and_never_repeated_later(status: int) -> None:
    """What a person no longer expects may do harm."""
    desk = Desk().start()
    desk.say("silence on")
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    fields = [("Retry-After", "5"), ("Min-Expires", "9000"), ("Contact", "<sip:a@203.0.113.7>")]
    answer(desk, "NOTIFY", status, *fields)
    assert [each.status for each in desk.events(CommandAnswered)] == [status]
    desk.say("silence off")
    desk.wire.run(60)
    assert len(desk.requests("NOTIFY")) == 1


@pytest.mark.parametrize("reason", ["rejected", "noresource", "invariant"])
def test_a_subscription_ended_for_good_is_told_and_not_asked_for_again(reason: str) -> None:
    """RFC 6665 section 4.1.3. A later round is no reason either, even where it is challenged."""
    desk = Desk().start()
    notify_in_dialog(desk, f"terminated;reason={reason}")
    shown = last_shown(desk)
    assert (shown.state, shown.trouble, shown.retry_in) == (
        SessionState.REFUSED,
        Trouble.ENDED,
        None,
    )
    subscribed = len(desk.requests("SUBSCRIBE"))
    desk.wire.run(300)
    assert len(desk.requests("SUBSCRIBE")) == subscribed
    assert len(desk.requests("REGISTER")) > 5
    assert desk.perform(Dial("5551234")).accepted  # orders still go out
    assert last_shown(desk) == shown


def test_a_challenged_round_is_no_reason_to_ask_again_for_what_was_ended_for_good() -> None:
    """RFC 6665 section 4.1.3; nonces run out, that alone is no new phone system."""
    desk = silent_desk()
    answer(desk, "REGISTER", 200, ("Expires", "60"))
    answer(desk, "SUBSCRIBE", 200)
    notify_in_dialog(desk, "terminated;reason=rejected")
    desk.wire.run(30)
    answer(desk, "REGISTER", 401, ("WWW-Authenticate", 'Digest realm="r", nonce="1", stale=true'))
    answer(desk, "REGISTER", 200, ("Expires", "60"))
    assert desk.events(RegistrationChanged)[-1].challenged
    assert len(desk.requests("SUBSCRIBE")) == 1
    assert last_shown(desk).trouble is Trouble.ENDED


def test_who_moves_asks_again_for_what_was_ended_for_good() -> None:
    """Another network may mean another phone system behind the same name."""
    desk = Desk().start()
    notify_in_dialog(desk, "terminated;reason=rejected")
    desk.wire.do(lambda now: desk.session.relocate(PC, PBX, now))
    desk.wire.run(1)
    assert desk.state is SessionState.READY


def test_a_phone_system_that_was_away_is_asked_again_for_what_it_had_ended() -> None:
    desk = Desk().start()
    notify_in_dialog(desk, "terminated;reason=noresource")
    desk.say("silence on")
    desk.wire.run(60)
    assert last_shown(desk).trouble is Trouble.NO_ANSWER
    desk.say("silence off")
    desk.wire.run(31)
    assert desk.state is SessionState.READY


def test_an_order_refused_after_the_subscription_has_ended_for_good_is_answered() -> None:
    desk = Desk().start()
    notify_in_dialog(desk, "terminated;reason=rejected")
    desk.pbx.config = replace(desk.pbx.config, status_cti_off=403, cti_enabled=False)
    assert desk.perform(Hold()).status == 403


def test_an_order_that_waits_for_a_round_is_answered_where_the_subscription_ends_for_good() -> None:
    desk = Desk().start()
    desk.say("silence on")
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    answer(desk, "NOTIFY", 403)
    assert desk.events(CommandAnswered) == []
    notify_in_dialog(desk, "terminated;reason=rejected")
    assert [each.status for each in desk.events(CommandAnswered)] == [403]


def test_the_pause_before_an_ended_subscription_is_begun_afresh_is_shown() -> None:
    """RFC 6665 section 4.1.3, probation."""
    desk = Desk().start()
    notify_in_dialog(desk, "terminated;reason=probation;retry-after=40")
    shown = last_shown(desk)
    assert (shown.state, shown.trouble) == (SessionState.SUBSCRIBING, None)
    assert shown.retry_in == 40.0
    subscribed = len(desk.requests("SUBSCRIBE"))
    desk.wire.run(39.9)
    assert len(desk.requests("SUBSCRIBE")) == subscribed
    desk.wire.run(1)
    assert desk.state is SessionState.READY


# 403


def test_403_ends_the_session_politely_where_a_binding_exists() -> None:
    desk = Desk(config=Config(password="4321", forbid=True)).start(5)
    assert [refused.status for refused in desk.events(Refused)] == [403]
    assert desk.wire.titles()[-2:] == ["REGISTER", "200 REGISTER"]
    assert desk.requests("REGISTER")[-1].headers.get("Expires") == "0"
    assert desk.state is SessionState.STOPPED
    assert desk.pbx.bindings == []


def _answer(desk: Desk, method: str, status: int) -> None:
    """The PBX refuses the newest request of a method."""
    answer = write_response(desk.requests(method)[-1], Answered(status), "tag").to_bytes()
    desk.wire.do(lambda now: desk.session.receive(answer, PBX, now))


@pytest.mark.parametrize("status", [408, 500, 503])
def test_403_behind_a_pbx_that_could_register_nobody_is_not_the_end(status: int) -> None:
    """RFC 3261 section 21.5: that is its failure, and it may be over soon."""
    desk = Desk(config=Config(password="4321", silent=True)).start(0.1)
    _answer(desk, "REGISTER", status)
    _answer(desk, "SUBSCRIBE", 403)
    assert desk.events(Refused) == []
    last = desk.events(SessionChanged)[-1]
    assert (last.state, last.status) == (SessionState.RETRYING, status)
    rounds = len(desk.requests("REGISTER"))
    desk.wire.run(0.5)
    assert len(desk.requests("REGISTER")) == rounds
    desk.say("silence off")
    desk.wire.run(2)
    assert desk.state is SessionState.READY


def test_the_policy_may_be_to_stay_and_keep_trying() -> None:
    desk = Desk(config=Config(password="4321", forbid=True), policy=Policy(stay_open=True))
    desk.start(40)
    assert desk.events(Refused) == []
    last = desk.events(SessionChanged)[-1]
    assert (last.state, last.trouble) == (SessionState.RETRYING, Trouble.FORBIDDEN)
    pauses = [each.retry_in or 0 for each in desk.events(SessionChanged) if each.trouble]
    assert pauses == sorted(pauses)
    desk.say("forbid off")
    desk.wire.run(31)
    assert desk.state is SessionState.READY


def test_403_to_a_refresh_is_decided_by_one_fresh_round() -> None:
    desk = Desk(config=Config(password="4321", subscription_expires=20)).start(5)
    sent = len(desk.wire.sent)
    desk.say("forbid on")
    desk.wire.run(20)
    assert desk.wire.titles()[sent : sent + 6] == [
        "SUBSCRIBE",
        "403 SUBSCRIBE",
        "REGISTER",
        "200 REGISTER",
        "SUBSCRIBE",
        "403 SUBSCRIBE",
    ]
    assert len(desk.events(Refused)) == 1


def test_403_in_a_dialog_that_the_pbx_has_forgotten_is_not_the_end() -> None:
    """E21: the SUBSCRIBE behind a round is a refresh, too, while it goes into the old dialog."""
    desk = Desk().start(10)
    desk.say("silence on")
    desk.wire.do(lambda now: desk.session.relocate(PC, PBX, now))
    _answer(desk, "REGISTER", 200)
    assert desk.requests("SUBSCRIBE")[-1].to.tag is not None
    _answer(desk, "SUBSCRIBE", 403)
    assert desk.events(Refused) == []
    desk.say("silence off")
    desk.wire.run(2)
    assert desk.requests("SUBSCRIBE")[-1].to.tag is None
    assert desk.state is SessionState.READY


def test_a_pbx_that_is_not_well_is_spared_behind_a_403_in_the_old_dialog_too() -> None:
    """RFC 3261 section 21.5.4: the next round comes when Retry-After says."""
    desk = Desk().start(10)
    desk.say("silence on")
    desk.wire.do(lambda now: desk.session.relocate(PC, PBX, now))
    rounds = len(desk.requests("REGISTER"))
    _answer(desk, "REGISTER", 503)
    _answer(desk, "SUBSCRIBE", 403)
    assert len(desk.requests("REGISTER")) == rounds
    assert desk.events(Refused) == []


def test_a_control_refused_by_a_rebooted_pbx_is_sent_again_after_a_good_round() -> None:
    desk = Desk(config=Config(password="4321", boot_time=0.1)).start(5)
    desk.say("reboot pbx")
    desk.wire.run(1)
    desk.wire.do(lambda now: desk.session.perform(Dial("5551234"), now))
    desk.wire.run(5)
    assert [(each.command, each.status) for each in desk.events(CommandAnswered)] == [
        (Dial("5551234"), 200)
    ]
    assert desk.call_states("1")[-1] == "connected"


def test_a_control_refused_again_after_a_good_round_fails_alone() -> None:
    desk = Desk(config=Config(password="4321")).start(5)
    desk.pbx.config = replace(desk.pbx.config, status_cti_off=403, cti_enabled=False)
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    desk.wire.run(2)
    assert [each.status for each in desk.events(CommandAnswered)] == [403]
    assert len(desk.requests("NOTIFY")) == 2
    assert desk.state is SessionState.READY


# Calls and commands


@pytest.mark.parametrize("form", list(NotifyForm))
def test_every_state_of_a_call_arrives_in_order_in_both_notify_forms(form: NotifyForm) -> None:
    desk = Desk(config=Config(password="4321", notify_form=form)).start()
    desk.say('ring 5551234 "Anna Lee"')
    desk.wire.run(1)
    for command in (Answer("1"), Hold(), Resume("1"), HangUp("1")):
        desk.wire.do(lambda now, command=command: desk.session.perform(command, now))  # type: ignore[misc]
        desk.wire.run(2)
    assert desk.call_states("1") == [
        "ringing",
        "answering",
        "connected",
        "holding",
        "held",
        "resuming",
        "connected",
        "ended",
    ]
    last = desk.events(CallChanged)[-1].call
    assert (last.name, last.number, last.direction.value) == ("Anna Lee", "5551234", "incoming")
    assert [each.status for each in desk.events(CommandAnswered)] == [200] * 4


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (Answer("1"), b'<answer call="1"/>'),
        (Reject("1"), b'<reject call="1"/>'),
        (Divert("1", "301"), b'<reject uri="301@$PROXY" call="1" reason="redir"/>'),
        (Hold(), b"<hold/>"),
        (Resume("1"), b'<resume call="1"/>'),
        (HangUp("1"), b'<endcall call="1"/>'),
    ],
)
def test_a_command_goes_out_as_a_control_notify(command: Answer, body: bytes) -> None:
    desk = Desk().start()
    desk.wire.do(lambda now: desk.session.perform(command, now))
    control = desk.requests("NOTIFY")[0]
    assert control.uri == "sip:FrontDesk@192.168.1.10:6060"
    assert control.headers.get("Event") == "x-spa-cti"
    assert control.content_type == "application/x-spa-control"
    assert control.body == b"<spa-control>\r\n" + body + b"\r\n</spa-control>\r\n"


def test_a_new_call_takes_the_lowest_free_call_number() -> None:
    desk = Desk().start()
    desk.say("ring 5551234")
    desk.wire.run(1)
    desk.wire.do(lambda now: desk.session.perform(Dial("214"), now))
    assert b'<newcall uri="214@$PROXY" call="2"/>' in desk.requests("NOTIFY")[0].body


def test_a_challenged_control_is_answered_with_digest() -> None:
    desk = Desk(config=Config(password="4321", challenge_controls=True)).start()
    desk.wire.do(lambda now: desk.session.perform(Dial("214"), now))
    desk.wire.run(5)
    assert [each.status for each in desk.events(CommandAnswered)] == [200]
    assert desk.call_states("1")[-1] == "connected"


def test_a_command_fails_at_once_while_the_phone_is_not_under_control() -> None:
    desk = Desk(config=Config(silent=True)).start()
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    assert [each.status for each in desk.events(CommandAnswered)] == [480]


def test_a_command_that_nobody_answers_fails() -> None:
    desk = Desk().start()
    desk.say("silence on")
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    desk.wire.run(17)
    assert [each.status for each in desk.events(CommandAnswered)] == [408]


# Straight to the phone (protocol.md E4, B.5 no. 10)

DIRECT = replace(ACCOUNT, phone=PHONE.host, control=ControlPath.PHONE)


def test_a_control_may_go_straight_to_the_phone() -> None:
    desk = Desk(account=DIRECT).start()
    assert desk.perform(Dial("5551234")).accepted
    (control,) = desk.requests("NOTIFY")
    assert control.uri == "sip:FrontDesk@192.168.1.20:5060"
    assert control.to.uri == "sip:FrontDesk@192.168.1.20"
    assert control.from_.uri == "sip:RECEPTION@192.168.1.50"
    (sent,) = [each for each in desk.wire.sent if each.title == "NOTIFY" and each.source == PC]
    assert sent.target == PHONE
    desk.wire.run(3)
    assert desk.call_states("1") == ["dialing", "calling", "proceeding", "connected"]


def test_registration_and_subscription_still_go_to_the_phone_system() -> None:
    desk = Desk(account=DIRECT).start()
    assert {sent.target for sent in desk.wire.sent if sent.source == PC} == {PBX}
    assert desk.state is SessionState.READY


def test_a_phone_that_challenges_a_direct_control_is_answered_with_digest() -> None:
    desk = Desk(account=DIRECT, config=Config(password="4321", challenge_controls=True)).start()
    assert desk.perform(Dial("214")).accepted


def test_the_phone_may_report_from_its_own_address() -> None:
    desk = Desk(account=DIRECT).start()
    desk.wire.do(lambda now: desk.session.receive(_notify("ringing"), PHONE, now))
    assert desk.call_states("1") == ["ringing"]


def test_a_phone_that_cannot_be_reached_fails_the_command_and_nothing_else() -> None:
    desk = Desk(account=DIRECT).start()
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    desk.wire.do(lambda now: desk.session.transport_failed(PHONE, "ECONNREFUSED", now))
    assert [each.failure for each in desk.events(CommandAnswered)] == [Failure.UNREACHABLE]
    assert desk.state is SessionState.READY
    desk.wire.run(120)
    assert {each.trouble for each in desk.events(SessionChanged)} == {None}


def test_a_phone_system_that_cannot_be_reached_does_not_fail_a_direct_command() -> None:
    desk = Desk(account=DIRECT).start()
    desk.wire.do(lambda now: desk.session.perform(Dial("214"), now))
    desk.wire.do(lambda now: desk.session.transport_failed(PBX, "ECONNREFUSED", now))
    desk.wire.run(1)
    assert [each.accepted for each in desk.events(CommandAnswered)] == [True]


def test_a_direct_command_needs_an_address() -> None:
    desk = Desk(account=replace(DIRECT, phone="")).start()
    assert desk.perform(Hold(), 0).failure is Failure.UNREACHABLE
    assert desk.requests("NOTIFY") == []


def test_a_direct_command_that_is_forbidden_starts_no_new_round() -> None:
    """What the phone forbids the phone system does not decide."""
    desk = Desk(
        account=DIRECT, config=Config(password="4321", cti_enabled=False, status_cti_off=403)
    ).start()
    registered = len(desk.requests("REGISTER"))
    assert desk.perform(Hold()).failure is Failure.FORBIDDEN
    assert len(desk.requests("REGISTER")) == registered
    assert len(desk.requests("NOTIFY")) == 1


def test_what_the_phone_takes_no_orders_for_is_known() -> None:
    session = Desk().session
    assert session.ability(Divert, None) == Yes()
    assert isinstance(session.ability(Feature.TRANSFER, None), No)


# The phone restarts


@pytest.mark.parametrize("form", list(NotifyForm))
def test_a_restarted_phone_clears_its_calls_and_says_so(form: NotifyForm) -> None:
    desk = Desk(config=Config(password="4321", notify_form=form)).start()
    for line in ('ring 5551234 "Anna Lee"', "answer", "ring 5550199", "answer"):
        desk.say(line)
        desk.wire.run(1)
    desk.say("reboot phone")
    desk.wire.run(4)
    assert len(desk.session.calls) == 2
    desk.wire.run(2)
    assert list(desk.session.calls) == []
    (restart,) = desk.events(PhoneRestarted)
    assert [(call.id, call.number, call.state) for call in restart.calls] == [
        ("1", "5551234", CallState.ENDED),
        ("2", "5550199", CallState.ENDED),
    ]
    kinds = [type(event).__name__ for event in desk.wire.events_of(PC)]
    assert kinds[-3:] == ["CallChanged", "CallChanged", "PhoneRestarted"]
    desk.say("ring 5557788")
    desk.wire.run(1)
    assert [(call.number, call.state) for call in desk.session.calls] == [
        ("5557788", CallState.RINGING)
    ]


def test_the_policy_may_be_to_believe_in_no_restart() -> None:
    desk = Desk(policy=Policy(notice_restart=False)).start()
    for line in ("ring 5551234", "answer", "ring 5550199", "answer"):
        desk.say(line)
        desk.wire.run(1)
    desk.say("reboot phone")
    desk.wire.run(6)
    assert desk.events(PhoneRestarted) == []
    assert len(desk.session.calls) == 2


def test_a_restart_without_calls_is_nothing_to_tell() -> None:
    desk = Desk().start()
    desk.say("reboot phone")
    desk.wire.run(6)
    assert desk.events(PhoneRestarted) == []


# Hostile statuses: the program goes on, and its log does not overflow


_NEVER_CALLS = [
    b'<!DOCTYPE x [<!ENTITY y "boo">]><spa-status><call id="1" state="ringing"/></spa-status>',
    b"<spa-status>" + b"<x>" * 5000 + b"</x>" * 5000 + b"</spa-status>",
    b"<spa-status>" + b"<call/>" * 9_000 + b"</spa-status>",
    b"<spa-status><call id='1' state='ringing'>",
    b"\xff\xfe\x00<",
]


@pytest.mark.parametrize("body", _NEVER_CALLS, ids=lambda body: body[:20])
def test_a_hostile_status_is_answered_and_left_aside(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk().start()
    for number in range(100):
        notify = _notify_of(body, branch=f"hostile{number}")
        desk.wire.do(lambda now, data=notify: desk.session.receive(data, PBX, now))  # type: ignore[misc]
    titles = desk.wire.titles(source=PC)
    assert titles[-100:] == ["200 NOTIFY"] * 100
    assert desk.events(CallChanged) == []
    assert sum("status not understood" in line for line in caplog.messages) == 10
    desk.say("ring 5551234")
    desk.wire.run(1)
    assert desk.call_states("1") == ["ringing"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"x" * 4000, "x" * 256),
        ("Jürgen Öztürk".encode("latin-1"), "Jürgen Öztürk"),
        ("Jürgen Öztürk".encode(), "Jürgen Öztürk"),
        (b"A&amp;B &quot;C&quot; &lt;i&gt;", 'A&B "C" <i>'),
    ],
)
def test_an_odd_name_is_shown_as_far_as_it_can_be(name: bytes, shown: str) -> None:
    desk = Desk().start()
    call = b'<call id="1" ref="9" state="ringing" name="' + name + b'" lamp="red"/><hook/>'
    notify = _notify_of(b"<spa-status>" + call + b"</spa-status>")
    desk.wire.do(lambda now: desk.session.receive(notify, PBX, now))
    assert [event.call.name for event in desk.events(CallChanged)] == [shown]


def test_ten_thousand_calls_in_many_statuses_are_not_believed() -> None:
    desk = Desk().start()
    for number in range(10):
        calls = "".join(
            f'<call id="{1000 * number + each}" ref="{each}" state="ringing"/>'
            for each in range(1000)
        )
        notify = _notify_of(f"<spa-status>{calls}</spa-status>".encode(), branch=f"many{number}")
        desk.wire.do(lambda now, data=notify: desk.session.receive(data, PBX, now))  # type: ignore[misc]
    assert len(desk.session.calls) == 64
    assert desk.state is SessionState.READY


def test_a_status_longer_than_any_datagram_is_dropped() -> None:
    desk = Desk().start()
    notify = _notify_of(b"<spa-status>" + b'<call id="1"/>' * 10_000 + b"</spa-status>")
    desk.wire.do(lambda now: desk.session.receive(notify, PBX, now))
    assert desk.session.dropped.not_understood == 1
    assert desk.state is SessionState.READY


def test_a_flood_of_rubbish_does_not_flood_the_log(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk().start()
    for _ in range(1000):
        desk.wire.do(lambda now: desk.session.receive(b"rubbish" * 9000, PBX, now))
    assert desk.session.dropped.not_understood == 1000
    warnings = [each for each in caplog.records if each.levelname == "WARNING"]
    assert len(warnings) == 10
    assert desk.state is SessionState.READY


# Strangers


def test_a_stranger_is_not_heard() -> None:
    desk = Desk().start()
    report = _notify("ringing")
    desk.wire.do(lambda now: desk.session.receive(report, Address("10.9.9.9", 6060), now))
    assert desk.events(CallChanged) == []
    assert desk.session.dropped.strangers == 1
    assert desk.wire.sent[-1].source == PC
    assert desk.wire.sent[-1].title == "200 NOTIFY"  # to the PBX's own first one


def test_the_report_of_another_station_is_not_ours() -> None:
    desk = Desk().start()
    report = _notify("ringing").replace(b"FrontDesk ;mac", b"BackDesk ;mac")
    desk.wire.do(lambda now: desk.session.receive(report, PBX, now))
    assert desk.events(CallChanged) == []
    assert desk.wire.sent[-1].title == "481 NOTIFY"


def test_another_event_package_is_refused() -> None:
    desk = Desk().start()
    report = _notify("ringing").replace(b"Event: x-spa-cti", b"Event: message-summary")
    desk.wire.do(lambda now: desk.session.receive(report, PBX, now))
    assert desk.wire.sent[-1].title == "489 NOTIFY"


def test_a_bad_message_is_counted_and_changes_nothing() -> None:
    desk = Desk().start()
    for rubbish in (b"", b"\x00" * 100, b"NOTIFY\r\n\r\n", _notify("ringing")[:120]):
        desk.wire.do(lambda now, data=rubbish: desk.session.receive(data, PBX, now))  # type: ignore[misc]
    assert desk.session.dropped.not_understood == 4
    assert desk.state is SessionState.READY


@pytest.mark.parametrize(
    ("old", "new", "title"),
    [
        (b"Content-Length: ", b"Content-Length: 9", "400 NOTIFY"),
        (b"Content-Length: ", b"Content-Length: -", "400 NOTIFY"),
        (b"56195 NOTIFY", b"56195 PUBLISH", "400 PUBLISH"),
        (b" SIP/2.0\r\nVia", b" SIP/3.0\r\nVia", "505 NOTIFY"),
        (b"From: <sip:200@192.168.1.10>", b"From: <>", "400 NOTIFY"),
    ],
)
def test_a_request_that_cannot_be_understood_is_told_so(old: bytes, new: bytes, title: str) -> None:
    """RFC 3261 sections 18.3, 21.4.1 and 21.5.6: silence would end the subscription."""
    desk = Desk().start()
    request = _notify("ringing").replace(old, new)
    desk.wire.do(lambda now: desk.session.receive(request, PBX, now))
    assert desk.wire.sent[-1].title == title
    assert desk.wire.sent[-1].target == PBX
    assert desk.events(CallChanged) == []


def test_a_request_that_cannot_be_understood_gets_the_same_tag_each_time() -> None:
    """RFC 3261 section 8.2.6.2: every response has a To tag, and 8.2.7: always the same one."""
    desk = Desk().start()
    request = _notify("ringing").replace(b"Content-Length: ", b"Content-Length: 9")
    for _ in range(2):
        desk.wire.do(lambda now: desk.session.receive(request, PBX, now))
    first, second = (parse(each.data) for each in desk.wire.sent[-2:])
    assert first.to.tag
    assert second.to.tag == first.to.tag


@pytest.mark.parametrize("gone", [b"Via", b"From", b"To", b"Call-ID", b"CSeq"])
def test_a_request_without_what_an_answer_repeats_is_not_answered(gone: bytes) -> None:
    desk = Desk().start()
    sent = len(desk.wire.sent)
    request = _notify("ringing").replace(gone + b": ", b"X-" + gone + b": ")
    desk.wire.do(lambda now: desk.session.receive(request, PBX, now))
    assert len(desk.wire.sent) == sent


def test_a_notify_of_a_dialog_we_do_not_know_is_answered_481() -> None:
    """RFC 6665 section 4.1.3: so ends the subscription of a program that was killed."""
    desk = Desk().start()
    ghost = _notify("ringing").replace(b"To: <sip:RECEPTION@192.168.1.10>", b"To: <sip:a@b>;tag=9")
    desk.wire.do(lambda now: desk.session.receive(ghost, PBX, now))
    assert desk.wire.sent[-1].title == "481 NOTIFY"
    assert desk.events(CallChanged) == []


def test_an_extension_that_is_required_is_refused() -> None:
    desk = Desk().start()
    request = _notify("ringing").replace(b"Event:", b"Require: 100rel\r\nEvent:")
    desk.wire.do(lambda now: desk.session.receive(request, PBX, now))
    assert desk.wire.sent[-1].title == "420 NOTIFY"
    assert b"Unsupported: 100rel" in desk.wire.sent[-1].data


def test_commands_go_out_while_a_refresh_is_being_repeated() -> None:
    desk = Desk(config=Config(password="4321", registration_expires=20)).start()
    desk.say("silence on")
    desk.wire.run(9.5)
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    assert desk.requests("NOTIFY")


def test_a_request_we_do_not_know_is_answered_405() -> None:
    desk = Desk().start()
    request = _notify("idle").replace(b"NOTIFY", b"MESSAGE")
    desk.wire.do(lambda now: desk.session.receive(request, PBX, now))
    assert desk.wire.sent[-1].title == "405 MESSAGE"


def _notify(state: str) -> bytes:
    call = f'<call id="1" ref="9" ext="1" state="{state}"/>'
    return _notify_of(f"<spa-status>\r\n{call}\r\n</spa-status>\r\n".encode())


def _notify_of(body: bytes, branch: str = "-1cae6e99") -> bytes:
    head = (
        "NOTIFY sip:RECEPTION@192.168.1.50:5060 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 192.168.1.10:6060;branch=z9hG4bK{branch}\r\n"
        "From: <sip:200@192.168.1.10>;tag=3e71480c6eab9f9b\r\n"
        "To: <sip:RECEPTION@192.168.1.10>\r\n"
        "Call-ID: 3ecb02c9-250f41cd@localhost\r\n"
        "CSeq: 56195 NOTIFY\r\n"
        "Event: x-spa-cti\r\n"
        "P-Station-Name: FrontDesk ;mac=000e08aabbcc\r\n"
        "Content-Type: application/x-spa-status\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


# Leaving


def test_leaving_unsubscribes_then_unregisters() -> None:
    desk = Desk().start()
    sent = len(desk.wire.sent)
    desk.wire.do(desk.session.stop)
    desk.wire.run(3)
    ours = [each.title for each in desk.wire.sent[sent:] if each.source == PC]
    assert ours == ["SUBSCRIBE", "REGISTER", "200 NOTIFY"]  # the last NOTIFY is answered too
    assert desk.requests("SUBSCRIBE")[-1].headers.get("Expires") == "0"
    assert desk.requests("REGISTER")[-1].headers.get("Expires") == "0"
    assert desk.pbx.bindings == []
    assert desk.pbx.subscriptions == []
    assert isinstance(desk.wire.events_of(PC)[-1], Stopped)


def test_leaving_a_silent_pbx_takes_two_seconds() -> None:
    desk = Desk().start()
    desk.say("silence on")
    desk.wire.do(desk.session.stop)
    desk.wire.run(1.99)
    assert desk.events(Stopped) == []
    desk.wire.run(0.02)
    assert len(desk.events(Stopped)) == 1


def test_a_round_that_fails_while_leaving_keeps_nobody_here() -> None:
    desk = Desk().start(29)
    desk.say("silence on")
    desk.wire.run(16.5)  # the refresh at half the time has half a second left to wait
    desk.wire.do(desk.session.stop)
    desk.wire.run(2)
    assert desk.events(RegistrationChanged)[-1].status is None
    assert len(desk.events(Stopped)) == 1
    assert [each.state for each in desk.events(SessionChanged)[-2:]] == [
        SessionState.LEAVING,
        SessionState.STOPPED,
    ]


@pytest.mark.parametrize("knob", ["silence", "forbid"])
def test_a_command_that_is_under_way_when_we_leave_is_answered_all_the_same(knob: str) -> None:
    """Under way, or refused and waiting for the round that decides whether that was meant."""
    desk = Desk().start()
    desk.say(f"{knob} on")
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    desk.wire.run(0.025)
    assert desk.events(CommandAnswered) == []
    desk.wire.do(desk.session.stop)
    desk.wire.run(30)
    assert desk.events(CommandAnswered) == [CommandAnswered(Hold(), 480)]
    assert isinstance(desk.wire.events_of(PC)[-1], Stopped)
    desk.wire.do(lambda now: desk.session.transport_failed(PBX, "refused", now))
    assert isinstance(desk.wire.events_of(PC)[-1], Stopped)


def test_nothing_is_left_to_do_after_stopping() -> None:
    desk = Desk().start()
    desk.wire.do(desk.session.stop)
    desk.wire.run(5)
    sent = len(desk.wire.sent)
    assert desk.session.next_timeout() is None
    desk.wire.run(3600)
    assert len(desk.wire.sent) == sent


def test_stopping_twice_is_stopping_once() -> None:
    desk = Desk().start()
    desk.wire.do(desk.session.stop)
    desk.wire.do(desk.session.stop)
    desk.wire.run(5)
    assert len(desk.events(Stopped)) == 1


def test_orders_without_answer_are_told_so_before_the_end() -> None:
    desk = Desk().start()
    desk.say("silence on")
    for command in (Hold(), Dial("5551234"), Hold()):
        desk.wire.do(lambda now, command=command: desk.session.perform(command, now))  # type: ignore[misc]
    desk.wire.do(desk.session.stop)
    desk.wire.run(30)
    answered = [(each.command, each.status) for each in desk.events(CommandAnswered)]
    assert answered == [(Hold(), 480), (Dial("5551234"), 480), (Hold(), 480)]
    assert isinstance(desk.wire.events_of(PC)[-1], Stopped)


def test_an_order_answered_while_leaving_is_told_once() -> None:
    desk = Desk().start()
    desk.wire.do(lambda now: desk.session.perform(Dial("5551234"), now))
    desk.wire.do(desk.session.stop)
    desk.wire.run(30)
    assert [each.status for each in desk.events(CommandAnswered)] == [200]


def test_an_order_given_while_leaving_is_answered_at_once() -> None:
    desk = Desk().start()
    desk.wire.do(desk.session.stop)
    desk.wire.do(lambda now: desk.session.perform(Hold(), now))
    assert [each.status for each in desk.events(CommandAnswered)] == [480]


def test_a_first_subscribe_without_answer_is_not_withdrawn_without_a_dialog() -> None:
    """RFC 6665 section 4.1.2.3; what it may have begun lapses."""
    desk = silent_desk()
    answer(desk, "REGISTER", 200)
    desk.wire.do(desk.session.stop)
    desk.wire.run(2.1)
    assert {each.headers.get("Expires") for each in desk.requests("SUBSCRIBE")} == {"3600"}
    assert desk.requests("REGISTER")[-1].headers.get("Expires") == "0"
    assert desk.state is SessionState.STOPPED


def test_a_first_subscribe_answered_while_leaving_is_withdrawn_in_its_dialog() -> None:
    desk = silent_desk()
    answer(desk, "REGISTER", 200)
    desk.wire.do(desk.session.stop)
    answer(desk, "SUBSCRIBE", 200)
    withdrawal = desk.requests("SUBSCRIBE")[-1]
    assert (withdrawal.headers.get("Expires"), withdrawal.to.tag) == ("0", "3e71")
    answer(desk, "SUBSCRIBE", 200)
    answer(desk, "REGISTER", 200)
    assert len(desk.events(Stopped)) == 1


# Bad weather


@pytest.mark.parametrize("form", list(NotifyForm))
def test_three_hundred_conversations_in_bad_weather_end_right(form: NotifyForm) -> None:
    """300 conversations of 300 s each with loss, doubling, reordering, and both reboots.

    The phone reboots during a call, and most times that is noticed.

    30 % of the datagrams are lost, so that each lives through many repeated requests. In the end
    our calls must be the phone's calls, and the session under control.
    """
    weather = Weather(loss=0.3, duplicate=0.1, reorder=0.2)
    imagined: list[PhoneRestarted] = []
    noticed = 0
    for seed in range(150):
        desk = Desk(config=Config(password="4321", notify_form=form), weather=weather, seed=seed)
        wire = desk.wire
        wire.at(20, lambda now, desk=desk: desk.console.execute('ring 5551234 "Anna Lee"', now))  # type: ignore[misc]
        wire.at(30, lambda now, desk=desk: desk.console.execute("answer", now))  # type: ignore[misc]
        wire.at(50, lambda now, desk=desk: desk.console.execute("hangup", now))  # type: ignore[misc]
        wire.at(60, lambda now, desk=desk: desk.console.execute("reboot pbx", now))  # type: ignore[misc]
        wire.at(140, lambda now, desk=desk: desk.console.execute("ring 5557788", now))  # type: ignore[misc]
        wire.at(141, lambda now, desk=desk: desk.console.execute("answer", now))  # type: ignore[misc]
        wire.at(149, lambda _, desk=desk: imagined.extend(desk.events(PhoneRestarted)))  # type: ignore[misc]
        wire.at(150, lambda now, desk=desk: desk.console.execute("reboot phone", now))  # type: ignore[misc]
        wire.at(170, lambda now, desk=desk: desk.console.execute("ring 5550199", now))  # type: ignore[misc]
        wire.at(175, lambda now, desk=desk: desk.console.execute("answer", now))  # type: ignore[misc]
        desk.start(230)
        wire.weather = Weather()
        wire.run(70)
        context = f"seed {seed}\n{wire.ladder()}"
        assert desk.state is SessionState.READY, context
        assert [(c.id, c.state.value) for c in desk.session.calls] == [("1", "connected")], context
        # The number is told in the first reports only; where those were lost it stays unknown.
        assert {c.number for c in desk.session.calls} <= {"5550199", ""}, context
        assert len(desk.events(PhoneRestarted)) <= 1, context
        noticed += len(desk.events(PhoneRestarted))
    assert imagined == []
    # The phone boots in five seconds: where its last report was late, the silence was too short.
    assert noticed > 130


def test_five_minutes_of_bad_weather_never_let_the_binding_lapse_for_long() -> None:
    desk = Desk(weather=Weather(loss=0.3), seed=7).start(300)
    assert desk.state is SessionState.READY
    rounds = desk.events(RegistrationChanged)
    assert sum(each.status == 200 for each in rounds) >= 8


def test_a_subscription_ended_by_the_notifier_is_begun_afresh() -> None:
    desk = Desk(config=Config(password="4321")).start()
    subscribe = desk.requests("SUBSCRIBE")[0]
    notify_in_dialog(desk, "terminated;reason=deactivated")
    assert desk.events(SubscriptionChanged)[-1].state == "waiting"
    desk.wire.run(2)
    assert desk.requests("SUBSCRIBE")[-1].call_id != subscribe.call_id
    assert desk.state is SessionState.READY


# Lamps beside the phone: one source of calls, and another of lamps


def test_colleagues_whom_the_account_names_are_watched_beside_the_phone() -> None:
    desk = Desk(account=replace(ACCOUNT, lamps=("201", "202"))).start()
    desk.wire.run(5)
    asked = [
        each.uri for each in desk.requests("SUBSCRIBE") if "dialog" in each.headers.only("Event")
    ]
    assert asked[:2] == ["sip:201@192.168.1.10:6060", "sip:202@192.168.1.10:6060"]
    assert {lamp.who for lamp in desk.session.lamps} == {"201", "202"}
    assert all(lamp.doubt is not None for lamp in desk.session.lamps)  # it tells nothing of them
    assert desk.state is SessionState.READY


def test_the_lamps_are_left_before_the_registration_is() -> None:
    """A PBX may take no word any more from who is not registered."""
    lamps = tuple(str(number) for number in range(201, 221))
    account = replace(ACCOUNT, pbx=lampdesk.PBX.host, port=lampdesk.PBX.port, lamps=lamps)
    pbx = lampdesk.LampPbx(content_types=defaultdict(lambda: "text/plain"))
    setup = SessionSetup(lampdesk.PC, lampdesk.PBX)
    policy = Policy(keep_alive=0)
    session = Session(account, "4321", SpaPhone(), setup, Tokens(Random(1)), policy=policy)
    wire = Wire()
    wire.join(lampdesk.PC, session)
    wire.join(lampdesk.PBX, pbx)
    wire.do(session.start)
    wire.run(30)
    assert {(each.event, each.who) for each in pbx.granted.values()} >= {
        ("dialog", who) for who in lamps
    }
    wire.do(session.stop)
    wire.run(2)
    assert pbx.granted == {}
    assert pbx.asked[-1].event == "", "the REGISTER"
    assert session.next_timeout() is None


def test_where_no_colleague_is_named_nothing_else_is_asked_for() -> None:
    desk = Desk().start()
    desk.wire.run(5)
    assert {each.headers.get("Event") for each in desk.requests("SUBSCRIBE")} == {"x-spa-cti"}
