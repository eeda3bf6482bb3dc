"""A call of ours and the dialogs it makes: RFC 3261 sections 9, 13, 14 and 15."""

from __future__ import annotations

import pytest

from callctrl.sip import LocalProtocolError
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.digest import Credentials
from callctrl.sip.headers import NameAddr
from callctrl.sip.inspection import Capabilities
from callctrl.sip.invitation import Invitation
from callctrl.sip.message import Request
from tests.sip.calling import HOLD, IS_SDP, PHONE_CONTACT, Line

ABLE = Capabilities(
    ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UPDATE"), (), ("application/sdp",)
)


class Calling(Line):
    """An invitation under way."""

    def __init__(self, transport: str = "UDP", target: str = "sip:2002@pbx.example") -> None:
        super().__init__(transport)
        self.told: list[str] = []
        self.invitation = Invitation(
            self.agent,
            target=target,
            caller=NameAddr("sip:app2002@pbx.example", "Call Ctrl"),
            fields=(("Subject", "test"),),
            able=ABLE,
            authenticator=Authenticator(Credentials("app2002", "secret"), self.agent.tokens),
            on_provisional=lambda response, _: self.told.append(str(response.status)),
            on_accepted=lambda _: self.told.append("accepted"),
            on_refused=lambda outcome, _: self.told.append(f"refused {outcome.status}"),
            on_hung_up=lambda _: self.told.append("hung up"),
        )

    @property
    def caller(self) -> Invitation:
        """Who has called."""
        return self.invitation

    def start(self) -> Request:
        """Call; the INVITE."""
        self.invitation.send(self.now)
        return self.newest("INVITE")

    def is_clear(self) -> bool:
        """Whether no telephone rings or is off hook."""
        return self.invitation.leaves_nothing

    def hang_up(self) -> None:
        self.invitation.hang_up(self.now)
        self.drain()


def talking() -> Calling:
    line = Calling()
    line.pick_up(line.start())
    return line


# Ringing, picked up, refused


def test_a_call_is_offered_silence_and_says_what_is_understood_inside_it() -> None:
    invite = Calling().start()
    assert invite.headers.get("Allow") == "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE"
    assert (invite.headers.get("Subject"), invite.content_type) == ("test", "application/sdp")
    assert invite.to_tag is None
    assert invite.from_tag


def test_what_becomes_of_it_is_told_once() -> None:
    line = Calling()
    invite = line.start()
    line.ring(invite)
    line.pick_up(invite)
    line.pick_up(invite)
    assert line.told == ["100", "180", "accepted"]
    assert line.newest("ACK").uri == line.invitation.dialog.target == PHONE_CONTACT
    assert not line.is_clear()


@pytest.mark.parametrize("status", [302, 486, 603])
def test_a_refusal_is_told_and_leaves_nothing(status: int) -> None:
    line = Calling()
    invite = line.start()
    line.ring(invite)
    line.answer(invite, status)
    assert line.told == ["100", "180", f"refused {status}"]
    assert line.is_clear()


def test_before_it_is_sent_there_is_nothing_to_leave() -> None:
    line = Calling(target="sip:2002 @pbx")
    with pytest.raises(LocalProtocolError):
        line.start()
    line.hang_up()
    assert line.is_clear()
    assert line.sent == []


# Several telephones: section 13.2.2.4


def test_the_first_that_answers_is_the_call_and_each_other_is_hung_up() -> None:
    line = Calling()
    invite = line.start()
    for tag in ("one", "two"):
        line.ring(invite, tag)
    for tag in ("two", "one", "three"):
        line.pick_up(invite, tag)
    assert line.invitation.dialog.remote.tag == "two"
    assert line.endings() == {
        **{f"ACK {tag}": 1 for tag in ("one", "two", "three")},
        **{f"BYE {tag}": 1 for tag in ("one", "three")},
    }
    line.hang_up()
    assert line.endings()["BYE two"] == 1


def test_each_telephone_has_its_own_numbers_and_target() -> None:
    """Section 12.1.2."""
    line = Calling()
    invite = line.start()
    line.pick_up(invite, "one")
    line.answer(invite, 200, ("Contact", "<sip:two@192.168.1.21>"), tag="two")
    line.hang_up()
    byes = [(each.to_tag, each.uri, str(each.cseq)) for each in line.requests("BYE")]
    assert byes == [("two", "sip:two@192.168.1.21", "2 BYE"), ("one", PHONE_CONTACT, "2 BYE")]


