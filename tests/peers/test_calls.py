"""Real calls between real telephones, told by kamailio (RFC 4235 over RFC 6665)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.peers.agent import Agent, Answered, Left, Notified
from tests.peers.baresip import Baresip
from tests.peers.kamailio import REALM, Kamailio

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


def states_in(notified: Notified) -> list[str]:
    """The states of all dialogs in a NOTIFY."""
    return re.findall(r"<state>(\w+)</state>", notified.body)


@pytest.mark.parametrize(
    ("transport", "caller_user", "called_user"),
    # A telephone of its own for each: a server goes on telling of the calls of before.
    [("UDP", "1002", "1003"), ("TCP", "1004", "1005"), ("TLS", "1006", "1007")],
)
async def test_a_call_is_told_early_confirmed_and_terminated(
    kamailio: Kamailio, tmp_path: Path, transport: str, caller_user: str, called_user: str
) -> None:
    async with (
        Agent.at(kamailio, "1001", transport) as agent,
        Baresip(tmp_path / "caller", caller_user, kamailio.port) as caller,
        Baresip(tmp_path / "called", called_user, kamailio.port) as called,
    ):
        agent.subscribe("dialog", called_user)
        assert (await agent.hear(Answered)).granted
        assert states_in(await agent.hear(Notified)) == []  # from now on it tells of each change
        await caller.order("dial", f"sip:{called_user}@{REALM}")
        await called.hear(type="CALL_INCOMING")
        ringing = await agent.hear(Notified, lambda notified: states_in(notified) == ["early"])
        assert f"sip:{caller_user}@{REALM}" in ringing.body
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
    assert len(answers) >= 4  # the empty one and three states at least
    assert all(line.endswith("answered 200") for line in answers), answers


async def test_a_call_that_is_declined_is_told_from_early_to_terminated(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    async with (
        Agent.at(kamailio, "1001") as agent,
        Baresip(tmp_path / "caller", "1002", kamailio.port) as caller,
        Baresip(tmp_path / "called", "1009", kamailio.port) as called,
    ):
        agent.subscribe("dialog", "1009")
        assert (await agent.hear(Answered)).granted
        assert states_in(await agent.hear(Notified)) == []  # from now on it tells of each change
        await caller.order("dial", f"sip:1009@{REALM}")
        await called.hear(type="CALL_INCOMING")
        await agent.hear(Notified, lambda notified: states_in(notified) == ["early"])
        await called.order("hangup")
        await caller.hear(type="CALL_CLOSED")
        await agent.hear(Notified, lambda notified: states_in(notified) == ["terminated"])
        assert not [each for each in agent.unread if "confirmed" in str(getattr(each, "body", ""))]
