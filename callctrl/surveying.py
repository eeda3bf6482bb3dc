"""A survey on a socket: finds the phone system, asks what it offers, and leaves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection
from dataclasses import replace

from callctrl import PRODUCT, __version__
from callctrl.accounts import Account
from callctrl.offers import Sight, Surveyed
from callctrl.reaching import find_behind_proxy, find_places, open_way, trust_for
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.survey import Survey
from callctrl.transport import Streams, Transport, UdpSocket, UntrustedError
from callctrl.way import SessionSetup

__all__ = ["find_offers"]


async def find_offers(
    account: Account,
    password: str,
    *,
    timeout: float,  # noqa: ASYNC109 - the survey must still leave politely when time is up
    sights: Collection[Sight] = tuple(Sight),
    on_progress: Callable[[Surveyed], None] = lambda findings: None,
) -> Surveyed:
    """Ask and leave; what is missing in `of` was not answered before `timeout` seconds were over.

    `on_progress` gets all that is known after each step, the end included. Who cancels hears no
    more of it, while what was granted is ended. Raises ValueError for the phone's own account.
    """
    if account.is_own_phone:
        raise ValueError("expected an account of our own, found that of the phone")
    tokens = Tokens(random.SystemRandom())
    ends_at = asyncio.get_running_loop().time() + timeout
    streams = Streams(trust_for(account))
    findings = Surveyed(is_over=True)
    try:
        async with asyncio.timeout_at(ends_at):
            trusted = await find_behind_proxy(account, tokens.fraction)
            try:
                udp, places = await _find(account, tokens)
            except OSError:
                findings = replace(findings, was_found=False)
                raise
            findings = replace(findings, local=udp.local.host)
            way = await open_way(places, udp, streams)
    except OSError as error:  # TimeoutError is one
        streams.close()
        if isinstance(error, UntrustedError):
            findings = replace(findings, untrusted=str(error))
        on_progress(findings)
        return findings
    except asyncio.CancelledError:
        streams.close()
        raise
    setup = SessionSetup(
        way.local,
        way.remote,
        product=f"{PRODUCT} {__version__}",
        places=way.places,
        trusted=trusted,
        datagrams_at=udp.local,
    )
    survey = Survey(account, password, setup, tokens, sights=sights)
    is_over = asyncio.Event()
    is_watched = True

    def on_event(news: Surveyed) -> None:
        nonlocal findings
        findings = news
        if news.is_over:
            transport.close()
            is_over.set()
        if is_watched:
            on_progress(news)

    transport = Transport(survey, udp, on_event, survey.hears, streams)
    transport.open()
    transport.do(survey.start)
    try:
        async with asyncio.timeout_at(ends_at):
            await is_over.wait()
    except TimeoutError:
        transport.do(survey.stop)
        await is_over.wait()
    except asyncio.CancelledError:
        is_watched = False
        transport.do(survey.stop)
        raise
    return findings


async def _find(account: Account, tokens: Tokens) -> tuple[UdpSocket, list[Address]]:
    """Where the phone system is, and a socket towards it; raises OSError where there is no way."""
    places = await find_places(account, tokens.fraction)
    if places[0].transport == "TLS":
        places = [place for place in places if place.transport == "TLS"]  # never less secure
    return UdpSocket.towards(places[0], account.local_port), places
