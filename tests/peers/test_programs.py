"""`callctrl check` and `callctrl watch`, as they are started from a command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callctrl.headless.programs import ExitCode
from callctrl.sip.packets import Address
from tests.peers.kamailio import Kamailio
from tests.peers.program import HERE, Program, callctrl, free_ports, until
from tests.peers.sipp import Sipp


def account(port: int, user: str) -> list[str]:
    """The arguments that name a user of kamailio."""
    place = ["--pbx", f"{HERE}:{port}", "--local-port", "0"]
    return [*place, "--extension", user, "--computer", user, "--station", "1004"]


@pytest.mark.parametrize(
    ("user", "password", "statuses", "code"),
    [
        ("1001", "pw1001", (200, 489), ExitCode.FORBIDDEN),
        ("1001", "wrong", (401, 401), ExitCode.UNAUTHORIZED),
        ("7777", "pw7777", (403, 403), ExitCode.FORBIDDEN),
        ("1008", "pw1008", (403, 403), ExitCode.FORBIDDEN),
    ],
    ids=["no such event", "wrong password", "unknown user", "blocked user"],
)
def test_check_tells_what_kamailio_thinks_of_us(
    kamailio: Kamailio,
    tmp_path: Path,
    user: str,
    password: str,
    statuses: tuple[int, int],
    code: ExitCode,
) -> None:
    """The SUBSCRIBE follows whatever became of the REGISTER (protocol.md S27)."""
    arguments = [*account(kamailio.port, user), "--json"]
    with callctrl(tmp_path, "check", *arguments, password=password) as check:
        until(lambda: check.exit_code is not None, "the end of callctrl check")
        told = json.loads(check.log)
        assert (told["register"]["status"], told["subscribe"]["status"]) == statuses
        assert check.exit_code == code


class Watch:
    """`callctrl watch` at a PBX that lets it in."""

    def __init__(self, folder: Path, pbx: Sipp) -> None:
        self.address = Address(HERE, free_ports())
        arguments = ["--pbx", f"{HERE}:{pbx.address.port}", "--extension", "200"]
        arguments += ["--station", "FrontDesk", "--computer", "RECEPTION"]
        arguments += ["--local-port", str(self.address.port), "--json"]
        self.program = callctrl(folder, "watch", *arguments, password="4321")

    def until(self, **wanted: object) -> dict[str, Any]:
        """Wait for an event with these values."""

        def look() -> dict[str, Any] | None:
            for line in self.program.log.splitlines():
                event: dict[str, Any] = json.loads(line)
                if wanted.items() <= event.items():
                    return event
            return None

        return until(look, f"an event with {wanted}")


@pytest.fixture(name="watch")
def watch_at_a_spa9000(tmp_path: Path) -> Iterator[Watch]:
    with Sipp(tmp_path / "pbx", "spa9000", runs=2) as pbx:
        watch = Watch(tmp_path / "watch", pbx)
        with watch.program:
            watch.until(event="subscription", state="active")
            yield watch
            watch.program.type("quit")
            until(lambda: watch.program.exit_code is not None, "the end of callctrl watch")
            assert watch.program.exit_code == 0
            until(lambda: pbx.exit_code is not None, "the end of the scenario")
            assert pbx.exit_code == 0


def test_watch_tells_of_a_call(watch: Watch) -> None:
    call = watch.until(event="call", state="ringing")
    assert (call["name"], call["number"]) == ("Anna Lee", "5551234")


def test_sipsak_finds_watch_alive(watch: Watch, tmp_path: Path) -> None:
    """RFC 3261 section 11: OPTIONS."""
    uri = f"sip:RECEPTION@{watch.address.host}:{watch.address.port}"
    with Program(tmp_path / "sipsak", "sipsak", "-v", "-s", uri) as sipsak:
        until(lambda: sipsak.exit_code is not None, "the end of sipsak")
        assert sipsak.exit_code == 0, sipsak.log


def test_watch_answers_what_a_pbx_may_ask(watch: Watch, tmp_path: Path) -> None:
    """RFC 3261 sections 8.2 and 11, RFC 6665 sections 4.1.3 and 8.3.2."""
    with Sipp(tmp_path / "questions", "questions", remote=watch.address) as questions:
        until(lambda: questions.exit_code is not None, "the end of the questions")
        assert questions.exit_code == 0


def test_watch_stands_aside_where_a_call_is_forked_to_it(watch: Watch, tmp_path: Path) -> None:
    """RFC 3261 sections 17.2.1 (480 until the ACK) and 8.2.2.2 (merged requests)."""
    with Sipp(tmp_path / "fork", "fork", remote=watch.address) as fork:
        until(lambda: fork.exit_code is not None, "the end of the forked call")
        assert fork.exit_code == 0
