"""A server that goes and comes back, having forgotten everybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from callctrl.sip.registration import Round
from tests.peers.agent import Agent, Answered, Notified
from tests.peers.kamailio import Kamailio, password_of

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


@pytest.fixture(name="kamailio")
def kamailio_of_each_test(tmp_path: Path, authority: trustme.CA) -> Iterator[Kamailio]:
    with Kamailio(tmp_path / "kamailio", authority) as server:
        yield server


def restart(kamailio: Kamailio) -> None:
    kamailio.stop()
    kamailio.start()


@pytest.mark.parametrize("transport", ["UDP"])
async def test_a_subscription_the_server_forgot_is_begun_afresh(
    kamailio: Kamailio, transport: str
) -> None:
    """RFC 6665 section 4.1.2.2: 481 ends the dialog, a new SUBSCRIBE makes another."""
    async with Agent("1001", password_of("1001"), kamailio.address(transport)) as agent:
        agent.subscribe("dialog", "1002")
        before = await agent.hear(Answered)
        await agent.hear(Notified)
        restart(kamailio)
        agent.refresh("dialog")
        # The 481 is not told, but followed by what it makes necessary.
        after = await agent.hear(Answered)
        assert (after.outcome.status, after.granted) == (200, 3600)
        assert after.outcome.response.call_id != before.outcome.response.call_id
        told = await agent.hear(Notified)
        assert told.request.call_id == after.outcome.response.call_id


@pytest.mark.parametrize("transport", ["UDP"])
async def test_a_binding_the_server_forgot_is_made_again_with_its_new_nonce(
    kamailio: Kamailio, transport: str
) -> None:
    """RFC 3261 section 22.1: the challenge of another server replaces the one we know."""
    async with Agent("1001", password_of("1001"), kamailio.address(transport)) as agent:
        agent.register()
        assert (await agent.hear(Round)).granted
        restart(kamailio)
        agent.register()
        again = await agent.hear(Round)
        assert (again.outcome.status, again.outcome.was_challenged) == (200, True)


@pytest.mark.parametrize("transport", ["UDP"])
async def test_a_server_that_is_away_is_asked_again_until_it_is_back(
    kamailio: Kamailio, transport: str
) -> None:
    """RFC 3261 section 18.4 and 8.1.3.1: a failure of the transport counts as 503."""
    async with Agent("1001", password_of("1001"), kamailio.address(transport)) as agent:
        kamailio.stop()
        agent.register()
        failed = await agent.hear(Round)
        assert (failed.outcome.status, failed.outcome.was_answered) == (503, False)
        assert failed.retry_in is not None
        kamailio.start()
        back = await agent.hear(Round, lambda round_: round_.granted is not None)
        assert back.outcome.status == 200
