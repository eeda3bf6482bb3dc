"""The way to kamailio: IPv6, long requests, an outbound proxy, line ends that keep it open."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from callctrl.accounts import Policy, SipTransport
from callctrl.calls import RegistrationChanged, SubscriptionChanged
from tests.peers.agent import Agent, Answered, Notified, Replied
from tests.peers.kamailio import REALM, Kamailio, has_ipv6, password_of
from tests.peers.linphone import Linphone
from tests.peers.product import Product, account_at
from tests.peers.program import HERE, eventually

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

LONG = b"Messages-Waiting: yes\r\n" + b"X-Padding: " + b"x" * 2000 + b"\r\n"
FIELDS = (
    ("Event", "message-summary"),
    ("Expires", "60"),
    ("Content-Type", "application/simple-message-summary"),
)


async def test_a_request_too_long_for_a_datagram_goes_by_tcp(kamailio: Kamailio) -> None:
    """RFC 3261 section 18.1.1."""
    async with Agent.at(kamailio, "1005", "UDP") as agent:
        agent.ask("PUBLISH", "1005", FIELDS, LONG)
        assert (await agent.hear(Replied)).outcome.status == 200
    heard = [line for line in kamailio.log.splitlines() if "heard PUBLISH sip:1005@" in line]
    assert len(heard) == 2  # the first is challenged
    assert all("from tcp:" in line for line in heard)


async def test_where_nobody_takes_tcp_it_is_a_datagram_after_all(linphone: Linphone) -> None:
    """RFC 3261 section 18.1.1: UDP again where TCP is refused."""
    async with Agent("1001", "", linphone.address) as agent:
        agent.ask("NOTIFY", "1003", (("Event", "talk"), ("Subscription-State", "active")), LONG)
        assert (await agent.hear(Replied)).outcome.status == 200


@pytest.mark.skipif(not has_ipv6(), reason="there is no ::1 here")
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_ipv6(kamailio: Kamailio, transport: str) -> None:
    """RFC 3261 section 19.1.1: addresses in brackets, in Via, Contact and Request-URI."""
    server = kamailio.address(transport)._replace(host="::1")
    async with Agent("1001", password_of("1001"), server) as agent:
        agent.subscribe("dialog", "1004")
        assert (await agent.hear(Answered)).granted
        assert (await agent.hear(Notified)).state == "active"


@pytest.mark.parametrize("transport", [SipTransport.UDP, SipTransport.TCP, SipTransport.TLS])
async def test_an_outbound_proxy_that_alone_knows_the_way(
    kamailio: Kamailio, transport: SipTransport
) -> None:
    """RFC 3261 section 8.1.2: a Route to the proxy, the domain in the Request-URI."""
    account = account_at(kamailio, transport)
    proxy = f"{HERE}:{account.port}"
    account = replace(account, pbx=REALM, port=5060, outbound_proxy=proxy)
    async with Product(account) as product:
        assert (await product.hear(RegistrationChanged)).status == 200
        assert (await product.hear(SubscriptionChanged)).status == 489


async def test_line_ends_are_answered(kamailio: Kamailio, caplog: pytest.LogCaptureFixture) -> None:
    """RFC 5626 section 3.5.1: two are answered by one."""
    caplog.set_level(logging.DEBUG, "callctrl.wire")
    account = account_at(kamailio, SipTransport.TCP)
    answer = f"received from {kamailio.address('TCP')}"  # and nothing but a line end behind it

    def answers() -> list[str]:
        return [each for each in caplog.messages if each.rstrip() == answer]

    async with Product(account, policy=Policy(keep_alive=1)) as product:
        assert (await product.hear(RegistrationChanged)).status == 200
        await eventually(lambda: len(answers()) > 1, "an answer to line ends")
