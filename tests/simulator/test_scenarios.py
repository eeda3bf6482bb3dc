"""Scripts of console commands."""

from __future__ import annotations

import pytest

from callctrl.simulator import SCENARIOS, Console, Player, Step

from .peer import Peer, simulator


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_line_of_every_scenario_can_be_carried_out(name: str) -> None:
    spa = simulator()
    console = Console(spa)
    player = Player(SCENARIOS[name], 0.0)
    complaints = []
    while (when := player.next_timeout()) is not None:
        while (due := spa.next_timeout()) is not None and due <= when:
            spa.handle_timeout(due)
        for line in player.due(when):
            answers = console.execute(line, when)
            complaints += [each for each in answers if "usage" in each or "no " in each]
    assert complaints == []


def test_player_tells_each_line_once_and_in_order() -> None:
    player = Player([Step(2, "b"), Step(1, "a"), Step(5, "c")], start_at=100.0)
    assert player.next_timeout() == 101.0
    assert player.due(100.5) == []
    assert player.due(102.0) == ["a", "b"]
    assert player.next_timeout() == 105.0
    assert player.due(1000.0) == ["c"]
    assert player.next_timeout() is None
    assert player.due(2000.0) == []


def test_refused_makes_the_first_round_fail() -> None:
    spa = simulator()
    for line in Player(SCENARIOS["refused"], 0.0).due(0.0):
        Console(spa).execute(line, 0.0)
    peer = Peer(spa)
    assert peer.log_in().status == 401
    assert peer.subscribe().status == 403


def test_demo_shows_a_call_answered_held_resumed_and_ended() -> None:
    spa = simulator()
    peer = Peer(spa)
    peer.log_in()
    peer.subscribe()
    console, player = Console(spa), Player(SCENARIOS["demo"], 0.0)
    while (when := player.next_timeout()) is not None and when < 17:
        peer.run(when - peer.now)
        for line in player.due(when):
            console.execute(line, when)
    peer.run(1)
    assert peer.states == [
        "1 idle",
        "1 ringing",
        "1 answering",
        "1 connected",
        "1 holding",
        "1 hold",
        "1 resuming",
        "1 connected",
        "1 invalid",
        "1 idle",
    ]
