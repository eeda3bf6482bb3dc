"""Click-to-dial at any SIP PBX, and each way it can end.

What telephones and PBXs do here was seen on the wire, at Asterisk and at kamailio (decision 21).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.bystander.thirdpartycall import ThirdPartyCallState
from callctrl.calls import DialFailure, DialStage
from callctrl.sip import LocalProtocolError
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.transaction import TransactionState
from tests.dialling import Desk, challenge
from tests.sip.calling import HOLD, PHONE_CONTACT

F = DialFailure

# As it should be


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_the_own_phone_is_called_and_told_whom_to_call_and_left(transport: str) -> None:
    desk = Desk(transport)
    invite = desk.start()
    desk.ring(invite)
    desk.pick_up(invite)
    refer = desk.newest("REFER")
    desk.answer(refer, 202)
    for status in (100, 180):
        assert desk.notify(status) == 200
    assert desk.stages == [DialStage.RINGING, DialStage.ANSWERED, DialStage.REFERRED]
    assert (desk.ends, desk.count("BYE")) == ([], 0)
    assert desk.notify(200, "terminated;reason=noresource") == 200
    assert desk.end == (None, 200)
    assert desk.call.state is ThirdPartyCallState.HANDED_OVER
    assert not desk.is_clear()
    desk.finish()
    assert desk.endings() == {"ACK phone": 1, "BYE phone": 1}
    assert desk.count("CANCEL") == 0


def test_the_invite_says_who_is_wanted_and_asks_for_no_sound() -> None:
    invite = Desk().start()
    assert (invite.uri, str(invite.to)) == ("sip:2002@pbx.example", "sip:2002@pbx.example")
    assert invite.from_.display_name == "Call Ctrl: 2004"
    assert invite.from_.uri == "sip:app2002@pbx.example"
    assert invite.headers.get("Call-Info") == "<sip:pbx.example>;answer-after=0"
    assert invite.headers.get("Alert-Info") == "<sip:pbx.example>;info=alert-autoanswer"
    assert invite.headers.get("Allow") == "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, NOTIFY"
    assert invite.headers.get("Expires") == "30", "where nobody is left to cancel it"
    assert invite.content_type == "application/sdp"
    assert b"m=audio 9 RTP/AVP 0 8\r\n" in invite.body
    assert invite.body.endswith(b"a=sendonly\r\n"), "and none is sent"


def test_the_refer_goes_to_the_phone_itself_inside_the_dialog() -> None:
    """RFC 3515 section 2.4.1, RFC 3892, RFC 3261 section 12.2.1.1."""
    desk = Desk()
    refer = desk.up_to_refer()
    assert refer.uri == PHONE_CONTACT
    assert (refer.to_tag, str(refer.cseq)) == ("phone", "2 REFER")
    assert refer.headers.get("Refer-To") == "<sip:2004@pbx.example>"
    assert refer.headers.get("Referred-By") == "<sip:app2002@pbx.example>"
    assert refer.headers.get("Contact") == str(desk.agent.contact)


def test_inside_the_dialog_the_way_of_its_record_route_is_taken() -> None:
    desk = Desk()
    invite = desk.start()
    route = ("Record-Route", "<sip:192.168.1.11;lr>, <sip:192.168.1.10;lr>")
    desk.answer(invite, 200, route, ("Contact", f"<{PHONE_CONTACT}>"))
    refer = desk.newest("REFER")
    desk.answer(refer, 202)
    desk.notify(200)
    for method in ("ACK", "REFER", "BYE"):
        request = desk.newest(method)
        assert request.headers.get_all("Route") == [
            "<sip:192.168.1.10;lr>",
            "<sip:192.168.1.11;lr>",
        ]
        assert request.uri == PHONE_CONTACT


def test_inside_the_dialog_a_strict_router_gets_the_request_uri() -> None:
    """RFC 3261 sections 12.2.1.1 and 13.2.2.4, with a proxy as those of RFC 2543."""
    desk = Desk()
    invite = desk.start()
    route = ("Record-Route", "<sip:192.168.1.10:5070>")
    desk.answer(invite, 200, route, ("Contact", f"<{PHONE_CONTACT}>"))
    desk.answer(desk.newest("REFER"), 202)
    desk.notify(200)
    for method in ("ACK", "REFER", "BYE"):
        request = desk.newest(method)
        assert request.uri == "sip:192.168.1.10:5070"
        assert request.headers.get_all("Route") == [f"<{PHONE_CONTACT}>"]


def test_the_numbers_of_the_dialog_have_no_gap_whatever_else_is_sent() -> None:
    """RFC 3261 section 12.2.1.1; the ACK has the number of the INVITE (13.2.2.4)."""
    desk = Desk()
    invite = desk.start()
    desk.send_something_else()
    desk.pick_up(invite)
    refer = desk.newest("REFER")
    desk.send_something_else()
    desk.answer(refer, 202)
    desk.notify(200)
    numbers = [str(desk.newest(name).cseq) for name in ("INVITE", "ACK", "REFER", "BYE")]
    assert numbers == ["1 INVITE", "1 ACK", "2 REFER", "3 BYE"]


def test_who_rings_before_the_invite_is_challenged_is_counted_from_the_invite_behind() -> None:
    """RFC 3261 section 12.3: an early dialog ends with the INVITE that is refused."""
    desk = Desk()
    invite = desk.start()
    desk.ring(invite)
    desk.answer(invite, 401, ("WWW-Authenticate", challenge("first")))
    desk.pick_up(desk.newest("INVITE"))
    numbers = [str(desk.newest(name).cseq) for name in ("INVITE", "REFER")]
    assert numbers == ["2 INVITE", "3 REFER"]


@pytest.mark.parametrize(("status", "field"), [(401, "WWW"), (407, "Proxy")])
def test_invite_refer_and_bye_are_signed_where_that_is_asked_for(status: int, field: str) -> None:
    """RFC 3261 section 22; the ACK has the credentials of its INVITE (13.2.2.4)."""
    desk = Desk()
    name = {"WWW": "Authorization", "Proxy": "Proxy-Authorization"}[field]
    desk.answer(desk.start(), status, (f"{field}-Authenticate", challenge("first")))
    invite = desk.newest("INVITE")
    assert [str(each.cseq) for each in desk.requests("INVITE")] == ["1 INVITE", "2 INVITE"]
    assert 'nonce="first"' in (invite.headers.get(name) or "")
    desk.pick_up(invite)
    refer = desk.newest("REFER")
    assert desk.newest("ACK").headers.get(name) == invite.headers.get(name)
    desk.answer(refer, status, (f"{field}-Authenticate", challenge("second")))
    refer = desk.newest("REFER")
    assert 'nonce="second"' in (refer.headers.get(name) or "")
    desk.answer(refer, 202)
    assert desk.notify(200, event=f"refer;id={refer.cseq.number}") == 200
    desk.answer(desk.newest("BYE"), status, (f"{field}-Authenticate", challenge("third")))
    assert 'nonce="third"' in (desk.newest("BYE").headers.get(name) or "")
    assert desk.end == (None, 200)
    desk.finish()


def test_a_wrong_password_ends_it_before_anything_rings() -> None:
    desk = Desk()
    desk.answer(desk.start(), 401, ("WWW-Authenticate", challenge("first")))
    desk.answer(desk.newest("INVITE"), 401, ("WWW-Authenticate", challenge("second")))
    assert (desk.end, desk.count("INVITE")) == ((F.OWN_UNREACHABLE, 401), 2)
    desk.finish()


def test_a_uri_that_is_none_is_the_callers_fault() -> None:
    desk = Desk(phone="sip:2002 @pbx")
    with pytest.raises(LocalProtocolError):
        desk.call.start(0.0)
    assert desk.call.state is ThirdPartyCallState.IDLE


def test_a_stage_is_told_once_and_in_order() -> None:
    desk = Desk()
    invite = desk.start()
    for status in (100, 183, 180, 180):
        desk.answer(invite, status)
    assert desk.stages == [DialStage.RINGING]
    desk.pick_up(invite)
    desk.answer(desk.newest("REFER"), 202)
    desk.notify(100)
    desk.notify(100)
    assert desk.stages == [DialStage.RINGING, DialStage.ANSWERED, DialStage.REFERRED]


# The own phone does not answer


def test_what_nobody_picks_up_is_taken_back_after_thirty_seconds() -> None:
    """RFC 3261 section 9.1."""
    desk = Desk()
    invite = desk.start()
    desk.ring(invite)
    desk.run(29.9)
    assert (desk.ends, desk.count("CANCEL")) == ([], 0)
    desk.run(0.2)
    assert desk.end == (F.OWN_NO_ANSWER, 408)
    assert not desk.is_clear()
    cancel = desk.newest("CANCEL")
    assert (cancel.uri, cancel.via, cancel.cseq.number) == (invite.uri, invite.via, 1)
    desk.answer(cancel, 200)
    desk.answer(invite, 487)
    assert desk.is_clear()
    desk.finish()
    assert desk.endings() == {"ACK phone": 1}


def test_where_the_487_is_lost_it_is_over_all_the_same() -> None:
    desk = Desk()
    desk.ring(desk.start())
    desk.run(30.1)
    desk.finish()
    assert desk.is_clear()


@pytest.mark.parametrize(
    ("rings", "status", "failure"),
    [
        (True, 486, F.OWN_REJECTED),  # the handset rejects, at Asterisk
        (True, 603, F.OWN_REJECTED),  # the same at a proxy
        (True, 600, F.OWN_REJECTED),
        (True, 480, F.OWN_NO_ANSWER),
        (True, 408, F.OWN_NO_ANSWER),
        (True, 487, F.OWN_NO_ANSWER),
        (False, 486, F.OWN_BUSY),
        (False, 600, F.OWN_BUSY),
        (False, 603, F.OWN_REJECTED),
        (False, 480, F.OWN_UNREACHABLE),
        (False, 404, F.OWN_UNREACHABLE),
        (False, 403, F.OWN_UNREACHABLE),
        (False, 503, F.OWN_UNREACHABLE),
        (False, 488, F.OWN_UNREACHABLE),
    ],
)
def test_a_refusal_means_another_thing_where_the_phone_has_rung(
    rings: bool, status: int, failure: DialFailure
) -> None:
    desk = Desk()
    invite = desk.start()
    desk.answer(invite, 180 if rings else 183)
    desk.answer(invite, status)
    assert desk.end == (failure, status)
    assert desk.is_clear()
    desk.finish()
    assert desk.endings() == {"ACK phone": 1}


@pytest.mark.parametrize("status", [300, 301, 302, 305, 380])
def test_a_diverted_phone_is_not_followed_to_somebody_elses(status: int) -> None:
    """RFC 3261 section 8.1.3.4 leaves it to us, and a colleague's phone would ring."""
    desk = Desk()
    desk.answer(desk.start(), status, ("Contact", "<sip:2009@pbx.example>"))
    assert (desk.end, desk.count("INVITE")) == ((F.OWN_UNREACHABLE, status), 1)
    desk.finish()


