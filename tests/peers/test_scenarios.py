"""What no free software does by itself, played by sipp from scenarios of ours.

Both sides judge: sipp by its exit code, whether all came as the scenario has it, and the test by
what the engine has told.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from callctrl.sip.registration import Round
from tests.peers.agent import Agent, Answered, Ended, Left, Notified, Replied
from tests.peers.sipp import Sipp

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

MD5 = 'WWW-Authenticate: Digest realm="pbx.test", nonce="n1", qop="auth", algorithm=MD5'
SHA_256 = 'WWW-Authenticate: Digest realm="pbx.test", nonce="n2", qop="auth", algorithm=SHA-256'


def agent_at(pbx: Sipp) -> Agent:
    return Agent("1001", "pw1001", pbx.address)


async def test_a_registrar_that_grants_no_less_is_asked_for_as_much(tmp_path: Path) -> None:
    """RFC 3261 section 10.2.8: 423 with Min-Expires."""
    with Sipp(tmp_path / "sipp", "min-expires") as pbx:
        async with agent_at(pbx) as agent:
            agent.register()
            round_ = await agent.hear(Round)
            assert (round_.outcome.status, round_.granted) == (200, 7200)
            assert await pbx.is_content()


async def test_a_notifier_that_grants_no_less_is_asked_for_as_much(tmp_path: Path) -> None:
    """RFC 6665 section 4.1.2.1: 423 with Min-Expires."""
    with Sipp(tmp_path / "sipp", "subscription-min-expires") as pbx:
        async with agent_at(pbx) as agent:
            agent.subscribe("dialog", "1002")
            answered = await agent.hear(Answered)
            assert (answered.outcome.status, answered.granted) == (200, 7200)
            assert await pbx.is_content()


async def test_a_busy_registrar_is_left_alone_as_long_as_it_wants(tmp_path: Path) -> None:
    """RFC 3261 sections 20.33 and 21.5.4: 503 with Retry-After."""
    with Sipp(tmp_path / "sipp", "retry-after") as pbx:
        async with agent_at(pbx) as agent:
            agent.register()
            busy = await agent.hear(Round)
            assert (busy.outcome.status, busy.granted) == (503, None)
            assert busy.retry_in is not None
            assert busy.retry_in >= 2
            assert (await agent.hear(Round)).granted == 120
            assert await pbx.is_content()


@pytest.mark.parametrize("challenges", [(SHA_256, MD5), (MD5, SHA_256)], ids=["first", "last"])
async def test_of_two_digests_the_better_one_is_answered(
    tmp_path: Path, challenges: tuple[str, str]
) -> None:
    """RFC 8760 section 2.4: SHA-256 where it is offered, whatever its place.

    The RFC has a server put the preferred one first; not all do.
    """
    keys = dict(zip(("first", "second"), challenges, strict=True))
    with Sipp(tmp_path / "sipp", "both-digests", keys=keys) as pbx:
        async with agent_at(pbx) as agent:
            agent.register()
            assert (await agent.hear(Round)).granted == 120
            assert await pbx.is_content()


async def test_a_stale_nonce_costs_one_more_request(tmp_path: Path) -> None:
    """RFC 2617 section 3.2.1: stale=true, in whatever letters."""
    with Sipp(tmp_path / "sipp", "stale") as pbx:
        async with agent_at(pbx) as agent:
            agent.register()
            assert (await agent.hear(Round)).granted == 120
            assert await pbx.is_content()


async def test_a_body_is_protected_where_the_server_wants_it(tmp_path: Path) -> None:
    """RFC 2617 section 3.2.2.3: qop=auth-int hashes the body, too."""
    with Sipp(tmp_path / "sipp", "auth-int") as pbx:
        async with agent_at(pbx) as agent:
            fields = (("Event", "presence"), ("Content-Type", "text/plain"))
            agent.ask("PUBLISH", "1001", fields, b"here I am\r\n")
            assert (await agent.hear(Replied)).outcome.status == 200
            assert await pbx.is_content()


async def test_answers_that_come_late_and_twice_count_once(tmp_path: Path) -> None:
    """RFC 3261 section 17.1.2.2: the request is repeated meanwhile, its second answer absorbed."""
    with Sipp(tmp_path / "sipp", "late-and-twice") as pbx:
        async with agent_at(pbx) as agent:
            agent.register()
            assert (await agent.hear(Round)).granted == 120
            assert await pbx.is_content()
            assert agent.unread == []
        assert pbx.messages.count("CSeq: 1 REGISTER") > 3  # repeated, and answered twice


async def test_notifies_that_cross_repeat_or_overtake(tmp_path: Path) -> None:
    """RFC 6665 section 4.1.2.4 and RFC 3261 sections 12.2.2 and 17.2.2."""
    with Sipp(tmp_path / "sipp", "crossing") as pbx:
        async with agent_at(pbx) as agent:
            agent.subscribe("dialog", "1002")
            first = await agent.hear(Notified)
            assert first.body.strip() == "first"
            assert (await agent.hear(Answered)).granted == 600
            for body, is_news in (("second", True), ("late", False), ("third", True)):
                notified = await agent.hear(Notified)
                assert (notified.body.strip(), notified.is_news) == (body, is_news)
            agent.unsubscribe("dialog")
            await agent.hear(Left)
            last = await agent.hear(Notified)
            assert (last.state, last.body.strip()) == ("terminated", "last")
            assert await pbx.is_content()
            assert agent.unread == []
        answer = r"message received \[\d+\] bytes :\n\nSIP/2.0 200 OK\nVia: [^\n]*z9hG4bK-twice"
        assert len(re.findall(answer, pbx.messages)) == 2  # as often as it was sent


async def test_a_subscription_the_notifier_ends_is_begun_afresh(tmp_path: Path) -> None:
    """RFC 6665 section 4.1.3: reason "deactivated" asks for another one."""
    with Sipp(tmp_path / "sipp", "ended", runs=2) as pbx:
        async with agent_at(pbx) as agent:
            agent.subscribe("dialog", "1002")
            first = await agent.hear(Answered)
            await agent.hear(Ended)
            second = await agent.hear(Answered)
            assert second.granted == 600
            assert second.outcome.response.call_id != first.outcome.response.call_id
            assert await pbx.is_content()
