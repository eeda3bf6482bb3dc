"""A telephone that never answers some requests, and takes others that it did not ask for."""

from __future__ import annotations

import pytest

from callctrl.sip.transaction import Timers
from tests.peers.agent import Agent, Answered, Replied
from tests.peers.linphone import Linphone

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

HURRIED = Timers(t1=0.05, t2=0.4, give_up=1.6)
"""A tenth of what is usual."""


async def test_a_subscribe_nobody_answers_is_repeated_and_ends_with_408(linphone: Linphone) -> None:
    """RFC 3261 section 17.1.2.2: timers E and F; the 408 is our own (section 8.1.3.1)."""
    async with Agent("1001", "", linphone.address, timers=HURRIED) as agent:
        agent.subscribe("dialog", "1003")
        answered = await agent.hear(Answered)
    assert (answered.outcome.status, answered.outcome.was_answered) == (408, False)
    assert answered.granted is None
    heard = [
        line for line in linphone.messages.splitlines() if line.startswith("SUBSCRIBE sip:1003")
    ]
    assert len(heard) >= 3
    vias = {line for line in linphone.messages.splitlines() if line.startswith("Via: ")}
    assert len(vias) == 1  # one branch: the same request over and over


async def test_a_notify_nobody_asked_for_is_answered(linphone: Linphone) -> None:
    """RFC 3261 section 17.1.2: the answer of another program finds its transaction."""
    async with Agent("1001", "", linphone.address) as agent:
        fields = (("Event", "talk"), ("Subscription-State", "active"))
        agent.ask("NOTIFY", "1003", fields)
        assert (await agent.hear(Replied)).outcome.status == 200