def test_a_pbx_that_says_nothing_at_all_is_no_news() -> None:
    desk = Desk()
    desk.start()
    desk.run(15.9)
    assert desk.ends == []
    desk.run(0.2)
    assert desk.end == (F.NO_NEWS, 408)
    desk.finish()
    assert desk.count("CANCEL") == 0


def test_nothing_listening_is_told_at_once() -> None:
    desk = Desk("TCP")
    desk.start()
    desk.agent.transport_failed(desk.pbx, desk.now)
    desk.call.unreachable(desk.now)
    assert desk.end == (F.NO_NEWS, 503)
    desk.finish()


# Several telephones answer (RFC 3261 section 13.2.2.4)


def test_of_a_fork_the_first_is_kept_and_every_other_hung_up() -> None:
    desk = Desk()
    invite = desk.start()
    for tag in ("one", "two", "three"):
        desk.ring(invite, tag)
    desk.pick_up(invite, "two")
    refer = desk.newest("REFER")
    desk.pick_up(invite, "one")
    desk.pick_up(invite, "four")
    assert desk.endings() == {
        "ACK two": 1,
        "ACK one": 1,
        "BYE one": 1,
        "ACK four": 1,
        "BYE four": 1,
    }
    assert (desk.count("REFER"), refer.to_tag) == (1, "two")
    desk.answer(refer, 202)
    desk.notify(200, tag="two")
    assert desk.end == (None, 200)
    desk.finish()
    assert desk.endings()["BYE two"] == 1


