"""What becomes of commands: protocol.md B.5 no. 10 and E21."""

from __future__ import annotations

from callctrl.accounts import Account, ControlPath
from callctrl.calls import Answer, CommandAnswered, Dial, Divert, Hold, No, Reason
from callctrl.commands import Commands
from callctrl.phones.spa import SpaPhone
from callctrl.sip.packets import Address
from tests.sip.asking import PBX, answer, make_agent, make_authenticator, sent_by

DIAL = Dial("214")
PHONE = Address("192.168.1.20", 5060)


class Desk:
    """Commands on their way to a PBX that is answered for by hand."""

    def __init__(self, control: ControlPath = ControlPath.PBX, *, recovers: bool = True) -> None:
        account = Account(
            pbx=PBX.host,
            port=PBX.port,
            extension="200",
            station="FrontDesk",
            computer="RECEPTION",
            control=control,
        )
        self.agent = make_agent()
        self.answered: list[CommandAnswered] = []
        self.commands = Commands(
            self.agent,
            account,
            SpaPhone(),
            make_authenticator(self.agent),
            free_call_id=lambda: "7",
            on_answer=self.answered.append,
            on_forbidden=lambda _now: recovers,
        )

    def answer(self, status: int) -> None:
        answer(self.agent, sent_by(self.agent), status)


def test_a_command_goes_out_as_a_notify_to_the_station() -> None:
    desk = Desk()
    desk.commands.perform(DIAL, 0.0)
    request = sent_by(desk.agent)
    assert (request.method, request.uri) == ("NOTIFY", "sip:FrontDesk@192.168.1.10:6060")
    assert b'call="7"' in request.body
    answer(desk.agent, request, 202)
    assert desk.answered == [CommandAnswered(DIAL, 202)]


def test_what_the_phone_cannot_do_is_not_asked_for() -> None:
    desk = Desk()
    other = type("Transfer", (), {})()
    desk.commands.perform(other, 0.0)
    assert desk.answered == [CommandAnswered(other, 488, impossible=No(Reason.BY_HAND))]
    assert desk.agent.packets_to_send() == []


def test_what_cannot_be_written_is_refused() -> None:
    desk = Desk()
    crooked = Divert("1", "2\x00")
    desk.commands.perform(crooked, 0.0)
    assert desk.answered == [CommandAnswered(crooked, 488)]


def test_past_the_pbx_the_phone_has_to_be_known() -> None:
    desk = Desk(ControlPath.PHONE)
    desk.commands.perform(DIAL, 0.0)
    assert desk.answered == [CommandAnswered(DIAL, 503)]
    desk.commands.phone_at = PHONE
    desk.commands.perform(DIAL, 0.0)
    (packet,) = desk.agent.packets_to_send()
    assert packet.remote == PHONE


def test_a_403_waits_for_the_round_that_decides_and_is_given_once_more() -> None:
    desk = Desk()
    desk.commands.perform(DIAL, 0.0)
    desk.answer(403)
    assert desk.answered == []
    desk.commands.give_again(1.0)
    desk.answer(403)
    assert desk.answered == [CommandAnswered(DIAL, 403)]
    desk.commands.give_again(2.0)
    assert desk.agent.packets_to_send() == []


def test_what_was_given_up_is_never_given_again() -> None:
    """It was told as refused: whoever gave it may have done it by hand meanwhile."""
    desk = Desk()
    desk.commands.perform(DIAL, 0.0)
    desk.answer(403)
    desk.commands.give_up()
    assert desk.answered == [CommandAnswered(DIAL, 403)]
    desk.commands.give_again(1.0)
    assert desk.agent.packets_to_send() == []


def test_where_no_round_follows_a_403_is_told_at_once() -> None:
    desk = Desk(recovers=False)
    desk.commands.perform(DIAL, 0.0)
    desk.answer(403)
    assert desk.answered == [CommandAnswered(DIAL, 403)]


def test_in_the_end_each_is_answered_once() -> None:
    desk = Desk()
    for command in (Hold(), Answer("2")):
        desk.commands.perform(command, 0.0)
    (first, second) = desk.agent.packets_to_send()
    desk.commands.end()
    assert desk.answered == [CommandAnswered(each, 480) for each in (Hold(), Answer("2"))]
    assert (first.remote, second.remote) == (PBX, PBX)
    while (when := desk.agent.next_timeout()) is not None:
        desk.agent.handle_timeout(when)
    assert len(desk.answered) == 2
