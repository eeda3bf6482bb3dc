"""Calls that a simulated PBX places for us, on good lines and on very bad ones."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from callctrl.accounts import Account, PbxKind, SipTransport
from callctrl.bystander.engine import Bystander
from callctrl.calls import (
    CallChanged,
    CallState,
    CommandAnswered,
    Dial,
    DialFailure,
    DialProgress,
    DialStage,
)
from callctrl.phones.generic import GenericPhone
from callctrl.simulator.pbx import Login, Manner, Pbx, PbxConfig, Style
from callctrl.sip.message import parse
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.way import SessionSetup
from tests.wire import Weather, Wire

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 5060)
ACCOUNT = Account(
    pbx=PBX.host,
    extension="callctrl",
    station="1001",
    computer="RECEPTION",
    port=PBX.port,
    kind=PbxKind.SIP,
)
F = DialFailure


class Desk:
    """A desk, a PBX with its phones, and the weather between them."""

    def __init__(
        self,
        style: Style,
        weather: Weather | None = None,
        seed: int = 1,
        account: Account = ACCOUNT,
    ) -> None:
        self.wire = Wire(weather=weather or Weather(), random=Random(seed))
        config = PbxConfig(host=PBX.host, style=style, logins=(Login("callctrl", "4321"),))
        self.pbx = Pbx(config, Random(seed))
        self.bystander = Bystander(
            account, "4321", GenericPhone(), SessionSetup(PC, PBX), Tokens(Random(seed))
        )
        self.wire.join(PC, self.bystander)
        self.wire.join(PBX, self.pbx)
        self.wire.do(self.bystander.start)
        self.wire.run(5)

    def dial(self, number: str) -> None:
        self.wire.do(lambda now: self.bystander.perform(Dial(number), now))

    @property
    def answers(self) -> list[DialFailure | None]:
        """What came of each order."""
        return [
            event.dial_failure
            for event in self.wire.events_of(PC)
            if isinstance(event, CommandAnswered)
        ]

    def talks_with(self) -> list[str]:
        """Whoever is on the line with my phone."""
        return [leg.peer for leg in self.pbx.office.phones["1001"].legs]


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize(
    ("mine", "number", "failure"),
    [
        (Manner.ANSWERS, "1002", None),
        (Manner.HOLDS_FIRST, "1002", None),
        (Manner.REJECTS, "1002", F.OWN_REJECTED),
        (Manner.RINGS, "1002", F.OWN_NO_ANSWER),
        (Manner.DEAF_TO_REFER, "1002", F.NOT_OBEYED),
        (Manner.ANSWERS, "0404", F.NO_SUCH_NUMBER),
        (Manner.ANSWERS, "0486", F.BUSY),
        (Manner.ANSWERS, "0503", F.UNREACHABLE),
        (Manner.ANSWERS, "0480", F.NO_NEWS),
    ],
)
def test_what_comes_of_an_order_is_told_and_no_call_of_ours_is_left(
    style: Style, mine: Manner, number: str, failure: DialFailure | None
) -> None:
    desk = Desk(style)
    desk.pbx.office.phones["1001"].manner = mine
    desk.dial(number)
    desk.wire.run(1)
    assert desk.pbx.program_calls
    desk.wire.run(99)
    assert desk.answers == [failure]
    assert not desk.pbx.program_calls, desk.wire.ladder()
    if failure is None:
        assert desk.talks_with() == [number]


@pytest.mark.parametrize("style", Style)
def test_when_a_call_is_over_another_may_be_ordered(style: Style) -> None:
    desk = Desk(style)
    for _ in range(2):
        desk.dial("0486")
        desk.wire.run(100)
    assert desk.answers == [F.BUSY, F.BUSY]
    assert desk.bystander._placing._calls == [], "what is over is forgotten"


def test_one_call_is_ordered_at_a_time() -> None:
    desk = Desk(Style.KAMAILIO)
    desk.dial("1002")
    desk.dial("1003")
    assert desk.answers == [F.OWN_BUSY]
    desk.wire.run(100)
    assert desk.answers == [F.OWN_BUSY, None]
    assert desk.talks_with() == ["1002"]


def test_what_no_message_can_hold_is_no_number_and_keeps_no_other_from_being_dialled() -> None:
    desk = Desk(Style.KAMAILIO)
    number = "10\r\n02"
    desk.dial(number)
    (answered,) = [each for each in desk.wire.events_of(PC) if isinstance(each, CommandAnswered)]
    assert answered == CommandAnswered(Dial(number), 488, F.NO_SUCH_NUMBER)
    assert not desk.pbx.program_calls
    desk.dial("1002")
    desk.wire.run(100)
    desk.wire.do(desk.bystander.stop)
    desk.wire.run(3)
    assert desk.answers == [F.NO_SUCH_NUMBER, None]


@pytest.mark.parametrize(
    ("transport", "whom"),
    [(SipTransport.UDP, f"1002@{PBX.host}:{PBX.port}"), (SipTransport.TLS, f"1002@{PBX.host}")],
)
def test_the_port_of_our_tls_is_not_told_to_the_phone(transport: SipTransport, whom: str) -> None:
    """It would speak UDP there (RFC 3261 section 19.1.2)."""
    desk = Desk(Style.KAMAILIO, account=replace(ACCOUNT, transport=transport))
    desk.dial("1002")
    desk.wire.run(10)
    refer = next(parse(sent.data) for sent in desk.wire.sent if sent.title == "REFER")
    assert refer.headers.get("Refer-To") == f"<sip:{whom}>"


def test_silence_is_told_when_its_time_is_up() -> None:
    """Whatever else wakes the engine: 60 s from the 202 to the last word."""
    desk = Desk(Style.KAMAILIO)
    desk.dial("0480")
    while DialProgress(Dial("0480"), DialStage.REFERRED) not in desk.wire.events_of(PC):
        desk.wire.run(0.1)
    desk.wire.run(59.5)
    assert desk.answers == []
    desk.wire.run(0.6)
    assert desk.answers == [F.NO_NEWS]


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("seed", range(12))
def test_on_a_very_bad_line_each_order_is_answered_once_and_nobody_is_left_off_hook(
    style: Style, seed: int
) -> None:
    desk = Desk(style, Weather(loss=0.25, duplicate=0.2, reorder=0.3, latency=0.1), seed)
    desk.wire.run(60)
    desk.dial("1002")
    desk.wire.run(200)
    assert len(desk.answers) == 1
    assert not desk.pbx.program_calls, desk.wire.ladder()
    if desk.answers == [None]:
        assert desk.talks_with() == ["1002"]


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("after", [0.05, 0.5, 1.0, 2.15, 2.3, 3.0, 6.0])
def test_whenever_the_program_leaves_no_call_of_ours_is_left(style: Style, after: float) -> None:
    desk = Desk(style)
    desk.dial("1002")
    desk.wire.run(after)
    desk.wire.do(desk.bystander.stop)
    desk.wire.run(3)
    assert desk.bystander.next_timeout() is None
    assert not desk.pbx.program_calls, desk.wire.ladder()


def test_who_is_called_is_talked_with_when_they_have_answered() -> None:
    """Asterisk's hint says "confirmed" as soon as the own handset is up."""
    desk = Desk(Style.ASTERISK)
    desk.dial("1002")
    desk.wire.run(100)
    calls = [each.call for each in desk.wire.events_of(PC) if isinstance(each, CallChanged)]
    answered_at = next(
        at
        for at, each in enumerate(desk.wire.events_of(PC))
        if isinstance(each, CommandAnswered) and each.accepted
    )
    before = [
        each.call.state
        for each in desk.wire.events_of(PC)[:answered_at]
        if isinstance(each, CallChanged)
    ]
    assert CallState.CONNECTED not in before
    assert CallState.PROCEEDING in before
    assert (calls[-1].state, calls[-1].number) == (CallState.CONNECTED, "1002")