# Whoever gives up


def test_given_up_while_it_rings_it_is_taken_back() -> None:
    desk = Desk()
    invite = desk.start()
    desk.ring(invite)
    desk.call.cancel(desk.now)
    assert (desk.end, desk.count("CANCEL")) == ((F.GIVEN_UP, 487), 1)
    desk.answer(invite, 487)
    desk.finish()


def test_given_up_before_anything_came_back_the_cancel_waits() -> None:
    """RFC 3261 section 9.1: for a provisional response."""
    desk = Desk()
    invite = desk.start()
    desk.call.cancel(desk.now)
    assert (desk.end, desk.count("CANCEL")) == ((F.GIVEN_UP, 487), 0)
    desk.answer(invite, 100)
    assert desk.count("CANCEL") == 1
    desk.answer(invite, 487)
    desk.finish()
    assert desk.stages == []


def test_a_200_that_crosses_the_cancel_is_acknowledged_and_hung_up() -> None:
    """RFC 3261 section 9.1."""
    desk = Desk()
    invite = desk.start()
    desk.ring(invite)
    desk.call.cancel(desk.now)
    desk.answer(invite, 200, ("Contact", f"<{PHONE_CONTACT}>"))
    assert desk.endings() == {"ACK phone": 1, "BYE phone": 1}
    assert desk.count("REFER") == 0
    desk.finish()
    assert desk.end == (F.GIVEN_UP, 487)


