"""Real calls between real telephones, told by kamailio (RFC 4235 over RFC 6665)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.peers.agent import Agent, Answered, Left, Notified
from tests.peers.baresip import Baresip
from tests.peers.kamailio import REALM, Kamailio, password_of

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


def states_in(notified: Notified) -> list[str]:
    """The states of all dialogs in a NOTIFY."""
    return re.findall(r"<state>(\w+)</state>", notified.body)


@pytest.mark.parametrize("transport", ["UDP"])
async def test_a_call_is_told_early_confirmed_and_terminated(
    kamailio: Kamailio, tmp_path: Path, transport: str
) -> None:
    caller_folder, called_folder = tmp_path / "caller", tmp_path / "called"
    async with (
        Agent("1001", password_of("1001"), kamailio.address(transport)) as agent,
        Baresip(caller_folder, "1002", kamailio.port) as caller,
        Baresip(called_folder, "1003", kamailio.port) as called,
    ):
        agent.subscribe("dialog", "1003")
        assert (await agent.hear(Answered)).granted
        await caller.order("dial", f"sip:1003@{REALM}")
        await called.hear(type="CALL_INCOMING")
        ringing = await agent.hear(Notified, lambda notified: states_in(notified) == ["early"])
        assert f"sip:1002@{REALM}" in ringing.body
        await called.order("accept")
        await caller.hear(type="CALL_ESTABLISHED")
        await agent.hear(Notified, lambda notified: states_in(notified) == ["confirmed"])
        await caller.order("hangup")
        await called.hear(type="CALL_CLOSED")
        await agent.hear(Notified, lambda notified: states_in(notified) == ["terminated"])
        # Had one of them been refused, the subscription would be no more.
        agent.refresh("dialog")
        assert (await agent.hear(Answered)).outcome.status == 200
        agent.unsubscribe("dialog")
        await agent.hear(Left)
    answers = [line for line in kamailio.log.splitlines() if "NOTIFY of dialog" in line]
    assert len(answers) >= 4
    assert all(line.endswith("answered 200") for line in answers), answers


@pytest.mark.parametrize("transport", ["UDP"])
async def test_a_call_that_is_declined_is_told_from_early_to_terminated(
    kamailio: Kamailio, tmp_path: Path, transport: str
) -> None:
    async with (
        Agent("1004", password_of("1004"), kamailio.address(transport)) as agent,
        Baresip(tmp_path / "caller", "1005", kamailio.port) as caller,
        Baresip(tmp_path / "called", "1006", kamailio.port) as called,
    ):
        agent.subscribe("dialog", "1006")
        assert (await agent.hear(Answered)).granted
        await caller.order("dial", f"sip:1006@{REALM}")
        await called.hear(type="CALL_INCOMING")
        await agent.hear(Notified, lambda notified: states_in(notified) == ["early"])
        await called.order("hangup")
        await caller.hear(type="CALL_CLOSED")
        await agent.hear(Notified, lambda notified: states_in(notified) == ["terminated"])
        assert not [each for each in agent.unread if "confirmed" in str(getattr(each, "body", ""))]
