"""Commands by hand."""

from __future__ import annotations

import pytest

from callctrl.simulator import Console, Network, NotifyForm, Weather
from callctrl.simulator.config import Masking

from .peer import Peer, seeded, simulator


def console() -> Console:
    spa = simulator()
    return Console(spa, Network(spa, seeded()))


def test_plays_a_whole_call() -> None:
    spa = simulator()
    desk = Console(spa)
    for line in ('ring 5551234 "Anna Lee" 2', "answer", "hold", "resume 2", "far-hangup", "hangup"):
        assert desk.execute(line, 0.0) == []
        spa.handle_timeout(1.0)
    assert spa.phone.calls == []
    said = []
    while (event := spa.next_event()) is not None:
        said.append(str(event))
    assert said[0] == "call 2 ringing Anna Lee 5551234"
    assert said[-1] == "call 2 idle Anna Lee 5551234"


def test_reports_go_out_at_once() -> None:
    spa = simulator()
    network = Network(spa, seeded())
    peer = Peer(network)
    peer.log_in()
    peer.subscribe()
    Console(spa, network).execute("ring 5551234", 0.0)
    peer.collect()
    assert peer.states[-1] == "1 ringing"


def test_rejects_and_dials() -> None:
    spa = simulator()
    desk = Console(spa)
    assert desk.execute("ring 1", 0) == []
    assert desk.execute("reject", 0) == []
    assert desk.execute("dial 5551480 3", 0) == []
    spa.handle_timeout(0.1)
    assert desk.execute("far-answer 3", 0.2) == []
    assert [(call.id, call.state.value) for call in spa.phone.calls] == [(3, "connected")]


def test_says_when_there_is_nothing_to_do_it_to() -> None:
    desk = console()
    assert desk.execute("answer", 0.0) == ["there is no call to do that to"]
    assert desk.execute("ring 1 '' 9", 0.0) == ["no line is free"]


def test_knobs_turn() -> None:
    spa = simulator()
    network = Network(spa, seeded())
    desk = Console(spa, network)
    for line in (
        "forbid on", "silence on", "crooked on", "cti off", "challenge on", "picture off",
        "expiry 5 10", "notify foreign", "mask stars",
        "loss 30%", "delay 0.2", "duplicate 0.1", "reorder 1",
    ):  # fmt: skip
        assert desk.execute(line, 0.0) == []
    config = spa.config
    assert config.forbid
    assert config.silent
    assert config.crooked
    assert not config.cti_enabled
    assert config.challenge_controls
    assert not config.picture_first
    assert (config.registration_expires, config.subscription_expires) == (5, 10)
    assert config.notify_form is NotifyForm.FOREIGN
    assert config.masking is Masking.STARS
    assert network.weather == Weather(loss=0.3, delay=0.2, duplicate=0.1, reorder=1.0)


def test_password_changes_without_being_printed() -> None:
    spa = simulator()
    desk = Console(spa)
    printed = desk.execute("password s3cret", 0.0) + desk.execute("status", 0.0)
    assert spa.config.password == "s3cret"
    assert "s3cret" not in "\n".join(printed)
    assert "extension 200: FailedAuthenticate" in printed
    desk.execute("password none", 0.0)
    assert spa.config.password == ""
    assert Peer(spa).register().status == 200


@pytest.mark.parametrize("line", ['password "s3cret', "password s3cret s3cret", "pasword s3cret"])
def test_misspelt_password_command_does_not_print_it(line: str) -> None:
    assert "s3cret" not in "\n".join(console().execute(line, 0.0))


def test_reboots() -> None:
    spa = simulator()
    peer = Peer(spa)
    peer.log_in()
    spa.phone.ring("1", now=0.0)
    desk = Console(spa)
    assert desk.execute("reboot pbx", 0.0) == ["back in 5 s"]
    assert desk.execute("reboot phone", 0.0) == ["back in 5 s"]
    assert spa.bindings == []
    assert spa.phone.calls == []


def test_status_tells_who_is_there() -> None:
    spa = simulator()
    network = Network(spa, seeded())
    peer = Peer(network)
    peer.log_in()
    peer.subscribe()
    desk = Console(spa, network)
    desk.execute('ring 5551234 "Anna Lee"', 0.0)
    assert desk.execute("status", 10.0) == [
        "SPA9000 192.168.1.10:6060, password set",
        "extension 200: Registered",
        "registered: RECEPTION at UDP 192.168.1.50:5060 for 50 s",
        "watching: RECEPTION for 3590 s",
        "call 1: ringing Anna Lee 5551234",
        "notify dialog, expiry 60 s",
        "on: cti, picture",
        "loss 0, delay 0, duplicate 0, reorder 0",
    ]


def test_quit_ends_it() -> None:
    desk = console()
    assert not desk.is_over
    assert desk.execute("QUIT", 0.0) == ["bye"]
    assert desk.is_over


def test_help_lists_every_command() -> None:
    lines = console().execute("help", 0.0)
    names = [line.split()[0] for line in lines]
    for name in (
        "help", "ring", "answer", "reject", "hold", "resume", "hangup", "dial", "far-answer",
        "far-busy", "far-hangup", "password", "forbid", "silence", "loss", "delay", "duplicate",
        "reorder", "expiry", "notify", "crooked", "reboot", "status", "quit",
    ):  # fmt: skip
        assert name in names


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", []),
        ("   ", []),
        ("fly", ["unknown command 'fly'; `help` lists what there is"]),
        ("ring", ["usage: ring NUMBER [NAME] [LINE]"]),
        ("ring 1 a x", ["'x' is no call or line; usage: ring NUMBER [NAME] [LINE]"]),
        ('ring 1 "Anna', ["a quotation mark is missing its other half"]),
        ("answer 1 2", ["usage: answer [CALL]"]),
        ("forbid perhaps", ["usage: forbid on|off"]),
        ("loss 2", ["expected a number from 0 to 1; usage: loss SHARE"]),
        ("delay nan", ["expected a number from 0 to 60; usage: delay SECONDS"]),
        ("expiry 0", ["expected a number from 1 to 86400; usage: expiry SECONDS [SUBSCRIPTION]"]),
        ("notify post", ["usage: notify dialog|foreign"]),
        ("reboot cat", ["usage: reboot pbx|phone"]),
        ("status now", ["usage: status"]),
    ],
)
def test_misuse_is_explained_in_one_line(line: str, answer: list[str]) -> None:
    assert console().execute(line, 0.0) == answer


def test_without_a_network_there_is_none_to_make_worse() -> None:
    assert Console(simulator()).execute("loss 1", 0.0) == ["there is no network to make worse"]


def test_apostrophe_is_no_quotation_mark() -> None:
    spa = simulator()
    Console(spa).execute("ring 5551234 O'Brien", 0.0)
    assert spa.phone.calls[0].name == "O'Brien"