def test_a_challenge_behind_the_cancel_is_not_answered() -> None:
    desk = Desk()
    invite = desk.start()
    desk.answer(invite, 100)
    desk.call.cancel(desk.now)
    desk.answer(invite, 401, ("WWW-Authenticate", challenge("first")))
    assert desk.count("INVITE") == 1
    desk.finish()


@pytest.mark.parametrize("is_obeyed", [False, True])
def test_given_up_behind_the_answer_it_is_hung_up(is_obeyed: bool) -> None:
    desk = Desk()
    refer = desk.up_to_refer()
    if is_obeyed:
        desk.answer(refer, 202)
    desk.call.cancel(desk.now)
    desk.call.cancel(desk.now)
    assert (desk.end, desk.count("BYE")) == ((F.GIVEN_UP, 487), 1)
    if not is_obeyed:
        desk.answer(refer, 202)
    desk.finish()
    assert len(desk.requests("REFER")) == 1, "nor is the order repeated"


def test_a_handset_put_down_before_it_was_told_whom_to_call_has_given_up() -> None:
    desk = Desk()
    desk.up_to_refer()
    assert desk.ask("BYE").status == 200
    assert (desk.end, desk.count("BYE")) == ((F.GIVEN_UP, 487), 0)
    assert desk.is_clear()
    assert desk.ask("BYE").status == 481
    desk.finish()


def test_a_bye_of_who_has_obeyed_does_not_end_the_waiting() -> None:
    """RFC 5057 section 4.1: the REFER has a subscription of its own."""
    desk = Desk()
    desk.refer()
    assert desk.ask("BYE").status == 200
    assert desk.ends == []
    assert desk.notify(200) == 200
    assert (desk.end, desk.count("BYE")) == ((None, 200), 0)
    desk.finish()


