"""Registration, subscription and publication at kamailio (RFC 3261, 6665, 3856, 3842, 4235)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from callctrl.sip.registration import Round
from tests.peers.agent import Agent, Answered, Left, Notified, Replied
from tests.peers.kamailio import Kamailio

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

MWI = b"Messages-Waiting: yes\r\nMessage-Account: sip:1005@pbx.test\r\nVoice-Message: 2/8 (0/2)\r\n"

MWI_FIELDS = (
    ("Event", "message-summary"),
    ("Expires", "60"),
    ("Content-Type", "application/simple-message-summary"),
)


@pytest.fixture(scope="module", params=["MD5", "SHA-256"], name="kamailio")
def kamailio_with_either_digest(
    request: pytest.FixtureRequest, authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kamailio]:
    folder = tmp_path_factory.mktemp("kamailio") / request.param
    with Kamailio(folder, authority, algorithm=request.param) as server:
        yield server


@pytest.fixture(params=["UDP", "TCP", "TLS"], name="transport")
def each_transport(request: pytest.FixtureRequest) -> str:
    transport: str = request.param
    return transport


async def test_it_registers_refreshes_and_unregisters(kamailio: Kamailio, transport: str) -> None:
    """RFC 3261 section 10.2; digest by RFC 2617 and RFC 7616."""
    async with (
        Agent.at(kamailio, "1001", transport) as agent,
        Agent.at(kamailio, "1001", transport) as other,
    ):
        agent.register()
        first = await agent.hear(Round)
        assert (first.outcome.status, first.outcome.was_challenged) == (200, True)
        assert first.granted == 3600
        agent.register()
        refreshed = await agent.hear(Round)
        assert (refreshed.outcome.status, refreshed.outcome.was_challenged) == (200, False)
        assert len(refreshed.outcome.response.contacts) == 1
        other.register()
        assert len((await other.hear(Round)).outcome.response.contacts) == 2
        agent.unregister()
        await agent.hear(Left)
        other.register()
        assert len((await other.hear(Round)).outcome.response.contacts) == 1
        other.unregister()
        await other.hear(Left)


@pytest.mark.parametrize(
    ("user", "password", "status"),
    [("1001", "wrong", 401), ("7777", "pw7777", 403), ("1008", "pw1008", 403)],
    ids=["wrong password", "unknown user", "blocked user"],
)
async def test_a_refusal_is_told_with_a_pause_and_nothing_is_asked_thrice(
    kamailio: Kamailio, transport: str, user: str, password: str, status: int
) -> None:
    """RFC 3261 section 22.1: credentials that were refused are not sent again at once."""
    async with Agent.at(kamailio, user, transport, password=password) as agent:
        agent.register()
        refused = await agent.hear(Round)
        assert (refused.outcome.status, refused.granted) == (status, None)
        assert refused.retry_in is not None
        assert refused.retry_in > 0


@pytest.mark.parametrize("event", ["dialog", "message-summary", "presence"])
async def test_a_subscription_begins_with_an_empty_notify_and_ends_with_one(
    kamailio: Kamailio, transport: str, event: str
) -> None:
    """RFC 6665 section 4.1.2: subscribe, refresh, unsubscribe."""
    async with Agent.at(kamailio, "1001", transport) as agent:
        agent.subscribe(event, "1004")
        answered = await agent.hear(Answered)
        assert (answered.outcome.status, answered.granted) == (200, 3600)
        first = await agent.hear(Notified)
        assert (first.state, first.body) == ("active", "")
        agent.refresh(event)
        refreshed = await agent.hear(Answered)
        assert (refreshed.outcome.status, refreshed.outcome.was_challenged) == (200, False)
        assert (await agent.hear(Notified)).state == "active"
        agent.unsubscribe(event)
        await agent.hear(Left)
        assert (await agent.hear(Notified)).state == "terminated"


async def test_a_published_mwi_is_notified(kamailio: Kamailio, transport: str) -> None:
    """RFC 3903 and RFC 3842."""
    async with (
        Agent.at(kamailio, "1001", transport) as agent,
        Agent.at(kamailio, "1005", transport) as mailbox,
    ):
        agent.subscribe("message-summary", "1005")
        await agent.hear(Notified)
        mailbox.ask("PUBLISH", "1005", MWI_FIELDS, MWI)
        assert (await mailbox.hear(Replied)).outcome.status == 200
        told = await agent.hear(Notified)
        assert told.body == MWI.decode()
        assert told.request.content_type == "application/simple-message-summary"
        agent.unsubscribe("message-summary")
        await agent.hear(Left)


async def test_an_event_nobody_knows_is_refused(kamailio: Kamailio, transport: str) -> None:
    """RFC 6665 section 4.1.2.2 with 489 (section 8.3.2)."""
    async with Agent.at(kamailio, "1001", transport) as agent:
        agent.subscribe("x-spa-cti", "1004")
        refused = await agent.hear(Answered)
        assert (refused.outcome.status, refused.granted) == (489, None)


async def test_it_refreshes_by_itself_though_the_nonce_has_expired(
    tmp_path: Path, authority: trustme.CA
) -> None:
    """RFC 2617 section 3.2.1: stale=true is answered with the same password and the new nonce."""
    with Kamailio(tmp_path / "brief", authority, max_expires=4, nonce_lives=1) as brief:
        async with Agent.at(brief, "1001") as agent:
            agent.register()
            agent.subscribe("dialog", "1004", refresh_within=2.0)
            assert (await agent.hear(Round)).granted == 4
            assert (await agent.hear(Answered)).granted == 3600
            by_itself = await agent.hear(Round)
            assert (by_itself.granted, by_itself.outcome.was_challenged) == (4, True)
            refreshed = await agent.hear(Answered)
            assert (refreshed.granted, refreshed.outcome.was_challenged) == (3600, True)
        assert brief.log.count("credentials of 1001 refused: -4") >= 2
