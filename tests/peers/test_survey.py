"""`callctrl check` and `callctrl abilities` of a phone at kamailio: asked once, and ended again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callctrl.headless.programs import ExitCode
from tests.peers.kamailio import Kamailio
from tests.peers.program import HERE, callctrl, until


def asked(
    command: str, kamailio: Kamailio, folder: Path, *options: str, user: str, password: str
) -> tuple[int | None, dict[str, Any]]:
    """What the program says of phone 1002, with its exit code."""
    place = ["--kind", "sip", "--pbx", f"{HERE}:{kamailio.port}", "--local-port", "0"]
    arguments = [*place, "--user", user, "--my-phone", "1002", "--json", *options]
    with callctrl(folder, command, *arguments, password=password) as program:
        until(lambda: program.exit_code is not None, f"the end of callctrl {command}")
        told: dict[str, Any] = json.loads(program.log)
        return program.exit_code, told


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_good_account_is_ready(kamailio: Kamailio, tmp_path: Path, transport: str) -> None:
    code, told = asked(
        "check", kamailio, tmp_path, "--transport", transport, user="1001", password="pw1001"
    )
    assert (code, told["verdict"]) == (ExitCode.FINE, "ready")
    assert told["register"] is None
    assert told["subscribe"]["status"] == 200


@pytest.mark.parametrize(
    ("user", "password", "status", "code"),
    [
        ("1001", "wrong", 401, ExitCode.UNAUTHORIZED),
        ("7777", "pw7777", 403, ExitCode.FORBIDDEN),
    ],
)
def test_a_refusal_is_told(
    kamailio: Kamailio, tmp_path: Path, user: str, password: str, status: int, code: ExitCode
) -> None:
    ended, told = asked("check", kamailio, tmp_path, user=user, password=password)
    assert told["subscribe"]["status"] == status
    assert ended == code


def test_what_kamailio_offers_is_listed(kamailio: Kamailio, tmp_path: Path) -> None:
    """It grants everything, and tells nothing of phones that are not there."""
    code, told = asked(
        "abilities", kamailio, tmp_path, "--lamp", "1003", user="1001", password="pw1001"
    )
    assert code == ExitCode.FINE
    assert told["system"].startswith("kamailio")
    abilities = {row["sight"]: (row["ability"], row["status"]) for row in told["sees"]}
    sights = ("calls", "colleagues", "presence", "messages")
    assert abilities == dict.fromkeys(sights, ("untested", 200))
    assert told["does"][0] == {"action": "dial", "ability": "untested"}
