"""`callctrl watch` against `callctrl simulate`: two programs, a real socket, scripts of lines.

What is typed at `watch` is what she does on the PC; what is typed at `simulate` is the world
outside, or a hand on the phone's own keys. Each step waits for the state it must lead to.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Self

import pytest

from callctrl.simulator import NotifyForm

CALLCTRL = [sys.executable, "-m", "callctrl"]
DEADLINE = 60.0
"""Seconds after which what must come has not: far more than the slowest machine needs."""


class Program:
    """A running `callctrl`: lines in, lines out."""

    def __init__(self, *arguments: str, password: str) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [*CALLCTRL, *arguments, "--password-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,  # in the encoding of the system, which both ends know
        )
        self._coming: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.type(password)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.type("quit")
        try:
            self._process.wait(DEADLINE)
        finally:
            self._process.kill()
            self._reader.join()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
        assert self._process.returncode == 0

    def type(self, line: str) -> None:
        """A line of input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def until(self, is_wanted: Callable[[str], bool], what: str) -> str:
        """Wait for a line; the ones before it are kept too."""
        while True:
            try:
                line = self._coming.get(timeout=DEADLINE)
            except queue.Empty:
                line = None
            assert line is not None, f"{what} never came:\n" + "\n".join(self.lines[-20:])
            self.lines.append(line)
            if is_wanted(line):
                return line

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._coming.put(line.rstrip("\n"))
        self._coming.put(None)


class Desk:
    """Both programs, and what `watch` told."""

    def __init__(self, pbx: Program, watch: Program) -> None:
        self.pbx = pbx
        self.watch = watch

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.watch.lines]

    def until(self, **wanted: object) -> dict[str, Any]:
        """Wait for the next event with these values."""
        found = self.watch.until(
            lambda line: wanted.items() <= json.loads(line).items(), f"an event with {wanted}"
        )
        event: dict[str, Any] = json.loads(found)
        return event


@pytest.fixture(scope="module", name="desk", params=[form.value for form in NotifyForm])
def programs(request: pytest.FixtureRequest) -> Iterator[Desk]:
    arguments = ["--port", "0", "--notify", request.param, "--seed", "1"]
    with Program("simulate", *arguments, password="sesame-4321") as pbx:
        port = pbx.until(lambda line: "SPA9000 at" in line, "the address").split(",")[0]
        place = f"127.0.0.1:{port.rpartition(':')[2]}"
        phone = ["--pbx", place, "--extension", "200", "--station", "FrontDesk"]
        with Program(
            "watch", *phone, "--local-port", "0", "--json", password="sesame-4321"
        ) as watch:
            desk = Desk(pbx, watch)
            desk.until(event="subscription", state="active")
            yield desk


Step = tuple[str, str, str]
"""Who, the line typed, and the call number and state it must lead to."""

JOURNEYS: dict[str, tuple[Step, ...]] = {
    "ring, answer, hold, resume, hang up": (
        ("pbx", 'ring 5551234 "Anna Lee"', "1 ringing"),
        ("watch", "answer", "1 connected"),
        ("watch", "hold", "1 held"),
        ("watch", "resume", "1 connected"),
        ("watch", "hangup", "1 ended"),
    ),
    "second call": (
        ("pbx", "ring 5551234", "1 ringing"),
        ("watch", "answer", "1 connected"),
        ("pbx", "ring 5550199", "2 ringing"),
        ("watch", "answer 2", "2 connected"),
        ("watch", "hangup 2", "2 ended"),
        ("watch", "resume", "1 connected"),
        ("watch", "hangup", "1 ended"),
    ),
    "reject": (
        ("pbx", "ring 5551234", "1 ringing"),
        ("watch", "reject", "1 ended"),
    ),
    "divert": (
        ("pbx", "ring 5551234", "1 ringing"),
        ("watch", "divert 301", "1 ended"),
    ),
    "dial, answered": (
        ("watch", "dial 5557788", "1 connected"),
        ("watch", "hangup", "1 ended"),
    ),
    "dial, busy": (
        ("watch", "dial 5550486", "1 failed"),
        ("watch", "hangup", "1 ended"),
    ),
    "dial, unanswered": (
        ("watch", "dial 5550480", "1 proceeding"),
        ("watch", "hangup", "1 ended"),
    ),
    "far end hangs up": (
        ("pbx", "ring 5551234", "1 ringing"),
        ("watch", "answer", "1 connected"),
        ("pbx", "far-hangup", "1 failed"),
        ("watch", "hangup", "1 ended"),
    ),
    "caller gives up": (
        ("pbx", "ring 5551234", "1 ringing"),
        ("pbx", "give-up 5551234", "1 ended"),
    ),
    "keypad used": (
        ("pbx", "ring 5551234", "1 ringing"),
        ("pbx", "answer", "1 connected"),
        ("pbx", "hold", "1 held"),
        ("pbx", "resume", "1 connected"),
        ("pbx", "hangup", "1 ended"),
        ("pbx", "dial 5557788", "1 connected"),
        ("pbx", "hangup", "1 ended"),
    ),
}