def test_what_rings_elsewhere_ends_with_the_refusal() -> None:
    """Section 12.3."""
    line = Calling()
    invite = line.start()
    line.ring(invite, "one")
    line.ring(invite, "two")
    line.answer(invite, 486, tag="pbx")
    assert line.is_clear()
    assert line.ask("OPTIONS", tag="one").status == 481
    assert line.ask("BYE", tag="two").status == 481


def test_the_ack_goes_out_again_with_each_2xx_that_comes_again() -> None:
    line = Calling()
    invite = line.start()
    for _ in range(3):
        line.pick_up(invite)
    line.hang_up()
    line.pick_up(invite)
    acks = line.requests("ACK")
    assert [each.to_bytes() for each in acks] == [acks[0].to_bytes()] * 4
    assert line.count("BYE") == 1


def test_ever_more_telephones_are_not_believed() -> None:
    line = Calling()
    invite = line.start()
    for number in range(100):
        line.answer(invite, 180, tag=f"fork-{number}")
    line.pick_up(invite, "fork-99")
    assert line.invitation.dialog.remote.tag == "fork-99", "who answers is, in any crowd"
    for number in range(100):
        line.pick_up(invite, f"other-{number}")
    assert line.count("BYE") == 31


# Hung up by us


def test_what_rings_is_cancelled_and_nothing_more_is_told() -> None:
    line = Calling()
    invite = line.start()
    line.ring(invite)
    line.hang_up()
    line.hang_up()
    line.answer(invite, 180)
    assert (line.count("CANCEL"), line.count("BYE")) == (1, 0)
    assert not line.is_clear()
    line.answer(invite, 487)
    assert line.told == ["100", "180"]
    assert line.is_clear()


def test_what_was_picked_up_gets_a_bye_and_is_waited_for() -> None:
    line = talking()
    line.hang_up()
    assert not line.is_clear()
    line.answer(line.newest("BYE"), 200)
    assert line.is_clear()


def test_a_bye_nobody_answers_has_done_what_it_can() -> None:
    """Section 15.1.1."""
    line = talking()
    line.hang_up()
    line.run(16)
    assert line.is_clear()


def test_whoever_picks_up_behind_the_cancel_is_hung_up() -> None:
    """Section 9.1."""
    line = Calling()
    invite = line.start()
    line.ring(invite)
    line.hang_up()
    line.pick_up(invite, "one")
    line.pick_up(invite, "two")
    assert line.endings() == {"ACK one": 1, "BYE one": 1, "ACK two": 1, "BYE two": 1}
    assert line.told == ["100", "180"]


# Hung up by the telephone: section 15.1.2


def test_a_telephone_that_is_put_down_is_told_once() -> None:
    line = talking()
    assert [line.ask("BYE").status for _ in range(2)] == [200, 481]
    assert line.told == ["accepted", "hung up"]
    assert line.is_clear()
    line.hang_up()
    assert line.count("BYE") == 0


def test_a_bye_that_crosses_ours_is_answered() -> None:
    line = talking()
    line.hang_up()
    assert line.ask("BYE").status == 200
    assert line.is_clear()
    assert line.told == ["accepted"]


def test_one_of_a_fork_that_is_put_down_is_not_the_call() -> None:
    line = Calling()
    invite = line.start()
    line.pick_up(invite, "one")
    line.pick_up(invite, "two")
    assert line.ask("BYE", tag="two").status == 200
    assert line.told == ["accepted"]


@pytest.mark.parametrize("has_rung", [True, False])
def test_a_bye_ahead_of_a_200_that_was_lost_is_answered_and_the_200_acknowledged(
    has_rung: bool,
) -> None:
    """Section 15: who never got the ACK of his 2xxs may hang up without it."""
    line = Calling()
    invite = line.start()
    if has_rung:
        line.ring(invite)
    assert line.ask("BYE").status == 200
    line.pick_up(invite)
    assert line.endings() == {"ACK phone": 1}
    assert "accepted" not in line.told
    assert line.told[-1] == "hung up"
    assert line.is_clear()


def test_tolerate_a_body_in_a_bye() -> None:
    line = talking()
    assert line.ask("BYE", ("Content-Type", "application/isup"), body=b"\x0c").status == 200
    assert line.is_clear()


# What cannot be written


def test_tolerate_a_contact_that_is_no_uri() -> None:
    """What was called is asked then: a PBX knows the dialog by its tags."""
    line = Calling()
    line.answer(line.start(), 200, ("Contact", "<sip:a b@192.168.1.20>"))
    line.hang_up()
    assert [line.newest(name).uri for name in ("ACK", "BYE")] == ["sip:2002@pbx.example"] * 2