def test_two_byes_that_cross_are_both_answered() -> None:
    desk = Desk()
    desk.refer()
    desk.notify(200)
    assert desk.ask("BYE").status == 200
    assert desk.is_clear()
    desk.finish(481)
    assert desk.end == (None, 200)


@pytest.mark.parametrize("step", ["ringing", "answered", "referred"])
def test_where_the_way_is_lost_it_is_given_up_and_hung_up_on_another(step: str) -> None:
    desk = Desk("TCP")
    invite = desk.start()
    desk.ring(invite)
    if step != "ringing":
        desk.pick_up(invite)
        refer = desk.newest("REFER")
        if step == "referred":
            desk.answer(refer, 202)
    desk.agent.transport_failed(desk.pbx, desk.now)
    desk.call.unreachable(desk.now)
    desk.drain()
    ending = "CANCEL" if step == "ringing" else "BYE"
    assert desk.count(ending) == 1
    ((_, status),) = desk.ends
    assert status == 503
    desk.agent.transport_failed(desk.pbx, desk.now)
    assert desk.is_clear(), "there is nobody to tell"
    desk.finish()


# The phone does not obey


def test_a_refer_nobody_answers_is_hung_up_after_four_seconds() -> None:
    """A GRUU in the Contact that the proxy cannot resolve, or a lost 202."""
    desk = Desk()
    desk.up_to_refer()
    desk.run(3.9)
    assert (desk.ends, desk.count("BYE")) == ([], 0)
    desk.run(0.2)
    assert (desk.end, desk.count("BYE")) == ((F.NOT_OBEYED, 408), 1)
    repeated = len(desk.requests("REFER"))
    desk.run(20)
    assert len(desk.requests("REFER")) == repeated
    assert desk.is_clear(), "the BYE has done what it can"
    desk.finish()


@pytest.mark.parametrize("status", [405, 481, 501, 603])
def test_a_refused_refer_is_hung_up_at_once(status: int) -> None:
    desk = Desk()
    desk.answer(desk.up_to_refer(), status)
    assert (desk.end, desk.count("BYE")) == ((F.NOT_OBEYED, status), 1)
    desk.finish()


def test_a_lost_202_is_made_up_for_by_the_first_notify() -> None:
    """RFC 6665 section 4.1.2.4."""
    desk = Desk()
    desk.up_to_refer()
    assert desk.notify(100) == 200
    assert desk.stages[-1] is DialStage.REFERRED
    desk.run(30)
    assert desk.ends == [], "not even where the REFER is given up"
    desk.notify(200)
    assert desk.end == (None, 200)
    desk.finish()


def test_a_202_behind_the_notify_changes_nothing() -> None:
    desk = Desk()
    refer = desk.up_to_refer()
    desk.notify(180)
    desk.answer(refer, 202)
    assert desk.stages[1:] == [DialStage.ANSWERED, DialStage.REFERRED]
    desk.notify(200)
    assert desk.end == (None, 200)


def test_a_200_is_as_good_as_a_202() -> None:
    """RFC 7647 section 5."""
    desk = Desk()
    desk.answer(desk.up_to_refer(), 200)
    assert desk.stages[-1] is DialStage.REFERRED


def test_who_will_not_tell_what_becomes_of_it_is_not_waited_for() -> None:
    """RFC 4488."""
    desk = Desk()
    desk.answer(desk.up_to_refer(), 202, ("Refer-Sub", "false"))
    assert (desk.end, desk.count("BYE")) == ((F.NO_NEWS, 202), 1)


def test_who_cannot_be_acknowledged_is_over() -> None:
    """Nor can a BYE be sent then."""
    desk = Desk()
    invite = desk.start()
    desk.answer(invite, 200, ("Record-Route", f"<sip:{'r' * 65_200}>"))
    assert (desk.end, desk.endings()) == ((F.GIVEN_UP, 487), {})
    desk.finish()