STATES = {
    "ring, answer, hold, resume, hang up": (
        "1 ringing, 1 answering, 1 connected, 1 holding, 1 held, 1 resuming, 1 connected, 1 ended"
    ),
    "second call": (
        "1 ringing, 1 answering, 1 connected, 2 ringing, 1 holding, 2 answering, 1 held, "
        "2 connected, 2 ended, 1 resuming, 1 connected, 1 ended"
    ),
    "reject": "1 ringing, 1 ended",
    "divert": "1 ringing, 1 ended",
    "dial, answered": "1 dialing, 1 calling, 1 proceeding, 1 connected, 1 ended",
    "dial, busy": "1 dialing, 1 calling, 1 failed, 1 ended",
    "dial, unanswered": "1 dialing, 1 calling, 1 proceeding, 1 ended",
    "far end hangs up": "1 ringing, 1 answering, 1 connected, 1 failed, 1 ended",
    "caller gives up": "1 ringing, 1 ended",
    "keypad used": (
        "1 ringing, 1 answering, 1 connected, 1 holding, 1 held, 1 resuming, 1 connected, 1 ended, "
        "1 dialing, 1 calling, 1 proceeding, 1 connected, 1 ended"
    ),
}


@pytest.mark.parametrize("name", JOURNEYS)
def test_every_state_is_printed_in_order(desk: Desk, name: str) -> None:
    seen = len(desk.events)
    typed = []
    for who, line, state in JOURNEYS[name]:
        {"pbx": desk.pbx, "watch": desk.watch}[who].type(line)
        call_id, wanted = state.split()
        desk.until(event="call", id=call_id, state=wanted)
        if who == "watch":
            typed.append(line.split()[0])
    events = desk.events[seen:]
    calls = [f"{each['id']} {each['state']}" for each in events if each["event"] == "call"]
    assert ", ".join(calls) == STATES[name]
    commands = [each for each in events if each["event"] == "command"]
    assert [(each["command"], each["status"]) for each in commands] == [
        (verb, 200) for verb in typed
    ]


def test_who_calls_is_printed_with_every_state(desk: Desk) -> None:
    seen = len(desk.events)
    desk.pbx.type('ring 5550199 "Bäckerei Öztürk"')
    desk.until(event="call", state="ringing")
    desk.watch.type("answer")
    desk.until(event="call", state="connected")
    desk.watch.type("hangup")
    desk.until(event="call", state="ended")
    parties = {
        (each["name"], each["number"], each["direction"])
        for each in desk.events[seen:]
        if each["event"] == "call"
    }
    assert parties == {("Bäckerei Öztürk", "5550199", "incoming")}


def test_the_phone_system_tells_where_a_call_was_diverted_to(desk: Desk) -> None:
    desk.pbx.type("ring 5551234")
    desk.until(event="call", state="ringing")
    desk.watch.type("divert 1 301")
    desk.until(event="call", state="ended")
    desk.pbx.until(lambda line: line.endswith(" orders reject call 1 to 301"), "the diversion")


def test_an_order_for_a_call_that_is_not_there_is_refused_with_a_reason(desk: Desk) -> None:
    desk.watch.type("answer 3")
    refused = desk.until(event="command", command="answer")
    assert refused["status"] == 481
    assert refused["reason"].startswith("there is no such call any more")


def test_a_call_the_phone_forgot_by_restarting_is_cleared_and_said_so(desk: Desk) -> None:
    for line in ("ring 5551234", "answer", "ring 5550199"):
        desk.pbx.type(line)
    desk.until(event="call", id="2", state="ringing")
    desk.pbx.type("reboot phone")
    restarted = desk.until(event="phone-restarted")
    assert restarted["ended"] == 2
    ended = [each["id"] for each in desk.events[-3:] if each.get("state") == "ended"]
    assert ended == ["1", "2"]
