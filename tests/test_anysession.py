"""What each session does, at a SPA9000 and at any SIP PBX; more of it in their own tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from callctrl.accounts import Account, PbxKind, Policy
from callctrl.anysession import AnySession, trouble_of
from callctrl.bystander.engine import Bystander
from callctrl.calls import Dropped, SessionChanged, SessionState, Stopped, Trouble
from callctrl.phones.generic import GenericPhone
from callctrl.phones.spa import SpaPhone
from callctrl.session import Session
from callctrl.sip.authenticator import Obstacle
from callctrl.sip.exchange import Outcome
from callctrl.sip.message import Response, parse
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.way import SessionSetup

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 5060)
STRANGER = Address("10.9.9.9", 5060)
ACCOUNT = Account(PBX.host, "app", "1001", "RECEPTION", PBX.port)
SETUP = SessionSetup(PC, PBX)


def session() -> Session:
    return Session(ACCOUNT, "4321", SpaPhone(), SETUP, Tokens(Random(1)))


def bystander() -> Bystander:
    account = replace(ACCOUNT, kind=PbxKind.SIP)
    return Bystander(account, "4321", GenericPhone(), SETUP, Tokens(Random(1)))


@pytest.fixture(params=[session, bystander])
def engine(request: pytest.FixtureRequest) -> Session | Bystander:
    make: Callable[[], Session | Bystander] = request.param
    it = make()
    it.start(0.0)
    return it


def events(engine: AnySession) -> list[object]:
    return list(iter(engine.next_event, None))


def outcome(status: int, obstacle: Obstacle | None = None, via: str = "Via: x\r\n") -> Outcome:
    response = parse(f"SIP/2.0 {status} Whatever\r\n{via}Content-Length: 0\r\n\r\n".encode())
    assert isinstance(response, Response)
    return Outcome(response, was_challenged=False, obstacle=obstacle)


def test_what_comes_to_nothing_is_counted_by_whose_fault_it_is(
    engine: Session | Bystander, caplog: pytest.LogCaptureFixture
) -> None:
    for source in (STRANGER, PBX, STRANGER, PBX, PBX):
        engine.receive(b"rubbish", source, 1.0)
    assert engine.dropped == Dropped(strangers=2, not_understood=3)
    lines = [line for line in caplog.messages if "dropped" in line]
    assert lines == [f"datagram from {STRANGER} dropped: neither PBX nor phone"]
    assert sum("not understood" in line for line in caplog.messages) == 3


def test_the_end_is_told_once_and_nothing_is_heard_behind_it(engine: Session | Bystander) -> None:
    engine.stop(1.0)
    engine.stop(1.1)
    engine.handle_timeout(3.0)
    told = events(engine)
    engine.handle_timeout(4.0)
    assert told.count(Stopped()) == 1
    assert told[-2:] == [SessionChanged(SessionState.STOPPED), Stopped()]
    engine.packets_to_send()
    for source in (PBX, STRANGER):
        engine.receive(b"rubbish", source, 5.0)
    engine.transport_failed(PBX, "refused", 5.0)
    assert (engine.packets_to_send(), events(engine)) == ([], [])
    assert engine.dropped == Dropped()
    assert engine.next_timeout() is None


def test_another_policy_reaches_the_lamps_too(engine: Session | Bystander) -> None:
    policy = Policy(silence_is_free=True)
    engine.policy = policy
    assert engine.policy is policy
    assert engine._lamps.policy is policy


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (outcome(408, via=""), Trouble.NO_ANSWER),
        (outcome(401), Trouble.UNAUTHORIZED),
        (outcome(401, Obstacle.UNKNOWN), Trouble.UNKNOWN_PROOF),
        (outcome(401, Obstacle.WEAKER), Trouble.WEAKER_PROOF),
        (outcome(302, Obstacle.ELSEWHERE), Trouble.ELSEWHERE),
        (outcome(403), Trouble.FORBIDDEN),
        (outcome(500), Trouble.REJECTED),
    ],
)
def test_a_failure_is_told_by_what_stood_in_the_way(answer: Outcome, trouble: Trouble) -> None:
    assert trouble_of(answer) is trouble