def test_a_target_that_breaks_its_line_is_never_sent() -> None:
    desk = Desk(target="sip:2004@pbx>\r\nEvil: 1")
    invite = desk.start()
    desk.answer(invite, 200, ("Contact", f"<{PHONE_CONTACT}>"))
    assert desk.end == (F.NOT_OBEYED, 488)
    assert desk.endings() == {"ACK phone": 1, "BYE phone": 1}
    desk.finish()


# Who is wanted does not answer


@pytest.mark.parametrize(
    ("rings", "status", "failure"),
    [
        (False, 404, F.NO_SUCH_NUMBER),
        (False, 484, F.NO_SUCH_NUMBER),
        (False, 604, F.NO_SUCH_NUMBER),
        (False, 486, F.BUSY),
        (False, 600, F.BUSY),
        (False, 503, F.UNREACHABLE),  # not registered, at Asterisk
        (False, 480, F.UNREACHABLE),  # the same at a proxy
        (False, 408, F.NO_ANSWER),  # baresip tells of no ringing, and of the 408 that ended it
        (False, 487, F.NO_ANSWER),
        (False, 401, F.REJECTED),  # the phone's own password, or what we are allowed
        (False, 403, F.REJECTED),
        (False, 407, F.REJECTED),
        (False, 603, F.REJECTED),
        (True, 486, F.REJECTED),
        (True, 603, F.REJECTED),
        (True, 480, F.NO_ANSWER),
        (True, 408, F.NO_ANSWER),
        (True, 487, F.NO_ANSWER),
        (True, 500, F.UNREACHABLE),
    ],
)
def test_what_became_of_it_is_told_and_the_phone_hung_up(
    rings: bool, status: int, failure: DialFailure
) -> None:
    desk = Desk()
    desk.refer()
    desk.notify(180 if rings else 183)
    assert desk.notify(status, "terminated;reason=noresource") == 200
    assert desk.end == (failure, status)
    desk.finish()
    assert desk.endings() == {"ACK phone": 1, "BYE phone": 1}


def test_the_phone_is_hung_up_where_its_202_says_it_is() -> None:
    """RFC 3261 section 12.2.1.2: the answer to a REFER tells a new Contact (RFC 5057 section 3)."""
    desk = Desk()
    desk.answer(desk.up_to_refer(), 202, ("Contact", "<sip:2002@192.168.1.99>"))
    desk.notify(200)
    assert desk.newest("BYE").uri == "sip:2002@192.168.1.99"
    desk.finish()


def test_both_legs_stay_up_behind_a_404_until_we_hang_up() -> None:
    """Asterisk: the handset is off hook, and talks to nobody."""
    desk = Desk()
    desk.refer()
    assert (desk.notify(404), desk.count("BYE")) == (200, 1)
    assert desk.end == (F.NO_SUCH_NUMBER, 404)
    desk.run(5)
    assert not desk.is_clear()
    desk.finish()


def test_without_a_final_word_it_is_hung_up_after_a_minute() -> None:
    desk = Desk()
    desk.refer()
    desk.notify(180)
    desk.run(59.9)
    assert (desk.ends, desk.count("BYE")) == ([], 0)
    desk.run(0.2)
    assert (desk.end, desk.count("BYE")) == ((F.NO_NEWS, 408), 1)
    desk.finish()


@pytest.mark.parametrize("status", [None, 100])
def test_who_says_that_nothing_more_follows_is_not_waited_for(status: int | None) -> None:
    desk = Desk()
    desk.refer()
    assert desk.notify(status, "terminated;reason=giveup") == 200
    assert (desk.end, desk.count("BYE")) == ((F.NO_NEWS, 408), 1)
    desk.finish()


# NOTIFY of the REFER (RFC 3515 section 2.4.4, RFC 6665)


def test_a_notify_may_name_the_refer_by_its_number() -> None:
    """RFC 3515 section 2.4.6; baresip does, whatever the server."""
    desk = Desk()
    refer = desk.refer()
    assert desk.notify(180, event=f"refer;id={refer.cseq.number + 1}") == 481
    assert desk.notify(200, event="refer;id=x") == 481
    assert desk.ends == []
    assert desk.notify(200, event=f"Refer ; ID={refer.cseq.number}") == 200
    assert desk.end == (None, 200)


