"""A place that has failed is asked by OPTIONS (RFC 3261 section 11) whether it is back."""

from __future__ import annotations

from random import Random

import pytest

from callctrl.simulator.answers import Answer, write_response
from callctrl.sip.message import Request, parse
from callctrl.sip.packets import Address
from callctrl.sip.probe import Probe
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent

BEST = Address("192.168.1.10", 6060)
OTHER = Address("192.168.1.11", 6060)


class Watch:
    """A probe, its user agent, and what it was told."""

    def __init__(self) -> None:
        self.agent = UserAgent(
            local=Address("192.168.1.50", 5060),
            remote=OTHER,
            contact_user="RECEPTION",
            product="Call Ctrl",
            tokens=Tokens(Random(1)),
        )
        self.answered: list[tuple[Address, float]] = []
        self.probe = Probe(
            self.agent,
            user="RECEPTION",
            host="pbx.example",
            port=6060,
            on_answer=lambda place, now: self.answered.append((place, now)),
        )

    def asked_at(self, until: float) -> list[float]:
        """The instants of the next requests."""
        asked = []
        while (when := self.probe.next_timeout()) is not None and when <= until:
            self.probe.handle_timeout(when)
            asked.append(when)
        return asked

    def sent(self) -> Request:
        """The request that went out last."""
        packet = self.agent.packets_to_send()[-1]
        assert packet.remote == BEST
        request = parse(packet.data)
        assert isinstance(request, Request)
        return request

    def answer(self, status: int, now: float) -> None:
        answer = write_response(self.sent(), Answer(status), "tag")
        self.agent.receive(answer.to_bytes(), BEST, now)


def test_it_asks_each_minute_outside_any_dialog() -> None:
    watch = Watch()
    assert watch.probe.next_timeout() is None
    watch.probe.begin(BEST, 100.0)
    watch.probe.begin(BEST, 130.0)  # it is watched already
    assert watch.asked_at(300.0) == [160.0, 220.0, 280.0]
    request = watch.sent()
    assert (request.method, request.uri, request.to_tag) == (
        "OPTIONS", "sip:pbx.example:6060", None,
    )  # fmt: skip


def test_an_early_clock_asks_nothing() -> None:
    watch = Watch()
    watch.probe.begin(BEST, 100.0)
    watch.probe.handle_timeout(159.9)
    assert watch.agent.packets_to_send() == []


@pytest.mark.parametrize(("status", "is_back"), [(200, True), (404, True), (503, False)])
def test_whatever_it_says_will_do_but_that_it_is_out_of_service(status: int, is_back: bool) -> None:
    """RFC 3263 section 4.3: 503 is a failure."""
    watch = Watch()
    watch.probe.begin(BEST, 0.0)
    watch.probe.handle_timeout(60.0)
    watch.answer(status, 60.5)
    assert watch.answered == ([(BEST, 60.5)] if is_back else [])


@pytest.mark.parametrize("status", [100, 180])
def test_a_provisional_answer_is_none(status: int) -> None:
    watch = Watch()
    watch.probe.begin(BEST, 0.0)
    watch.probe.handle_timeout(60.0)
    watch.answer(status, 60.5)
    assert watch.answered == []


def test_silence_is_no_answer() -> None:
    watch = Watch()
    watch.probe.begin(BEST, 0.0)
    watch.probe.handle_timeout(60.0)
    while (when := watch.agent.next_timeout()) is not None:
        watch.agent.handle_timeout(when)
    assert watch.answered == []


def test_once_ended_it_asks_no_more() -> None:
    watch = Watch()
    watch.probe.begin(BEST, 0.0)
    watch.probe.end()
    assert watch.probe.next_timeout() is None
    watch.probe.handle_timeout(60.0)
    assert watch.agent.packets_to_send() == []


def test_a_place_that_is_of_no_use_is_spared_for_longer_each_time_up_to_an_hour() -> None:
    watch = Watch()
    pauses = []
    for _ in range(8):
        watch.probe.begin(BEST, 0.0)
        pauses.append(watch.probe.next_timeout())
        watch.probe.end()
    assert pauses == [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0]
    watch.probe.settle()
    watch.probe.begin(BEST, 0.0)
    assert watch.probe.next_timeout() == 60.0
