"""The product's own conversation with other programs, by the parts `callctrl watch` is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from callctrl.accounts import SipTransport
from callctrl.calls import (
    Answer,
    CallChanged,
    CallState,
    CommandAnswered,
    RegistrationChanged,
    SessionChanged,
    SessionState,
)
from tests.peers.baresip import Baresip
from tests.peers.handset import registered
from tests.peers.kamailio import REALM, Kamailio
from tests.peers.product import Product, account_at
from tests.peers.program import HERE, eventually
from tests.peers.sipp import Sipp

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


@pytest.mark.parametrize("transport", [SipTransport.UDP, SipTransport.TCP, SipTransport.TLS])
async def test_a_telephone_behind_a_proxy_is_watched_and_obeys(
    kamailio: Kamailio, tmp_path: Path, transport: SipTransport
) -> None:
    """RFC 3261 sections 12.2.1.1 (the route set of Record-Route) and 22.3 (407 to the order)."""
    with (
        registered(tmp_path / "register", kamailio) as port,
        Sipp(tmp_path / "phone", "spa-phone", runs=2, port=port) as phone,
    ):
        async with Product(account_at(kamailio, transport, station="1009")) as product:
            await product.hear(SessionChanged, lambda it: it.state is SessionState.READY)
            changed = await product.hear(CallChanged)
            assert (changed.call.state, changed.call.name) == (CallState.RINGING, "Anna Lee")
            order = Answer("1")
            product.connection.perform(order)
            assert await product.hear(CommandAnswered) == CommandAnswered(order, 200)
        assert await phone.is_content()


async def test_a_call_forked_to_us_rings_on_the_telephone_all_the_same(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 3261 section 16.7: our refusal is one branch of several."""
    async with (
        Baresip(tmp_path / "caller", "1003", kamailio.port) as caller,
        Baresip(tmp_path / "called", "1001", kamailio.port) as called,
        Product(account_at(kamailio)) as product,
    ):
        await product.hear(RegistrationChanged, lambda it: it.expires is not None)
        await caller.order("dial", f"sip:1001@{REALM}")
        await called.hear(type="CALL_INCOMING")
        await called.order("accept")
        await caller.hear(type="CALL_ESTABLISHED")
        await caller.order("hangup")
        await called.hear(type="CALL_CLOSED")
        local = product.connection.local
    assert local is not None
    heard = f"heard 480 to INVITE from {HERE}:{local.port}\n"
    await eventually(lambda: heard in kamailio.log, "our refusal")