def test_a_notify_of_something_else_is_refused() -> None:
    desk = Desk()
    desk.refer()
    response = desk.ask("NOTIFY", ("Event", "dialog"), ("Subscription-State", "active"))
    assert (response.status, response.headers.get("Allow-Events")) == (489, "refer")
    assert desk.ask("NOTIFY").status == 489


def test_before_the_refer_no_notify_is_about_it() -> None:
    desk = Desk()
    desk.ring(desk.start())
    assert desk.notify(200) == 481
    assert desk.ends == []


def test_a_notify_of_another_telephone_is_not_about_the_refer() -> None:
    desk = Desk()
    desk.refer()
    assert desk.notify(200, tag="stranger") == 481
    assert desk.ends == []


def test_a_notify_behind_our_bye_is_answered_until_one_says_it_is_the_last() -> None:
    """RFC 5057 section 4.1: the BYE ends the call, the last NOTIFY the subscription."""
    desk = Desk()
    desk.refer()
    desk.notify(200, "active;expires=60")
    desk.answer(desk.newest("BYE"), 200)
    assert desk.notify(200, "active;expires=50") == 200
    assert desk.notify(200, "terminated;reason=noresource") == 200
    assert desk.notify(200, "terminated;reason=noresource") == 481
    assert desk.end == (None, 200)


def test_a_final_word_that_was_overtaken_is_heard() -> None:
    desk = Desk()
    desk.refer()
    assert desk.ask("OPTIONS", number=11).status == 200
    assert desk.notify(200, number=10) == 200
    assert desk.end == (None, 200)


def test_a_report_that_is_no_sip_is_answered_and_left_aside() -> None:
    desk = Desk()
    desk.refer()
    for body, type_, status in (
        (b"hello", "message/sipfrag", 200),
        (b"", "message/sipfrag", 200),
        (b"<html/>", "text/html", 415),
    ):
        fields = (("Event", "refer"), ("Subscription-State", "active"), ("Content-Type", type_))
        assert desk.ask("NOTIFY", *fields, body=body).status == status
    assert desk.ends == []


# What else the phone asks inside the dialog


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_phone_that_holds_us_before_it_obeys_is_told_that_there_is_silence(method: str) -> None:
    """RFC 3261 section 14.2, RFC 3311 section 5.2."""
    desk = Desk()
    refer = desk.up_to_refer()
    held = desk.ask(method, ("Content-Type", "application/sdp"), body=HOLD)
    assert (held.status, held.content_type) == (200, "application/sdp")
    assert held.body.endswith(
        b"m=audio 9 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=inactive\r\n"
    )
    assert held.headers.get("Contact") == str(desk.agent.contact)
    desk.answer(refer, 202)
    desk.notify(200)
    assert desk.end == (None, 200)


def test_options_is_answered_and_info_is_not_understood() -> None:
    """RFC 3261 sections 11.2 and 21.4.6, RFC 6086."""
    desk = Desk()
    desk.ring(desk.start())
    options = desk.ask("OPTIONS")
    assert (options.status, options.headers.get("Allow-Events")) == (200, "refer")
    assert options.headers.get("Accept") == "application/sdp, message/sipfrag"
    info = desk.ask("INFO", ("Content-Type", "application/dtmf-relay"), body=b"Signal=1")
    assert (info.status, "INFO" in (info.headers.get("Allow") or "")) == (405, False)
    assert desk.ask("OPTIONS", ("Require", "100rel")).status == 420


# Whatever comes, in whatever order


