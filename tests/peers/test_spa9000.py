"""The forms only a SPA9000 has, played by a program that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from callctrl.accounts import Account
from callctrl.calls import (
    CallChanged,
    CallState,
    Refused,
    RegistrationChanged,
    SessionChanged,
    SessionState,
    Stopped,
)
from tests.peers.product import Product
from tests.peers.program import HERE
from tests.peers.sipp import Sipp

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


def product_at(pbx: Sipp) -> Product:
    port = pbx.address.port
    return Product(Account(HERE, "200", "FrontDesk", "RECEPTION", port=port, local_port=0), "4321")


async def test_the_documented_conversation(tmp_path: Path) -> None:
    """Challenge without qop, tag without semicolon, foreign NOTIFY (protocol.md B.5, B.8)."""
    with Sipp(tmp_path / "sipp", "spa9000", runs=2) as pbx:
        async with product_at(pbx) as product:
            await product.hear(SessionChanged, lambda it: it.state is SessionState.READY)
            changed = await product.hear(CallChanged)
            assert (changed.call.state, changed.call.name) == (CallState.RINGING, "Anna Lee")
        assert await pbx.is_content()


async def test_the_documented_refusal(tmp_path: Path) -> None:
    """401 twice, 403 to the SUBSCRIBE, and that is the end (protocol.md B.6, S36)."""
    with Sipp(tmp_path / "sipp", "spa9000-refuses", runs=2) as pbx:
        async with product_at(pbx) as product:
            registration = await product.hear(RegistrationChanged)
            assert (registration.status, registration.expires) == (401, None)
            assert (await product.hear(Refused)).status == 403
            await product.hear(Stopped)
        assert await pbx.is_content()
