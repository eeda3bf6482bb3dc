"""The product as it is: a `Connection` that is left politely, whatever becomes of the test."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import TracebackType
from typing import Self

from callctrl.accounts import Account, PbxKind, Policy, SipTransport
from callctrl.connection import Connection
from tests.peers.kamailio import Kamailio, password_of
from tests.peers.mailbox import Mailbox
from tests.peers.program import HERE, PATIENCE

__all__ = ["Product", "account_at", "bystander_at"]


def account_at(
    kamailio: Kamailio, transport: SipTransport = SipTransport.UDP, *, station: str = "1002"
) -> Account:
    """The user 1001 of kamailio, who watches a telephone there."""
    return Account(
        HERE,
        "1001",
        station,
        "1001",
        port=kamailio.address(transport.name).port,
        local_port=0,
        transport=transport,
        ca_file=str(kamailio.ca_file),
    )


def bystander_at(
    kamailio: Kamailio,
    transport: SipTransport = SipTransport.UDP,
    *,
    phone: str = "1002",
    lamps: tuple[str, ...] = (),
) -> Account:
    """The same user, beside a telephone that no SPA9000 steers, and with lamps of colleagues."""
    account = account_at(kamailio, transport, station=phone)
    return replace(account, kind=PbxKind.SIP, lamps=lamps)


class Product(Mailbox):
    """A connection under way, and the events it tells."""

    def __init__(
        self, account: Account, password: str | None = None, policy: Policy | None = None
    ) -> None:
        """The password is that of a user of kamailio unless given."""
        super().__init__()
        if password is None:
            password = password_of(account.extension)
        self.connection = Connection(account, password, self.put, policy)

    async def __aenter__(self) -> Self:
        self.connection.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.stop()
        async with asyncio.timeout(PATIENCE):
            await self.connection.stopped()