def test_who_cannot_be_acknowledged_is_over() -> None:
    """Nor can a BYE be sent then."""
    line = Calling()
    line.answer(line.start(), 200, ("Record-Route", f"<sip:{'r' * 65_230}>"))
    assert (line.told, line.endings()) == (["hung up"], {})
    assert line.is_clear()


# Requests inside the dialog


def test_a_reinvite_without_offer_gets_ours_and_an_update_needs_none() -> None:
    """Section 14.2, RFC 3311 section 5.2."""
    line = talking()
    assert line.ask("INVITE").body == line.newest("INVITE").body
    update = line.ask("UPDATE")
    assert (update.status, update.body, update.content_type) == (200, b"", "")
    assert update.headers.get("Contact") == str(line.agent.contact)


def test_whoever_holds_us_is_answered_with_silence() -> None:
    line = talking()
    held = line.ask("INVITE", IS_SDP, body=HOLD)
    assert (held.status, held.content_type) == (200, "application/sdp")
    assert b"a=inactive\r\n" in held.body


def test_the_answer_to_a_reinvite_is_repeated_until_its_ack_comes() -> None:
    """Section 13.3.1.4."""
    line = talking()
    line.ask("INVITE", IS_SDP, body=HOLD)
    before = len(line.sent)
    line.run(0.6)
    assert len(line.sent) == before + 1
    line.acknowledge()
    line.run(10)
    assert len(line.sent) == before + 1


def test_an_offer_without_anything_for_us_is_not_acceptable() -> None:
    """Section 13.3.1.3."""
    line = talking()
    assert line.ask("UPDATE", IS_SDP, body=b"v=0\r\n").status == 488
    assert line.ask("UPDATE", ("Content-Type", "text/html"), body=b"<html/>").status == 415


def test_the_contact_of_a_reinvite_is_where_the_bye_goes() -> None:
    """Section 12.2.2."""
    line = talking()
    line.ask("INVITE", ("Contact", "<sip:2002@192.168.1.21>"))
    line.hang_up()
    assert line.newest("BYE").uri == "sip:2002@192.168.1.21"


def test_a_request_that_was_overtaken_is_refused() -> None:
    """Section 12.2.2."""
    line = talking()
    assert line.ask("OPTIONS", number=5).status == 200
    assert line.ask("UPDATE", number=4).status == 500


def test_while_our_own_offer_is_unanswered_another_is_refused() -> None:
    """Section 14.2, RFC 3311 section 5.2."""
    line = Calling()
    line.ring(line.start())
    assert line.ask("OPTIONS").status == 200
    assert line.ask("UPDATE", IS_SDP, body=HOLD).status == 491
    assert line.ask("INVITE").status == 491
    assert line.ask("UPDATE").status == 200, "one that offers nothing"


def test_a_100_makes_no_dialog_whatever_tag_it_has() -> None:
    """Section 12.1: a response of 101 to 199 does."""
    line = Calling()
    line.answer(line.start(), 100, tag="phone")
    assert line.ask("OPTIONS").status == 481


def test_behind_our_bye_nothing_is_known_of_the_call() -> None:
    """Section 15.1.1."""
    line = talking()
    line.hang_up()
    assert [line.ask(each).status for each in ("OPTIONS", "INVITE", "UPDATE")] == [481] * 3


def test_what_is_not_understood_is_refused_before_anything_else() -> None:
    """Sections 8.2.1 and 8.2.2."""
    line = talking()
    info = line.ask("INFO")
    assert (info.status, info.headers.get("Allow")) == (405, ABLE.allow[1])
    assert line.ask("OPTIONS", ("Require", "100rel")).status == 420


def test_a_cancel_inside_the_dialog_changes_nothing() -> None:
    """Section 9.2: the INVITE it means was answered as it came."""
    line = talking()
    assert line.ask("CANCEL").status == 481
    assert line.told == ["accepted"]


def test_only_what_is_in_its_dialogs_belongs_to_it() -> None:
    line = Calling()
    invite = line.start()

    def request(call_id: str, to: str) -> Request:
        return Request("BYE", "sip:a@b", [("Call-ID", call_id), ("To", to), ("From", "sip:b@c")])

    ours = invite.headers.get("From") or ""
    assert line.invitation.owns(request(invite.call_id, ours))
    assert not line.invitation.owns(request("other", ours))
    assert not line.invitation.owns(request(invite.call_id, "sip:a@b;tag=1"))
    assert not line.invitation.owns(request(invite.call_id, "sip:a@b"))
