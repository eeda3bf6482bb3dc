"""A server that goes and comes back, having forgotten everybody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from callctrl.accounts import SipTransport
from callctrl.calls import RegistrationChanged, SessionChanged, Trouble
from callctrl.sip.registration import Round
from tests.peers.agent import Agent, Answered, Failed, Notified, Opened
from tests.peers.kamailio import Kamailio
from tests.peers.product import Product, account_at

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


@pytest.fixture(name="kamailio")
def kamailio_of_each_test(tmp_path: Path, authority: trustme.CA) -> Iterator[Kamailio]:
    with Kamailio(tmp_path / "kamailio", authority) as server:
        yield server


async def restart(kamailio: Kamailio, agent: Agent) -> None:
    """Have it gone and come; who was connected with it has noticed when this returns."""
    await asyncio.to_thread(kamailio.stop)
    if agent.is_connected:
        await agent.hear(Failed)
    await asyncio.to_thread(kamailio.start)


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
async def test_a_subscription_the_server_forgot_is_begun_afresh(
    kamailio: Kamailio, transport: str
) -> None:
    """RFC 6665 section 4.1.2.2: 481 ends the dialog, a new SUBSCRIBE makes another."""
    async with Agent.at(kamailio, "1001", transport) as agent:
        agent.subscribe("dialog", "1002")
        before = await agent.hear(Answered)
        await agent.hear(Notified)
        await restart(kamailio, agent)
        agent.refresh("dialog")
        # The 481 is not told, but followed by what it makes necessary.
        after = await agent.hear(Answered)
        assert (after.outcome.status, after.granted) == (200, 3600)
        assert after.outcome.response.call_id != before.outcome.response.call_id
        told = await agent.hear(Notified)
        assert told.request.call_id == after.outcome.response.call_id


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
async def test_a_binding_the_server_forgot_is_made_again_with_its_new_nonce(
    kamailio: Kamailio, transport: str
) -> None:
    """RFC 3261 section 22.1: the challenge of another server replaces the one we know."""
    async with Agent.at(kamailio, "1001", transport) as agent:
        agent.register()
        assert (await agent.hear(Round)).granted
        await restart(kamailio, agent)
        agent.register()
        again = await agent.hear(Round)
        assert (again.outcome.status, again.outcome.was_challenged) == (200, True)
        if agent.is_connected:
            assert (await agent.hear(Opened)).local.transport == transport


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
async def test_a_server_that_is_away_is_asked_again_until_it_is_back(
    kamailio: Kamailio, transport: str
) -> None:
    """RFC 3261 section 18.4 and 8.1.3.1: a failure of the transport counts as 503."""
    async with Agent.at(kamailio, "1001", transport) as agent:
        await asyncio.to_thread(kamailio.stop)
        agent.register()
        failed = await agent.hear(Round)
        assert (failed.outcome.status, failed.outcome.was_answered) == (503, False)
        assert failed.retry_in is not None
        await asyncio.to_thread(kamailio.start)
        back = await agent.hear(Round, lambda round_: round_.granted is not None)
        assert back.outcome.status == 200


@pytest.mark.parametrize("transport", [SipTransport.TCP, SipTransport.TLS])
async def test_the_product_is_registered_again_by_itself(
    kamailio: Kamailio, transport: SipTransport
) -> None:
    """RFC 3261 section 18.4; a closed connection is opened again, and registered from there."""
    async with Product(account_at(kamailio, transport)) as product:
        await product.hear(RegistrationChanged, lambda it: it.expires is not None)
        before = product.connection.local
        await asyncio.to_thread(kamailio.stop)
        await product.hear(SessionChanged, lambda it: it.trouble is Trouble.NO_ANSWER)
        await asyncio.to_thread(kamailio.start)
        await product.hear(RegistrationChanged, lambda it: it.expires is not None)
        assert product.connection.local != before
