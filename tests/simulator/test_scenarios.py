"""Scripts of console commands."""

from __future__ import annotations

import pytest

from callctrl.simulator import (
    PBX_SCENARIOS,
    PEOPLE,
    SCENARIOS,
    Console,
    Player,
    Spa9000,
    Step,
)
from callctrl.simulator.events import Reported
from callctrl.simulator.pbx import Pbx, PbxConfig
from callctrl.simulator.pbx.console import PbxConsole

from .peer import Peer, seeded, simulator


def actors(name: str) -> tuple[Spa9000 | Pbx, Console | PbxConsole]:
    """Who plays a story, and the console to prompt them."""
    if name in PBX_SCENARIOS:
        pbx = Pbx(PbxConfig(), seeded())
        return pbx, PbxConsole(pbx)
    spa = simulator()
    return spa, Console(spa)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_line_of_every_scenario_can_be_carried_out(name: str) -> None:
    spa, console = actors(name)
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


def played(name: str) -> list[str]:
    """What the phone said in a story: call number, state and number of the other party."""
    spa = simulator()
    console, player = Console(spa), Player(SCENARIOS[name], 0.0)
    said = []

    def listen() -> None:
        while (event := spa.next_event()) is not None:
            if isinstance(event, Reported):
                said.append(f"{event.call} {event.state} {event.party.split(' ')[-1]}")

    while (when := player.next_timeout()) is not None:
        while (due := spa.next_timeout()) is not None and due <= when:
            spa.handle_timeout(due)
        for line in player.due(when):
            console.execute(line, when)
        listen()
    return said


def test_in_practice_nobody_presses_the_phones_keys() -> None:
    assert {step.line.split()[0] for step in SCENARIOS["practice"]} == {"ring", "give-up", "bye"}


def test_in_practice_callers_give_up_by_themselves() -> None:
    said = played("practice")
    ringing = [line for line in said if " ringing " in line]
    assert len(ringing) == 9
    assert {line.split()[1] for line in said} == {"ringing", "idle"}


def test_who_was_answered_in_practice_is_not_cut_off_for_being_impatient() -> None:
    spa = simulator()
    console = Console(spa)
    console.execute("ring 5551234", 0.0)
    console.execute("answer", 1.0)
    console.execute("give-up 5551234", 2.0)
    assert [call.state.value for call in spa.phone.calls] == ["connected"]
    console.execute("bye 5551234", 3.0)
    assert [call.state.value for call in spa.phone.calls] == ["invalid"]


def test_who_gives_up_is_the_one_with_that_number() -> None:
    spa = simulator()
    console = Console(spa)
    for line in ("ring 5551234", "ring 5550199", "give-up 5551234", "bye 5557788"):
        assert console.execute(line, 0.0) == []
    assert [call.number for call in spa.phone.calls] == ["5550199"]


def test_of_two_calls_with_that_number_the_later_one_is_given_up() -> None:
    spa = simulator()
    console = Console(spa)
    console.execute("ring 5551234", 0.0)
    (first,) = spa.phone.calls
    console.execute("ring 5551234", 0.0)
    console.execute("give-up 5551234", 0.0)
    assert spa.phone.calls == [first]


def test_rush_hour_has_what_a_busy_morning_has() -> None:
    said = played("rush-hour")
    assert SCENARIOS["rush-hour"][-1].at < 240
    numbers = [line.split()[2] for line in said if " ringing " in line]
    assert {person.number.replace(" ", "") for person in PEOPLE} < set(numbers)
    assert len(numbers) > len(set(numbers))  # somebody calls twice
    states = [line.rpartition(" ")[0] for line in said]
    two_at_once = states.index("2 ringing", states.index("2 idle"))
    assert states[two_at_once - 1] == "1 ringing"
    assert "1 holding" in states
    assert states[-1] == "1 idle"


def test_rush_hour_leaves_one_call_to_whoever_watches() -> None:
    spa = simulator()
    console, player = Console(spa), Player(SCENARIOS["rush-hour"], 0.0)
    missed = set()
    while (when := player.next_timeout()) is not None:
        while (due := spa.next_timeout()) is not None and due <= when:
            spa.handle_timeout(due)
        for line in player.due(when):
            ringing = {call.number for call in spa.phone.calls if call.state.value == "ringing"}
            console.execute(line, when)
            if line.startswith("give-up") and line.split()[1] in ringing:
                missed.add(line.split()[1])
    assert missed == {"5557788", "+16465550147", "+12125550188"}
    assert spa.phone.calls == []


def test_the_office_is_at_the_end_as_at_the_beginning() -> None:
    """So that the story can be played on and on."""
    pbx = Pbx(PbxConfig(), seeded())
    console, player = PbxConsole(pbx), Player(SCENARIOS["sip-pbx"], 0.0)
    states: set[str] = set()
    while (when := player.next_timeout()) is not None:
        while (due := pbx.next_timeout()) is not None and due <= when:
            pbx.handle_timeout(due)
        for line in player.due(when):
            console.execute(line, when)
        states |= {leg.state.value for each in pbx.office.phones.values() for leg in each.legs}
    phones = pbx.office.phones.values()
    assert states == {"trying", "early", "confirmed"}
    assert [each.number for each in phones if each.legs or not each.is_there] == []
    assert [each.messages[0] for each in phones] == [0] * 12
