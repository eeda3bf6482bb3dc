"""Lamps of colleagues at kamailio: by real calls, one subscription each or one list for all.

RFC 4235 (dialog), RFC 3863 (presence), RFC 4662 (lists), over RFC 6665.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.peers.baresip import Baresip
from tests.peers.desk import Desk
from tests.peers.kamailio import REALM, Kamailio
from tests.peers.lister import LIST, Lister
from tests.peers.program import eventually

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

LISTED = [str(number) for number in range(1002, 1102)]
"""A hundred colleagues, of whom most have no telephone."""


@pytest.fixture(scope="module", name="listing")
def kamailio_with_a_list(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kamailio]:
    folder = tmp_path_factory.mktemp("kamailio") / "listing"
    with Kamailio(folder, authority, colleagues=LISTED) as server:
        yield server


async def are_subscribed(desk: Desk, *colleagues: str) -> None:
    """Wait until kamailio has taken a subscription to each; its first word on a telephone is none.

    A change that comes just while it takes one it tells to nobody (docs/any-sip-pbx.md).
    """
    for who in colleagues:
        await desk.hear(event="lamp", who=who, state="unknown", doubt="no word")


async def test_lamps_follow_real_calls_two_at_once(kamailio: Kamailio, tmp_path: Path) -> None:
    """RFC 4235 section 4.1: each call of a telephone is told of, and the lamp tells of all."""
    async with (
        Baresip(tmp_path / "anna", "1003", kamailio.port) as anna,
        Baresip(tmp_path / "ben", "1004", kamailio.port) as ben,
        Baresip(tmp_path / "carl", "1005", kamailio.port) as carl,
        Desk(tmp_path / "desk", kamailio, "--lamp", "1003", "1004") as desk,
    ):
        await are_subscribed(desk, "1003", "1004")
        await anna.order("dial", f"sip:1004@{REALM}")
        await desk.hear(event="lamp", who="1003", state="busy", source="dialog")
        await desk.hear(event="lamp", who="1004", state="ringing", source="dialog")
        await ben.hear(type="CALL_INCOMING")
        await ben.order("accept")
        await desk.hear(event="lamp", who="1004", state="busy")
        await carl.order("dial", f"sip:1004@{REALM}")
        await ben.hear(type="CALL_INCOMING")
        await anna.order("hangup")
        await desk.hear(event="lamp", who="1003", state="free")
        await desk.hear(event="lamp", who="1004", state="ringing")
        await carl.order("hangup")
        await desk.hear(event="lamp", who="1004", state="free")


async def test_the_lamp_of_a_phone_that_is_switched_off_is_away_and_never_free(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 3863 section 4.1.4: closed."""
    async with Desk(tmp_path / "desk", kamailio, "--lamp", "1006") as desk:
        await desk.hear(event="lamp", who="1006", state="unknown", doubt="no word")
        await desk.is_told("presence", "1006")
        async with Baresip(tmp_path / "anna", "1006", kamailio.port):
            await eventually(lambda: f'entity="1006@{REALM}"' in desk.log, "that 1006 is there")
        await desk.hear(event="lamp", who="1006", state="away", source="presence")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_lamps_are_unknown_while_the_server_is_gone_and_true_when_it_is_back(
    tmp_path: Path, authority: trustme.CA, transport: str
) -> None:
    """RFC 6665 section 4.1.2.2: what was forgotten there is begun afresh.

    That nobody listens is noticed at once over TCP, and with the next line ends over UDP.
    """
    options = ["--lamp", "1003", "1004"]
    with Kamailio(tmp_path / "kamailio", authority) as kamailio:
        async with Desk(tmp_path / "desk", kamailio, *options, transport=transport) as desk:
            async with (
                Baresip(tmp_path / "before", "1003", kamailio.port) as anna,
                Baresip(tmp_path / "with", "1004", kamailio.port, answers=True),
            ):
                await are_subscribed(desk, "1003", "1004")
                await anna.order("dial", f"sip:1004@{REALM}")
                for who in ("1003", "1004"):
                    await desk.hear(event="lamp", who=who, state="busy")
                await asyncio.to_thread(kamailio.kill)
                for who in ("1003", "1004"):
                    await desk.hear(event="lamp", who=who, state="unknown", doubt="lost")
                await desk.hear(event="trouble", trouble="no answer")
            await asyncio.to_thread(kamailio.start)
            async with (
                Baresip(tmp_path / "anna", "1003", kamailio.port) as anna,
                Baresip(tmp_path / "ben", "1004", kamailio.port) as ben,
            ):
                await are_subscribed(desk, "1003", "1004")
                await anna.order("dial", f"sip:1004@{REALM}")
                await desk.hear(event="lamp", who="1004", state="ringing")
                await ben.hear(type="CALL_INCOMING")
                await ben.order("hangup")
                for who in ("1003", "1004"):
                    await desk.hear(event="lamp", who=who, state="free")


