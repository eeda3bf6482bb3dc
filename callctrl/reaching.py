"""How the PBX of an account is reached: at which of its places, and whose certificate will do."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from callctrl.accounts import Account
from callctrl.locating import find_pbx
from callctrl.network import within_reach
from callctrl.places import place_from
from callctrl.sip.packets import Address
from callctrl.transport import Streams, Trust, UdpSocket, local_host_towards

__all__ = ["OpenWay", "find_behind_proxy", "find_places", "open_way", "trust_for"]

_log = logging.getLogger(__name__)


class OpenWay(NamedTuple):
    """How the PBX is reached."""

    udp: UdpSocket
    local: Address
    """Our end."""
    remote: Address
    places: tuple[Address, ...]
    """All places of the PBX, the best first."""


def trust_for(account: Account) -> Trust:
    """Whose certificate is believed: made out to whom we connect to, as the account names it."""
    name = account.pbx
    if account.outbound_proxy:
        with contextlib.suppress(ValueError):  # nobody is connected to then
            name = place_from(account.outbound_proxy).host
    return Trust(name, account.ca_file)


async def find_places(account: Account, fraction: Callable[[], float]) -> list[Address]:
    """Where the PBX is, as far as there is a way from here, the best place first.

    `fraction` gives random numbers from 0 up to 1. Raises OSError where there is no such place.
    """
    return within_reach(await find_pbx(account, fraction), local_host_towards)


async def find_behind_proxy(account: Account, fraction: Callable[[], float]) -> frozenset[str]:
    """The IP addresses of the PBX itself, where all that goes there goes through a proxy."""
    if not account.outbound_proxy:
        return frozenset()
    try:
        places = await find_pbx(replace(account, outbound_proxy=""), fraction)
    except OSError as error:  # the proxy may be the only one who knows
        _log.info("no address of %s: %s", account.pbx, error)
        return frozenset()
    return frozenset(place.host for place in places)


async def open_way(places: Sequence[Address], udp: UdpSocket, streams: Streams) -> OpenWay:
    """The first of the places that a way is open to (RFC 3263 section 4.3).

    Over UDP only the session finds out whether anybody is there. Raises OSError where none is
    open; `udp` is closed then.
    """
    try:
        *others, last = places
        for place in others:
            with contextlib.suppress(OSError):
                return OpenWay(udp, await _our_end(place, udp, streams), place, tuple(places))
        return OpenWay(udp, await _our_end(last, udp, streams), last, tuple(places))
    except BaseException:
        udp.close()
        raise


async def _our_end(place: Address, udp: UdpSocket, streams: Streams) -> Address:
    return await streams.connect(place) if place.is_reliable else udp.local
