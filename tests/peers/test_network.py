"""kamailio behind a network that loses and doubles datagrams (RFC 3261 section 17)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from callctrl.sip.registration import Round
from callctrl.sip.transaction import Timers
from tests.peers.agent import Agent, Answered, Left, Notified
from tests.peers.kamailio import Kamailio, password_of
from tests.peers.relay import Relay, Weather, all_twice, first_lost

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

HURRIED = Timers(t1=0.05, t2=0.4, give_up=10.0)

NEARLY_AN_HOUR = range(3590, 3601)
"""Asked a second time, kamailio counts from the first."""


@pytest.mark.parametrize("weather", [first_lost, all_twice])
async def test_nothing_is_missed_and_nothing_told_twice(
    kamailio: Kamailio, weather: Callable[[], Weather]
) -> None:
    """RFC 3261 section 17.1.2: requests are repeated; sections 17.1.2.2 and 17.2.2: or absorbed."""
    async with (
        Relay(kamailio.address("UDP"), weather()) as relay,
        Agent("1001", password_of("1001"), relay.address, timers=HURRIED) as agent,
    ):
        agent.register()
        round_ = await agent.hear(Round)
        assert round_.outcome.status == 200
        assert round_.granted in NEARLY_AN_HOUR
        agent.subscribe("dialog", "1002")
        answered = await agent.hear(Answered)
        assert answered.outcome.status == 200
        assert answered.granted in NEARLY_AN_HOUR
        assert (await agent.hear(Notified)).state == "active"
        agent.unsubscribe("dialog")
        await agent.hear(Left)
        assert (await agent.hear(Notified)).state == "terminated"
        agent.unregister()
        await agent.hear(Left)
        assert agent.unread == []