async def test_one_list_tells_of_a_hundred(listing: Kamailio, tmp_path: Path) -> None:
    """RFC 4662 section 5.2: the first document names them all, a later one who does something."""
    options = ["--lamp-list", "colleagues"]
    async with (
        Baresip(tmp_path / "anna", "1003", listing.port) as anna,
        Baresip(tmp_path / "ben", "1004", listing.port) as ben,
        Desk(tmp_path / "desk", listing, *options) as desk,
    ):
        for who in ("1003", "1004", LISTED[-1]):
            await desk.hear(event="lamp", who=who, state="unknown", doubt="no word")
        await anna.order("dial", f"sip:1004@{REALM}")
        await ben.hear(type="CALL_INCOMING")
        await desk.hear(event="lamp", who="1004", state="ringing", source="dialog")
        await ben.order("accept")
        await desk.hear(event="lamp", who="1004", state="busy")
        await ben.order("hangup")
        for who in ("1003", "1004"):
            await desk.hear(event="lamp", who=who, state="free")
    asked = [line for line in listing.log.splitlines() if "SUBSCRIBE" in line and "tcp:" in line]
    assert not [line for line in asked if "sip:1004@" in line and "Event dialog" in line]


async def test_a_server_without_lists_is_asked_for_each_alone(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 4662 section 4.2: without Require: eventlist the 200 is for no list."""
    options = ["--lamp-list", "colleagues", "--lamp", "1007", "1009"]
    async with (
        Baresip(tmp_path / "anna", "1007", kamailio.port) as anna,
        Baresip(tmp_path / "ben", "1009", kamailio.port),
        Desk(tmp_path / "desk", kamailio, *options) as desk,
    ):
        await are_subscribed(desk, "1007", "1009")
        await anna.order("dial", f"sip:1009@{REALM}")
        await desk.hear(event="lamp", who="1009", state="ringing", source="dialog")


@pytest.mark.parametrize("count", [5, 100])
async def test_a_list_tells_of_all_in_one_document_of_many_parts(
    tmp_path: Path, count: int
) -> None:
    """RFC 4662 section 5.2 and RFC 2387; a hundred are more than a datagram holds."""
    members = LISTED[:count]
    with Lister(tmp_path / "pbx", members) as pbx:
        async with Desk(tmp_path / "desk", pbx, "--lamp-list", LIST, phone="2000") as desk:
            await desk.hear(event="lamp", who=members[0], state="ringing", source="dialog")
            for who in members[1:]:
                await desk.hear(event="lamp", who=who, state="free", source="dialog")


async def test_a_list_that_stays_silent_is_given_up_for_each_alone(tmp_path: Path) -> None:
    """Asterisk grants a list that is too long for its reports, and tells nothing of it."""
    with Lister(tmp_path / "pbx", (), is_silent=True) as pbx:
        options = ["--lamp-list", LIST, "--lamp", "1003", "1004"]
        async with Desk(tmp_path / "desk", pbx, *options, phone="2000") as desk:
            await desk.hear(event="lamp-list", name=LIST)
            for who in ("1003", "1004"):
                await desk.hear(event="lamp", who=who, state="busy", source="dialog")