class Anyhow:
    """A telephone system that keeps to no order, loses messages and repeats them."""

    def __init__(self, transport: str) -> None:
        self.desk = Desk(transport)
        self.desk.start()
        self.confirmed: Counter[str] = Counter()
        """How often a 2xx of each telephone, by its tag, reached an INVITE that was under way."""
        self.hung_up: set[str] = set()
        """Those whose BYE we answered with 200."""

    def answer(self, method: str, index: int, status: int, tag: str) -> None:
        requests = list({each.via.branch: each for each in self.desk.requests(method)}.values())
        if not requests:
            return
        request = requests[index % len(requests)]
        if method == "INVITE" and 200 <= status < 300 and self._is_under_way(request):
            self.confirmed[tag] += 1
        if status >= 300:
            tag = "pbx"
        nonce = ("WWW-Authenticate", challenge(f"nonce-{index}"))
        self.desk.answer(request, status, ("Contact", f"<sip:{tag}@192.168.1.20>"), nonce, tag=tag)

    def repeat(self, index: int) -> None:
        """Let something that came come again."""
        if self.desk.received:
            data = self.desk.received[index % len(self.desk.received)]
            message = parse(data)
            is_2xx = isinstance(message, Response) and 200 <= message.status < 300
            if is_2xx and message.cseq.method == "INVITE" and self._is_under_way(message):
                self.confirmed[message.to_tag or ""] += 1
            self.desk.receive(data)

    def ask(self, method: str, tag: str) -> None:
        response = self.desk.ask(method, tag=tag)
        if method == "BYE" and response.status == 200:
            self.hung_up.add(tag)

    def lose(self) -> None:
        self.desk.agent.transport_failed(self.desk.pbx, self.desk.now)

    def _is_under_way(self, message: Request | Response) -> bool:
        key = ("client", message.via.branch or "", "INVITE")
        transaction = self.desk.agent._layer._transactions.get(key)
        over = (TransactionState.COMPLETED, TransactionState.TERMINATED)
        return transaction is not None and transaction.state not in over


TAGS = st.sampled_from(["one", "two", "three"])
INDEX = st.integers(0, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), st.just("INVITE"), INDEX, st.sampled_from([180, 200]), TAGS),
        st.tuples(
            st.just("answer"),
            st.sampled_from(["INVITE", "REFER", "BYE", "CANCEL"]),
            INDEX,
            st.sampled_from([100, 200, 202, 302, 401, 481, 486, 487, 503]),
            TAGS,
        ),
        st.tuples(
            st.just("notify"),
            st.sampled_from([None, 100, 180, 200, 404, 486]),
            st.sampled_from(["active", "pending", "terminated;reason=noresource"]),
            st.sampled_from(["refer", "refer;id=2", "refer;id=3", "presence"]),
        ),
        st.tuples(st.just("ask"), st.sampled_from(["BYE", "INVITE", "UPDATE", "OPTIONS"]), TAGS),
        st.tuples(st.just("repeat"), st.integers(0, 20)),
        st.tuples(st.just("run"), st.sampled_from([0.1, 0.5, 1.0, 4.0, 16.0, 31.0, 61.0])),
        st.tuples(st.sampled_from(["cancel", "unreachable", "lose"])),
    ),
    max_size=20,
)


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@given(steps=STEPS)
def test_whatever_comes_it_ends_and_leaves_nobody_off_hook(
    transport: str, steps: list[tuple[Any, ...]]
) -> None:
    anyhow = Anyhow(transport)
    desk = anyhow.desk
    for name, *arguments in steps:
        match name:
            case "notify":
                status, state, event = arguments
                desk.notify(status, state, event, tag="one")
            case "run":
                desk.run(*arguments)
            case "cancel" | "unreachable":
                getattr(desk.call, name)(desk.now)
            case _:
                getattr(anyhow, name)(*arguments)
        desk.drain()
    desk.run(400)
    assert len(desk.ends) == 1
    assert desk.is_clear()
    assert desk.call.is_over
    assert desk.agent.next_timeout() is None
    acknowledged = Counter(each.to_tag for each in desk.requests("ACK"))
    hung_up = {each.to_tag for each in desk.requests("BYE")} | anyhow.hung_up
    for tag, times in anyhow.confirmed.items():
        assert acknowledged[tag] == times
        assert tag in hung_up
