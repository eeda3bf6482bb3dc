"""Click-to-dial at any SIP PBX, each way it can end."""

from __future__ import annotations

from callctrl.calls import DialFailure, DialStage
from callctrl.thirdpartycall import ThirdPartyCallState
from tests.dialling import PHONE_CONTACT, Desk


def test_the_own_phone_is_called_and_referred_and_left() -> None:
    desk = Desk()
    invite = desk.start()
    assert invite.uri == "sip:2002@pbx.example"
    assert invite.from_.display_name == "Call Ctrl: 2004"
    desk.ring(invite)
    refer = desk.pick_up(invite)
    assert refer.uri == PHONE_CONTACT
    assert refer.headers.get("Refer-To") == "<sip:2004@pbx.example>"
    assert refer.headers.get("Referred-By") == "<sip:app2002@pbx.example>"
    desk.answer(refer, 202)
    for status in (100, 180):
        assert desk.notify(status) == 200
    assert desk.stages == [DialStage.RINGING, DialStage.ANSWERED, DialStage.REFERRED]
    assert (desk.ends, desk.count("BYE")) == ([], 0)
    assert desk.notify(200, "terminated;reason=noresource") == 200
    assert desk.end == (None, 200)
    assert desk.call.state is ThirdPartyCallState.HANDED_OVER
    assert desk.newest("BYE").uri == PHONE_CONTACT
    assert not desk.call.leaves_nothing
    desk.finish()
    assert desk.endings() == {"ACK phone": 1, "BYE phone": 1}
    assert desk.count("CANCEL") == 0


def test_what_nobody_picks_up_is_taken_back_after_thirty_seconds() -> None:
    desk = Desk()
    invite = desk.start()
    desk.ring(invite)
    desk.run(29.9)
    assert (desk.ends, desk.count("CANCEL")) == ([], 0)
    desk.run(0.2)
    assert desk.end == (DialFailure.OWN_NO_ANSWER, 408)
    assert desk.count("CANCEL") == 1
    desk.answer(invite, 487)
    desk.finish()
    assert desk.endings() == {"ACK phone": 1}


def test_who_is_wanted_does_not_answer_though_no_ringing_was_told() -> None:
    """baresip tells of the 408 that its PBX has ended the ringing with, and of nothing before."""
    desk = Desk()
    desk.answer(desk.pick_up(desk.start()), 202)
    desk.notify(100)
    desk.notify(408, "terminated;reason=noresource")
    assert desk.end == (DialFailure.NO_ANSWER, 408)
