"""Asks the name server where the phone system is, as `sip.location` decides (RFC 3263).

NAPTR and SRV records come from dnspython, which is loaded when the first such question is asked:
an account with an IP address or a port never needs it. Addresses come from the operating system,
so that the hosts file and the names of the local network count. All of it may block, so it happens
in a thread of its own. Nothing is remembered here: no answer outlives its time to live.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from callctrl.accounts import Account, SipTransport
from callctrl.daemon import in_daemon_thread
from callctrl.places import place_from
from callctrl.sip.location import Naptr, Srv, locate
from callctrl.sip.packets import Address

if TYPE_CHECKING:
    from dns.resolver import Resolver

__all__ = ["NameServer", "find_host", "find_pbx"]

_log = logging.getLogger(__name__)

_WITHIN = 8.0
"""Seconds for all questions together."""
_EACH_WITHIN = 2.0
"""Seconds for one question about NAPTR or SRV records."""

_NO_SUCH_PLACE = "no address for SIP at {host}"


async def find_pbx(
    account: Account, fraction: Callable[[], float], names: NameServer | None = None
) -> list[Address]:
    """Where to send requests for the account's phone system, the best place first.

    Where the account has an outbound proxy it is the proxy that is found. `fraction` gives random
    numbers from 0 up to 1. Raises OSError where there is no such place, or time is up.
    """
    host, port = account.pbx, account.port
    if account.outbound_proxy:
        try:
            host, given_port = place_from(account.outbound_proxy)
        except ValueError as error:
            raise OSError(str(error)) from error
        port = given_port or 0
    transport = None if account.transport is SipTransport.AUTO else account.transport.name
    return await _find(host, port, transport, fraction, names or NameServer())


async def find_host(host: str, port: int) -> Address:
    """The address of a computer by its name or IP address; raises OSError where there is none."""
    places = await _find(host, port, "UDP", lambda: 0.0, NameServer())
    return places[0]


async def _find(
    host: str,
    port: int,
    transport: str | None,
    fraction: Callable[[], float],
    names: NameServer,
) -> list[Address]:
    # In a daemon thread: a name server that does not answer must not keep us from ending.
    async with asyncio.timeout(_WITHIN):
        places = await in_daemon_thread(
            lambda _: locate(host, port, transport, names, fraction), "callctrl-locate"
        )
    if not places:
        raise OSError(_NO_SUCH_PLACE.format(host=host))
    _log.info("%s is at %s", host, ", ".join(map(str, places)))
    return places


class NameServer:
    """The name servers of the system, or those that are named; answers `sip.location.Names`."""

    def __init__(self, addresses: Sequence[str] = (), port: int = 53) -> None:
        """Nothing is asked nor loaded yet."""
        self._addresses = list(addresses)
        self._port = port
        self._resolver: Resolver | None = None

    def naptr(self, name: str) -> list[Naptr]:
        """The NAPTR records of a domain; empty where there are none, or nobody answers."""
        return [
            Naptr(
                record.order,
                record.preference,
                record.flags.decode("latin-1"),
                record.service.decode("latin-1"),
                record.replacement.to_text(omit_final_dot=True),
            )
            for record in self._ask(name, "NAPTR")
        ]

    def srv(self, name: str) -> list[Srv]:
        """The SRV records of a name; empty where there are none, or nobody answers."""
        return [
            Srv(record.priority, record.weight, record.port, record.target.to_text())
            for record in self._ask(name, "SRV")
        ]

    def addresses(self, host: str) -> list[str]:
        """The IP addresses of a host, IPv4 first: the phone family speaks nothing else."""
        if not host:
            return []  # Windows would give this computer's
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            _log.info("no address of %r: %s", host[:80], error)
            return []
        found.sort(key=lambda entry: entry[0] != socket.AF_INET)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def _ask(self, name: str, kind: str) -> list[Any]:
        """The records of one kind; a name server that fails is one that knows of none.

        Some routers answer nothing but questions for addresses, and we must get on there too.
        """
        from dns.exception import DNSException

        try:
            answer = self._resolving().resolve(name, kind, lifetime=_EACH_WITHIN)
        except (DNSException, OSError, UnicodeError, ValueError) as error:
            _log.info("no %s records of %r: %s", kind, name[:80], error)
            return []
        return list(answer)

    def _resolving(self) -> Resolver:
        if self._resolver is None:
            from dns.resolver import Resolver

            self._resolver = Resolver(configure=not self._addresses)
            if self._addresses:
                self._resolver.nameservers = list(self._addresses)
                self._resolver.port = self._port
        return self._resolver
