"""The forms only a SPA9000 has, played by a program that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from callctrl.calls import (
    Account,
    CallChanged,
    CallState,
    Refused,
    RegistrationChanged,
    SessionChanged,
    SessionState,
    Stopped,
)
from callctrl.connection import Connection
from tests.peers.agent import Mailbox
from tests.peers.program import HERE
from tests.peers.sipp import Sipp

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


def connect(pbx: Sipp, heard: Mailbox) -> Connection:
    account = Account(HERE, "200", "FrontDesk", "RECEPTION", port=pbx.address.port, local_port=0)
    connection = Connection(account, "4321", heard.put)
    connection.start()
    return connection


async def test_the_documented_conversation(tmp_path: Path) -> None:
    """Challenge without qop, tag without semicolon, foreign NOTIFY (protocol.md B.5, B.8)."""
    heard = Mailbox()
    with Sipp(tmp_path / "sipp", "spa9000", runs=2) as pbx:
        connection = connect(pbx, heard)
        await heard.hear(SessionChanged, lambda it: it.state is SessionState.READY)
        changed = await heard.hear(CallChanged)
        assert (changed.call.state, changed.call.name) == (CallState.RINGING, "Anna Lee")
        connection.stop()
        await heard.hear(Stopped)
        assert await pbx.is_content()


async def test_the_documented_refusal(tmp_path: Path) -> None:
    """401 twice, 403 to the SUBSCRIBE, and that is the end (protocol.md B.6, S36)."""
    heard = Mailbox()
    with Sipp(tmp_path / "sipp", "spa9000-refuses", runs=2) as pbx:
        connect(pbx, heard)
        registration = await heard.hear(RegistrationChanged)
        assert (registration.status, registration.expires) == (401, None)
        assert (await heard.hear(Refused)).status == 403
        await heard.hear(Stopped)
        assert await pbx.is_content()
