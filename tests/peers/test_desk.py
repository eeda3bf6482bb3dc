"""A desk at a PBX that is no SPA9000: its telephone as kamailio tells of it.

RFC 4235 (dialog), RFC 3863 (presence) and RFC 3842 (message-summary), over RFC 6665.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from callctrl.headless.programs import ExitCode
from callctrl.sip.packets import Address
from tests.peers.agent import Agent, Replied
from tests.peers.baresip import Baresip
from tests.peers.desk import Desk
from tests.peers.kamailio import REALM, Kamailio, password_of
from tests.peers.program import HERE, callctrl, eventually, free_ports
from tests.peers.sipp import Sipp
from tests.peers.test_kamailio import MWI, MWI_FIELDS

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


async def test_two_calls_at_once_are_shown_and_none_comes_to_the_program(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 4235 section 4.1: both are told of in one document, which kamailio often sends twice."""
    async with (
        Baresip(tmp_path / "mine", "1002", kamailio.port) as mine,
        Baresip(tmp_path / "first", "1003", kamailio.port) as first,
        Baresip(tmp_path / "second", "1004", kamailio.port) as second,
        Desk(tmp_path / "desk", kamailio) as desk,
    ):
        await desk.hear(event="phone", there=True)
        await first.order("dial", f"sip:1002@{REALM}")
        await mine.hear(type="CALL_INCOMING")
        call = await desk.hear(event="call", state="ringing", direction="incoming", number="1003")
        await mine.order("accept")
        await desk.hear(event="call", state="connected", id=call["id"])
        await second.order("dial", f"sip:1002@{REALM}")
        await mine.hear(type="CALL_INCOMING")
        other = await desk.hear(event="call", state="ringing", direction="incoming", number="1004")
        await second.order("hangup")
        await desk.hear(event="call", state="ended", id=other["id"])
        await first.order("hangup")
        await desk.hear(event="call", state="ended", id=call["id"])
        desk.type("calls")
        assert (await desk.hear(event="calls"))["calls"] == []
    assert desk.exit_code == 0
    assert not [event for event in desk.unread if event["event"] == "call"]  # none told twice
    assert "\nNOTIFY sip:" in desk.log
    assert not re.findall(r"^(?:INVITE|REGISTER) .*", desk.log, re.MULTILINE)


async def test_a_call_of_ones_own_is_shown_from_its_first_digit_on(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 4235 section 3.7.1: Trying, which kamailio writes with a capital."""
    async with (
        Baresip(tmp_path / "mine", "1005", kamailio.port) as mine,
        Baresip(tmp_path / "called", "1006", kamailio.port) as called,
        Desk(tmp_path / "desk", kamailio, phone="1005") as desk,
    ):
        await desk.hear(event="phone", there=True)
        await mine.order("dial", f"sip:1006@{REALM}")
        await called.hear(type="CALL_INCOMING")
        first = await desk.hear(event="call", direction="outgoing", number="1006")
        await called.order("accept")
        await desk.hear(event="call", state="connected", id=first["id"])
        await mine.order("hangup")
        await desk.hear(event="call", state="ended", id=first["id"])
    assert "<state>Trying</state>" in desk.log


async def test_a_phone_that_is_switched_off_is_seen_to_be_away(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 3863 section 4.1.4: closed."""
    async with Desk(tmp_path / "desk", kamailio, phone="1007") as desk:
        await desk.is_told("presence", "1007")
        async with Baresip(tmp_path / "mine", "1007", kamailio.port):
            await desk.hear(event="phone", there=True)
        await desk.hear(event="phone", there=False)


async def test_what_waits_in_the_mailbox_is_told(kamailio: Kamailio, tmp_path: Path) -> None:
    """RFC 3842 section 5.2, with who plays the messages."""
    async with (
        Desk(tmp_path / "desk", kamailio, phone="1005") as desk,
        Agent.at(kamailio, "1005", "UDP") as mailbox,
    ):
        await desk.is_told("message-summary", "1005")
        mailbox.ask("PUBLISH", "1005", MWI_FIELDS, MWI)
        assert (await mailbox.hear(Replied)).outcome.status == 200
        told = await desk.hear(event="messages")
        assert (told["new"], told["old"]) == (2, 8)


async def test_a_call_to_the_program_itself_is_refused_as_one_that_nobody_takes(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 3261 sections 17.2.1 (480 until the ACK) and 8.2.2.2 (merged requests)."""
    address = Address(HERE, free_ports())
    options = ["--local-port", str(address.port)]
    async with Desk(tmp_path / "desk", kamailio, *options, transport="udp") as desk:
        await desk.hear(event="subscription", state="active")
        with Sipp(tmp_path / "fork", "fork", remote=address) as fork:
            assert await fork.is_content()


async def test_what_became_of_a_call_that_was_dialled_is_told_in_words(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 3515 section 2.4.4."""
    async with (
        Baresip(tmp_path / "mine", "1009", kamailio.port, answers=True) as mine,
        Desk(tmp_path / "desk", kamailio, phone="1009") as desk,
    ):
        await desk.hear(event="phone", there=True)
        desk.type("dial 7777")
        await desk.hear(event="dial", number="7777", stage="answered")
        told = await desk.hear(event="command", command="dial", status=404)
        assert told["dial_failure"] == "no such number"
        assert "number" in told["reason"]
        await mine.is_quiet()


async def test_the_phones_own_account_is_refused_before_anything_is_sent(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 3261 section 10.3: with a binding of its own the program would be rung."""
    heard = kamailio.log.count("SUBSCRIBE")
    place = ["--kind", "sip", "--pbx", f"{HERE}:{kamailio.port}", "--local-port", "0"]
    arguments = [*place, "--user", "1002", "--my-phone", "1002"]
    with callctrl(tmp_path, "watch", *arguments, password=password_of("1002")) as watch:
        await eventually(lambda: watch.exit_code is not None, "the end of callctrl watch")
        assert watch.exit_code == ExitCode.WRONG_USAGE
        assert "the phone's own account" in watch.log
    assert kamailio.log.count("SUBSCRIBE") == heard


@pytest.mark.parametrize(
    ("user", "password", "status", "code"),
    [
        ("1001", "pw1001", 200, ExitCode.FINE),
        ("1001", "wrong", 401, ExitCode.UNAUTHORIZED),
        ("1008", "pw1008", 403, ExitCode.FORBIDDEN),
    ],
    ids=["let in", "wrong password", "blocked user"],
)
async def test_check_tells_whether_the_telephone_may_be_watched(
    kamailio: Kamailio, tmp_path: Path, user: str, password: str, status: int, code: ExitCode
) -> None:
    """RFC 6665 section 4.1.2.2; nobody is registered for it."""
    place = ["--kind", "sip", "--pbx", f"{HERE}:{kamailio.port}", "--local-port", "0"]
    arguments = [*place, "--user", user, "--my-phone", "1002", "--json"]
    with callctrl(tmp_path, "check", *arguments, password=password) as check:
        await eventually(lambda: check.exit_code is not None, "the end of callctrl check")
        told = json.loads(check.log)
        assert (told["register"], told["subscribe"]["status"]) == (None, status)
        assert check.exit_code == code
