"""The way to the PBX (RFC 3263 section 4.3, RFC 5626); `test_session_life.py` has it in use."""

from __future__ import annotations

from random import Random

from callctrl.sip.framing import KEEP_ALIVE_PING
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address, Packet
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent
from callctrl.way import SessionSetup, Way

PC = Address("192.168.1.50", 5060, "TCP")
BEST = Address("192.168.1.10", 5060, "TCP")
OTHER = Address("192.168.1.11", 5060, "TCP")
ELSEWHERE = Address("192.168.1.12", 5060, "TCP")


class Traveller:
    """A way, and what it has told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []
        self.agent = UserAgent(
            local=PC, remote=BEST, contact_user="app", product="test", tokens=Tokens(Random(1))
        )
        self.way = Way(
            self.agent,
            SessionSetup(PC, BEST, places=(BEST, OTHER)),
            user="app",
            host="pbx",
            port=None,
            on_moved=lambda now: self.told.append(("moved", now)),
            on_back=lambda now: self.told.append(("back", now)),
            on_dead=lambda now: self.told.append(("dead", now)),
        )

    def sent(self, now: float) -> list[Packet]:
        self.way.handle_timeout(now, keep_alive=8.0)
        return self.way.packets_to_send() + self.agent.packets_to_send()

    def make_do_with_the_other(self) -> None:
        assert self.way.leave_place(0.0)
        self.way.watch_best(0.0)
        self.told.clear()


def answered(packet: Packet) -> bytes:
    request = parse(packet.data)
    assert isinstance(request, Request)
    kept = [field for field in request.headers if field[0] not in ("Contact", "Content-Length")]
    return Response(200, "OK", kept).to_bytes()


def test_the_best_place_that_answers_again_is_told_of() -> None:
    here = Traveller()
    here.make_do_with_the_other()
    (options,) = here.sent(60.0)
    assert options.remote == BEST
    here.agent.receive(answered(options), BEST, 60.1)
    assert here.told == [("back", 60.1)]


def test_an_answer_of_the_best_place_that_is_in_use_again_is_no_news() -> None:
    here = Traveller()
    here.make_do_with_the_other()
    (options,) = here.sent(60.0)
    assert not here.way.leave_place(60.05)
    assert here.told == [("moved", 60.05)]
    here.agent.receive(answered(options), BEST, 60.1)
    assert here.told == [("moved", 60.05)]


def test_a_place_of_before_is_watched_no_longer_where_there_are_others() -> None:
    here = Traveller()
    here.make_do_with_the_other()
    here.way.relocate(PC, OTHER, (ELSEWHERE, OTHER), None)
    here.way.watch_best(30.0)
    assert here.sent(60.0) == []
    assert [packet.remote for packet in here.sent(150.0)] == [ELSEWHERE]


def test_a_lost_way_is_not_opened_by_line_ends() -> None:
    """RFC 5626 section 4.5: it is opened behind a pause, with the next request."""
    here = Traveller()
    here.way.keep_open(8.0, 0.0)
    assert here.sent(8.0) == [Packet(KEEP_ALIVE_PING, BEST)]
    here.way.pause_after_loss(9.0)
    assert here.sent(16.0) == []
    assert here.way.next_timeout() is None
